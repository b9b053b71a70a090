"""NOTICE: an attribution file for what was kept, to be committed and shipped with the code.

Kept is what the policy allows, what it allows when attributed (this file is how), and what people
accepted or attributed. Not kept is what they dismissed; denied and undecided findings are named
at the top as not covered, *without* their SWHIDs: the next audit takes a source whose SWHID
stands here for attributed. Own code needs no notice. The file changes with what it is about only:
it has no date of the run, and no lines of ours, which move.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from attribution.citation import notice
from attribution.types import Source
from audit.reports.account import NOT_TOLD, at, index_in_words
from audit.reports.cited import cited
from audit.reports.interface import Audit, Report
from audit.reports.safe_text import encoded, one_line
from audit.types import DecisionKind, FileState, Finding, Verdict

__all__ = ["NoticeReport", "is_kept", "is_uncovered"]

_OWN = "own"  # rule, or first part of a rule, of code of one's own
_DOCUMENTS = 16  # SWHIDs of one source that are named: near-equal contents can be hundreds


@dataclass(slots=True)
class _Entry:
    """A source, and the files that it went into."""

    order: tuple[str, str, str]
    text: str
    documents: tuple[str, ...]
    files: dict[str, None] = field(default_factory=dict)  # in order


class NoticeReport(Report):
    """Each source once, with its notice, its SWHIDs and the files that it went into."""

    name = "notice"
    summary = "an attribution file for the code that was kept"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write it sorted by repository; the distinct sources are held, the findings are not."""
        entries: dict[str, _Entry] = {}
        uncovered: list[str] = []
        unchecked: list[str] = []
        for file in audit.files():
            if file.state in (FileState.PARTLY, FileState.NOT_CHECKED):
                unchecked.append(f"{file.name}: {file.state.value}: {file.reason}")
            for finding in file.findings:
                if is_uncovered(finding):
                    uncovered.append(_uncovered(finding))
                elif is_kept(finding):
                    source = finding.passage.sources[finding.ruling.source]
                    entry = entries.setdefault(source.document, _entry(source))
                    entry.files[finding.name] = None
        lines = ["NOTICE", "", "This work includes code of others, as listed below.", ""]
        lines += ["Most licences ask for their text and copyright lines too: add those.", ""]
        lines += [f"Written by {audit.summary.tool}. {index_in_words(audit.summary)}", NOT_TOLD]
        lines += _section("Not covered by this file: denied, or not decided yet", uncovered)
        lines += _section("Not or not wholly checked", unchecked)
        for entry in sorted(entries.values(), key=lambda entry: entry.order):
            lines += ["", "-" * 72, "", *entry.text.splitlines()]
            lines += [f"  SWHID: {document}" for document in entry.documents]
            lines += [f"  In: {name}" for name in entry.files]
        if not entries:
            lines += ["", "No code of others was found that would need a notice."]
        stream.write(encoded("".join(f"{one_line(line)}\n" for line in lines)))


def is_kept(finding: Finding) -> bool:
    """Whether code of others stays, under a licence that is dealt with."""
    if finding.decision is not None:
        return finding.decision.kind is not DecisionKind.DISMISSED
    ruling = finding.ruling
    if ruling.rule.partition(".")[0] == _OWN:
        return False
    return ruling.verdict in (Verdict.ALLOWED, Verdict.ATTRIBUTE)


def is_uncovered(finding: Finding) -> bool:
    """Whether it is open, and naming its author would not settle it."""
    return finding.open and finding.ruling.verdict not in (Verdict.ALLOWED, Verdict.ATTRIBUTE)


def _uncovered(finding: Finding) -> str:
    ruling = finding.ruling
    place = cited(finding.passage.sources[ruling.source])
    # No address of the source either: what is named here must not pass for a citation.
    origin = "" if place.repository.startswith("swh:") else f" from {place.repository}"
    return f"{at(finding)}: {ruling.verdict.value}, {ruling.license}{origin} (id {finding.id})"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    listed = [f"  {line}" for line in lines]
    return ["", f"{title} ({len(listed):,}):", *listed] if listed else []


def _entry(source: Source) -> _Entry:
    place = cited(source)
    there = source.document if source.cited is None else source.cited.document
    documents = dict.fromkeys((source.document, there, *source.documents))
    order = (place.repository.casefold(), place.path, source.document)
    return _Entry(order, notice(source), tuple(documents)[:_DOCUMENTS])
