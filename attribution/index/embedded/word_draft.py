"""The words of documents that are being gathered for a segment.

Words are numbered as they come, and each document is a list of such numbers, four bytes a word.
Then the words are sorted, and the lists are inverted.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayWriter
from attribution.index.embedded.word_blocks import BlockWriter
from attribution.index.embedded.word_sorting import sort_words
from attribution.kernels import (
    boolean,
    int64,
    kernel,
    readonly,
    trailing_zeros,
    uint8,
    uint32,
    uint64,
    void,
)
from attribution.lexing.hashing import finish, table_size
from attribution.sketching.eight_bytes import (
    before_first,
    eight,
    first_bytes,
    with_eight,
    zeros_in,
)

__all__ = ["WordDraft"]

Number = TypeVar("Number", bound=np.generic)
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]

_SPACES = np.uint64(int.from_bytes(b" " * 8))
_MORE = 8  # bytes behind the last word, since eight are read at a time
_AT_ONCE = 64  # words whose cache misses overlap


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
        words: (bytes,) uint8, the words, a space after each, and _MORE bytes.
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
        at, end = uint64(ends[document]), uint64(ends[document + 1])
        while at < end:
            h, spaces = uint64(0), uint64(0)
            while not spaces:
                v = eight(words, at)
                spaces = zeros_in(v ^ _SPACES)
                h = with_eight(h, v & before_first(spaces))
                at += uint64(8)
            at -= uint64(8) - (trailing_zeros(spaces) >> uint64(3))
            hashes[n] = max(finish(h), uint64(1))
            stops[n] = at
            n += 1
            at += uint64(1)
        lengths[document] = n - first
    return n


@kernel(int64(readonly(uint8), readonly(int64), boolean[::1]))
def _find_invalid(words, ends, invalid):  # type: ignore[no-untyped-def]
    """Find documents with words that are not UTF-8. Decoding them takes ten times as long.

    Args:
        words: (bytes,) uint8, the words, a space after each.
        ends: (documents + 1,) int64, where the words of each document begin.
        invalid: (documents,) bool, written: whether a document has such a word.

    Returns:
        int64, how many documents have.
    """
    count = 0
    for document in range(invalid.shape[0]):
        i, stop = uint64(ends[document]), uint64(ends[document + 1])
        invalid[document] = False
        while i < stop:
            lead = words[i]
            i += uint64(1)
            if lead < 0x80:
                continue
            more = uint64(1 if lead < 0xE0 else 2 if lead < 0xF0 else 3)
            # Neither longer than needed, nor surrogates, nor beyond U+10FFFF.
            low = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
            high = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
            valid = 0xC2 <= lead <= 0xF4 and i + more <= stop and low <= words[i] <= high
            for at in range(i + uint64(1), i + more):
                valid = valid and words[at] & 0xC0 == 0x80
            if not valid:
                invalid[document] = True
                count += 1
                break
            i += more
    return count


@kernel(boolean(uint8[::1], int64[::1], int64, readonly(uint8), int64, int64), inline="always")
def _is_word(text, offsets, number, words, start, stop):  # type: ignore[no-untyped-def]
    """Whether a word is a known one.

    Args:
        text: (bytes,) uint8, the known words, one after the other, and _MORE bytes.
        offsets: int64, where each begins in text, and where the last ends.
        number: of the known word.
        words: (bytes,) uint8, with _MORE bytes behind the word.
        start, stop: the word's offsets in words.

    Returns:
        bool.
    """
    first, size = uint64(offsets[number]), uint64(stop - start)
    if uint64(offsets[number + 1]) - first != size:
        return False
    for at in range(uint64(0), size, uint64(8)):
        differing = eight(text, first + at) ^ eight(words, uint64(start) + at)
        if differing & first_bytes(size - at):
            return False
    return True


@kernel(
    int64(
        readonly(uint8), uint64[::1], int64[::1], uint64[:, ::1], uint8[::1], int64[::1], int64,
        uint32[::1],
    ),
)  # fmt: skip
def _number_words(words, hashes, stops, table, text, offsets, known, out):  # type: ignore[no-untyped-def]
    """Number words in the order in which they come first.

    What a word is compared with is loaded for many words at once, so that cache misses overlap.
    Words with equal hashes are compared: a file can be made to have such words.

    Args:
        words: (bytes,) uint8, the words, a space after each, and _MORE bytes.
        hashes, stops: as written by `_hash_words`.
        table: (slots, 2) uint64, hash and number of each known word; changed.
        text: (bytes,) uint8, the known words, one after the other, and _MORE bytes; new ones are
            added.
        offsets: int64, where each begins in text, and where the last ends; changed.
        known: how many words are known.
        out: (n,) uint32, written: the number of each word.

    Returns:
        int64, how many words are known now.
    """
    mask = uint64(table.shape[0] - 1)
    for first in range(0, out.shape[0], _AT_ONCE):
        last = min(first + _AT_ONCE, out.shape[0])
        touched = uint64(0)
        for i in range(first, last):
            touched ^= table[hashes[i] & mask, 1]
        for i in range(first, last):
            touched ^= uint64(offsets[table[hashes[i] & mask, 1]])
        for i in range(first, last):
            touched ^= uint64(text[offsets[table[hashes[i] & mask, 1]]])
        out[first] = uint32(touched)  # else the compiler drops the loads
        for i in range(first, last):
            slot = hashes[i] & mask
            start = stops[i - 1] + 1 if i > 0 else 0
            while table[slot, 0] != 0 and not (
                table[slot, 0] == hashes[i]
                and _is_word(text, offsets, int64(table[slot, 1]), words, start, stops[i])
            ):
                slot = (slot + uint64(1)) & mask
            if table[slot, 0] == 0:
                table[slot, 0] = hashes[i]
                table[slot, 1] = uint64(known)
                put = offsets[known]
                for at in range(start, stops[i]):
                    text[put] = words[at]
                    put += 1
                known += 1
                offsets[known] = put
            out[i] = uint32(table[slot, 1])
    return known


@kernel(
    int64(
        readonly(uint32), readonly(int64), readonly(int64), readonly(uint32), uint32[::1],
        uint32[::1], uint32[::1],
    ),
)  # fmt: skip
def _invert(words, offsets, documents, ranks, lengths, counts, postings):  # type: ignore[no-untyped-def]
    """List the documents of words from the words of documents.

    Args:
        words: (n,) uint32, the words of each document, document after document.
        offsets: (documents + 1,) int64, where each document's words begin.
        documents: (documents,) int64, the documents in their new order.
        ranks: (words,) uint32, the new number of each word.
        lengths: (documents,) uint32, zeros; written: the distinct words of each, in order.
        counts: (words,) uint32, zeros; written: the documents of each word.
        postings: (n,) uint32, written: word after word, ascending, each document once.

    Returns:
        int64, how many postings there are.
    """
    last = np.full(counts.shape[0], -1, np.int32)  # document of each word
    for number in range(documents.shape[0]):
        for i in range(offsets[documents[number]], offsets[documents[number] + 1]):
            rank = ranks[words[i]]
            if last[rank] != number:
                last[rank] = number
                counts[rank] += uint32(1)
                lengths[number] += uint32(1)
    last[:] = -1
    ends = np.empty(counts.shape[0], np.int64)
    at = 0
    for i in range(counts.shape[0]):
        ends[i] = at
        at += int64(counts[i])
    for number in range(documents.shape[0]):
        for i in range(offsets[documents[number]], offsets[documents[number] + 1]):
            rank = ranks[words[i]]
            if last[rank] != number:
                last[rank] = number
                postings[ends[rank]] = number
                ends[rank] += 1
    return at


class WordDraft:
    """The words of documents that are being gathered."""

    def __init__(self) -> None:
        self._table = np.zeros((1 << 10, 2), np.uint64)
        self._text = np.empty(1 << 12, np.uint8)
        self._offsets = np.zeros(1 << 10, np.int64)
        self._known = 0
        self._numbers: list[U32] = []  # of the words of documents
        self._lengths: list[U32] = []  # words of each document

    def __len__(self) -> int:
        """Distinct words added so far."""
        return self._known

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
        slots = table_size((self._known + words) * 2 // 3, 1 << 10)  # at most 3/4 full
        if slots > len(self._table):
            grown = np.zeros((slots, 2), np.uint64)
            _rehash(self._table, grown)
            self._table = grown
        self._text = _with_room(self._text, int(self._offsets[self._known]) + size + _MORE)
        self._offsets = _with_room(self._offsets, self._known + words + 1)

    def put(self, out: ArrayWriter, order: I64) -> U32:
        """Write the words; returns how many each document has, in order.

        Args:
            order: the documents in their new order.
        """
        offsets = self._offsets[: self._known + 1]
        text = self._text[: offsets[-1]]
        self._table = np.empty((0, 2), np.uint64)
        by_bytes = sort_words(text, offsets)
        ranks = np.empty(self._known, np.uint32)
        ranks[by_bytes] = np.arange(self._known, dtype=np.uint32)
        lengths = np.concatenate([np.empty(0, np.uint32), *self._lengths])
        numbers = np.concatenate([np.empty(0, np.uint32), *self._numbers])
        self._numbers = []
        begins = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=begins[1:])
        counts, postings = np.zeros(self._known, np.uint32), np.empty(numbers.size, np.uint32)
        in_order = np.zeros(len(order), np.uint32)
        n = _invert(numbers, begins, order, ranks, in_order, counts, postings)
        del numbers
        blocks = BlockWriter(out, len(order))
        blocks.add(text, offsets, by_bytes, counts, postings[:n])
        blocks.finish()
        return in_order


def _with_room(array: NDArray[Number], size: int) -> NDArray[Number]:
    """An array of at least a size with the same beginning."""
    if size <= array.size:
        return array
    grown = np.empty(max(size, 2 * array.size), array.dtype)
    grown[: array.size] = array
    return grown


def _as_utf8(words: bytes, offsets: I64) -> tuple[U8, I64]:
    """Words of documents and _MORE bytes, with U+FFFD for bytes that are not UTF-8."""
    invalid = np.empty(len(offsets) - 1, np.bool_)
    if _find_invalid(np.frombuffer(words, np.uint8), offsets, invalid):
        documents = [
            _distinct(words[start:stop]) if replace else words[start:stop]
            for (start, stop), replace in zip(pairwise(offsets), invalid, strict=True)
        ]
        words = b"".join(documents)
        offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    return np.frombuffer(words + bytes(_MORE), np.uint8), offsets


def _distinct(words: bytes) -> bytes:
    replaced = words.decode("utf-8", "replace").encode()
    return b"".join(word + b" " for word in dict.fromkeys(replaced.split(b" ")[:-1]))
