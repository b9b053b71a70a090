"""A segment that is being built from documents and occurrences.

Contents are written at once. Fingerprints stay in memory as key << 28 | number, eight bytes each,
until `finish` renumbers them (documents in the order of their ids), sorts and writes them. 256 MB
of code have some 25 million: 200 MB, and half as much again while a kind is sorted. Words take 90
MB more (word_draft.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayWriter
from attribution.index.embedded.manifest import SegmentEntry
from attribution.index.embedded.occurrence_table import (
    REFERRING,
    Column,
    numbered,
    put_occurrences,
    references,
)
from attribution.index.embedded.postings import KINDS, doc_bits_of, emit, pack, renumber
from attribution.index.embedded.segment import ARRAYS, CONTENTS, split_ids
from attribution.index.embedded.storage import Sink, guarded, sync_folder
from attribution.index.embedded.strings import encode, put_strings
from attribution.index.embedded.word_draft import WordDraft
from attribution.sketching.sketch import SketchBatch, SketchParams
from attribution.types import Occurrence

__all__ = ["SegmentDraft", "put_postings"]

U64 = NDArray[np.uint64]


class SegmentDraft:
    """Takes documents and occurrences, and writes them as a segment."""

    def __init__(self, folder: Path, name: str, params: SketchParams, cap: int) -> None:
        self.name = name
        self.folder = folder / name
        self.content_bytes = 0
        self._params = params
        self._cap = cap
        self._ids: list[bytes] = []
        self._languages: list[str] = []
        self._sizes: list[int] = []
        self._frame_sizes: list[int] = []
        self._packed: dict[str, list[U64]] = {kind: [] for kind in KINDS}
        self._words = WordDraft()
        self._signatures: list[NDArray[np.uint32]] = []
        self._occurrences: list[tuple[bytes, int, Occurrence]] = []
        with guarded(self.folder):
            self.folder.mkdir()
        self._contents = Sink(self.folder / CONTENTS)

    @property
    def documents(self) -> int:
        """Documents added so far."""
        return len(self._ids)

    @property
    def occurrences(self) -> int:
        """Occurrences added so far."""
        return len(self._occurrences)

    @property
    def words(self) -> int:
        """Distinct words of the documents added so far."""
        return len(self._words)

    def add_documents(
        self,
        ids: Sequence[bytes],
        languages: Sequence[str],
        sizes: Sequence[int],
        frames: Sequence[bytes],
        batch: SketchBatch,
    ) -> None:
        """Add documents that are in no segment, with their compressed contents and sketches."""
        first = len(self._ids)
        self._ids.extend(ids)
        self._languages.extend(languages)
        self._sizes.extend(sizes)
        self._frame_sizes.extend(map(len, frames))
        self.content_bytes += sum(sizes)
        self._contents.write(b"".join(frames))
        bits = self._params.fingerprint_bits
        n, bands = batch.bands.shape
        streams = (
            (batch.raw, batch.raw_offsets),
            (batch.renamed, batch.renamed_offsets),
            (batch.bands.reshape(-1), np.arange(n + 1, dtype=np.int64) * bands),
        )
        for kind, (values, offsets) in zip(KINDS, streams, strict=True):
            self._packed[kind].append(pack(values, offsets, first, bits))
        self._words.add(batch.words, batch.words_offsets)
        self._signatures.append(batch.minhash)

    def add_occurrence(self, id_: bytes, key: int, occurrence: Occurrence) -> None:
        """Add an occurrence of a document in this or another segment."""
        self._occurrences.append((id_, key, occurrence))

    def finish(self) -> SegmentEntry:
        """Write the segment and make it durable, and free its memory. A manifest makes it visible.

        Raises:
            StorageError: the disk is full or not writable; `discard` removes the folder.
        """
        n = len(self._ids)
        heads, tails = split_ids(b"".join(self._ids))
        order = np.lexsort([*tails.T[::-1], heads])
        numbers = np.empty(n, np.uint32)
        numbers[order] = np.arange(n, dtype=np.uint32)
        doc_bits = doc_bits_of(n)
        referred = references([row[2] for row in self._occurrences])
        strings, numbered_strings = _numbered(self._languages, *referred)
        with ArrayWriter(self.folder / ARRAYS) as out:
            out.note("documents", n)
            out.note("doc_bits", doc_bits)
            for kind in KINDS:
                packed = _joined(self._packed[kind])
                renumber(packed, numbers, doc_bits)
                packed.sort()
                put_postings(out, kind, doc_bits, self._cap, packed)
                del packed
            lengths = self._words.put(out, order)
            out.note("words", int(lengths.sum(dtype=np.int64)))
            out.put("documents.words", lengths)
            languages = numbered(self._languages, numbered_strings)
            self._put_documents(out, heads, tails, order, languages)
            self._put_occurrences(out, [numbered(column, numbered_strings) for column in referred])
            put_strings(out, "strings", strings)
            arrays = out.close()
        contents = self._contents.close()
        sync_folder(self.folder)
        entry = SegmentEntry(
            name=self.name,
            files={ARRAYS: arrays, CONTENTS: contents},
            documents=n,
            occurrences=len(self._occurrences),
            content_bytes=self.content_bytes,
            live_documents=n,
            live_occurrences=len(self._occurrences),
            live_bytes=self.content_bytes,
            languages=dict(Counter(self._languages)),
        )
        # 100 MB that the next segment needs; only `discard` may follow.
        self._words, self._signatures, self._occurrences = WordDraft(), [], []
        return entry

    def discard(self) -> None:
        """Remove the files written."""
        self._contents.discard()
        for file in self.folder.glob("*"):
            file.unlink()
        self.folder.rmdir()

    def _put_documents(
        self,
        out: ArrayWriter,
        heads: U64,
        tails: NDArray[np.uint8],
        order: NDArray[np.int64],
        languages: NDArray[np.uint32],
    ) -> None:
        count = self._params.permutations
        signatures = np.concatenate([np.empty((0, count), np.uint32), *self._signatures])
        out.put("signatures", signatures[order])
        frame_sizes = np.array(self._frame_sizes, np.uint32)
        frames = np.cumsum(frame_sizes, dtype=np.uint64) - frame_sizes
        out.put("documents.heads", heads[order])
        out.put("documents.tails", tails[order])
        out.put("documents.languages", languages[order])
        out.put("documents.sizes", np.array(self._sizes, np.uint32)[order])
        out.put("documents.frames", frames[order])
        out.put("documents.frame_sizes", frame_sizes[order])

    def _put_occurrences(self, out: ArrayWriter, referred: list[NDArray[np.uint32]]) -> None:
        rows = self._occurrences
        heads, tails = split_ids(b"".join([row[0] for row in rows]))
        keys = np.array([row[1] for row in rows], np.uint64)
        stars = [-1 if row[2].stars is None else row[2].stars for row in rows]
        columns: dict[str, Column] = dict(zip(REFERRING, referred, strict=True))
        columns["heads"], columns["tails"], columns["keys"] = heads, tails, keys
        columns["stars"] = np.array(stars, np.int64)
        columns["vendored"] = np.array([row[2].vendored for row in rows], np.uint8)
        order = np.lexsort([keys, *tails.T[::-1], heads])
        ordered = {name: column[order] for name, column in columns.items()}
        put_occurrences(out, ordered, (encode(rows[i][2].path) for i in order.tolist()))


def _numbered(*columns: Sequence[str | None]) -> tuple[list[bytes], dict[str | None, int]]:
    """The strings of columns, ascending by their bytes, and the number of each."""
    used: set[str | None] = set().union(*columns)
    pairs = sorted((encode(string), string) for string in used if string is not None)
    return [pair[0] for pair in pairs], {pair[1]: n for n, pair in enumerate(pairs)}


def _joined(pieces: list[U64]) -> U64:
    """All pieces as one array; each is dropped when it is copied, so no two copies are held."""
    joined = np.empty(sum(piece.size for piece in pieces), np.uint64)
    end = joined.size
    while pieces:
        piece = pieces.pop()
        joined[end - piece.size : end] = piece
        end -= piece.size
    return joined


def put_postings(out: ArrayWriter, kind: str, doc_bits: int, cap: int, packed: U64) -> None:
    """Write one kind from sorted key << doc_bits | document."""
    none64, none32 = np.empty(0, np.uint64), np.empty(0, np.uint32)
    postings = np.empty(packed.size, np.uint32)
    sizes = np.zeros(1 << (4 + doc_bits), np.uint32)
    keys = np.empty(packed.size // (cap + 1) + 1, np.uint64)
    counts = np.empty(keys.size, np.uint32)
    n, commons = emit(packed, doc_bits, cap, none64, none32, postings, sizes, keys, counts)
    out.put(f"{kind}.postings", postings[:n])
    out.put(f"{kind}.directory", directory_of(sizes))
    out.put(f"{kind}.common_keys", keys[:commons])
    out.put(f"{kind}.common_counts", counts[:commons])


def directory_of(sizes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The start of each bucket, and the end of the last."""
    directory = np.zeros(sizes.size + 1, np.uint32)
    np.cumsum(sizes, out=directory[1:])
    return directory
