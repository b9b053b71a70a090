"""Writing the words of a segment: from documents, or from the words of several segments.

While a segment is built, its words are numbered as they come, and each document is a list of such
numbers, four bytes a word. Then the words are sorted and the lists are turned around. A merge reads
ranges of words, from all segments, and writes each as a draft does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayWriter
from attribution.index.embedded.words import (
    BLOCK_WORDS,
    MOST_BYTES,
    WordArrays,
    decode,
    key_of,
    rice_bits,
    scan,
    single_size,
)
from attribution.kernels import boolean, int64, kernel, readonly, types, uint8, uint32, uint64, void
from attribution.lexing.hashing import BLOCK, FACTORS, finish, table_size

__all__ = ["MergedWords", "WordDraft", "merge_words"]

Number = TypeVar("Number", bound=np.generic)
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_SPACE = ord(" ")
_WORD_ROOM = 16  # bytes that a word takes in a list beside its own, at most
_FEW = 12  # words that are sorted by insertion
_MERGED_BYTES = 4 << 20  # of blocks that are merged at a time, about
_ALL = 2**64 - 1  # no word has this key, as no UTF-8 has the byte 0xFF
_NO_TEXT = np.empty(0, np.uint8)


@kernel(void(uint64[:, ::1], uint64[:, ::1]))
def _rehash(table, grown):  # type: ignore[no-untyped-def]
    """Copy the entries of a table to a larger one.

    Args:
        table: (slots, 2) uint64, hashes and numbers; hash 0 is an empty slot.
        grown: (more slots, 2) uint64, zeros; written.
    """
    mask = uint64(grown.shape[0] - 1)
    for i in range(table.shape[0]):
        if table[i, 0] != 0:
            slot = table[i, 0] & mask
            while grown[slot, 0] != 0:
                slot = (slot + uint64(1)) & mask
            grown[slot, 0] = table[i, 0]
            grown[slot, 1] = table[i, 1]


@kernel(int64(readonly(uint8), readonly(int64), uint64[::1], int64[::1], uint32[::1]))
def _hash_words(words, ends, hashes, stops, lengths):  # type: ignore[no-untyped-def]
    """Hash the words of documents.

    Args:
        words: (bytes,) uint8, the words, a space after each.
        ends: (documents + 1,) int64, where the words of each document begin.
        hashes: (>= n,) uint64, written: the hash of each word.
        stops: (>= n,) int64, written: where the space after it is.
        lengths: (documents,) uint32, written: the words of each document.

    Returns:
        int64, n.
    """
    n = 0
    for document in range(lengths.shape[0]):
        first = n
        h, length = uint64(0), uint64(0)
        for at in range(ends[document], ends[document + 1]):
            if words[at] == _SPACE:
                hashes[n] = max(finish(h), uint64(1))
                stops[n] = at
                n += 1
                h, length = uint64(0), uint64(0)
            else:
                h += (uint64(words[at]) + uint64(1)) * FACTORS[length & uint64(BLOCK - 1)]
                length += uint64(1)
        lengths[document] = n - first
    return n


@kernel(
    int64(
        readonly(uint8), uint64[::1], int64[::1], uint64[:, ::1], uint8[::1], int64[::1], int64,
        uint32[::1],
    ),
)  # fmt: skip
def _number_words(words, hashes, stops, table, text, offsets, known, out):  # type: ignore[no-untyped-def]
    """Number words in the order in which they come first.

    A loop of its own, as the loads from the table do not wait for one another, and their cache
    misses overlap.

    Args:
        words: (bytes,) uint8, the words, a space after each.
        hashes, stops: as written by `_hash_words`.
        table: (slots, 2) uint64, hash and number of each known word; changed.
        text: (bytes,) uint8, the known words, one after the other; new ones are added.
        offsets: int64, where each begins in text, and where the last ends; changed.
        known: how many words are known.
        out: (n,) uint32, written: the number of each word.

    Returns:
        int64, how many words are known now.
    """
    mask = uint64(table.shape[0] - 1)
    for i in range(out.shape[0]):
        slot = hashes[i] & mask
        while table[slot, 0] != 0 and table[slot, 0] != hashes[i]:
            slot = (slot + uint64(1)) & mask
        if table[slot, 0] == 0:
            table[slot, 0] = hashes[i]
            table[slot, 1] = uint64(known)
            put = offsets[known]
            for at in range(stops[i - 1] + 1 if i > 0 else 0, stops[i]):
                text[put] = words[at]
                put += 1
            known += 1
            offsets[known] = put
        out[i] = uint32(table[slot, 1])
    return known


@kernel(boolean(readonly(uint8), readonly(int64), int64, int64, int64), inline="always")
def _is_less(text, offsets, a, b, depth):  # type: ignore[no-untyped-def]
    """Whether a word comes before another with the same first bytes.

    Args:
        text: (bytes,) uint8, the words.
        offsets: (n + 1,) int64, where each begins.
        a, b: their numbers.
        depth: how many bytes are the same.

    Returns:
        bool.
    """
    i, j = offsets[a] + depth, offsets[b] + depth
    while i < offsets[a + 1] and j < offsets[b + 1]:
        if text[i] != text[j]:
            return text[i] < text[j]
        i += 1
        j += 1
    return i >= offsets[a + 1] and j < offsets[b + 1]


@kernel(uint32[::1](readonly(uint8), readonly(int64)))
def _sorted(text, offsets):  # type: ignore[no-untyped-def]
    """Sort words by their bytes: quicksort of eight bytes at a time (Bentley, Sedgewick 1997).

    Args:
        text: (bytes,) uint8, the words, one after the other.
        offsets: (n + 1,) int64, where each begins.

    Returns:
        (n,) uint32, their numbers in order.
    """
    n = offsets.shape[0] - 1
    order, keys = np.empty(n, np.uint32), np.empty(n, np.uint64)
    for i in range(n):
        order[i] = i
        keys[i] = key_of(text, offsets[i], offsets[i + 1])
    # Of the three parts of a range the smallest is sorted first, so few are left at any time.
    left = np.empty((4096, 3), np.int64)
    left[0, 0], left[0, 1], left[0, 2] = 0, n, 0
    count = 1
    while count > 0:
        count -= 1
        low, high, depth = left[count, 0], left[count, 1], left[count, 2]
        if high - low <= _FEW:
            for i in range(low + 1, high):
                word, key = order[i], keys[i]
                at = i
                while at > low and (
                    key < keys[at - 1]
                    or (
                        key == keys[at - 1]
                        and _is_less(text, offsets, int64(word), int64(order[at - 1]), depth + 8)
                    )
                ):
                    order[at], keys[at] = order[at - 1], keys[at - 1]
                    at -= 1
                order[at], keys[at] = word, key
            continue
        size = high - low
        # Three places that no one can choose: no input makes this slow.
        mixed = int64((uint64(low * 31 + high + depth) * uint64(0x9E3779B97F4A7C15)) >> uint64(33))
        a, b, c = keys[low + mixed % size], keys[low + (mixed >> 5) % size], keys[low + size // 2]
        pivot = max(min(a, b), min(max(a, b), c))
        less, at, more = low, low, high
        while at < more:
            if keys[at] < pivot:
                keys[at], keys[less] = keys[less], keys[at]
                order[at], order[less] = order[less], order[at]
                less += 1
                at += 1
            elif keys[at] > pivot:
                more -= 1
                keys[at], keys[more] = keys[more], keys[at]
                order[at], order[more] = order[more], order[at]
            else:
                at += 1
        parts = ((low, less, depth), (less, more, depth + 8), (more, high, depth))
        if pivot & uint64(255) == 0 or depth + 8 >= MOST_BYTES:  # the words end here
            parts = ((low, less, depth), (more, more, depth), (more, high, depth))
        else:
            for i in range(less, more):
                word = order[i]
                keys[i] = key_of(text, offsets[word] + depth + 8, offsets[word + 1])
        first = count
        for start, stop, below in parts:
            if stop - start > 1:
                at = count
                while at > first and left[at - 1, 1] - left[at - 1, 0] < stop - start:
                    left[at] = left[at - 1]
                    at -= 1
                left[at, 0], left[at, 1], left[at, 2] = start, stop, below
                count += 1
    return order


@kernel(
    void(readonly(uint32), readonly(int64), readonly(int64), readonly(uint32), uint32[::1],
         uint32[::1])
)  # fmt: skip
def _turn_around(words, offsets, documents, ranks, counts, postings):  # type: ignore[no-untyped-def]
    """Turn the words of documents into the documents of words.

    Args:
        words: (n,) uint32, the words of each document, distinct, document after document.
        offsets: (documents + 1,) int64, where each document's words begin.
        documents: (documents,) int64, the documents in their new order.
        ranks: (words,) uint32, the new number of each word.
        counts: (words,) uint32, zeros; written: the documents of each word.
        postings: (n,) uint32, written: word after word, ascending.
    """
    for i in range(words.shape[0]):
        counts[ranks[words[i]]] += uint32(1)
    ends = np.empty(counts.shape[0], np.int64)
    at = 0
    for i in range(counts.shape[0]):
        ends[i] = at
        at += int64(counts[i])
    for number in range(documents.shape[0]):
        for i in range(offsets[documents[number]], offsets[documents[number] + 1]):
            rank = ranks[words[i]]
            postings[ends[rank]] = number
            ends[rank] += 1


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


@kernel(int64(readonly(uint32), int64, int64, int64, uint8[::1], int64))
def _put_postings(postings, first, df, documents, out, put):  # type: ignore[no-untyped-def]
    """Write the postings of a word.

    Args:
        postings: uint32, ascending from `first` on.
        first: the first of the word.
        df: how many it has.
        documents: of the segment.
        out: uint8, written.
        put: where.

    Returns:
        int64, where the next thing begins.
    """
    one, byte = uint64(1), uint64(8)
    low = uint64(rice_bits(documents, df))
    mask = (one << low) - one
    if df == 1:  # of a fixed size, which is not stored
        value = (uint64(postings[first]) & mask) << one
        if uint64(postings[first]) >> low:
            value = value << one | one
        for _ in range(single_size(documents)):
            out[put] = uint8(value & uint64(255))
            value >>= byte
            put += 1
        return put
    buffer, bits = uint64(0), uint64(0)
    before = uint64(0)
    for p in range(first, first + df):
        gap = uint64(postings[p]) - before
        before = uint64(postings[p]) + one
        high = gap >> low
        while high >= byte:
            buffer |= uint64(255) << bits
            out[put] = uint8(buffer & uint64(255))
            put += 1
            buffer >>= byte
            high -= byte
        # ones, a zero, and the low bits
        buffer |= ((gap & mask) << (high + one) | (one << high) - one) << bits
        bits += high + one + low
        while bits >= byte:
            out[put] = uint8(buffer & uint64(255))
            put += 1
            buffer >>= byte
            bits -= byte
    if bits > 0:
        out[put] = uint8(buffer)
        put += 1
    return put


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
            at = _put_postings(postings, posting, df, documents, out, at)
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


class _Blocks:
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
        # Rice's code takes at most 4 bytes a posting, as there are less than 2**23 documents.
        room = 2 * text.size + 2 * _WORD_ROOM * order.size + 4 * postings.size + 2
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


class WordDraft:
    """The words of documents that are being gathered."""

    def __init__(self) -> None:
        self._table = np.zeros((1 << 10, 2), np.uint64)
        self._text = np.empty(1 << 12, np.uint8)
        self._offsets = np.zeros(1 << 10, np.int64)
        self._known = 0
        self._numbers: list[U32] = []  # of the words of documents
        self._lengths: list[U32] = []  # words of each document

    def add(self, words: bytes, offsets: I64) -> None:
        """Take the words of a batch of documents, as in SketchBatch."""
        text, offsets = _as_utf8(words, offsets)
        most = text.size // 2  # a word has at least a byte, and a space
        hashes, stops = np.empty(most, np.uint64), np.empty(most, np.int64)
        lengths = np.empty(len(offsets) - 1, np.uint32)
        n = _hash_words(text, offsets, hashes, stops, lengths)
        self._make_room(n, text.size)
        numbers = np.empty(n, np.uint32)
        self._known = _number_words(
            text, hashes, stops, self._table, self._text, self._offsets, self._known, numbers
        )
        self._numbers.append(numbers)
        self._lengths.append(lengths)

    def _make_room(self, words: int, size: int) -> None:
        slots = table_size(self._known + words, 1 << 10)
        if slots > len(self._table):
            grown = np.zeros((slots, 2), np.uint64)
            _rehash(self._table, grown)
            self._table = grown
        self._text = _with_room(self._text, int(self._offsets[self._known]) + size)
        self._offsets = _with_room(self._offsets, self._known + words + 1)

    def put(self, out: ArrayWriter, order: I64) -> U32:
        """Write the words; returns how many each document has, in order.

        Args:
            order: the documents in their new order.
        """
        offsets = self._offsets[: self._known + 1]
        text = self._text[: offsets[-1]]
        self._table = np.empty((0, 2), np.uint64)
        by_bytes = _sorted(text, offsets)
        ranks = np.empty(self._known, np.uint32)
        ranks[by_bytes] = np.arange(self._known, dtype=np.uint32)
        lengths = np.concatenate([np.empty(0, np.uint32), *self._lengths])
        numbers = np.concatenate([np.empty(0, np.uint32), *self._numbers])
        self._numbers = []
        begins = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=begins[1:])
        counts, postings = np.zeros(self._known, np.uint32), np.empty(numbers.size, np.uint32)
        _turn_around(numbers, begins, order, ranks, counts, postings)
        del numbers
        blocks = _Blocks(out, len(order))
        blocks.add(text, offsets, by_bytes, counts, postings)
        blocks.finish()
        return lengths[order]


def _with_room(array: NDArray[Number], size: int) -> NDArray[Number]:
    """An array of at least a size with the same beginning."""
    if size <= array.size:
        return array
    grown = np.empty(max(size, 2 * array.size), array.dtype)
    grown[: array.size] = array
    return grown


def _as_utf8(words: bytes, offsets: I64) -> tuple[U8, I64]:
    """Words of documents, with U+FFFD for bytes that are not UTF-8."""
    try:
        words.decode()
    except UnicodeDecodeError:
        documents = [_distinct(words[start:stop]) for start, stop in pairwise(offsets)]
        words = b"".join(documents)
        offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    return np.frombuffer(words, np.uint8), offsets


def _distinct(words: bytes) -> bytes:
    replaced = words.decode("utf-8", "replace").encode()
    return b"".join(word + b" " for word in dict.fromkeys(replaced.split(b" ")[:-1]))


@dataclass(frozen=True, slots=True)
class MergedWords:
    """The words of a segment to be merged."""

    words: WordArrays
    documents: int
    numbers: U32  # shape (>= documents,): the new number of each document


@kernel(int64(readonly(uint8), readonly(int64), readonly(uint32), uint32[::1], uint32[::1]))
def _rank(text, offsets, order, ranks, distinct):  # type: ignore[no-untyped-def]
    """Number sorted words so that equal ones have one number.

    Args:
        text, offsets: the words.
        order: (n,) uint32, from `_sorted`.
        ranks: (n,) uint32, written: the new number of each word.
        distinct: (n,) uint32, written: one word of each new number.

    Returns:
        int64, how many are distinct.
    """
    n = 0
    for i in range(order.shape[0]):
        if i == 0 or _is_less(text, offsets, int64(order[i - 1]), int64(order[i]), 0):
            distinct[n] = order[i]
            n += 1
        ranks[order[i]] = n - 1
    return n


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
    blocks = _Blocks(out, documents)
    for low, high in _ranges([part.words for part in parts]):
        _merge_range(blocks, parts, low, high, damaged)
        forget()
    blocks.finish()


def _ranges(parts: Sequence[WordArrays]) -> Iterator[tuple[np.uint64, np.uint64]]:
    """Ranges of keys that take about the same memory."""
    firsts = np.concatenate([words.firsts for words in parts])
    sizes = np.concatenate([np.diff(words.starts) for words in parts])
    order = np.argsort(firsts)
    piece = np.cumsum(sizes[order]) // np.uint64(_MERGED_BYTES)
    bounds = np.unique(firsts[order][1:][piece[1:] != piece[:-1]]).tolist()
    for low, high in zip([0, *bounds], [*bounds, _ALL], strict=True):
        yield np.uint64(low), np.uint64(high)


def _merge_range(
    blocks: _Blocks,
    parts: Sequence[MergedWords],
    low: np.uint64,
    high: np.uint64,
    damaged: Callable[[int], Exception],
) -> None:
    found = [scan(p.words, p.documents, low, high, _NO_TEXT, True, True) for p in parts]
    texts, begins, at = [], [np.zeros(1, np.int64)], 0
    for number, (text, offsets, *_) in enumerate(found):
        if not offsets.size:
            raise damaged(number)
        texts.append(text)
        begins.append(offsets[1:] + at)
        at += text.size
    text, offsets = np.concatenate(texts), np.concatenate(begins)
    order = _sorted(text, offsets)
    ranks, distinct = np.empty(order.size, np.uint32), np.empty(order.size, np.uint32)
    n = _rank(text, offsets, order, ranks, distinct)
    packed = np.empty(sum(int(f[2].sum(dtype=np.int64)) for f in found), np.uint64)
    word = put = 0
    for number, (part, (_, _, counts, starts, sizes)) in enumerate(zip(parts, found, strict=True)):
        own = ranks[word : word + counts.size]
        put = _pack(
            part.words.blocks, counts, starts, sizes, part.documents, own, part.numbers, packed, put
        )
        if put < 0:
            raise damaged(number)
        word += counts.size
    packed.sort()
    counts = np.bincount((packed >> np.uint64(32)).astype(np.int64), minlength=n).astype(np.uint32)
    blocks.add(text, offsets, distinct[:n], counts, packed.astype(np.uint32))
