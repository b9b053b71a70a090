"""What bills of materials list, whatever their format: the code kept from others, and from where.

Kept is what people did not dismiss: allowed, attributed, accepted and open findings alike. One's
own code (the policy's rule `own`) is nobody else's and is not listed.

The three formats (spdx.py, spdx3.py, cyclonedx.py) differ in where they write these words, not
in what they say. Identifiers are hashes: names of strangers are no part of them.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from attribution.citation import Citation, cite_occurrence
from attribution.licenses import NOASSERTION, normalize_license
from attribution.types import UNKNOWN_LICENSE, LicenseEvidence, Occurrence, Source
from audit.reports.interface import Audit
from audit.reports.safe_text import one_line
from audit.types import DecisionKind, FileReport, Finding, Summary

__all__ = [
    "MISSING",
    "Place",
    "document_uuid",
    "is_expression",
    "kept_files",
    "place_of",
]

MISSING = "its library is not installed: pip install 'whence[sbom]'"


@dataclass(frozen=True, slots=True)
class Place:
    """A source at its probable origin: what a bill of materials has a package or component for."""

    key: str  # 20 hex digits: of the content, the place and its licence
    document: str  # SWHID of the content there
    lines: tuple[int, int] | None  # of the best match, 1-based and inclusive; None: not known
    occurrence: Occurrence | None  # None: no place is known any more
    citation: Citation | None
    license: LicenseEvidence

    @property
    def name(self) -> str:
        """The repository or package, as people call it."""
        return one_line(self.occurrence.repository if self.occurrence else "") or "unknown source"

    @property
    def concluded(self) -> str:
        """Its licence, where nothing contradicts it; else NOASSERTION."""
        return NOASSERTION if self.license.conflict else self.license.expression


def kept_files(audit: Audit) -> Iterator[tuple[FileReport, tuple[Finding, ...]]]:
    """Files with code kept from others, each with the findings that say so."""
    for file in audit.files():
        findings = tuple(finding for finding in file.findings if _kept(finding))
        if findings:
            yield file, findings


def _kept(finding: Finding) -> bool:
    if finding.decision is not None and finding.decision.kind is DecisionKind.DISMISSED:
        return False
    return finding.ruling.rule.partition(".")[0] != "own"


def place_of(source: Source) -> Place:
    """A source at its probable origin, the place that `attribution.citation.notice` names."""
    cited = source.cited
    if cited is None:
        key = _hash(source.document)
        return Place(key, source.document, None, None, None, UNKNOWN_LICENSE)
    occurrence, license_ = cited.occurrence, cited.occurrence.license
    key = _hash(
        cited.document,
        occurrence.origin or occurrence.repository,
        occurrence.revision or "",
        occurrence.path,
        license_.expression,
        license_.conflict or "",
    )
    return Place(key, cited.document, cited.lines, occurrence, cite_occurrence(cited), license_)


def is_expression(license_: str) -> bool:
    """Whether a licence is an expression of the SPDX list: not NOASSERTION, not a mere name."""
    return license_ != NOASSERTION and normalize_license(license_) == license_


def document_uuid(summary: Summary, kind: str) -> uuid.UUID:
    """A document's own UUID: the same for the same run in the same format, and for no other."""
    index = summary.index.version if summary.index else ""
    parts = (kind, summary.tool, summary.root, summary.began, str(summary.seconds), index)
    return uuid.uuid5(uuid.NAMESPACE_OID, one_line("\0".join(parts)))


def _hash(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:20]
