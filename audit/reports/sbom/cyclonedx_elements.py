"""A CycloneDX document: a component for each source, and as its evidence the passages like it.

A component is the file that the code is from (type `file`: group = repository, name = path,
version = revision) with its purl, SWHID and licence. `evidence.occurrences` says where in the
audited code it is found, `evidence.identity` how surely. The library (cyclonedx-python-lib) knows
neither `annotations` nor `compositions`: what was not checked stands in properties.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from cyclonedx.model import ExternalReference, ExternalReferenceType, Property, XsUri
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

from attribution.citation import notice
from attribution.errors import ReportError
from attribution.licenses import NOASSERTION
from attribution.types import Source
from audit.reports.interface import Audit
from audit.reports.safe_text import one_line
from audit.reports.sbom.sources import Place, document_uuid, is_expression, kept_files, place_of
from audit.reports.sbom.words import (
    account,
    evidence_in_words,
    match_in_words,
    other_places,
    ruling_in_words,
)
from audit.types import Finding

__all__ = ["MAX_MATCHES", "MAX_SOURCES", "ROOT", "CycloneDxElements"]

_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})*)?"
)

ROOT = "audited"  # bom-ref of what was audited
MAX_MATCHES = 100_000  # a component needs all its passages, so they are held: about 4 kB each
MAX_SOURCES = 20_000  # the library takes 6-9 ms to write and validate one: three minutes
_PART = 50  # components; the validator compares each with each


@dataclass(slots=True)
class _Found:
    """A source, and the passages like it."""

    place: Place
    source: Source  # of the surest match
    words: str  # of the surest match
    confidence: float  # of the surest match
    occurrences: list[Occurrence] = field(default_factory=list)


class CycloneDxElements:
    """Makes the parts of one document, each of them complete in itself."""

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
                Property(name="whence:account", value="\n".join(account(audit))),
                Property(name="whence:complete", value=str(summary.exit_code != 2).lower()),
            ],
        )

    def parts(self) -> Iterator[Bom]:
        """The document without components, then documents of some components each."""
        yield self._part([])
        found = iter(_sources(self._audit).values())
        while some := list(itertools.islice(found, _PART)):
            yield self._part([_component(one) for one in some])

    def _part(self, components: list[Component]) -> Bom:
        bom = Bom(serial_number=self._serial_number, metadata=self._metadata, components=components)
        bom.register_dependency(self._root, components)
        return bom


def _sources(audit: Audit) -> dict[str, _Found]:
    """All sources by key, each with the passages like it."""
    sources: dict[str, _Found] = {}
    for count, (finding, source) in enumerate(_matches(audit)):
        if count == MAX_MATCHES or len(sources) > MAX_SOURCES:
            raise ReportError(
                f"report cyclonedx: more than {MAX_MATCHES:,} matches or {MAX_SOURCES:,} sources, "
                "which its library cannot write in reasonable time and memory. Audit parts of the "
                "code, or use --report spdx or json"
            )
        place = place_of(source)
        found = sources.get(place.key)
        if found is None or source.confidence > found.confidence:
            words = match_in_words(finding, source, place)
            known = found.occurrences if found else []
            found = _Found(place, source, words, source.confidence, known)
            sources[place.key] = found
        found.occurrences.append(_occurrence(count, finding, source, place))
    return sources


def _matches(audit: Audit) -> Iterator[tuple[Finding, Source]]:
    for _, findings in kept_files(audit):
        for finding in findings:
            for source in finding.passage.sources:
                yield finding, source


def _occurrence(count: int, finding: Finding, source: Source, place: Place) -> Occurrence:
    span = finding.passage.span
    return Occurrence(
        bom_ref=f"match-{count:06}-{finding.id}",  # the library sorts by it
        location=one_line(finding.name),
        line=span.start_line,
        offset=span.start,
        additional_context=f"Finding {finding.id}. {match_in_words(finding, source, place)} "
        f"{ruling_in_words(finding)}",
    )


def _component(found: _Found) -> Component:
    place, source = found.place, found.source
    occurrence = place.occurrence
    path = one_line(occurrence.path) if occurrence else ""
    properties = {
        "whence:license": evidence_in_words(place.license),
        "whence:notice": notice(source),
        "whence:places": other_places(source, place),
        "whence:kind": str(source.kind),
    }
    return Component(
        type=ComponentType.FILE,
        bom_ref=f"source-{place.key}",
        group=place.name if path else None,
        name=path or place.name,
        version=one_line(occurrence.revision) if occurrence and occurrence.revision else None,
        purl=_purl(place),
        swhids=[Swhid(place.document)],
        licenses=_licenses(place, LicenseAcknowledgement.DECLARED),
        external_references=list(_references(place)),
        evidence=ComponentEvidence(
            identity=list(_identities(found)),
            occurrences=found.occurrences,
            licenses=_licenses(place, None),
        ),
        properties=[
            Property(name=name, value=value) for name, value in properties.items() if value
        ],
    )


def _licenses(place: Place, acknowledgement: LicenseAcknowledgement | None) -> list[License]:
    license_ = place.license.expression
    if license_ == NOASSERTION:
        return []
    if is_expression(license_):
        return [LicenseExpression(license_, acknowledgement=acknowledgement)]
    return [DisjunctiveLicense(name=one_line(license_), acknowledgement=acknowledgement)]


def _identities(found: _Found) -> Iterator[Identity]:
    """The content by its SWHID, and the place by its purl; both no surer than the match is."""
    confidence = Decimal(str(round(found.confidence, 4)))
    method = Method(
        technique=AnalysisTechnique.SOURCE_CODE_ANALYSIS, confidence=confidence, value=found.words
    )
    purl = _purl(found.place)
    yield Identity(
        field=IdentityField.SWHID,
        confidence=confidence,
        concluded_value=found.place.document,
        methods=[method],
    )
    if purl is not None:
        yield Identity(
            field=IdentityField.PURL,
            confidence=confidence,
            concluded_value=purl.to_string(),
            methods=[method],
        )


def _references(place: Place) -> Iterator[ExternalReference]:
    origin = place.occurrence.origin if place.occurrence else ""
    if _ADDRESS.fullmatch(origin):
        yield ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(origin))
    # without its lines, which differ by passage
    url = ((place.citation and place.citation.url) or "").partition("#")[0]
    if _ADDRESS.fullmatch(url):
        yield ExternalReference(
            type=ExternalReferenceType.OTHER, url=XsUri(url), comment="permanent address"
        )


def _purl(place: Place) -> PackageURL | None:
    text = place.citation.purl if place.citation else None
    try:
        return PackageURL.from_string(text) if text else None
    except ValueError:  # what a corpus gives need not be well-formed
        return None
