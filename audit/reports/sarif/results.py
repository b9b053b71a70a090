"""Findings as SARIF results, and what was not checked as notifications (SARIF 3.27 and 3.58)."""

from __future__ import annotations

import re
from typing import TypeAlias
from urllib.parse import quote, urldefrag

from attribution.reports.numbers import percent
from attribution.types import Source
from audit.reports.account import reason_of, status_of
from audit.reports.cited import Cited, cited, copy_in_words
from audit.reports.safe_text import one_line, shortened
from audit.reports.sarif.rules import NOTIFICATIONS, position_of, rule_of
from audit.types import Decision, Finding, Severity

__all__ = ["Json", "notification", "result"]

Json: TypeAlias = dict[str, object]

_LEVELS = {Severity.NOTE: "note", Severity.WARNING: "warning", Severity.ERROR: "error"}
_SOURCES = 10  # that are told of one finding; GitHub takes 1,000 locations a result, shows 100
_SNIPPET = 4000  # characters; minified code has lines of megabytes
_TEXT = 2000  # characters of a sentence
_ORDER = tuple(NOTIFICATIONS)


def result(finding: Finding) -> Json:
    """A result; a decided one has its suppression."""
    passage, ruling = finding.passage, finding.ruling
    rule = rule_of(finding)
    places = [cited(source) for source in _sources(finding)]
    related = [_related(number, place) for number, place in enumerate(places, 1) if place.url]
    shape: Json = {
        "ruleId": rule,
        "ruleIndex": position_of(rule),
        "level": _LEVELS[ruling.severity],
        "message": {"text": _message(finding, places[0])},
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
            "sources": [_source(place) for place in places],
            "sourcesTotal": len(passage.sources),
        },
    }
    if related:
        shape["relatedLocations"] = related
    # An array even when empty: SARIF 3.27.23 then takes the result for not suppressed, and known.
    shape["suppressions"] = [] if finding.decision is None else [_suppression(finding.decision)]
    return shape


def notification(rule: str, level: str, text: str, name: str | None = None) -> Json:
    """A notification of one of `sarif_rules.NOTIFICATIONS`.

    Args:
        rule: its id.
        level: `note`, `warning` or `error`.
        text: one sentence.
        name: of the file that it is about.
    """
    shape: Json = {
        "descriptor": {"id": rule, "index": _ORDER.index(rule)},
        "level": level,
        "message": {"text": _sentence(text)},
    }
    if name is not None:
        shape["locations"] = [_location(name)]
    return shape


def _sources(finding: Finding) -> list[Source]:
    """The one that decided, then the others, best first."""
    sources, at = finding.passage.sources, finding.ruling.source
    return [sources[at], *sources[:at], *sources[at + 1 :]][:_SOURCES]


def _message(finding: Finding, place: Cited) -> str:
    ruling, sure = finding.ruling, percent(finding.passage.confidence)
    where = _sentence(f"{place.where} in {place.repository}")
    if place.url:
        where = f"[{where}]({quote(place.url, safe=':/?#=&%@~+,;.-_')})"
    return (
        f"{copy_in_words(finding).capitalize()} of {where}, {sure} sure: {ruling.verdict.value}, "
        f"{_sentence(ruling.license)}. {_sentence(reason_of(finding))}."
    )


def _sentence(text: str) -> str:
    """Plain text of a message: brackets would be a link (SARIF 3.11.6), braces a placeholder."""
    plain = re.sub(r"([\\\[\]])", r"\\\1", shortened(one_line(text), _TEXT))
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
    """A place in the audited tree; the bytes of a name that is no UTF-8 are kept."""
    artifact: Json = {"uri": quote(name, errors="surrogateescape"), "uriBaseId": "SRCROOT"}
    place: Json = {"artifactLocation": artifact}
    if region is not None:
        place["region"] = region
    return {"physicalLocation": place}


def _related(number: int, place: Cited) -> Json:
    address, lines = urldefrag(place.url or "")
    artifact: Json = {"uri": address}
    where: Json = {"artifactLocation": artifact}
    if place.lines is not None and lines:  # the page of a package has no lines of its files
        where["region"] = {"startLine": place.lines[0], "endLine": place.lines[1]}
    text = _sentence(f"{place.repository}: {place.where}, {place.license}")
    return {"id": number, "physicalLocation": where, "message": {"text": text}}


def _source(place: Cited) -> Json:
    return {
        "repository": place.repository,
        "path": place.path,
        "url": place.url,
        "swhid": place.swhid,
        "purl": place.purl,
        "license": place.license,
        "evidence": place.evidence,
        "conflict": place.conflict,
        "places": place.places,
    }


def _suppression(decision: Decision) -> Json:
    """Comments stand in the source; a baseline and a NOTICE beside it (SARIF 3.35)."""
    told = [f"{decision.kind.value}: {decision.reason}"]
    told += [f"by {decision.author}"] if decision.author else []
    told += [f"on {decision.date}"] if decision.date else []
    told += [f"until {decision.expires}"] if decision.expires else []
    told.append(f"in {decision.where}")
    return {
        "kind": "inSource" if decision.where.startswith("line ") else "external",
        "status": "accepted",
        "justification": shortened(one_line(", ".join(told)), _TEXT),
    }
