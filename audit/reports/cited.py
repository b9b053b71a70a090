"""The source that decided a finding, and the place of it that a report names."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.citation import cite_occurrence
from attribution.types import MatchKind, Source
from audit.types import Finding

__all__ = ["Cited", "cited", "copy_in_words"]

_COPIES = {
    MatchKind.VERBATIM: "verbatim copy",
    MatchKind.RENAMED: "renamed copy",
    MatchKind.EDITED: "edited copy",
    MatchKind.SIMILAR: "similar code",
}


@dataclass(frozen=True, slots=True)
class Cited:
    """One place of a source: its probable origin, as `attribution.citation.notice` has it."""

    repository: str  # or the document's SWHID, when no place of it is known any more
    path: str
    lines: tuple[int, int] | None  # of the best match there, 1-based and inclusive
    revision: str
    url: str | None  # permanent; None: no address is known that stays
    swhid: str
    purl: str | None
    license: str  # SPDX expression as its evidence has it, or NOASSERTION
    evidence: str  # where the licence was read
    conflict: str | None  # between two kinds of evidence, in one sentence
    places: int  # where the source was seen

    @property
    def where(self) -> str:
        """`path:3-9`."""
        if self.lines is None:
            return self.path
        first, last = self.lines
        return f"{self.path}:{first}" + ("" if first == last else f"-{last}")


def cited(source: Source) -> Cited:
    """The place of a source that reports name."""
    if source.cited is None:  # removed from the index since it was checked
        return Cited(
            source.document, "", None, "", None, source.document, None, "NOASSERTION", "none",
            None, 0,
        )  # fmt: skip
    place, citation = source.cited.occurrence, cite_occurrence(source.cited)
    return Cited(
        repository=place.repository,
        path=place.path,
        lines=source.cited.lines,
        revision=place.revision or "",
        url=citation.url,
        swhid=citation.swhid,
        purl=citation.purl,
        license=place.license.expression,
        evidence=place.license.evidence,
        conflict=place.license.conflict,
        places=source.occurrences_total,
    )


def copy_in_words(finding: Finding) -> str:
    """`verbatim copy`, `renamed copy`, `edited copy` or `similar code`."""
    return _COPIES[finding.passage.sources[finding.ruling.source].kind]
