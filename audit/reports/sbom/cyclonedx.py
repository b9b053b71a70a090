"""CycloneDX 1.6 as JSON: the sources of copied code as components, with evidence.

The work is in cyclonedx_document.py, which needs cyclonedx-python-lib; this file can be imported
without.
"""

from __future__ import annotations

from typing import BinaryIO

from attribution.errors import ReportError
from audit.reports.interface import Audit, Report
from audit.reports.sbom.sources import MISSING

__all__ = ["CycloneDxReport"]


class CycloneDxReport(Report):
    """A bill of materials as CycloneDX 1.6 JSON, validated against its schema."""

    name = "cyclonedx"
    summary = "CycloneDX 1.6 JSON: sources as components with evidence, validated"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the document.

        Raises:
            ReportError: cyclonedx-python-lib or its validator is not installed, or finds the
                document not valid; or there are more findings than it can hold.
        """
        try:
            from audit.reports.sbom.cyclonedx_document import write_document
        except ModuleNotFoundError as exc:
            raise ReportError(f"report cyclonedx: {MISSING}") from exc
        write_document(audit, stream)
