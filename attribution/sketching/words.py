"""Text to lexical terms: its distinct words, in lower case.

A word is a run of ASCII letters, digits, "_" and bytes of non-ASCII characters, of at most 64
bytes. Comments and strings count: a search looks for them too. Each word is given once a text, so
that BM25 weighs which words occur and not how often; that is a quarter of the bytes to index, and
the rare words of a snippet decide anyway.
"""

from __future__ import annotations

import numpy as np

from attribution.kernels import boolean, kernel, types, uint8, uint32, uint64
from attribution.lexing.lexer import FACTORS, KIND, PUNCTUATION, READONLY_BYTES, finish

__all__ = ["MAX_WORD_BYTES", "WORD_BYTES", "hash_words_into", "words_into", "words_of"]

MAX_WORD_BYTES = 64  # longer runs are data (hashes, base64), and nobody types them

# What each byte becomes inside a word; 0 for a byte that is no part of one.
WORD_BYTES = np.zeros(256, np.uint8)
WORD_BYTES[128:] = np.arange(128, 256)
for _byte in b"abcdefghijklmnopqrstuvwxyz0123456789_":
    WORD_BYTES[_byte] = _byte
for _byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ":
    WORD_BYTES[_byte] = _byte + 32


@kernel(types.int64(uint64[::1], types.int64))
def _cleared(table, entries):  # type: ignore[no-untyped-def]
    """Empty as many slots as so many entries need; returns the mask of their numbers."""
    slots = 256
    while slots <= entries:
        slots *= 2
    table[: slots + 1] = uint64(0)
    return slots - 1


@kernel(boolean(uint64[::1], uint64, uint64), inline="always")
def _is_new(table, mask, h):  # type: ignore[no-untyped-def]
    """Put a hash into an open-addressing set, where 0 is empty; False if it was there."""
    h = h if h != 0 else uint64(1)
    slot = h & mask
    while table[slot] != 0:
        if table[slot] == h:
            return False
        slot = (slot + uint64(1)) & mask
    table[slot] = h
    return True


@kernel(boolean(uint64[::1], uint64, uint64), inline="always")
def _holds(table, mask, h):  # type: ignore[no-untyped-def]
    """Whether a hash is in such a set."""
    h = h if h != 0 else uint64(1)
    slot = h & mask
    while table[slot] != 0:
        if table[slot] == h:
            return True
        slot = (slot + uint64(1)) & mask
    return False


@kernel(
    types.int64(
        READONLY_BYTES, types.int64, types.int64, uint8[::1], uint64[::1], uint64, uint8[::1],
        types.int64,
    ),
)  # fmt: skip
def _scan(data, begin, end, folded, table, mask, out, at):  # type: ignore[no-untyped-def]
    """Write the words of data[begin:end] that are not in the set, and put them there.

    Returns the offset behind the last space, or -1 when the set is three quarters full. The slot
    behind the mask's counts its words.
    """
    room = mask // uint64(4) * uint64(3)
    i, stop, put = uint64(begin), uint64(end), uint64(at)
    one = uint64(1)
    while i < stop:
        if folded[data[i]] == 0:
            i += one
            continue
        h, length = uint64(0), uint64(0)
        while i < stop:
            byte = folded[data[i]]
            if byte == 0:
                break
            if length < MAX_WORD_BYTES:
                h += (uint64(byte) + one) * FACTORS[length]
                out[put + length] = byte  # given up again if the word is known
            length += one
            i += one
        if length <= MAX_WORD_BYTES and _is_new(table, mask, finish(h)):
            put += length
            out[put] = 32
            put += one
            table[mask + one] += one
            if table[mask + one] > room:
                return -1
    return types.int64(put)


@kernel(
    types.int64(
        READONLY_BYTES, types.int64, types.int64, uint8[::1],
        uint64[::1], uint8[::1], uint32[::1], uint32[::1], types.int64,
        types.int64, uint64[::1], uint64[::1], uint8[::1], types.int64,
    ),
)  # fmt: skip
def _words_into(  # type: ignore[no-untyped-def]
    data, begin, end, folded, hashes, kinds, starts, ends, n, expected, table, tokens, out, at
):
    """`words_into` with room for so many words; -1 when there are more."""
    mask = uint64(_cleared(table, expected))
    known = uint64(_cleared(tokens, n // 4))
    room = types.int64(known) // 4 * 3  # for tokens; what comes later is read
    done = uint64(begin)
    for t in range(n):
        start, stop = uint64(begin) + uint64(starts[t]), uint64(begin) + uint64(ends[t])
        if kinds[t] & KIND == PUNCTUATION:
            if done == start:
                done = stop
            continue
        # A word can go over the limits of a token: 0x1f or a byte order mark before a name.
        if (
            start > uint64(begin)
            and folded[data[start]] != 0
            and folded[data[start - uint64(1)]] != 0
        ) or (
            stop < uint64(end) and folded[data[stop]] != 0 and folded[data[stop - uint64(1)]] != 0
        ):
            continue
        if room > 0:
            if _is_new(tokens, known, hashes[t]):
                room -= 1
                continue
        elif not _holds(tokens, known, hashes[t]):
            continue
        if done < start:
            at = _scan(data, done, start, folded, table, mask, out, at)
            if at < 0:
                return at
        done = stop
    return _scan(data, done, end, folded, table, mask, out, at)


@kernel(
    types.int64(
        READONLY_BYTES, types.int64, types.int64, uint8[::1],
        uint64[::1], uint8[::1], uint32[::1], uint32[::1], types.int64,
        uint64[::1], uint64[::1], uint8[::1], types.int64,
    ),
)  # fmt: skip
def words_into(  # type: ignore[no-untyped-def]
    data, begin, end, folded, hashes, kinds, starts, ends, n, table, tokens, out, at
):
    """Write the distinct words of data[begin:end] to out[at:], a space after each.

    The first n entries of `hashes`, `kinds`, `starts` and `ends` are the tokens of the text
    (lexer.lex_into). The words of a token that was there before were there before, too, so its
    bytes are passed over; without tokens (n = 0) all are read. `table` and `tokens` are scratch,
    of more slots than the next power of two above the bytes, and more than 512. Returns the offset
    behind the last space; out needs end - begin + 1 bytes.

    Small tables stay in the fastest cache: a text has some 20 distinct words a kilobyte. One of
    more words than expected is begun anew with a table that holds any.
    """
    put = _words_into(
        data, begin, end, folded, hashes, kinds, starts, ends, n, (end - begin) // 8, table,
        tokens, out, at,
    )  # fmt: skip
    if put < 0:
        put = _words_into(
            data, begin, end, folded, hashes, kinds, starts, ends, n, end - begin, table,
            tokens, out, at,
        )  # fmt: skip
    return put


@kernel(types.int64(READONLY_BYTES, types.int64, types.int64, uint8[::1], uint64[::1], types.int64))
def hash_words_into(data, begin, end, folded, out, at):  # type: ignore[no-untyped-def]
    """Write the hash of every word of data[begin:end] to out[at:]; returns the offset behind."""
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
    none = np.empty(0, np.uint32)
    size = words_into(
        np.frombuffer(text, np.uint8), 0, len(text), WORD_BYTES,
        np.empty(0, np.uint64), np.empty(0, np.uint8), none, none, 0,
        np.empty(slots, np.uint64), np.empty(slots, np.uint64), out, 0,
    )  # fmt: skip
    return tuple(out[:size].tobytes().decode("utf-8", "replace").split(" ")[:-1])
