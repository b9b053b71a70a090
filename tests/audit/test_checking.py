"""Passages of an item: spans, clipping to judged ranges, windows, keys and sketches."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.lexing.lexer import lex
from attribution.types import Label, Status
from audit.checking.checker import Checker
from audit.checking.judged_text import JudgedText
from audit.checking.settings import CheckSettings
from audit.checking.windows import Window, halves_of, windows_of
from audit.types import Item
from tests.support.audit_index import indexed_function, make_index, original_function

LINES = ("a = f(b, 1)", "", "# remark", "x += g[1] * 2")


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checker]:
    folder = make_index(tmp_path_factory.mktemp("audit") / "index")
    checker = Checker.open(str(folder))
    yield checker
    checker.index.close()


def item(*parts: str, **fields: object) -> Item:
    return dataclasses.replace(Item("a.py", "\n".join(parts).encode(), "python"), **fields)


def test_an_internal_error_leaves_the_item_unchecked(
    checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("audit.checking.checker.passages_of", fails)
    checked = checker.check(item(indexed_function(3)))
    assert checked.status is Status.NOT_CHECKED
    assert "ZeroDivisionError" in (checked.status_reason or "")


def test_a_copy_in_original_code_is_one_passage_with_its_lines(checker: Checker) -> None:
    before, copy = original_function(1), indexed_function(3)
    found = checker.check(item(before, copy, original_function(2)))
    assert found.status is Status.CHECKED
    [passage] = found.passages
    first = before.count("\n") + 2
    assert (passage.span.start_line, passage.span.end_line) == (
        first,
        first + copy.count("\n") - 1,
    )
    assert passage.label is Label.VERBATIM
    assert passage.sources[0].occurrences[0].repository == "owner3/repo3"
    assert passage.code == passage.source_code == copy.rstrip("\n")
    assert passage.source_line == 1


def test_original_code_has_no_passage(checker: Checker) -> None:
    found = checker.check(item(*(original_function(n) for n in range(10))))
    assert found.status is Status.CHECKED
    assert found.passages == ()
    assert found.lines > 200


def test_old_mac_line_ends_do_not_hide_code(checker: Checker) -> None:
    """A carriage return also ends a line and a comment, as in Python."""
    copy = indexed_function(3)
    code = f"# of old\n{copy}".replace("\n", "\r").encode()
    [passage] = checker.check(Item("a.py", code, "python")).passages
    assert (passage.span.start_line, passage.span.end_line) == (2, 1 + copy.count("\n"))
    assert passage.code == copy.rstrip("\n")


def test_a_lone_carriage_return_ends_a_comment_and_no_line(checker: Checker) -> None:
    """Lines are counted as git counts them: only line feeds end one."""
    copy = indexed_function(3)
    code = f"a = 1  # one\rb = 2\n# of old\r{copy}".encode()
    [passage] = checker.check(Item("a.py", code, "python")).passages
    assert (passage.span.start_line, passage.span.end_line) == (2, 1 + copy.count("\n"))


def test_more_sources_than_an_answer_lists_are_all_found(checker: Checker) -> None:
    few = Checker(checker.index, CheckSettings(max_sources=3))
    text = item(*(indexed_function(n) for n in range(12)))
    found = few.check(text)
    assert found.status is Status.CHECKED
    spans = [(one.span, one.sources[0].document) for one in found.passages]
    assert spans == [(one.span, one.sources[0].document) for one in checker.check(text).passages]
    assert len(spans) == 12


def test_too_many_sources_of_long_lines_make_the_check_partial(checker: Checker) -> None:
    few = Checker(checker.index, CheckSettings(max_sources=3))
    code = " ; ".join(indexed_function(n).replace("\n", " ") for n in range(24)).encode()
    found = few.check(Item("a.py", code, "python"))
    assert len(code) > 8192
    assert found.status is Status.PARTIAL
    assert "more than 3 sources" in str(found.status_reason)


def test_two_copies_are_two_passages_in_text_order(checker: Checker) -> None:
    text = item(indexed_function(5), original_function(1), indexed_function(2))
    repositories = [
        one.sources[0].occurrences[0].repository for one in checker.check(text).passages
    ]
    assert repositories == ["owner5/repo5", "owner2/repo2"]


def test_only_judged_ranges_are_reported(checker: Checker) -> None:
    copy = indexed_function(4)
    text = original_function(1) + copy + original_function(2)
    code = text.encode()
    start = code.index(copy.encode())
    half = start + code[start:].index(b"\n", 200) + 1
    ends = start + len(copy)
    whole = checker.check(Item("a", code, "python"))
    part = checker.check(Item("a", code, "python", judged=((half, ends),)))
    [passage] = part.passages
    assert passage.span.start >= half
    assert passage.span.end <= ends
    assert passage.tokens < whole.passages[0].tokens
    other = checker.check(Item("a", code, "python", judged=((0, start),)))
    assert other.passages == ()
    assert other.lines == original_function(1).count("\n")


def test_code_that_is_too_short_is_marked_as_such(checker: Checker) -> None:
    code = indexed_function(4).encode()
    line_end = code.index(b"\n") + 1
    for short in (
        Item("a", b"", "python"),
        Item("a", b" \n\n", "python"),
        Item("a", b"import os\n", "python"),
        Item("a", b"# a comment\n" * 100, "python"),
        Item("a", code, "python", judged=((0, line_end),)),
    ):
        found = checker.check(short)
        assert found.too_short
        assert found.status is Status.CHECKED
        assert found.status_reason


def test_binary_is_not_checked(checker: Checker) -> None:
    found = checker.check(Item("a", b"\0\1\2" * 100, "python"))
    assert found.status is Status.NOT_CHECKED
    assert "NUL" in (found.status_reason or "")


def test_utf_16_is_decoded_and_checked(checker: Checker) -> None:
    code = (original_function(1) + indexed_function(6)).encode("utf-16")
    [passage] = checker.check(Item("a", code, "python")).passages
    assert passage.span.start_line == original_function(1).count("\n") + 1


def test_lines_are_those_of_the_file(checker: Checker) -> None:
    [passage] = checker.check(item(indexed_function(7), first_line=101)).passages
    assert passage.span.start_line == 101
    assert passage.sources[0].matches[0].snippet.start_line == 101


def test_a_long_text_in_parts_has_the_passages_of_a_short_one(checker: Checker) -> None:
    parts = [original_function(n) for n in range(60)]
    for number in (0, 17, 31, 59):
        parts[number] = indexed_function(number % 24)
    text = item(*parts)
    whole = Checker(checker.index, CheckSettings(window_tokens=10**6)).check(text)
    small = Checker(checker.index, CheckSettings(window_tokens=500, overlap_lines=40)).check(text)
    assert len(whole.passages) == 4

    def summary(found: object) -> list[object]:
        return [
            (one.span, one.key, one.sources[0].document, one.label)
            for one in found.passages  # type: ignore[attr-defined]
        ]

    assert summary(small) == summary(whole)
    for one, other in zip(small.passages, whole.passages, strict=True):
        assert one.tokens == pytest.approx(other.tokens, rel=0.05)


def test_the_key_survives_moving_indenting_and_comments(checker: Checker) -> None:
    copy = indexed_function(8)
    [plain] = checker.check(item(copy)).passages
    indented = "class A:\n" + "".join("    " + line + "\n" for line in copy.splitlines())
    commented = copy.replace("\n", "  # a remark\n")
    for changed in (original_function(3) + copy, indented, commented):
        keys = {one.key for one in checker.check(item(changed)).passages}
        assert plain.key in keys
    [renamed] = checker.check(item(copy.replace("return", "yield"))).passages
    assert renamed.key != plain.key
    shared = len(set(renamed.prints) & set(plain.prints)) / len(plain.prints)
    assert shared > 0.5
    assert list(plain.prints) == sorted(set(plain.prints))


def test_a_part_with_only_comments_is_checked(checker: Checker) -> None:
    remarks = "# a remark of some length\n" * 400
    settings = CheckSettings(window_tokens=300, overlap_lines=4)
    text = item(*(original_function(n) for n in range(3)), remarks, "x = 1")
    found = Checker(checker.index, settings).check(text)
    assert found.status is Status.CHECKED
    assert found.status_reason is None


def test_chance_agreement_next_to_a_copy_is_not_a_copy(checker: Checker) -> None:
    # the loops of the copy, renamed: without the copy they would not be reported
    copy = indexed_function(9)
    loops = [line for line in copy.splitlines() if line.lstrip().startswith(("for", "if", "with"))]
    likeness = "\n".join(loops[:2]).replace("e", "u")
    text = item(copy, original_function(4), likeness, original_function(5))
    assert len(checker.check(text).passages) == 1


@given(st.integers(0, 400), st.lists(st.floats(0, 1), min_size=2, max_size=6), st.randoms())
def test_every_judged_token_is_in_a_window(
    count: int, shares: list[float], chance: random.Random
) -> None:
    code = "\n".join(chance.choices(LINES, k=count)).encode()
    bounds = sorted({int(share * len(code)) for share in shares})
    judged = [(bounds[i], bounds[i + 1]) for i in range(0, len(bounds) - 1, 2)]
    text = JudgedText.of(code, lex(code, "python"), judged, 0)
    settings = CheckSettings(window_tokens=60, overlap_lines=4, context_lines=3)
    windows = list(windows_of(text, settings))
    for window in windows:
        assert window.lines == code.count(b"\n", 0, window.start)
        assert window.start == 0 or code[window.start - 1 : window.start] == b"\n"
    for at, wanted in enumerate(text.judged):
        start, end = text.tokens.starts[at], text.tokens.ends[at]
        assert not wanted or any(w.start <= start and end <= w.end for w in windows)


@given(st.integers(1, 200), st.integers(0, 60))
def test_halves_overlap_and_omit_no_line(lines: int, overlap: int) -> None:
    code = b"before\n" + b"x = 1\n" * lines
    halves = halves_of(code, Window(7, len(code), 1), overlap)
    if halves is None:
        assert lines <= 30
        return
    first, second = halves
    assert (first.start, first.lines, second.end) == (7, 1, len(code))
    assert second.start <= first.end
    assert second.lines == code.count(b"\n", 0, second.start)
    assert max(first.end - first.start, second.end - second.start) < len(code) - 7
