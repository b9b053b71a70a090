"""The words of a segment: which documents have each, and how words are found.

    words.blocks    u8: blocks of up to 32 words, in the order of the words' bytes
    words.starts    u64, shape (blocks + 1,): where each block begins
    words.firsts    u64, shape (blocks,): the first 8 bytes of its first word, big-endian

A block, with numbers in LEB128 (7 bits a byte, low ones first):

    u16             bytes of the list of its words, which follows
    for each word:
        u8          bytes that it shares with the word before it in the block, << 4, and how many
                    more it has; 15 of either means 15 and the number in another byte
        u8 ...      these more bytes
        number      documents that have it
        number      bytes of its postings; left out for a word of one document
    u8 ...          the postings of each word, see word_postings.py

A word is at most 64 bytes; 192 when it was not UTF-8, since each such byte is stored as U+FFFD.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayFile
from attribution.index.embedded.word_postings import single_size
from attribution.kernels import boolean, int64, kernel, readonly, types, uint8, uint32, uint64

__all__ = [
    "BLOCK_WORDS",
    "MOST_BYTES",
    "NO_KEY",
    "WordArrays",
    "WordPostings",
    "find",
    "key_of",
    "scan",
]

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]


BLOCK_WORDS = 32
MOST_BYTES = 192  # of a word
NO_KEY = 2**64 - 1  # more than the key of any word, as no UTF-8 has the byte 0xFF
_NO_TEXT, _NO_OFFSETS = np.empty(0, np.uint8), np.empty(0, np.int64)


class WordArrays(NamedTuple):
    """The arrays of the words of a segment."""

    blocks: U8
    starts: U64
    firsts: U64

    @staticmethod
    def of(file: ArrayFile) -> WordArrays:
        """The arrays in the file of a segment."""
        return WordArrays(*(file[f"words.{name}"] for name in WordArrays._fields))


class WordPostings(NamedTuple):
    """Words of a segment: arrays of shape (n,)."""

    counts: U32  # documents that have each
    starts: I64  # where its postings begin in `WordArrays.blocks`
    sizes: I64  # bytes of these

    @staticmethod
    def room(n: int) -> WordPostings:
        """Arrays to be written."""
        return WordPostings(np.empty(n, np.uint32), np.empty(n, np.int64), np.empty(n, np.int64))


WORD_ARRAYS = types.NamedTuple((readonly(uint8), readonly(uint64), readonly(uint64)), WordArrays)


@kernel(uint64(readonly(uint8), int64, int64))
def key_of(text, start, stop):  # type: ignore[no-untyped-def]
    """The first 8 bytes of a word as a number, which orders words as their bytes do.

    Args:
        text: (bytes,) uint8.
        start, stop: the word's offsets in text.

    Returns:
        uint64, with zeros behind a shorter word.
    """
    key = uint64(0)
    for at in range(start, start + 8):
        key = key << uint64(8) | (uint64(text[at]) if at < stop else uint64(0))
    return key


@kernel(types.UniTuple(int64, 2)(readonly(uint8), int64, int64), inline="always")
def _number(data, at, stop):  # type: ignore[no-untyped-def]
    """Read a LEB128 number.

    Args:
        data: (bytes,) uint8.
        at: where it begins.
        stop: where the data ends.

    Returns:
        Two int64: the number, or -1 if it does not end; and where the next thing begins.
    """
    value, shift = 0, 0
    while at < stop and shift < 42:
        byte = int64(data[at])
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    return -1, at


@kernel(types.UniTuple(int64, 3)(readonly(uint8), int64, int64), inline="always")
def _lengths(blocks, at, stop):  # type: ignore[no-untyped-def]
    """Read how many bytes of a word are shared, and how many are its own.

    Args:
        blocks: (bytes,) uint8.
        at: where the word begins.
        stop: where the list of words ends.

    Returns:
        Three int64: shared bytes; own bytes, or -1 if the word is invalid; and where they begin.
    """
    shared, own = int64(blocks[at]) >> 4, int64(blocks[at]) & 15
    at += 1
    if shared == 15 and at < stop:
        shared += int64(blocks[at])
        at += 1
    if own == 15 and at < stop:
        own += int64(blocks[at])
        at += 1
    if own == 0 or shared + own > MOST_BYTES or at + own > stop:
        return shared, -1, at
    return shared, own, at


@kernel(types.UniTuple(int64, 3)(readonly(uint8), int64, int64, int64, int64), inline="always")
def _counts(blocks, at, stop, documents, single):  # type: ignore[no-untyped-def]
    """Read what follows the bytes of a word.

    Args:
        blocks: (bytes,) uint8.
        at: where it begins.
        stop: where the list of words ends.
        documents: of the segment.
        single: bytes of the postings of a word of one document.

    Returns:
        Three int64: documents of the word, or -1 if it is invalid; bytes of its postings; and
        where the next word begins.
    """
    if at < stop and blocks[at] == 1:  # half of all words
        return 1, single, at + 1
    df, at = _number(blocks, at, stop)
    if df < 2 or df > documents:
        return -1, 0, at
    size, at = _number(blocks, at, stop)
    return (df if df <= 8 * size else -1), size, at  # a posting has a bit at least


@kernel(types.UniTuple(int64, 3)(readonly(uint8), readonly(uint64), int64), inline="always")
def _block(blocks, starts, number):  # type: ignore[no-untyped-def]
    """Where the parts of a block are.

    Args:
        blocks, starts: of WordArrays.
        number: of the block.

    Returns:
        Three int64: where its list of words begins; where its postings begin; where it ends, or -1
        if it is damaged.
    """
    start, end = int64(starts[number]), int64(starts[number + 1])
    if start < 0 or end > blocks.shape[0] or end < start + 3:
        return 0, 0, -1
    postings = start + 2 + (int64(blocks[start]) | int64(blocks[start + 1]) << 8)
    if postings <= start + 2 or postings > end:
        return 0, 0, -1
    return start + 2, postings, end


@kernel(
    int64(readonly(uint8), readonly(uint64), int64, readonly(uint8), int64, int64), inline="always"
)
def _compare_first(blocks, starts, number, text, start, stop):  # type: ignore[no-untyped-def]
    """Compare the first word of a block with a word that has the same key.

    Args:
        blocks, starts: of WordArrays.
        number: of the block.
        text: (bytes,) uint8.
        start, stop: the word's offsets in text.

    Returns:
        int64, less than 0, 0 or more than 0; -2 if the block is damaged.
    """
    at, postings, end = _block(blocks, starts, number)
    if end < 0:
        return -2
    shared, own, at = _lengths(blocks, at, postings)
    if own < 0 or shared != 0:
        return -2
    for i in range(min(own, stop - start)):
        if blocks[at + i] != text[start + i]:
            return 1 if blocks[at + i] > text[start + i] else -1
    return min(max(own - (stop - start), -1), 1)


@kernel(
    int64(
        WORD_ARRAYS, int64, readonly(uint8), readonly(int64), uint32[::1], int64[::1], int64[::1],
    ),
)  # fmt: skip
def _find(words, documents, text, offsets, counts, starts, sizes):  # type: ignore[no-untyped-def]
    """Find words in a segment.

    Args:
        words: WordArrays.
        documents: of the segment.
        text: (bytes,) uint8, the words, one after the other.
        offsets: (n + 1,) int64, where each begins in text.
        counts: (n,) uint32, written: the documents that have each.
        starts, sizes: (n,) int64, written: where its postings are, in bytes of words.blocks.

    Returns:
        int64, for how many words the arrays are damaged; the results are useless unless it is 0.
    """
    blocks, block_starts, firsts = words.blocks, words.starts, words.firsts
    single = single_size(documents)
    damaged = 0
    for i in range(counts.shape[0]):
        start, stop = offsets[i], offsets[i + 1]
        counts[i], starts[i], sizes[i] = 0, 0, 0
        key = key_of(text, start, stop)
        low, high = 0, firsts.shape[0]  # the last block whose first word is not greater
        while low < high:
            middle = (low + high) >> 1
            first = firsts[middle]
            greater = first > key
            if first == key:
                greater = _compare_first(blocks, block_starts, middle, text, start, stop) > 0
            if greater:
                high = middle
            else:
                low = middle + 1
        if low == 0:
            continue
        at, postings, end = _block(blocks, block_starts, low - 1)
        if end < 0 or firsts[low - 1] == 0:  # zeros in firsts send the search behind them
            damaged += 1
            continue
        size_before, matched = 0, 0  # bytes that the word shares with the one read last
        stop_at = postings
        while at < stop_at:
            shared, own, at = _lengths(blocks, at, stop_at)
            if own < 0:
                damaged += 1
                break
            if shared < matched:
                break  # this word is greater
            found = False
            if shared == matched:
                same = 0
                while (
                    same < own
                    and start + matched + same < stop
                    and blocks[at + same] == text[start + matched + same]
                ):
                    same += 1
                found = same == own and start + matched + same == stop
                if same < own and (
                    start + matched + same == stop
                    or blocks[at + same] > text[start + matched + same]
                ):
                    break
                matched += same
            df, size, at = _counts(blocks, at + own, stop_at, documents, single)
            if df < 0 or postings + size_before + size > end:
                damaged += 1
                break
            if found:
                counts[i], starts[i], sizes[i] = df, postings + size_before, size
                break
            size_before += size
    return damaged


@kernel(boolean(uint8[::1], int64, readonly(uint8), boolean, boolean), inline="always")
def _matches(word, length, text, before, after):  # type: ignore[no-untyped-def]
    """Whether a word has a text where a pattern says.

    Args:
        word: (>= length,) uint8.
        length: of the word.
        text: (bytes,) uint8.
        before, after: bool, as in TermPattern.

    Returns:
        bool.
    """
    room = length - text.shape[0]
    if room < 0:
        return False
    if text.shape[0] == 0:
        return True
    first, last = (0 if after else room), (room if before else 0)
    for start in range(first, last + 1):
        if word[start] == text[0]:
            same = 1
            while same < text.shape[0] and word[start + same] == text[same]:
                same += 1
            if same == text.shape[0]:
                return True
    return False


@kernel(
    types.UniTuple(int64, 2)(
        WORD_ARRAYS, int64, uint64, uint64, readonly(uint8), boolean, boolean, uint8[::1],
        int64[::1], uint32[::1], int64[::1], int64[::1],
    ),
)  # fmt: skip
def _scan(  # type: ignore[no-untyped-def]
    words, documents, low, high, text, before, after, texts, offsets, counts, starts, sizes
):
    """List the words of a segment in a range that match a pattern.

    Args:
        words: WordArrays.
        documents: of the segment.
        low, high: uint64, the words with a key_of in [low, high).
        text: (bytes,) uint8.
        before, after: bool, whether more may come before and after the text.
        texts: (bytes,) uint8, written: the words, one after the other.
        offsets: (n + 1,) int64, written: where each begins in them.
        counts: (n,) uint32, written: the documents that have each.
        starts, sizes: (n,) int64, written: where its postings are, in bytes of words.blocks. All
            of these arrays may be (0,), to count only.

    Returns:
        Two int64: n, or -1 if the arrays are damaged; and the bytes of these words.
    """
    blocks, block_starts, firsts = words.blocks, words.starts, words.firsts
    single = single_size(documents)
    word = np.empty(MOST_BYTES, np.uint8)
    writing = offsets.shape[0] > 0
    n, used = 0, 0
    for number in range(max(np.searchsorted(firsts, low) - 1, 0), firsts.shape[0]):
        if firsts[number] >= high:
            break
        at, stop, end = _block(blocks, block_starts, number)
        if end < 0 or firsts[number] == 0:
            return -1, 0
        length, start = 0, stop
        while at < stop:
            shared, own, at = _lengths(blocks, at, stop)
            if own < 0 or shared > length:
                return -1, 0
            length = shared + own
            for i in range(own):
                word[shared + i] = blocks[at + i]
            df, size, at = _counts(blocks, at + own, stop, documents, single)
            if df < 0 or start + size > end:
                return -1, 0
            if (
                _matches(word, length, text, before, after)
                and low <= key_of(word, 0, length) < high
            ):
                if writing:
                    for i in range(length):
                        texts[used + i] = word[i]
                    offsets[n + 1] = used + length
                    counts[n], starts[n], sizes[n] = df, start, size
                used += length
                n += 1
            start += size
    return n, used


def find(words: WordArrays, documents: int, text: U8, offsets: I64) -> WordPostings | None:
    """Find words in a segment.

    Args:
        documents: of the segment.
        text: the words, one after the other.
        offsets: shape (n + 1,), where each begins in text.

    Returns:
        Each of them, with no documents if the segment does not have it; None if the arrays are
        damaged.
    """
    found = WordPostings.room(len(offsets) - 1)
    return None if _find(words, documents, text, offsets, *found) else found


def scan(
    words: WordArrays,
    documents: int,
    low: int = 0,
    high: int = NO_KEY,
    text: U8 = _NO_TEXT,
    *,
    before: bool = True,
    after: bool = True,
) -> tuple[U8, I64, WordPostings] | None:
    """List the words of a segment that match a pattern.

    Args:
        documents: of the segment.
        low, high: only the words with a key_of in [low, high).
        text, before, after: as in TermPattern.

    Returns:
        The words, one after the other, and where each begins, shape (n + 1,); and what is known of
        them. None if the arrays are damaged.
    """
    arguments = words, documents, np.uint64(low), np.uint64(high), text, before, after
    n, size = _scan(*arguments, _NO_TEXT, _NO_OFFSETS, *WordPostings.room(0))
    if n < 0:
        return None
    texts, offsets, found = (
        np.empty(size, np.uint8),
        np.zeros(n + 1, np.int64),
        WordPostings.room(n),
    )
    _scan(*arguments, texts, offsets, *found)
    return texts, offsets, found
