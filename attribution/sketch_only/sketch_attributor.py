"""`SketchAttributor.attribute(file) -> Attribution`: private mode, for who keeps the text.

The index proposes documents that share fingerprints, as for a snippet; their texts are read, and
the runs of tokens that they must share with the unseen text are told. What only a text can tell
(names, imports, prose, edits between the runs) stays unknown: so every match is `similar` at most,
the answer is `partial`, and the confidence has a model of its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attribution.attributor import AttributorSettings
from attribution.errors import InputError
from attribution.index.interface import Candidate, Index, Proposal
from attribution.lexing.lexer import lex
from attribution.matching.rarity import rarity
from attribution.matching.verify import Verified
from attribution.partial_index import UNKNOWN, Asking
from attribution.ranking import cluster, source_of
from attribution.sketch_only.shared_runs import matches_of, shared_runs
from attribution.sketch_only.sketch_file import SketchFile
from attribution.sketching.sketch import U32
from attribution.types import (
    Attribution,
    Document,
    Label,
    MatchKind,
    Snippet,
    Source,
    Status,
)
from attribution.verdict import COMMON_SHARE, Evidence, common_count

__all__ = ["SketchAttributor", "confidence", "features"]

F64 = NDArray[np.float64]

_UNSEEN = (
    "only a sketch was given: the text was not seen, and matches rest on its fingerprints alone"
)
_LOOKED = 32  # documents read: those with most shared fingerprints
_CANDIDATES = 64  # asked of the index
_WORTH = 0.1  # share of the best candidate's score below which a document is chance
_RENAMED_WORTH = 0.3  # of a token that is equal after renaming, beside an equal one

# The intercept, and a factor for each of `features`, fitted by benchmarks/sketches.py on one half
# of the held-out packages; the intercept is such that REPORT_AT lets 1 % of the never-indexed
# functions of that half through, as for texts.
COEFFICIENTS = (-8.63, 3.18, 2.4, 5.1)


class SketchAttributor:
    """Attributes sketches to the sources that an index holds. Safe to share between threads."""

    def __init__(self, index: Index, settings: AttributorSettings | None = None) -> None:
        self.index = index
        self.settings = settings or AttributorSettings()

    def attribute(self, file: SketchFile) -> Attribution:
        """Find documents that share runs of tokens with a text that is not shown.

        Raises:
            InputError: the sketch was made with other parameters than the index.
            CorpusIndexError: the index is damaged or does not answer.
        """
        began = time.perf_counter()
        self._check(file)
        sketch = file.sketch
        minimum = self.index.params.raw_guarantee
        if sketch.tokens < minimum:
            what = (
                f"too short to judge: {sketch.tokens} tokens, the minimum is {minimum}"
                if sketch.tokens
                else "no code (only comments or white space)"
            )
            return self._answer(
                file, Status.NOT_CHECKED, what, None, f"Not checked: {what}.", began
            )
        proposal = self.index.propose(sketch, limit=_CANDIDATES)
        limit = began + self.settings.max_seconds
        asking = Asking(self.index, proposal.incomplete)
        verified, looked = self._verify(file, proposal, asking, limit)
        sources = self._sources(verified, asking)
        bounds = [_UNSEEN]
        if (lacking := asking.told()) is not None:
            bounds.append(lacking)
        if time.perf_counter() > limit:
            bounds.append(f"the time limit of {self.settings.max_seconds:g} s was reached")
        label, count = Label.NONE, None
        if sources:
            label = Label.SIMILAR
        else:
            share, found = common_count(sketch, proposal, self.index.params.raw_k)
            if share >= COMMON_SHARE:
                label, count = Label.COMMON, found
        reason = _reason(label, sources, count)
        if label is Label.NONE and asking.lacking is not None:
            reason = UNKNOWN
        return self._answer(
            file, Status.PARTIAL, "; ".join(bounds), label, reason, began, sources, count,
            len(proposal.candidates), looked,
        )  # fmt: skip

    def _check(self, file: SketchFile) -> None:
        ours, theirs = self.index.params.as_dict(), file.params.as_dict()
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
        self, file: SketchFile, proposal: Proposal, asking: Asking, limit: float
    ) -> tuple[list[Verified], int]:
        """What the best candidates share with the sketch, best first; and how many were read."""
        chosen = _worth_reading(proposal.candidates)
        worth = _worths(file, proposal, self.index.params.raw_k, self.index.params.renamed_k)
        verified = []
        looked = 0
        for document in asking.fetch(chosen):
            if document is None or (looked and time.perf_counter() > limit):
                continue
            looked += 1
            one = self._compare(file, document, worth)
            if one is not None:
                verified.append(one)
        return sorted(verified, key=lambda one: (-one.score, one.document.id)), looked

    def _compare(
        self, file: SketchFile, document: Document, worth: tuple[F64, F64]
    ) -> Verified | None:
        tokens = lex(document.content, document.language)
        runs = shared_runs(file.sketch, tokens, self.index.params)
        if not runs:
            return None
        covered: list[NDArray[np.bool_]] = [np.zeros(file.sketch.tokens, np.bool_) for _ in "12"]
        for run in runs:
            covered[run.renamed][run.position : run.position + run.length] = True
        covered[1] &= ~covered[0]
        matched = int(covered[0].sum() + covered[1].sum())
        evidence = Evidence(
            raw=float(worth[0][covered[0]].sum()),
            renamed=_RENAMED_WORTH * float(worth[1][covered[1]].sum()),
            containment=matched / file.sketch.tokens,
            longest=max((run.length for run in runs if not run.renamed), default=0),
            telling=0.0,
            run=max(float(worth[0][run.position : run.position + run.length].sum())
                    for run in runs if not run.renamed) if covered[0].any() else 0.0,
        )  # fmt: skip
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
            containment=min(matched / file.sketch.tokens, 1.0),
            similarity=min(best[0].tokens / max(best[1], 1), 1.0),
        )

    def _sources(self, verified: Sequence[Verified], asking: Asking) -> tuple[Source, ...]:
        reported = [one for one in verified if one.confidence >= self.settings.min_confidence]
        groups = cluster(reported)[: self.settings.max_sources]
        sources = (
            source_of(group, asking.occurrences, self.settings.max_occurrences, lambda s: s)
            for group in groups
        )
        return tuple(source for source in sources if source is not None)

    def _answer(
        self,
        file: SketchFile,
        status: Status,
        status_reason: str,
        label: Label | None,
        reason: str,
        began: float,
        sources: tuple[Source, ...] = (),
        count: int | None = None,
        proposed: int = 0,
        looked: int = 0,
    ) -> Attribution:
        return Attribution(
            status=status,
            status_reason=status_reason,
            label=label,
            reason=reason,
            confidence=sources[0].confidence if sources else 0.0,
            snippet=Snippet(b"", file.language, file.name),
            lines=file.lines,
            tokens=file.sketch.tokens,
            sources=sources,
            index=self.index.summary(),
            elapsed_ms=(time.perf_counter() - began) * 1e3,
            common_count=count,
            candidates_proposed=proposed,
            candidates_verified=looked,
        )


def features(evidence: Evidence) -> tuple[float, ...]:
    """What the confidence is computed from; none of them ever lowers it.

    The sum of all equal runs told nothing beside the best run and the share that is covered.
    """
    return (
        math.log1p(evidence.run),
        evidence.containment,
        math.log1p(evidence.renamed) * evidence.containment**2,
    )


def confidence(evidence: Evidence) -> float:
    """The probability that the unseen text derives from the source, 0..1."""
    score = COEFFICIENTS[0] + sum(
        factor * value for factor, value in zip(COEFFICIENTS[1:], features(evidence), strict=True)
    )
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


def _worth_reading(candidates: Sequence[Candidate]) -> list[str]:
    """The documents that share enough of the best one's weight."""
    if not candidates:
        return []
    least = _WORTH * (candidates[0].raw + candidates[0].renamed)
    return [one.document for one in candidates[:_LOOKED] if one.raw + one.renamed >= least]


def _worths(file: SketchFile, proposal: Proposal, raw_k: int, renamed_k: int) -> tuple[F64, F64]:
    """How rare each token's surroundings are: the mean rarity of the k-grams that hold it."""
    sketch = file.sketch
    return (
        _worth(sketch.raw_positions, proposal.raw_df, raw_k, sketch.tokens),
        _worth(sketch.renamed_positions, proposal.renamed_df, renamed_k, sketch.tokens),
    )


def _worth(positions: U32, df: U32, k: int, tokens: int) -> F64:
    sums, counts = np.zeros((2, tokens + k + 1))
    rare = np.array([rarity(d) for d in df], np.float64)
    at = positions.astype(np.int64)
    for table, values in ((sums, rare), (counts, np.ones(len(rare)))):
        np.add.at(table, at, values)
        np.add.at(table, at + k, -values)
    held = np.cumsum(counts)[:tokens]
    worth: F64 = np.cumsum(sums)[:tokens] / np.maximum(held, 1.0)
    return worth


def _reason(label: Label, sources: Sequence[Source], count: int | None) -> str:
    """One sentence that a person can check."""
    if label is Label.COMMON:
        return f"Common code: its fingerprints are those of about {count} documents of the index."
    if not sources:
        return "No document of the index shares fingerprints beyond chance."
    match, place = sources[0].matches[0], sources[0].occurrences[0]
    span = sources[0].occurrence_spans[0]
    return (
        f"Fingerprints of {match.tokens} tokens of lines {match.snippet.start_line}-"
        f"{match.snippet.end_line} are also those of lines {span.start_line}-{span.end_line} of "
        f"{place.repository}/{place.path}; the texts were not compared."
    )
