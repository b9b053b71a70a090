"""Writes an SPDX 2.3 document part by part, each validated by spdx-tools.

The library's validator compares each id with all ids, and its writer copies the whole document:
at 10,000 findings that takes longer than anybody waits. A part holds one file with its snippets
and sources and is a complete document of its own, so it is validated and converted by the
library as it is; ids are unique over all parts by their making. Elements wait in temporary files
until all are known, so memory does not grow with the run, but for a short id a source.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from typing import IO, Any, BinaryIO

from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from attribution.errors import ReportError
from audit.reports.interface import Audit
from audit.reports.sbom.sources import kept_files
from audit.reports.sbom.spdx_elements import DOCUMENT, SpdxElements

__all__ = ["write_document"]

_IN_MEMORY = 4 << 20  # bytes of a section before it goes to disk

# The lists of a document, and what tells their elements apart; None: all of them differ.
_SECTIONS: dict[str, str | None] = {
    "packages": "SPDXID",
    "files": None,
    "snippets": None,
    "relationships": None,
    "hasExtractedLicensingInfos": "licenseId",
}


class _Section:
    """The elements of one list, as JSON, in a file."""

    def __init__(self, key: str | None, spool: IO[bytes]) -> None:
        self._key = key
        self._seen: set[str] = set()
        self.spool = spool

    def add(self, element: dict[str, Any]) -> None:
        if self._key is not None:
            if element[self._key] in self._seen:
                return
            self._seen.add(element[self._key])
        self.spool.write(b",\n  " if self.spool.tell() else b"\n  ")
        self.spool.write(json.dumps(element).encode("ascii"))


def write_document(audit: Audit, stream: BinaryIO) -> None:
    """Write the whole document.

    Raises:
        ReportError: spdx-tools finds it not valid.
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
            for element in head.pop(name, ()):
                section.add(element)
        for file, findings in kept_files(audit):
            part = _converted(elements.part(file, findings), converter)
            for name, section in sections.items():
                for element in part.get(name, ()):
                    if element.get("spdxElementId") != DOCUMENT:  # the head has it
                        section.add(element)
        _assemble(head, sections, stream)


def _converted(part: Document, converter: DocumentConverter) -> dict[str, Any]:
    problems = validate_full_spdx_document(part)
    if problems:
        raise ReportError(
            "report spdx: spdx-tools finds the document not valid: "
            f"{problems[0].validation_message}. Use --report json, and report this as a bug"
        )
    converted: dict[str, Any] = converter.convert(part)
    return converted


def _assemble(head: dict[str, Any], sections: dict[str, _Section], stream: BinaryIO) -> None:
    stream.write(json.dumps(head, indent=1)[:-2].encode("ascii"))  # without its closing brace
    for name, section in sections.items():
        if not section.spool.tell():
            continue
        stream.write(f',\n "{name}": ['.encode("ascii"))
        section.spool.seek(0)
        while block := section.spool.read(1 << 16):
            stream.write(block)
        stream.write(b"\n ]")
    stream.write(b"\n}\n")
