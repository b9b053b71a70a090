"""JSON: one object with all of a run, for programs.

`audit_schema.json` beside this file publishes the shape (JSON Schema 2020-12); its sources are
those of an answer (attribution.reports.answer_schema), so that one reader serves look-ups and
audits. A file is written on a line of its own, as it is read: neither we nor `grep` and `jq -c`
have to hold the whole. Fields may be added, not renamed.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import BinaryIO

from attribution.reports.answer_schema import published_schema
from attribution.reports.json_report import (
    index_json,
    source_json,
    span_json,
)
from audit.reports.account import NOT_TOLD, status_of
from audit.reports.interface import Audit, Report
from audit.reports.json_shapes import FileJson, FindingJson, SummaryJson
from audit.types import FileReport, Finding, Summary

__all__ = [
    "SCHEMA_ID",
    "JsonReport",
    "file_json",
    "finding_json",
    "published_audit_schema",
    "summary_json",
    "written",
]

SCHEMA_ID = "urn:whence:audit:1"

# All but ASCII is escaped: nothing in the file moves a cursor or reorders a line.
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class JsonReport(Report):
    """One object: the summary, and every file with its findings."""

    name = "json"
    summary = "everything as one JSON object, with a published schema"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the summary, then a file a line."""
        stream.write(b'{"schema":%s,\n' % written(SCHEMA_ID))
        stream.write(b'"summary":%s,\n"files":[' % written(summary_json(audit.summary)))
        for count, file in enumerate(audit.files()):
            stream.write(b",\n" if count else b"\n")
            stream.write(written(file_json(file)))
        stream.write(b"\n]}\n")


def written(value: object) -> bytes:
    """The value as compact JSON in ASCII, on one line, without its end."""
    return _ENCODER.encode(value).encode("ascii")


def published_audit_schema() -> str:
    """The JSON Schema of this report, with that of an answer's sources inside."""
    text = resources.files(__package__).joinpath("audit_schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    schema["$defs"]["answer"] = json.loads(published_schema())
    return json.dumps(schema, indent=2)


def summary_json(summary: Summary) -> SummaryJson:
    """The account of a run as plain values."""
    coverage = summary.coverage
    return {
        "tool": summary.tool,
        "began": summary.began,
        "seconds": round(summary.seconds, 3),
        "root": summary.root,
        "index": None if summary.index is None else index_json(summary.index),
        "policy": summary.policy,
        "fail_on": None if summary.fail_on is None else summary.fail_on.word,
        "max_findings": summary.max_findings,
        "over": summary.over,
        "exit_code": summary.exit_code,
        "coverage": {
            "complete": coverage.complete,
            "checked": coverage.checked,
            "too_short": coverage.too_short,
            "partly": coverage.partly,
            "not_checked": coverage.not_checked,
            "left_out": coverage.left_out,
            "left_out_by": dict(coverage.left_out_by),
            "lines": coverage.lines,
            "lines_matched": coverage.lines_matched,
            "bytes": coverage.bytes,
            "from_cache": coverage.from_cache,
        },
        "open": dict(summary.open),
        "decided": dict(summary.decided),
        "verdicts": dict(summary.verdicts),
        "licenses": dict(summary.licenses),
        "labels": dict(summary.labels),
        "stale": [{"where": s.where, "what": s.what, "why": s.why} for s in summary.stale],
        "problems": list(summary.problems),
        "notes": list(summary.notes),
        "not_told": NOT_TOLD,
    }


def file_json(file: FileReport) -> FileJson:
    """A file as plain values."""
    return {
        "name": file.name,
        "state": file.state.value,
        "reason": file.reason,
        "language": file.language,
        "lines": file.lines,
        "tokens": file.tokens,
        "sha1": file.sha1,
        "warnings": list(file.warnings),
        "findings": [finding_json(finding) for finding in file.findings],
    }


def finding_json(finding: Finding) -> FindingJson:
    """A finding as plain values."""
    passage, ruling, decision = finding.passage, finding.ruling, finding.decision
    return {
        "id": finding.id,
        "key": passage.key,
        "name": finding.name,
        "status": status_of(finding),
        "span": span_json(passage.span),
        "verdict": ruling.verdict.value,
        "severity": ruling.severity.word,
        "license": ruling.license,
        "family": ruling.family,
        "rule": ruling.rule,
        "reason": ruling.reason,
        "steps": list(ruling.steps),
        "decided_by": ruling.source,
        "decision": None
        if decision is None
        else {
            "kind": decision.kind.value,
            "reason": decision.reason,
            "where": decision.where,
            "author": decision.author,
            "date": decision.date,
            "expires": decision.expires,
        },
        "label": passage.label.value,
        "confidence": round(passage.confidence, 4),
        "containment": round(passage.containment, 4),
        "tokens": passage.tokens,
        "code": passage.code,
        "source_code": passage.source_code,
        "source_line": passage.source_line,
        "sources": [source_json(source) for source in passage.sources],
    }
