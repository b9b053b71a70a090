"""An Attribution as JSON: the one shape of the command, the API, the audit and the page.

`schema.json` beside this file publishes the shape (JSON Schema 2020-12) and docs/answer.md
explains it. Fields may be added, not renamed. Plain dictionaries are built directly, not through
`dataclasses.asdict`: that copies deeply, and a batch writes thousands of answers a second.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import NotRequired, TypedDict

from attribution.citation import Citation, cite_occurrence, lines_of_occurrence, notice
from attribution.types import Attribution, IndexSummary, Occurrence, Source, Span

__all__ = [
    "AttributionJson",
    "IndexJson",
    "OccurrenceJson",
    "SourceJson",
    "SpanJson",
    "as_json",
    "index_json",
    "json_line",
    "json_text",
    "occurrence_json",
    "published_schema",
    "source_json",
    "span_json",
]

# Trees of our own making have no cycles to check for.
_LINE = json.JSONEncoder(separators=(",", ":"), check_circular=False)

# JSON leaves these as they are, and a terminal obeys them: C1 controls, marks that reorder a line,
# line separators. Surrogates, of file names that are no UTF-8, cannot even be written.
_UNSEEN = re.compile(
    r"[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)


class SpanJson(TypedDict):
    """Lines are 1-based and inclusive, offsets half-open and in bytes."""

    start_line: int
    end_line: int
    start: int
    end: int


class MatchJson(TypedDict):
    """A verified pair of spans."""

    kind: str
    tokens: int
    snippet: SpanJson
    source: SpanJson


class LicenseJson(TypedDict):
    """A licence, where it was read, and what contradicts it."""

    expression: str
    evidence: str
    conflict: str | None


class LinesJson(TypedDict):
    """1-based and inclusive."""

    start_line: int
    end_line: int


class OccurrenceJson(TypedDict):
    """One place of a source, with its citations."""

    repository: str
    path: str
    revision: str | None
    origin: str
    date: str | None
    stars: int | None
    vendored: bool
    lines: LinesJson | None
    url: str | None
    swhid: str
    purl: str | None
    license: LicenseJson


class OriginJson(TypedDict):
    """The probable origin: a position in `occurrences`, and why."""

    occurrence: int
    reason: str


class SourceJson(TypedDict):
    """Equal and near-equal documents: one row of an answer."""

    document: str
    documents: list[str]
    kind: str
    confidence: float
    containment: float
    similarity: float
    longest_run_tokens: int
    evidence: float
    matches: list[MatchJson]
    occurrences_total: int
    occurrences: list[OccurrenceJson]
    origin: OriginJson | None
    notice: str


class SnippetJson(TypedDict):
    """What was asked about."""

    name: str
    language: str | None
    lines: int
    tokens: int


class IndexJson(TypedDict):
    """What the answer was checked against."""

    name: str
    date: str
    documents: int
    occurrences: int
    languages: int
    opt_outs: int
    version: str


class CandidatesJson(TypedDict):
    """How many documents the index proposed, and how many were aligned."""

    proposed: int
    verified: int


class AttributionJson(TypedDict):
    """The answer for one snippet."""

    id: NotRequired[object]  # of `lookup --jsonl`: the line's own id
    status: str
    status_reason: str | None
    label: str | None
    reason: str
    confidence: float
    snippet: SnippetJson
    sources: list[SourceJson]
    common_count: int | None
    common: list[SpanJson]
    candidates: CandidatesJson
    warnings: list[str]
    index: IndexJson
    elapsed_ms: float


def as_json(attribution: Attribution) -> AttributionJson:
    """The answer as plain values that any JSON writer takes."""
    snippet = attribution.snippet
    label = attribution.label
    return {
        "status": attribution.status.value,
        "status_reason": attribution.status_reason,
        "label": None if label is None else label.value,
        "reason": attribution.reason,
        "confidence": round(attribution.confidence, 4),
        "snippet": {
            "name": snippet.name,
            "language": snippet.language,
            "lines": attribution.lines,
            "tokens": attribution.tokens,
        },
        "sources": [source_json(source) for source in attribution.sources],
        "common_count": attribution.common_count,
        "common": [span_json(span) for span in attribution.common],
        "candidates": {
            "proposed": attribution.candidates_proposed,
            "verified": attribution.candidates_verified,
        },
        "warnings": list(attribution.warnings),
        "index": index_json(attribution.index),
        "elapsed_ms": round(attribution.elapsed_ms, 3),
    }


def index_json(summary: IndexSummary) -> IndexJson:
    """What an index is, as every answer says it."""
    return {
        "name": summary.name,
        "date": summary.date,
        "documents": summary.documents,
        "occurrences": summary.occurrences,
        "languages": summary.languages,
        "opt_outs": summary.opt_outs,
        "version": summary.version,
    }


def json_line(answer: AttributionJson) -> str:
    """The answer on one line, without its end."""
    return _LINE.encode(answer)


def json_text(shape: object) -> str:
    """JSON for people: indented, other scripts as they are, nothing that a terminal obeys."""
    text = json.dumps(shape, indent=2, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def published_schema() -> str:
    """The JSON Schema of an answer, as shipped."""
    return resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8")


def source_json(source: Source) -> SourceJson:
    """A row of an answer."""
    origin = source.origin
    return {
        "document": source.document,
        "documents": list(source.documents),
        "kind": source.kind.value,
        "confidence": round(source.confidence, 4),
        "containment": round(source.containment, 4),
        "similarity": round(source.similarity, 4),
        "longest_run_tokens": source.longest_run_tokens,
        "evidence": round(source.evidence, 2),
        "matches": [
            {
                "kind": match.kind.value,
                "tokens": match.tokens,
                "snippet": span_json(match.snippet),
                "source": span_json(match.source),
            }
            for match in source.matches
        ],
        "occurrences_total": source.occurrences_total,
        "occurrences": [
            occurrence_json(place, cite_occurrence(source, at), lines_of_occurrence(source, at))
            for at, place in enumerate(source.occurrences)
        ],
        "origin": None
        if origin is None
        else {"occurrence": origin.occurrence, "reason": origin.reason},
        "notice": notice(source),
    }


def span_json(span: Span) -> SpanJson:
    """A range of a text."""
    return {
        "start_line": span.start_line,
        "end_line": span.end_line,
        "start": span.start,
        "end": span.end,
    }


def occurrence_json(
    place: Occurrence, citation: Citation, lines: tuple[int, int] | None
) -> OccurrenceJson:
    """A place, with its citation and the lines that it cites, if any."""
    evidence = place.license
    return {
        "repository": place.repository,
        "path": place.path,
        "revision": place.revision,
        "origin": place.origin,
        "date": place.date,
        "stars": place.stars,
        "vendored": place.vendored,
        "lines": None if lines is None else {"start_line": lines[0], "end_line": lines[1]},
        "url": citation.url,
        "swhid": citation.swhid,
        "purl": citation.purl,
        "license": {
            "expression": evidence.expression,
            "evidence": evidence.evidence,
            "conflict": evidence.conflict,
        },
    }
