"""SPDX 3.0.1 as JSON-LD: the core, software and simple licensing profiles.

The work is in spdx3_elements.py, which needs spdx-python-model; this file can be imported
without.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from attribution.errors import ReportError
from audit.reports.interface import Audit, Report
from audit.reports.sbom.sources import MISSING, kept_files

if TYPE_CHECKING:
    from audit.reports.sbom.spdx3_elements import Spdx3Elements

__all__ = ["Spdx3Report"]


class Spdx3Report(Report):
    """A bill of materials as SPDX 3.0.1 JSON-LD, checked by SPDX's own model as it is made."""

    name = "spdx3"
    summary = "SPDX 3.0.1 JSON-LD: files, snippets and their sources"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the document, element by element.

        Raises:
            ReportError: spdx-python-model or spdx-tools is not installed.
        """
        try:
            from audit.reports.sbom.spdx3_elements import CONTEXT, Spdx3Elements
        except ModuleNotFoundError as exc:
            raise ReportError(f"report spdx3: {MISSING}") from exc
        elements = Spdx3Elements(audit)
        stream.write(f'{{"@context": {json.dumps(CONTEXT)},\n "@graph": ['.encode("ascii"))
        separator = b"\n  "
        for part in _parts(audit, elements):
            for element in part:
                stream.write(separator + json.dumps(element).encode("ascii"))
                separator = b",\n  "
        stream.write(b"\n ]\n}\n")


def _parts(audit: Audit, elements: Spdx3Elements) -> Iterator[list[dict[str, Any]]]:
    yield elements.head()
    for file, findings in kept_files(audit):
        yield elements.part(file, findings)
    yield elements.tail()
