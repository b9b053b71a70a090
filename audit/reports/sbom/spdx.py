"""SPDX 2.3 (ISO/IEC 5962) as JSON: files, snippets with ranges, and the sources that they match.

The work is in spdx_document.py, which needs spdx-tools; this file can be imported without.
"""

from __future__ import annotations

from typing import BinaryIO

from attribution.errors import ReportError
from audit.reports.interface import Audit, Report
from audit.reports.sbom.sources import MISSING

__all__ = ["SpdxReport"]


class SpdxReport(Report):
    """A bill of materials as SPDX 2.3 JSON, validated by spdx-tools."""

    name = "spdx"
    summary = "SPDX 2.3 JSON: files, snippets and their sources, validated"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the document.

        Raises:
            ReportError: spdx-tools is not installed, or finds the document not valid.
        """
        try:
            from audit.reports.sbom.spdx_document import write_document
        except ModuleNotFoundError as exc:
            raise ReportError(f"report spdx: {MISSING}") from exc
        write_document(audit, stream)
