"""The elements of a CycloneDX document: a component per source, with similar passages as evidence.

A component is the file that the code is from (type `file`: group = repository, name = path,
version = revision) with its purl, SWHID and licence. `evidence.occurrences` says where it is in the
audited code, `evidence.identity` how certain that is. cyclonedx-python-lib has neither
`annotations` nor `compositions`, so properties say what was not checked.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from cyclonedx.model import Copyright, ExternalReference, ExternalReferenceType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType, Swhid
from cyclonedx.model.component_evidence import (
    AnalysisTechnique,
    ComponentEvidence,
    Identity,
    IdentityField,
    Method,
    Occurrence,
)
from cyclonedx.model.license import (
    DisjunctiveLicense,
    License,
    LicenseAcknowledgement,
    LicenseExpression,
)
from cyclonedx.model.tool import ToolRepository
from packageurl import PackageURL

from attribution.errors import ReportError
from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.names import normalize_license
from attribution.notice import notice
from attribution.types import Source
from audit.reports.interface import Audit
from audit.reports.safe_text import one_line
from audit.reports.sbom.contents import (
    document_uuid,
    evidence_in_words,
    kept_files,
    match_in_words,
    other_occurrences,
    ruling_in_words,
    run_remarks,
    source_name,
)
from audit.reports.source_location import SourceLocation, locate
from audit.types import Finding

__all__ = ["MAX_MATCHES", "MAX_SOURCES", "ROOT", "CycloneDxElements"]

_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})*)?"
)

ROOT = "audited"  # bom-ref of what was audited
MAX_MATCHES = 100_000  # held in memory, 4 kB each, as a component needs all of its own
MAX_SOURCES = 20_000  # the library takes 6-9 ms to write and validate one: three minutes
_PART = 50  # components; the validator compares each with each


@dataclass(slots=True)
class _MatchedSource:
    """A source, and the passages that match it."""

    location: SourceLocation
    source: Source  # of the most confident match
    words: str  # about that match
    occurrences: list[Occurrence] = field(default_factory=list)


class CycloneDxElements:
    """Makes the parts of one document, each a complete document itself."""

    def __init__(self, audit: Audit) -> None:
        summary = audit.summary
        self._audit = audit
        self._serial_number = document_uuid(summary, "cyclonedx")
        self._root = Component(
            name=one_line(summary.root) or "audited code",
            type=ComponentType.APPLICATION,
            bom_ref=ROOT,
        )
        tool, _, version = summary.tool.partition(" ")
        self._metadata = BomMetaData(
            timestamp=datetime.fromisoformat(summary.began),
            tools=ToolRepository(
                components=[
                    Component(
                        name=tool, version=version, type=ComponentType.APPLICATION, bom_ref="tool"
                    )
                ]
            ),
            component=self._root,
            properties=[
                Property(name="whence:account", value="\n".join(run_remarks(audit))),
                Property(name="whence:complete", value=str(summary.exit_code != 2).lower()),
            ],
        )

    def parts(self) -> Iterator[Bom]:
        """The document without components, then documents of some components each."""
        yield self._part([])
        matched = iter(_sources(self._audit).values())
        while part := list(itertools.islice(matched, _PART)):
            yield self._part([_component(source) for source in part])

    def _part(self, components: list[Component]) -> Bom:
        bom = Bom(serial_number=self._serial_number, metadata=self._metadata, components=components)
        bom.register_dependency(self._root, components)
        return bom


def _sources(audit: Audit) -> dict[str, _MatchedSource]:
    """All sources by key, each with the passages that match it."""
    sources: dict[str, _MatchedSource] = {}
    for count, (finding, source) in enumerate(_matches(audit)):
        if count == MAX_MATCHES or len(sources) > MAX_SOURCES:
            raise ReportError(
                f"report cyclonedx: more than {MAX_MATCHES:,} matches or {MAX_SOURCES:,} sources, "
                "too many for its library. Audit parts of the code, or use --report spdx or json"
            )
        location = locate(source)
        words = match_in_words(finding, source, location)
        matched = sources.get(location.key)
        if matched is None or source.confidence > matched.source.confidence:
            occurrences = matched.occurrences if matched else []
            matched = _MatchedSource(location, source, words, occurrences)
            sources[location.key] = matched
        matched.occurrences.append(_occurrence(count, finding, words))
    return sources


def _matches(audit: Audit) -> Iterator[tuple[Finding, Source]]:
    for _, findings in kept_files(audit):
        for finding in findings:
            for source in finding.passage.sources:
                yield finding, source


def _occurrence(count: int, finding: Finding, words: str) -> Occurrence:
    span = finding.passage.span
    return Occurrence(
        bom_ref=f"match-{count:06}-{finding.id}",  # the library sorts by it
        location=one_line(finding.name),
        line=span.start_line,
        offset=span.start,
        additional_context=f"Finding {finding.id}. {words} {ruling_in_words(finding)}",
    )


def _component(matched: _MatchedSource) -> Component:
    location, source = matched.location, matched.source
    name, path = source_name(location), one_line(location.path)
    properties = {
        "whence:license": evidence_in_words(location.license),
        "whence:notice": notice(source),
        "whence:places": other_occurrences(source, location),  # words: allow
        "whence:kind": str(source.kind),
    }
    return Component(
        type=ComponentType.FILE,
        bom_ref=f"source-{location.key}",
        group=name if path else None,
        name=path or name,
        version=one_line(location.revision) or None,
        purl=_purl(location),
        swhids=[Swhid(location.document)],
        licenses=_licenses(location, LicenseAcknowledgement.DECLARED),
        external_references=list(_references(location)),
        evidence=ComponentEvidence(
            identity=_identities(matched),
            occurrences=matched.occurrences,
            licenses=_licenses(location, None),
            copyright=[Copyright(text=line) for line in location.copyright],
        ),
        copyright="\n".join(location.copyright) or None,
        properties=[
            Property(name=name, value=value) for name, value in properties.items() if value
        ],
    )


def _licenses(
    location: SourceLocation, acknowledgement: LicenseAcknowledgement | None
) -> list[License]:
    license_ = location.license.expression
    if license_ == NOASSERTION:
        return []
    if normalize_license(license_) == license_:  # an expression of the SPDX list
        return [LicenseExpression(license_, acknowledgement=acknowledgement)]
    return [DisjunctiveLicense(name=one_line(license_), acknowledgement=acknowledgement)]


def _identities(matched: _MatchedSource) -> list[Identity]:
    """The content by its SWHID and the occurrence by its purl, as certain as the match."""
    confidence = Decimal(str(round(matched.source.confidence, 4)))
    method = Method(
        technique=AnalysisTechnique.SOURCE_CODE_ANALYSIS, confidence=confidence, value=matched.words
    )
    values = {IdentityField.SWHID: matched.location.document}
    purl = _purl(matched.location)
    if purl is not None:
        values[IdentityField.PURL] = purl.to_string()
    return [
        Identity(field=field, confidence=confidence, concluded_value=value, methods=[method])
        for field, value in values.items()
    ]


def _references(location: SourceLocation) -> Iterator[ExternalReference]:
    origin = location.occurrence.origin if location.occurrence else ""
    if _ADDRESS.fullmatch(origin):
        yield ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(origin))
    url = (location.citation.url or "").partition("#")[0]  # lines differ between passages
    if _ADDRESS.fullmatch(url):
        yield ExternalReference(
            type=ExternalReferenceType.OTHER, url=XsUri(url), comment="permanent address"
        )


def _purl(location: SourceLocation) -> PackageURL | None:
    text = location.citation.purl
    try:
        return PackageURL.from_string(text) if text else None
    except ValueError:  # what a corpus contains may be malformed
        return None
