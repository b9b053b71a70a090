"""From a sketch to candidates: look up all segments, then apply the rules of `scoring`.

Two kernel calls per segment (probe.py); Candidate objects are created for the best only. Measured
at 1 GB in four segments; see the benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.postings import to_keys
from attribution.index.embedded.probe import accumulate, find, heads_into, ids_into
from attribution.index.embedded.reading_ahead import (
    PagesRead,
    expect_buckets,
    expect_postings,
    expect_signatures,
)
from attribution.index.embedded.snapshot import IndexSnapshot
from attribution.index.embedded.storage import damaged
from attribution.index.embedded.word_lookup import Hits
from attribution.index.interface import Candidate, Proposal
from attribution.index.scoring import (
    Limits,
    choose,
    contenders,
    weigh,
)
from attribution.sketching.sketch import Sketch

__all__ = ["propose"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

_ID_BYTES = 20  # of a git blob


def propose(
    snapshot: IndexSnapshot, sketch: Sketch, limits: Limits, limit: int, lexical: bool
) -> Proposal:
    """Documents of a snapshot that share something with a sketch."""
    bits = snapshot.manifest.params.fingerprint_bits
    raws, both = sketch.raw.size, sketch.raw.size + sketch.renamed.size
    keys = np.concatenate((sketch.raw, sketch.renamed, sketch.bands))
    to_keys(keys, bits)
    views = snapshot.views
    starts, lengths, counts = np.zeros((3, max(len(views), 1), keys.size), np.uint32)

    def ask(numbers: range) -> None:
        if keys.size:
            snapshot.note_wait()
        for expect in (expect_buckets, expect_postings):
            for view in views[numbers.start : numbers.stop]:
                expect(view.segment.kinds, keys, raws, both, view.segment.doc_bits)

    def search(s: int, n: int) -> None:
        segment = views[s].segment
        out_of_order = find(
            segment.kinds, keys[:n], min(raws, n), min(both, n) - min(raws, n),
            segment.first_buckets, segment.doc_bits, views[s].dead_documents,
            starts[s, :n], lengths[s, :n], counts[s, :n],
        )  # fmt: skip
        if out_of_order:
            raise damaged(segment.arrays.path, "its fingerprints are out of order")

    snapshot.probing.run(len(views), keys.size, ask, search)
    df, worth = np.empty(keys.size, np.uint32), np.empty(keys.size)
    snippet_bits, order = np.empty(keys.size, np.uint64), np.empty(keys.size, np.int64)
    proposing, room = weigh(
        counts, lengths, sketch.raw_positions, sketch.renamed_positions, sketch.tokens,
        limits.cap, limits.postings, snapshot.manifest.documents, df, worth, snippet_bits, order,
    )  # fmt: skip
    order = order[:proposing]
    found = _Found.empty(room)
    end = 0
    before = PagesRead()
    for s, view in enumerate(views if snapshot.comparing.cold else ()):
        segment = view.segment
        expect_signatures(
            segment.kinds[2].postings, order, both, starts[s], lengths[s], segment.doc_bits,
            segment.signatures,
        )  # fmt: skip
    for s, view in enumerate(views):
        end = accumulate(
            view.segment.kinds, order, raws, both, starts[s], lengths[s], worth, snippet_bits,
            view.segment.doc_bits, view.dead_documents, view.segment.signatures, sketch.minhash,
            s, end, found.segments, found.documents, found.raw, found.renamed, found.coverage,
            found.minhash,
        )  # fmt: skip
        if end < 0:
            raise damaged(view.segment.arrays.path, "the signatures of its documents")
    snapshot.comparing.done(before, found.raw.size)
    if end < room:
        found = found.first(end)
    word_df = snapshot.words.frequencies(sketch.words)
    if lexical:
        found = found.with_lexical(snapshot.words.propose(sketch.words, limits.postings, limit))
    return Proposal(found.best(snapshot, limit), df[:raws], df[raws:both], word_df)


@dataclass(slots=True)
class _Found:
    """The documents found, as columns of shape (n,)."""

    segments: I64  # numbers of views
    documents: U32  # numbers in their segments
    raw: F64
    renamed: F64
    coverage: U64
    minhash: F64
    lexical: F64

    @staticmethod
    def empty(n: int) -> _Found:
        """Columns to fill; there is no lexical evidence yet."""
        return _Found(
            np.empty(n, np.int64), np.empty(n, np.uint32), np.empty(n), np.empty(n),
            np.empty(n, np.uint64), np.empty(n), np.zeros(n),
        )  # fmt: skip

    def _columns(self) -> list[NDArray[np.generic]]:
        return [getattr(self, name) for name in self.__slots__]

    def first(self, n: int) -> _Found:
        """The first n rows."""
        return _Found(*(column[:n] for column in self._columns()))  # type: ignore[arg-type]

    def with_lexical(self, hits: Hits) -> _Found:
        """These rows with BM25, and a row for each of its hits that has none."""
        pairs = zip(self.segments.tolist(), self.documents.tolist(), strict=True)
        known = {pair: i for i, pair in enumerate(pairs)}
        found = zip(hits.segments.tolist(), hits.documents.tolist(), strict=True)
        rows = np.fromiter((known.get(pair, -1) for pair in found), np.int64, hits.scores.size)
        self.lexical[rows[rows >= 0]] = hits.scores[rows >= 0]
        new = hits.at(np.flatnonzero(rows < 0))
        n = new.scores.size
        zeros = np.zeros(n)
        added = _Found(
            new.segments, new.documents.astype(np.uint32), zeros, zeros, np.zeros(n, np.uint64),
            zeros, new.scores,
        )  # fmt: skip
        both = zip(self._columns(), added._columns(), strict=True)
        return _Found(*map(np.concatenate, both))  # type: ignore[arg-type]

    def best(self, snapshot: IndexSnapshot, limit: int) -> tuple[Candidate, ...]:
        """The best `limit` as candidates."""
        if not self.raw.size:
            return ()
        score = self.raw + self.renamed
        kept = contenders(score, self.minhash, self.lexical, limit)
        heads = np.empty(kept.size, np.uint64)
        for s, view in enumerate(snapshot.views):
            heads_into(self.segments, self.documents, kept, s, view.segment.heads, heads)
        order = choose(score[kept], self.minhash[kept], self.lexical[kept], heads, limit)
        best = kept[order]
        ids = self._ids(snapshot, best)
        return tuple(
            map(
                Candidate, ids, self.raw[best].tolist(), self.renamed[best].tolist(),
                self.coverage[best].tolist(), self.minhash[best].tolist(),
                self.lexical[best].tolist(),
            )
        )  # fmt: skip

    def _ids(self, snapshot: IndexSnapshot, rows: I64) -> list[str]:
        """The ids of rows."""
        ids = np.empty((rows.size, _ID_BYTES), np.uint8)
        for s, view in enumerate(snapshot.views):
            segment = view.segment
            if ids_into(self.segments, self.documents, rows, s, segment.heads, segment.tails, ids):
                raise damaged(segment.arrays.path, "the ids of its documents")
        text = ids.tobytes().hex()
        return [text[at : at + 2 * _ID_BYTES] for at in range(0, len(text), 2 * _ID_BYTES)]
