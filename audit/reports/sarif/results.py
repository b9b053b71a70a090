"""Findings as SARIF results, and what was not checked as notifications (SARIF 3.27 and 3.58)."""

from __future__ import annotations

import re
from typing import TypeAlias
from urllib.parse import quote, urldefrag

from attribution.licensing.wording import read_from
from attribution.reports.numbers import percent
from attribution.types import Source
from audit.reports.safe_text import brief, one_line
from audit.reports.sarif.rules import NOTIFICATIONS, RULES, rule_of
from audit.reports.source_location import SourceLocation, locate
from audit.reports.wording import capitalized, copy_in_words, reason_of, status_of
from audit.types import Decision, Finding, Severity

__all__ = ["Json", "notification", "result"]

Json: TypeAlias = dict[str, object]

_LEVELS = {Severity.NOTE: "note", Severity.WARNING: "warning", Severity.ERROR: "error"}
_SOURCES = 10  # listed per finding; GitHub accepts 1,000 locations a result and shows 100
_SNIPPET = 4000  # characters; minified code has lines of megabytes
_TEXT = 2000  # characters of a sentence


def result(finding: Finding) -> Json:
    """A result; a decided one has its suppression."""
    passage, ruling = finding.passage, finding.ruling
    rule = rule_of(finding)
    locations = [locate(source) for source in _sources(finding)]
    related = [
        _related(number, location)
        for number, location in enumerate(locations, 1)
        if location.citation.url
    ]
    shape: Json = {
        "ruleId": rule,
        "ruleIndex": RULES.index(rule),
        "level": _LEVELS[ruling.severity],
        "message": {"text": _message(finding, locations[0])},
        "locations": [_location(finding.name, _region(finding))],
        "partialFingerprints": {"whenceContent/v1": passage.key},
        "properties": {
            "id": finding.id,
            "status": status_of(finding),
            "license": ruling.license,
            "family": ruling.family,
            "rule": ruling.rule,
            "label": passage.label.value,
            "confidence": round(passage.confidence, 4),
            "containment": round(passage.containment, 4),
            "tokens": passage.tokens,
            "sources": [_source(location) for location in locations],
            "sourcesTotal": len(passage.sources),
        },
    }
    if related:
        shape["relatedLocations"] = related
    # An array even if empty, which by SARIF 3.27.23 says that the result is not suppressed.
    shape["suppressions"] = [] if finding.decision is None else [_suppression(finding.decision)]
    return shape


def notification(rule: str, level: str, text: str, name: str | None = None) -> Json:
    """A notification.

    Args:
        rule: its id, one of `NOTIFICATIONS`.
        level: `note`, `warning` or `error`.
        text: one sentence.
        name: of the file concerned.
    """
    shape: Json = {
        "descriptor": {"id": rule, "index": list(NOTIFICATIONS).index(rule)},
        "level": level,
        "message": {"text": _sentence(text)},
    }
    if name is not None:
        shape["locations"] = [_location(name)]
    return shape


def _sources(finding: Finding) -> list[Source]:
    """The source that decided, then the others, best first."""
    sources, first = finding.passage.sources, finding.ruling.source
    return [sources[first], *sources[:first], *sources[first + 1 :]][:_SOURCES]


def _message(finding: Finding, location: SourceLocation) -> str:
    ruling, sure = finding.ruling, percent(finding.passage.confidence)
    where = _sentence(f"{location.where} in {location.repository}")
    if location.citation.url:
        where = f"[{where}]({quote(location.citation.url, safe=':/?#=&%@~+,;.-_')})"
    return (
        f"{capitalized(copy_in_words(finding))} of {where}, {sure} sure: {ruling.verdict.value}, "
        f"{_sentence(ruling.license)}. {_sentence(reason_of(finding))}."
    )


def _sentence(text: str) -> str:
    """Plain text of a message: brackets would be a link (SARIF 3.11.6), braces a placeholder."""
    plain = re.sub(r"([\\\[\]])", r"\\\1", brief(text, _TEXT))
    return plain.replace("{", "{{").replace("}", "}}")


def _region(finding: Finding) -> Json:
    passage = finding.passage
    first = max(passage.span.start_line, 1)
    code = "\n".join(map(one_line, passage.code.split("\n")))
    region: Json = {"startLine": first, "endLine": max(passage.span.end_line, first)}
    if code:
        region["snippet"] = {"text": code[:_SNIPPET]}
    return region


def _location(name: str, region: Json | None = None) -> Json:
    """A location in the audited tree; the bytes of a name that is not UTF-8 are kept."""
    artifact: Json = {"uri": quote(name, errors="surrogateescape"), "uriBaseId": "SRCROOT"}
    location: Json = {"artifactLocation": artifact}
    if region is not None:
        location["region"] = region
    return {"physicalLocation": location}


def _related(number: int, location: SourceLocation) -> Json:
    address, lines = urldefrag(location.citation.url or "")
    physical: Json = {"artifactLocation": {"uri": address}}
    if location.lines is not None and lines:  # the page of a package has no lines of its files
        physical["region"] = {"startLine": location.lines[0], "endLine": location.lines[1]}
    text = f"{location.repository}: {location.where}, {location.license.expression}"
    return {"id": number, "physicalLocation": physical, "message": {"text": _sentence(text)}}


def _source(location: SourceLocation) -> Json:
    return {
        "repository": location.repository,
        "path": location.path,
        "url": location.citation.url,
        "swhid": location.citation.swhid,
        "purl": location.citation.purl,
        "license": location.license.expression,
        "evidence": location.license.evidence,
        "readFrom": read_from(location.license),
        "holders": list(location.copyright),
        "conflict": location.license.conflict,
        "places": location.occurrences,  # words: allow
    }


def _suppression(decision: Decision) -> Json:
    """Comments are in the source; a baseline and a NOTICE are external (SARIF 3.35)."""
    parts = [f"{decision.kind.value}: {decision.reason}"]
    parts += [f"by {decision.author}"] if decision.author else []
    parts += [f"on {decision.date}"] if decision.date else []
    parts += [f"until {decision.expires}"] if decision.expires else []
    parts.append(f"in {decision.place}")
    return {
        "kind": "inSource" if decision.where.startswith("line ") else "external",
        "status": "accepted",
        "justification": brief(", ".join(parts), _TEXT),
    }
