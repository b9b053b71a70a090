"""`SourceLocation`: the one occurrence of a source that reports name, and how it is cited."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from attribution.citation import Citation, cite_occurrence
from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.wording import copyright_in_words
from attribution.types import UNKNOWN_LICENSE, LicenseEvidence, Occurrence, Source
from audit.reports.safe_text import one_line
from audit.types import Finding

__all__ = ["SourceLocation", "copyright_of", "deciding_location", "line_suffix", "locate"]


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """A source at its probable origin, as `attribution.citation.notice` names it."""

    document: str  # SWHID of the content at this occurrence
    occurrence: Occurrence | None  # None: removed from the index since the check
    lines: tuple[int, int] | None  # of the best match, 1-based and inclusive; None: not known
    citation: Citation
    license: LicenseEvidence
    occurrences: int  # of the source, this one included

    @property
    def copyright(self) -> tuple[str, ...]:
        """Its holders' copyright statements, or its authors; a line each, () when unknown."""
        return copyright_of(self.occurrence) if self.occurrence else ()

    @property
    def repository(self) -> str:
        """The repository or package; the document's SWHID if no occurrence is known."""
        return self.occurrence.repository if self.occurrence else self.document

    @property
    def path(self) -> str:
        """The file in the repository; "" if no occurrence is known."""
        return self.occurrence.path if self.occurrence else ""

    @property
    def revision(self) -> str:
        """Commit or version; "" if it is not known."""
        return (self.occurrence.revision if self.occurrence else None) or ""

    @property
    def where(self) -> str:
        """`path:3-9`."""
        return f"{self.path}{line_suffix(self.lines)}"

    @property
    def address(self) -> str:
        """A permanent URL if there is one, else the SWHID with its qualifiers."""
        return self.citation.url or self.citation.swhid

    @property
    def key(self) -> str:
        """20 hex digits that identify content, occurrence and licence in every run."""
        parts = [self.document]
        if self.occurrence is not None:
            origin = self.occurrence.origin or self.repository
            parts += [origin, self.revision, self.path]
            parts += [self.license.expression, self.license.conflict or ""]
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.sha256(text).hexdigest()[:20]

    @property
    def concluded_license(self) -> str:
        """Its licence, or NOASSERTION if the evidence is in conflict."""
        return NOASSERTION if self.license.conflict else self.license.expression


def copyright_of(occurrence: Occurrence) -> tuple[str, ...]:
    """The copyright statements of its holders, or its authors; a line each, () when unknown."""
    return tuple(one_line(copyright_in_words(holder)) for holder in occurrence.holders)


def locate(source: Source) -> SourceLocation:
    """The occurrence of a source that reports name."""
    cited = source.cited
    if cited is None:  # removed from the index since it was checked
        citation = Citation(None, source.document, None)
        return SourceLocation(source.document, None, None, citation, UNKNOWN_LICENSE, 0)
    return SourceLocation(
        cited.document,
        cited.occurrence,
        cited.lines,
        cite_occurrence(cited),
        cited.occurrence.license,
        source.occurrences_total,
    )


def deciding_location(finding: Finding) -> SourceLocation:
    """The location of the source that decided a finding."""
    return locate(finding.passage.sources[finding.ruling.source])


def line_suffix(lines: tuple[int, int] | None) -> str:
    """`:3-9`, `:3`, or "" where no lines are known: editors and terminals jump to it."""
    if lines is None:
        return ""
    first, last = lines
    return f":{first}" if first == last else f":{first}-{last}"
