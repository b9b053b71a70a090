"""Many segments into one: which, and how, in bounded memory.

Everything is carried over, the dead too: only a compaction drops things, since it alone recounts
common fingerprints. Postings are merged by ranges of keys: those of a range, from all segments, are
decoded with their new document numbers, sorted and written, by the code that built them. Contents
are copied as they are.
"""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayWriter
from attribution.index.embedded.draft import directory_of
from attribution.index.embedded.manifest import SegmentEntry
from attribution.index.embedded.occurrence_table import COLUMNS, REFERRING, Column
from attribution.index.embedded.postings import (
    KEY_BITS,
    KINDS,
    MAX_DOCUMENTS,
    decode,
    doc_bits_of,
    emit,
)
from attribution.index.embedded.row_order import RowOrder
from attribution.index.embedded.segment import ARRAYS, CONTENTS, Segment
from attribution.index.embedded.snapshot import SegmentView
from attribution.index.embedded.storage import Sink, guarded, sync_folder
from attribution.index.embedded.strings import NONE, merge_distinct, put_strings
from attribution.index.embedded.word_merging import MergedWords, merge_words

__all__ = ["merge", "plan"]

U32 = NDArray[np.uint32]

MAX_BYTES = 1 << 35  # of contents: 1.4e9 raw postings, which a u32 can count
MAX_OCCURRENCES = 1 << 23  # of a merged segment; their ids and keys are sorted in memory
_POSTINGS = 1 << 22  # decoded and sorted at a time, about


def plan(entries: Sequence[SegmentEntry], most: int) -> list[SegmentEntry]:
    """Which segments to merge so that at most `most` remain: none, or the cheapest group.

    That is the group of smallest segments with the fewest bytes rewritten per segment saved: equal
    segments are merged all at once, and a large one is not rewritten for a few small ones.
    """
    small = sorted(
        (
            e
            for e in entries
            if e.documents < MAX_DOCUMENTS // 2 and e.content_bytes < MAX_BYTES // 2
        ),
        key=lambda entry: entry.size,
    )
    if len(small) <= most:
        return []
    best, best_cost = 0, float("inf")
    size = documents = occurrences = content_bytes = 0
    for count, entry in enumerate(small, 1):
        size += entry.size
        documents += entry.documents
        occurrences += entry.occurrences
        content_bytes += entry.content_bytes
        fits = (
            documents <= MAX_DOCUMENTS
            and occurrences <= MAX_OCCURRENCES
            and content_bytes <= MAX_BYTES
        )
        if count >= 2 and fits and size / (count - 1) <= best_cost:
            best, best_cost = count, size / (count - 1)
    return small[:best]


def merge(
    folder: Path, name: str, views: Sequence[SegmentView], cap: int
) -> tuple[SegmentEntry, NDArray[np.uint8], NDArray[np.uint8]]:
    """Write one segment with everything in several.

    Returns:
        The entry of the new segment, and flags of its dead documents and occurrences, of shape
        (0,) when none are dead.

    Raises:
        StorageError: the disk is full; the new files are removed.
    """
    target = folder / name
    with guarded(target):
        target.mkdir()
    try:
        return _merge(folder, target, views, cap)
    except BaseException:
        for file in target.glob("*"):
            file.unlink()
        target.rmdir()
        raise


def _merge(
    folder: Path, target: Path, views: Sequence[SegmentView], cap: int
) -> tuple[SegmentEntry, NDArray[np.uint8], NDArray[np.uint8]]:
    # Mapped again with read-ahead, which the readers' mappings advise against.
    segments = [Segment(folder, view.entry, mmap.MADV_SEQUENTIAL) for view in views]

    def forget() -> None:
        for segment in segments:
            segment.arrays.forget()

    for segment in segments:
        segment.check_references()
    documents = RowOrder([(s.heads, s.tails, None) for s in segments], forget)
    columns = [s.occurrences.columns for s in segments]
    occurrences = RowOrder([(c["heads"], c["tails"], c["keys"]) for c in columns], forget)
    with ArrayWriter(target / ARRAYS) as out:
        out.note("documents", documents.size)
        out.note("doc_bits", doc_bits_of(documents.size))
        for kind in range(len(KINDS)):
            _merge_postings(out, kind, segments, documents, cap)
        words = [
            MergedWords(s.words, s.documents, documents.numbers(t, 0), s.arrays.meta["words"])
            for t, s in enumerate(segments)
        ]
        merge_words(out, words, documents.size, lambda t: segments[t].words_damaged(), forget)
        out.note("words", sum(s.arrays.meta["words"] for s in segments))
        strings, numbers = merge_distinct([s.strings for s in segments])
        put_strings(out, "strings", strings)
        documents.put(out, "signatures", [s.signatures for s in segments])
        for column in ("heads", "tails", "sizes", "words", "frame_sizes"):
            name = f"documents.{column}"
            documents.put(out, name, [s.arrays[name] for s in segments])
        starts = np.cumsum([0] + [view.entry.files[CONTENTS].size for view in views])
        documents.put(
            out,
            "documents.frames",
            [
                s.arrays["documents.frames"] + np.uint64(at)
                for s, at in zip(segments, starts, strict=False)
            ],
        )
        documents.put(
            out,
            "documents.languages",
            [n[s.arrays["documents.languages"]] for s, n in zip(segments, numbers, strict=True)],
        )
        for column in COLUMNS:
            parts: list[Column] = [c[column] for c in columns]
            if column in REFERRING:
                parts = [_renumbered(p, n) for p, n in zip(parts, numbers, strict=True)]
            occurrences.put(out, f"occurrences.{column}", parts)
        put_strings(out, "paths", _paths(segments, occurrences))
        arrays = out.close()
    with Sink(target / CONTENTS) as sink:
        for segment in segments:
            with (segment.folder / CONTENTS).open("rb") as file:
                while chunk := file.read(1 << 22):
                    sink.write(chunk)
        contents = sink.close()
    sync_folder(target)
    entries = [view.entry for view in views]
    languages: Counter[str] = Counter()
    for entry in entries:
        languages.update(entry.languages)
    merged = SegmentEntry(
        name=target.name,
        files={ARRAYS: arrays, CONTENTS: contents},
        documents=documents.size,
        occurrences=occurrences.size,
        content_bytes=sum(entry.content_bytes for entry in entries),
        live_documents=sum(entry.live_documents for entry in entries),
        live_occurrences=sum(entry.live_occurrences for entry in entries),
        live_bytes=sum(entry.live_bytes for entry in entries),
        languages=dict(languages),
    )
    return (
        merged,
        documents.gather_flags([view.dead_documents for view in views]),
        occurrences.gather_flags([view.dead_occurrences for view in views]),
    )


def _renumbered(column: U32, numbers: U32) -> U32:
    out = np.full(column.shape, NONE, np.uint32)
    some = column != NONE
    out[some] = numbers[column[some]]
    return out


def _paths(segments: Sequence[Segment], occurrences: RowOrder) -> Iterator[bytes]:
    columns = [segment.occurrences.paths for segment in segments]
    for table, row in occurrences.rows():
        for t, r in zip(table.tolist(), row.tolist(), strict=True):
            yield columns[t].raw(r)


def _merge_postings(
    out: ArrayWriter, kind: int, segments: Sequence[Segment], documents: RowOrder, cap: int
) -> None:
    """Write the postings of one kind, range of keys by range of keys."""
    name = KINDS[kind]
    doc_bits = doc_bits_of(documents.size)
    total = sum(len(segment.kinds[kind].postings) for segment in segments)
    # Ranges end at bucket boundaries of every segment.
    finest = min(4 + segment.doc_bits for segment in segments)
    range_bits = min(finest, max(0, (total // _POSTINGS).bit_length()))
    numbers = [documents.numbers(t, 1 << s.doc_bits) for t, s in enumerate(segments)]
    known_keys, known_counts = _known([segment.kinds[kind] for segment in segments])
    sizes = np.zeros(1 << (4 + doc_bits), np.uint32)
    common_keys: list[NDArray[np.uint64]] = []
    common_counts: list[U32] = []
    out.start(f"{name}.postings", np.dtype(np.uint32))
    step = 1 << (KEY_BITS - range_bits)
    nothing = np.empty(0, np.uint64)
    for first in range(0, 1 << KEY_BITS, step):
        last = first + step
        lengths = [
            decode(s.kinds[kind], s.doc_bits, n, first, last, doc_bits, nothing)
            for s, n in zip(segments, numbers, strict=True)
        ]
        packed = np.empty(sum(lengths), np.uint64)
        at = 0
        for s, n, length in zip(segments, numbers, lengths, strict=True):
            if length:
                part = packed[at : at + length]
                decode(s.kinds[kind], s.doc_bits, n, first, last, doc_bits, part)
                at += length
        packed.sort()
        here = slice(*np.searchsorted(known_keys, np.array([first, last], np.uint64)))
        room = packed.size // (cap + 1) + 1 + here.stop - here.start
        postings = np.empty(packed.size, np.uint32)
        keys, counts = np.empty(room, np.uint64), np.empty(room, np.uint32)
        n, commons = emit(
            packed, doc_bits, cap, known_keys[here], known_counts[here], postings, sizes, keys,
            counts,
        )  # fmt: skip
        out.more(postings[:n])
        documents.forget()
        common_keys.append(keys[:commons])
        common_counts.append(counts[:commons])
    out.put(f"{name}.directory", directory_of(sizes))
    out.put(f"{name}.common_keys", np.concatenate(common_keys))
    out.put(f"{name}.common_counts", np.concatenate(common_counts))


def _known(kinds: Sequence[Any]) -> tuple[NDArray[np.uint64], U32]:
    """Keys that are counts in any segment, ascending, and the sums of their counts."""
    keys = np.concatenate([kind.common_keys for kind in kinds])
    counts = np.concatenate([kind.common_counts for kind in kinds])
    distinct, inverse = np.unique(keys, return_inverse=True)
    sums = np.zeros(distinct.size, np.uint32)
    np.add.at(sums, inverse, counts)
    return distinct, sums
