"""What an editor shows over a passage: where it is from, under which licence, how sure, what to do.

Also over what is decided or allowed, which no diagnostic marks.
"""

from __future__ import annotations

from collections.abc import Iterator

from attribution.citation import notice
from attribution.types import IndexSummary, Source
from audit.lsp.markup import Markup
from audit.reports.account import NOT_TOLD, lines_in_words, status_of
from audit.reports.cited import cited, copy_in_words
from audit.types import Finding

__all__ = ["hover_text"]

_FINDINGS = 3  # told over one place
_SOURCES = 4  # told beside the one that decided


def hover_text(findings: list[Finding], index: IndexSummary | None, markup: Markup) -> str:
    """Findings over one place, the gravest first."""
    worst = sorted(findings, key=lambda one: (not one.open, -one.ruling.severity))
    parts = ["\n".join(_finding(finding, markup)) for finding in worst[:_FINDINGS]]
    if len(worst) > _FINDINGS:
        parts.append(f"and {len(worst) - _FINDINGS} more findings")
    foot = NOT_TOLD
    if index is not None:
        told = f"{index.documents:,} files"
        foot = f"Checked against {markup.name(index.name)} of {index.date[:10]}: {told}. {foot}"
    return "\n\n".join([*parts, foot])


def _finding(finding: Finding, markup: Markup) -> Iterator[str]:
    ruling, passage = finding.ruling, finding.passage
    source = passage.sources[ruling.source]
    place = cited(source)
    kind = copy_in_words(finding)
    status = f"{ruling.verdict.value}, {status_of(finding)}"
    yield f"{markup.strong(f'{kind[:1].upper()}{kind[1:]}, {status}')}: {_where(source, markup)}"
    yield ""
    yield f"- Licence: {markup.name(place.license)}, read from: {markup.words(place.evidence)}"
    if place.conflict:
        yield f"- In conflict: {markup.words(place.conflict)}"
    share = f"{passage.containment:.0%} of them"
    yield f"- Here: {lines_in_words(passage.span)}, {passage.tokens} tokens, {share} matched"
    yield f"- Confidence: {source.confidence:.2f} ({passage.label.value})"
    if place.url is not None:
        yield f"- {markup.link('Open the source', place.url)}"
    yield f"- Archived as {markup.name(place.swhid, 5000)}"
    yield f"- Rule {markup.name(ruling.rule)}: {markup.words(ruling.reason)}"
    if finding.decision is not None:
        decision = finding.decision
        told = f"{decision.where}: {decision.reason or 'no reason is given'}"
        yield f"- {decision.kind.value.capitalize()}: {markup.words(told)}"
    others = [one for one in passage.sources if one is not source]
    for other in others[:_SOURCES]:
        license_ = markup.name(cited(other).license)
        yield f"- Also {_where(other, markup)}, {license_}"
    if len(others) > _SOURCES:
        yield f"- and {len(others) - _SOURCES} more sources"
    yield ""
    yield "Notice to paste:"
    yield ""
    yield markup.block(notice(source))


def _where(source: Source, markup: Markup) -> str:
    place = cited(source)
    if not place.path:
        return markup.name(place.repository)
    seen = "" if place.places < 2 else f" (and {place.places - 1} more places)"
    return f"{markup.name(place.repository)} {markup.name(place.where)}{seen}"
