"""NOTICE: an attribution file for code that was kept, to be committed and shipped with it.

It lists what the policy allows, what the policy allows if attributed (by this file), and what
people accepted or attributed. It does not list what they dismissed, nor one's own code. Denied and
undecided findings are named at the top as not covered, *without* SWHID, address or file: the next
audit treats a source that this file identifies as attributed. The file has no date of the run and
no line numbers of the audited code, so that it changes only when the sources do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from attribution.notice import RULE, license_texts, notice, notice_contents, noticed_licenses
from attribution.types import Source
from audit.reports.interface import Audit, Report, is_unchecked
from audit.reports.safe_text import encoded, one_line
from audit.reports.source_location import deciding_location, locate
from audit.reports.wording import LIMITS, finding_location, index_in_words, state_in_words
from audit.types import DecisionKind, Finding, Verdict

__all__ = ["NoticeReport", "is_kept", "is_uncovered"]


@dataclass(slots=True)
class _Entry:
    """A source, and the files that contain code from it."""

    order: tuple[str, str, str]
    text: str
    licenses: tuple[str, ...]  # SPDX expressions
    source: Source
    files: dict[str, None] = field(default_factory=dict)  # in order


class NoticeReport(Report):
    """Each source once with the files that contain its code, then each NOTICE and licence text."""

    name = "notice"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write it sorted by repository. Distinct sources are held in memory, findings are not."""
        entries: dict[str, _Entry] = {}
        uncovered: list[str] = []
        unchecked: list[str] = []
        for file in audit.files():
            if is_unchecked(file):
                unchecked.append(f"{file.name}: {state_in_words(file)}")
            for finding in file.findings:
                if is_uncovered(finding):
                    uncovered.append(_uncovered(finding))
                elif is_kept(finding):
                    source = finding.passage.sources[finding.ruling.source]
                    entry = entries.setdefault(source.document, _entry(source))
                    entry.files[finding.name] = None
        lines = ["NOTICE", "", "This work includes third-party code, as listed below.", ""]
        lines += [f"Written by {audit.summary.tool}. {index_in_words(audit.summary)}", LIMITS]
        lines += _section("Not covered by this file: denied, or not decided yet", uncovered)
        lines += _section("Not checked or only partly checked", unchecked)
        for entry in sorted(entries.values(), key=lambda entry: entry.order):
            lines += ["", RULE, "", *entry.text.splitlines()]
            lines += [f"  In: {name}" for name in entry.files]
        if not entries:
            lines += ["", "No third-party code was found that needs a notice."]
        expressions = {license_ for entry in entries.values() for license_ in entry.licenses}
        cited = (entry.source.cited for entry in entries.values())
        contents = notice_contents(seen.occurrence for seen in cited if seen is not None)
        for text in (*contents, *license_texts(expressions)):
            lines += ["", *text.splitlines()]
        stream.write(encoded("".join(f"{one_line(line)}\n" for line in lines)))


def is_kept(finding: Finding) -> bool:
    """Whether third-party code stays, under a licence that the policy or a decision covers."""
    if finding.decision is not None:
        return finding.decision.kind is not DecisionKind.DISMISSED
    ruling = finding.ruling
    if ruling.rule.partition(".")[0] == "own":
        return False
    return ruling.verdict in (Verdict.ALLOWED, Verdict.ATTRIBUTE)


def is_uncovered(finding: Finding) -> bool:
    """Whether it is open, and naming the author would not close it."""
    return finding.open and finding.ruling.verdict not in (Verdict.ALLOWED, Verdict.ATTRIBUTE)


def _uncovered(finding: Finding) -> str:
    ruling = finding.ruling
    location = deciding_location(finding)
    # Without a SWHID or address of the source, because that would count as a citation.
    origin = location.repository
    origin = "" if origin.startswith("swh:") else f" from {origin}"
    where = finding_location(finding)
    return f"{where}: {ruling.verdict.value}, {ruling.license}{origin} (id {finding.id})"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    listed = [f"  {line}" for line in lines]
    return ["", f"{title} ({len(listed):,}):", *listed] if listed else []


def _entry(source: Source) -> _Entry:
    location = locate(source)
    order = (location.repository.casefold(), location.path, source.document)
    return _Entry(order, notice(source), noticed_licenses(source), source)
