"""A decision applies to the same code if it was moved, indented or edited, but not if it grew."""

from __future__ import annotations

import datetime
import itertools
import random
import textwrap
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.lexing.lexer import lex
from audit.decisions.baseline import Baseline
from audit.decisions.deciding import Decisions
from audit.decisions.entry import Entry, about
from audit.decisions.matching import FAMILIES, Matcher, Validity
from audit.decisions.sketches import SKETCH_VALUES, Prints, alike, pack, read_prints, write_prints
from audit.policy.families import Family
from audit.types import DecisionKind, Finding, Severity, StaleDecision
from tests.support.decision_cases import finding_of, functions

TODAY = datetime.date(2026, 11, 21)


def entry_of(finding: Finding, **changes: object) -> Entry:
    """An entry about a finding, as `--write-baseline` creates it."""
    entry = Entry(
        DecisionKind.ACCEPTED,
        reason="known since 2024",
        author="ada",
        date="2026-11-01",
        **about(finding),
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def applies(entry: Entry, finding: Finding) -> bool:
    return Matcher([entry], Validity(TODAY)).match(finding).entry is entry


any_function = st.sampled_from(functions())


@given(any_function, st.integers(0, 40), st.integers(0, 3), st.sampled_from(["    ", "\t"]))
@settings(max_examples=60, deadline=None)
def test_moved_and_reindented_code_stays_decided(
    code: str, lines: int, levels: int, indent: str
) -> None:
    entry = entry_of(finding_of(code)[1])
    moved = textwrap.indent(code, indent * levels)
    _, finding = finding_of(moved, before="x = 1\n" * lines, after="y = 2\n", name="lib/b.py")
    assert finding.passage.key == entry.key
    assert applies(entry, finding)


@given(any_function, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_comments_and_blank_lines_do_not_count(code: str, rng: random.Random) -> None:
    # Comments must not be inserted into a triple-quoted string: only at the start, and before
    # lines that start a statement.
    lines = [line for line in code.splitlines() if not line.lstrip().startswith("#")]
    for _ in range(3):
        at = rng.randrange(len(lines) + 1)
        lines.insert(at, rng.choice(["", "    # a remark, which may say anything: if x else y"]))
    _, finding = finding_of("\n".join(lines) + "\n")
    assert applies(entry_of(finding_of(code)[1]), finding)


def changed_token(code: str, rng: random.Random) -> str:
    """The code with one occurrence of a name changed."""
    data = code.encode()
    tokens = lex(data, "python")
    names = [
        (int(start), int(end))
        for start, end in zip(tokens.starts, tokens.ends, strict=True)
        if data[start:end].decode().isidentifier()
    ]
    start, end = rng.choice(names)
    return (data[:start] + b"another_name" + data[end:]).decode()


@given(any_function, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_one_changed_token_stays_decided(code: str, rng: random.Random) -> None:
    entry = entry_of(finding_of(code)[1])
    _, finding = finding_of(changed_token(code, rng))
    assert finding.passage.key != entry.key
    assert applies(entry, finding)


@given(any_function, any_function, st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_fifth_more_copied_code_is_a_new_finding(code: str, other: str, at_end: bool) -> None:
    entry = entry_of(finding_of(code)[1])
    wanted = -(-entry.tokens // 5)
    more = ""
    for line in itertools.cycle(other.splitlines(keepends=True)):
        if len(lex(more.encode(), "python")) >= wanted:
            break
        more += line
    grown = code + more if at_end else more + code
    _, finding = finding_of(grown)
    assert not applies(entry, finding)


@given(any_function, any_function)
@settings(max_examples=100, deadline=None)
def test_other_code_is_not_decided(code: str, other: str) -> None:
    one, two = finding_of(code)[1], finding_of(other)[1]
    if (
        one.passage.key != two.passage.key
        and alike(pack(one.passage.prints), pack(two.passage.prints)) < 0.2
    ):
        assert not applies(entry_of(one), two)


def test_half_of_the_code_is_another_finding() -> None:
    code = max(functions(), key=len)
    half = "\n".join(code.splitlines()[: code.count("\n") // 2]) + "\n"
    assert not applies(entry_of(finding_of(code)[1]), finding_of(half)[1])


@pytest.mark.parametrize(
    ("then", "now", "holds"),
    [
        ("MIT", "MIT", True),
        ("MIT", "Apache-2.0", True),
        ("MIT", "GPL-3.0-only", False),
        ("MIT", "NOASSERTION", False),
        ("NOASSERTION", "MIT", True),
        ("NOASSERTION", "MPL-2.0", False),  # both "review"; the licence is stricter
        ("GPL-3.0-only", "AGPL-3.0-only", False),  # both "denied"
        ("AGPL-3.0-only", "GPL-3.0-only", True),
        ("GPL-3.0-only", "MIT", True),
    ],
)
def test_a_stricter_licence_is_not_covered(then: str, now: str, holds: bool) -> None:
    code = functions()[0]
    entry = entry_of(finding_of(code, license_=then)[1])
    _, finding = finding_of(code, license_=now)
    match = Matcher([entry], Validity(TODAY)).match(finding)
    assert (match.entry is entry) == holds
    if not holds:
        ((_, why),) = match.failed
        assert why.startswith("the licence is now stricter: ")
        assert then in why
        assert now in why


def test_a_stricter_licence_of_changed_code_is_reported() -> None:
    code = functions()[0]
    entry = entry_of(finding_of(code)[1])
    _, finding = finding_of(changed_token(code, random.Random(1)), license_="GPL-3.0-only")
    match = Matcher([entry], Validity(TODAY)).match(finding)
    assert match.entry is None
    assert "GPL-3.0-only" in match.failed[0][1]


def test_every_family_of_a_policy_has_a_rank() -> None:
    assert sorted(FAMILIES) == sorted(family.value for family in Family)


def test_a_handwritten_entry_may_omit_the_licence() -> None:
    code = functions()[0]
    entry = entry_of(finding_of(code)[1], license="", family="", verdict=None, tokens=0)
    assert applies(entry, finding_of(code, license_="AGPL-3.0-only")[1])


@pytest.mark.parametrize(
    ("changes", "max_days", "why"),
    [
        ({"expires": TODAY}, None, None),
        ({"expires": TODAY - datetime.timedelta(1)}, None, "expired on 2026-11-20"),
        ({"reason": " "}, None, "it has no reason, so it does not count"),
        ({}, 20, None),
        ({}, 19, "expired on 2026-11-20: decisions are valid for 19 days"),
        ({"date": ""}, 30, "it has no date, and decisions are only valid for 30 days"),
        ({"date": ""}, None, None),
    ],
)
def test_expired_entries_and_those_without_a_reason_are_invalid(
    changes: dict[str, object], max_days: int | None, why: str | None
) -> None:
    item, finding = finding_of(functions()[0])
    entry = entry_of(finding, **changes)
    decisions = Decisions(Baseline((entry,)), "b.json", (), Validity(TODAY, max_days=max_days))
    (decided,) = decisions.decide(item, (finding,))
    assert (decided.decision is None) == (why is not None)
    expected = () if why is None else (StaleDecision("b.json", entry.what, why),)
    assert decisions.stale() == expected


def test_a_later_entry_replaces_an_expired_one() -> None:
    item, finding = finding_of(functions()[0])
    old = entry_of(finding, expires=TODAY - datetime.timedelta(30))
    new = entry_of(finding, reason="asked the author")
    decisions = Decisions(Baseline((old, new)), "b.json", (), Validity(TODAY))
    (decided,) = decisions.decide(item, (finding,))
    assert decided.decision is not None
    assert decided.decision.reason == "asked the author"
    assert [stale.why for stale in decisions.stale()] == ["expired on 2026-10-22"]


def test_equal_contents_are_all_covered_by_one_entry() -> None:
    code = functions()[0]
    decisions = Decisions(Baseline((entry_of(finding_of(code)[1]),)), "b.json", (), Validity(TODAY))
    for name in ("src/a.py", "src/b.py"):
        item, finding = finding_of(code, name=name)
        (decided,) = decisions.decide(item, (finding,))
        assert decided.decision is not None
    assert decisions.stale(complete=True) == ()


def test_an_allowed_finding_is_not_decided_and_keeps_its_entry() -> None:
    item, finding = finding_of(functions()[0], license_="Unlicense")
    entry = entry_of(finding_of(functions()[0])[1])
    decisions = Decisions(Baseline((entry,)), "b.json", (), Validity(TODAY))
    (decided,) = decisions.decide(item, (finding,))
    assert decided.ruling.severity is Severity.NONE
    assert decided.decision is None
    assert decisions.stale(complete=True) == ()


def test_only_checked_files_have_stale_entries() -> None:
    gone, elsewhere = functions()[:2]
    entries = (
        entry_of(finding_of(gone)[1]),
        entry_of(finding_of(elsewhere, name="src/other.py")[1]),
    )
    item = finding_of("print('hello')\n" * 8)[0]

    def decisions() -> Decisions:
        return Decisions(Baseline(entries), "b.json", (), Validity(TODAY))

    part = decisions()
    part.decide(replace(item, judged=((0, 10),)), ())
    part.decide(item, (), complete=False)
    assert part.stale() == ()

    whole = decisions()
    whole.decide(item, ())
    assert [(s.what, s.why) for s in whole.stale()] == [
        (entries[0].what, "the passage no longer exists")
    ]
    assert len(whole.stale(complete=True)) == 2


def test_growth_of_a_passage_is_reported() -> None:
    code, more = functions()[0], functions()[1]
    decisions = Decisions(Baseline((entry_of(finding_of(code)[1]),)), "b.json", (), Validity(TODAY))
    item, finding = finding_of(code + more)
    (decided,) = decisions.decide(item, (finding,))
    assert decided.decision is None
    (stale,) = decisions.stale()
    assert "the copied code has grown: " in stale.why or "the code has changed: " in stale.why


@given(st.lists(st.integers(0, (1 << 48) - 1), max_size=64, unique=True))
def test_sketches_survive_writing_and_reading(prints: list[int]) -> None:
    sketch = pack(sorted(prints))
    assert np.array_equal(read_prints(write_prints(sketch)), sketch)
    assert len(sketch) <= SKETCH_VALUES


@given(
    st.sets(st.integers(0, 2**32 - 1), max_size=60), st.sets(st.integers(0, 2**32 - 1), max_size=60)
)
def test_the_jaccard_index_of_short_passages_is_exact(one: set[int], other: set[int]) -> None:
    union = len(one | other)
    expected = len(one & other) / union if union else 0.0
    assert alike(sketch(one), sketch(other)) == pytest.approx(expected)


def test_the_jaccard_index_of_long_passages_is_an_estimate() -> None:
    rng = random.Random(3)
    errors = []
    for _ in range(100):
        common = {rng.randrange(2**32) for _ in range(400)}
        one = common | {rng.randrange(2**32) for _ in range(50)}
        other = common | {rng.randrange(2**32) for _ in range(50)}
        errors.append(alike(sketch(one), sketch(other)) - len(one & other) / len(one | other))
    assert abs(float(np.mean(errors))) < 0.02
    assert float(np.std(errors)) < 0.08


def sketch(values: set[int]) -> Prints:
    return np.array(sorted(values)[:SKETCH_VALUES], np.uint32)


def test_many_entries_are_searched_not_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    entries = [
        Entry(
            DecisionKind.ACCEPTED,
            f"{number:032x}",
            reason="old",
            prints=np.unique(rng.integers(0, 2**32, 64, dtype=np.uint32)),
        )
        for number in range(5_000)
    ]
    entries.append(entry_of(finding_of(functions()[0])[1]))
    compared = []

    def counted(one: Prints, other: Prints) -> float:
        compared.append(1)
        return alike(one, other)

    monkeypatch.setattr("audit.decisions.matching.alike", counted)
    _, near = finding_of(changed_token(functions()[0], random.Random(5)))
    assert Matcher(entries, Validity(TODAY)).match(near).entry is entries[-1]
    assert len(compared) <= 4
