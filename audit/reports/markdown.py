"""Markdown for a comment on a pull request, on GitHub and GitLab alike.

The result, a table of the worst open findings, and folded details. A hidden marker lets a bot find
its comment and replace it. The text stays under GitHub's limit of 65,536 characters: a part that
does not fit is left out, and the comment says so.

Names come from other people: each character that Markdown or HTML could read as markup is written
as a character reference, which is never markup (GFM 6.2), not even in a table. A zero-width space
after `@` and `#` keeps GitHub, which looks for them in the rendered page, from notifying people and
linking issues.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO
from urllib.parse import quote

from attribution.reports.numbers import count_of
from audit.policy.judging import named
from audit.reports.interface import Audit, Report
from audit.reports.projects import project_rows
from audit.reports.safe_text import brief, encoded
from audit.reports.source_location import deciding_location
from audit.reports.wording import (
    advice_for,
    copy_in_words,
    exit_in_words,
    finding_location,
    open_in_words,
    reason_of,
    run_sentences,
)
from audit.types import Finding, Summary

__all__ = ["MARKER", "MAX_LENGTH", "MarkdownReport"]

MARKER = "<!-- whence-audit -->"
MAX_LENGTH = 65_000  # characters; GitHub accepts 65,536

_ROWS = 20  # findings in the table
_LISTED = 20  # files and decisions in a folded list
# Most characters shown. If all of them were markup, a row would be 2,200 characters long.
_NAME = 100
_SENTENCE = 300
_URL = 400  # a longer address is not linked
_MARKUP = re.compile(r"[!-'*+:-@\[-`{-~]|(?<=www)\.", re.IGNORECASE)


class MarkdownReport(Report):
    """A comment for a pull request."""

    name = "markdown"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the parts that fit, the most important first."""
        worst = heapq.nsmallest(
            _ROWS,
            ((-f.ruling.severity, count, f) for count, f in enumerate(audit.findings()) if f.open),
        )
        findings = [finding for _, _, finding in worst]
        summary = audit.summary
        parts = [_head(summary), _projects(audit), _table(summary, findings), _advice(summary)]
        parts += [_unchecked(audit), _details(findings), _stale(summary)]
        tail = _run(summary)
        left = MAX_LENGTH - len(tail) - 100  # for the line that says that parts were left out
        more = ""
        for part in parts:
            if part and len(part) <= left:
                stream.write(encoded(part))
                left -= len(part)
            elif part:
                more = "\n*Some lists were left out because a comment cannot be longer.*\n"
        stream.write(encoded(more + tail))


def _head(summary: Summary) -> str:
    result = {0: "clean", 1: "findings", 2: "incomplete"}[summary.exit_code]
    title = f"## Code provenance: {result}"
    verdict = f"**{_words(exit_in_words(summary))}**, {_words(open_in_words(summary))}."
    return f"{MARKER}\n{title}\n\n{verdict}\n"


def _projects(audit: Audit) -> str:
    """The findings by source project and licence, where there are several."""
    if sum(audit.summary.open.values()) < 2:
        return ""
    rows = project_rows(audit)
    lines = ["", "| source project | licence | findings | files | lines |", "|---" * 5 + "|"]
    lines += [
        f"| {_words(row.project, _NAME)} | {_words(row.license, 60)} | {row.findings:,} "
        f"| {row.files:,} | {row.lines:,} |"
        for row in rows[:_ROWS]
    ]
    if len(rows) > _ROWS:
        lines += ["", f"and {count_of(len(rows) - _ROWS, 'more project')}, in the other reports."]
    return "\n".join(lines) + "\n"


def _table(summary: Summary, findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    lines = ["", "| severity | where | verdict | licence | source | id |", "|---" * 6 + "|"]
    lines += map(_row, findings)
    left = sum(summary.open.values()) - len(findings)
    if left > 0:
        lines += ["", f"and {count_of(left, 'more open finding')}, in the other reports."]
    return "\n".join(lines) + "\n"


def _row(finding: Finding) -> str:
    ruling = finding.ruling
    location = deciding_location(finding)
    source = _link(f"{location.repository}: {location.where}", location.citation.url)
    cells = (
        ruling.severity.word,
        _code(finding_location(finding)),
        ruling.verdict.value,
        _words(ruling.license, 60),
        f"{copy_in_words(finding)} of {source}",
        _code(finding.id),
    )
    return f"| {' | '.join(cells)} |"


def _advice(summary: Summary) -> str:
    items = [f"**{key}**: {sentence}" for key, sentence in advice_for(summary).items()]
    return f"\n**What to do**\n\n{_items(items)}" if items else ""


def _unchecked(audit: Audit) -> str:
    files = (
        f"{_code(file.name)} {file.state.value}: {_words(file.reason)}"
        for file in audit.unchecked_files()
    )
    coverage = audit.summary.coverage
    return _folded(
        "Not checked or only partly checked", files, coverage.partly + coverage.not_checked
    )


def _details(findings: Sequence[Finding]) -> str:
    """Each reason once, with the findings that it is given for."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        name = named(finding.passage, finding.ruling.source + 1)
        reason = reason_of(finding).replace(name, "the source", 1)
        groups.setdefault(reason, []).append(finding)
    items = (f"{_words(reason)}.{_given_for(group, reason)}" for reason, group in groups.items())
    return _folded("Why", items, len(groups))


def _given_for(findings: Sequence[Finding], reason: str) -> str:
    return "".join(f"\n  - {_where(finding, reason)}" for finding in findings)


def _where(finding: Finding, reason: str) -> str:
    """A finding with its source, whose it is, and a conflict of licences that is not the reason."""
    source = finding.passage.sources[finding.ruling.source]
    location = deciding_location(finding)
    seen = count_of(location.occurrences, "occurrence")
    conflict = location.license.conflict
    holders = "; ".join(location.copyright)
    return (
        f"{_code(finding.name)} {finding.passage.span.in_words}: "
        f"{_words(location.repository, _NAME)}, {_code(source.document)}, {seen}."
        + (f" {_words(holders)}." if holders else "")
        + (f" In conflict: {_words(conflict)}." if conflict and conflict not in reason else "")
    )


def _stale(summary: Summary) -> str:
    stale = (f"{_code(s.where)} {_words(s.what)}: {_words(s.why)}" for s in summary.stale)
    return _folded("Decisions that no longer apply", stale, len(summary.stale))


def _run(summary: Summary) -> str:
    problems = [f"{problem.rstrip('.')}." for problem in summary.problems[:3]]
    return f"\n<sub>{' '.join(map(_words, [*problems, *run_sentences(summary)]))}</sub>\n"


def _folded(title: str, items: Iterator[str] | Iterable[str], total: int) -> str:
    """A collapsed list of at most `_LISTED` items; "" if it is empty."""
    listed = [item for item, _ in zip(items, range(_LISTED), strict=False)]
    if not listed:
        return ""
    if total > len(listed):
        listed.append(f"and {total - len(listed):,} more")
    heading = f"<summary>{title} ({total:,})</summary>"
    return f"\n<details>{heading}\n\n{_items(listed)}\n</details>\n"


def _items(items: Iterable[str]) -> str:
    return "".join(f"- {item}\n" for item in items)


def _link(text: str, url: str | None) -> str:
    address = "" if url is None else quote(url, safe=":/?#=&%@~+,;.-_")
    if not address.startswith("https://") or len(address) > _URL:
        return _words(text, _NAME)
    return f"[{_words(text, _NAME)}]({address})"


def _code(text: str) -> str:
    return f"<code>{_words(text, _NAME)}</code>"


def _words(text: str, limit: int = _SENTENCE) -> str:
    """The text without any markup."""
    return _MARKUP.sub(_reference, brief(text, limit))


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};" + ("&#8203;" if found[0] in "@#" else "")
