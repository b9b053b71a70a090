"""Hits of a word search: for people with the matching lines, for programs as JSON."""

from __future__ import annotations

import re
from typing import TypedDict

from rich.console import Console
from rich.text import Text

from attribution.citation import cite
from attribution.index.interface import WordHit, WordQuery
from attribution.reports.json_report import OccurrenceJson, occurrence_json
from attribution.reports.numbers import count_of
from attribution.reports.terminal import printable

__all__ = ["HitJson", "LineJson", "hit_json", "print_hit"]

_LINES = 5  # matching lines shown of one document
_COLUMNS = 200  # of a line: minified code has lines of megabytes


class LineJson(TypedDict):
    """A line with a word or phrase of the query."""

    number: int
    text: str


class HitJson(TypedDict):
    """A document that answers a query."""

    document: str
    language: str
    score: float
    lines: list[LineJson]
    occurrences: list[OccurrenceJson]


def hit_json(hit: WordHit) -> HitJson:
    """The hit as plain values; its places are cited at the first matching line."""
    swhid = hit.document.swhid
    first = _first_line(hit)
    return {
        "document": swhid,
        "language": hit.document.language,
        "score": round(hit.score, 4),
        "lines": [{"number": number, "text": text} for number, text in _lines(hit)],
        "occurrences": [
            occurrence_json(place, cite(swhid, place, first), first) for place in hit.occurrences
        ],
    }


def print_hit(console: Console, number: int, hit: WordHit, query: WordQuery) -> None:
    """The hit's first place, its matching lines with the query's words marked, its address."""
    place = hit.occurrences[0]
    title = Text.assemble(
        f"{number}. ", (printable(place.repository), "bold"), "  ", (printable(place.path), "bold")
    )
    title.append(f"  {hit.document.language}, {printable(place.license.expression)}", "dim")
    console.print(title, soft_wrap=True)
    words = _pattern(query)
    lines = _lines(hit)
    digits = len(str(lines[min(len(lines), _LINES) - 1][0])) if lines else 0
    for line, text in lines[:_LINES]:
        shown = Text(printable(text[:_COLUMNS]) + (" ..." if len(text) > _COLUMNS else ""))
        if words is not None:
            shown.highlight_regex(words, "bold underline")
        console.print(
            Text.assemble(" " * 3, (f"{line:>{digits}}", "dim"), "  ", shown),
            no_wrap=True,
            overflow="ellipsis",
        )
    more = [
        count_of(count, noun)
        for count, noun in (
            (len(lines) - _LINES, "more line"),
            (len(hit.occurrences) - 1, "more place"),
        )
        if count > 0
    ]
    if more:
        console.print(Text(f"   and {', '.join(more)}", "dim"))
    citation = cite(hit.document.swhid, place, _first_line(hit))
    console.print(Text(f"   {printable(citation.url or citation.swhid)}", "dim"), soft_wrap=True)


def _first_line(hit: WordHit) -> tuple[int, int] | None:
    return (hit.lines[0], hit.lines[0]) if hit.lines else None


def _lines(hit: WordHit) -> list[tuple[int, str]]:
    if not hit.lines:
        return []
    texts = hit.document.content.split(b"\n", hit.lines[-1])
    return [
        (number, texts[number - 1].removesuffix(b"\r").decode("utf-8", "replace"))
        for number in hit.lines
    ]


def _pattern(query: WordQuery) -> re.Pattern[str] | None:
    parts = [re.escape(phrase) for phrase in query.phrases]
    for given in query.words:
        parts += [rf"\b{word}\b" for word in re.findall(r"\w+", given)]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None
