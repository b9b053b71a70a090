"""From a sketch to candidates: all segments are asked, the rules of `weighing` decide.

Two kernel calls a segment (probe.py); Candidate objects are made of the best only. Measured at
1 GB in four segments; see the benchmarks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.postings import keys_of
from attribution.index.embedded.probe import accumulate, find
from attribution.index.embedded.state import State
from attribution.index.interface import Candidate, Proposal
from attribution.index.weighing import (
    Limits,
    choose,
    contenders,
    position_bits,
    select,
    weights,
)
from attribution.sketch import Sketch

__all__ = ["propose"]

F64 = NDArray[np.float64]


def propose(state: State, sketch: Sketch, limits: Limits, limit: int, lexical: bool) -> Proposal:
    """Documents of a state that share something with a sketch."""
    bits = state.manifest.params.fingerprint_bits
    raws, both = sketch.raw.size, sketch.raw.size + sketch.renamed.size
    keys = keys_of(np.concatenate((sketch.raw, sketch.renamed, sketch.bands)), bits)
    views = state.views
    starts, lengths, counts = np.zeros((3, max(len(views), 1), keys.size), np.uint32)
    for s, view in enumerate(views):
        find(
            view.segment.kinds, keys, raws, both - raws, view.segment.doc_bits,
            view.dead_documents, starts[s], lengths[s], counts[s],
        )  # fmt: skip
    df = np.minimum(counts.sum(axis=0, dtype=np.uint64), 2**32 - 1).astype(np.uint32)
    order = np.concatenate(
        (
            select(df[:raws], limits),
            select(df[raws:both], limits) + raws,
            select(df[both:], limits) + both,
        )
    )
    found = _Found(int(lengths[:, order].sum()))
    worth = weights(df, state.manifest.documents)
    places = position_bits(
        np.concatenate((sketch.raw_positions, sketch.renamed_positions)), sketch.tokens
    )
    for s, view in enumerate(views):
        found.end_segment(
            accumulate(
                view.segment.kinds, order, raws, both, starts[s], lengths[s], worth, places,
                view.segment.doc_bits, view.dead_documents, view.segment.signatures,
                sketch.minhash, found.size, found.documents, found.raw, found.renamed,
                found.coverage, found.minhash,
            )
        )  # fmt: skip
    if lexical and state.lexical is not None:
        found.add_lexical(state, state.lexical.propose(sketch.words, limit))
    return Proposal(found.best(state, limit), df[:raws], df[raws:both])


class _Found:
    """Documents found, as columns: those of the first segment first."""

    def __init__(self, room: int) -> None:
        self.size = 0
        self.ends: list[int] = []  # of each segment's documents
        self.documents = np.empty(room, np.uint32)
        self.raw, self.renamed, self.minhash = np.empty((3, room))
        self.coverage = np.empty(room, np.uint64)
        self.lexical: dict[tuple[int, int], float] = {}  # BM25 by segment and document

    def end_segment(self, size: int) -> None:
        self.size = size
        self.ends.append(size)

    def add_lexical(self, state: State, hits: list[tuple[int, float]]) -> None:
        """Take BM25 hits, by the first 64 bits of the ids, that are live."""
        heads = np.array([head for head, _ in hits], np.uint64)
        for s, view in enumerate(state.views):
            segment = view.segment
            if not segment.documents:
                continue
            numbers = np.minimum(np.searchsorted(segment.heads, heads), segment.documents - 1)
            for i in np.flatnonzero(segment.heads[numbers] == heads):
                if view.document_lives(int(numbers[i])):
                    self.lexical[s, int(numbers[i])] = hits[i][1]

    def best(self, state: State, limit: int) -> tuple[Candidate, ...]:
        """The best `limit` as candidates."""
        n = self.size
        segments = np.repeat(np.arange(len(self.ends)), np.diff([0, *self.ends]))
        columns = [
            self.documents[:n], self.raw[:n], self.renamed[:n], self.coverage[:n], self.minhash[:n]
        ]  # fmt: skip
        lexical = np.zeros(n)
        if self.lexical:
            segments, columns, lexical = self._with_lexical(segments, columns)
        documents, raw, renamed, coverage, minhash = columns
        score = raw + renamed
        kept = contenders(score, minhash, lexical, limit)
        heads = np.empty(kept.size, np.uint64)
        views = state.views
        for s in range(len(views)):
            here = segments[kept] == s
            heads[here] = views[s].segment.heads[documents[kept[here]]]
        order = choose(score[kept], minhash[kept], lexical[kept], heads, limit)
        best = kept[order]
        ids = [
            f"{head:016x}{views[s].segment.tails[d].tobytes().hex()}"
            for head, s, d in zip(
                heads[order].tolist(),
                segments[best].tolist(),
                documents[best].tolist(),
                strict=True,
            )
        ]
        return tuple(
            map(
                Candidate, ids, raw[best].tolist(), renamed[best].tolist(), coverage[best].tolist(),
                minhash[best].tolist(), lexical[best].tolist(),
            )
        )  # fmt: skip

    def _with_lexical(
        self, segments: NDArray[np.int64], columns: list[NDArray[np.generic]]
    ) -> tuple[NDArray[np.int64], list[NDArray[np.generic]], F64]:
        """The columns with the documents that only BM25 found behind them, and BM25's scores."""
        known = {
            place: i
            for i, place in enumerate(zip(segments.tolist(), columns[0].tolist(), strict=True))
        }
        more = [place for place in self.lexical if place not in known]
        scores = np.zeros(len(known) + len(more))
        for place, i in known.items():
            scores[i] = self.lexical.get(place, 0.0)
        scores[len(known) :] = [self.lexical[place] for place in more]
        numbers = np.array([number for _, number in more], columns[0].dtype)
        padded = [np.concatenate((columns[0], numbers))]
        padded += [np.concatenate((c, np.zeros(len(more), c.dtype))) for c in columns[1:]]
        behind = np.array([s for s, _ in more], np.int64)
        return np.concatenate((segments, behind)), padded, scores
