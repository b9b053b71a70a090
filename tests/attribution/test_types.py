"""The behaviour of spans, sources and answers."""

from __future__ import annotations

import pytest

from attribution.types import (
    Attribution,
    IndexSummary,
    Match,
    MatchKind,
    Occurrence,
    Origin,
    Snippet,
    Source,
    Span,
    Status,
)

ONE, OTHER = "swh:1:cnt:" + "1" * 40, "swh:1:cnt:" + "2" * 40
SPANS = (Span(0, 9, 1, 3), Span(40, 60, 7, 9))


def source(origin: int | None, documents: tuple[str, ...] = (ONE, OTHER)) -> Source:
    match = Match(MatchKind.VERBATIM, 20, Span(0, 9, 1, 3), Span(100, 120, 30, 32))
    return Source(
        document=ONE,
        kind=MatchKind.VERBATIM,
        tokens=20,
        containment=1.0,
        similarity=1.0,
        longest_run_tokens=20,
        evidence=1.0,
        confidence=0.9,
        matches=(match,),
        occurrences=(Occurrence("o/first", "a.py"), Occurrence("o/second", "b.py")),
        occurrences_total=2,
        origin=None if origin is None else Origin(origin, "earliest"),
        occurrence_documents=documents,
        occurrence_spans=SPANS if documents else (),
    )


def test_a_shifted_span_counts_what_comes_before() -> None:
    assert Span(2, 5, 1, 2).shifted(10, 3) == Span(12, 15, 4, 5)


def test_a_hull_contains_both_spans() -> None:
    assert SPANS[0].hull(SPANS[1]) == SPANS[1].hull(SPANS[0]) == Span(0, 60, 1, 9)


@pytest.mark.parametrize(("first_line", "touches"), [(2, True), (3, True), (4, True), (5, False)])
def test_spans_touch_when_their_lines_overlap_or_follow(first_line: int, touches: bool) -> None:
    one, other = Span(0, 9, 1, 3), Span(0, 9, first_line, first_line + 1)
    assert one.touches(other) is other.touches(one) is touches


@pytest.mark.parametrize(("origin", "position"), [(None, 0), (0, 0), (1, 1), (7, 0), (-1, 0)])
def test_the_origin_is_cited_and_else_the_first(origin: int | None, position: int) -> None:
    cited = source(origin).cited
    assert cited is not None
    assert cited.occurrence == source(origin).occurrences[position]
    assert cited.document == (ONE, OTHER)[position]
    assert cited.lines == ((1, 3), (7, 9))[position]


def test_without_occurrences_nothing_is_cited() -> None:
    gone = Source(ONE, MatchKind.SIMILAR, 20, 0.5, 0.5, 3, 1.0, 0.9, (), (), 0, None)
    assert gone.cited is None


def test_an_occurrence_without_a_span_of_its_own_has_that_of_the_match() -> None:
    seen = source(1, documents=()).occurrence(1)
    assert (seen.document, seen.lines) == (ONE, (30, 32))


@pytest.mark.parametrize(
    ("documents", "position"), [((ONE, OTHER), 0), ((OTHER, ONE), 1), ((OTHER, OTHER), 1), ((), 1)]
)
def test_the_occurrence_of_the_aligned_document_is_preferred(
    documents: tuple[str, ...], position: int
) -> None:
    assert source(1, documents).aligned_at == position


@pytest.mark.parametrize(("code", "lines"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\nb", 2)])
def test_an_answer_that_was_not_checked_says_why(code: bytes, lines: int) -> None:
    index = IndexSummary("tiny", "2026-11-21", 1, 1, 1, 0, "1")
    answer = Attribution.not_checked(Snippet(code), "the file is empty", index)
    assert (answer.status, answer.status_reason) == (Status.NOT_CHECKED, "the file is empty")
    assert (answer.label, answer.sources, answer.lines) == (None, (), lines)
    assert answer.reason == "Not checked: the file is empty."
