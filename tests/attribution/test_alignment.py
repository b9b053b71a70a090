"""Runs and chains of texts whose common parts are known."""

from __future__ import annotations

import itertools
import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.lexing.lexer import Tokens, lex
from attribution.matching import alignment
from attribution.matching.runs import RAW, RENAMED
from attribution.matching.seeds import DocumentSeeds, SnippetSeeds

MARKS = ["(", ")", "[", "]", "=", "+", "-", "*", "/", ".", ",", ":", "<", ">"]


def random_lines(rng: random.Random, count: int, vocabulary: str) -> list[str]:
    words = [f"{vocabulary}{i}" for i in range(400)]
    return [
        " ".join(x for _ in range(5) for x in (rng.choice(words), rng.choice(MARKS)))
        for _ in range(count)
    ]


def align(one: str, other: str) -> tuple[np.ndarray, Tokens, Tokens]:
    q, d = lex(one.encode(), "python"), lex(other.encode(), "python")
    snippet, document = SnippetSeeds(q), DocumentSeeds(d)
    pieces = alignment.align(snippet, document)
    document.renamed(0, len(d))  # computed whole and kept; the next call reads a part of it
    assert np.array_equal(pieces, alignment.align(snippet, document))
    return pieces, q, d


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 30), st.integers(0, 30), st.integers(2, 20))
def test_a_shared_run_is_found_whole_and_maximal(
    seed: int, before: int, after: int, length: int
) -> None:
    rng = random.Random(seed)
    shared = random_lines(rng, length, "s")
    one = [*random_lines(rng, before, "a"), *shared, *random_lines(rng, after, "b")]
    other = [*random_lines(rng, after, "c"), *shared, *random_lines(rng, before, "d")]
    pieces, q, d = align("\n".join(one), "\n".join(other))
    chain, start_q, start_d, tokens, level = pieces[0]
    assert (chain, level) == (0, RAW)
    assert tokens >= 10 * length
    assert (
        q.hashes[start_q : start_q + tokens].tolist()
        == d.hashes[start_d : start_d + tokens].tolist()
    )
    assert q.lines[start_q] <= before + 1 <= before + length <= q.lines[start_q + tokens - 1]
    # maximal: one token more on either side differs, or a text ends
    if start_q and start_d:
        assert q.hashes[start_q - 1] != d.hashes[start_d - 1]
    end_q, end_d = start_q + tokens, start_d + tokens
    if end_q < len(q) and end_d < len(d):
        assert q.hashes[end_q] != d.hashes[end_d]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 39), min_size=1, max_size=5, unique=True))
def test_edited_lines_leave_one_chain(seed: int, edited: list[int]) -> None:
    rng = random.Random(seed)
    lines = random_lines(rng, 40, "s")
    copy = [random_lines(rng, 1, "e")[0] if i in edited else text for i, text in enumerate(lines)]
    pieces, _, _ = align("\n".join(copy), "\n".join(lines))
    best = pieces[pieces[:, 0] == 0]
    assert best[:, 3].sum() >= 10 * (
        40 - len(edited) - 8
    )  # single lines between edits may be missing
    assert (np.diff(best[:, 1]) > 0).all()
    assert (np.diff(best[:, 2]) > 0).all()
    for (_, q, d, n, _), (_, q2, d2, _, _) in itertools.pairwise(best):
        assert q + n <= q2
        assert d + n <= d2


CODE = """
def scale(points, factor, origin):
    total = 0
    for point in points:
        if point.x > origin.x and not point.hidden:
            total += (point.x - origin.x) * factor
        elif point.y < origin.y or factor == 3:
            total -= (origin.y - point.y) / factor
    return [total, len(points), origin]
"""


def test_consistent_renaming_is_one_renamed_run() -> None:
    other = CODE
    for old, new in (("points", "xs"), ("point", "p"), ("factor", "k"), ("origin", "zero")):
        other = other.replace(old, new)
    for old, new in (("total", "acc"), ("scale", "f"), ("hidden", "off"), ("len", "size")):
        other = other.replace(old, new)
    pieces, q, _ = align(other, CODE)
    assert pieces.tolist() == [[0, 0, 0, len(q), RENAMED]]


def test_inconsistent_renaming_breaks_the_run() -> None:
    other = CODE.replace("total += (point.x", "factor += (point.x")
    pieces, q, _ = align(other.replace("points", "xs").replace("origin", "zero"), CODE)
    assert all(piece[3] < len(q) for piece in pieces)


def test_unrelated_texts_have_no_pieces() -> None:
    pieces, _, _ = align("a = b + c\n" * 3, "while (x) { y[z]; }\n" * 3)
    assert len(pieces) == 0


@pytest.mark.parametrize("line", ["0,", "NULL,\n", "mov eax, ebx\n", "0, 1, 0, 1,\n", "a, b, c,\n"])
def test_repetitive_texts_are_aligned_in_linear_time(line: str) -> None:
    table = line * 60_000
    before = time.process_time()
    pieces, q, _ = align(table, table)
    assert time.process_time() - before < 5  # measured: 0.1 to 0.4 s; quadratic: minutes
    assert pieces.tolist() == [[0, 0, 0, len(q), RAW]]
    pieces, q, _ = align(table, table + "x = 1\n" + table)
    assert pieces[0, 3] == len(q)


def test_many_short_runs_do_not_displace_a_long_one() -> None:
    numbered = [f"x = f(y, {i});" for i in range(12_000)]
    pieces, q, _ = align("\n".join(numbered[9_000:]), "\n".join(numbered))
    assert pieces.tolist() == [[0, 0, 9_000 * 9, len(q), RAW]]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 40)), min_size=1, max_size=12))
def test_a_text_of_repeated_lines_is_found_whole_in_itself(parts: list[tuple[str, int]]) -> None:
    text = "".join(f"{name} = {name}({name}, 0)\n" * count for name, count in parts)
    pieces, q, _ = align(text, text)
    if len(q) >= alignment.SEED:
        assert pieces.tolist() == [[0, 0, 0, len(q), RAW]]


def test_forty_parts_in_another_order_are_all_found() -> None:
    rng = random.Random(3)
    parts = [random_lines(rng, 5, f"s{n}x") for n in range(40)]
    one = [line for part in parts for line in part]
    rng.shuffle(parts)
    other = [line for part in parts for line in [*part, *random_lines(rng, 20, "o")]]
    pieces, q, _ = align("\n".join(one), "\n".join(other))
    covered = np.zeros(len(q), np.bool_)
    for _, start, _, length, _ in pieces:
        covered[start : start + length] = True
    assert covered.all()


@pytest.mark.parametrize("seed", range(6))
def test_the_longest_runs_are_those_of_a_stable_sort(seed: int) -> None:
    draw = np.random.default_rng(seed)
    runs = draw.integers(0, 5000, (alignment.MAX_RUNS + 1 + 400 * seed, 4))
    runs[:, 2] = draw.integers(8, 14, len(runs))  # most are equally long
    expected = runs[np.argsort(-runs[:, 2], kind="stable")[: alignment.MAX_RUNS]]
    assert np.array_equal(alignment._longest(runs), expected)
