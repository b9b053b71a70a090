"""A segment: some documents and occurrences, written once.

    segment-000007/arrays      an array file (arrays.py) with, for N documents and M occurrences:
        raw.* renamed.* bands.*    postings.py
        words.*                    words.py
        signatures                 u32, shape (N, permutations): MinHash
        documents.heads            u64, shape (N,), ascending: first 8 bytes of the ids, big-endian
        documents.tails            u8, shape (N, 12): the other bytes of the ids
        documents.languages        u32, shape (N,): number of a string
        documents.sizes            u32, shape (N,): bytes of the contents
        documents.words            u32, shape (N,): distinct words, and parts of compound ones
        documents.frames           u64, shape (N,): offset of the frame in `contents`
        documents.frame_sizes      u32, shape (N,): bytes
        occurrences.*              occurrence_table.py
        paths.* strings.*          strings.py
    segment-000007/contents    one zstd frame per document, with checksum, concatenated

Documents are numbered in the order of their ids, so the table of ids is also the index over them.
Occurrences name their document by its id, since its content may be in another segment.
"""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import zstandard
from numpy.typing import NDArray

from attribution.errors import IndexDamagedError
from attribution.index.embedded.arrays import ArrayFile
from attribution.index.embedded.manifest import SegmentEntry
from attribution.index.embedded.occurrence_table import OccurrenceTable
from attribution.index.embedded.postings import KINDS, Postings
from attribution.index.embedded.reading_ahead import FileRange, expect_rows
from attribution.index.embedded.storage import damaged, expect, reading
from attribution.index.embedded.strings import NONE, StringColumn
from attribution.index.embedded.words import WordArrays
from attribution.types import Document

__all__ = ["Segment", "heads_of", "id_bytes"]

ARRAYS, CONTENTS = "arrays", "contents"

_ID = np.dtype([("head", ">u8"), ("tail", np.uint8, (12,))])


def split_ids(ids: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Heads, shape (n,), and tails, shape (n, 12), of ids of 20 bytes each."""
    pairs = np.frombuffer(ids, _ID)
    return pairs["head"].astype(np.uint64), np.ascontiguousarray(pairs["tail"])


def heads_of(ids: list[bytes]) -> NDArray[np.uint64]:
    """First 64 bits of ids, shape (n,)."""
    return split_ids(b"".join(ids))[0]


def id_bytes(text: str) -> bytes | None:
    """The 20 bytes of an id of 40 hex digits; None for any other text."""
    try:
        id_ = bytes.fromhex(text)
    except ValueError:
        return None
    return id_ if len(id_) == 20 and len(text) == 40 else None


_DOCUMENTS = ("heads", "tails", "languages", "sizes", "words", "frames", "frame_sizes")
# Arrays that every look-up reads, loaded when a segment is opened: 1.5 % of the corpus, and in
# small segments the words, 7 %.
_READ_AHEAD = (
    *(f"{kind}.{part}" for kind in KINDS for part in ("directory", "common_keys", "common_counts")),
    *(f"documents.{part}" for part in _DOCUMENTS),
    "occurrences.heads",
    "words.starts",
    "words.firsts",
    "words.blocks",
)
# Of an array; enough for a segment of 2 GB of code. A directory has a power of two of entries, and
# one more.
_READ_AHEAD_BYTES = (16 << 20) + 4

_threads = threading.local()


def _decompressor() -> zstandard.ZstdDecompressor:
    """This thread's own: it cannot be shared, and creating one costs as much as using it."""
    if not hasattr(_threads, "decompressor"):
        _threads.decompressor = zstandard.ZstdDecompressor()
    decompressor: zstandard.ZstdDecompressor = _threads.decompressor
    return decompressor


def _first_bucket(directory: NDArray[np.uint32]) -> int:
    """The first bucket that is not empty: one of the first few in an intact directory."""
    for at in range(0, len(directory), 1 << 12):
        if (filled := np.flatnonzero(directory[at : at + (1 << 12)])).size:
            return at + int(filled[0]) - 1
    return len(directory)


class Segment:
    """A mapped segment. Its files stay open, so it survives their removal."""

    def __init__(self, folder: Path, entry: SegmentEntry, advice: int = mmap.MADV_RANDOM) -> None:
        """Open a segment.

        Raises:
            FileNotFoundError: a file was removed: read the manifest again.
            IndexDamagedError: a file is truncated or unreadable.
        """
        self.name = entry.name
        self.folder = folder / entry.name
        arrays = ArrayFile(self.folder / ARRAYS, entry.files[ARRAYS], advice)
        self.arrays = arrays
        self.documents = arrays.meta["documents"]
        self.doc_bits = arrays.meta["doc_bits"]
        self.kinds = tuple(Postings.of(arrays, kind) for kind in KINDS)
        for kind in self.kinds:
            if kind.directory[0] != 0 or kind.directory[-1] != kind.postings.size:
                raise damaged(arrays.path, "its directory of fingerprints")
        self.first_buckets = np.array([_first_bucket(kind.directory) for kind in self.kinds])
        self.words = WordArrays.of(arrays)
        self.lengths = arrays["documents.words"]
        if (
            self.words.starts.size != self.words.firsts.size + 1
            or self.words.starts[-1] != self.words.blocks.size
        ):
            raise self.words_damaged()
        self.signatures = arrays["signatures"]
        self.heads = arrays["documents.heads"]
        self.tails = arrays["documents.tails"]
        self.sizes = arrays["documents.sizes"]
        rows = {len(self.signatures), *(len(arrays[f"documents.{part}"]) for part in _DOCUMENTS)}
        if rows != {self.documents} or self.tails.shape[1:] != (12,):
            raise damaged(arrays.path, "its table of documents")
        self.strings = StringColumn(arrays, "strings")
        self.occurrences = OccurrenceTable(arrays, self.strings)
        self.repository_names: list[tuple[str, int]] | None = None  # set by membership.py
        if advice == mmap.MADV_RANDOM:
            for name in _READ_AHEAD:
                arrays.expect(name, _READ_AHEAD_BYTES)
        with reading(self.folder / CONTENTS):
            self._contents = os.open(self.folder / CONTENTS, os.O_RDONLY | os.O_CLOEXEC)
        # Closed with the last user of the segment, which may still use it after a refresh.
        weakref.finalize(self, os.close, self._contents)
        self._contents_size = os.fstat(self._contents).st_size
        if self._contents_size != entry.files[CONTENTS].size:
            raise damaged(
                self.folder / CONTENTS,
                f"{self._contents_size} bytes instead of {entry.files[CONTENTS].size}",
            )

    @property
    def postings(self) -> list[FileRange]:
        """Where the postings of fingerprints are, with their directories."""
        names = [f"{kind}.{part}" for kind in KINDS for part in ("directory", "postings")]
        return [self._range(name) for name in names]

    @property
    def word_blocks(self) -> FileRange:
        """Where the words and their postings are."""
        return self._range("words.blocks")

    def _range(self, name: str) -> FileRange:
        return FileRange(self.arrays.path, self.arrays.start(name), self.arrays[name].nbytes)

    def id_of(self, number: int) -> bytes:
        """Id of a document, 20 bytes."""
        return int(self.heads[number]).to_bytes(8) + bytes(self.tails[number])

    def language(self, number: int) -> str:
        """Language of a document."""
        return self.strings[int(self.arrays["documents.languages"][number])]

    def check_references(self) -> None:
        """Check all numbers that refer to something, in one pass over their columns.

        Raises:
            IndexDamagedError: one refers to nothing.
        """
        strings = len(self.strings)
        columns = [self.arrays["documents.languages"], *self.occurrences.referring]
        if any((column[column != NONE] >= strings).any() for column in columns):
            raise damaged(self.arrays.path, "a number refers to no string")
        if any((kind.directory[1:] < kind.directory[:-1]).any() for kind in self.kinds):
            raise damaged(self.arrays.path, "its directory of fingerprints")
        firsts = self.words.firsts
        if (firsts == 0).any() or (firsts[1:] < firsts[:-1]).any():
            raise self.words_damaged()

    def words_damaged(self) -> IndexDamagedError:
        """The error for words that cannot be read."""
        return damaged(self.arrays.path, "its words")

    def expect(self, numbers: Sequence[int]) -> None:
        """Start reading the contents and signatures of documents, without waiting for them."""
        if not numbers:
            return
        for number in numbers:
            start = int(self.arrays["documents.frames"][number])
            expect(self._contents, start, int(self.arrays["documents.frame_sizes"][number]))
        expect_rows(self.signatures, np.array(numbers))

    def content(self, number: int) -> bytes:
        """The content of a document.

        Raises:
            IndexDamagedError: its frame does not decompress to the stored size and checksum.
        """
        size = int(self.arrays["documents.frame_sizes"][number])
        start = int(self.arrays["documents.frames"][number])
        if start + size > self._contents_size:
            raise damaged(self.arrays.path, f"position of document {number}")
        frame = os.pread(self._contents, size, start)
        try:
            # Checked first: a damaged header may ask for more memory than there is.
            if zstandard.frame_content_size(frame) != self.sizes[number]:
                raise zstandard.ZstdError("size")
            return _decompressor().decompress(frame)
        except zstandard.ZstdError as exc:
            raise damaged(self.folder / CONTENTS, f"document {self.id_of(number).hex()}") from exc

    def document(self, number: int) -> Document:
        """A document with its content."""
        return Document(
            self.id_of(number).hex(),
            self.language(number),
            self.content(number),
            self.signatures[number],
        )
