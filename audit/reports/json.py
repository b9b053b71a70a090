"""JSON: one object with all of a run, for programs; json_shapes.py has its shape.

A file is written on a line of its own, as it is read: neither this module nor `grep` and `jq -c`
have to hold the whole report.
"""

from __future__ import annotations

import json
from typing import BinaryIO, cast

import msgspec

from attribution.reports.json_report import index_json, source_json, span_json
from audit.reports.interface import Audit, Report
from audit.reports.json_shapes import (
    SCHEMA_ID,
    CoverageJson,
    DecisionJson,
    FileJson,
    FindingJson,
    StaleJson,
    SummaryJson,
)
from audit.reports.wording import LIMITS, status_of
from audit.types import FileReport, Finding, Summary

__all__ = ["JsonReport", "encode_json", "file_json", "finding_json", "summary_json"]

# Everything but ASCII is escaped: nothing in the file moves a cursor or reorders a line.
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class JsonReport(Report):
    """One object: the summary, and every file with its findings."""

    name = "json"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the summary, then one line per file."""
        stream.write(b'{"schema":%s,\n' % encode_json(SCHEMA_ID))
        stream.write(b'"summary":%s,\n"files":[' % encode_json(summary_json(audit.summary)))
        for count, file in enumerate(audit.files()):
            stream.write(b",\n" if count else b"\n")
            stream.write(encode_json(file_json(file)))
        stream.write(b"\n]}\n")


def encode_json(value: object) -> bytes:
    """The value as compact ASCII JSON on one line, without a line end."""
    return _ENCODER.encode(value).encode("ascii")


def summary_json(summary: Summary) -> SummaryJson:
    """The summary of a run as plain values."""
    coverage = {"complete": summary.coverage.complete, **msgspec.to_builtins(summary.coverage)}
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
        "coverage": cast(CoverageJson, coverage),
        "open": summary.open,
        "decided": summary.decided,
        "verdicts": summary.verdicts,
        "licenses": summary.licenses,
        "labels": summary.labels,
        "stale": cast(list[StaleJson], msgspec.to_builtins(summary.stale)),
        "problems": list(summary.problems),
        "notes": list(summary.notes),
        "not_told": LIMITS,  # words: allow
    }


def file_json(file: FileReport) -> FileJson:
    """A file as plain values."""
    return {
        "name": file.name,
        "state": file.state,
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
    passage, ruling = finding.passage, finding.ruling
    return {
        "id": finding.id,
        "key": passage.key,
        "name": finding.name,
        "status": status_of(finding),
        "span": span_json(passage.span),
        "verdict": ruling.verdict,
        "severity": ruling.severity.word,
        "license": ruling.license,
        "family": ruling.family,
        "rule": ruling.rule,
        "reason": ruling.reason,
        "steps": list(ruling.steps),
        "decided_by": ruling.source,
        "decision": cast(DecisionJson | None, msgspec.to_builtins(finding.decision)),
        "label": passage.label,
        "confidence": round(passage.confidence, 4),
        "containment": round(passage.containment, 4),
        "tokens": passage.tokens,
        "code": passage.code,
        "source_code": passage.source_code,
        "source_line": passage.source_line,
        "sources": [source_json(source) for source in passage.sources],
    }
