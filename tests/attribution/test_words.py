"""Lexical terms against their definition."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.sketching.sketch import SketchParams, sketch_batch
from attribution.sketching.words import MAX_WORD_BYTES, words_of


def by_definition(text: bytes) -> list[bytes]:
    found = re.findall(rb"[A-Za-z0-9_\x80-\xff]+", text)
    return list(dict.fromkeys(w.lower() for w in found if len(w) <= MAX_WORD_BYTES))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from("aB_1é .(\n\tZ"), max_size=60)).map("".join))
def test_words_are_the_distinct_lower_case_runs(text: str) -> None:
    assert [w.encode() for w in words_of(text.encode())] == by_definition(text.encode())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5))
def test_the_batch_has_each_documents_words(texts: list[bytes]) -> None:
    batch = sketch_batch(texts, ["python"] * len(texts), SketchParams())
    for i, text in enumerate(texts):
        words = batch.words[batch.words_offsets[i] : batch.words_offsets[i + 1]]
        assert words == b"".join(w + b" " for w in by_definition(text))


PIECES = [
    b"name",
    b"Name",
    b"0x1f",
    b"1.5",
    b"a$b",
    b"x-y",
    b"\xef\xbb\xbf",
    b"\n",
    b" ",
    b"/* it",
    b"*/",
    b"--",
    b"-- a",
    b"{-",
    b"-}",
    b'"a b"',
    b"'c'",
    b"# d",
    b"=end",
    b"end",
    b"(",
    b"_",
    b"\xc3\xa9",
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join),
    st.sampled_from(["python", "c", "javascript", "haskell", "ruby", "lua", "lisp", "unknown"]),
)
def test_skipping_known_tokens_loses_no_word(text: bytes, language: str) -> None:
    """Not even words that extend beyond a token, as after a byte order mark."""
    batch = sketch_batch([text, text], [language, "python"], SketchParams())
    assert batch.words == 2 * b"".join(w + b" " for w in by_definition(text))


def test_a_text_of_words_alone_outgrows_the_first_table() -> None:
    text = b" ".join(b"%x" % number for number in range(30_000))
    batch = sketch_batch([b"a b", text, b"a b"], ["python"] * 3, SketchParams())
    assert batch.words == b"a b " + text + b" a b "
    assert " ".join(words_of(text)).encode() == text


def test_longer_runs_are_not_words() -> None:
    assert words_of(b"a" * (MAX_WORD_BYTES + 1) + b" b") == ("b",)
