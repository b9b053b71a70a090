"""The answer for a snippet: from what its look-ups found, or why it cannot be judged."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from attribution.coverage import Readings, coverage_of
from attribution.lexing.encodings import decode
from attribution.lexing.languages import languages_to_try
from attribution.licensing.license_snippets import license_of_text
from attribution.matching.verify import Verified
from attribution.partial_index import UNKNOWN, PartialIndex
from attribution.ranking import leads_of, licenses_of, sources_of
from attribution.settings import PRIVATE, AttributorSettings
from attribution.sketching.sketch import SketchParams
from attribution.snippet_matches import SnippetMatches
from attribution.types import (
    Attribution,
    IndexSummary,
    Label,
    Lead,
    Snippet,
    Source,
    Span,
    Status,
)
from attribution.verdict import REPORT_AT, label_of, reason_of

__all__ = ["Question", "answer_of"]


class Question:
    """A snippet as it is looked up, and what each answer to it says."""

    __slots__ = ("_started", "decoded", "languages", "readings", "settings", "snippet", "summary")

    def __init__(
        self,
        snippet: Snippet,
        summary: IndexSummary,
        settings: AttributorSettings,
        readings: Readings | None = None,
    ) -> None:
        """
        Args:
            summary: of the index.
            readings: of the decoded snippet, where they are known.
        """
        self._started = time.perf_counter()
        self.snippet = snippet
        self.summary = summary
        self.settings = settings
        self.decoded = decode(snippet.code, settings.max_bytes)
        self.languages = languages_to_try(snippet.language)  # the most probable first
        known = readings is not None and readings.code == self.decoded.code
        self.readings = readings if readings and known else Readings(self.decoded.code)

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since it was asked."""
        return (time.perf_counter() - self._started) * 1e3

    def not_checked(self, why: str, tokens: int) -> Attribution:
        """The answer when it cannot be judged."""
        return Attribution.not_checked(
            self.snippet, why, self.summary, lines=self.decoded.lines, tokens=tokens,
            elapsed_ms=self.elapsed_ms, warnings=self.decoded.warnings,
        )  # fmt: skip

    def license_text(self) -> Attribution | None:
        """The answer when it is a licence text or notice; None when it is something else."""
        license_ = license_of_text(self.decoded.code)
        if license_ is None:
            return None
        return Attribution.license_text(
            self.snippet, license_, self.summary, lines=self.decoded.lines,
            tokens=len(self.readings.under(self.languages[0])),
            elapsed_ms=self.elapsed_ms, warnings=self.decoded.warnings,
        )  # fmt: skip


def answer_of(
    question: Question, found: SnippetMatches, index: PartialIndex, params: SketchParams
) -> Attribution:
    """The answer by the matches of all windows.

    Args:
        index: as it was asked, with what it did not answer.
        params: those of the index.
    """
    settings, decoded, readings = question.settings, question.decoded, question.readings
    verified = found.verified
    least = settings.min_confidence
    reported = [match for match in verified if match.confidence >= least]
    language = question.languages[0]
    if question.snippet.language is None and reported:  # read it as its best source is
        language = reported[0].document.language
    tokens = readings.under(language)
    reported = [readings.counted(match, tokens) for match in reported]
    sources = sources_of(
        reported, index.occurrences_of, decoded.span_of_input, settings.max_occurrences
    )
    common = () if settings.sources_only else found.common_spans(language)
    known = {document for source in sources for document in source.documents}
    matches = [m for one in reported if one.document.swhid in known for m in one.matches]
    coverage = coverage_of(matches, common, tokens)
    label, count = _label(sources, found)
    hidden = sum(REPORT_AT <= match.confidence < least for match in verified)
    partial = index.reason() or found.limit
    if hidden:
        partial = partial or f"confidence below {least:g} in {hidden} of the matching documents"
    more = None if partial else found.more
    reason = reason_of(label, sources, count, len(sources), coverage)
    if label is Label.NONE:  # a match that is not shown must not look like none
        if hidden:
            reason = f"Nothing matches with the requested confidence of {least:g}."
        elif index.failure is not None:
            reason = UNKNOWN
    if decoded.encoding is not None:
        common = tuple(map(decoded.span_of_input, common))
        coverage = tuple(replace(c, span=decoded.span_of_input(c.span)) for c in coverage)
    private = (PRIVATE,) if settings.private else ()
    return Attribution(
        status=Status.PARTIAL if partial or more else Status.CHECKED,
        status_reason=partial or more,
        label=label,
        reason=reason,
        confidence=sources[0].confidence if sources else 0.0,
        snippet=question.snippet,
        lines=decoded.lines,
        tokens=len(tokens),
        sources=sources[: settings.max_sources],
        sources_total=len(sources),
        more_sources=more is not None,
        licenses=licenses_of(sources),
        coverage=coverage,
        read_as=language,
        index=question.summary,
        elapsed_ms=question.elapsed_ms,
        common_count=count,
        common=common,
        leads=_leads(question, verified, sources, common, index, params),
        candidates_proposed=sum(window.proposed for _, window in found.windows),
        candidates_verified=sum(window.verified for _, window in found.windows),
        warnings=(*decoded.warnings, *private),
    )


def _label(sources: Sequence[Source], found: SnippetMatches) -> tuple[Label, int | None]:
    """The label, and about how many documents contain parts of it, if it is common code."""
    if sources:
        return label_of(sources[0], sources[0].kind), None
    count = found.common_count()
    return Label.NONE if count is None else Label.COMMON, count


def _leads(
    question: Question,
    verified: Sequence[Verified],
    sources: Sequence[Source],
    common: Sequence[Span],
    index: PartialIndex,
    params: SketchParams,
) -> tuple[Lead, ...]:
    """The runs that neither a source nor common code explains."""
    if question.settings.sources_only:
        return ()
    explained = [match.snippet for source in sources for match in source.matches]
    decoded = question.decoded
    return leads_of(
        verified, index.occurrences, decoded.code, decoded.span_of_input,
        [*explained, *common], params.raw_guarantee,
    )  # fmt: skip
