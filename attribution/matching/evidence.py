"""Weighing an alignment: how much evidence do the matched tokens give?

Equal closing brackets say nothing and equal licence headers little, so tokens are not counted but
weighed. The *weight* of a token comes from the snippet alone (see token_weights), and is small in
an idiom, which is in many projects (see idioms). Its *rarity*
comes from the index: 1 if the k-grams around it are in one document, 0 if they are in a thousand
(the idf of the window in which it matched). *Evidence* is their product, summed over the matched
tokens: the number of weighty, rare tokens that snippet and document share. *Telling* evidence also
depends on how rare the token's own words are: a run of names that everyone uses (`err`,
`t.Fatal`) may match by chance, one of rare names does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import (
    boolean,
    float32,
    float64,
    int32,
    int64,
    kernel,
    types,
    uint8,
    uint64,
    void,
)
from attribution.lexing.lexer import KIND, NAME, Tokens
from attribution.matching.idioms import idiomatic
from attribution.matching.landmarks import Landmarks
from attribution.matching.rarity import U64, GramRarities, WordRarities
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

__all__ = ["WeighedChains", "WeighedSnippet", "weigh_chains", "weigh_snippet"]

F32 = NDArray[np.float32]

# Of a token in a k-gram that many projects have. Of .1 to .5 on the fit half, .2 to .3 gave most.
_IDIOM_FACTOR = np.float32(0.25)
_SHOWN_EVIDENCE = 2.0  # tokens of evidence from which a chain is shown beside the best one
_LONGEST, _WEIGHT, _RUN = 4, 5, 7  # fields of ChainEvidence
_SHORT_RUN_RARITY = 0.2  # of runs that are shorter than a k-gram, whose rarity is unknown


@dataclass(frozen=True, slots=True)
class WeighedSnippet:
    """A snippet's tokens under one syntax, weighed. Arrays have shape (n,)."""

    tokens: Tokens
    seeds: SnippetSeeds
    landmarks: Landmarks  # lines by which to find it in a document
    weights: F32
    total: float  # sum of weights
    telling: F32  # weights times the rarity of the token's own words
    novelty: F32  # of the code's shape at each token, 0..1
    body: NDArray[np.bool_]  # whether the token's line is code: no import, no prose, no table
    raw: GramRarities
    renamed: GramRarities

    def without(self, ranges: Iterable[tuple[int, int]]) -> WeighedSnippet:
        """The same, but tokens in some ranges of the text (bytes) are no evidence."""
        counts = np.ones(len(self.tokens), np.bool_)
        for start, end in ranges:
            first = np.searchsorted(self.tokens.ends, start, "right")
            counts[first : np.searchsorted(self.tokens.starts, end)] = False
        weights = self.weights * counts
        return replace(
            self,
            weights=weights,
            total=float(weights.sum()),
            telling=self.telling * counts,
            body=self.body & counts,
        )


def weigh_snippet(
    code: bytes,
    tokens: Tokens,
    params: SketchParams,
    raw: tuple[U64, NDArray[np.uint32]],
    renamed: tuple[U64, NDArray[np.uint32]],
    words: WordRarities,
) -> WeighedSnippet:
    """Weigh a snippet's tokens.

    Args:
        code: the snippet's text.
        tokens: its tokens.
        params: those of the index.
        raw: the raw fingerprints of its sketch, ascending, and their document frequencies.
        renamed: the same for renamed ones.
        words: the rarities of the words of its sketch.
    """
    n, bits = len(tokens), params.fingerprint_bits
    seeds = SnippetSeeds(tokens)
    weights, body = token_weights(code, tokens)
    weights[idiomatic(seeds.raw[0], n)] *= _IDIOM_FACTOR
    grams = np.empty(n + 1, np.uint64)
    count = kgrams_raw(tokens.hashes, n, params.raw_k, grams)
    raw_rarities = GramRarities.of(grams[:count], params.raw_k, n, raw, bits)
    count = kgrams_renamed(tokens.hashes, tokens.kinds, n, params.renamed_k, grams)
    return WeighedSnippet(
        tokens=tokens,
        seeds=seeds,
        landmarks=Landmarks(code),
        weights=weights,
        total=float(weights.sum()),
        telling=words.of_tokens(code, tokens) * weights,
        novelty=shape_novelty(tokens),
        body=body,
        raw=raw_rarities,
        renamed=GramRarities.of(grams[:count], params.renamed_k, n, renamed, bits),
    )


@kernel(float64(int64, int64, int64, int64, float32[::1], int32[::1]))
def _window_rarity(token, first, stop, k, sums, counts):  # type: ignore[no-untyped-def]
    """The rarity of the context of a matched token.

    It is the mean rarity of the known k-grams of the run that contain the token, else of all known
    k-grams of the run.

    Args:
        token: the token's number.
        first, stop: the tokens [first, stop) of the run in which it matched.
        k: tokens per k-gram.
        sums: (n + 1,) float32, as in GramRarities.
        counts: (n + 1,) int32, as in GramRarities.

    Returns:
        float64, 0..1.
    """
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
    void(
        int64[:, ::1], uint64[::1], uint8[::1], uint64[::1],
        float32[::1], float32[::1], float32[::1], boolean[::1],
        int64, float32[::1], int32[::1], int64, float32[::1], int32[::1], float64[:, ::1],
    ),
)  # fmt: skip
def _weigh(  # type: ignore[no-untyped-def]
    pieces, q_hashes, q_kinds, d_hashes, weights, telling, novelty, body,
    raw_k, raw_sums, raw_counts, renamed_k, renamed_sums, renamed_counts, out,
):  # fmt: skip
    """Sum up the evidence of each chain. A token that is in several pieces counts in the first.

    Args:
        pieces: (p, PIECE_WIDTH) int64, as of `align`.
        q_hashes: (n,) uint64, the snippet's tokens.
        q_kinds: (n,) uint8, their kinds.
        d_hashes: (m,) uint64, the document's tokens.
        weights, telling, novelty: (n,) float32, as in WeighedSnippet.
        body: (n,) bool, as in WeighedSnippet.
        raw_k, renamed_k: as in GramRarities.
        raw_sums, renamed_sums: (n + 1,) float32, as in GramRarities.
        raw_counts, renamed_counts: (n + 1,) int32, as in GramRarities.
        out: (chains, fields of ChainEvidence) float64, all 0; written.
    """
    seen = np.zeros(q_hashes.shape[0], np.bool_)
    for p in range(pieces.shape[0]):
        chain, q, d, length, level = pieces[p]
        run = 0  # equal tokens up to here
        worth = 0.0  # their rarities, where they are code
        for t in range(length):
            token = q + t
            equal = level == RAW or q_hashes[token] == d_hashes[d + t]
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
                if q_kinds[token] & KIND == NAME:
                    # a name that was kept is as much evidence as it is rare: `self` is none
                    kept = RENAMED_WEIGHTS[NAME]
                    weight = kept * weight + (1.0 - kept) * telling[token]
                out[chain, 1] += weight * near
                out[chain, 6] += telling[token] * near
                worth += near if body[token] else 0.0
                out[chain, 7] = max(out[chain, 7], worth)
            else:
                kind = q_kinds[token] & KIND
                out[chain, 1] += near * weights[token] * RENAMED_WEIGHTS[kind] / WEIGHTS[kind]


@kernel(types.UniTuple(int64, 3)(int64[:, ::1], float64[:, ::1], int64[:, ::1], float64[::1]))
def _show(pieces, weighed, chains, sums):  # type: ignore[no-untyped-def]
    """Choose the chains that are shown, best first, and sum up their evidence.

    Args:
        pieces: (p, PIECE_WIDTH) int64, as of `align`; at least one.
        weighed: (c, fields of ChainEvidence) float64, as of `_weigh`.
        chains: (c, 2) int64, written for each chain that is shown: its first piece, and the one
            behind its last.
        sums: (fields of ChainEvidence,) float64, all 0; written: the evidence of all of these.

    Returns:
        Three int64: how many are shown, the number of the best one, and the number of the longest
        piece of equal tokens, -1 if there is none.
    """
    order = np.empty(weighed.shape[0], np.int64)
    for c in range(weighed.shape[0]):  # sorted by insertion; of equal ones the first comes first
        at = c
        total = weighed[c, 0] + weighed[c, 1]
        while at > 0 and weighed[order[at - 1], 0] + weighed[order[at - 1], 1] < total:
            order[at] = order[at - 1]
            at -= 1
        order[at] = c
    shown = 0
    for c in order:
        if shown > 0 and weighed[c, 0] + weighed[c, 1] < _SHOWN_EVIDENCE:
            break
        begin = np.searchsorted(pieces[:, 0], c)
        end = begin
        while end < pieces.shape[0] and pieces[end, 0] == c:
            end += 1
        chains[shown, 0], chains[shown, 1] = begin, end
        for field in range(sums.shape[0]):
            if field in (_LONGEST, _RUN):
                sums[field] = max(sums[field], weighed[c, field])
            else:
                sums[field] += weighed[c, field]
        shown += 1
    longest = -1
    for p in range(pieces.shape[0]):
        if pieces[p, 4] == RAW and (longest < 0 or pieces[p, 3] > pieces[longest, 3]):
            longest = p
    return shown, order[0], longest


class ChainEvidence(NamedTuple):
    """The evidence of chains of an alignment, in tokens of the snippet."""

    raw: float  # evidence from runs of equal tokens
    renamed: float  # evidence from runs that are equal after renaming
    tokens: float  # matched tokens
    equal: float  # those of them that are equal as written
    longest: float  # longest run of equal tokens
    weight: float  # weights of the matched tokens, before rarity
    telling: float  # evidence from equal tokens whose own words are rare
    run: float  # tokens of the best run of equal tokens in code, by rarity


class WeighedChains(NamedTuple):
    """The chains of an alignment that are shown, and their evidence."""

    chains: NDArray[np.int64]  # (s, 2), best first: its first piece, and the one behind its last
    evidence: ChainEvidence  # of all of them
    best_weight: float  # of the best one
    longest: int  # the number of the longest piece of equal tokens, -1 if there is none


def weigh_chains(
    pieces: NDArray[np.int64], snippet: WeighedSnippet, document: Tokens
) -> WeighedChains:
    """The evidence of an alignment of at least one piece."""
    count, fields = int(pieces[-1, 0]) + 1, len(ChainEvidence._fields)
    weighed, sums = np.zeros((count, fields)), np.zeros(fields)
    tokens, raw, renamed = snippet.tokens, snippet.raw, snippet.renamed
    _weigh(
        pieces, tokens.hashes, tokens.kinds, document.hashes,
        snippet.weights, snippet.telling, snippet.novelty, snippet.body,
        raw.k, raw.sums, raw.counts, renamed.k, renamed.sums, renamed.counts, weighed,
    )  # fmt: skip
    chains = np.empty((count, 2), np.int64)
    shown, best, longest = _show(pieces, weighed, chains, sums)
    evidence = ChainEvidence._make(sums.tolist())
    return WeighedChains(chains[:shown], evidence, float(weighed[best, _WEIGHT]), longest)
