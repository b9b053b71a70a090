"""The table of findings, by column: one array each, and every text that recurs is kept once.

This is all that is held in memory while a report is written, and all that the page reads before a
finding is opened: about 60 bytes a finding, plus its path.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from attribution.types import Label
from audit.types import DecisionKind, Finding, Verdict

__all__ = ["FindingTable", "FindingTableBuilder", "deciding_source"]

_CONFLICT = "licenses.conflict"  # the policy's rule for occurrences with different licences
_VERDICTS = list(Verdict)
_LABELS = list(Label)
_DECISIONS = list(DecisionKind)


def deciding_source(finding: Finding) -> int:
    """Position of the source whose licence the ruling is about."""
    at = finding.ruling.source
    return at if 0 <= at < len(finding.passage.sources) else 0


class Texts:
    """Texts by number, each kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a text, new or known."""
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> list[str]:
        """All of them, by number."""
        return list(self._numbers)


@dataclass(frozen=True, slots=True)
class FindingTable:
    """The findings as the page reads them. Numbers are positions in the lists of texts."""

    ids: str  # separated by spaces
    names: list[str]
    licenses: list[str]
    families: list[str]
    rules: list[str]
    repositories: list[str]
    paths: list[str]  # in the repositories
    verdicts: list[str]
    labels: list[str]
    decisions: list[str]
    name: list[int]
    start: list[int]  # first line
    lines: list[int]  # how many more
    severity: list[int]
    verdict: list[int]
    license: list[int]
    family: list[int]
    rule: list[int]
    repository: list[int]
    path: list[int]
    label: list[int]
    confidence: list[int]  # thousandths, rounded down
    decision: list[int]  # 0: none
    conflict: list[int]  # 1: evidence of the licence, or occurrences, disagree
    sources: list[int]  # how many


class FindingTableBuilder:
    """Collects findings into a table."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._texts = {key: Texts() for key in ("name", "license", "family", "rule", "path")}
        self._repositories = Texts()
        self._columns: dict[str, array[int]] = {}

    def add(self, finding: Finding) -> None:
        """Add a finding."""
        passage, ruling = finding.passage, finding.ruling
        source = passage.sources[deciding_source(finding)]
        cited = None if source.cited is None else source.cited.occurrence
        self._ids.append(finding.id)
        texts = {
            "name": finding.name,
            "license": ruling.license,
            "family": ruling.family,
            "rule": ruling.rule,
            "path": cited.path if cited else source.document,
        }
        for key, text in texts.items():
            self._put(key, self._texts[key].number(text))
        repository = cited.repository if cited else ""
        self._put("repository", self._repositories.number(repository))
        self._put("start", passage.span.start_line)
        self._put("lines", max(0, passage.span.end_line - passage.span.start_line))
        self._put("severity", ruling.severity)
        self._put("verdict", _VERDICTS.index(ruling.verdict))
        self._put("label", _LABELS.index(passage.label))
        self._put("confidence", int(1000 * min(1.0, max(0.0, passage.confidence)) + 1e-9))
        decision = finding.decision
        self._put("decision", 0 if decision is None else 1 + _DECISIONS.index(decision.kind))
        doubt = cited is not None and cited.license.conflict is not None
        self._put("conflict", int(doubt or ruling.rule == _CONFLICT))
        self._put("sources", len(passage.sources))

    def table(self) -> FindingTable:
        """The table of all findings so far."""
        numbers = {
            key: self._columns[key].tolist() if key in self._columns else [] for key in _NUMBERS
        }
        return FindingTable(
            ids=" ".join(self._ids),
            names=self._texts["name"].all(),
            licenses=self._texts["license"].all(),
            families=self._texts["family"].all(),
            rules=self._texts["rule"].all(),
            repositories=self._repositories.all(),
            paths=self._texts["path"].all(),
            verdicts=_words(_VERDICTS),
            labels=_words(_LABELS),
            decisions=["", *_words(_DECISIONS)],
            **numbers,
        )

    def _put(self, column: str, number: int) -> None:
        self._columns.setdefault(column, array("q")).append(number)


_NUMBERS = (
    *("name", "start", "lines", "severity", "verdict", "license", "family", "rule"),
    *("repository", "path", "label", "confidence", "decision", "conflict", "sources"),
)


def _words(values: Sequence[str]) -> list[str]:
    return [str(value) for value in values]
