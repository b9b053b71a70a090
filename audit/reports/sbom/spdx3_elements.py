"""The elements of an SPDX 3.0.1 document, by the model that SPDX generates from its ontology.

The model (spdx-python-model) checks types, patterns and cardinalities as elements are made and
written. The `spdx3` part of spdx-tools is not used: it writes a draft of 2023, with names that
were dropped before 3.0 was released, and no reader of 3.0 takes it.

Relationships go from the source to the snippet, as SPDX 3 words them: `copiedTo` for a verbatim
match, `hasVariant` for a renamed or edited one, `other` for one that is merely similar.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, TypeVar

from spdx_python_model.bindings import v3_0_1 as model

from attribution.citation import notice
from attribution.licenses import NOASSERTION
from attribution.types import MatchKind
from audit.reports.interface import Audit
from audit.reports.safe_text import one_line
from audit.reports.sbom.sources import Place, document_uuid, place_of
from audit.reports.sbom.spdx_licenses import SpdxLicenses
from audit.reports.sbom.words import (
    account,
    evidence_in_words,
    match_in_words,
    other_places,
    remarks_on,
    ruling_in_words,
)
from audit.types import FileReport, Finding

__all__ = ["CONTEXT", "Spdx3Elements"]

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"

_NO_LICENSE = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
_DATA_LICENSE = "CC0-1.0"
_Made = TypeVar("_Made", bound=model.Element)
_RELATIONS = {
    MatchKind.VERBATIM: model.RelationshipType.copiedTo,
    MatchKind.RENAMED: model.RelationshipType.hasVariant,
    MatchKind.EDITED: model.RelationshipType.hasVariant,
    MatchKind.SIMILAR: model.RelationshipType.other,
}


class Spdx3Elements:
    """Makes the elements of one document, a file at a time; each id is made once."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._licenses = SpdxLicenses()
        self._seen: set[str] = set()  # ids of sources, licences and the creation
        self._counts: dict[str, int] = {}
        self._listed: list[str] = []  # what the bill of materials holds
        space = f"https://spdx.org/spdxdocs/whence-audit-{document_uuid(audit.summary, 'spdx3')}"
        self._space = f"{space}#"
        self._root = self._id("Audited")
        self._tool = self._id("Tool")
        self._creation = model.CreationInfo(
            specVersion="3.0.1",
            created=datetime.fromisoformat(audit.summary.began),
            createdBy=[self._id("Agent")],
            createdUsing=[self._tool],
        )

    def head(self) -> list[dict[str, Any]]:
        """The creation, who made it, and what was audited."""
        summary = self._audit.summary
        name = one_line(summary.root) or "audited code"
        return self._encoded(
            [
                self._made(model.SoftwareAgent, "Agent", name=summary.tool),
                self._made(model.Tool, "Tool", name=summary.tool),
                self._made(
                    model.software_Package,
                    "Audited",
                    name=name,
                    comment="Only files with code kept from others are listed.",
                ),
                self._made(
                    model.Annotation,
                    "Account",
                    subject=self._root,
                    annotationType=model.AnnotationType.other,
                    statement="\n".join(account(self._audit)),
                ),
            ]
        )

    def part(self, file: FileReport, findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
        """A file, its snippets, and those of their sources and licences that are new."""
        file_name = self._unique(f"File-{_digest(file.name)}")
        file_id = self._id(file_name)
        made = [
            self._file(file_name, file),
            self._relation(self._root, model.RelationshipType.contains, [file_id]),
        ]
        self._listed.append(file_id)
        for finding in findings:
            made += self._finding(file_id, finding)
        return self._encoded(made)

    def tail(self) -> list[dict[str, Any]]:
        """The bill of materials with all that it lists, and the document around it."""
        profiles = [
            model.ProfileIdentifierType.core,
            model.ProfileIdentifierType.software,
            model.ProfileIdentifierType.simpleLicensing,
        ]
        made, data_license = self._license(_DATA_LICENSE)
        made += [
            self._made(
                model.software_Sbom,
                "Sbom",
                rootElement=[self._root],
                element=[self._root, *self._listed],
                profileConformance=profiles,
                software_sbomType=[model.software_SbomType.analyzed],
            ),
            self._made(
                model.SpdxDocument,
                "Document",
                name=f"whence audit of {one_line(self._audit.summary.root)}",
                rootElement=[self._id("Sbom")],
                profileConformance=profiles,
                dataLicense=data_license,
            ),
        ]
        return self._encoded(made)

    def _finding(self, file_id: str, finding: Finding) -> list[model.SHACLObject]:
        span, sources = finding.passage.span, finding.passage.sources
        name = self._unique(f"Snippet-{finding.id}")
        snippet_id = self._id(name)
        self._listed.append(snippet_id)
        places = [place_of(source) for source in sources]
        others = [other_places(*pair) for pair in zip(sources, places, strict=True)]
        made: list[model.SHACLObject] = [
            self._made(
                model.software_Snippet,
                name,
                name=f"{one_line(finding.name)} lines {span.start_line}-{span.end_line}",
                comment="\n".join([ruling_in_words(finding), *filter(None, others)]),
                software_snippetFromFile=file_id,
                # both ends counted from 1 and inclusive
                software_byteRange=_range(span.start + 1, span.end),
                software_lineRange=_range(span.start_line, span.end_line),
                software_attributionText=list(dict.fromkeys(map(notice, sources))),
            )
        ]
        deciding = places[finding.ruling.source]
        made += self._licensed(
            snippet_id,
            model.RelationshipType.hasConcludedLicense,
            NOASSERTION if deciding.license.conflict else finding.ruling.license,
            evidence_in_words(deciding.license),
        )
        for source, place in zip(sources, places, strict=True):
            source_id = self._id(f"Source-{place.key}")
            if source_id not in self._seen:
                made += self._source(source_id, place)
            words = match_in_words(finding, source, place)
            made.append(self._relation(source_id, _RELATIONS[source.kind], [snippet_id], words))
        return made

    def _file(self, name: str, file: FileReport) -> model.SHACLObject:
        hashes = [model.Hash(algorithm=model.HashAlgorithm.sha1, hashValue=file.sha1)]
        return self._made(
            model.software_File,
            name,
            name=f"./{one_line(file.name)}",
            comment="\n".join(remarks_on(file)) or None,
            software_primaryPurpose=model.software_SoftwarePurpose.source,
            verifiedUsing=hashes if file.sha1 else [],
        )

    def _source(self, source_id: str, place: Place) -> list[model.SHACLObject]:
        self._seen.add(source_id)
        self._listed.append(source_id)
        occurrence, citation = place.occurrence, place.citation
        purl = citation.purl if citation and citation.purl and citation.purl.isascii() else None
        url = citation.url if citation and citation.url and citation.url.isascii() else None
        package = self._made(
            model.software_Package,
            f"Source-{place.key}",
            name=place.name,
            comment=f"File {one_line(occurrence.path)}" if occurrence else None,
            software_primaryPurpose=model.software_SoftwarePurpose.file,
            software_packageVersion=one_line((occurrence and occurrence.revision) or "") or None,
            software_packageUrl=purl,
            software_homePage=url.partition("#")[0] if url else None,
            externalIdentifier=[
                model.ExternalIdentifier(
                    externalIdentifierType=model.ExternalIdentifierType.swhid,
                    identifier=place.document,
                )
            ],
        )
        words = evidence_in_words(place.license)
        kinds = model.RelationshipType
        return [
            package,
            *self._licensed(source_id, kinds.hasDeclaredLicense, place.license.expression, words),
            *self._licensed(source_id, kinds.hasConcludedLicense, place.concluded, words),
        ]

    def _licensed(self, of: str, kind: str, expression: str, words: str) -> list[model.SHACLObject]:
        made, license_id = self._license(expression)
        return [*made, self._relation(of, kind, [license_id], words)]

    def _license(self, expression: str) -> tuple[list[model.SHACLObject], str]:
        """The id of a licence, with its elements when it is met for the first time."""
        if expression == NOASSERTION:
            return [], _NO_LICENSE
        license_id = self._id(f"License-{_digest(expression)}")
        if license_id in self._seen:
            return [], license_id
        self._seen.add(license_id)
        parsed = str(self._licenses.of(expression))
        made: list[model.SHACLObject] = []
        texts = []
        for explanation in self._licenses.explanations([expression]):
            name = f"LicenseText-{_digest(explanation.license_id or '')}"
            texts.append(model.DictionaryEntry(key=explanation.license_id, value=self._id(name)))
            if self._id(name) not in self._seen:
                self._seen.add(self._id(name))
                made.append(
                    self._made(
                        model.simplelicensing_SimpleLicensingText,
                        name,
                        name=str(explanation.license_name),
                        simplelicensing_licenseText=explanation.extracted_text,
                    )
                )
        made.append(
            model.simplelicensing_LicenseExpression(
                spdxId=license_id,
                creationInfo=self._creation,
                simplelicensing_licenseExpression=parsed,
                simplelicensing_customIdToUri=texts,
            )
        )
        return made, license_id

    def _relation(
        self, of: str, kind: str, to: list[str], comment: str | None = None
    ) -> model.Relationship:
        name = self._unique(f"Relation-{_digest(of + kind + to[0])}")
        return self._made(
            model.Relationship, name, from_=of, relationshipType=kind, to=to, comment=comment
        )

    def _made(self, kind: type[_Made], key: str, /, **fields: Any) -> _Made:
        known = {name: value for name, value in fields.items() if value is not None}
        return kind(spdxId=self._id(key), creationInfo=self._creation, **known)

    def _encoded(self, objects: list[model.SHACLObject]) -> list[dict[str, Any]]:
        """As JSON-LD; the creation, which each part repeats, once."""
        data = model.JSONLDSerializer().serialize_data(model.SHACLObjectSet(objects), True)
        graph: list[dict[str, Any]] = data["@graph"]
        new = [e for e in graph if "@id" not in e or e["@id"] not in self._seen]
        self._seen.update(e["@id"] for e in new if "@id" in e)
        return new

    def _id(self, name: str) -> str:
        return self._space + name

    def _unique(self, name: str) -> str:
        """The name, numbered where it was given before: generations may share one."""
        count = self._counts[name] = self._counts.get(name, 0) + 1
        return name if count == 1 else f"{name}-{count}"


def _range(first: int, last: int) -> model.PositiveIntegerRange:
    return model.PositiveIntegerRange(beginIntegerRange=first, endIntegerRange=max(first, last))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
