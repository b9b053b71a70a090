"""Rulings: minimum match, the licence of a source, which source decides, severity, --explain."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.types import (
    Label,
    LicenseEvidence,
    Match,
    MatchKind,
    Occurrence,
    Origin,
    Source,
    Span,
)
from audit.policy.explaining import explain
from audit.policy.judging import RULES, Judge
from audit.policy.own import OwnCode
from audit.policy.parsing import parse_policy
from audit.policy.policy import Policy
from audit.policy.presets import PRESETS
from audit.policy.rules import STRICTNESS
from audit.types import Decision, DecisionKind, Finding, Passage, Ruling, Severity, Verdict
from tests.support.audit_runs import HOSTILE_NAME, sample_source

SPAN = Span(0, 1000, 1, 20)


def policy_of(text: str = "") -> Policy:
    return parse_policy(text, Path("whence.toml"))


def rule(passage: Passage, text: str = "") -> Ruling | None:
    policy = policy_of(text)
    return Judge(policy, OwnCode.of(policy, None)).rule(passage)


def ruled(passage: Passage, text: str = "") -> Ruling:
    ruling = rule(passage, text)
    assert ruling is not None
    assert ruling.rule in RULES
    return ruling


def source(
    license_: str = "MIT",
    repository: str = "them/x",
    *,
    kind: MatchKind = MatchKind.VERBATIM,
    tokens: int = 100,
    span: tuple[int, int] = (0, 1000),
    confidence: float = 0.98,
    **more: str,
) -> Source:
    lines = Span(*span, 1 + span[0] // 50, max(span[1] // 50, 1))
    return replace(
        sample_source(license_, repository=repository, kind=kind, conflict=more.get("conflict")),
        matches=(Match(kind, tokens, lines, Span(0, 900, 1, 20)),),
        confidence=confidence,
    )


def passage(*sources: Source, label: Label = Label.VERBATIM, **more: float) -> Passage:
    found = Passage(
        span=SPAN,
        tokens=100,
        containment=0.9,
        label=label,
        confidence=sources[0].confidence,
        sources=sources,
        key="0" * 32,
        prints=(),
        code="",
        source_code="",
        source_line=1,
    )
    return replace(found, **more)  # type: ignore[arg-type]


def seen_under(*said: str, conflict: str | None = None, **more: object) -> Source:
    """A source with occurrences under these licences, without dates and stars."""
    occurrences = tuple(
        Occurrence(
            f"them/x{i}",
            "a.py",
            license=LicenseEvidence(
                one, "none" if one == "NOASSERTION" else "license file", conflict
            ),
        )
        for i, one in enumerate(said)
    )
    return replace(
        source(),
        occurrences=occurrences,
        occurrences_total=len(said),
        origin=Origin(0, "first of a list") if said else None,
        occurrence_documents=(),
        occurrence_spans=(),
        **more,
    )


# ---- what is a finding ----


@pytest.mark.parametrize(
    ("key", "least", "under"),
    [
        ("tokens", 100, {"tokens": 99}),
        ("lines", 20, {"span": Span(0, 900, 1, 19)}),
        ("containment", 0.9, {"containment": 0.89}),
        ("confidence", 0.98, {"confidence": 0.97}),
    ],
)
def test_passages_below_the_minimum_match_are_not_findings(
    key: str, least: float, under: dict[str, float]
) -> None:
    text = f"[match]\n{key} = {least}\n"
    assert rule(passage(source()), text) is not None
    assert rule(passage(source(), **under), text) is None


def test_long_lines_do_not_evade_the_minimum() -> None:
    """Minified code has a whole library on one line."""
    line = {"span": Span(0, 900, 1, 1)}
    assert rule(passage(source()), "[match]\nlines = 4\n") is not None
    assert rule(passage(source(), **line), "[match]\nlines = 4\n") is not None  # 100 tokens
    assert rule(passage(source(), **line), "[match]\nlines = 5\n") is None


@pytest.mark.parametrize("label", [Label.COMMON, Label.NONE])
def test_common_code_is_not_a_finding(label: Label) -> None:
    assert rule(passage(source("GPL-3.0-only"), label=label)) is None


@pytest.mark.parametrize(
    ("license_", "verdict", "severity", "by"),
    [
        ("CC0-1.0", "allowed", "none", "licenses.allow"),
        ("MIT", "attribute", "warning", "licenses.attribute"),
        ("MPL-2.0", "review", "warning", "licenses.review"),
        ("GPL-3.0-only", "denied", "error", "licenses.deny"),
        ("NOASSERTION", "review", "warning", "licenses.unknown"),
        ("LicenseRef-acme", "review", "warning", "licenses.unknown"),
    ],
)
def test_the_default_preset(license_: str, verdict: str, severity: str, by: str) -> None:
    ruling = ruled(passage(source(license_)))
    assert (ruling.verdict, ruling.severity.word, ruling.rule) == (verdict, severity, by)
    assert ruling.license == license_
    assert "them/x" in ruling.reason
    assert "preset permissive" in ruling.reason
    assert ruling.source == 0


def test_a_label_limits_the_severity() -> None:
    similar = passage(source("GPL-3.0-only"), label=Label.SIMILAR)
    ruling = ruled(similar)
    assert (ruling.verdict, ruling.severity) == (Verdict.DENIED, Severity.NOTE)
    assert ruling.rule == "licenses.deny"
    ruling = ruled(similar, '[severity]\nsimilar = "none"')
    assert (ruling.severity, ruling.rule) == (Severity.NONE, "severity.similar")
    assert "The severity of similar code is at most none (whence.toml:2)" in ruling.reason
    assert ruled(similar, '[policy]\npreset = "strict"').severity is Severity.ERROR


# ---- the licence of a source ----


@pytest.mark.parametrize(
    ("said", "text", "verdict", "by"),
    [
        (("MIT", "MIT"), "", "attribute", "licenses.attribute"),
        (("MIT OR Apache-2.0", "Apache-2.0 OR MIT"), "", "attribute", "licenses.attribute"),
        # equally probable origins disagree
        (("MIT", "GPL-3.0-only"), "", "review", "licenses.conflict"),
        (("GPL-3.0-only", "MIT"), "", "review", "licenses.conflict"),
        (("GPL-3.0-only", "MIT"), 'conflict = "deny"', "denied", "licenses.conflict"),
        (("GPL-3.0-only", "MIT"), 'conflict = "allow"', "attribute", "licenses.attribute"),
        (("GPL-3.0-only", "AGPL-3.0-only"), "", "denied", "licenses.deny"),
        # or one of them has no licence
        (("MIT", "NOASSERTION"), "", "review", "licenses.unknown"),
        (("NOASSERTION", "MIT"), "", "review", "licenses.unknown"),
        (("NOASSERTION", "MIT"), 'unknown = "allow"', "attribute", "licenses.attribute"),
        (("NOASSERTION", "GPL-3.0-only"), "", "denied", "licenses.deny"),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_equally_probable_origins(
    said: tuple[str, ...], text: str, verdict: str, by: str, named: bool
) -> None:
    found = seen_under(*said)
    found = found if named else replace(found, origin=None)
    ruling = ruled(passage(found), f"[licenses]\n{text}\n")
    assert (ruling.verdict, ruling.rule) == (verdict, by)


def test_the_probable_origin_decides_not_a_copy() -> None:
    first, second = seen_under("MIT", "GPL-3.0-only").occurrences
    dated = replace(
        seen_under("MIT", "MIT"),
        occurrences=(replace(first, date="2015-01-01"), replace(second, date="2020-01-01")),
    )
    assert ruled(passage(dated)).license == "MIT"
    copied = replace(dated, occurrences=(first, replace(second, vendored=True)))
    assert ruled(passage(copied)).license == "MIT"


def test_conflicting_evidence_is_never_milder_than_the_licence() -> None:
    clash = "the file header says MIT, but the package metadata says GPL-2.0-only"
    ruling = ruled(passage(seen_under("MIT", conflict=clash)))
    assert (ruling.verdict, ruling.rule, ruling.license) == ("review", "licenses.conflict", "MIT")
    assert clash in ruling.reason
    ruling = ruled(passage(seen_under("GPL-2.0-only", conflict="the other way round")))
    assert (ruling.verdict, ruling.rule) == ("denied", "licenses.deny")
    assert "stricter than licenses.conflict" in ruling.reason


def test_an_unknown_licence_comes_with_a_hint() -> None:
    first, second = seen_under("NOASSERTION", "MIT").occurrences
    found = replace(
        seen_under("NOASSERTION", "MIT"),
        occurrences=(replace(first, date="2015-01-01"), replace(second, date="2020-01-01")),
    )
    ruling = ruled(passage(found))
    assert ruling.rule == "licenses.unknown"
    assert "other occurrences state MIT (them/x1)" in ruling.reason


def test_a_source_without_occurrences_has_no_licence() -> None:
    assert ruled(passage(seen_under())).rule == "licenses.unknown"


def test_own_code_is_allowed_and_a_vendored_copy_is_not() -> None:
    text = '[own]\nowners = ["us"]\n'
    ruling = ruled(passage(source("GPL-3.0-only", "us/x")), text)
    assert (ruling.verdict, ruling.severity, ruling.rule) == ("allowed", Severity.NONE, "own")
    assert ruling.license == "GPL-3.0-only"  # still reported, for bills of materials
    own = source("GPL-3.0-only", "us/x")
    copy = replace(own, occurrences=(replace(own.occurrences[0], vendored=True),))
    ruling = ruled(passage(copy), text)
    assert ruling.verdict is Verdict.DENIED
    assert "keeps its licence" in ruling.reason


# ---- which source decides ----


@pytest.mark.parametrize(
    ("other", "decides"),
    [
        (source("GPL-3.0-only", "evil/x"), 1),  # matches as well
        (source("GPL-3.0-only", "evil/x", tokens=96, confidence=0.965), 1),
        (source("GPL-3.0-only", "evil/x", tokens=90), 0),  # the same lines, fewer of its tokens
        (source("GPL-3.0-only", "evil/x", confidence=0.9), 0),
        (source("GPL-3.0-only", "evil/x", kind=MatchKind.EDITED), 0),
        # a part that the best leaves open; too little of it outside
        (source("GPL-3.0-only", "evil/x", tokens=60, span=(400, 1400)), 0),
        (source("CC0-1.0", "evil/x"), 0),  # a mild one never hides a strict one
    ],
)
def test_the_strictest_of_equally_good_sources_decides(other: Source, decides: int) -> None:
    ruling = ruled(passage(source("MIT"), other))
    assert ruling.source == decides
    assert ruling.verdict is (Verdict.DENIED if decides else Verdict.ATTRIBUTE)
    if decides:
        assert (
            "which differ. Allowed if attributed: source 1 (them/x, src/area.py) is under MIT"
            in ruling.reason
        )


def test_a_source_of_an_open_part_decides() -> None:
    best = source("MIT", tokens=60, span=(0, 500))
    rest = source("GPL-3.0-only", "evil/x", tokens=50, span=(450, 1000), kind=MatchKind.RENAMED)
    ruling = ruled(passage(best, rest))
    assert (ruling.source, ruling.verdict) == (1, Verdict.DENIED)
    assert any("matches a part that the others leave open" in step for step in ruling.steps)
    small = replace(rest, matches=(replace(rest.matches[0], tokens=31),))
    assert ruled(passage(best, small)).source == 0  # 28 of its tokens are open, 30 are required


def test_a_verbatim_source_decides_next_to_a_renamed_one() -> None:
    best = source("MIT", kind=MatchKind.RENAMED)
    names = source("GPL-3.0-only", "evil/x", tokens=50, span=(0, 500))
    ruling = ruled(passage(best, names, label=Label.STRIKING))
    assert ruling.source == 1
    assert any("is verbatim, which is stronger than renamed" in step for step in ruling.steps)


def test_a_source_of_low_severity_does_not_lower_another() -> None:
    """A denied source that is only similar is a note; the missing attribution stays a warning."""
    best = source("MIT", tokens=60, span=(0, 500))
    rest = source("GPL-3.0-only", "evil/x", tokens=50, span=(500, 1000), kind=MatchKind.SIMILAR)
    ruling = ruled(passage(best, rest))
    assert (ruling.verdict, ruling.severity) == (Verdict.DENIED, Severity.WARNING)
    assert "Source 1 has a higher severity" in ruling.reason


LICENSES = ["MIT", "MPL-2.0", "GPL-2.0-only", "NOASSERTION", "CC0-1.0", "MIT OR GPL-2.0-only"]
SOURCES = st.builds(
    source,
    st.sampled_from(LICENSES),
    st.sampled_from(["them/x", "us/y"]),
    kind=st.sampled_from(list(MatchKind)),
    tokens=st.sampled_from([30, 60, 97, 100]),
    span=st.sampled_from([(0, 1000), (0, 500), (500, 1000)]),
    confidence=st.sampled_from([0.86, 0.96, 0.98]),
    conflict=st.sampled_from([None, "they clash"]),
) | st.lists(st.sampled_from(LICENSES), max_size=3).map(lambda said: seen_under(*said))
WORDS = ["allow", "attribute", "review", "deny"]


@settings(deadline=None)
@given(
    st.lists(SOURCES, min_size=1, max_size=4),
    st.sampled_from([Label.VERBATIM, Label.STRIKING, Label.SIMILAR]),
    st.sampled_from(["permissive", "strict"]),
    st.dictionaries(st.sampled_from(["unknown", "conflict"]), st.sampled_from(WORDS)),
    st.sampled_from(["MIT", "MPL-2.0", "CC0-1.0", "GPL-*", "permissive", "unknown", "conflict"]),
)
def test_a_stricter_rule_never_makes_a_ruling_milder(
    sources: list[Source], label: Label, preset: str, said: dict[str, str], stricter: str
) -> None:
    lines = "".join(f'{key} = "{word}"\n' for key, word in said.items() if key != stricter)
    text = f'[policy]\npreset = "{preset}"\n[licenses]\n{lines}'
    if stricter in ("unknown", "conflict"):
        rest = f'{stricter} = "{said[stricter]}"\n' if stricter in said else ""
        harder = f'{stricter} = "deny"\n'
    else:
        rest, harder = "", f'deny = ["{stricter}"]\n'
    before = ruled(passage(*sources, label=label), text + rest)
    after = ruled(passage(*sources, label=label), text + harder)
    assert STRICTNESS[after.verdict] >= STRICTNESS[before.verdict]
    assert after.severity >= before.severity


@settings(deadline=None)
@given(st.lists(SOURCES, min_size=1, max_size=4), SOURCES)
def test_another_source_never_makes_a_ruling_milder(sources: list[Source], more: Source) -> None:
    before, after = ruled(passage(*sources)), ruled(passage(*sources, more))
    assert STRICTNESS[after.verdict] >= STRICTNESS[before.verdict]
    assert after.severity >= before.severity


# ---- the account ----


def finding(ruling: Ruling, found: Passage, decision: Decision | None = None) -> Finding:
    return Finding("0123456789abcdef", "src/a.py", found, ruling, decision)


def test_an_explanation_has_all_parts() -> None:
    text = '[match]\nlines = 2\n[licenses]\ndeny = ["GPL-*"]\n'
    found = passage(source("MIT"), source("GPL-3.0-only", "evil/x"))
    account = explain(finding(ruled(found, text), found), policy_of(text))
    plain = " ".join(account.split())
    for part in (
        "Finding 0123456789abcdef: src/a.py, lines 1-20",
        "Verdict denied, severity error. Open.",
        "verbatim: 100 tokens, 90% of those in these lines",
        "2. evil/x, src/area.py, lines 88-90 (decides)",
        "licence: GPL-3.0-only (read from: license file)",
        "https://github.com/evil/x/blob/",
        "minimum match: tokens >= 30 (preset permissive), lines >= 2 (whence.toml:2)",
        'licenses.deny "GPL-*" (whence.toml:4)',
        "decides: source 2, the strictest of 2 relevant ones -> denied",
        "severity.verbatim limits it to error (preset permissive) -> error",
        "GPL-3.0-only is strong-copyleft: the whole work that includes it must be shared",
        "Remove these lines",
        "whence-baseline.json",
        '[licenses] review = ["GPL-3.0-only"]',
        '[own] repositories = ["evil/x"]',
        "This is not legal advice.",
    ):
        assert part in plain


def test_an_explanation_has_the_notice_for_attribution() -> None:
    found = passage(source("MIT"))
    account = explain(finding(ruled(found), found), policy_of())
    assert "Name the author" in account
    assert "Includes code copied from them/x" in account
    assert f"SWHID: {found.sources[0].document}" in account  # by which decisions recognise it


@pytest.mark.parametrize(
    ("license_", "line"), [("NOASSERTION", 'unknown = "allow"'), ("MPL-2.0", 'allow = ["MPL-2.0"]')]
)
def test_the_rule_that_an_explanation_suggests_works(license_: str, line: str) -> None:
    found = passage(source(license_))
    account = explain(finding(ruled(found), found), policy_of())
    assert f"    {line}" in account
    assert ruled(found, f"[licenses]\n{line}").verdict is Verdict.ALLOWED


def test_explanations_of_closed_and_allowed_findings() -> None:
    found = passage(source("GPL-3.0-only"))
    decision = Decision(
        DecisionKind.ACCEPTED, "we\x1b[2J own it", "whence-baseline.json", "Ann", "2026-01-02"
    )
    account = explain(finding(ruled(found), found, decision), policy_of())
    assert "Closed: accepted by Ann on 2026-01-02 (whence-baseline.json): we" in account
    assert "\x1b" not in account
    free = passage(source("CC0-1.0"))
    assert "No action is needed." in explain(finding(ruled(free), free), policy_of())


def test_strangers_cannot_control_a_terminal() -> None:
    found = passage(source("MIT", HOSTILE_NAME, conflict="\x1b]0;x\x07 clash\nline"))
    ruling = ruled(found)
    account = explain(replace(finding(ruling, found), name=HOSTILE_NAME), policy_of())
    assert all(character.isprintable() or character == "\n" for character in account)
    assert "<U+202E>" in account


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_rules_on_every_licence(preset: str) -> None:
    for license_ in LICENSES:
        found = passage(source(license_))
        text = f'[policy]\npreset = "{preset}"\n'
        explain(finding(ruled(found, text), found), policy_of(text))


def test_speed_of_ruling() -> None:
    """Only printed: limits are checked by benchmarks."""
    policy = policy_of()
    judge = Judge(policy, OwnCode.of(policy, None))
    passages = [passage(source(LICENSES[i % 6])) for i in range(2000)]
    began = time.perf_counter()
    count = sum(judge.rule(one) is not None for one in passages)
    print(f"\n{count / (time.perf_counter() - began):,.0f} rulings/s")
    assert count == len(passages)
