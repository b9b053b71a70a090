"""What an editor shows over a passage: its source, licence, confidence, and what to do.

This includes passages that are decided or allowed, which no diagnostic marks. A hover is Markdown
if the client shows it, else plain text. All but the fixed words comes from other people: in
Markdown a name goes into a code span that it cannot close, punctuation in a sentence is escaped,
and an address becomes a link only if all its characters may occur in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attribution.licensing.wording import read_from
from attribution.notice import notice
from attribution.types import IndexSummary, Source
from audit.reports.safe_text import brief, one_line
from audit.reports.source_location import deciding_location, locate
from audit.reports.wording import LIMITS, capitalized, copy_in_words, status_of
from audit.types import Finding

__all__ = ["MARKDOWN", "PLAIN", "Markdown", "hover_text"]

_FINDINGS = 3  # shown at one position
_SOURCES = 4  # shown besides the one that decided


def hover_text(findings: list[Finding], index: IndexSummary | None, markup: Markdown) -> str:
    """The findings at one position, the most severe first."""
    worst = sorted(findings, key=lambda f: (not f.open, -f.ruling.severity))
    parts = ["\n".join(_finding(finding, markup)) for finding in worst[:_FINDINGS]]
    if len(worst) > _FINDINGS:
        parts.append(f"and {len(worst) - _FINDINGS} more findings")
    foot = LIMITS
    if index is not None:
        name, date = markup.name(index.name), index.date[:10]
        foot = f"Checked against {name} of {date}: {index.documents:,} files. {foot}"
    return "\n\n".join([*parts, foot])


def _finding(finding: Finding, markup: Markdown) -> Iterator[str]:
    ruling, passage = finding.ruling, finding.passage
    source = passage.sources[ruling.source]
    location = deciding_location(finding)
    license_ = location.license
    status = f"{ruling.verdict.value}, {status_of(finding)}"
    title = f"{capitalized(copy_in_words(finding))}, {status}"
    yield f"{markup.strong(title)}: {_where(source, markup)}"
    yield ""
    evidence = markup.words(read_from(license_))
    yield f"- Licence: {markup.name(license_.expression)} (read from: {evidence})"
    if license_.conflict:
        yield f"- In conflict: {markup.words(license_.conflict)}"
    share = f"{passage.containment:.0%} of them"
    yield f"- Here: {passage.span.in_words}, {passage.tokens} tokens, {share} matched"
    yield f"- Confidence: {source.confidence:.2f} ({passage.label.value})"
    if location.citation.url is not None:
        yield f"- {markup.link('Open the source', location.citation.url)}"
    yield f"- Archived as {markup.name(location.citation.swhid, 5000)}"
    yield f"- Rule {markup.name(ruling.rule)}: {markup.words(ruling.reason)}"
    if finding.decision is not None:
        decision = finding.decision
        reason = f"{decision.where}: {decision.reason or 'no reason given'}"
        yield f"- {decision.kind.value.capitalize()}: {markup.words(reason)}"
    others = [other for other in passage.sources if other is not source]
    for other in others[:_SOURCES]:
        expression = markup.name(locate(other).license.expression)
        yield f"- Also {_where(other, markup)}, {expression}"
    if len(others) > _SOURCES:
        yield f"- and {len(others) - _SOURCES} more sources"
    yield ""
    yield "Notice to paste:"
    yield ""
    yield markup.block(notice(source))


def _where(source: Source, markup: Markdown) -> str:
    location = locate(source)
    if not location.path:
        return markup.name(location.repository)
    others = location.occurrences - 1
    more = f" (and {others} more occurrences)" if others > 0 else ""
    return f"{markup.name(location.repository)} {markup.name(location.where)}{more}"


_LONGEST_NAME = 200  # characters
_LONGEST_TEXT = 600
# Starts of inline markup, including math and the links that GFM finds in plain text. All can be
# escaped (CommonMark 2.4), and stay readable in clients that render nothing.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>&~!|$^=@]|:(?=/)|(?<=www)\.)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'*+,;=%-]{1,2000}")
_TICKS = re.compile(r"`+")


class Markdown:
    """Writes Markdown."""

    def strong(self, words: str) -> str:
        """Fixed words, emphasised."""
        return f"**{words}**"

    def name(self, text: str, limit: int = _LONGEST_NAME) -> str:
        """A name, path or licence from other people, shortened to `limit` characters."""
        shown = brief(text, limit)
        ticks = "`" * (_longest_run(shown) + 1)
        # Spaces keep a backtick at either end from joining the fence; renderers strip them.
        pad = " " if shown[:1] in "` " or shown[-1:] in "` " else ""
        return f"{ticks}{pad}{shown}{pad}{ticks}"

    def words(self, text: str) -> str:
        """A sentence that contains names from other people."""
        return _MARKUP.sub(r"\\\1", brief(text, _LONGEST_TEXT))

    def link(self, words: str, url: str) -> str:
        """Fixed words that link to an address."""
        return f"[{words}](<{url}>)" if _ADDRESS.fullmatch(url) else self.name(url, 2000)

    def block(self, text: str) -> str:
        """Lines that are shown literally."""
        lines = [one_line(line) for line in text.splitlines()]
        fence = "`" * max(3, max(map(_longest_run, lines), default=0) + 1)
        return "\n".join([f"{fence}text", *lines, fence])


class PlainText(Markdown):
    """Writes text without markup, for clients that do not render Markdown."""

    def strong(self, words: str) -> str:
        return words

    def name(self, text: str, limit: int = _LONGEST_NAME) -> str:
        return brief(text, limit)

    def words(self, text: str) -> str:
        return brief(text, _LONGEST_TEXT)

    def link(self, words: str, url: str) -> str:
        return f"{words}: {one_line(url)}"

    def block(self, text: str) -> str:
        return "\n".join(f"  {one_line(line)}" for line in text.splitlines())


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)


MARKDOWN, PLAIN = Markdown(), PlainText()
