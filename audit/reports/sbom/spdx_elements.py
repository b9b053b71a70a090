"""The elements of an SPDX 2.3 document: a part for each file, with its snippets and sources.

A snippet is a passage; a source is a Package with the purpose FILE, named by purl and SWHID. Their
relationship is COPY_OF for a verbatim match and VARIANT_OF ("same lineage, but it is not clear
which came first") for a renamed or edited one. A match does not show who wrote the code first, so
DESCENDANT_OF and GENERATED_FROM are not used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
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

from attribution.licensing.expressions import license_ids
from attribution.notice import notice
from attribution.types import MatchKind
from audit.reports.interface import Audit
from audit.reports.safe_text import one_line
from audit.reports.sbom.contents import (
    document_uuid,
    evidence_in_words,
    match_in_words,
    other_occurrences,
    ruling_in_words,
    run_remarks,
    source_name,
    warnings_of,
)
from audit.reports.sbom.spdx_licenses import SpdxLicenses
from audit.reports.source_location import SourceLocation, locate
from audit.types import FileReport, Finding

__all__ = ["DOCUMENT", "ROOT", "SpdxElements"]

DOCUMENT = "SPDXRef-DOCUMENT"
ROOT = "SPDXRef-Audited"

# SPDX 2.3 requires a SHA-1 of each file. Git's null id belongs to no text.
NO_SHA1 = "0" * 40

_NAMESPACE = "https://spdx.org/spdxdocs/whence-audit-"  # SPDX's own, for those without a site

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
            document_comment="\n".join(run_remarks(audit)),
        )
        self._root = Package(
            spdx_id=ROOT,
            name=root or "audited code",
            download_location=SpdxNoAssertion(),
            license_concluded=SpdxNoAssertion(),
            license_declared=SpdxNoAssertion(),
            copyright_text=SpdxNoAssertion(),
            comment="What was audited. Only files with third-party code are listed.",
        )

    def part(self, file: FileReport | None = None, findings: tuple[Finding, ...] = ()) -> Document:
        """A complete document of one file, or of the root alone."""
        document = Document(self._info, packages=[self._root])
        document.relationships.append(Relationship(DOCUMENT, RelationshipType.DESCRIBES, ROOT))
        if file is not None:
            self._add_file(document, file, findings)
        return document

    def _add_file(
        self, document: Document, file: FileReport, findings: tuple[Finding, ...]
    ) -> None:
        file_id = self._unique(f"SPDXRef-File-{_digest(file.name)}")
        deciding = [locate(f.passage.sources[f.ruling.source]) for f in findings]
        document.files.append(_file(file_id, file, deciding))
        document.relationships.append(Relationship(ROOT, RelationshipType.CONTAINS, file_id))
        expressions: list[str] = []
        sources: dict[str, Package] = {}
        for finding in findings:
            snippet_id = self._unique(f"SPDXRef-Snippet-{finding.id}")
            locations = [locate(source) for source in finding.passage.sources]
            document.snippets.append(self._snippet(snippet_id, file_id, finding, locations))
            for source, location in zip(finding.passage.sources, locations, strict=True):
                source_id = f"SPDXRef-Source-{location.key}"
                if source_id not in sources:
                    sources[source_id] = self._source(source_id, location)
                document.relationships.append(
                    Relationship(
                        snippet_id,
                        _RELATIONS[source.kind],
                        source_id,
                        match_in_words(finding, source, location),
                    )
                )
                license_ = location.license.expression
                expressions += license_, *license_ids(license_)
            expressions.append(finding.ruling.license)
        document.packages.extend(sources.values())
        document.extracted_licensing_info.extend(self._licenses.explanations(expressions))

    def _snippet(
        self, snippet_id: str, file_id: str, finding: Finding, locations: list[SourceLocation]
    ) -> Snippet:
        span, sources = finding.passage.span, finding.passage.sources
        deciding = locations[finding.ruling.source]
        others = [other_occurrences(*pair) for pair in zip(sources, locations, strict=True)]
        concluded = "NOASSERTION" if deciding.license.conflict else finding.ruling.license
        expressions = [location.license.expression for location in locations]
        return Snippet(
            spdx_id=snippet_id,
            file_spdx_id=file_id,
            # both ends count from 1 and are inclusive
            byte_range=(span.start + 1, max(span.end, span.start + 1)),
            line_range=(span.start_line, max(span.end_line, span.start_line)),
            license_concluded=self._licenses.of(concluded),
            license_info_in_snippet=self._licenses.parts_of(expressions),
            license_comment=evidence_in_words(deciding.license),
            copyright_text=_copyright([deciding]),
            comment="\n".join([ruling_in_words(finding), *filter(None, others)]),
            name=f"{one_line(finding.name)} lines {span.start_line}-{span.end_line}",
            attribution_texts=list(dict.fromkeys(notice(source) for source in sources)),
        )

    def _source(self, source_id: str, location: SourceLocation) -> Package:
        return Package(
            spdx_id=source_id,
            name=source_name(location),
            download_location=_download_location(location),
            version=one_line(location.revision) or None,
            file_name=one_line(location.path) if location.occurrence else None,
            files_analyzed=False,
            homepage=_homepage(location),
            license_concluded=self._licenses.of(location.concluded_license),
            license_declared=self._licenses.of(location.license.expression),
            license_comment=evidence_in_words(location.license),
            copyright_text=_copyright([location]),
            comment=f"The source as the index has it: {location.document}",
            external_references=_references(location),
            primary_package_purpose=PackagePurpose.FILE,
        )

    def _unique(self, spdx_id: str) -> str:
        """The id, with a number if it was used before: generations may share a name."""
        count = self._ids[spdx_id] = self._ids.get(spdx_id, 0) + 1
        return spdx_id if count == 1 else f"{spdx_id}-{count}"


def _copyright(locations: Iterable[SourceLocation]) -> str | SpdxNoAssertion:
    lines = dict.fromkeys(line for location in locations for line in location.copyright)
    return "\n".join(lines) or SpdxNoAssertion()


def _file(file_id: str, file: FileReport, deciding: Iterable[SourceLocation]) -> File:
    remarks = warnings_of(file)
    if not file.sha1:
        remarks.append("Its SHA-1 is not known; the zeros are a placeholder.")
    return File(
        name=f"./{one_line(file.name)}",
        spdx_id=file_id,
        checksums=[Checksum(ChecksumAlgorithm.SHA1, file.sha1 or NO_SHA1)],
        file_types=[FileType.SOURCE],
        license_concluded=SpdxNoAssertion(),
        license_info_in_file=[SpdxNoAssertion()],
        copyright_text=_copyright(deciding),
        comment="\n".join(remarks) or None,
    )


def _download_location(location: SourceLocation) -> str | SpdxNoAssertion:
    """`git+https://...@revision#path` if the origin is a repository on the web."""
    occurrence = location.occurrence
    if occurrence is None or not occurrence.origin.startswith("https://"):
        return SpdxNoAssertion()
    address = "git+" + quote(occurrence.origin, safe=":/~", errors="surrogateescape")
    if occurrence.revision:
        address += "@" + quote(occurrence.revision, safe="", errors="surrogateescape")
    address += "#" + quote(occurrence.path, errors="surrogateescape")
    return SpdxNoAssertion() if validate_download_location(address) else address


def _homepage(location: SourceLocation) -> str | None:
    """The permanent URL of the file, without lines because they differ between snippets."""
    url = (location.citation.url or "").partition("#")[0]
    return url if url and url.isprintable() and not validate_url(url) else None


def _references(location: SourceLocation) -> list[ExternalPackageRef]:
    references = [
        ExternalPackageRef(ExternalPackageRefCategory.PERSISTENT_ID, "swh", location.document)
    ]
    purl = location.citation.purl
    if purl is not None and purl.isprintable():
        references.append(
            ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", purl)
        )
    return references


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
