"""JSON Lines: the summary, then a finding a line; for `jq`, log stores and tables of any size.

Each line says its `type`: `summary` (the first), `finding`, or `file` for one that was not or not
wholly checked, so that no reader takes silence for a clean file.
"""

from __future__ import annotations

from typing import BinaryIO

from audit.reports.interface import Audit, Report
from audit.reports.json import file_json, finding_json, summary_json, written
from audit.types import FileState

__all__ = ["JsonlReport"]


class JsonlReport(Report):
    """One line a finding."""

    name = "jsonl"
    summary = "the summary, then a finding a line"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write a line as soon as its file is read."""
        stream.write(written({"type": "summary", **summary_json(audit.summary)}) + b"\n")
        for file in audit.files():
            if file.state in (FileState.PARTLY, FileState.NOT_CHECKED):
                told = {key: value for key, value in file_json(file).items() if key != "findings"}
                stream.write(written({"type": "file", **told}) + b"\n")
            for finding in file.findings:
                stream.write(written({"type": "finding", **finding_json(finding)}) + b"\n")
