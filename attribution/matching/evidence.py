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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import kernel, types, uint8, uint64
from attribution.lexing.lexer import KIND, NAME, Tokens
from attribution.matching.landmarks import Landmarks
from attribution.matching.rarity import WordRarities, gram_rarities, word_rarities
from attribution.matching.runs import RAW
from attribution.matching.seeds import SnippetSeeds
from attribution.matching.token_weights import (
    RENAMED_WEIGHTS,
    WEIGHTS,
    shape_novelty,
    token_weights,
)
from attribution.sketching.fingerprints import kgrams_raw, kgrams_renamed
from attribution.sketching.sketch import SketchParams
from attribution.sketching.words import WORD_BYTES

__all__ = ["Figures", "View", "view", "weigh"]

F32 = NDArray[np.float32]

_SHORT_RUN_RARITY = 0.2  # of runs too short to hold a k-gram: nothing is known of them


@dataclass(frozen=True, slots=True)
class View:
    """A snippet's tokens under one syntax, weighed. Arrays: shape (n,), prefix sums (n + 1,)."""

    tokens: Tokens
    seeds: SnippetSeeds
    landmarks: Landmarks  # lines by which to find it
    weights: F32
    total: float  # sum of weights
    telling: F32  # weights times the rarity of the token's own words
    novelty: F32  # of the code's shape at each token, 0..1
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
    weights, body = token_weights(code, tokens)
    telling = np.empty(n, np.float32)
    word_rarities(
        np.frombuffer(code, np.uint8), tokens.starts, tokens.ends, tokens.kinds, WORD_BYTES,
        words.hashes, words.rarities, telling,
    )  # fmt: skip
    telling *= weights
    shift = np.uint64(64 - params.fingerprint_bits)
    grams = np.empty(n + 1, np.uint64)
    sums = [np.zeros(n + 1, np.float32) for _ in range(2)]
    counts = [np.zeros(n + 1, np.int32) for _ in range(2)]
    count = kgrams_raw(tokens.hashes, n, params.raw_k, grams)
    gram_rarities(grams, count, *raw, shift, sums[0], counts[0])
    count = kgrams_renamed(tokens.hashes, tokens.kinds, n, params.renamed_k, grams)
    gram_rarities(grams, count, *renamed, shift, sums[1], counts[1])
    return View(
        tokens, SnippetSeeds(tokens), Landmarks(code),
        weights, float(weights.sum()), telling, shape_novelty(tokens), body,
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
        types.float32[::1], types.float64[:, ::1],
    ),
)  # fmt: skip
def _weigh(  # type: ignore[no-untyped-def]
    pieces, qh, qk, dh, weights, raw_k, renamed_k,
    raw_sums, raw_counts, renamed_sums, renamed_counts, telling, body, novelty, out,
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
            near *= novelty[token]
            if equal:
                out[chain, 3] += 1.0
                weight = weights[token]
                if qk[token] & KIND == NAME:
                    # that a name was kept says as much as the name: `self` nothing, a rare one all
                    kept = RENAMED_WEIGHTS[NAME]
                    weight = kept * weight + (1.0 - kept) * telling[token]
                out[chain, 1] += weight * near
                out[chain, 6] += telling[token] * near
                worth += near if body[token] else 0.0
                out[chain, 7] = max(out[chain, 7], worth)
            else:
                kind = qk[token] & KIND
                out[chain, 1] += near * weights[token] * RENAMED_WEIGHTS[kind] / WEIGHTS[kind]


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
        snippet.renamed_sums, snippet.renamed_counts, snippet.telling, snippet.body,
        snippet.novelty, out,
    )  # fmt: skip
    return [Figures(*row) for row in out.tolist()]
