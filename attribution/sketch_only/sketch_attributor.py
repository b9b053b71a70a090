"""`SketchAttributor.attribute(file) -> Attribution`: private mode, for users who keep the text.

The index proposes documents that share fingerprints, as for a snippet. Their texts are read, and
the runs of tokens that they must share with the unseen text are reported. What only a text can
show (names, imports, prose, edits between the runs) stays unknown. So every match is `similar` at
most, the answer is `partial`, and the confidence has a model of its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from attribution.coverage import coverage_of
from attribution.deadline import Deadline, never
from attribution.errors import InputError
from attribution.index.interface import Candidate, Index, Proposal
from attribution.lexing.lexer import lex
from attribution.matching.rarity import rarity
from attribution.matching.verify import Verified
from attribution.partial_index import UNKNOWN, PartialIndex
from attribution.ranking import licenses_of, sources_of
from attribution.settings import AttributorSettings
from attribution.sketch_only.shared_runs import matches_of, shared_runs
from attribution.sketch_only.sketch_file import SketchFile
from attribution.sketching.sketch import U32, Sketch, SketchParams
from attribution.types import (
    Attribution,
    Document,
    Label,
    MatchKind,
    Snippet,
    Source,
    Status,
    lines_in_words,
)
from attribution.verdict import Evidence, common_count, logistic, not_judged

__all__ = ["SketchAttributor", "confidence", "features"]

F64 = NDArray[np.float64]

_UNSEEN = "only a sketch was given: matches rest on fingerprints alone, the text was not compared"
_MAX_READ = 32  # documents read: those with most shared fingerprints
_CANDIDATES = 64  # requested from the index
_WORTH = 0.1  # share of the best candidate's score below which a document is chance
_RENAMED_WORTH = 0.3  # of a token that is equal after renaming, beside an equal one

# The intercept, and a factor for each of `features`, fitted by benchmarks/sketches.py on one half
# of the held-out packages; the intercept is such that REPORT_AT lets 1 % of the never-indexed
# functions of that half through, as for texts.
COEFFICIENTS = (-8.63, 3.18, 2.4, 5.1)


class SketchAttributor:
    """Attributes sketches to the sources in an index. Safe to share between threads."""

    def __init__(
        self,
        index: Index,
        settings: AttributorSettings | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """
        Args:
            cancelled: whether no one waits for the answers any more; a look-up then ends soon.
        """
        self.index = index
        self.settings = settings or AttributorSettings()
        self._cancelled = cancelled

    def attribute(self, file: SketchFile) -> Attribution:
        """Find documents that share runs of tokens with a text that is not given.

        Raises:
            InputError: the sketch was made with other parameters than the index.
            CorpusIndexError: the index is damaged or does not answer.
        """
        started = time.perf_counter()
        self._check_params(file)
        sketch, params = file.sketch(), self.index.params
        snippet = Snippet(b"", file.language, file.name)
        if (problem := not_judged(sketch.tokens, params, self.index.summary())) is not None:
            return Attribution.not_checked(
                snippet, problem, self.index.summary(), lines=file.lines, tokens=sketch.tokens,
                elapsed_ms=(time.perf_counter() - started) * 1e3,
            )  # fmt: skip
        index = PartialIndex(self.index)
        proposal = index.propose(sketch, limit=_CANDIDATES)
        deadline = Deadline(self.settings.max_seconds, self._cancelled)
        verified, read = self._verify(file, sketch, proposal, index, deadline)
        reported = [one for one in verified if one.confidence >= self.settings.min_confidence]
        sources = sources_of(
            reported, index.occurrences_of, lambda span: span, self.settings.max_occurrences
        )
        coverage = coverage_of((m for one in reported for m in one.matches), (), file.tokens_at())
        partial = [_UNSEEN]
        if (lacking := index.reason()) is not None:
            partial.append(lacking)
        if deadline() and deadline.reason is not None:
            partial.append(deadline.reason)
        count = None if sources else common_count(sketch, proposal, params.raw_k)
        label = Label.SIMILAR if sources else Label.NONE if count is None else Label.COMMON
        reason = _reason(label, sources, count)
        if label is Label.NONE and index.failure is not None:
            reason = UNKNOWN
        return Attribution(
            status=Status.PARTIAL,
            status_reason="; ".join(partial),
            label=label,
            reason=reason,
            confidence=sources[0].confidence if sources else 0.0,
            snippet=snippet,
            lines=file.lines,
            tokens=sketch.tokens,
            sources=sources[: self.settings.max_sources],
            sources_total=len(sources),
            licenses=licenses_of(sources),
            coverage=coverage,
            index=self.index.summary(),
            elapsed_ms=(time.perf_counter() - started) * 1e3,
            common_count=count,
            candidates_proposed=len(proposal.candidates),
            candidates_verified=read,
        )

    def _check_params(self, file: SketchFile) -> None:
        ours, theirs = self.index.params.as_dict(), file.params
        different = ", ".join(
            f"{key} {theirs[key]} instead of {ours[key]}"
            for key in ours
            if theirs[key] != ours[key]
        )
        if different:
            raise InputError(
                f"the sketch was made with {different}; make it again with the version of Whence "
                "that built the index"
            )

    def _verify(
        self,
        file: SketchFile,
        sketch: Sketch,
        proposal: Proposal,
        index: PartialIndex,
        deadline: Deadline,
    ) -> tuple[list[Verified], int]:
        """The best candidates that share runs with the sketch; and how many were read."""
        worth = _worths(sketch, proposal, self.index.params)
        verified = []
        read = 0
        for document in index.fetch(_worth_reading(proposal.candidates)):
            if document is None or (read and deadline()):
                continue
            read += 1
            match = self._compare(file, sketch, document, worth)
            if match is not None:
                verified.append(match)
        return sorted(verified, key=lambda match: (-match.score, match.document.id)), read

    def _compare(
        self, file: SketchFile, sketch: Sketch, document: Document, worth: tuple[F64, F64]
    ) -> Verified | None:
        tokens = lex(document.content, document.language)
        runs = shared_runs(sketch, tokens, self.index.params)
        if not runs:
            return None
        equal, renamed = np.zeros((2, sketch.tokens), np.bool_)
        for run in runs:
            covered = renamed if run.renamed else equal
            covered[run.position : run.position + run.length] = True
        renamed &= ~equal
        matched = int(equal.sum() + renamed.sum())
        equal_runs = [run for run in runs if not run.renamed]
        evidence = Evidence(
            raw=float(worth[0][equal].sum()),
            renamed=_RENAMED_WORTH * float(worth[1][renamed].sum()),
            containment=matched / sketch.tokens,
            longest=max((run.length for run in equal_runs), default=0),
            telling=0.0,
            run=max(
                (float(worth[0][r.position : r.position + r.length].sum()) for r in equal_runs),
                default=0.0,
            ),
        )
        matches = matches_of(file, runs, tokens)
        best = matches[0]
        return Verified(
            document=document,
            evidence=evidence,
            score=evidence.total,
            confidence=confidence(evidence),
            kind=MatchKind.SIMILAR,
            matches=tuple(match for match, _ in matches),
            tokens=matched,
            containment=min(matched / sketch.tokens, 1.0),
            similarity=min(best[0].tokens / max(best[1], 1), 1.0),
            longest=int(evidence.longest),
        )


def features(evidence: Evidence) -> tuple[float, ...]:
    """What the confidence is computed from; none of them ever lowers it.

    The sum of all equal runs added nothing to the best run and the covered share.
    """
    return (
        math.log1p(evidence.run),
        evidence.containment,
        math.log1p(evidence.renamed) * evidence.containment**2,
    )


def confidence(evidence: Evidence) -> float:
    """The probability that the unseen text derives from the source, 0..1."""
    return logistic(COEFFICIENTS, features(evidence))


def _worth_reading(candidates: Sequence[Candidate]) -> list[str]:
    """The documents that share enough of the best one's weight."""
    if not candidates:
        return []
    least = _WORTH * (candidates[0].raw + candidates[0].renamed)
    return [one.document for one in candidates[:_MAX_READ] if one.raw + one.renamed >= least]


def _worths(sketch: Sketch, proposal: Proposal, params: SketchParams) -> tuple[F64, F64]:
    """How rare each token's context is: the mean rarity of the k-grams that contain it."""
    return (
        _worth(sketch.raw_positions, proposal.raw_df, params.raw_k, sketch.tokens),
        _worth(sketch.renamed_positions, proposal.renamed_df, params.renamed_k, sketch.tokens),
    )


def _worth(positions: U32, df: U32, k: int, tokens: int) -> F64:
    sums, counts = np.zeros((2, tokens + k + 1))
    rare = np.array([rarity(d) for d in df], np.float64)
    at = positions.astype(np.int64)
    for table, values in ((sums, rare), (counts, np.ones(len(rare)))):
        np.add.at(table, at, values)
        np.add.at(table, at + k, -values)
    containing = np.cumsum(counts)[:tokens]
    worth: F64 = np.cumsum(sums)[:tokens] / np.maximum(containing, 1.0)
    return worth


def _reason(label: Label, sources: Sequence[Source], count: int | None) -> str:
    """One sentence that a person can check."""
    if label is Label.COMMON:
        return f"Common code: about {count} documents of the index share fingerprints with it."
    if not sources:
        return "No document of the index shares fingerprints beyond chance."
    match, seen = sources[0].matches[0], sources[0].occurrence(sources[0].aligned_at)
    assert seen.lines is not None
    return (
        f"{match.tokens} tokens of {match.snippet.in_words} have the same fingerprints as "
        f"{lines_in_words(*seen.lines)} of "
        f"{seen.occurrence.repository}/{seen.occurrence.path}; the texts were not compared."
    )
