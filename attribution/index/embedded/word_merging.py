"""The words of several segments as those of one, range by range of words.

A range is read from all segments, sorted, and written as a draft writes its words, some postings at
a time. Words with the same first eight bytes are in one range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayWriter
from attribution.index.embedded.word_blocks import BlockWriter
from attribution.index.embedded.word_postings import decode
from attribution.index.embedded.word_sorting import rank, sort_words
from attribution.index.embedded.words import NO_KEY, WordArrays, scan
from attribution.kernels import int64, kernel, readonly, uint8, uint32, uint64

__all__ = ["MergedWords", "merge_words"]

U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]

_MERGED_BYTES = 4 << 20  # of blocks that are read at a time, about
_MERGED_POSTINGS = 1 << 22  # sorted at a time, about; a bit each if a word is in all documents


@dataclass(frozen=True, slots=True)
class MergedWords:
    """The words of a segment to be merged."""

    words: WordArrays
    documents: int
    numbers: U32  # shape (>= documents,): the new number of each document
    postings: int  # of all words


@kernel(
    int64(
        readonly(uint8), uint32[::1], int64[::1], int64[::1], int64, readonly(uint32),
        readonly(uint32), uint64[::1], int64,
    ),
)  # fmt: skip
def _pack(blocks, counts, starts, sizes, documents, ranks, numbers, out, put):  # type: ignore[no-untyped-def]
    """Read the postings of words as rank << 32 | numbers[document].

    Args:
        blocks: (bytes,) uint8, of the segment.
        counts, starts, sizes: (n,) of the words, from `scan`.
        documents: of the segment.
        ranks: (n,) uint32, of the words.
        numbers: (>= documents,) uint32.
        out: (>= put + sum of counts,) uint64, written.
        put: where to begin in out.

    Returns:
        int64, the index behind the last; -1 if they are damaged.
    """
    found = np.empty(documents, np.uint32)
    for i in range(counts.shape[0]):
        n = decode(blocks, starts[i], sizes[i], int64(counts[i]), documents, found, 0)
        if n < 0:
            return -1
        for p in range(n):
            out[put] = uint64(ranks[i]) << uint64(32) | uint64(numbers[found[p]])
            put += 1
    return put


def merge_words(
    out: ArrayWriter,
    parts: Sequence[MergedWords],
    documents: int,
    damaged: Callable[[int], Exception],
    forget: Callable[[], None],
) -> None:
    """Write the words of several segments as those of one.

    Args:
        documents: of the new segment.
        damaged: makes the error for the part with a number.
        forget: called after each range of words, to release mapped pages.

    Raises:
        IndexDamagedError: as `damaged` makes it.
    """
    blocks = BlockWriter(out, documents)
    missing = np.array([part.postings for part in parts])
    for low, high in _ranges([part.words for part in parts]):
        missing -= _merge_range(blocks, parts, low, high, damaged)
        forget()
    if missing.any():
        raise damaged(int(np.flatnonzero(missing)[0]))
    blocks.finish()


def _ranges(parts: Sequence[WordArrays]) -> Iterator[tuple[int, int]]:
    """Ranges of keys that take about the same memory."""
    firsts = np.concatenate([words.firsts for words in parts])
    sizes = np.concatenate([np.diff(words.starts) for words in parts])
    order = np.argsort(firsts)
    piece = np.cumsum(sizes[order]) // np.uint64(_MERGED_BYTES)
    bounds = np.unique(firsts[order][1:][piece[1:] != piece[:-1]]).tolist()
    return zip([0, *bounds], [*bounds, NO_KEY], strict=True)


def _merge_range(
    blocks: BlockWriter,
    parts: Sequence[MergedWords],
    low: int,
    high: int,
    damaged: Callable[[int], Exception],
) -> I64:
    """Merge the words with keys in [low, high); returns how many postings each part has."""
    found, texts, begins, at = [], [], [np.zeros(1, np.int64)], 0
    for number, part in enumerate(parts):
        listed = scan(part.words, part.documents, low, high)
        if listed is None:
            raise damaged(number)
        found.append(listed[2])
        texts.append(listed[0])
        begins.append(listed[1][1:] + at)
        at += listed[0].size
    text, offsets = np.concatenate(texts), np.concatenate(begins)
    order = sort_words(text, offsets)
    ranks, distinct = np.empty(order.size, np.uint32), np.empty(order.size, np.uint32)
    n = rank(text, offsets, order, ranks, distinct)
    own = np.split(ranks, np.cumsum([words.counts.size for words in found])[:-1])
    for number, numbers in enumerate(own):
        if (numbers[1:] <= numbers[:-1]).any():
            raise damaged(number)
    weights = np.concatenate([words.counts for words in found])
    counts = np.bincount(ranks, weights, n).astype(np.int64)
    for first, last in pairwise(_cuts(counts)):
        packed = np.empty(int(counts[first:last].sum()), np.uint64)
        put = 0
        for number, (part, words, numbers) in enumerate(zip(parts, found, own, strict=True)):
            some = slice(*numbers.searchsorted(np.array([first, last], np.uint32)))
            columns = (column[some] for column in words)
            put = _pack(
                part.words.blocks, *columns, part.documents, numbers[some], part.numbers, packed,
                put,
            )  # fmt: skip
            if put < 0:
                raise damaged(number)
        packed.sort()
        blocks.add(
            text, offsets, distinct[first:last], counts[first:last].astype(np.uint32),
            packed.astype(np.uint32),
        )  # fmt: skip
    return np.array([words.counts.sum(dtype=np.int64) for words in found])


def _cuts(counts: I64) -> list[int]:
    """Where to cut words with these numbers of postings, so that a piece takes little memory."""
    piece = np.cumsum(counts) // _MERGED_POSTINGS
    return [0, *(np.flatnonzero(np.diff(piece)) + 1).tolist(), len(counts)]
