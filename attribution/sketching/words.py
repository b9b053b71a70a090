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

from attribution.kernels import (
    boolean,
    int64,
    kernel,
    readonly,
    trailing_zeros,
    uint8,
    uint64,
    void,
)
from attribution.lexing.hashing import contains, finish
from attribution.sketching.eight_bytes import before_first, eight, first_bytes, with_eight, zeros_in

__all__ = [
    "MAX_PART_BYTES",
    "MAX_WORD_BYTES",
    "MIN_PART_BYTES",
    "PART_MARK",
    "is_new",
    "words_into",
    "words_of",
]

MAX_WORD_BYTES = 64  # longer runs are data (hashes, base64)
MIN_PART_BYTES = 3  # of a part of an identifier; shorter ones are in too many
MAX_PART_BYTES = 16  # that are kept of a part and what follows it
PART_MARK = "-"  # before a part; no word has it
_MARK, _UNDERSCORE = ord(PART_MARK), ord("_")
_UNDERSCORES = np.uint64(int.from_bytes(b"_" * 8))


@kernel(void(readonly(uint8), int64, int64, uint8[::1]), borrows=True)
def _fold(data, begin, end, low):  # type: ignore[no-untyped-def]
    """Write a text in lower case, and 0 for bytes that are not part of words.

    The compiler vectorises it, as it does not for a table.

    Args:
        data: (bytes,) uint8, the text, perhaps with others around it.
        begin, end: the text's offsets in data.
        low: (>= end - begin + 16,) uint8, written, with 16 zeros at the end.
    """
    text = data[begin:end]
    for i in range(text.shape[0]):
        byte = text[i]
        byte |= uint8(uint8(byte - uint8(65)) < uint8(26)) << uint8(5)
        word = (
            (uint8(byte - uint8(97)) < uint8(26))
            | (uint8(byte - uint8(48)) < uint8(10))
            | (byte == uint8(95))
            | (byte >= uint8(128))
        )
        low[i] = byte if word else uint8(0)
    low[text.shape[0] : text.shape[0] + 16] = 0


@kernel(int64(uint64[::1], int64), borrows=True)
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
        readonly(uint8), uint64, uint8[::1], uint64, uint64, uint64[::1], uint64, uint8[::1],
        uint64,
    ),
    borrows=True,
)  # fmt: skip
def _parts(data, begin, low, start, stop, table, mask, out, put):  # type: ignore[no-untyped-def]
    """Write the parts of a word that are not yet in a set, as parts or words, and add them to it.

    Args:
        data: (bytes,) uint8.
        begin: uint64, the text's offset in data.
        low: as written by `_fold`.
        start, stop: uint64, the word's offsets in low.
        table, mask: as for `_scan`.
        out: (bytes,) uint8, written: the new parts, PART_MARK before and a space after each.
        put: uint64, where to begin in out.

    Returns:
        uint64, the offset behind the last space.
    """
    one, byte = uint64(1), uint64(8)
    for i in range(start + one, stop):
        if low[i] == _UNDERSCORE or low[i] - uint64(48) < 10 or i + MIN_PART_BYTES > stop:
            continue
        if low[i - one] != _UNDERSCORE and not _begins_part(data, begin + i, begin + stop):
            continue
        end = min(i + uint64(MAX_PART_BYTES), stop)
        for _ in range(3):  # not within a character, which has up to 3 more bytes
            if end < stop and low[end] & uint8(0xC0) == 0x80:
                end -= one
        as_word, as_part, before = uint64(0), uint64(0), uint64(_MARK)
        for at in range(i, end + one, byte):
            v = eight(low, at) & first_bytes(end - at)
            as_word = with_eight(as_word, v)
            as_part = with_eight(as_part, v << byte | before)
            before = v >> uint64(56)
        if (end - i) & uint64(7) == 7:  # the mark makes it a block longer
            as_part = with_eight(as_part, before)
        if contains(table, mask, finish(as_word)) or not is_new(table, mask, finish(as_part)):
            continue
        table[mask + one] += one
        out[put] = _MARK
        for at in range(i, end):
            put += one
            out[put] = low[at]
        out[put + one] = 32
        put += uint64(2)
    return put


@kernel(
    int64(
        readonly(uint8), int64, uint8[::1], int64, uint64[::1], uint64, boolean, uint8[::1], int64,
    ),
    borrows=True,
)  # fmt: skip
def _scan(data, begin, low, size, table, mask, parts, out, at):  # type: ignore[no-untyped-def]
    """Write the words of a text that are not yet in a set, and add them to the set.

    The hottest loop of indexing. Eight bytes at a time, because the end of a word is a branch that
    the processor cannot predict.

    Args:
        data: (bytes,) uint8, the text, perhaps with others around it.
        begin: the text's offset in data.
        low: as written by `_fold`.
        size: of the text, in bytes.
        table: (slots + 1,) uint64, the set, changed; the last entry counts its hashes.
        mask: uint64, slots - 1.
        parts: bool, whether to write the parts of words too.
        out: (bytes,) uint8, written: the new words, a space after each.
        at: where to begin in out.

    Returns:
        int64, the offset behind the last space, or -1 when the set is three quarters full.
    """
    room = mask // uint64(4) * uint64(3)
    one, byte, stop, put = uint64(1), uint64(8), uint64(size), uint64(at)
    first, i = uint64(begin), uint64(0)
    while True:
        v = eight(low, i)
        while v == 0 and i < stop:
            i += byte
            v = eight(low, i)
        if v == 0:
            return int64(put)
        i += trailing_zeros(v) >> uint64(3)
        h, written, end = uint64(0), uint64(0), i
        underscores, capitals = uint64(0), uint64(0)
        while True:
            v = eight(low, end)
            zeros = zeros_in(v)
            kept = before_first(zeros)
            v &= kept
            as_written = eight(data, first + end) & kept
            h = with_eight(h, v)
            written = with_eight(written, as_written)
            underscores |= zeros_in(v ^ _UNDERSCORES)
            capitals |= (v ^ as_written) >> (byte if end == i else uint64(0))
            for k in range(8):  # overwritten if the word is known
                out[put + end - i + uint64(k)] = uint8(v >> uint64(8 * k) & uint64(255))
            if zeros:
                break
            end += byte
        end += trailing_zeros(zeros) >> uint64(3)
        start, i = i, end
        if end - start > MAX_WORD_BYTES:
            continue
        new = is_new(table, mask, finish(h))
        if new:
            put += end - start
            out[put] = 32
            put += one
            table[mask + one] += one
        # `heapreplace` and `heapReplace` are one word with different parts.
        if parts:
            if capitals:  # the parts of this spelling may be known
                new = is_new(table, mask, finish(written))
                table[mask + one] += uint64(new)
            else:
                new = new and underscores != 0
            if new:
                put = _parts(data, first, low, start, end, table, mask, out, put)
        if table[mask + one] > room:
            return -1


@kernel(
    int64(
        readonly(uint8), int64, int64, uint8[::1], uint64[::1], boolean, uint8[::1], int64,
    ),
    borrows=True,
)  # fmt: skip
def words_into(data, begin, end, low, table, parts, out, at):  # type: ignore[no-untyped-def]
    """Write the distinct words of a text.

    Every byte is read. To skip tokens that occurred before takes longer than to read them.

    Small tables stay in the fastest cache: a text has some 20 distinct words per kilobyte. If it
    has more than expected, it is read again with a table that is large enough for any.

    Args:
        data: (bytes,) uint8, the text, perhaps with others before it, and at least 8 more bytes.
        begin, end: the text's offsets in data.
        low: (>= size + 16,) uint8, scratch. The size is that of the text.
        table: (slots,) uint64, scratch. More slots than 512 and than the next power of two above
            the size, which is more than there are words, other spellings of them, and parts.
        parts: bool, whether to write the parts of compound words too.
        out: (>= at + size + 9,) uint8, written: the words, a space after each; with parts, nine
            times the size.
        at: where to begin in out.

    Returns:
        int64, the offset behind the last space.
    """
    size = end - begin
    _fold(data, begin, end, low)
    for expected in (size // 8, size):
        mask = uint64(_cleared(table, expected))
        put = _scan(data, begin, low, size, table, mask, parts, out, at)
        if put >= 0:
            break
    return put


def words_of(text: bytes) -> tuple[str, ...]:
    """The distinct words of a text, in order of appearance."""
    out, low = np.empty(len(text) + 9, np.uint8), np.empty(len(text) + 16, np.uint8)
    slots = 2 << max(9, len(text).bit_length())
    size = words_into(
        np.frombuffer(text + bytes(8), np.uint8), 0, len(text), low,
        np.empty(slots, np.uint64), False, out, 0,
    )  # fmt: skip
    return tuple(out[:size].tobytes().decode("utf-8", "replace").split(" ")[:-1])
