"""The torch-free parts of local generation: stop texts, detokenisation, gaps, trimming."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.detokenizer import Detokenizer
from inference.errors import PromptError
from inference.fim import FAMILIES, ending_tokens, fill_tokens
from inference.options import LocalOptions
from inference.prompts import prompt_room, trim_beginning, trim_both
from inference.stops import StopFinder


def shown(pieces: list[str], stops: list[str]) -> tuple[str, bool]:
    finder = StopFinder(stops)
    text = ""
    for piece in pieces:
        more, stopped = finder.feed(piece)
        text += more
        if stopped:
            return text, True
    return text + finder.finish(), False


def cut_there(text: str, stops: list[str]) -> tuple[str, bool]:
    """The oracle: look at every beginning of the text, shortest first."""
    for end in range(len(text) + 1):
        found = [stop for stop in stops if text[:end].endswith(stop)]
        if found:
            return text[: end - max(map(len, found))], True
    return text, False


@given(
    st.lists(st.text("ab\n", max_size=4), max_size=8),
    st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3),
)
def test_stop_texts_are_found_wherever_the_pieces_are_cut(
    pieces: list[str], stops: list[str]
) -> None:
    assert shown(pieces, stops) == cut_there("".join(pieces), stops)


@given(st.text("ab\n", max_size=20), st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3))
def test_only_what_may_become_a_stop_text_is_held_back(text: str, stops: list[str]) -> None:
    finder = StopFinder(stops)
    out = ""
    for i, character in enumerate(text, 1):
        more, stopped = finder.feed(character)
        if stopped:
            return
        out += more
        held = text[len(out) : i]
        assert held == "" or any(stop.startswith(held) and stop != held for stop in stops)


def test_a_stop_text_over_three_tokens() -> None:
    finder = StopFinder(["\nclass "])
    assert finder.feed("return 1\n") == ("return 1", False)
    assert finder.feed("cl") == ("", False)
    assert finder.feed("ass A") == ("", True)


def test_held_back_text_comes_if_no_stop_text_follows() -> None:
    finder = StopFinder(["\nclass "])
    assert finder.feed("\ncl") == ("", False)
    assert finder.feed("ose()") == ("\nclose()", False)


def utf8(tokens: list[int]) -> str:
    """A tokenizer whose tokens are bytes."""
    return bytes(tokens).decode("utf-8", errors="replace")


@given(st.text(max_size=30), st.text(max_size=6))
def test_tokens_of_one_byte_become_whole_characters(text: str, prompt: str) -> None:
    detokenizer = Detokenizer(utf8, list(prompt.encode()))
    pieces = [detokenizer.feed(byte) for byte in text.encode()]
    assert "".join(pieces) + detokenizer.finish() == text
    assert all("\ufffd" not in piece for piece in pieces) or "\ufffd" in text


def test_a_character_comes_with_its_last_byte() -> None:
    detokenizer = Detokenizer(utf8)
    assert [detokenizer.feed(byte) for byte in "aß€😀".encode()] == [
        "a", "", "ß", "", "", "€", "", "", "", "😀",
    ]  # fmt: skip


def test_half_a_character_at_the_end_is_not_lost() -> None:
    detokenizer = Detokenizer(utf8)
    assert detokenizer.feed("ß".encode()[0]) == ""
    assert detokenizer.finish() == "\ufffd"
    assert detokenizer.finish() == ""


def test_invalid_bytes_do_not_wait_for_ever() -> None:
    seen: list[int] = []

    def decode(tokens: list[int]) -> str:
        seen.append(len(tokens))
        return utf8(tokens)

    detokenizer = Detokenizer(decode)
    text = "".join(detokenizer.feed(0xFF) for _ in range(100))
    assert len(text) > 80
    assert max(seen) < 16


def test_spaces_that_a_tokenizer_writes_between_tokens_are_kept() -> None:
    words = ["def", "total", "rows"]

    def decode(tokens: list[int]) -> str:  # as SentencePiece: no space before the first
        return " ".join(words[token] for token in tokens)

    detokenizer = Detokenizer(decode, [0])
    assert [detokenizer.feed(1), detokenizer.feed(2)] == [" total", " rows"]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_each_family_of_models_is_recognized_by_its_tokens(family: object) -> None:
    assert any(family is known for known in FAMILIES)
    known = next(known for known in FAMILIES if known is family)
    spelled = (known.prefix, known.suffix, known.middle, *known.ends)
    vocabulary = {text: i for i, text in enumerate(("x", *dict.fromkeys(spelled)))}
    found = fill_tokens(vocabulary)
    assert found is not None
    assert found.family == known.name
    assert found.arrange([100], [200, 201]) == [
        vocabulary[known.prefix], 100, vocabulary[known.suffix], 200, 201,
        vocabulary[known.middle],
    ]  # fmt: skip
    assert ending_tokens(vocabulary) == set(vocabulary.values()) - {0}


def test_a_vocabulary_that_lacks_one_of_the_tokens_cannot_fill_gaps() -> None:
    assert fill_tokens({"<fim_prefix>": 1, "<fim_middle>": 2}) is None
    assert ending_tokens({"<fim_prefix>": 1, "<|endoftext|>": 0}) == frozenset()


def test_an_answer_gets_at_least_a_quarter_of_the_context() -> None:
    assert prompt_room(8192, 256) == 7936
    assert prompt_room(8192, 100_000) == 6144


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 40))
def test_both_sides_of_a_gap_share_the_room(before: int, after: int, room: int) -> None:
    prefix, suffix = list(range(before)), list(range(100, 100 + after))
    kept_prefix, kept_suffix, less_prefix, less_suffix = trim_both(prefix, suffix, room)
    assert kept_prefix == prefix[less_prefix:]
    assert kept_suffix == suffix[: after - less_suffix]
    # all room is used, and neither side loses text while the other has more than its share
    assert len(kept_prefix) + len(kept_suffix) == min(room, before + after)
    if less_prefix:
        assert len(kept_prefix) >= room * 2 // 3
    if less_suffix:
        assert len(kept_suffix) >= room // 3


def test_the_beginning_is_left_out_first() -> None:
    assert trim_beginning([1, 2, 3], 2) == ([2, 3], 1)
    assert trim_beginning([1, 2, 3], 3) == ([1, 2, 3], 0)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"max_active": 0}, "max_active is 0, it must be 1 or more"),
        ({"context_tokens": 3}, "context_tokens is 3, it must be 16 or more"),
        ({"quantization": 3}, "quantization is 3, it must be 4 or 8 bits"),
    ],
)
def test_options_out_of_range_are_named(values: dict[str, int], said: str) -> None:
    with pytest.raises(PromptError, match=said):
        LocalOptions(**values)  # type: ignore[arg-type]
