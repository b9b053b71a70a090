"""The elements of an SPDX 2.3 document: a part for each file, with its snippets and sources.

A snippet is a passage; a source is a Package with the purpose FILE, named by purl and SWHID. The
relationship between both is COPY_OF for a verbatim match and VARIANT_OF ("same lineage, but it is
not clear which came first") for a renamed or edited one: a match alone does not tell who wrote
it first, so none is called DESCENDANT_OF or GENERATED_FROM.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import quote

from spdx_tools.spdx.model.actor import Actor, ActorType
from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
from spdx_tools.spdx.model.document import CreationInfo, Document
from spdx_tools.spdx.model.file import File, FileType
from spdx_tools.spdx.model.package import (
    ExternalPackageRef,
    ExternalPackageRefCategory,
    Package,
    PackagePurpose,
)
from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
from spdx_tools.spdx.model.snippet import Snippet
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
from spdx_tools.spdx.validation.uri_validators import validate_download_location, validate_url

from attribution.citation import notice
from attribution.licenses import license_ids
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

__all__ = ["DOCUMENT", "ROOT", "SpdxElements"]

DOCUMENT = "SPDXRef-DOCUMENT"
ROOT = "SPDXRef-Audited"

# SPDX 2.3 demands a SHA-1 of each file. Git's null id is no text's, and is known as such.
NO_SHA1 = "0" * 40

_NAMESPACE = "https://spdx.org/spdxdocs/whence-audit-"  # where SPDX has those without a site

_RELATIONS = {
    MatchKind.VERBATIM: RelationshipType.COPY_OF,
    MatchKind.RENAMED: RelationshipType.VARIANT_OF,
    MatchKind.EDITED: RelationshipType.VARIANT_OF,
    MatchKind.SIMILAR: RelationshipType.OTHER,
}


class SpdxElements:
    """Makes the parts of one document; ids are unique over all of them."""

    def __init__(self, audit: Audit) -> None:
        self._licenses = SpdxLicenses()
        self._ids: dict[str, int] = {}
        root = one_line(audit.summary.root)
        self._info = CreationInfo(
            spdx_version="SPDX-2.3",
            spdx_id=DOCUMENT,
            name=f"whence audit of {root}",
            document_namespace=f"{_NAMESPACE}{document_uuid(audit.summary, 'spdx')}",
            creators=[Actor(ActorType.TOOL, audit.summary.tool.replace(" ", "-"))],
            created=datetime.fromisoformat(audit.summary.began),
            document_comment="\n".join(account(audit)),
        )
        self._root = Package(
            spdx_id=ROOT,
            name=root or "audited code",
            download_location=SpdxNoAssertion(),
            license_concluded=SpdxNoAssertion(),
            license_declared=SpdxNoAssertion(),
            copyright_text=SpdxNoAssertion(),
            comment="What was audited. Only files with code kept from others are listed.",
        )

    def part(self, file: FileReport | None = None, findings: tuple[Finding, ...] = ()) -> Document:
        """A complete document of one file; without one, that of the root alone."""
        document = Document(self._info, packages=[self._root])
        document.relationships.append(Relationship(DOCUMENT, RelationshipType.DESCRIBES, ROOT))
        if file is not None:
            self._add_file(document, file, findings)
        return document

    def _add_file(
        self, document: Document, file: FileReport, findings: tuple[Finding, ...]
    ) -> None:
        file_id = self._unique(f"SPDXRef-File-{_digest(file.name)}")
        document.files.append(_file(file_id, file))
        document.relationships.append(Relationship(ROOT, RelationshipType.CONTAINS, file_id))
        expressions: list[str] = []
        sources: dict[str, Package] = {}
        for finding in findings:
            snippet_id = self._unique(f"SPDXRef-Snippet-{finding.id}")
            places = [place_of(source) for source in finding.passage.sources]
            document.snippets.append(self._snippet(snippet_id, file_id, finding, places))
            for source, place in zip(finding.passage.sources, places, strict=True):
                source_id = f"SPDXRef-Source-{place.key}"
                if source_id not in sources:
                    sources[source_id] = self._source(source_id, place)
                document.relationships.append(
                    Relationship(
                        snippet_id,
                        _RELATIONS[source.kind],
                        source_id,
                        match_in_words(finding, source, place),
                    )
                )
                expressions += place.license.expression, *license_ids(place.license.expression)
            expressions.append(finding.ruling.license)
        document.packages.extend(sources.values())
        document.extracted_licensing_info.extend(self._licenses.explanations(expressions))

    def _snippet(
        self, snippet_id: str, file_id: str, finding: Finding, places: list[Place]
    ) -> Snippet:
        span, sources = finding.passage.span, finding.passage.sources
        deciding = places[finding.ruling.source]
        others = [other_places(*pair) for pair in zip(sources, places, strict=True)]
        concluded: Any = self._licenses.of(
            "NOASSERTION" if deciding.license.conflict else finding.ruling.license
        )
        found: Any = self._licenses.parts_of([place.license.expression for place in places])
        return Snippet(
            spdx_id=snippet_id,
            file_spdx_id=file_id,
            # both ends counted from 1 and inclusive
            byte_range=(span.start + 1, max(span.end, span.start + 1)),
            line_range=(span.start_line, max(span.end_line, span.start_line)),
            license_concluded=concluded,
            license_info_in_snippet=found,
            license_comment=evidence_in_words(deciding.license),
            copyright_text=SpdxNoAssertion(),
            comment="\n".join([ruling_in_words(finding), *filter(None, others)]),
            name=f"{one_line(finding.name)} lines {span.start_line}-{span.end_line}",
            attribution_texts=list(dict.fromkeys(notice(source) for source in sources)),
        )

    def _source(self, source_id: str, place: Place) -> Package:
        declared: Any = self._licenses.of(place.license.expression)
        concluded: Any = self._licenses.of(place.concluded)
        occurrence = place.occurrence
        return Package(
            spdx_id=source_id,
            name=place.name,
            download_location=_download_location(place),
            version=one_line(occurrence.revision) if occurrence and occurrence.revision else None,
            file_name=one_line(occurrence.path) if occurrence else None,
            files_analyzed=False,
            homepage=_homepage(place),
            license_concluded=concluded,
            license_declared=declared,
            license_comment=evidence_in_words(place.license),
            copyright_text=SpdxNoAssertion(),
            comment=f"The source as the index has it: {place.document}",
            external_references=_references(place),
            primary_package_purpose=PackagePurpose.FILE,
        )

    def _unique(self, spdx_id: str) -> str:
        """The id, numbered where it was given before: generations may share a name."""
        count = self._ids[spdx_id] = self._ids.get(spdx_id, 0) + 1
        return spdx_id if count == 1 else f"{spdx_id}-{count}"


def _file(file_id: str, file: FileReport) -> File:
    remarks = remarks_on(file)
    if not file.sha1:
        remarks.append("Its SHA-1 is not known: the zeros stand for none.")
    return File(
        name=f"./{one_line(file.name)}",
        spdx_id=file_id,
        checksums=[Checksum(ChecksumAlgorithm.SHA1, file.sha1 or NO_SHA1)],
        file_types=[FileType.SOURCE],
        license_concluded=SpdxNoAssertion(),
        license_info_in_file=[SpdxNoAssertion()],
        copyright_text=SpdxNoAssertion(),
        comment="\n".join(remarks) or None,
    )


def _download_location(place: Place) -> str | SpdxNoAssertion:
    """`git+https://...@revision#path`, where the origin is a repository on the web."""
    occurrence = place.occurrence
    if occurrence is None or not occurrence.origin.startswith("https://"):
        return SpdxNoAssertion()
    location = "git+" + quote(occurrence.origin, safe=":/~", errors="surrogateescape")
    if occurrence.revision:
        location += "@" + quote(occurrence.revision, safe="", errors="surrogateescape")
    location += "#" + quote(occurrence.path, errors="surrogateescape")
    return SpdxNoAssertion() if validate_download_location(location) else location


def _homepage(place: Place) -> str | None:
    """The permanent address of the file; without lines, which differ by snippet."""
    url = place.citation.url.partition("#")[0] if place.citation and place.citation.url else None
    return None if url is None or not url.isprintable() or validate_url(url) else url


def _references(place: Place) -> list[ExternalPackageRef]:
    references = [
        ExternalPackageRef(ExternalPackageRefCategory.PERSISTENT_ID, "swh", place.document)
    ]
    purl = place.citation.purl if place.citation else None
    if purl is not None and purl.isprintable():
        references.append(
            ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", purl)
        )
    return references


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
