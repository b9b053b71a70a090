"""Every token of a snippet counts once, under its strongest match, and all shares agree."""

from __future__ import annotations

import pytest

from attribution.coverage import coverage_of, matched_tokens, recounted, tokens_in
from attribution.lexing.lexer import lex
from attribution.types import Covered, Match, MatchKind, Span

CODE = b"\n".join(b"name_%d = call_%d(%d)" % (i, i, i) for i in range(1, 11)) + b"\n"
TOKENS = lex(CODE, "python")
PER_LINE = len(TOKENS) // 10
LINES = CODE.splitlines(keepends=True)


def lines(first: int, last: int) -> Span:
    start = sum(map(len, LINES[: first - 1]))
    return Span(start, sum(map(len, LINES[:last])) - 1, first, last)


def match(kind: MatchKind, first: int, last: int, tokens: int | None = None) -> Match:
    count = PER_LINE * (last - first + 1) if tokens is None else tokens
    return Match(kind, count, lines(first, last), Span(0, 1, 1, 1))


def shown(parts: tuple[Covered, ...]) -> list[tuple[str, int, int, int]]:
    return [
        (part.kind or "common", part.span.start_line, part.span.end_line, part.tokens)
        for part in parts
    ]


def test_the_strongest_match_counts_where_several_overlap() -> None:
    matches = [match(MatchKind.RENAMED, 3, 8), match(MatchKind.VERBATIM, 1, 4)]
    for order in (matches, matches[::-1]):
        assert shown(coverage_of(order, (), TOKENS)) == [
            ("verbatim", 1, 4, 4 * PER_LINE),
            ("renamed", 5, 8, 4 * PER_LINE),
        ]


def test_matches_of_several_sources_over_the_same_lines_count_once() -> None:
    matches = [match(MatchKind.VERBATIM, 2, 5)] * 3
    assert matched_tokens(matches, TOKENS) == 4 * PER_LINE
    assert len(coverage_of(matches, (), TOKENS)) == 1


def test_neighbours_of_one_kind_are_one_part() -> None:
    matches = [match(MatchKind.VERBATIM, 1, 2), match(MatchKind.VERBATIM, 3, 5)]
    assert shown(coverage_of(matches, (), TOKENS)) == [("verbatim", 1, 5, 5 * PER_LINE)]


def test_common_code_counts_where_nothing_matches() -> None:
    parts = coverage_of([match(MatchKind.SIMILAR, 1, 3)], [lines(2, 5)], TOKENS)
    assert shown(parts) == [("similar", 1, 3, 3 * PER_LINE), ("common", 4, 5, 2 * PER_LINE)]


def test_the_gaps_of_an_edited_match_do_not_count() -> None:
    edited = match(MatchKind.EDITED, 1, 10, tokens=7 * PER_LINE)
    assert shown(coverage_of([edited], (), TOKENS)) == [("edited", 1, 10, 7 * PER_LINE)]
    inside = match(MatchKind.VERBATIM, 1, 5)
    assert shown(coverage_of([edited, inside], (), TOKENS)) == [
        ("verbatim", 1, 5, 5 * PER_LINE),
        ("edited", 6, 10, round(0.7 * 5 * PER_LINE)),
    ]


def test_nothing_matches() -> None:
    assert coverage_of([], [], TOKENS) == ()
    assert coverage_of([], [], lex(b"", None)) == ()


@pytest.mark.parametrize("kind", [MatchKind.VERBATIM, MatchKind.EDITED])
def test_a_match_is_counted_in_the_tokens_of_the_answer(kind: MatchKind) -> None:
    code = b"x = 'it is one string' // 2 + len('and another one')\n"
    own, other = lex(code, "python"), lex(code, "c")  # // starts a comment
    assert len(own) != len(other)
    span = Span(0, len(code) - 1, 1, 1)
    found = recounted(Match(kind, len(own), span, span), own, other)
    assert found.tokens == len(other)
    assert tokens_in(other, span) == (0, len(other))
