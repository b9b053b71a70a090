"""Hits of a word search for people, with the matching lines (hit_json has them as JSON)."""

from __future__ import annotations

import re

from rich.console import Console
from rich.text import Text

from attribution.citation import cite
from attribution.index.interface import WordHit, WordQuery
from attribution.index.regular_expression import RegularExpression
from attribution.reports.hit_json import best_line, excerpt, lines_of
from attribution.reports.numbers import count_of
from attribution.reports.terminal import printable

__all__ = ["print_hit"]

_MARK = "bold underline"
_COLUMNS = 200  # of a line: minified code has lines of megabytes


def print_hit(
    console: Console, number: int, hit: WordHit, query: WordQuery, max_lines: int
) -> None:
    """Print a hit: its first occurrence, lines with the query's words marked, its address."""
    occurrence = hit.occurrences[0]
    title = Text.assemble(
        f"{number}. ",
        (printable(occurrence.repository), "bold"),
        "  ",
        (printable(occurrence.path), "bold"),
    )
    title.append(f"  {hit.document.language}, {printable(occurrence.license.expression)}", "dim")
    console.print(title, soft_wrap=True)
    words = _pattern(query)
    regexes = [RegularExpression(pattern) for pattern in query.regexes]
    lines = lines_of(hit, max_lines)
    digits = len(str(lines[-1][0])) if lines else 0
    for line, text in lines:
        shown = Text(printable(excerpt(text, _COLUMNS)))
        if words is not None:
            shown.highlight_regex(words, _MARK)
        for start, end in (span for regex in regexes for span in regex.spans(shown.plain)):
            shown.stylize(_MARK, start, end)
        console.print(
            Text.assemble(" " * 3, (f"{line:>{digits}}", "dim"), "  ", shown),
            no_wrap=True,
            overflow="ellipsis",
        )
    more = [
        count_of(count, noun)
        for count, noun in (
            (len(hit.ranked_lines) - len(lines), "more line"),
            (len(hit.occurrences) - 1, "more occurrence"),
        )
        if count > 0
    ]
    if more:
        console.print(Text(f"   and {', '.join(more)}", "dim"))
    citation = cite(hit.document.swhid, occurrence, best_line(hit))
    console.print(Text(f"   {printable(citation.url or citation.swhid)}", "dim"), soft_wrap=True)


def _pattern(query: WordQuery) -> re.Pattern[str] | None:
    parts = [re.escape(phrase) for phrase in query.phrases]
    for given in query.words:
        # A short word cannot be a part of an identifier.
        parts += [w if len(w) > 2 else rf"\b{w}\b" for w in re.findall(r"\w+", given)]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None
