"""What opens with a finding: both texts, the ruling, and every source with its occurrences."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.citation import cite_occurrence
from attribution.licensing.wording import read_from
from attribution.notice import notice
from attribution.types import Source
from audit.reports.html.rows import deciding_source
from audit.reports.source_location import copyright_of
from audit.types import Decision, Finding

__all__ = ["Detail", "detail_of"]


@dataclass(frozen=True, slots=True)
class OccurrenceDetail:
    """An occurrence, with its citations."""

    repository: str
    path: str
    lines: tuple[int, int] | None  # of the best match there
    revision: str | None
    origin: str
    date: str | None
    stars: int | None
    vendored: bool
    license: str
    evidence: str
    conflict: str | None
    copyright: tuple[str, ...]  # statements of its holders; () when unknown
    url: str | None
    swhid: str
    purl: str | None


@dataclass(frozen=True, slots=True)
class SourceDetail:
    """A source, with everything that is known about it."""

    document: str
    near_equal: int  # contents
    kind: str
    containment: float
    similarity: float
    longest_run: int  # tokens
    confidence: float
    matches: tuple[tuple[int, int, int, int, int], ...]  # lines here, lines there, tokens
    origin: str  # why one occurrence is thought to be the first; "" when none is
    cited: int  # position in `occurrences` of the one that is cited
    occurrences: tuple[OccurrenceDetail, ...]
    occurrences_total: int
    notice: str


@dataclass(frozen=True, slots=True)
class Detail:
    """A finding, without what its row already says."""

    code: str
    source_code: str
    source_line: int
    tokens: int
    containment: float
    reason: str
    steps: tuple[str, ...]
    decided_by: int  # position in `sources`
    decision: Decision | None
    sources: tuple[SourceDetail, ...]
    warnings: tuple[str, ...]  # of its file


def detail_of(finding: Finding, warnings: tuple[str, ...] = ()) -> Detail:
    """The detail of a finding, with the warnings of its file."""
    passage, ruling = finding.passage, finding.ruling
    return Detail(
        code=passage.code,
        source_code=passage.source_code,
        source_line=passage.source_line,
        tokens=passage.tokens,
        containment=passage.containment,
        reason=ruling.reason,
        steps=ruling.steps,
        decided_by=deciding_source(finding),
        decision=finding.decision,
        sources=tuple(_source(source) for source in passage.sources),
        warnings=warnings,
    )


def _source(source: Source) -> SourceDetail:
    return SourceDetail(
        document=source.document,
        near_equal=len(source.documents),
        kind=source.kind,
        containment=source.containment,
        similarity=source.similarity,
        longest_run=source.longest_run_tokens,
        confidence=source.confidence,
        matches=tuple(
            (
                match.snippet.start_line,
                match.snippet.end_line,
                match.source.start_line,
                match.source.end_line,
                match.tokens,
            )
            for match in source.matches
        ),
        origin=source.origin.reason if source.origin is not None else "",
        cited=source.cited_at,
        occurrences=tuple(_occurrence(source, i) for i in range(len(source.occurrences))),
        occurrences_total=source.occurrences_total,
        notice=notice(source),
    )


def _occurrence(source: Source, at: int) -> OccurrenceDetail:
    seen = source.occurrence(at)
    occurrence, citation = seen.occurrence, cite_occurrence(seen)
    return OccurrenceDetail(
        repository=occurrence.repository,
        path=occurrence.path,
        lines=seen.lines,
        revision=occurrence.revision,
        origin=occurrence.origin,
        date=occurrence.date,
        stars=occurrence.stars,
        vendored=occurrence.vendored,
        license=occurrence.license.expression,
        evidence=read_from(occurrence.license),
        conflict=occurrence.license.conflict,
        copyright=copyright_of(occurrence),
        url=citation.url,
        swhid=citation.swhid,
        purl=citation.purl,
    )
