"""How much an alignment says: each token weighed by what it tells and by how rare its context is.

Equal closing brackets say nothing and equal licence headers little, so tokens are not counted but
weighed. A token's *weight* comes from the snippet alone: names and strings tell more than
punctuation, a second use tells less than the first, imports and prose tell little, legal text
tells nothing. Its *rarity* comes from the index: 1 when the k-grams around it were seen in one
document, 0 when in a thousand (the idf of the window in which it matched). Evidence is their
product, summed over the matched tokens: the number of telling, rare tokens that snippet and
document share. *Telling* evidence also asks how rare the token's own words are: a run of names
that everybody uses (`err`, `t.Fatal`) is met by chance, one of rare names is not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import types, uint8, uint32, uint64
from numpy.typing import NDArray

from attribution.alignment import RAW
from attribution.fingerprints import SKIP, kgrams_raw, kgrams_renamed
from attribution.kernels import kernel
from attribution.lexer import (
    IMPORT,
    KIND,
    NAME,
    NUMBER,
    READONLY_BYTES,
    STRING,
    WORD,
    Tokens,
    hash_bytes,
)
from attribution.sketch import SketchParams
from attribution.windows import anchors_of
from attribution.words import WORD_BYTES, hash_words_into

__all__ = ["Figures", "View", "WordRarities", "rarity", "view", "weigh"]

F32 = NDArray[np.float32]

# Weight per kind of token: PUNCTUATION, WORD, NAME, NUMBER, STRING.
_WEIGHTS = np.array([0.2, 0.4, 1.0, 0.2, 0.8], np.float32)
# The same for a token that is equal only after renaming: its own text says nothing any more.
_RENAMED_WEIGHTS = np.array([0.2, 0.4, 0.3, 0.05, 0.1], np.float32)
_IMPORT_FACTOR = 0.1
_PROSE_FACTOR = 0.3
_PROSE_RUN = 4  # words in a row without punctuation, on one line
_NUMBERS_SHARE = 0.34  # of a line's tokens; a line with more numbers is a row of a table
_SHORT_RUN_RARITY = 0.2  # of runs too short to hold a k-gram: nothing is known of them
_COMMON_BITS = 10.0  # log2 of the documents at which a k-gram says nothing

_LEGAL_WORDS = (
    b"license", b"licence", b"copyright", b"warrant", b"merchantab", b"redistribut",
    b"rights reserved", b"hereby granted", b"spdx",
)  # fmt: skip
_LEGAL = re.compile(b"|".join(_LEGAL_WORDS))
_CONTINUES = np.array([hash_bytes(bytes([mark])) for mark in b",.*;:/-_"], np.uint64)
_OPENS = np.array([hash_bytes(mark) for mark in (b"(", b"{")], np.uint64)
_CLOSES = np.array([hash_bytes(mark) for mark in (b")", b"}")], np.uint64)


@kernel(types.float32(uint32))
def rarity(df):  # type: ignore[no-untyped-def]
    """1 for a fingerprint of one document, falling with log(df) to 0 at 1,024 documents."""
    return np.float32(max(1.0 - math.log2(max(df, 1)) / _COMMON_BITS, 0.0))


@kernel(
    types.void(
        uint64[::1], uint8[::1], uint32[::1], types.boolean[::1], types.float32[::1],
        types.boolean[::1],
    ),
)  # fmt: skip
def _weights(hashes, kinds, lines, legal, out, body):  # type: ignore[no-untyped-def]
    n = hashes.shape[0]
    slots = 64
    while slots < 2 * n:
        slots *= 2
    mask = uint64(slots - 1)
    known = np.zeros(slots, np.uint64)
    uses = np.zeros(slots, np.int32)
    importing = False  # inside the brackets of an import over several lines
    i = 0
    legal_before = False
    while i < n:
        stop = i
        run = 0
        longest_run = 0
        opened = 0
        only_names = True
        numbers = 0
        while stop < n and lines[stop] == lines[i]:
            kind = kinds[stop] & KIND
            numbers += kind == NUMBER
            if kind in (NAME, WORD):
                run += 1
                longest_run = max(longest_run, run)
            else:
                run = 0
                if kind != STRING:
                    known_mark = False
                    for mark in _OPENS:
                        if hashes[stop] == mark:
                            opened += 1
                            known_mark = True
                    for mark in _CLOSES:
                        if hashes[stop] == mark:
                            opened -= 1
                            known_mark = True
                    for mark in _CONTINUES:
                        known_mark = known_mark or hashes[stop] == mark
                    only_names = only_names and known_mark
            stop += 1
        imports = kinds[i] & IMPORT != 0
        if imports:
            importing = opened > 0
        elif importing:
            imports = only_names
            importing = only_names and opened >= 0
        prose = longest_run >= _PROSE_RUN
        # prose around a legal word is legal text: down here, up in the pass below
        is_legal = prose and (legal[lines[i]] or legal_before)
        legal_before = is_legal
        for t in range(i, stop):
            kind = kinds[t] & KIND
            slot = hashes[t] & mask
            while uses[slot] > 0 and known[slot] != hashes[t]:
                slot = (slot + uint64(1)) & mask
            known[slot] = hashes[t]
            uses[slot] += 1
            weight = _WEIGHTS[kind] / np.float32(0.5 + 0.5 * uses[slot])
            if imports:
                weight *= np.float32(_IMPORT_FACTOR)
            if prose:
                weight *= np.float32(_PROSE_FACTOR)
            body[t] = not imports and not prose and numbers <= _NUMBERS_SHARE * (stop - i)
            out[t] = -1.0 if is_legal else weight
            if prose and not is_legal:
                out[t] = -weight - 2.0  # prose, not yet known to be legal
        i = stop
    after = False
    for t in range(n - 1, -1, -1):
        if out[t] == -1.0:
            after = True
            out[t] = 0.0
        elif out[t] <= -2.0:
            out[t] = 0.0 if after else -(out[t] + 2.0)
        else:
            after = False


@kernel(
    types.void(uint64[::1], types.int64, uint64[::1], uint32[::1], uint64,
               types.float32[::1], types.int32[::1]),
)  # fmt: skip
def _known_grams(grams, count, fingerprints, df, shift, sums, counts):  # type: ignore[no-untyped-def]
    """Prefix sums over k-gram numbers of the rarity, and of how many are known, shape (n + 1,)."""
    for i in range(sums.shape[0] - 1):
        sums[i + 1] = sums[i]
        counts[i + 1] = counts[i]
        if i < count and grams[i] != SKIP:
            value = grams[i] >> shift
            at = np.searchsorted(fingerprints, value)
            if at < fingerprints.shape[0] and fingerprints[at] == value:
                sums[i + 1] += rarity(df[at])
                counts[i + 1] += 1


@kernel(
    types.void(READONLY_BYTES, uint32[::1], uint32[::1], uint8[::1], uint8[::1],
               uint64[::1], types.float32[::1], types.float32[::1]),
)  # fmt: skip
def _word_rarities(  # type: ignore[no-untyped-def]
    data, starts, ends, kinds, folded, words, rarities, out
):
    """For each name and string the rarity of its rarest word; 0 for other tokens."""
    longest = 1
    for t in range(starts.shape[0]):
        longest = max(longest, types.int64(ends[t]) - types.int64(starts[t]))
    hashes = np.empty(longest, np.uint64)
    for t in range(starts.shape[0]):
        out[t] = 0.0
        kind = kinds[t] & KIND
        if kind not in (NAME, STRING):
            continue
        count = hash_words_into(data, starts[t], ends[t], folded, hashes, 0)
        for i in range(count):
            at = np.searchsorted(words, hashes[i])
            if at < words.shape[0] and words[at] == hashes[i]:
                out[t] = max(out[t], rarities[at])


@dataclass(frozen=True, slots=True)
class WordRarities:
    """The rarity of words in the index, by their hashes (ascending). Both of shape (n,)."""

    hashes: NDArray[np.uint64]
    rarities: F32  # the square of log((N + 1) / (df + 1)) / log(N + 1): 1 for a word of nobody

    @classmethod
    def of(cls, words: Sequence[str], df: NDArray[np.uint32], documents: int) -> WordRarities:
        """Of distinct words with their document frequencies in an index of so many documents."""
        blob = " ".join(words).encode("utf-8", "replace")
        hashes = np.empty(len(blob) + 1, np.uint64)
        data = np.frombuffer(blob, np.uint8)
        count = hash_words_into(data, 0, len(blob), WORD_BYTES, hashes, 0)
        if count != len(df):  # a replacement character split or joined a word: none is known
            return cls(np.empty(0, np.uint64), np.empty(0, np.float32))
        idf = np.log((documents + 1) / (df + 1.0)) / np.log(documents + 2)
        order = np.argsort(hashes[:count])
        return cls(hashes[:count][order], np.square(np.maximum(idf, 0))[order].astype(np.float32))


@dataclass(frozen=True, slots=True)
class View:
    """A snippet's tokens under one syntax, weighed. Arrays: shape (n,), prefix sums (n + 1,)."""

    tokens: Tokens
    length: int  # bytes of the snippet
    anchors: tuple[bytes, ...]  # lines by which to find it, see windows
    weights: F32
    total: float  # sum of weights
    telling: F32  # weights times the rarity of the token's own words
    body: NDArray[np.bool_]  # whether the token's line is code: no import, no prose, no table
    raw_k: int
    renamed_k: int
    raw_sums: F32
    raw_counts: NDArray[np.int32]
    renamed_sums: F32
    renamed_counts: NDArray[np.int32]


def view(
    code: bytes,
    tokens: Tokens,
    params: SketchParams,
    raw: tuple[NDArray[np.uint64], NDArray[np.uint32]],
    renamed: tuple[NDArray[np.uint64], NDArray[np.uint32]],
    words: WordRarities,
) -> View:
    """Weigh a snippet's tokens.

    Args:
        code: the snippet's text, of which `tokens` were lexed.
        params: those of the index.
        raw: the sketch's raw fingerprints, ascending, and their document frequencies.
        renamed: the same for renamed ones.
        words: how rare the sketch's words are.
    """
    n = len(tokens)
    last_line = int(tokens.lines[-1]) if n else 0
    legal = np.zeros(last_line + 2, np.bool_)
    small = code.lower()
    if any(word in small for word in _LEGAL_WORDS):  # twenty times faster than the pattern
        line, at = 1, 0
        for found in _LEGAL.finditer(small):
            line += small.count(b"\n", at, found.start())
            at = found.start()
            legal[min(line, last_line + 1)] = True
    weights = np.empty(n, np.float32)
    body = np.empty(n, np.bool_)
    _weights(tokens.hashes, tokens.kinds, tokens.lines, legal, weights, body)
    telling = np.empty(n, np.float32)
    _word_rarities(
        np.frombuffer(code, np.uint8), tokens.starts, tokens.ends, tokens.kinds, WORD_BYTES,
        words.hashes, words.rarities, telling,
    )  # fmt: skip
    telling *= weights
    shift = np.uint64(64 - params.fingerprint_bits)
    grams = np.empty(n + 1, np.uint64)
    sums = [np.zeros(n + 1, np.float32) for _ in range(2)]
    counts = [np.zeros(n + 1, np.int32) for _ in range(2)]
    count = kgrams_raw(tokens.hashes, n, params.raw_k, grams)
    _known_grams(grams, count, *raw, shift, sums[0], counts[0])
    count = kgrams_renamed(tokens.hashes, tokens.kinds, n, params.renamed_k, grams)
    _known_grams(grams, count, *renamed, shift, sums[1], counts[1])
    return View(
        tokens, len(code), anchors_of(code), weights, float(weights.sum()), telling, body,
        params.raw_k, params.renamed_k,
        sums[0], counts[0], sums[1], counts[1],
    )  # fmt: skip


@kernel(
    types.float64(
        types.int64, types.int64, types.int64, types.int64, types.float32[::1], types.int32[::1]
    )
)  # fmt: skip
def _window_rarity(token, first, stop, k, sums, counts):  # type: ignore[no-untyped-def]
    """The mean rarity of the known k-grams that hold `token` and lie inside [first, stop)."""
    if stop - first < k:
        return _SHORT_RUN_RARITY
    low, high = max(first, token - k + 1), min(token, stop - k) + 1
    known = counts[high] - counts[low]
    if known > 0:
        return (sums[high] - sums[low]) / known
    low, high = first, stop - k + 1
    known = counts[high] - counts[low]
    return (sums[high] - sums[low]) / known if known > 0 else _SHORT_RUN_RARITY


@kernel(
    types.void(
        types.int64[:, ::1], uint64[::1], uint8[::1], uint64[::1], types.float32[::1],
        types.int64, types.int64, types.float32[::1], types.int32[::1],
        types.float32[::1], types.int32[::1], types.float32[::1], types.boolean[::1],
        types.float64[:, ::1],
    ),
)  # fmt: skip
def _weigh(  # type: ignore[no-untyped-def]
    pieces, qh, qk, dh, weights, raw_k, renamed_k,
    raw_sums, raw_counts, renamed_sums, renamed_counts, telling, body, out,
):  # fmt: skip
    seen = np.zeros(qh.shape[0], np.bool_)
    for p in range(pieces.shape[0]):
        chain, q, d, length, level = pieces[p]
        run = 0  # equal tokens up to here
        worth = 0.0  # their evidence
        for t in range(length):
            token = q + t
            equal = level == RAW or qh[token] == dh[d + t]
            run = run + 1 if equal else 0
            worth = worth if equal else 0.0
            out[chain, 4] = max(out[chain, 4], run)
            if seen[token]:
                continue
            seen[token] = True
            out[chain, 2] += 1.0
            out[chain, 5] += weights[token]
            if level == RAW:
                out[chain, 3] += 1.0
                near = _window_rarity(token, q, q + length, raw_k, raw_sums, raw_counts)
                out[chain, 0] += weights[token] * near
                out[chain, 6] += telling[token] * near
                worth += near if body[token] else 0.0
                out[chain, 7] = max(out[chain, 7], worth)
                continue
            near = _window_rarity(token, q, q + length, renamed_k, renamed_sums, renamed_counts)
            if equal:
                out[chain, 3] += 1.0
                out[chain, 1] += weights[token] * near
                out[chain, 6] += telling[token] * near
                worth += near if body[token] else 0.0
                out[chain, 7] = max(out[chain, 7], worth)
            else:
                kind = qk[token] & KIND
                out[chain, 1] += near * weights[token] * _RENAMED_WEIGHTS[kind] / _WEIGHTS[kind]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a chain of an alignment amounts to, in tokens of the snippet."""

    raw: float  # evidence from runs of equal tokens
    renamed: float  # evidence from runs equal after renaming
    tokens: float  # matched
    equal: float  # of these, equal as written
    longest: float  # longest run of equal tokens
    weight: float  # weights of the matched tokens, before rarity
    telling: float  # evidence from equal tokens whose own words are rare
    run: float  # tokens of the best run of equal tokens in code, by rarity

    @property
    def evidence(self) -> float:
        """All that speaks for the chain."""
        return self.raw + self.renamed


def weigh(pieces: NDArray[np.int64], snippet: View, document: Tokens) -> list[Figures]:
    """Weigh the pieces (see alignment) of a snippet in a document; Figures by chain number."""
    chains = int(pieces[-1, 0]) + 1 if len(pieces) else 0
    out = np.zeros((chains, len(Figures.__dataclass_fields__)), np.float64)
    tokens = snippet.tokens
    _weigh(
        pieces, tokens.hashes, tokens.kinds, document.hashes, snippet.weights,
        snippet.raw_k, snippet.renamed_k, snippet.raw_sums, snippet.raw_counts,
        snippet.renamed_sums, snippet.renamed_counts, snippet.telling, snippet.body, out,
    )  # fmt: skip
    return [Figures(*row) for row in out.tolist()]
