"""From bytes to the parts of a sketch, in one kernel per batch of documents or per snippet."""

from __future__ import annotations

import numpy as np

from attribution.kernels import boolean, int64, kernel, readonly, types, uint8, uint32, uint64
from attribution.lexing.hashing import table_size
from attribution.lexing.lexer import lex_into
from attribution.sketching.fingerprints import kgrams_raw, kgrams_renamed, winnow
from attribution.sketching.minhash import band_hashes, shingle_hashes, sign_into
from attribution.sketching.words import is_new, words_into

__all__ = ["keep_firsts", "sketch_documents", "sketch_tokens"]


@kernel(uint64[::1](uint64[::1], int64, int64))
def _with_room(values, used, more):  # type: ignore[no-untyped-def]
    """An array with room for more values: itself, or a copy of twice the size.

    Args:
        values: (size,) uint64.
        used: how many of the values are in use.
        more: how many values to have room for behind them.

    Returns:
        (>= used + more,) uint64.
    """
    if used + more <= values.shape[0]:
        return values
    grown = np.empty(2 * values.shape[0] + more, np.uint64)
    grown[:used] = values[:used]
    return grown


@kernel(
    types.Tuple((
        uint64[::1], int64[::1], uint64[::1], int64[::1],
        uint32[:, ::1], uint64[:, ::1], uint8[::1], int64[::1], uint32[::1],
    ))(
        readonly(uint8), int64[::1], int64[::1],
        uint8[:, ::1], uint8[:, ::1], uint64[:, ::1], uint64[:, ::1],
        uint32[::1], uint32[::1],
        int64, int64, int64, int64, uint64, int64, int64,
        boolean,
    ),
)  # fmt: skip
def sketch_documents(  # type: ignore[no-untyped-def]
    data, offsets, families, rules, classes, keywords, imports, a, b,
    raw_k, raw_w, renamed_k, renamed_w, shift, shingle, bands, with_words,
):  # fmt: skip
    """Sketch n documents.

    Args:
        data: (bytes,) uint8, the documents, one after the other, and 8 more bytes.
        offsets: (n + 1,) int64, where each begins in data.
        families: (n,) int64, the syntax family of each.
        rules: (families, 33) uint8, RULES.
        classes: (families, 256) uint8, CLASSES.
        keywords, imports: (families, TABLE) uint64, KEYWORDS and IMPORTS.
        a, b: (permutations,) uint32, the factors and summands of MinHash.
        raw_k, raw_w, renamed_k, renamed_w: as in SketchParams.
        shift: uint64, how many low bits of a hash to drop.
        shingle, bands: as in SketchParams.
        with_words: bool, whether to list the words, and the parts of compound ones.

    Returns:
        The arrays of SketchBatch in their order, with the words as (bytes,) uint8.
    """
    count = offsets.shape[0] - 1
    largest = 1
    for d in range(count):
        largest = max(largest, offsets[d + 1] - offsets[d])
    hashes = np.empty(largest, np.uint64)
    kinds = np.empty(largest, np.uint8)
    starts = np.empty(largest, np.uint32)
    ends = np.empty(largest, np.uint32)
    lines = np.empty(largest, np.uint32)
    grams = np.empty(largest, np.uint64)
    no_positions = np.empty(0, np.uint32)
    shingles = np.empty(largest, np.uint32)
    slots = 1024
    while slots <= 2 * largest:
        slots *= 2
    known_words = np.empty(slots, np.uint64)
    low = np.empty(largest + 16, np.uint8)
    room = offsets[count] // 12 + largest + 64
    raw = np.empty(room, np.uint64)
    renamed = np.empty(room, np.uint64)
    raw_offsets = np.zeros(count + 1, np.int64)
    renamed_offsets = np.zeros(count + 1, np.int64)
    signatures = np.empty((count, a.shape[0]), np.uint32)
    band_table = np.empty((count, bands), np.uint64)
    words = np.empty(9 * offsets[count] + count + 9 if with_words else 1, np.uint8)
    words_offsets = np.zeros(count + 1, np.int64)
    tokens = np.empty(count, np.uint32)
    for d in range(count):
        begin, end = offsets[d], offsets[d + 1]
        family = families[d]
        n = lex_into(
            data, begin, end, rules[family], classes[family], keywords[family], imports[family],
            hashes, kinds, starts, ends, lines,
        )  # fmt: skip
        tokens[d] = n
        at = raw_offsets[d]
        raw = _with_room(raw, at, n)
        m = kgrams_raw(hashes, n, raw_k, grams)
        raw_offsets[d + 1] = at + winnow(grams, m, raw_w, shift, raw[at:], no_positions)
        at = renamed_offsets[d]
        renamed = _with_room(renamed, at, n)
        m = kgrams_renamed(hashes, kinds, n, renamed_k, grams)
        renamed_offsets[d + 1] = at + winnow(grams, m, renamed_w, shift, renamed[at:], no_positions)
        m = shingle_hashes(hashes, n, shingle, shingles)
        sign_into(shingles, m, a, b, signatures[d])
        band_hashes(signatures[d], shift, band_table[d])
        if with_words:
            words_offsets[d + 1] = words_into(
                data, begin, end, low, known_words, True, words, words_offsets[d],
            )  # fmt: skip
    return (
        raw[: raw_offsets[count]], raw_offsets, renamed[: renamed_offsets[count]], renamed_offsets,
        signatures, band_table, words[: words_offsets[count]], words_offsets, tokens,
    )  # fmt: skip


@kernel(
    types.Tuple((uint64[::1], uint32[::1], int64))(
        uint64[::1], uint8[::1], uint32[::1], uint32[::1],
        int64, int64, int64, int64, uint64, int64, int64, uint32[::1],
    ),
)  # fmt: skip
def sketch_tokens(  # type: ignore[no-untyped-def]
    hashes, kinds, a, b,
    raw_k, raw_w, renamed_k, renamed_w, shift, shingle, dense_below, signature,
):  # fmt: skip
    """Sketch the tokens of a snippet.

    Args:
        hashes, kinds: (n,) uint64 and uint8, the tokens.
        a, b: (permutations,) uint32, the factors and summands of MinHash.
        raw_k, raw_w, renamed_k, renamed_w: as in SketchParams.
        shift: uint64, how many low bits of a fingerprint to drop.
        shingle: as in SketchParams.
        dense_below: a snippet of fewer tokens keeps all k-grams.
        signature: (permutations,) uint32, written; or (0,), for none.

    Returns:
        The fingerprints (n,) uint64, raw ones and then renamed ones; their k-gram numbers (n,)
        uint32; and how many are raw.
    """
    n = hashes.shape[0]
    if n < dense_below:
        raw_w, renamed_w = 1, 1
    grams = np.empty(n + 1, np.uint64)
    found = np.empty(2 * n + 2, np.uint64)
    positions = np.empty(2 * n + 2, np.uint32)
    m = kgrams_raw(hashes, n, raw_k, grams)
    raws = winnow(grams, m, raw_w, shift, found, positions)
    m = kgrams_renamed(hashes, kinds, n, renamed_k, grams)
    both = raws + winnow(grams, m, renamed_w, shift, found[raws:], positions[raws:])
    if signature.shape[0] > 0:
        shingles = np.empty(n + 1, np.uint32)
        m = shingle_hashes(hashes, n, shingle, shingles)
        sign_into(shingles, m, a, b, signature)
    return found[:both].copy(), positions[:both].copy(), raws


@kernel(int64(uint64[::1], uint32[::1]))
def keep_firsts(fingerprints, positions):  # type: ignore[no-untyped-def]
    """Drop the fingerprints that occurred before.

    Args:
        fingerprints: (n,) uint64, < 2**63, changed: the distinct ones come first, in order.
        positions: (n,) uint32, changed in the same way.

    Returns:
        int64, how many are distinct.
    """
    slots = table_size(fingerprints.shape[0], 64)
    known = np.zeros(slots, np.uint64)
    mask = uint64(slots - 1)
    kept = 0
    for i in range(fingerprints.shape[0]):
        if is_new(known, mask, fingerprints[i] + uint64(1)):  # 0 is an empty slot
            fingerprints[kept] = fingerprints[i]
            positions[kept] = positions[i]
            kept += 1
    return kept
