"""An Attribution as JSON: the one shape of the command, the API, the audit and the page.

`attribution.reports.answer_schema` defines the shape, docs/answer.md explains it. Dictionaries are
built directly where they differ from our dataclasses: a batch writes thousands of answers a second.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import cast

import msgspec

from attribution.citation import Citation, cite_license, cite_occurrence
from attribution.licensing.obligations import in_words, obligations
from attribution.notice import notice
from attribution.reports.answer_schema import (
    AttributionJson,
    IndexJson,
    LeadJson,
    LicenseObligationsJson,
    LinesJson,
    MatchJson,
    OccurrenceJson,
    OriginJson,
    SourceJson,
    SpanJson,
)
from attribution.types import (
    UNKNOWN_LICENSE,
    Attribution,
    IndexSummary,
    Lead,
    Occurrence,
    Source,
    Span,
)

__all__ = [
    "as_json",
    "index_json",
    "json_line",
    "json_text",
    "occurrence_json",
    "source_json",
    "span_json",
]

# Our own trees have no cycles to check for.
_LINE = json.JSONEncoder(separators=(",", ":"), check_circular=False)

# JSON allows these characters unescaped, and a terminal obeys them: C1 controls, marks that reorder
# a line, line separators. Surrogates, of file names that are not UTF-8, cannot even be written.
_UNSEEN = re.compile(
    r"[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)


def as_json(attribution: Attribution) -> AttributionJson:
    """The answer as plain values that any JSON writer accepts."""
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
        "sources_total": attribution.sources_total,
        "sources": [source_json(source) for source in attribution.sources],
        "licenses": [
            {"expression": expression, "sources": count}
            for expression, count in attribution.licenses
        ],
        "coverage": [
            {"kind": part.kind or "common", "tokens": part.tokens, **span_json(part.span)}
            for part in attribution.coverage
        ],
        "common_count": attribution.common_count,
        "common": [span_json(span) for span in attribution.common],
        "leads": [_lead_json(lead) for lead in attribution.leads],
        "candidates": {
            "proposed": attribution.candidates_proposed,
            "verified": attribution.candidates_verified,
        },
        "warnings": list(attribution.warnings),
        "index": index_json(attribution.index),
        "elapsed_ms": round(attribution.elapsed_ms, 3),
    }


def index_json(summary: IndexSummary) -> IndexJson:
    """The index, as in every answer."""
    shape = cast("dict[str, object]", msgspec.to_builtins(summary))
    del shape["indexes"]
    if summary.indexes:
        shape["indexes"] = [index_json(one) for one in summary.indexes]
    return cast("IndexJson", shape)


def json_line(answer: AttributionJson) -> str:
    """The answer on one line, without its end."""
    return _LINE.encode(answer)


def json_text(shape: object) -> str:
    """JSON for people: indented, other scripts unescaped, nothing that a terminal obeys."""
    text = json.dumps(shape, indent=2, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def source_json(source: Source) -> SourceJson:
    """A source of an answer."""
    seen = [source.occurrence(at) for at in range(len(source.occurrences))]
    license_ = source.cited.occurrence.license if source.cited else UNKNOWN_LICENSE
    return {
        "document": source.document,
        "documents": list(source.documents),
        "kind": source.kind.value,
        "confidence": round(source.confidence, 4),
        "tokens": source.tokens,
        "containment": round(source.containment, 4),
        "similarity": round(source.similarity, 4),
        "longest_run_tokens": source.longest_run_tokens,
        "evidence": round(source.evidence, 2),
        "matches": cast("list[MatchJson]", msgspec.to_builtins(list(source.matches))),
        "occurrences_total": source.occurrences_total,
        "occurrences": [
            occurrence_json(one.occurrence, cite_occurrence(one), one.lines) for one in seen
        ],
        "origin": cast("OriginJson | None", msgspec.to_builtins(source.origin)),
        "obligations": _obligations_json(license_.expression),
        "owed": list(in_words(license_.expression)),
        "notice": notice(source),
    }


def _lead_json(lead: Lead) -> LeadJson:
    here = lead.occurrence
    assert here.span is not None
    return {
        "reason": lead.reason,
        "document": here.document,
        "tokens": lead.run.tokens,
        "snippet": span_json(lead.run.snippet),
        "source": span_json(here.span),
        "occurrences_total": lead.occurrences_total,
        "occurrence": occurrence_json(here.occurrence, cite_occurrence(here), here.lines),
    }


@lru_cache(maxsize=1024)
def _obligations_json(expression: str) -> list[LicenseObligationsJson]:
    """Shared by all answers: not to be changed."""
    encoded = msgspec.json.encode(obligations(expression))  # tuples become lists
    return cast("list[LicenseObligationsJson]", msgspec.json.decode(encoded))


def span_json(span: Span) -> SpanJson:
    """A range of a text."""
    return cast("SpanJson", msgspec.to_builtins(span))


def occurrence_json(
    occurrence: Occurrence, citation: Citation, lines: tuple[int, int] | None
) -> OccurrenceJson:
    """An occurrence, with its citation and the lines that it cites, if any."""
    license_ = occurrence.license
    shape: OccurrenceJson = {
        "repository": occurrence.repository,
        "path": occurrence.path,
        "revision": occurrence.revision,
        "origin": occurrence.origin,
        "date": occurrence.date,
        "stars": occurrence.stars,
        "vendored": occurrence.vendored,
        "lines": _lines_json(lines),
        "url": citation.url,
        "swhid": citation.swhid,
        "purl": citation.purl,
        "license": {
            "expression": license_.expression,
            "evidence": license_.evidence,
            "conflict": license_.conflict,
            "file": license_.file,
            "lines": _lines_json(license_.lines),
            "matcher": license_.matcher,
            "url": cite_license(occurrence, license_),
            "against": [
                {
                    "expression": other.expression,
                    "evidence": other.evidence,
                    "file": other.file,
                    "lines": _lines_json(other.lines),
                    "url": cite_license(occurrence, other),
                }
                for other in license_.against
            ],
        },
        "holders": [
            {"years": h.years, "name": h.name, "file": h.file or None} for h in occurrence.holders
        ],
    }
    if occurrence.indexes:
        shape["indexes"] = list(occurrence.indexes)
    return shape


def _lines_json(lines: tuple[int, int] | None) -> LinesJson | None:
    return None if lines is None else {"start_line": lines[0], "end_line": lines[1]}
