"""Winnowing's guarantee as a theorem, and the kernels against plain references."""

from __future__ import annotations

import keyword
import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.lexing.lexer import KIND, NAME, NUMBER, STRING, lex
from attribution.sketching.fingerprints import SKIP, kgrams_raw, kgrams_renamed, winnow
from attribution.sketching.sketch import SketchParams
from attribution.sketching.sketcher import sketch_batch, sketch_query

PARAMS = SketchParams()
LEXEMES = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "value",
    "index",
    "self",
    "cls",
    "node",
    "left",
    "right",
    "total",
    "if",
    "else",
    "for",
    "while",
    "return",
    "def",
    "class",
    "import",
    "in",
    "not",
    "and",
    "or",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "+",
    "-",
    "*",
    "/",
    "=",
    "<",
    ">",
    ".",
    ",",
    ":",
    ";",
    "%",
    "@",
    "!",
    "&",
    "|",
    "1",
    "2",
    "3.5",
    "0x1f",
    "'text'",
    '"more"',
]
line = st.lists(st.sampled_from(LEXEMES), min_size=1, max_size=12).map(" ".join)
block = st.lists(line, min_size=0, max_size=12)


def fingerprints(code: str, language: str) -> tuple[set[int], set[int]]:
    batch = sketch_batch([code.encode()], [language], PARAMS)
    return set(batch.raw.tolist()), set(batch.renamed.tolist())


@settings(max_examples=120, deadline=None)
@given(before=block, after=block, other_before=block, other_after=block, shared=block)
@pytest.mark.parametrize("language", ["python", "c", "shell", "unknown"])
def test_every_shared_run_of_19_tokens_is_found(
    language: str,
    before: list[str],
    after: list[str],
    other_before: list[str],
    other_after: list[str],
    shared: list[str],
) -> None:
    """A run of w + k - 1 tokens shares a fingerprint with every text that contains it."""
    run = "\n".join(shared)
    if len(lex(run.encode(), language)) < PARAMS.raw_guarantee:
        run += "\n" + " ".join(f"name{i} ( {i} )" for i in range(6))
    one = fingerprints("\n".join([*before, run, *after]), language)[0]
    other = fingerprints("\n".join([*other_before, run, *other_after]), language)[0]
    assert one & other
    assert one & set(sketch_query(run.encode(), [language], PARAMS).raw.tolist())


def test_the_guarantee_is_19_and_29_tokens() -> None:
    assert (PARAMS.raw_guarantee, PARAMS.renamed_guarantee) == (19, 29)


@settings(max_examples=150, deadline=None)
@given(shared=st.lists(line, min_size=8, max_size=14), before=block, after=block)
def test_a_renamed_run_of_29_structured_tokens_is_found(
    shared: list[str], before: list[str], after: list[str]
) -> None:
    run = "\n".join(shared)
    tokens = lex(run.encode(), "python")
    grams = np.empty(len(tokens) + 1, np.uint64)
    count = kgrams_renamed(tokens.hashes, tokens.kinds, len(tokens), PARAMS.renamed_k, grams)
    if len(tokens) < PARAMS.renamed_guarantee or (grams[:count] == SKIP).any():
        return  # runs of little structure have no fingerprints, on purpose
    names = set(re.findall(r"[a-z]+", re.sub(r"'\w*'|\"\w*\"", "", run)))
    renaming = {w: f"n_{i}" for i, w in enumerate(sorted(names)) if not keyword.iskeyword(w)}
    renamed = re.sub(
        r"'\w*'|\"\w*\"|\b[a-z]+\b", lambda match: renaming.get(match[0], match[0]), run
    )
    one = fingerprints("\n".join([*before, run]), "python")[1]
    other = fingerprints("\n".join([renamed, *after]), "python")[1]
    assert one & other


def reference_winnow(grams: list[int], w: int) -> list[int]:
    """The definition of the paper: the rightmost minimum of each window, each position once."""
    chosen: list[int] = []
    for end in range(w - 1, len(grams)) if len(grams) >= w else [len(grams) - 1]:
        window = range(max(0, end - w + 1), end + 1)
        best = min(window, key=lambda i: (grams[i], -i))
        if grams[best] != int(SKIP) and (not chosen or chosen[-1] != best):
            chosen.append(best)
    return chosen


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*range(20), int(SKIP)]), min_size=1, max_size=60), st.integers(1, 12)
)
def test_winnow_is_the_papers_definition(values: list[int], w: int) -> None:
    grams = np.array(values, np.uint64)
    out, positions = np.empty(len(grams), np.uint64), np.empty(len(grams), np.uint32)
    count = winnow(grams, len(grams), w, np.uint64(0), out, positions)
    assert positions[:count].tolist() == reference_winnow(values, w)
    assert out[:count].tolist() == [values[i] for i in positions[:count]]


def renamed_form(hashes: list[int], kinds: list[int]) -> tuple[object, ...]:
    """A k-gram's parameterised form, by definition."""
    form: list[object] = []
    last: dict[int, int] = {}
    for i, (value, kind) in enumerate(zip(hashes, kinds, strict=True)):
        if kind & KIND == NAME:
            form.append(("name", i - last[value] if value in last else 0))
            last[value] = i
        elif kind & KIND in (NUMBER, STRING):
            form.append(kind & KIND)
        else:
            form.append(("as written", value))
    return tuple(form)


def test_renamed_kgrams_are_equal_exactly_when_their_forms_are() -> None:
    """The rolling hash against the definition, over every window of a random text."""
    rng = random.Random(5)
    text = "\n".join(" ".join(rng.choices(LEXEMES, k=10)) for _ in range(400)).encode()
    tokens = lex(text, "python")
    k = PARAMS.renamed_k
    grams = np.empty(len(tokens), np.uint64)
    count = kgrams_renamed(tokens.hashes, tokens.kinds, len(tokens), k, grams)
    by_form: dict[object, set[int]] = {}
    by_gram: dict[int, set[object]] = {}
    hashes, kinds = tokens.hashes.tolist(), tokens.kinds.tolist()
    for i in range(count):
        form = renamed_form(hashes[i : i + k], kinds[i : i + k])
        by_form.setdefault(form, set()).add(int(grams[i]))
        if grams[i] != SKIP:
            by_gram.setdefault(int(grams[i]), set()).add(form)
    assert all(len(grams_of) == 1 for grams_of in by_form.values())
    assert all(len(forms) == 1 for forms in by_gram.values())


def test_a_kgram_does_not_depend_on_the_text_before_it() -> None:
    rng = random.Random(6)
    body = [" ".join(rng.choices(LEXEMES, k=10)) for _ in range(60)]
    for cut in (0, 7, 31):
        whole, part = lex("\n".join(body).encode(), "c"), lex("\n".join(body[cut:]).encode(), "c")
        for kernel, args in (
            (kgrams_raw, lambda t: (t.hashes,)),
            (kgrams_renamed, lambda t: (t.hashes, t.kinds)),
        ):
            one, other = np.empty(len(whole), np.uint64), np.empty(len(part), np.uint64)
            n = kernel(*args(whole), len(whole), 20, one)
            m = kernel(*args(part), len(part), 20, other)
            assert one[n - m : n].tolist() == other[:m].tolist()


@pytest.mark.parametrize(
    "text",
    [
        ", ".join(str(i) for i in range(200)),
        "\n".join("the quick brown fox jumps over the lazy dog and runs away" for _ in range(9)),
        "\n".join(f"    'key{i}'," for i in range(60)),
        ")\n" * 60,
    ],
    ids=["numbers", "prose", "strings", "brackets"],
)
def test_tables_prose_and_brackets_have_no_renamed_fingerprint(text: str) -> None:
    assert fingerprints(text, "python")[1] == set()
