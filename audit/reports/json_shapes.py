"""The shape of the JSON reports: types for mypy, from which the published schema is derived.

The schema is JSON Schema 2020-12. Sources, spans and the index have the shape that they have in an
answer of `whence lookup`, so that one reader serves look-ups and audits. Fields may be added, not
renamed.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeAlias, TypedDict

import msgspec
from msgspec import Meta

from attribution.reports.answer_schema import (
    Count,
    IndexJson,
    Share,
    SourceJson,
    SpanJson,
    doc,
    published_schema,
)
from attribution.types import Label
from audit.types import DecisionKind, FileState, Severity, Verdict

__all__ = [
    "SCHEMA_ID",
    "AuditJson",
    "CoverageJson",
    "DecisionJson",
    "FileJson",
    "FindingJson",
    "StaleJson",
    "SummaryJson",
    "published_audit_schema",
]

SCHEMA_ID = "urn:whence:audit:1"

Counts: TypeAlias = dict[str, Count]
_SEVERITIES = [severity.word for severity in Severity]
SeverityName: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": _SEVERITIES})]
StateName: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": list(FileState)})]
VerdictName: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": list(Verdict)})]
DecisionName: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": list(DecisionKind)})]
LabelName: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": list(Label)})]
StatusName: TypeAlias = Annotated[
    str, Meta(extra_json_schema={"enum": ["open", *DecisionKind, "allowed"]})
]


class CoverageJson(TypedDict):
    """How much was checked. Counts are files, except lines and bytes."""

    complete: Annotated[bool, doc("Whether everything requested was checked.")]
    checked: Annotated[Count, doc("Includes those that were too short.")]
    too_short: Annotated[Count, doc("Too few tokens to tell a copy from a coincidence.")]
    partly: Annotated[Count, doc("Stopped at a limit of time or size.")]
    not_checked: Annotated[Count, doc("Could not be checked.")]
    left_out: Annotated[Count, doc("Excluded by a rule of the user's.")]
    left_out_by: Annotated[Counts, doc("Files by reason.")]
    lines: Annotated[Count, doc("Lines checked.")]
    lines_matched: Annotated[Count, doc("Of them, in findings with a severity.")]
    bytes: Annotated[Count, doc("Size of the checked files.")]
    from_cache: Annotated[Count, doc("Files whose result came from the cache.")]


class StaleJson(TypedDict):
    """A decision that no longer applies to anything."""

    where: Annotated[str, doc("The file or line where it is written.")]
    what: Annotated[str, doc("The finding that it was about: file, lines and licence.")]
    why: Annotated[str, doc("Why it no longer applies.")]


class SummaryJson(TypedDict):
    """The summary of a run."""

    tool: Annotated[str, doc("Name and version, such as whence 0.1.0.")]
    began: Annotated[str, doc("When the run started, ISO 8601.")]
    seconds: Annotated[float, Meta(ge=0), doc("How long it took.")]
    root: Annotated[str, doc("What was audited, as given on the command line.")]
    index: Annotated[
        IndexJson | None,
        doc("The index it was checked against; null if it could not be opened."),
    ]
    policy: Annotated[str, doc("Name of the preset, or of the file.")]
    fail_on: Annotated[
        str | None,
        Meta(
            description="The severity from which open findings fail the audit; null: never.",
            extra_json_schema={"enum": [*_SEVERITIES[1:], None]},
        ),
    ]
    max_findings: Annotated[Count, doc("How many of them are allowed.")]
    over: Annotated[Count, doc("Open findings of severity fail_on or higher.")]
    exit_code: Annotated[
        int,
        Meta(
            description="0 clean, 1 too many findings, 2 not everything could be checked.",
            extra_json_schema={"enum": [0, 1, 2]},
        ),
    ]
    coverage: Annotated[CoverageJson, doc("How much was checked.")]
    open: Annotated[Counts, doc("Open findings by severity.")]
    decided: Annotated[Counts, doc("Decided findings by kind of decision.")]
    verdicts: Annotated[Counts, doc("Open findings by verdict.")]
    licenses: Annotated[Counts, doc("Open findings by SPDX expression.")]
    labels: Annotated[Counts, doc("Open findings by label.")]
    stale: Annotated[list[StaleJson], doc("Decisions that no longer apply to anything.")]
    problems: Annotated[list[str], doc("Why the audit is incomplete, one sentence each.")]
    notes: Annotated[list[str], doc("Remarks that do not change the result.")]
    not_told: Annotated[str, doc("The limits of every audit.")]  # words: allow


class DecisionJson(TypedDict):
    """What someone decided about a finding, and where that is written."""

    kind: Annotated[DecisionName, doc("What was decided.")]
    reason: Annotated[str, doc("Why, in the author's words.")]
    where: Annotated[str, doc("The file or line where it is written.")]
    author: Annotated[str, doc("Who decided; may be empty.")]
    date: Annotated[str, doc("ISO 8601, or empty.")]
    expires: Annotated[str | None, doc("ISO 8601 date, the last day on which it applies.")]
    in_change: Annotated[bool, doc("Whether the audited change itself adds it.")]


class FindingJson(TypedDict):
    """A passage with its sources, what the policy says about it, and what people decided."""

    id: Annotated[
        str,
        Meta(pattern="^[0-9a-f]{16}$", description="Of name and content; --explain takes it."),
    ]
    key: Annotated[
        str,
        Meta(
            pattern="^[0-9a-f]{32}$",
            description="Hash of its tokens: the same after lines, white space or comments change.",
        ),
    ]
    name: Annotated[str, doc("The file's path from the root of the audit, or a generation's id.")]
    status: Annotated[StatusName, doc("open: something remains to be done.")]
    span: Annotated[SpanJson, doc("Where the passage is in the file.")]
    verdict: Annotated[VerdictName, doc("What the policy says about the licence.")]
    severity: Annotated[SeverityName, doc("How severe that is.")]
    license: Annotated[str, doc("The SPDX expression that decided, or NOASSERTION.")]
    family: Annotated[str, doc("Of the licence, as the policy groups them.")]
    rule: Annotated[str, doc("Stable id of the rule that decided.")]
    reason: Annotated[str, doc("One sentence that a person can check.")]
    steps: Annotated[list[str], doc("The rules that were applied, in order.")]
    decided_by: Annotated[Count, doc("Position in sources of the one that decided.")]
    decision: Annotated[DecisionJson | None, doc("null if no one has decided.")]
    label: Annotated[LabelName, doc("How close the passage is to its best source.")]
    confidence: Annotated[
        Share,
        doc("Calibrated probability that the passage derives from its best source."),
    ]
    containment: Annotated[Share, doc("Matched share of its tokens.")]
    tokens: Annotated[Count, doc("Matched tokens.")]
    code: Annotated[str, doc("Its lines, possibly cut.")]
    source_code: Annotated[str, doc("Lines of the best source's best match; empty if unavailable.")]
    source_line: Annotated[Count, doc("Number of the first of them.")]
    sources: Annotated[
        list[SourceJson],
        Meta(min_length=1, description="Best first; as in an answer of whence lookup."),
    ]


class FileJson(TypedDict):
    """A file with its findings."""

    name: Annotated[str, doc("Path from the root of the audit, or a generation's id.")]
    state: Annotated[StateName, doc("Whether it was checked.")]
    reason: Annotated[str, doc("Why it is in any state but checked, or why it was too short.")]
    language: Annotated[str | None, doc("Canonical name; null if unknown.")]
    lines: Annotated[Count, doc("Lines checked.")]
    tokens: Annotated[Count, doc("Tokens checked.")]
    sha1: Annotated[
        str,
        Meta(
            pattern="^([0-9a-f]{40})?$",
            description="Of the whole text; empty if the file was not read.",
        ),
    ]
    warnings: Annotated[list[str], doc("How it was read, such as its encoding.")]
    findings: Annotated[
        list[FindingJson],
        doc("In the order of the text; includes decided and allowed ones."),
    ]


class AuditJson(TypedDict):
    """A run of whence audit. Lines are 1-based and inclusive, offsets half-open and in bytes."""

    schema: Annotated[
        str, doc("Identifies this shape."), Meta(extra_json_schema={"const": SCHEMA_ID})
    ]
    summary: Annotated[SummaryJson, doc("The run as a whole.")]
    files: Annotated[list[FileJson], doc("In the order of the input.")]


# Shapes that are defined in the schema of an answer.
_OF_ANSWER = {
    "IndexJson": "urn:whence:attribution:1#/properties/index",
    "SourceJson": "urn:whence:attribution:1#/$defs/source",
    "SpanJson": "urn:whence:attribution:1#/$defs/span",
}
_DEFINED: tuple[type, ...] = (
    SummaryJson, CoverageJson, StaleJson, FileJson, FindingJson, DecisionJson,
)  # fmt: skip


def published_audit_schema() -> str:
    """The JSON Schema of the report, with the schema of an answer inside."""
    _, components = msgspec.json.schema_components([AuditJson], ref_template="#/$defs/{name}")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Audit",
        **_definition(AuditJson, components),
        "$defs": {_name(type_): _definition(type_, components) for type_ in _DEFINED},
    }
    text = json.dumps(schema)
    for name, reference in _OF_ANSWER.items():
        text = text.replace(f'"#/$defs/{name}"', f'"{reference}"')
    for type_ in _DEFINED:
        text = text.replace(f'"#/$defs/{type_.__name__}"', f'"#/$defs/{_name(type_)}"')
    schema = json.loads(text)
    schema["$defs"]["answer"] = json.loads(published_schema())
    return json.dumps(schema, indent=2)


def _definition(type_: type, components: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type, with its fields in their order; msgspec sorts them by name."""
    definition = {key: value for key, value in components[type_.__name__].items() if key != "title"}
    fields = list(type_.__annotations__)
    definition["properties"] = {name: definition["properties"][name] for name in fields}
    definition["required"] = fields
    return definition


def _name(type_: type) -> str:
    """`FindingJson` is `finding` in the schema."""
    return type_.__name__.removesuffix("Json").lower()
