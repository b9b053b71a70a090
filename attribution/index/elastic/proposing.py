"""From a sketch to candidates: one `_msearch`; the rules of `weighing` decide, as for all engines.

Elasticsearch ranks by its own idf, which orders documents nearly as ours does; which fingerprints
each has comes with the hits, so evidence and coverage are reckoned here with exact frequencies.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attribution.errors import IndexUnavailableError
from attribution.index.elastic.client import Cluster, Json, quorum
from attribution.index.elastic.failures import refusal
from attribution.index.elastic.layout import SKETCHES
from attribution.index.elastic.questions import (
    counts,
    frequencies,
    lines,
    near,
    rare,
    shared,
    word,
)
from attribution.index.elastic.state import State
from attribution.index.elastic.terms import decode_id, similarity, terms
from attribution.index.interface import Candidate, Proposal
from attribution.index.scoring import Limits, choose, idf, position_bits, select
from attribution.sketching.sketch import U32, U64, Sketch

__all__ = ["WordCounts", "ask", "propose"]

TERMS = 20  # rarest words asked with, as in the embedded engine
_KNOWN_WORDS = 1 << 18  # words whose frequency is remembered


class WordCounts:
    """Frequencies of words that were asked before, as of one state."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._version: tuple[str, int] | None = None

    def of(self, state: State) -> dict[str, int]:
        """Those known of a state; may be added to."""
        version = (state.base, state.generation)
        if version != self._version or len(self._known) > _KNOWN_WORDS:
            self._known, self._version = {}, version
        return self._known


def ask(cluster: Cluster, index: str, searches: Sequence[Json]) -> tuple[list[Json], str | None]:
    """Answers of several searches in one round trip, and what did not answer.

    Raises:
        WhenceError: one was refused, or no shard answered.
    """
    if not searches:
        return [], None
    answer = cluster.ask(
        "POST", "/_msearch", lines(index, searches), max_concurrent_searches=len(searches)
    )
    lacking: str | None = None
    for one in answer["responses"]:
        if "error" in one:
            causes = one["error"].get("root_cause") or [one["error"]]
            first = causes[0] if causes else one["error"]
            raise refusal(
                int(one.get("status", 500)),
                str(first.get("type", "")),
                str(first.get("reason", "")),
                str(cluster.location),
            )
        shards = one["_shards"]
        if shards["total"] and shards["failed"] >= shards["total"]:
            raise IndexUnavailableError(
                f"no shard of {cluster.location} answered: {quorum(one)}; look at its "
                "_cluster/health and try again"
            )
        lacking = lacking or quorum(one)
    return answer["responses"], lacking


def propose(
    cluster: Cluster,
    state: State,
    known: dict[str, int],
    sketch: Sketch,
    limits: Limits,
    limit: int,
    lexical: bool,
) -> Proposal:
    """Documents of a state that share something with a sketch."""
    bits = state.params.fingerprint_bits
    raw, renamed, bands = (terms(f, bits) for f in (sketch.raw, sketch.renamed, sketch.bands))
    new = [one for one in sketch.words if one not in known]
    counted = [
        *({"term": {"raw": one}} for one in raw),
        *({"term": {"renamed": one}} for one in renamed),
        *({"term": {"bands": one}} for one in bands),
        *map(word, new),
    ]
    first: list[Json] = []
    if counted:
        first.append(frequencies(counted))
    if raw or renamed:
        first.append(shared(raw, renamed, limit))
    if bands:
        first.append(near(bands, limit))
    words_known = lexical and not new
    if words_known:
        first.extend(_rare(sketch.words, known, limit))
    answers, incomplete = ask(cluster, state.index(SKETCHES), first)
    df = np.array(counts(answers[0]) if counted else [], np.uint32)
    ends = np.cumsum([len(raw), len(renamed), len(bands)]).tolist()
    if incomplete is None:  # what is counted in part must not be remembered
        known.update(zip(new, df[ends[2] :].tolist(), strict=True))
    word_df = dict(zip(new, df[ends[2] :].tolist(), strict=True))
    found = _Found(state.generation)
    rest = iter(answers[1:] if counted else answers)
    if raw or renamed:
        found.add_shared(next(rest), sketch, df[: ends[0]], df[ends[0] : ends[1]], limits, state)
    if bands:
        found.add_near(next(rest), sketch.minhash, df[ends[1] : ends[2]], limits)
    if lexical and not words_known:
        more = _rare(sketch.words, {**known, **word_df}, limit)
        others, lacking = ask(cluster, state.index(SKETCHES), more)
        incomplete, rest = incomplete or lacking, iter(others)
    for answer in rest:
        found.add_lexical(answer)
    return Proposal(
        found.best(limit),
        df[: ends[0]],
        df[ends[0] : ends[1]],
        np.array([word_df.get(one, known.get(one, 0)) for one in sketch.words], np.uint32),
        incomplete,
    )


def _rare(words: Sequence[str], df: dict[str, int], limit: int) -> list[Json]:
    """The search for the rarest words, if the index has any of them."""
    chosen = sorted((one for one in words if df[one]), key=lambda one: df[one])[:TERMS]
    return [rare(chosen, limit)] if chosen else []


class _Found:
    """Documents found, by id: raw, renamed, coverage, MinHash and BM25."""

    def __init__(self, generation: int) -> None:
        self._generation = generation
        self._rows: dict[str, list[float]] = {}
        self._coverage: dict[str, int] = {}

    def _row(self, hit: Json) -> tuple[str, list[float]] | None:
        fields = hit["fields"]
        if fields["generation"][0] > self._generation:
            return None  # of a commit that this reader does not know yet
        id_ = decode_id(fields["id"][0])
        return id_, self._rows.setdefault(id_, [0.0, 0.0, 0.0, 0.0])

    def add_shared(
        self, answer: Json, sketch: Sketch, raw_df: U32, renamed_df: U32, limits: Limits,
        state: State,
    ) -> None:  # fmt: skip
        """Take hits by fingerprints."""
        kinds = {
            "w": (0, *_worth(raw_df, sketch.raw_positions, sketch.tokens, limits, state)),
            "n": (1, *_worth(renamed_df, sketch.renamed_positions, sketch.tokens, limits, state)),
        }
        for hit in answer["hits"]["hits"]:
            sums, coverage = [0.0, 0.0], 0
            # In the order of the sketch, so that a sum comes out alike each time.
            for name in sorted(hit["matched_queries"], key=lambda n: (n[0], int(n[1:]))):
                column, worth, bits = kinds[name[0]]
                i = int(name[1:])
                if bits[i]:
                    sums[column] += worth[i]
                    coverage |= bits[i]
            if not coverage:
                continue  # it shares what is too common to propose
            if (placed := self._row(hit)) is not None:
                placed[1][:2] = sums
                self._coverage[placed[0]] = coverage

    def add_near(self, answer: Json, minhash: U32, df: U32, limits: Limits) -> None:
        """Take hits by bands."""
        chosen = set(select(df, limits.cap, limits.postings).tolist())
        for hit in answer["hits"]["hits"]:
            if not chosen.intersection(map(int, hit["matched_queries"])):
                continue
            if (placed := self._row(hit)) is not None:
                placed[1][2] = similarity(hit["fields"]["minhash"][0], minhash)

    def add_lexical(self, answer: Json) -> None:
        """Take hits by words."""
        for hit in answer["hits"]["hits"]:
            if (placed := self._row(hit)) is not None:
                placed[1][3] = float(hit["_score"])

    def best(self, limit: int) -> tuple[Candidate, ...]:
        """The best of them."""
        ids = list(self._rows)
        rows = np.array([self._rows[id_] for id_ in ids], np.float64).reshape(-1, 4)
        heads: U64 = np.array([int(id_[:16], 16) for id_ in ids], np.uint64)
        kept = choose(rows[:, 0] + rows[:, 1], rows[:, 2], rows[:, 3], heads, limit)
        return tuple(self._candidate(ids[i]) for i in kept.tolist())

    def _candidate(self, id_: str) -> Candidate:
        raw, renamed, minhash, lexical = self._rows[id_]
        return Candidate(id_, raw, renamed, self._coverage.get(id_, 0), minhash, lexical)


def _worth(
    df: U32, positions: U32, tokens: int, limits: Limits, state: State
) -> tuple[list[float], list[int]]:
    """Worth of each fingerprint, and its bit of the snippet: 0 for one that must not propose."""
    chosen: NDArray[np.int64] = select(df, limits.cap, limits.postings)
    bits = np.zeros(df.size, np.uint64)
    bits[chosen] = position_bits(positions, tokens)[chosen]
    return idf(df, state.documents).tolist(), bits.tolist()
