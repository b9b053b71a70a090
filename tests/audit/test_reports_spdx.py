"""SPDX 2.3, read back and validated by spdx-tools."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.parser.json.json_parser import parse_from_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from attribution.errors import ReportError
from attribution.types import Holder, MatchKind
from audit.reports.formats import open_report
from audit.reports.sbom import spdx
from audit.types import FileReport, FileState, Severity
from tests.support.audit_runs import (
    HOSTILE_NAME,
    FakeAudit,
    many_findings,
    sample_audit,
    sample_finding,
    sample_source,
)
from tests.support.sbom_audits import HOSTILE_AUDITS, of, one

DOCS = Path(__file__).parents[2] / "docs" / "reports"


def written(audit: FakeAudit) -> dict[str, Any]:
    stream = io.BytesIO()
    open_report("spdx").write(audit, stream)
    document: dict[str, Any] = json.loads(stream.getvalue())
    return document


def parsed(document: dict[str, Any], tmp_path: Path) -> Document:
    """The document as spdx-tools reads it; the validator has nothing to say."""
    path = tmp_path / "audit.spdx.json"
    path.write_text(json.dumps(document), "utf-8")
    read = parse_from_file(str(path))
    assert validate_full_spdx_document(read) == []
    return read


@pytest.mark.parametrize("audit", HOSTILE_AUDITS)
def test_spdx_tools_read_it_back_and_find_nothing_wrong(audit: FakeAudit, tmp_path: Path) -> None:
    read = parsed(written(audit), tmp_path)
    assert read.creation_info.spdx_version == "SPDX-2.3"
    assert read.packages


def test_spdx_tools_would_write_the_same(tmp_path: Path) -> None:
    from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter

    document = written(sample_audit())
    assert DocumentConverter().convert(parsed(document, tmp_path)) == document


def test_all_that_was_kept_is_listed_and_nothing_else() -> None:
    names = {snippet["name"] for snippet in written(sample_audit())["snippets"]}
    assert "src/allowed.py lines 3-5" in names  # allowed
    assert "src/copied.c lines 10-12" in names  # open
    assert "src/decided.py lines 1-4" in names  # accepted
    assert "src/decided.py lines 20-23" in names  # attributed
    assert "src/decided.py lines 12-15" not in names  # dismissed: no copy


def test_own_code_is_not_listed() -> None:
    own = sample_finding("a.py", 1, [sample_source("MIT")], "allowed", Severity.NONE, rule="own")
    assert "Snippet-" not in json.dumps(written(of(own)))


def test_ranges_count_from_one_and_are_inclusive(tmp_path: Path) -> None:
    finding = sample_finding("a.py", 10, [sample_source("MIT")], "denied", Severity.ERROR)
    span = finding.passage.span
    snippet = parsed(written(of(finding)), tmp_path).snippets[0]
    assert snippet.byte_range == (span.start + 1, span.end)
    assert snippet.line_range == (span.start_line, span.end_line)


@pytest.mark.parametrize(
    ("kind", "relation"),
    [
        (MatchKind.VERBATIM, "COPY_OF"),
        (MatchKind.RENAMED, "VARIANT_OF"),
        (MatchKind.EDITED, "VARIANT_OF"),
        (MatchKind.SIMILAR, "OTHER"),
    ],
)
def test_relationships_say_no_more_than_the_match(kind: MatchKind, relation: str) -> None:
    audit = one(sample_source("MIT", kind=kind))
    relations = [
        r
        for r in written(audit)["relationships"]
        if r["spdxElementId"].startswith("SPDXRef-Snippet-")
    ]
    assert [r["relationshipType"] for r in relations] == [relation]
    assert "like lines 88-90 of src/area.py of octo/shapes" in relations[0]["comment"]


def test_a_source_is_named_for_machines() -> None:
    document = written(one(sample_source("MIT")))
    source = next(p for p in document["packages"] if p["name"] == "octo/shapes")
    locators = {ref["referenceType"]: ref["referenceLocator"] for ref in source["externalRefs"]}
    assert locators["purl"].startswith("pkg:github/octo/shapes@")
    assert locators["purl"].endswith("#src/area.py")
    assert locators["swh"].startswith("swh:1:cnt:")
    assert source["downloadLocation"].startswith("git+https://github.com/octo/shapes@")
    assert source["packageFileName"] == "src/area.py"


def test_a_source_is_described_once_however_often_it_was_copied() -> None:
    findings = [
        sample_finding(f"{i}.py", 1, [sample_source("MIT")], "denied", Severity.ERROR)
        for i in range(3)
    ]
    document = written(of(*findings))
    assert len(document["packages"]) == 2  # what was audited, and the source


@pytest.mark.parametrize(
    ("license_", "conflict", "concluded", "declared"),
    [
        ("MIT OR Apache-2.0", None, "MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("NOASSERTION", None, "NOASSERTION", "NOASSERTION"),
        ("MIT", "file header says MIT, license file says GPL-2.0-only", "NOASSERTION", "MIT"),
        ("LicenseRef-Proprietary", None, "LicenseRef-Proprietary", "LicenseRef-Proprietary"),
    ],
)
def test_licences_are_concluded_where_nothing_contradicts(
    license_: str, conflict: str | None, concluded: str, declared: str
) -> None:
    audit = one(sample_source(license_, conflict=conflict))
    document = written(audit)
    assert document["snippets"][0]["licenseConcluded"] == concluded
    assert document["packages"][1]["licenseConcluded"] == concluded
    assert document["packages"][1]["licenseDeclared"] == declared
    if conflict:
        assert conflict in document["snippets"][0]["licenseComments"]
    if license_ == "MIT OR Apache-2.0":
        assert document["snippets"][0]["licenseInfoInSnippets"] == ["Apache-2.0", "MIT"]


def test_a_licence_that_the_list_lacks_becomes_an_explained_reference() -> None:
    audit = one(sample_source("Our House Licence v2"), license_="Our House Licence v2")
    document = written(audit)
    explained = document["hasExtractedLicensingInfos"]
    assert [e["name"] for e in explained] == ["Our House Licence v2"]
    assert explained[0]["licenseId"].startswith("LicenseRef-whence-Our-House-Licence-v2-")
    assert document["snippets"][0]["licenseConcluded"] == explained[0]["licenseId"]


def test_a_file_has_its_hash_if_it_is_known() -> None:
    digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    finding = sample_finding("a.py", 1, [sample_source("MIT")], "denied", Severity.ERROR)
    audit = FakeAudit([FileReport("a.py", FileState.CHECKED, findings=(finding,), sha1=digest)])
    assert written(audit)["files"][0]["checksums"][0]["checksumValue"] == digest
    unknown = written(of(finding))["files"][0]
    assert unknown["checksums"][0]["checksumValue"] == "0" * 40
    assert "not known" in unknown["comment"]


def test_unchecked_files_index_and_limits_are_included() -> None:
    text = json.dumps(written(sample_audit()))
    assert "Not checked: src/locked.py: unreadable: permission denied" in text
    assert "Partly checked: src/big.py: more than 200,000 tokens" in text
    assert "sample corpus" in text
    assert "1 finding dismissed, not listed here" in text
    assert "Equal code may have been written independently." in text


def test_names_forge_no_line() -> None:
    text = json.dumps(written(sample_audit()), ensure_ascii=False)
    assert HOSTILE_NAME.partition("/")[2].partition("\n")[0].replace('"', '\\"') in text
    assert "<U+202E>" in text
    assert "\u202e" not in text


def test_generations_may_share_a_name(tmp_path: Path) -> None:
    finding = sample_finding("1", 1, [sample_source("MIT")], "denied", Severity.ERROR)
    document = written(of(finding, finding))
    assert len(parsed(document, tmp_path).snippets) == 2


def test_a_run_has_one_document_and_another_run_another() -> None:
    audit = sample_audit()
    assert written(audit) == written(audit)
    later = FakeAudit(list(audit.files()), replace(audit.summary, began="2026-11-22T10:00:00Z"))
    assert written(audit) != written(later)


def test_parts_are_validated_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def validate(document: Document) -> list[Any]:
        sizes.append(len(document.snippets))
        return validate_full_spdx_document(document)

    monkeypatch.setattr(spdx, "validate_full_spdx_document", validate)
    document = written(many_findings(60, per_file=4))
    assert len(document["snippets"]) == sum(sizes) == 60
    assert max(sizes) == 4  # a file's: the validator takes quadratic time


def test_a_document_that_is_not_valid_is_not_written() -> None:
    finding = sample_finding("a.py", 1, [sample_source("MIT")], "denied", Severity.ERROR)
    audit = FakeAudit([FileReport("a.py", FileState.CHECKED, findings=(finding,), sha1="no hash")])
    stream = io.BytesIO()
    with pytest.raises(ReportError, match=r"not valid: value of .*SHA1.*--report json"):
        open_report("spdx").write(audit, stream)
    assert stream.getvalue() == b""


def test_a_missing_library_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [m for m in sys.modules if m.startswith("audit.reports.sbom.spdx")]:
        monkeypatch.delitem(sys.modules, module)
    for module in [m for m in sys.modules if m.partition(".")[0] == "spdx_tools"]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "spdx_tools", None)
    with pytest.raises(ReportError, match=r"-m pip install .*cyclonedx-python-lib"):
        open_report("spdx").write(sample_audit(), io.BytesIO())


def test_the_page_of_the_format_names_what_it_writes() -> None:
    page = (DOCS / "spdx.md").read_text("utf-8")
    assert "--report spdx=" in page
    document = written(sample_audit())
    keys = set(document["snippets"][0]) | set(document)
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_copyright_texts_are_the_holders_of_the_deciding_source(tmp_path: Path) -> None:
    holders = (Holder("2001", "Jane\nDoe"), Holder("", "Bo", "AUTHORS"))
    source = sample_source("MIT")
    held = replace(source, occurrences=(replace(source.occurrences[0], holders=holders),))
    document = written(one(held))
    parsed(document, tmp_path)
    text = (
        "Copyright (c) 2001 Jane<U+000A>Doe\n"
        "Author: Bo (named in AUTHORS; no copyright statement was found)"
    )
    assert [s["copyrightText"] for s in document["snippets"]] == [text]
    assert [f["copyrightText"] for f in document["files"]] == [text]
    assert text in {p["copyrightText"] for p in document["packages"]}
