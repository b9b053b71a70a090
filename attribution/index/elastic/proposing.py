"""From a sketch to candidates: one `_msearch`; the rules of `scoring` decide, as for all engines.

Elasticsearch ranks by its own idf, which orders documents nearly as ours does. Its hits name the
fingerprints that each document has, so evidence and coverage are computed here from exact
frequencies.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attribution.errors import IndexUnavailableError
from attribution.index.elastic.client import Json, failed_shards
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.failures import refusal
from attribution.index.elastic.layout import SKETCHES
from attribution.index.elastic.queries import (
    counts,
    frequencies,
    lines,
    near,
    rare,
    shared,
    word_query,
)
from attribution.index.elastic.terms import decode_id, similarity, terms
from attribution.index.interface import Candidate, Proposal
from attribution.index.scoring import Limits, choose, idf, position_bits, rarest, select
from attribution.sketching.sketch import U32, U64, Sketch

__all__ = ["WordCounts", "propose"]

_KNOWN_WORDS = 1 << 18  # words whose frequency is cached


class WordCounts:
    """A cache of word frequencies, as of one commit."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._version: tuple[str, int] | None = None

    def of(self, commit: Commit) -> dict[str, int]:
        """The cached frequencies of a commit; may be added to."""
        version = (commit.base, commit.generation)
        if version != self._version or len(self._known) > _KNOWN_WORDS:
            self._known, self._version = {}, version
        return self._known


def multi_search(commit: Commit, searches: Sequence[Json]) -> tuple[list[Json], str | None]:
    """Answers of several searches in one round trip, and what did not answer.

    Raises:
        WhenceError: a search was refused, or no shard answered.
    """
    if not searches:
        return [], None
    cluster = commit.cluster
    answer = cluster.request(
        "POST",
        "/_msearch",
        lines(commit.index(SKETCHES), searches),
        max_concurrent_searches=len(searches),
    )
    incomplete: str | None = None
    for response in answer["responses"]:
        if "error" in response:
            causes = response["error"].get("root_cause") or [response["error"]]
            raise refusal(
                int(response.get("status", 500)),
                str(causes[0].get("type", "")),
                str(causes[0].get("reason", "")),
                str(cluster.location),
            )
        failed, shards = failed_shards(response), response["_shards"]
        if shards["total"] and shards["failed"] >= shards["total"]:
            raise IndexUnavailableError(
                f"no shard of {cluster.location} answered: {failed}; look at its "
                "_cluster/health and try again"
            )
        incomplete = incomplete or failed
    return answer["responses"], incomplete


def propose(
    commit: Commit,
    known: dict[str, int],
    sketch: Sketch,
    limits: Limits,
    limit: int,
    lexical: bool,
) -> Proposal:
    """Documents of a commit that share something with a sketch.

    Args:
        known: cached frequencies of words; added to.
    """
    bits = commit.params.fingerprint_bits
    raw, renamed, bands = (terms(f, bits) for f in (sketch.raw, sketch.renamed, sketch.bands))
    new = [word for word in sketch.words if word not in known]
    counted = [
        *({"term": {"raw": term}} for term in raw),
        *({"term": {"renamed": term}} for term in renamed),
        *({"term": {"bands": term}} for term in bands),
        *map(word_query, new),
    ]
    searches: list[Json] = []
    if counted:
        searches.append(frequencies(counted))
    if raw or renamed:
        searches.append(shared(raw, renamed, limit))
    if bands:
        searches.append(near(bands, limit))
    words_known = lexical and not new
    if words_known:
        searches.extend(_rare(sketch.words, known, limits, limit))
    answers, incomplete = multi_search(commit, searches)
    df = np.array(counts(answers[0]) if counted else [], np.uint32)
    ends = np.cumsum([len(raw), len(renamed), len(bands)])
    raw_df, renamed_df, band_df, new_df = np.split(df, ends)
    word_df = {**known, **dict(zip(new, new_df.tolist(), strict=True))}
    if incomplete is None:  # incomplete counts must not be cached
        known.update((word, word_df[word]) for word in new)
    found = _Found(commit.generation)
    rest = iter(answers[1:] if counted else answers)
    if raw or renamed:
        found.add_shared(next(rest), sketch, raw_df, renamed_df, limits, commit)
    if bands:
        found.add_near(next(rest), sketch.minhash, band_df, limits)
    if lexical and not words_known:
        more = _rare(sketch.words, word_df, limits, limit)
        others, lacking = multi_search(commit, more)
        incomplete, rest = incomplete or lacking, iter(others)
    for answer in rest:
        found.add_lexical(answer)
    return Proposal(
        found.best(limit),
        raw_df,
        renamed_df,
        np.array([word_df[word] for word in sketch.words], np.uint32),
        incomplete,
    )


def _rare(words: Sequence[str], df: dict[str, int], limits: Limits, limit: int) -> list[Json]:
    """The search for the rarest words, if the index has any of them."""
    chosen = rarest(words, df, limits.postings)
    return [rare(chosen, limit)] if chosen else []


class _Found:
    """The documents found, by id: raw, renamed, MinHash and BM25 evidence, and coverage."""

    def __init__(self, generation: int) -> None:
        self._generation = generation
        self._rows: dict[str, list[float]] = {}
        self._coverage: dict[str, int] = {}

    def _row(self, hit: Json) -> tuple[str, list[float]] | None:
        """Id and row of a hit; None for a document of a newer commit."""
        fields = hit["fields"]
        if fields["generation"][0] > self._generation:
            return None
        id_ = decode_id(fields["id"][0])
        return id_, self._rows.setdefault(id_, [0.0, 0.0, 0.0, 0.0])

    def add_shared(
        self, answer: Json, sketch: Sketch, raw_df: U32, renamed_df: U32, limits: Limits,
        commit: Commit,
    ) -> None:  # fmt: skip
        """Take hits by fingerprints."""
        kinds = {
            "w": (0, *_worth(raw_df, sketch.raw_positions, sketch.tokens, limits, commit)),
            "n": (1, *_worth(renamed_df, sketch.renamed_positions, sketch.tokens, limits, commit)),
        }
        for hit in answer["hits"]["hits"]:
            sums, coverage = [0.0, 0.0], 0
            # In the order of the sketch, so that sums are the same each time.
            for name in sorted(hit["matched_queries"], key=lambda n: (n[0], int(n[1:]))):
                column, worth, bits = kinds[name[0]]
                i = int(name[1:])
                if bits[i]:
                    sums[column] += worth[i]
                    coverage |= bits[i]
            if not coverage:
                continue  # it shares only common fingerprints
            if (row := self._row(hit)) is not None:
                row[1][:2] = sums
                self._coverage[row[0]] = coverage

    def add_near(self, answer: Json, minhash: U32, df: U32, limits: Limits) -> None:
        """Take hits by bands."""
        chosen = set(select(df, limits.cap, limits.postings).tolist())
        for hit in answer["hits"]["hits"]:
            if not chosen.intersection(map(int, hit["matched_queries"])):
                continue
            if (row := self._row(hit)) is not None:
                row[1][2] = similarity(hit["fields"]["minhash"][0], minhash)

    def add_lexical(self, answer: Json) -> None:
        """Take hits by words."""
        for hit in answer["hits"]["hits"]:
            if (row := self._row(hit)) is not None:
                row[1][3] = float(hit["_score"])

    def best(self, limit: int) -> tuple[Candidate, ...]:
        """The best `limit` as candidates."""
        ids = list(self._rows)
        columns = np.array([self._rows[id_] for id_ in ids], np.float64).reshape(-1, 4).T.copy()
        raw, renamed, minhash, lexical = columns  # contiguous, as `choose` needs them
        heads: U64 = np.array([int(id_[:16], 16) for id_ in ids], np.uint64)
        kept = choose(raw + renamed, minhash, lexical, heads, limit)
        return tuple(self._candidate(ids[i]) for i in kept.tolist())

    def _candidate(self, id_: str) -> Candidate:
        raw, renamed, minhash, lexical = self._rows[id_]
        return Candidate(id_, raw, renamed, self._coverage.get(id_, 0), minhash, lexical)


def _worth(
    df: U32, positions: U32, tokens: int, limits: Limits, commit: Commit
) -> tuple[list[float], list[int]]:
    """Worth of each fingerprint, and its bit of the snippet: 0 when it must not propose."""
    chosen: NDArray[np.int64] = select(df, limits.cap, limits.postings)
    bits = np.zeros(df.size, np.uint64)
    bits[chosen] = position_bits(positions, tokens)[chosen]
    return idf(df, commit.documents).tolist(), bits.tolist()
