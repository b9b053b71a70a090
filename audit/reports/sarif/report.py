"""SARIF 2.1.0 (OASIS): code-scanning pages of GitHub and others, and editors.

Some shapes follow from GitHub. It identifies an alert by its rule, its path and a hash of its line
that it computes itself; `whenceContent/v1` is for other readers. It refuses more than 25,000
results a run and more than 10 MB gzipped, so results are written worst first (open errors,
warnings, notes, then decided ones; the run is read once for each) and stop before a limit, with a
notification.

GitHub shows suppressed results as open alerts (codeql-action, issue 1230), so a second report for
it leaves decided findings out: GitHub closes an alert whose result is gone.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import PurePath
from typing import BinaryIO
from urllib.parse import quote

from attribution.reports.numbers import count_of
from audit.reports.interface import Audit, Report
from audit.reports.json import encode_json, summary_json
from audit.reports.sarif.results import Json, notification, result
from audit.reports.sarif.rules import NOTIFICATIONS, rules
from audit.reports.wording import LIMITS, exit_in_words, run_facts, state_in_words
from audit.types import FileState, Finding, Severity, Summary

__all__ = ["MAX_GZIPPED", "MAX_RESULTS", "GithubReport", "SarifReport"]

MAX_RESULTS = 25_000  # of a run, GitHub's
# Bytes. GitHub accepts 10 MB; the rest is for notifications and less efficient gzip settings.
MAX_GZIPPED = 9_000_000

_MAX_NOTIFICATIONS = 1000
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


class SarifReport(Report):
    """A run with one result per finding."""

    name = "sarif"
    decided = True  # whether decided findings are included, as suppressed results

    def __init__(self, max_results: int = MAX_RESULTS, max_gzipped: int = MAX_GZIPPED) -> None:
        self._max_results = max_results
        self._max_gzipped = max_gzipped

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the tool, the results as they are read, then the notifications."""
        head = {"$schema": _SCHEMA, "version": "2.1.0"}
        stream.write(encode_json(head)[:-1] + b',"runs":[')
        stream.write(encode_json(_run(audit.summary))[:-1] + b',\n"results":[')
        packer, packed, count, left = zlib.compressobj(), 0, 0, 0
        for finding in _worst_first(audit, self.decided):
            line = b"\n" if count == 0 else b",\n"
            line += encode_json(result(finding))
            packed += len(packer.compress(line))
            if left or count == self._max_results or packed > self._max_gzipped:
                left += 1
                continue
            stream.write(line)
            count += 1
        stream.write(b'],\n"invocations":[')
        stream.write(encode_json(_invocation(audit, left)))
        stream.write(b"]}]}\n")


class GithubReport(SarifReport):
    """The same without decided findings, which GitHub would reopen."""

    name = "github"
    decided = False


def _worst_first(audit: Audit, decided: bool) -> Iterator[Finding]:
    for severity in sorted(Severity, reverse=True):
        yield from audit.open_findings(severity)
    if decided and audit.summary.decided:
        yield from (f for f in audit.findings() if f.decision is not None and f.ruling.severity)


def _run(summary: Summary) -> Json:
    version, facts = summary.tool.rpartition(" ")[2], run_facts(summary)
    driver: Json = {
        "name": "Whence",
        "version": version,
        "semanticVersion": version,
        "shortDescription": {"text": "Finds where code comes from and what its licence requires."},
        "fullDescription": {"text": LIMITS},
        "rules": rules(),
        "notifications": [
            {"id": id_, "shortDescription": {"text": text}} for id_, text in NOTIFICATIONS.items()
        ],
    }
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": _category(summary.root)},
        # Without an address: readers know their own, and no path of this machine is published.
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the audit."}}},
        "columnKind": "unicodeCodePoints",
        "properties": {
            **{name: facts[name] for name in ("result", "coverage", "index", "policy")},
            "notTold": LIMITS,
            "summary": {
                key: value for key, value in summary_json(summary).items() if key != "root"
            },
        },
    }


def _category(root: str) -> str:
    """Distinguishes the audits of one commit: `whence/`, or `whence/` and the folder."""
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
            f"{left:,} findings, the least severe, are not in this file because code-scanning "
            "pages refuse larger files. The jsonl, csv and html reports are complete.",
        )
    for problem in summary.problems[:_MAX_NOTIFICATIONS]:
        yield notification("whence/problem", "error", problem)
    for file in islice(audit.unchecked_files(), _MAX_NOTIFICATIONS):
        level = "error" if file.state is FileState.NOT_CHECKED else "warning"
        rule = f"whence/{file.state.value.replace(' ', '-')}"
        yield notification(rule, level, state_in_words(file), file.name)
    more = summary.coverage.not_checked + summary.coverage.partly - _MAX_NOTIFICATIONS
    if more > 0:
        text = f"and {more:,} more files that were not checked or only partly"
        yield notification("whence/not-checked", "error", text)
    for reason, count in summary.coverage.left_out_by.items():
        yield notification(
            "whence/left-out", "note", f"left out: {reason}: {count_of(count, 'file')}"
        )
