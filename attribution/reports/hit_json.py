"""A hit of a word search as plain values: for `whence search --format json` and the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from attribution.citation import cite
from attribution.reports.answer_schema import OccurrenceJson
from attribution.reports.json_report import occurrence_json

if TYPE_CHECKING:
    from attribution.index.interface import WordHit

__all__ = ["HitJson", "LineJson", "best_line", "excerpt", "hit_json", "lines_of"]


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
    lines_total: int
    occurrences: list[OccurrenceJson]
    occurrences_total: int


def hit_json(
    hit: WordHit,
    *,
    max_lines: int | None = None,
    max_columns: int | None = None,
    max_occurrences: int | None = None,
) -> HitJson:
    """The hit as plain values; its occurrences are cited at the line with the rarest words.

    Args:
        hit: the hit.
        max_lines: how many lines to list, those with the rarest words; None: all. All are counted.
        max_columns: characters of a line; a longer one ends in " ...".
        max_occurrences: how many occurrences to list; all are counted.
    """
    swhid = hit.document.swhid
    first = best_line(hit)
    return {
        "document": swhid,
        "language": hit.document.language,
        "score": round(hit.score, 4),
        "lines": [
            {
                "number": number,
                "text": text if max_columns is None else excerpt(text, max_columns),
            }
            for number, text in lines_of(hit, max_lines)
        ],
        "lines_total": len(hit.ranked_lines),
        "occurrences": [
            occurrence_json(occurrence, cite(swhid, occurrence, first), first)
            for occurrence in hit.occurrences[:max_occurrences]
        ],
        "occurrences_total": len(hit.occurrences),
    }


def best_line(hit: WordHit) -> tuple[int, int]:
    """The line with the rarest words, as a range."""
    return hit.ranked_lines[0], hit.ranked_lines[0]


def lines_of(hit: WordHit, most: int | None = None) -> list[tuple[int, str]]:
    """The numbers and texts of `most` matching lines, in order; those with the rarest words."""
    numbers = sorted(hit.ranked_lines[:most])
    if not numbers:
        return []
    texts = hit.document.text.split(b"\n", numbers[-1])
    return [
        (number, texts[number - 1].removesuffix(b"\r").decode("utf-8", "replace"))
        for number in numbers
    ]


def excerpt(text: str, columns: int) -> str:
    """A line, cut after some characters."""
    return text if len(text) <= columns else text[:columns] + " ..."
