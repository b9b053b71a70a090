"""Markdown for a comment on a pull request, on GitHub and GitLab alike.

The verdict, a table of the worst open findings, and the rest folded. A hidden marker lets a bot
find its comment and replace it. The text stays under the 65,536 characters that GitHub takes:
what does not fit is left out with a count, never cut in the middle.

Names come from strangers: each character of them that Markdown or HTML could take for markup is
written as a character reference. Those are never markup (GFM 6.2), not even of a table. A space of
no width after `@` and `#` keeps GitHub, which looks for them in the finished page, from notifying
people and linking issues.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO
from urllib.parse import quote

from attribution.reports.numbers import count_of
from audit.reports.account import (
    NOT_TOLD,
    at,
    coverage_in_words,
    decided_in_words,
    exit_in_words,
    index_in_words,
    left_out_in_words,
    lines_in_words,
    open_in_words,
    policy_in_words,
    reason_of,
)
from audit.reports.cited import cited, copy_in_words
from audit.reports.interface import Audit, Report
from audit.reports.safe_text import encoded, one_line, shortened
from audit.types import FileState, Finding, Summary, Verdict

__all__ = ["MARKER", "MOST", "MarkdownReport"]

MARKER = "<!-- whence-audit -->"
MOST = 65_000  # characters; GitHub takes 65,536

_ROWS = 20  # findings in the table
_LISTED = 20  # files and decisions in a folded list
# Characters shown at most. Were all of them markup, a row would be 2,200 characters long.
_NAME = 100
_SENTENCE = 300
_URL = 400  # a longer address is no link
_MARKUP = re.compile(r"[!-'*+:-@\[-`{-~]|(?<=www)\.", re.IGNORECASE)

_NEXT = {
    Verdict.ATTRIBUTE: "**attribute**: name the author: `whence audit PATH --report notice=NOTICE` "
    "writes the file; or a comment above the code with the source's `swh:1:cnt:...`.",
    Verdict.REVIEW: "**review**: look at the source; keep the code and accept the finding, or "
    "rewrite it.",
    Verdict.DENIED: "**denied**: take the code out or write it anew.",
}


class MarkdownReport(Report):
    """A comment for a pull request."""

    name = "markdown"
    summary = "a comment for a pull request"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the parts that fit, the most telling first."""
        worst = heapq.nsmallest(
            _ROWS,
            ((-f.ruling.severity, count, f) for count, f in enumerate(audit.findings()) if f.open),
        )
        findings = [finding for _, _, finding in worst]
        summary = audit.summary
        parts = [_head(summary), _table(summary, findings), _next(summary)]
        parts += [_not_checked(audit), _details(findings), _stale(summary)]
        tail = _account(summary)
        left = MOST - len(tail) - 100  # for the line that says that something was left out
        more = ""
        for part in parts:
            if part and len(part) <= left:
                stream.write(encoded(part))
                left -= len(part)
            elif part:
                more = "\n*Some lists were left out: a comment holds no more.*\n"
        stream.write(encoded(more + tail))


def _head(summary: Summary) -> str:
    signs = {0: "clean", 1: "findings", 2: "not complete"}
    title = f"## Code provenance: {signs[summary.exit_code]}"
    verdict = f"**{_words(exit_in_words(summary))}**, {_words(open_in_words(summary))}."
    return f"{MARKER}\n{title}\n\n{verdict}\n"


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
    place = cited(finding.passage.sources[ruling.source])
    source = _link(f"{place.repository}: {place.where}", place.url)
    cells = (
        ruling.severity.word,
        _code(at(finding)),
        ruling.verdict.value,
        _words(ruling.license, 60),
        f"{copy_in_words(finding)} of {source}",
        _code(finding.id),
    )
    return f"| {' | '.join(cells)} |"


def _next(summary: Summary) -> str:
    verdicts = [_NEXT[verdict] for verdict in _NEXT if summary.verdicts.get(verdict)]
    if not verdicts:
        return ""
    steps = [
        *verdicts,
        "To accept what is here now: `whence audit PATH --write-baseline`, or a comment "
        "`whence: ignore REASON` in the code.",
        "Why a finding is one: `whence audit PATH --explain ID`.",
    ]
    return "\n**What to do**\n\n" + _items(steps)


def _not_checked(audit: Audit) -> str:
    if audit.summary.coverage.complete:
        return ""
    told = (
        f"{_code(file.name)} {file.state.value}: {_words(file.reason)}"
        for file in audit.files()
        if file.state in (FileState.PARTLY, FileState.NOT_CHECKED)
    )
    coverage = audit.summary.coverage
    return _folded("Not or not wholly checked", told, coverage.partly + coverage.not_checked)


def _details(findings: Sequence[Finding]) -> str:
    return _folded("Why, finding by finding", map(_why, findings), len(findings))


def _why(finding: Finding) -> str:
    source = finding.passage.sources[finding.ruling.source]
    place = cited(source)
    seen = f"seen in {count_of(place.places, 'place')}"
    conflict = f" In conflict: {_words(place.conflict)}." if place.conflict else ""
    return (
        f"{_code(finding.name)} {lines_in_words(finding.passage.span)}: "
        f"{_words(reason_of(finding))}.{conflict} "
        f"Source {_code(source.document)}, {seen}."
    )


def _stale(summary: Summary) -> str:
    told = (f"{_code(s.where)} {_words(s.what)}: {_words(s.why)}" for s in summary.stale)
    return _folded("Decisions that apply to nothing any more", told, len(summary.stale))


def _account(summary: Summary) -> str:
    decided, left_out = decided_in_words(summary), left_out_in_words(summary)
    sentences = [
        coverage_in_words(summary),
        f"Left out: {left_out}." if left_out else "",
        f"Decided: {decided}." if decided else "",
        *(f"{problem.rstrip('.')}." for problem in summary.problems[:3]),
        index_in_words(summary),
        policy_in_words(summary),
        NOT_TOLD,
    ]
    text = " ".join(_words(sentence) for sentence in sentences if sentence)
    return f"\n<sub>{text}</sub>\n"


def _folded(title: str, items: Iterator[str] | Iterable[str], total: int) -> str:
    """A list that is shut, cut at `_LISTED`; "" when it is empty."""
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


def _words(text: str, most: int = _SENTENCE) -> str:
    """The text as nothing but text."""
    return _MARKUP.sub(_reference, shortened(one_line(text), most))


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};" + ("&#8203;" if found[0] in "@#" else "")
