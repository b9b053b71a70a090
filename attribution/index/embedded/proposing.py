"""From a sketch to candidates: all segments are asked, the rules of `weighing` decide.

Two kernel calls a segment (probe.py); Candidate objects are made of the best only. Measured at
1 GB in four segments; see the benchmarks.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.postings import KINDS, keys_of
from attribution.index.embedded.probe import accumulate, find, places
from attribution.index.embedded.state import State, View
from attribution.index.interface import Candidate, Proposal
from attribution.index.scoring import (
    Limits,
    choose,
    contenders,
    idf,
    position_bits,
    select,
)
from attribution.sketching.sketch import Sketch

__all__ = ["propose"]

F64 = NDArray[np.float64]

_ID_BYTES = 20  # of a git blob
# Seconds per key and segment above which a look-up has waited for the disk, and the next one reads
# ahead. In memory it takes .1 us, and a page from a disk 80 or more: 560 pages took 44 ms one after
# the other and 8 ms at once. Reading ahead what is in memory already costs .4 us a page.
_COLD = 3e-6


def propose(state: State, sketch: Sketch, limits: Limits, limit: int, lexical: bool) -> Proposal:
    """Documents of a state that share something with a sketch."""
    bits = state.manifest.params.fingerprint_bits
    raws, both = sketch.raw.size, sketch.raw.size + sketch.renamed.size
    keys = keys_of(np.concatenate((sketch.raw, sketch.renamed, sketch.bands)), bits)
    views = state.views
    starts, lengths, counts = np.zeros((3, max(len(views), 1), keys.size), np.uint32)
    began = time.perf_counter()
    if state.cold:
        _read_ahead(views, keys, raws, both)
    for s, view in enumerate(views):
        find(
            view.segment.kinds, keys, raws, both - raws, view.segment.doc_bits,
            view.dead_documents, starts[s], lengths[s], counts[s],
        )  # fmt: skip
    if keys.size:  # a sketch of words alone says nothing of the disk
        state.cold = time.perf_counter() - began > _COLD * keys.size * len(views)
    df = np.minimum(counts.sum(axis=0, dtype=np.uint64), 2**32 - 1).astype(np.uint32)
    order = np.concatenate(
        (
            select(df[:raws], limits.cap, limits.postings),
            select(df[raws:both], limits.cap, limits.postings) + raws,
            select(df[both:], limits.cap, limits.postings) + both,
        )
    )
    found = _Found(int(lengths[:, order].sum()))
    worth = idf(df, state.manifest.documents)
    places = position_bits(
        np.concatenate((sketch.raw_positions, sketch.renamed_positions)), sketch.tokens
    )
    end = 0
    for s, view in enumerate(views):
        end = accumulate(
            view.segment.kinds, order, raws, both, starts[s], lengths[s], worth, places,
            view.segment.doc_bits, view.dead_documents, view.segment.signatures, sketch.minhash,
            s, end, found.segments, found.documents, found.raw, found.renamed, found.coverage,
            found.minhash,
        )  # fmt: skip
    found.cut(end)
    if lexical and state.lexical is not None:
        found.add_lexical(state, state.lexical.propose(sketch.words, limit))
    words = np.zeros(len(sketch.words), np.uint32)
    if state.lexical is not None:
        words = state.lexical.frequencies(sketch.words)
    return Proposal(found.best(state, limit), df[:raws], df[raws:both], words)


def _read_ahead(views: Sequence[View], keys: NDArray[np.uint64], raws: int, both: int) -> None:
    """Have the disk read the postings of all keys at once rather than one after the other."""
    limits = (0, raws, both, keys.size)
    for view in views:
        segment = view.segment
        for k, kind in enumerate(KINDS):
            at = np.empty(limits[k + 1] - limits[k], np.int64)
            places(segment.kinds[k], keys[limits[k] : limits[k + 1]], segment.doc_bits, at)
            segment.arrays.expect_items(f"{kind}.postings", at)


class _Found:
    """Documents found, as columns of equal length."""

    def __init__(self, room: int) -> None:
        self.segments: NDArray[np.int64] = np.empty(room, np.int64)
        self.documents: NDArray[np.uint32] = np.empty(room, np.uint32)
        self.raw: F64 = np.empty(room)
        self.renamed: F64 = np.empty(room)
        self.coverage: NDArray[np.uint64] = np.empty(room, np.uint64)
        self.minhash: F64 = np.empty(room)
        self.lexical: F64 = np.empty(0)

    def cut(self, n: int) -> None:
        """Keep the first n rows, which were filled."""
        self.segments, self.documents = self.segments[:n], self.documents[:n]
        self.raw, self.renamed, self.coverage = self.raw[:n], self.renamed[:n], self.coverage[:n]
        self.minhash, self.lexical = self.minhash[:n], np.zeros(n)

    def add_lexical(self, state: State, hits: list[tuple[int, float]]) -> None:
        """Take BM25 hits, by the first 64 bits of the ids, of live documents."""
        known = {
            place: i
            for i, place in enumerate(
                zip(self.segments.tolist(), self.documents.tolist(), strict=True)
            )
        }
        more: dict[tuple[int, int], float] = {}
        for head, score in hits:
            for s, number in state.with_head(head):
                if (s, number) in known:
                    self.lexical[known[s, number]] = score
                else:
                    more[s, number] = score
        nothing = np.zeros(len(more))
        places = np.array(list(more), np.int64).reshape(-1, 2)
        self.segments = np.concatenate((self.segments, places[:, 0]))
        self.documents = np.concatenate((self.documents, places[:, 1].astype(np.uint32)))
        self.raw = np.concatenate((self.raw, nothing))
        self.renamed = np.concatenate((self.renamed, nothing))
        self.coverage = np.concatenate((self.coverage, nothing.astype(np.uint64)))
        self.minhash = np.concatenate((self.minhash, nothing))
        self.lexical = np.concatenate((self.lexical, np.fromiter(more.values(), np.float64)))

    def best(self, state: State, limit: int) -> tuple[Candidate, ...]:
        """The best `limit` as candidates."""
        score = self.raw + self.renamed
        kept = contenders(score, self.minhash, self.lexical, limit)
        heads = np.empty(kept.size, np.uint64)
        for s, view in enumerate(state.views):
            here = self.segments[kept] == s
            heads[here] = view.segment.heads[self.documents[kept[here]]]
        order = choose(score[kept], self.minhash[kept], self.lexical[kept], heads, limit)
        best = kept[order]
        ids = self._ids(state, best, heads[order])
        return tuple(
            map(
                Candidate, ids, self.raw[best].tolist(), self.renamed[best].tolist(),
                self.coverage[best].tolist(), self.minhash[best].tolist(),
                self.lexical[best].tolist(),
            )
        )  # fmt: skip

    def _ids(self, state: State, rows: NDArray[np.int64], heads: NDArray[np.uint64]) -> list[str]:
        """The ids of rows, of which the first 64 bits are known."""
        ids = np.empty((rows.size, _ID_BYTES), np.uint8)
        ids[:, :8] = heads.astype(">u8").view(np.uint8).reshape(-1, 8)
        for s, view in enumerate(state.views):
            here = self.segments[rows] == s
            ids[here, 8:] = view.segment.tails[self.documents[rows[here]]]
        text = ids.tobytes().hex()
        return [text[at : at + 2 * _ID_BYTES] for at in range(0, len(text), 2 * _ID_BYTES)]
