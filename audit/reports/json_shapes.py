"""The shape of the JSON reports: types for mypy, from which the published schema is derived.

The schema is JSON Schema 2020-12. Sources, spans and the index have the shape that they have in an
answer of `whence lookup`, so that one reader serves look-ups and audits. Fields may be added, not
renamed.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeAlias, TypedDict

import msgspec
from msgspec import Meta

from attribution.reports.json_report import IndexJson, SourceJson, SpanJson, published_schema
from attribution.types import Label
from audit.types import DecisionKind, Severity, State, Verdict

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

Count: TypeAlias = Annotated[int, Meta(ge=0)]
Counts: TypeAlias = dict[str, Count]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
_WORDS = [severity.word for severity in Severity]


class CoverageJson(TypedDict):
    """How much was checked. Counts are files, except lines and bytes."""

    complete: Annotated[bool, Meta(description="Whether everything requested was checked.")]
    checked: Annotated[Count, Meta(description="Includes those that were too short.")]
    too_short: Annotated[
        Count, Meta(description="Too few tokens to tell a copy from a coincidence.")
    ]
    partly: Annotated[Count, Meta(description="Stopped at a limit of time or size.")]
    not_checked: Count
    left_out: Annotated[Count, Meta(description="Excluded by a rule of the user's.")]
    left_out_by: Annotated[Counts, Meta(description="Files by reason.")]
    lines: Annotated[Count, Meta(description="Lines checked.")]
    lines_matched: Annotated[Count, Meta(description="Of them, in findings with a severity.")]
    bytes: Annotated[Count, Meta(description="Size of the checked files.")]
    from_cache: Annotated[Count, Meta(description="Files whose result came from the cache.")]


class StaleJson(TypedDict):
    """A decision that no longer applies to anything."""

    where: str
    what: str
    why: str


class SummaryJson(TypedDict):
    """The summary of a run."""

    tool: str
    began: Annotated[str, Meta(description="ISO 8601.")]
    seconds: Annotated[float, Meta(ge=0)]
    root: Annotated[str, Meta(description="What was audited, as given on the command line.")]
    index: Annotated[
        IndexJson | None,
        Meta(description="The index it was checked against; null if it could not be opened."),
    ]
    policy: Annotated[str, Meta(description="Name of the preset, or of the file.")]
    fail_on: Annotated[
        str | None,
        Meta(
            description="The severity from which open findings fail the audit; null: never.",
            extra_json_schema={"enum": [*_WORDS[1:], None]},
        ),
    ]
    max_findings: Annotated[Count, Meta(description="How many of them are allowed.")]
    over: Annotated[Count, Meta(description="Open findings of severity fail_on or higher.")]
    exit_code: Annotated[
        int,
        Meta(
            description="0 clean, 1 too many findings, 2 not everything could be checked.",
            extra_json_schema={"enum": [0, 1, 2]},
        ),
    ]
    coverage: CoverageJson
    open: Annotated[Counts, Meta(description="Open findings by severity.")]
    decided: Annotated[Counts, Meta(description="Decided findings by kind of decision.")]
    verdicts: Annotated[Counts, Meta(description="Open findings by verdict.")]
    licenses: Annotated[Counts, Meta(description="Open findings by SPDX expression.")]
    labels: Annotated[Counts, Meta(description="Open findings by label.")]
    stale: Annotated[
        list[StaleJson], Meta(description="Decisions that no longer apply to anything.")
    ]
    problems: Annotated[
        list[str], Meta(description="Why the audit is incomplete, one sentence each.")
    ]
    notes: Annotated[list[str], Meta(description="Remarks that do not change the result.")]
    not_told: Annotated[str, Meta(description="The limits of every audit.")]


class DecisionJson(TypedDict):
    """What someone decided about a finding, and where that is written."""

    kind: DecisionKind
    reason: str
    where: str
    author: str
    date: Annotated[str, Meta(description="ISO 8601, or empty.")]
    expires: Annotated[
        str | None, Meta(description="ISO 8601 date, the last day on which it applies.")
    ]


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
    name: Annotated[
        str, Meta(description="The file's path from the root of the audit, or a generation's id.")
    ]
    status: Annotated[
        Literal["open", "accepted", "dismissed", "attributed", "allowed"],
        Meta(description="open: something remains to be done."),
    ]
    span: SpanJson
    verdict: Verdict
    severity: Annotated[str, Meta(extra_json_schema={"enum": _WORDS})]
    license: Annotated[str, Meta(description="The SPDX expression that decided, or NOASSERTION.")]
    family: Annotated[str, Meta(description="Of the licence, as the policy groups them.")]
    rule: Annotated[str, Meta(description="Stable id of the rule that decided.")]
    reason: Annotated[str, Meta(description="One sentence that a person can check.")]
    steps: Annotated[list[str], Meta(description="The rules that were applied, in order.")]
    decided_by: Annotated[Count, Meta(description="Position in sources of the one that decided.")]
    decision: DecisionJson | None
    label: Label
    confidence: Annotated[
        Share,
        Meta(description="Calibrated probability that the passage derives from its best source."),
    ]
    containment: Annotated[Share, Meta(description="Matched share of its tokens.")]
    tokens: Annotated[Count, Meta(description="Matched tokens.")]
    code: Annotated[str, Meta(description="Its lines, possibly cut.")]
    source_code: Annotated[
        str, Meta(description="Lines of the best source's best match; empty if unavailable.")
    ]
    source_line: Annotated[Count, Meta(description="Number of the first of them.")]
    sources: Annotated[
        list[SourceJson],
        Meta(min_length=1, description="Best first; as in an answer of whence lookup."),
    ]


class FileJson(TypedDict):
    """A file with its findings."""

    name: str
    state: State
    reason: Annotated[
        str, Meta(description="Why it is in any state but checked, or why it was too short.")
    ]
    language: str | None
    lines: Annotated[Count, Meta(description="Lines checked.")]
    tokens: Annotated[Count, Meta(description="Tokens checked.")]
    sha1: Annotated[
        str,
        Meta(
            pattern="^([0-9a-f]{40})?$",
            description="Of the whole text; empty if the file was not read.",
        ),
    ]
    warnings: list[str]
    findings: Annotated[
        list[FindingJson],
        Meta(description="In the order of the text; includes decided and allowed ones."),
    ]


class AuditJson(TypedDict):
    """A run of whence audit. Lines are 1-based and inclusive, offsets half-open and in bytes."""

    schema: Annotated[str, Meta(extra_json_schema={"const": SCHEMA_ID})]
    summary: SummaryJson
    files: Annotated[list[FileJson], Meta(description="In the order of the input.")]


# Shapes that are defined in the schema of an answer.
_OF_ANSWER = {
    "IndexJson": "urn:whence:attribution:1#/properties/index",
    "SourceJson": "urn:whence:attribution:1#/$defs/source",
    "SpanJson": "urn:whence:attribution:1#/$defs/span",
}
_DEFINED: tuple[type, ...] = (
    SummaryJson, CoverageJson, StaleJson, FileJson, FindingJson, DecisionJson,
    State, Verdict, DecisionKind, Label,
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
    if "properties" in definition:
        fields = list(type_.__annotations__)
        definition["properties"] = {name: definition["properties"][name] for name in fields}
        definition["required"] = fields
    return definition


def _name(type_: type) -> str:
    """`FindingJson` is `finding` in the schema, `DecisionKind` is `decisionKind`."""
    name = type_.__name__.removesuffix("Json")
    return name[0].lower() + name[1:]
