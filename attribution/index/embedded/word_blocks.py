"""Writing blocks of words (words.py)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayWriter
from attribution.index.embedded.word_postings import put_postings
from attribution.index.embedded.words import BLOCK_WORDS, key_of
from attribution.kernels import int64, kernel, readonly, types, uint8, uint32, uint64

__all__ = ["BlockWriter"]

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_WORD_ROOM = 16  # bytes that a word takes in a list beside its own, at most
_SLICE = BLOCK_WORDS << 10  # words that are written at a time


@kernel(int64(uint8[::1], int64, int64))
def _put_number(out, at, value):  # type: ignore[no-untyped-def]
    """Write a LEB128 number.

    Args:
        out: (bytes,) uint8, written.
        at: where.
        value: the number.

    Returns:
        int64, where the next thing begins.
    """
    while value > 127:
        out[at] = uint8(value & 127 | 128)
        value >>= 7
        at += 1
    out[at] = uint8(value)
    return at + 1


@kernel(
    types.UniTuple(int64, 2)(
        readonly(uint8), readonly(int64), readonly(uint32), readonly(uint32), readonly(uint32),
        int64, uint8[::1], uint64[::1], uint64[::1],
    ),
)  # fmt: skip
def _encode(text, offsets, order, counts, postings, documents, out, starts, firsts):  # type: ignore[no-untyped-def]
    """Write blocks of words.

    Args:
        text: (bytes,) uint8, words.
        offsets: int64, where each begins in text.
        order: (n,) uint32, the numbers of those to write, ascending by their bytes.
        counts: (n,) uint32, the documents of each.
        postings: uint32, these documents, word after word.
        documents: of the segment.
        out: uint8, written: the blocks.
        starts, firsts: (blocks,) uint64, written, as in `words`.

    Returns:
        Two int64: how many bytes and how many blocks were written.
    """
    sizes = np.empty(BLOCK_WORDS, np.int64)
    put, number, posting = 0, 0, 0
    for first in range(0, order.shape[0], BLOCK_WORDS):
        last = min(first + BLOCK_WORDS, order.shape[0])
        starts[number] = put
        firsts[number] = key_of(text, offsets[order[first]], offsets[order[first] + 1])
        number += 1
        # The postings are written first, behind the room that the list of words may take.
        begin, room = put, 2
        for w in range(first, last):
            room += _WORD_ROOM + offsets[order[w] + 1] - offsets[order[w]]
        at = begin + room
        for w in range(first, last):
            df = int64(counts[w])
            at_first = at
            at = put_postings(postings, posting, df, documents, out, at)
            sizes[w - first] = at - at_first
            posting += df
        put += 2
        for w in range(first, last):
            start, stop = offsets[order[w]], offsets[order[w] + 1]
            shared = 0
            if w > first:
                other, end = offsets[order[w - 1]], offsets[order[w - 1] + 1]
                while (
                    start + shared < stop
                    and other + shared < end
                    and text[start + shared] == text[other + shared]
                ):
                    shared += 1
            own = stop - start - shared
            out[put] = uint8(min(shared, 15) << 4 | min(own, 15))
            put += 1
            if shared >= 15:
                out[put] = uint8(shared - 15)
                put += 1
            if own >= 15:
                out[put] = uint8(own - 15)
                put += 1
            for i in range(start + shared, stop):
                out[put] = text[i]
                put += 1
            put = _put_number(out, put, int64(counts[w]))
            if counts[w] > 1:
                put = _put_number(out, put, sizes[w - first])
        out[begin] = uint8((put - begin - 2) & 255)
        out[begin + 1] = uint8((put - begin - 2) >> 8)
        for i in range(begin + room, at):
            out[put] = out[i]
            put += 1
    return put, number


class BlockWriter:
    """Writes blocks to an array, and keeps where they begin."""

    def __init__(self, out: ArrayWriter, documents: int) -> None:
        """
        Args:
            documents: of the segment.
        """
        self._out, self._documents, self._size = out, documents, 0
        self._starts: list[U64] = []
        self._firsts: list[U64] = []
        out.start("words.blocks", np.dtype(np.uint8))

    def add(self, text: U8, offsets: I64, order: U32, counts: U32, postings: U32) -> None:
        """Write words, which come after all before; the arguments are those of `_encode`."""
        at = 0
        for first in range(0, order.size, _SLICE):
            some = slice(first, first + _SLICE)
            size = int(counts[some].sum(dtype=np.int64))
            self._add(text, offsets, order[some], counts[some], postings[at : at + size])
            at += size

    def _add(self, text: U8, offsets: I64, order: U32, counts: U32, postings: U32) -> None:
        # Rice's code takes at most 4 bytes a posting, as there are less than 2**23 documents.
        letters = int((offsets[order + np.uint32(1)] - offsets[order]).sum())
        room = 2 * letters + 2 * _WORD_ROOM * order.size + 4 * postings.size + 2
        blocks = -(-order.size // BLOCK_WORDS)
        buffer = np.empty(room, np.uint8)
        starts, firsts = np.empty(blocks, np.uint64), np.empty(blocks, np.uint64)
        size, _ = _encode(
            text, offsets, order, counts, postings, self._documents, buffer, starts, firsts
        )
        self._out.more(buffer[:size])
        self._starts.append(starts + np.uint64(self._size))
        self._firsts.append(firsts)
        self._size += size

    def finish(self) -> None:
        """Write the other arrays."""
        end = np.array([self._size], np.uint64)
        self._out.put("words.starts", np.concatenate([*self._starts, end]))
        self._out.put("words.firsts", np.concatenate([np.empty(0, np.uint64), *self._firsts]))
