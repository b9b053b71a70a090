"""What every match of a regular expression has, and so what is looked up for it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.errors import InputError
from attribution.index.regular_expression import RegularExpression
from attribution.sketching.words import words_of


@pytest.mark.parametrize(
    ("pattern", "terms"),
    [
        (r"def heap\w*\(", ["*def", "heap*"]),
        (r"\bheap\b", ["heap"]),
        (r"^import Numpy$", ["import", "numpy"]),
        (r"heap\s+replace_", ["*heap", "replace_*"]),
        (r"heap\s*replace", ["*heap*", "*replace*"]),
        (r"(get|set)_value\(", ["*_value"]),
        (r"x(?:abc)+y", ["*xabc*"]),
        (r"(abc)?d \+ efg", ["efg*"]),
        (r"[( ]abc[\s)]", ["abc"]),
        (r"\(ab\)", ["ab"]),
        (r"\(ab", []),
        (r"[a-z]+|[0-9]", []),
        (r"größe_new", ["*e_new*"]),
        (r"\pLabc", []),
        (r"a{2}b\B1", []),
    ],
)
def test_terms_that_every_match_has(pattern: str, terms: list[str]) -> None:
    found = RegularExpression(pattern).terms
    assert ["*" * t.before + t.text + "*" * t.after for t in found] == terms


PIECES = [
    "ab",
    "AbC",
    "_x1",
    " ",
    "\\s",
    "\\s*",
    "\\b",
    "(",
    "x|",
    ")",
    "+",
    "?",
    "[ab ]",
    "\\(",
    ".",
    "^",
]
TEXTS = st.lists(st.sampled_from(["ab", "abc", "_x1", " ", "(", "\n", "x"]), max_size=12)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join), TEXTS.map("".join))
def test_no_text_with_a_match_lacks_a_term(pattern: str, text: str) -> None:
    try:
        regex = RegularExpression(pattern)
    except InputError:
        return
    if regex.spans(text.encode()):
        words = words_of(text.encode())
        for term in regex.terms:
            expected = f"{'.*' * term.before}{term.text}{'.*' * term.after}"
            assert any(re.fullmatch(expected, word) for word in words), term


def test_an_expression_is_matched_in_linear_time() -> None:
    assert RegularExpression(r"(abc*)*$d").spans(b"abc" * 100_000) == []


@pytest.mark.parametrize("pattern", [r"a(?=b)", r"(a)\1", "(", "a**", "a{1001}", "a)(b"])
def test_what_re2_refuses_is_an_error(pattern: str) -> None:
    with pytest.raises(InputError, match="is invalid: ") as caught:
        RegularExpression(pattern)
    assert "(?m" not in str(caught.value)
