"""The shapes of the JSON reports: what `audit_schema.json` says, as types."""

from __future__ import annotations

from typing import TypedDict

from attribution.reports.answer_schema import IndexJson, SourceJson, SpanJson

__all__ = ["CoverageJson", "DecisionJson", "FileJson", "FindingJson", "StaleJson", "SummaryJson"]


class CoverageJson(TypedDict):
    """How much of what was met was checked; files but for lines and bytes."""

    complete: bool
    checked: int
    too_short: int
    partly: int
    not_checked: int
    left_out: int
    left_out_by: dict[str, int]
    lines: int
    lines_matched: int
    bytes: int
    from_cache: int


class StaleJson(TypedDict):
    """A decision that applies to nothing any more."""

    where: str
    what: str
    why: str


class SummaryJson(TypedDict):
    """The account of a run."""

    tool: str
    began: str
    seconds: float
    root: str
    index: IndexJson | None
    policy: str
    fail_on: str | None
    max_findings: int
    over: int
    exit_code: int
    coverage: CoverageJson
    open: dict[str, int]
    decided: dict[str, int]
    verdicts: dict[str, int]
    licenses: dict[str, int]
    labels: dict[str, int]
    stale: list[StaleJson]
    problems: list[str]
    notes: list[str]
    not_told: str


class DecisionJson(TypedDict):
    """What people decided."""

    kind: str
    reason: str
    where: str
    author: str
    date: str
    expires: str | None


class FindingJson(TypedDict):
    """A passage with its sources, its ruling and its decision."""

    id: str
    key: str
    name: str
    status: str
    span: SpanJson
    verdict: str
    severity: str
    license: str
    family: str
    rule: str
    reason: str
    steps: list[str]
    decided_by: int
    decision: DecisionJson | None
    label: str
    confidence: float
    containment: float
    tokens: int
    code: str
    source_code: str
    source_line: int
    sources: list[SourceJson]


class FileJson(TypedDict):
    """A file with its findings."""

    name: str
    state: str
    reason: str
    language: str | None
    lines: int
    tokens: int
    sha1: str
    warnings: list[str]
    findings: list[FindingJson]
