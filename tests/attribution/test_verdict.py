"""The verdict: more evidence never lowers the confidence, labels follow kind and confidence."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.types import Label, MatchKind, Source
from attribution.verdict import (
    COEFFICIENTS,
    PLAIN,
    RARE,
    REPORT_AT,
    STRIKING_AT,
    Evidence,
    confidence,
    features,
    label_of,
)

amounts = st.floats(0, 1e6)
evidence = st.builds(
    Evidence, raw=amounts, renamed=amounts, containment=st.floats(0, 1), longest=amounts,
    telling=amounts, run=amounts,
)  # fmt: skip


@given(evidence, st.sampled_from([field.name for field in fields(Evidence)]), amounts)
def test_more_evidence_never_lowers_the_confidence(one: Evidence, name: str, more: float) -> None:
    value = getattr(one, name) + (min(more, 1 - one.containment) if name == "containment" else more)
    assert confidence(one) <= confidence(replace(one, **{name: value})) <= 1


def test_no_evidence_is_not_reported_and_a_long_rare_run_is() -> None:
    nothing = Evidence(0, 0, 0, 0, 0, 0)
    assert confidence(nothing) < 0.01
    copied = Evidence(raw=40, renamed=0, containment=0.9, longest=120, telling=6, run=100)
    assert confidence(copied) > STRIKING_AT > REPORT_AT


def test_a_short_function_renamed_throughout_is_reported_and_half_of_one_is_not() -> None:
    renamed = Evidence(raw=0, renamed=7.5, containment=1, longest=8, telling=0, run=6)
    assert confidence(renamed) >= REPORT_AT
    assert confidence(replace(renamed, containment=0.5)) < REPORT_AT


def test_a_shape_that_everyone_writes_is_not_reported_however_well_it_fits() -> None:
    telling, raw, renamed = RARE
    least = 0.01
    plain = Evidence(raw - least, renamed - least, 1, 200, telling - least, 200)
    assert confidence(plain) == PLAIN < REPORT_AT
    for name, enough in (("raw", raw), ("renamed", renamed), ("telling", telling)):
        assert confidence(replace(plain, **{name: enough})) >= REPORT_AT


def test_each_feature_has_a_factor() -> None:
    assert len(COEFFICIENTS) == 1 + len(features(Evidence(1, 1, 1, 1, 1, 1)))
    assert all(factor >= 0 for factor in COEFFICIENTS[1:])


@pytest.mark.parametrize(
    ("kind", "sure", "label"),
    [
        (MatchKind.VERBATIM, 0.99, Label.VERBATIM),
        (MatchKind.VERBATIM, REPORT_AT - 0.01, Label.NONE),
        (MatchKind.RENAMED, 0.99, Label.STRIKING),
        (MatchKind.EDITED, 0.99, Label.STRIKING),
        (MatchKind.EDITED, REPORT_AT, Label.SIMILAR),
        (MatchKind.SIMILAR, 0.99, Label.SIMILAR),
    ],
)
def test_labels(kind: MatchKind, sure: float, label: Label) -> None:
    assert label_of(source(kind, sure, containment=0.9, evidence=3), kind) is label
    assert label_of(source(kind, sure, containment=0.1, evidence=40), kind) is label


@pytest.mark.parametrize("kind", MatchKind)
def test_a_little_of_the_snippet_is_similar_at_most(kind: MatchKind) -> None:
    assert label_of(source(kind, 0.99, containment=0.2, evidence=8), kind) is Label.SIMILAR


def source(kind: MatchKind, sure: float, containment: float, evidence: float) -> Source:
    return Source(
        document="", kind=kind, containment=containment, similarity=1.0, longest_run_tokens=20,
        evidence=evidence, confidence=sure, matches=(), occurrences=(), occurrences_total=0,
        tokens=20, origin=None,
    )  # fmt: skip
