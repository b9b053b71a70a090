"""Lexical terms against their definition."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.sketching.sketch import SketchParams
from attribution.sketching.sketcher import sketch_batch
from attribution.sketching.words import (
    MAX_PART_BYTES,
    MAX_WORD_BYTES,
    MIN_PART_BYTES,
    words_of,
)


def by_definition(text: bytes) -> list[bytes]:
    found = re.findall(rb"[A-Za-z0-9_\x80-\xff]+", text)
    return list(dict.fromkeys(w.lower() for w in found if len(w) <= MAX_WORD_BYTES))


def with_parts(text: bytes) -> tuple[list[bytes], set[bytes]]:
    """The words, and the parts of compound ones that are needed beside them."""
    parts = set()
    for word in re.findall(rb"[A-Za-z0-9_\x80-\xff]+", text):
        if len(word) <= MAX_WORD_BYTES:
            for begin in re.finditer(
                rb"(?<=_)(?=[^_0-9])|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", word
            ):
                end = begin.start() + MAX_PART_BYTES
                for _ in range(3):  # not within a character
                    if end < len(word) and word[end] & 0xC0 == 0x80:
                        end -= 1
                part = word[begin.start() : end].lower()
                if len(part) >= MIN_PART_BYTES:
                    parts.add(part)
    return by_definition(text), parts


def assert_words(listed: bytes, text: bytes) -> None:
    """A part that is a word of the text too may be listed as both."""
    words, parts = with_parts(text)
    terms = listed.split(b" ")[:-1]
    assert [term for term in terms if not term.startswith(b"-")] == words
    shown = [term[1:] for term in terms if term.startswith(b"-")]
    assert len(shown) == len(set(shown))
    assert parts - set(words) <= set(shown) <= parts


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
        assert_words(words, text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from("aB_1éCd "), max_size=90), min_size=1, max_size=4))
def test_a_batch_has_the_parts_of_compound_words(texts: list[str]) -> None:
    batch = sketch_batch([t.encode() for t in texts], ["python"] * len(texts), SketchParams())
    for text, (start, end) in zip(texts, pairwise(batch.words_offsets.tolist()), strict=True):
        assert_words(batch.words[start:end], text.encode())


def test_parts_of_identifiers() -> None:
    text = b"heapReplace heapreplace str_replace_all HTTPServer __init__ x_12ab"
    batch = sketch_batch([text], ["python"], SketchParams())
    assert batch.words.decode() == (
        "heapreplace -replace str_replace_all -replace_all -all httpserver -server "
        "__init__ -init__ x_12ab "
    )


def test_a_part_ends_with_a_whole_character() -> None:
    text = "a_fifteen_bytes__éé a_thirteen_bytesé€"
    batch = sketch_batch([text.encode()], ["python"], SketchParams())
    terms = batch.words.decode().split()  # strict
    assert "-fifteen_bytes__" in terms
    assert "-thirteen_bytesé" in terms


def test_the_parts_of_many_words_have_room() -> None:
    text = b" ".join(b"a_b%04x_c_d_e_f_g_h_i_j_k_l_m_n_o_p" % n for n in range(9000))
    batch = sketch_batch([text], ["python"], SketchParams())
    assert_words(batch.words, text)


def test_a_text_of_words_alone_outgrows_the_first_table() -> None:
    text = b" ".join(b"%x" % number for number in range(30_000))
    batch = sketch_batch([b"a b", text, b"a b"], ["python"] * 3, SketchParams())
    assert batch.words == b"a b " + text + b" a b "
    assert " ".join(words_of(text)).encode() == text


def test_longer_runs_are_not_words() -> None:
    assert words_of(b"a" * (MAX_WORD_BYTES + 1) + b" b") == ("b",)
    longest = "a" * MAX_WORD_BYTES
    assert words_of(f"{longest} b{longest} c".encode()) == (longest, "c")
    assert words_of(longest.encode()) == (longest,)
