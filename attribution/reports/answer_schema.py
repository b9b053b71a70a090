"""The shape of an answer, defined once: types for Python, JSON Schema 2020-12 for everyone else.

The service's OpenAPI takes its components from here too, and a test compares docs/answer.md with
it. Fields may be added, not renamed. A field that older answers lack is NotRequired.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, NotRequired, TypeAlias, TypedDict

import msgspec
from msgspec import Meta

from attribution.licensing.obligations import ObligationKind
from attribution.types import Label, MatchKind, Status

__all__ = [
    "AttributionJson",
    "CoveredJson",
    "HolderJson",
    "IndexJson",
    "LeadJson",
    "LicenseJson",
    "LicenseObligationsJson",
    "LinesJson",
    "MatchJson",
    "ObligationJson",
    "OccurrenceJson",
    "OriginJson",
    "SourceJson",
    "SourceLicenseJson",
    "SpanJson",
    "answer_schemas",
    "published_schema",
]

Schema: TypeAlias = dict[str, Any]

_ID = "urn:whence:attribution:1"
_SWHID = r"^swh:1:cnt:[0-9a-f]{40}"

Count: TypeAlias = Annotated[int, Meta(ge=0)]
Line: TypeAlias = Annotated[int, Meta(ge=1)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Swhid: TypeAlias = Annotated[str, Meta(pattern=_SWHID + "$")]
QualifiedSwhid: TypeAlias = Annotated[str, Meta(pattern=_SWHID + "(;[a-z]+=[^;]*)*$")]
Uri: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
Purl: TypeAlias = Annotated[str, Meta(pattern="^pkg:")]
KindName: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": list(MatchKind)})]
PartName: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": [*MatchKind, "common"]})]
ObligationName: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": list(ObligationKind)})]
StatusName: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": list(Status)})]
LabelName: TypeAlias = Annotated[str | None, Meta(extra_json_schema={"enum": [*Label, None]})]
Amount: TypeAlias = Annotated[float, Meta(ge=0)]


def doc(description: str) -> Meta:
    """Describes a field to readers of the schema."""
    return Meta(description=description)


class SpanJson(TypedDict):
    """A range of a text."""

    start_line: Line
    end_line: Line
    start: Annotated[Count, doc("First byte.")]
    end: Annotated[Count, doc("The byte after the last.")]


class MatchJson(TypedDict):
    """A verified pair of ranges, one in the snippet and one in the source."""

    kind: Annotated[
        KindName,
        doc(
            "verbatim: the same tokens. renamed: the same after consistent renaming. "
            "edited: aligned with gaps. similar: alike as a whole."
        ),
    ]
    tokens: Annotated[Count, doc("Matched tokens of the snippet.")]
    snippet: SpanJson
    source: SpanJson


class LinesJson(TypedDict):
    """Lines of a text, 1-based and inclusive."""

    start_line: Line
    end_line: Line


class OtherEvidenceJson(TypedDict):
    """A licence that weaker evidence states."""

    expression: Annotated[str, doc("SPDX expression.")]
    evidence: Annotated[str, doc("Its kind.")]
    file: Annotated[str | None, doc("Where it was read; null: in the file itself, or not a file.")]
    lines: Annotated[LinesJson | None, doc("In that file; null when not known.")]
    url: Annotated[Uri | None, doc("Permanent address of these lines; null when there is none.")]


class LicenseJson(TypedDict):
    """A licence and how it is known."""

    expression: Annotated[str, doc("SPDX expression; NOASSERTION when not known.")]
    evidence: Annotated[
        str, doc("Where it was read, such as file header or package metadata; none when not known.")
    ]
    conflict: Annotated[
        str | None, doc("Both sides in one sentence, when two kinds of evidence disagree.")
    ]
    file: NotRequired[
        Annotated[
            str | None, doc("Where it was read, within the repository; null: in the file itself.")
        ]
    ]
    lines: NotRequired[Annotated[LinesJson | None, doc("In that file; null when not known.")]]
    matcher: NotRequired[
        Annotated[
            str | None,
            doc(
                "How it was recognized: SPDX tag, notice, license text, phrase, link, pointer, "
                "title or field; null when not known."
            ),
        ]
    ]
    url: NotRequired[
        Annotated[Uri | None, doc("Permanent address of these lines; null when there is none.")]
    ]
    against: NotRequired[
        Annotated[list[OtherEvidenceJson], doc("The weaker evidence that says otherwise.")]
    ]


class HolderJson(TypedDict):
    """Who holds the copyright, as the file or its repository states it."""

    years: Annotated[str, doc("As stated, such as 1999-2004; empty when none is.")]
    name: str
    file: NotRequired[
        Annotated[
            str | None,
            doc(
                "AUTHORS or the manifest that names an author; null for a copyright statement of "
                "the file or its licence file."
            ),
        ]
    ]


class OccurrenceJson(TypedDict):
    """A file of a repository or package that contains the source."""

    repository: Annotated[
        str, doc("owner/name on a forge, or the project's name on a package index.")
    ]
    path: Annotated[str, doc("Within the repository.")]
    revision: Annotated[str | None, doc("Commit, or version of a package.")]
    origin: NotRequired[
        Annotated[
            str,
            doc("Address of the repository, or package URL of the project; empty when not known."),
        ]
    ]
    date: Annotated[str | None, doc("ISO 8601 date on which the file existed.")]
    stars: Annotated[Count | None, doc("Of the repository.")]
    vendored: NotRequired[Annotated[bool, doc("Known to be a copy of a third party's file.")]]
    lines: NotRequired[Annotated[LinesJson | None, doc("Of the best match in this file; cited.")]]
    url: Annotated[
        Uri | None,
        doc(
            "Permanent address, with the lines where the host supports it; null when "
            "no permanent one is known."
        ),
    ]
    swhid: Annotated[QualifiedSwhid, doc("SWHID of the content with qualifiers (ISO/IEC 18670).")]
    purl: Annotated[Purl | None, doc("Package URL.")]
    license: LicenseJson
    holders: NotRequired[Annotated[list[HolderJson], doc("Copyright holders; empty when unknown.")]]
    indexes: NotRequired[
        Annotated[list[str], doc("When several indexes were asked: those that have it.")]
    ]


class ObligationJson(TypedDict):
    """One thing that a licence asks for."""

    kind: Annotated[ObligationName, doc("What it asks for.")]
    where: Annotated[str, doc("The part of the licence that asks for it, such as sec. 4(d).")]


class LicenseObligationsJson(TypedDict):
    """What one licence asks of those who pass the code on."""

    license: Annotated[str, doc("SPDX id, without its exception.")]
    exception: Annotated[
        str, doc("SPDX id of its exception, which may waive some obligations; empty without one.")
    ]
    obligations: list[ObligationJson]
    known: Annotated[bool, doc("false: what this licence asks for is not known.")]
    complete: Annotated[bool, doc("false: it may ask for more.")]


class OriginJson(TypedDict):
    """The probable origin among a source's occurrences."""

    occurrence: Annotated[Count, doc("Position in occurrences.")]
    reason: Annotated[str, doc("Why this one.")]


class SourceJson(TypedDict):
    """Equal and near-equal documents that match the snippet."""

    document: Annotated[Swhid, doc("SWHID of the best match; lines and offsets refer to it.")]
    documents: NotRequired[
        Annotated[list[Swhid], doc("SWHIDs of all equal and near-equal documents.")]
    ]
    kind: Annotated[KindName, doc("Of the source as a whole.")]
    confidence: NotRequired[
        Annotated[Share, doc("Calibrated probability that the snippet derives from it.")]
    ]
    tokens: NotRequired[Annotated[Count, doc("Matched tokens of the snippet, each counted once.")]]
    containment: Annotated[Share, doc("Matched share of the snippet's tokens.")]
    similarity: Annotated[Share, doc("Matched tokens over the longer of both matched regions.")]
    longest_run_tokens: Annotated[Count, doc("Longest run of equal tokens.")]
    evidence: NotRequired[
        Annotated[Amount, doc("Matched tokens, each weighted by its rarity in the corpus.")]
    ]
    matches: list[MatchJson]
    occurrences_total: Annotated[
        Count, doc("How many are known; the list of occurrences may be shorter.")
    ]
    occurrences: Annotated[list[OccurrenceJson], doc("Best first.")]
    origin: Annotated[
        OriginJson | None, doc("The probable origin; null when there is no evidence for one.")
    ]
    obligations: NotRequired[
        Annotated[
            list[LicenseObligationsJson],
            doc(
                "What each licence of the probable origin asks for; empty when its licence is not "
                "known. Of licences joined by OR, you choose one."
            ),
        ]
    ]
    owed: NotRequired[
        Annotated[list[str], doc("The same in words, with a line for each licence to choose.")]
    ]
    notice: Annotated[
        str, doc("Text to paste into a NOTICE file; the licence texts are not included.")
    ]


class LeadJson(TypedDict):
    """A run of equal tokens that is too little to name a source."""

    reason: Annotated[str, doc("One sentence that a person can check.")]
    document: Annotated[Swhid, doc("SWHID of a content that has the run.")]
    tokens: Annotated[Count, doc("Tokens of the run.")]
    snippet: SpanJson
    source: Annotated[SpanJson, doc("In the document.")]
    occurrences_total: Annotated[Count, doc("Of equal and near-equal documents.")]
    occurrence: Annotated[OccurrenceJson, doc("One of them, genuine and early if possible.")]


class SnippetJson(TypedDict):
    """The code that was looked up."""

    name: Annotated[str, doc("The file's name, the line's id, or -.")]
    language: Annotated[str | None, doc("Canonical name of the language; null when not known.")]
    lines: Count
    tokens: Count


class SourceLicenseJson(TypedDict):
    """A licence of the sources of an answer."""

    expression: Annotated[str, doc("SPDX expression; NOASSERTION when not known.")]
    sources: Annotated[Count, doc("How many sources have it.")]


class CoveredJson(TypedDict):
    """A part of the snippet, under the strongest kind of match there."""

    kind: Annotated[PartName, doc("The kind of match, or common: in many documents.")]
    tokens: Annotated[Count, doc("Tokens of this part that match.")]
    start_line: Line
    end_line: Line
    start: Annotated[Count, doc("First byte.")]
    end: Annotated[Count, doc("The byte after the last.")]


class CandidatesJson(TypedDict):
    """The cost of the answer."""

    proposed: Annotated[Count, doc("Documents that the index proposed.")]
    verified: Annotated[Count, doc("Documents whose texts were aligned with the snippet.")]


class IndexJson(TypedDict):
    """The index that the answer was checked against."""

    name: Annotated[str, doc("The corpus.")]
    date: Annotated[str, doc("Of its last change, ISO 8601.")]
    documents: Annotated[Count, doc("Distinct contents.")]
    occurrences: Annotated[Count, doc("Files in which they were seen.")]
    languages: Count
    opt_outs: Annotated[Count, doc("Repositories and owners whose code is left out on request.")]
    version: Annotated[str, doc("Changes with every change of the index.")]
    indexes: NotRequired[
        Annotated[
            list[IndexJson],
            doc("When several indexes were asked: each of them; the numbers above are sums."),
        ]
    ]


class AttributionJson(TypedDict):
    """Where a snippet of code comes from.

    Lines are 1-based and inclusive; start and end are half-open byte offsets. Fields may be added,
    not renamed.
    """

    id: NotRequired[
        Annotated[object, doc("With lookup --jsonl: the id of the input line, or null.")]
    ]
    status: Annotated[
        StatusName,
        doc(
            "Whether the check was done. partial: a limit was reached. not_checked: nothing is "
            "known about the snippet."
        ),
    ]
    status_reason: Annotated[
        str | None,
        doc("Which limit was reached, or why the check was not done; null when checked."),
    ]
    label: Annotated[
        LabelName, doc("The verdict, mildest first; null when the check was not done.")
    ]
    reason: Annotated[str, doc("One sentence that a person can check.")]
    confidence: Annotated[
        Share, doc("Calibrated probability that the snippet derives from its first source.")
    ]
    snippet: SnippetJson
    sources_total: NotRequired[
        Annotated[Count, doc("How many sources were found; the list of sources may be shorter.")]
    ]
    sources: Annotated[
        list[SourceJson], doc("Best first; equal and near-equal contents are one source.")
    ]
    next_cursor: NotRequired[
        Annotated[
            str | None,
            doc("From the service: asks for the sources that follow; null when there are none."),
        ]
    ]
    licenses: NotRequired[
        Annotated[
            list[SourceLicenseJson],
            doc("The licences of all sources at their probable origins, most frequent first."),
        ]
    ]
    coverage: NotRequired[
        Annotated[
            list[CoveredJson],
            doc(
                "The parts of the snippet that match any source or are common code, in order; "
                "they do not overlap. The tokens of a kind, divided by those of the snippet, are "
                "its share."
            ),
        ]
    ]
    common_count: NotRequired[
        Annotated[
            Count | None,
            doc("About how many documents contain parts of it, when the label is common."),
        ]
    ]
    common: NotRequired[
        Annotated[
            list[SpanJson],
            doc(
                "Parts of the snippet that are in many documents of the index, in "
                "order; a match takes precedence over them."
            ),
        ]
    ]
    leads: NotRequired[
        Annotated[
            list[LeadJson],
            doc(
                "Short runs that are also elsewhere and that no source explains, longest first, at "
                "most three. They are no part of the verdict."
            ),
        ]
    ]
    candidates: NotRequired[CandidatesJson]
    warnings: NotRequired[
        Annotated[list[str], doc("Notes on how the snippet was read, such as its encoding.")]
    ]
    index: IndexJson
    elapsed_ms: Annotated[Amount, doc("Milliseconds that the look-up took.")]


# What no type can say: a check that was not done has a reason, and neither label nor sources.
_WITH_REASON: Schema = {"status_reason": {"type": "string", "minLength": 1}}
_BY_STATUS: Schema = {
    "if": {"properties": {"status": {"const": "not_checked"}}},
    "then": {"properties": {"label": {"type": "null"}, "sources": {"maxItems": 0}, **_WITH_REASON}},
    "else": {
        "properties": {"label": {"type": "string"}},
        "if": {"properties": {"status": {"const": "partial"}}},
        "then": {"properties": _WITH_REASON},
    },
}


def answer_schemas(ref_template: str) -> dict[str, Schema]:
    """The JSON Schemas of an answer and its parts, by the names of their types.

    Args:
        ref_template: how one refers to another, such as "#/components/schemas/{name}".
    """
    _, schemas = msgspec.json.schema_components((AttributionJson,), ref_template=ref_template)
    for name, schema in schemas.items():
        fields: Iterable[str] = globals()[name].__annotations__
        schema["title"] = name.removesuffix("Json")
        schema["description"] = " ".join(schema["description"].split())
        # msgspec sorts them by name
        schema["properties"] = {field: schema["properties"][field] for field in fields}
        schema["required"] = [field for field in fields if field in schema["required"]]
    schemas["AttributionJson"].update(_BY_STATUS)
    return schemas


@cache
def published_schema() -> str:
    """The JSON Schema of an answer, as `whence schema` prints it."""
    schemas = answer_schemas("#/$defs/{name}")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": _ID}
    whole = {**head, **schemas.pop("AttributionJson")}
    whole["$defs"] = {name.removesuffix("Json").lower(): part for name, part in schemas.items()}
    text = json.dumps(whole, indent=2)
    text = re.sub(r'"#/\$defs/(\w+)Json"', lambda found: f'"#/$defs/{found[1].lower()}"', text)
    return text + "\n"
