"""SPDX 2.3 (ISO/IEC 5962) as JSON: files, snippets with ranges, and the sources that they match.

The document is written in parts, each validated by spdx-tools. The library's validator compares
each id with all ids, and its writer copies the whole document, which takes too long for 10,000
findings. A part has one file with its snippets and sources and is a complete document itself; ids
are unique across parts. Elements wait in temporary files until all are known, so memory grows only
by one short id per source.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from typing import IO, Any, BinaryIO

from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from attribution.errors import ReportError
from audit.reports.interface import Audit, Report
from audit.reports.sbom.contents import kept_files
from audit.reports.sbom.spdx_elements import DOCUMENT, SpdxElements

__all__ = ["SpdxReport"]

_IN_MEMORY = 4 << 20  # bytes of a section before it goes to disk

# The lists of a document, and the key that identifies an element; None: there are no duplicates.
_SECTIONS: dict[str, str | None] = {
    "packages": "SPDXID",
    "files": None,
    "snippets": None,
    "relationships": None,
    "hasExtractedLicensingInfos": "licenseId",
}


class SpdxReport(Report):
    """A bill of materials as SPDX 2.3 JSON, validated by spdx-tools."""

    name = "spdx"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the document.

        Raises:
            ReportError: spdx-tools finds it invalid.
        """
        elements, converter = SpdxElements(audit), DocumentConverter()  # type: ignore[no-untyped-call]
        with ExitStack() as stack:
            sections = {
                name: _Section(
                    key, stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))
                )
                for name, key in _SECTIONS.items()
            }
            head = _converted(elements.part(), converter)
            for name, section in sections.items():
                section.add(head.pop(name, ()))
            for file, findings in kept_files(audit):
                part = _converted(elements.part(file, findings), converter)
                for name, section in sections.items():
                    section.add(
                        element
                        for element in part.get(name, ())
                        if element.get("spdxElementId") != DOCUMENT  # already in the head
                    )
            _write(head, sections, stream)


class _Section:
    """The elements of one list, as JSON, in a file."""

    def __init__(self, key: str | None, spool: IO[bytes]) -> None:
        self._key = key
        self._seen: set[str] = set()
        self.spool = spool

    def add(self, elements: Iterable[dict[str, Any]]) -> None:
        for element in elements:
            if self._key is not None:
                if element[self._key] in self._seen:
                    continue
                self._seen.add(element[self._key])
            self.spool.write(b",\n  " if self.spool.tell() else b"\n  ")
            self.spool.write(json.dumps(element).encode("ascii"))


def _converted(part: Document, converter: DocumentConverter) -> dict[str, Any]:
    problems = validate_full_spdx_document(part)
    if problems:
        raise ReportError(
            "report spdx: spdx-tools finds the document not valid: "
            f"{problems[0].validation_message}. Use --report json, and report this as a bug"
        )
    converted: dict[str, Any] = converter.convert(part)
    return converted


def _write(head: dict[str, Any], sections: dict[str, _Section], stream: BinaryIO) -> None:
    stream.write(json.dumps(head, indent=1)[:-2].encode("ascii"))  # without its closing brace
    for name, section in sections.items():
        if section.spool.tell():
            stream.write(f',\n "{name}": ['.encode("ascii"))
            section.spool.seek(0)
            shutil.copyfileobj(section.spool, stream)
            stream.write(b"\n ]")
    stream.write(b"\n}\n")
