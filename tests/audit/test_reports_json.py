"""JSON and JSON Lines: their schema, and that nothing is lost."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from attribution.reports.json_report import source_json
from audit.reports.json import JsonReport
from audit.reports.json_shapes import published_audit_schema
from audit.reports.jsonl import JsonlReport
from audit.types import Severity
from tests.support.audit_runs import (
    HOSTILE_CODE,
    HOSTILE_NAME,
    FakeAudit,
    clean_audit,
    many_findings,
    sample_audit,
    sample_files,
    summary_of,
)

PAGE = Path(__file__).parents[2] / "docs" / "reports" / "json.md"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(published_audit_schema()))


def json_of(audit: FakeAudit) -> Any:
    stream = io.BytesIO()
    JsonReport().write(audit, stream)
    return json.loads(stream.getvalue())


def lines_of(audit: FakeAudit) -> list[Any]:
    stream = io.BytesIO()
    JsonlReport().write(audit, stream)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def without_an_index() -> FakeAudit:
    summary = summary_of(sample_files())
    return FakeAudit(sample_files(), replace(summary, index=None, fail_on=None, notes=("n",)))


@pytest.mark.parametrize(
    "audit", [sample_audit(), clean_audit(), many_findings(12), FakeAudit([]), without_an_index()]
)
def test_is_valid_by_the_published_schema(audit: FakeAudit) -> None:
    errors = [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(json_of(audit))]
    assert errors == []


def test_the_schema_is_one_and_strict_enough() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(published_audit_schema()))
    shape = json_of(sample_audit())
    shape["files"][1]["findings"][0]["sources"][0]["kind"] = "guessed"
    assert not VALIDATOR.is_valid(shape)
    shape = json_of(sample_audit())
    del shape["summary"]["coverage"]["not_checked"]
    assert not VALIDATOR.is_valid(shape)


def test_every_field_that_is_written_is_in_the_schema() -> None:
    schema, shape = json.loads(published_audit_schema()), json_of(sample_audit())
    parts = {
        "summary": shape["summary"],
        "coverage": shape["summary"]["coverage"],
        "stale": shape["summary"]["stale"][0],
        "file": shape["files"][1],
        "finding": shape["files"][1]["findings"][0],
        "decision": shape["files"][5]["findings"][0]["decision"],
    }
    for name, part in parts.items():
        assert part.keys() == schema["$defs"][name]["properties"].keys(), name


def type_of(part: dict[str, Any]) -> str:
    """A type of the schema, as the documentation writes it."""
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return ", ".join("`null`" if value is None else f"`{value}`" for value in part["enum"])
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f"[{name}]({'../answer.md' if 'attribution' in part['$ref'] else f'#{name}'})"
    if "anyOf" in part:
        return " or ".join(map(type_of, part["anyOf"]))
    if part["type"] == "array":
        return f"list of {type_of(part['items'])}"
    if "additionalProperties" in part:
        return "numbers by name"
    return str(part["type"])


def test_the_page_documents_every_field_as_the_schema_does() -> None:
    schema, page = json.loads(published_audit_schema()), PAGE.read_text("utf-8")
    page = page.replace(" <!-- words: allow -->", "")
    shapes = {"audit": schema, **schema["$defs"]}
    del shapes["answer"]
    for name, shape in shapes.items():
        rows = [
            f"| `{field}` | {type_of(part)} | {part['description']} |\n"
            for field, part in shape["properties"].items()
        ]
        assert f"### {name}\n\n{shape['description']}\n\n" in page
        assert "".join(rows) in page, name


def test_holds_all_files_and_findings_as_they_are() -> None:
    audit = sample_audit()
    shape = json_of(audit)
    assert [file["name"] for file in shape["files"]] == [file.name for file in audit.files()]
    assert HOSTILE_NAME in [file["name"] for file in shape["files"]]
    findings = [finding for file in shape["files"] for finding in file["findings"]]
    assert [f["id"] for f in findings] == [f.id for f in audit.findings()]
    assert HOSTILE_CODE in [f["code"] for f in findings]
    for written, finding in zip(findings, audit.findings(), strict=True):
        sources = [source_json(source) for source in finding.passage.sources]
        assert written["sources"] == json.loads(json.dumps(sources))
        assert Severity[written["severity"].upper()] is finding.ruling.severity
    statuses = [f["status"] for f in findings]
    assert {"open", "accepted", "dismissed", "attributed", "allowed"} == set(statuses)


def test_the_summary_says_how_the_run_ended() -> None:
    summary = json_of(sample_audit())["summary"]
    assert (summary["exit_code"], summary["over"]) == (2, 6)
    assert summary["coverage"]["complete"] is False
    assert summary["coverage"]["left_out_by"] == {"excluded": 1, "ignored by git": 1}


def test_a_file_is_on_its_own_line() -> None:
    stream = io.BytesIO()
    JsonReport().write(many_findings(40), stream)
    lines = stream.getvalue().splitlines()
    assert len([line for line in lines if b'"name":"src/module_' in line]) == 10
    assert json.loads(lines[3].rstrip(b","))["name"] == "src/module_000000/part.py"


def test_lines_begin_with_the_summary_and_name_files_that_were_not_checked() -> None:
    audit = sample_audit()
    summary, *others = lines_of(audit)
    assert summary["type"] == "summary"
    assert summary["exit_code"] == 2
    findings = [line for line in others if line["type"] == "finding"]
    assert [line["id"] for line in findings] == [f.id for f in audit.findings()]
    files = {line["name"]: line["state"] for line in others if line["type"] == "file"}
    assert files == {"src/big.py": "partly checked", "src/locked.py": "not checked"}


def test_lines_follow_the_schema_of_the_whole() -> None:
    schema = json.loads(published_audit_schema())
    for line in lines_of(sample_audit()):
        part = {**schema, "$ref": f"#/$defs/{line['type']}"}
        part.pop("required"), part.pop("properties"), part.pop("type")
        whole = {"findings": [], **line} if line["type"] == "file" else line
        jsonschema.Draft202012Validator(part).validate(whole)
