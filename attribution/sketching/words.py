"""Text to lexical terms: its distinct words, in lower case.

A word is a run of ASCII letters, digits, "_" and bytes of non-ASCII characters, of at most 64
bytes. Words of comments and strings are included, because people search for them. Each word is
listed once per text, so BM25 weighs which words occur and not how often. That is a quarter of the
bytes to index, and the rare words of a snippet decide anyway.

An index also holds where the parts of compound identifiers begin: `str_heap_new` adds "-heap_new"
and "-new", `strHeapNew` adds "-heapnew" and "-new". So a text with an identifier that has a part
"heap" has a term that begins with "heap" or "-heap".
"""

from __future__ import annotations

import numpy as np

from attribution.kernels import boolean, int64, kernel, readonly, uint8, uint64
from attribution.lexing.hashing import FACTORS, contains, finish

__all__ = [
    "MAX_PART_BYTES",
    "MAX_WORD_BYTES",
    "MIN_PART_BYTES",
    "PART_MARK",
    "WORD_BYTES",
    "hash_words_into",
    "is_new",
    "words_into",
    "words_of",
]

MAX_WORD_BYTES = 64  # longer runs are data (hashes, base64)
MIN_PART_BYTES = 3  # of a part of an identifier; shorter ones are in too many
MAX_PART_BYTES = 16  # that are kept of a part and what follows it
PART_MARK = "-"  # before a part; no word has it
_MARK, _UNDERSCORE = ord(PART_MARK), ord("_")

# Each byte in lower case; 0 for a byte that cannot be part of a word.
WORD_BYTES = np.zeros(256, np.uint8)
WORD_BYTES[128:] = np.arange(128, 256)
for _byte in b"abcdefghijklmnopqrstuvwxyz0123456789_":
    WORD_BYTES[_byte] = _byte
for _byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ":
    WORD_BYTES[_byte] = _byte + 32


@kernel(int64(uint64[::1], int64))
def _cleared(table, entries):  # type: ignore[no-untyped-def]
    """Make an empty set at the start of a scratch array.

    Args:
        table: (> slots,) uint64, changed: the slots and one more become 0.
        entries: how many hashes the set must hold.

    Returns:
        int64, slots - 1, which is the mask of slot numbers.
    """
    slots = 256
    while slots <= entries:
        slots *= 2
    table[: slots + 1] = uint64(0)
    return slots - 1


@kernel(boolean(uint64[::1], uint64, uint64), inline="always")
def is_new(table, mask, h):  # type: ignore[no-untyped-def]
    """Add a hash to an open-addressing set.

    Args:
        table: (slots,) uint64, changed; 0 is an empty slot.
        mask: uint64, slots - 1.
        h: uint64, the hash.

    Returns:
        bool, False if the hash was in the set.
    """
    h = h if h != 0 else uint64(1)
    slot = h & mask
    while table[slot] != 0:
        if table[slot] == h:
            return False
        slot = (slot + uint64(1)) & mask
    table[slot] = h
    return True


@kernel(boolean(readonly(uint8), uint64, uint64), inline="always")
def _begins_part(data, i, stop):  # type: ignore[no-untyped-def]
    """Whether a capital inside a word begins a part: the B of aB or a1B, and the C of ABCd.

    Args:
        data: (bytes,) uint8.
        i: uint64, offset of the byte; the word has one before it.
        stop: uint64, where the word ends.

    Returns:
        bool.
    """
    if data[i] < 65 or data[i] > 90:
        return False
    before = data[i - uint64(1)]
    if (before >= 97 and before <= 122) or (before >= 48 and before <= 57):
        return True
    after = data[i + uint64(1)] if i + uint64(1) < stop else uint8(0)
    return before >= 65 and before <= 90 and after >= 97 and after <= 122


@kernel(
    uint64(
        readonly(uint8), uint64, uint64, uint8[::1], uint64[::1], uint64, uint8[::1], uint64,
    ),
)  # fmt: skip
def _parts(data, start, stop, folded, table, mask, out, put):  # type: ignore[no-untyped-def]
    """Write the parts of a word that are not yet in a set, as parts or words, and add them to it.

    Args:
        data: (bytes,) uint8.
        start, stop: uint64, the word's offsets in data.
        folded: (256,) uint8, WORD_BYTES.
        table, mask: as for `_scan`.
        out: (bytes,) uint8, written: the new parts, PART_MARK before and a space after each.
        put: uint64, where to begin in out.

    Returns:
        uint64, the offset behind the last space.
    """
    one = uint64(1)
    for i in range(start + one, stop):
        if data[i] == _UNDERSCORE or data[i] - uint64(48) < 10 or i + MIN_PART_BYTES > stop:
            continue
        if data[i - one] != _UNDERSCORE and not _begins_part(data, i, stop):
            continue
        end = min(i + uint64(MAX_PART_BYTES), stop)
        for _ in range(3):  # not within a character, which has up to 3 more bytes
            if end < stop and data[end] & uint8(0xC0) == 0x80:
                end -= one
        as_word, as_part = uint64(0), (uint64(_MARK) + one) * FACTORS[0]
        for at in range(i, end):
            byte = uint64(folded[data[at]]) + one
            as_word += byte * FACTORS[at - i]
            as_part += byte * FACTORS[at - i + one]
        if contains(table, mask, finish(as_word)) or not is_new(table, mask, finish(as_part)):
            continue
        table[mask + one] += one
        out[put] = _MARK
        for at in range(i, end):
            put += one
            out[put] = folded[data[at]]
        out[put + one] = 32
        put += uint64(2)
    return put


@kernel(
    int64(
        readonly(uint8), int64, int64, uint8[::1], uint64[::1], uint64, boolean, uint8[::1],
        int64,
    ),
)  # fmt: skip
def _scan(data, begin, end, folded, table, mask, parts, out, at):  # type: ignore[no-untyped-def]
    """Write the words of a text that are not yet in a set, and add them to the set.

    Args:
        data: (bytes,) uint8, the text, perhaps with others around it.
        begin, end: the text's offsets in data.
        folded: (256,) uint8, WORD_BYTES.
        table: (slots + 1,) uint64, the set, changed; the last entry counts its words.
        mask: uint64, slots - 1.
        parts: bool, whether to write the parts of words too.
        out: (bytes,) uint8, written: the new words, a space after each.
        at: where to begin in out.

    Returns:
        int64, the offset behind the last space, or -1 when the set is three quarters full.
    """
    room = mask // uint64(4) * uint64(3)
    i, stop, put = uint64(begin), uint64(end), uint64(at)
    one = uint64(1)
    while i < stop:
        byte = folded[data[i]]
        if byte == 0:
            i += one
            continue
        start, limit = i, min(stop, i + uint64(MAX_WORD_BYTES))
        h = (uint64(byte) + one) * FACTORS[0]
        out[put] = byte  # overwritten if the word is known
        underscore = byte == _UNDERSCORE
        capitals = uint8(0)  # behind the first byte; not 0 if there is one
        i += one
        while i < limit:
            byte = folded[data[i]]
            if byte == 0:
                break
            h += (uint64(byte) + one) * FACTORS[i - start]
            out[put + i - start] = byte
            underscore |= byte == _UNDERSCORE
            capitals |= byte ^ data[i]
            i += one
        length = i - start
        if length == MAX_WORD_BYTES and i < stop and folded[data[i]] != 0:
            while i < stop and folded[data[i]] != 0:
                i += one
            continue
        new = is_new(table, mask, finish(h))
        if new:
            put += length
            out[put] = 32
            put += one
            table[mask + one] += one
        # `heapreplace` and `heapReplace` are one word with different parts.
        if parts and (capitals != 0 or (new and underscore)):
            put = _parts(data, start, i, folded, table, mask, out, put)
        if table[mask + one] > room:
            return -1
    return int64(put)


@kernel(
    int64(
        readonly(uint8), int64, int64, uint8[::1], uint64[::1], boolean, uint8[::1], int64,
    ),
)  # fmt: skip
def words_into(data, begin, end, folded, table, parts, out, at):  # type: ignore[no-untyped-def]
    """Write the distinct words of a text.

    Every byte is read. To skip tokens that occurred before takes longer than to read them.

    Small tables stay in the fastest cache: a text has some 20 distinct words per kilobyte. If it
    has more than expected, it is read again with a table that is large enough for any.

    Args:
        data: (bytes,) uint8, the text, perhaps with others around it.
        begin, end: the text's offsets in data.
        folded: (256,) uint8, WORD_BYTES.
        table: (slots,) uint64, scratch. More slots than 512 and than the next power of two above
            the bytes of the text.
        parts: bool, whether to write the parts of compound words too.
        out: (>= at + size + 1,) uint8, written: the words, a space after each. The size is that of
            the text, with parts nine times that.
        at: where to begin in out.

    Returns:
        int64, the offset behind the last space.
    """
    for expected in ((end - begin) // 8, end - begin):
        mask = uint64(_cleared(table, expected))
        put = _scan(data, begin, end, folded, table, mask, parts, out, at)
        if put >= 0:
            break
    return put


@kernel(int64(readonly(uint8), int64, int64, uint8[::1], uint64[::1], int64))
def hash_words_into(data, begin, end, folded, out, at):  # type: ignore[no-untyped-def]
    """Write the hash of every word of a text.

    Args:
        data: (bytes,) uint8, the text, perhaps with others around it.
        begin, end: the text's offsets in data.
        folded: (256,) uint8, WORD_BYTES.
        out: (>= at + words,) uint64, written: the hashes.
        at: where to begin in out.

    Returns:
        int64, the index behind the last hash.
    """
    i = begin
    while i < end:
        if folded[data[i]] == 0:
            i += 1
            continue
        h, length = uint64(0), uint64(0)
        while i < end and folded[data[i]] != 0:
            if length < MAX_WORD_BYTES:
                h += (uint64(folded[data[i]]) + uint64(1)) * FACTORS[length]
            length += uint64(1)
            i += 1
        if length <= MAX_WORD_BYTES:
            out[at] = finish(h)
            at += 1
    return at


def words_of(text: bytes) -> tuple[str, ...]:
    """The distinct words of a text, in order of appearance."""
    out = np.empty(len(text) + 1, np.uint8)
    slots = 2 << max(9, len(text).bit_length())
    size = words_into(
        np.frombuffer(text, np.uint8), 0, len(text), WORD_BYTES,
        np.empty(slots, np.uint64), False, out, 0,
    )  # fmt: skip
    return tuple(out[:size].tobytes().decode("utf-8", "replace").split(" ")[:-1])
