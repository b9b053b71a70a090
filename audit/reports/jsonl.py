"""JSON Lines: the summary, then one finding per line; for `jq`, log stores and tables of any size.

Each line has a `type`: `summary` (the first), `finding`, or `file` for one that was not checked or
only partly, so that no reader mistakes silence for a clean file.
"""

from __future__ import annotations

from typing import BinaryIO

from audit.reports.interface import Audit, Report, is_unchecked
from audit.reports.json import encode_json, file_json, finding_json, summary_json

__all__ = ["JsonlReport"]


class JsonlReport(Report):
    """One finding per line."""

    name = "jsonl"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write a line as soon as its file is read."""
        stream.write(encode_json({"type": "summary", **summary_json(audit.summary)}) + b"\n")
        for file in audit.files():
            if is_unchecked(file):
                shape = {key: value for key, value in file_json(file).items() if key != "findings"}
                stream.write(encode_json({"type": "file", **shape}) + b"\n")
            for finding in file.findings:
                stream.write(encode_json({"type": "finding", **finding_json(finding)}) + b"\n")
