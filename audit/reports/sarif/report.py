"""SARIF 2.1.0 (OASIS): code-scanning pages of GitHub and others, and editors.

What GitHub does with it decides some shapes. It knows an alert by its rule, its path and a hash of
its line that it computes itself; `whenceContent/v1` is ours for other readers. It refuses more
than 25,000 results a run and more than 10 MB gzipped, so results are written the worst first
(open errors, warnings, notes, then decided ones: the run is read once for each) and end before
a limit, with a notification that says so.

GitHub shows suppressed results as open alerts all the same (codeql-action, issue 1230), so there
is a second report for it that leaves decided findings out: an alert whose result is gone is
closed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import BinaryIO
from urllib.parse import quote

from attribution.reports.numbers import count_of
from audit.reports.account import (
    NOT_TOLD,
    coverage_in_words,
    exit_in_words,
    index_in_words,
    policy_in_words,
)
from audit.reports.interface import Audit, Report
from audit.reports.json import summary_json, written
from audit.reports.sarif.results import Json, notification, result
from audit.reports.sarif.rules import NOTIFICATIONS, rules
from audit.types import FileState, Finding, Severity, Summary

__all__ = ["MAX_GZIPPED", "MAX_RESULTS", "GithubReport", "SarifReport"]

MAX_RESULTS = 25_000  # of a run, GitHub's
# Bytes. GitHub takes 10 MB; the rest is room for the notifications, and for a gzip that is worse.
MAX_GZIPPED = 9_000_000

_MAX_NOTIFICATIONS = 1000
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


class SarifReport(Report):
    """A run with a result a finding."""

    name = "sarif"
    summary = "SARIF 2.1.0, for code-scanning pages and editors"
    decided = True  # whether decided findings are in it, as suppressed results

    def __init__(self, max_results: int = MAX_RESULTS, max_gzipped: int = MAX_GZIPPED) -> None:
        self._max_results = max_results
        self._max_gzipped = max_gzipped

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the tool, results as they are read, then what was not checked."""
        head = {"$schema": _SCHEMA, "version": "2.1.0"}
        stream.write(written(head)[:-1] + b',"runs":[')
        stream.write(written(_run(audit.summary))[:-1] + b',\n"results":[')
        packer, packed, count, left = zlib.compressobj(), 0, 0, 0
        for finding in _worst_first(audit, self.decided):
            line = b"\n" if count == 0 else b",\n"
            line += written(result(finding))
            packed += len(packer.compress(line))
            if left or count == self._max_results or packed > self._max_gzipped:
                left += 1
                continue
            stream.write(line)
            count += 1
        stream.write(b'],\n"invocations":[')
        stream.write(written(_invocation(audit, left)))
        stream.write(b"]}]}\n")


class GithubReport(SarifReport):
    """The same without decided findings."""

    name = "github"
    summary = "SARIF for GitHub's code scanning: without decided findings, which it would reopen"
    decided = False


def _worst_first(audit: Audit, decided: bool) -> Iterator[Finding]:
    for severity in sorted(Severity, reverse=True):
        if audit.summary.open.get(severity.word):
            yield from (f for f in audit.findings() if f.open and f.ruling.severity is severity)
    if decided and audit.summary.decided:
        yield from (f for f in audit.findings() if f.decision is not None and f.ruling.severity)


def _run(summary: Summary) -> Json:
    version = summary.tool.rpartition(" ")[2]
    driver: Json = {
        "name": "Whence",
        "version": version,
        "semanticVersion": version,
        "shortDescription": {"text": "Where code comes from, and what is owed to its author."},
        "fullDescription": {"text": NOT_TOLD},
        "rules": rules(),
        "notifications": [
            {"id": id_, "shortDescription": {"text": text}} for id_, text in NOTIFICATIONS.items()
        ],
    }
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": _category(summary.root)},
        # Without an address: a page is told its own, and no path of a machine gets out.
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the audit."}}},
        "columnKind": "unicodeCodePoints",
        "properties": {
            "result": exit_in_words(summary),
            "coverage": coverage_in_words(summary),
            "index": index_in_words(summary),
            "policy": policy_in_words(summary),
            "notTold": NOT_TOLD,
            "summary": {
                key: value for key, value in summary_json(summary).items() if key != "root"
            },
        },
    }


def _category(root: str) -> str:
    """What tells the audits of one commit apart: `whence/`, or `whence/` and the folder."""
    path = PurePath(root)
    if path.is_absolute() or root in ("", ".", "-"):
        return "whence/"
    return f"whence/{quote(path.as_posix(), errors='surrogateescape')}/"


def _invocation(audit: Audit, left: int) -> Json:
    summary = audit.summary
    shape: Json = {
        "executionSuccessful": summary.exit_code != 2,
        "exitCode": summary.exit_code,
        "exitCodeDescription": exit_in_words(summary),
        "toolExecutionNotifications": list(_notifications(audit, left)),
        "toolConfigurationNotifications": [
            notification("whence/stale-decision", "note", f"{s.where}: {s.what}: {s.why}")
            for s in summary.stale[:_MAX_NOTIFICATIONS]
        ],
    }
    try:
        began = datetime.fromisoformat(summary.began).astimezone(UTC)
    except ValueError:
        return shape
    for key, time in (
        ("startTimeUtc", began),
        ("endTimeUtc", began + timedelta(seconds=summary.seconds)),
    ):
        shape[key] = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return shape


def _notifications(audit: Audit, left: int) -> Iterator[Json]:
    summary = audit.summary
    if left:
        yield notification(
            "whence/cut",
            "warning",
            f"{left:,} findings, the mildest, are not in this file: code-scanning pages refuse "
            "larger ones. The jsonl, csv and html reports have all.",
        )
    for problem in summary.problems[:_MAX_NOTIFICATIONS]:
        yield notification("whence/problem", "error", problem)
    files = (f for f in audit.files() if f.state in (FileState.PARTLY, FileState.NOT_CHECKED))
    if not summary.coverage.complete:
        told = 0
        for file in files:
            told += 1
            if told <= _MAX_NOTIFICATIONS:
                kind, level = (
                    ("not-checked", "error")
                    if file.state is FileState.NOT_CHECKED
                    else ("partly-checked", "warning")
                )
                text = f"{file.state.value}: {file.reason}"
                yield notification(f"whence/{kind}", level, text, file.name)
        if told > _MAX_NOTIFICATIONS:
            text = f"and {told - _MAX_NOTIFICATIONS:,} more files not or not wholly checked"
            yield notification("whence/not-checked", "error", text)
    for reason, count in summary.coverage.left_out_by.items():
        yield notification(
            "whence/left-out", "note", f"left out: {reason}: {count_of(count, 'file')}"
        )
