"""CycloneDX 1.6, validated whole against its strict schema and read back by its library."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from attribution.errors import ReportError
from attribution.types import Holder
from audit.reports.formats import open_report
from audit.reports.sbom import cyclonedx, cyclonedx_elements
from audit.types import Severity
from tests.support.audit_runs import (
    FakeAudit,
    many_findings,
    sample_audit,
    sample_finding,
    sample_source,
)
from tests.support.sbom_audits import HOSTILE_AUDITS, of, one

PAGE = Path(__file__).parents[2] / "docs" / "reports" / "cyclonedx.md"


def written(audit: FakeAudit) -> dict[str, Any]:
    stream = io.BytesIO()
    open_report("cyclonedx").write(audit, stream)
    document: dict[str, Any] = json.loads(stream.getvalue())
    return document


def component(audit: FakeAudit) -> dict[str, Any]:
    """The only component."""
    (only,) = written(audit)["components"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize("audit", HOSTILE_AUDITS)
def test_it_is_valid_and_the_library_reads_it_back(audit: FakeAudit) -> None:
    document = written(audit)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document))
    assert problem is None
    read = Bom.from_json(document)  # type: ignore[attr-defined]
    assert read is not None
    assert len(read.components) == len(document["components"])
    refs = [c["bom-ref"] for c in document["components"]]
    assert len(refs) == len(set(refs))
    assert document["dependencies"][0] == {"ref": "audited", "dependsOn": refs}


def test_all_that_was_kept_is_listed_and_nothing_else() -> None:
    copies = {
        (occurrence["location"], occurrence["line"])
        for component in written(sample_audit())["components"]
        for occurrence in component["evidence"]["occurrences"]
    }
    assert ("src/allowed.py", 3) in copies  # allowed
    assert ("src/copied.c", 10) in copies  # open
    assert ("src/decided.py", 1) in copies  # accepted
    assert ("src/decided.py", 20) in copies  # attributed
    assert ("src/decided.py", 12) not in copies  # dismissed: no copy
    own = sample_finding("a.py", 1, [sample_source("MIT")], "allowed", Severity.NONE, rule="own")
    assert written(of(own))["components"] == []


def test_a_source_is_one_component_with_all_that_is_like_it() -> None:
    source = sample_source("MIT")
    surer = replace(source, confidence=0.99)
    findings = [
        sample_finding(f"{i}.py", 1, [s], "denied", Severity.ERROR)
        for i, s in enumerate([source, surer, source])
    ]
    evidence = component(of(*findings))["evidence"]
    assert [o["location"] for o in evidence["occurrences"]] == ["0.py", "1.py", "2.py"]
    assert {identity["confidence"] for identity in evidence["identity"]} == {0.99}


def test_a_component_names_the_source_for_machines() -> None:
    found = component(one(sample_source("MIT"), name="src/a.py"))
    assert (found["type"], found["group"], found["name"]) == ("file", "octo/shapes", "src/area.py")
    assert found["purl"].startswith("pkg:github/octo/shapes@")
    assert found["swhid"][0].startswith("swh:1:cnt:")
    assert {ref["type"] for ref in found["externalReferences"]} == {"vcs", "other"}
    occurrence = found["evidence"]["occurrences"][0]
    assert (occurrence["location"], occurrence["line"], occurrence["offset"]) == (
        "src/a.py",
        10,
        300,
    )
    identity = {i["field"]: i for i in found["evidence"]["identity"]}
    assert identity["purl"]["concludedValue"] == found["purl"]
    assert identity["swhid"]["methods"][0]["technique"] == "source-code-analysis"


@pytest.mark.parametrize(
    ("license_", "listed"),
    [
        ("MIT OR Apache-2.0", [{"expression": "MIT OR Apache-2.0"}]),
        ("LicenseRef-House", [{"expression": "LicenseRef-House"}]),
        ("Our House Licence v2", [{"license": {"name": "Our House Licence v2"}}]),
        ("NOASSERTION", None),
    ],
)
def test_licences(license_: str, listed: list[dict[str, Any]] | None) -> None:
    found = component(one(sample_source(license_)))
    assert found["evidence"].get("licenses") == listed
    if listed is not None:
        declared = found["licenses"][0].get("license", found["licenses"][0])
        assert declared["acknowledgement"] == "declared"
    words = {p["name"]: p["value"] for p in found["properties"]}["whence:license"]
    assert license_ == "NOASSERTION" or license_ in words
    assert license_ != "NOASSERTION" or "no permission may be assumed" in words


def test_a_conflict_is_shown() -> None:
    conflict = "file header says MIT, license file says GPL-2.0-only"
    assert conflict in json.dumps(component(one(sample_source("MIT", conflict=conflict))))


def test_unchecked_files_index_and_limits_are_included() -> None:
    properties = {p["name"]: p["value"] for p in written(sample_audit())["metadata"]["properties"]}
    account = properties["whence:account"]
    assert "Not checked: src/locked.py: unreadable: permission denied" in account
    assert "Partly checked: src/big.py: more than 200,000 tokens" in account
    assert "sample corpus" in account
    assert "Equal code may have been written independently." in account
    assert properties["whence:complete"] == "false"


def test_no_name_reorders_a_line() -> None:
    text = json.dumps(written(sample_audit()), ensure_ascii=False)
    assert "<U+202E>" in text
    assert "\u202e" not in text


def test_a_run_has_one_document_and_another_run_another() -> None:
    audit = sample_audit()
    assert written(audit) == written(audit)
    later = FakeAudit(list(audit.files()), replace(audit.summary, began="2026-11-22T10:00:00Z"))
    assert written(audit)["serialNumber"] != written(later)["serialNumber"]


def test_parts_make_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = written(many_findings(40))
    monkeypatch.setattr(cyclonedx_elements, "_PART", 7)
    parts = written(many_findings(40))
    by_ref = {c["bom-ref"]: c for c in whole["components"]}
    assert {c["bom-ref"]: c for c in parts["components"]} == by_ref
    assert len(parts["components"]) == len(by_ref) == 40


@pytest.mark.parametrize(
    ("limit", "message"), [("MAX_MATCHES", "5 matches"), ("MAX_SOURCES", "5 sources")]
)
def test_more_than_can_be_written_is_refused(
    limit: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cyclonedx_elements, limit, 5)
    assert len(written(many_findings(5))["components"]) == 5
    with pytest.raises(ReportError, match=rf"{message}.*Audit parts of the code"):
        written(many_findings(7))


def test_a_document_that_is_not_valid_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    convert = cyclonedx.JsonV1Dot6.output_as_string

    def broken(self: Any) -> str:
        return convert(self).replace('"type": "file"', '"type": "fiel"')

    monkeypatch.setattr(cyclonedx.JsonV1Dot6, "output_as_string", broken)
    with pytest.raises(ReportError, match=r"not valid: .*fiel.*--report json"):
        written(one(sample_source("MIT")))


@pytest.mark.parametrize("library", ["cyclonedx", "packageurl"])
def test_a_missing_library_is_named_with_the_remedy(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [m for m in sys.modules if m.startswith("audit.reports.sbom.cyclonedx")]:
        monkeypatch.delitem(sys.modules, module)
    for loaded in [m for m in sys.modules if m.startswith(f"{library}.")]:
        monkeypatch.setitem(sys.modules, loaded, None)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ReportError, match=r"-m pip install .*cyclonedx-python-lib"):
        open_report("cyclonedx").write(sample_audit(), io.BytesIO())


def test_the_page_of_the_format_names_what_it_writes() -> None:
    page = PAGE.read_text("utf-8")
    assert "--report cyclonedx=" in page
    document = written(sample_audit())
    keys = {*document, *(k for c in document["components"] for k in c)}
    keys |= {k for c in document["components"] for k in c["evidence"]}
    keys |= {p["name"] for c in document["components"] for p in c["properties"]}
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_holders_are_the_copyright_of_a_component_and_its_evidence() -> None:
    holders = (Holder("2001", "Jane Doe"), Holder("", "Bo", "AUTHORS"))
    source = sample_source("MIT")
    held = replace(source, occurrences=(replace(source.occurrences[0], holders=holders),))
    (component,) = written(one(held))["components"]
    lines = [
        "Author: Bo (named in AUTHORS; no copyright statement was found)",
        "Copyright (c) 2001 Jane Doe",
    ]
    assert sorted(c["text"] for c in component["evidence"]["copyright"]) == lines
    assert sorted(component["copyright"].split("\n")) == lines
