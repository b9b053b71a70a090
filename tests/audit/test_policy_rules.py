"""Licence rules: precedence, OR and AND, and that a stricter rule never makes a verdict milder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.policy.parsing import parse_policy
from audit.policy.rules import LIST_OF, STRICTNESS, Rule, Rulebook, identity
from audit.types import Verdict

LICENSES = ["MIT", "Apache-2.0", "MPL-2.0", "GPL-2.0-only", "GPL-3.0-or-later", "AGPL-3.0-only"]
ODD = ["LicenseRef-acme", "GPL-2.0-only WITH Classpath-exception-2.0", "CC0-1.0", "SSPL-1.0"]
PATTERNS = [*LICENSES, *ODD, "GPL-*", "*-only", "MIT OR GPL-2.0-only", "permissive", "MPL-?.0"]


def book(licenses: str = "") -> Rulebook:
    policy = parse_policy(f"[licenses]\n{licenses}\n", Path("whence.toml"))
    return Rulebook(policy.rules, policy.unknown)


def verdict(expression: str, licenses: str = "") -> str:
    return LIST_OF[book(licenses).decide(expression).verdict]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("CC0-1.0", "allow"),
        ("MIT", "attribute"),
        ("MPL-2.0", "review"),
        ("GPL-3.0-only", "deny"),
        ("NOASSERTION", "review"),
        ("LicenseRef-acme", "review"),
        ("no expression at all", "review"),
        # OR is a choice, AND means all
        ("MIT OR GPL-3.0-only", "attribute"),
        ("MIT AND GPL-3.0-only", "deny"),
        ("(MIT OR GPL-3.0-only) AND MPL-2.0", "review"),
        ("GPL-3.0-only OR (MIT AND MPL-2.0)", "review"),
        ("CC0-1.0 OR LicenseRef-acme", "allow"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "review"),
        ("MIT AND GPL-2.0-only WITH Classpath-exception-2.0", "review"),
    ],
)
def test_the_default_preset(expression: str, expected: str) -> None:
    assert verdict(expression) == expected


@pytest.mark.parametrize(
    ("licenses", "expression", "expected"),
    [
        ('allow = ["GPL-3.0-only"]', "GPL-3.0-only", "allow"),
        ('allow = ["GPL-3.0-only"]', "GPL-3.0-or-later", "deny"),
        ('review = ["GPL-*"]', "GPL-3.0-or-later", "review"),
        ('review = ["GPL-*"]', "LGPL-3.0-only", "review"),  # by its family
        ('deny = ["GPL-*"]\nallow = ["weak-copyleft"]', "LGPL-3.0-only", "allow"),
        ('allow = ["gpl-3.0-only"]\nreview = ["GPL-*"]', "GPL-3.0-only", "allow"),
        ('review = ["GPL-*"]', "GPL-2.0-only WITH Classpath-exception-2.0", "review"),
        ('deny = ["GPL-2.0-only"]', "GPL-2.0-only WITH Classpath-exception-2.0", "deny"),
        (
            'deny = ["GPL-2.0-only"]\nallow = ["GPL-2.0-only WITH Classpath-exception-2.0"]',
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "allow",
        ),
        (
            'deny = ["GPL-*"]\nallow = ["* WITH Classpath-exception-2.0"]',
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
            "allow",
        ),
        ('deny = ["MIT OR GPL-2.0-only"]', "GPL-2.0-only OR MIT", "deny"),
        ('deny = ["MIT OR GPL-2.0-only"]', "MIT", "attribute"),
        ('deny = ["MIT OR GPL-2.0"]', "Apache-2.0 AND (MIT OR GPL-2.0-only)", "deny"),
        ('allow = ["LicenseRef-acme-*"]', "LicenseRef-acme-1", "allow"),
        ('allow = ["LicenseRef-acme"]', "LicenseRef-acme", "allow"),
        ('deny = ["*"]\nallow = ["MIT"]', "Apache-2.0", "deny"),
        ('deny = ["*"]\nallow = ["MIT"]', "MIT", "allow"),
        ('unknown = "deny"', "NOASSERTION", "deny"),
        ('unknown = "deny"', "MIT OR LicenseRef-acme", "attribute"),
        ('unknown = "deny"', "MIT AND LicenseRef-acme", "deny"),
        ('deny = ["Apache-2.0"]', "Apache-2.0+", "deny"),
    ],
)
def test_the_most_specific_rule_decides(licenses: str, expression: str, expected: str) -> None:
    assert verdict(expression, licenses) == expected


def test_two_wildcards_for_an_unknown_id_take_the_stricter() -> None:
    licenses = 'allow = ["LicenseRef-acme-*"]\ndeny = ["LicenseRef-*-secret"]'
    assert verdict("LicenseRef-acme-secret", licenses) == "deny"
    assert verdict("LicenseRef-acme-open", licenses) == "allow"


def test_a_ruling_names_the_rule_and_its_line() -> None:
    ruling = book('deny = ["MPL-2.0"]').decide("MIT AND MPL-2.0")
    assert str(ruling.rule) == 'licenses.deny "MPL-2.0" (whence.toml:2)'
    assert ruling.license == "MPL-2.0"
    assert ruling.family == "weak-copyleft"
    assert [step.partition(":")[0] for step in ruling.steps] == [
        "MIT",
        "MPL-2.0",
        "MIT AND MPL-2.0",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MIT OR Apache-2.0", "apache-2.0 or (MIT)"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("MIT AND (ISC AND Zlib)", "Zlib AND MIT AND ISC"),
        ("GPL-*", "gpl-*"),
    ],
)
def test_one_licence_has_one_identity(one: str, other: str) -> None:
    assert identity(one) == identity(other)


EXPRESSIONS = st.recursive(
    st.sampled_from([*LICENSES, *ODD]),
    lambda inner: st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda parts: st.sampled_from([" OR ", " AND "]).map(
            lambda operator: f"({operator.join(parts)})"
        )
    ),
    max_leaves=6,
)
VERDICTS = st.sampled_from(list(Verdict))


def rules_of(verdicts: dict[str, Verdict]) -> list[Rule]:
    families = parse_policy("", Path("whence.toml")).rules
    said = [Rule(f"licenses.{LIST_OF[v]}", p, v, "here") for p, v in verdicts.items()]
    return [*families, *said]


@settings(deadline=None)
@given(EXPRESSIONS, st.dictionaries(st.sampled_from(PATTERNS), VERDICTS), VERDICTS, st.data())
def test_a_stricter_rule_never_makes_a_ruling_milder(
    expression: str, said: dict[str, Verdict], unknown: Verdict, data: st.DataObject
) -> None:
    """If any rule becomes stricter, no licence gets a milder verdict."""
    before = Rulebook(rules_of(said), Rule("licenses.unknown", "", unknown, "here"))
    stricter = dict(said)
    if said and data.draw(st.booleans()):
        pattern = data.draw(st.sampled_from(sorted(said)))
        harder = [one for one in Verdict if STRICTNESS[one] >= STRICTNESS[said[pattern]]]
        stricter[pattern] = data.draw(st.sampled_from(harder))
    else:
        stricter[data.draw(st.sampled_from(PATTERNS))] = Verdict.DENIED
    after = Rulebook(rules_of(stricter), Rule("licenses.unknown", "", unknown, "here"))
    was, now = before.decide(expression).verdict, after.decide(expression).verdict
    assert STRICTNESS[now] >= STRICTNESS[was]


@settings(deadline=None)
@given(st.lists(st.sampled_from(LICENSES + ODD), min_size=2, max_size=4))
def test_or_takes_the_mildest_and_and_the_strictest(parts: list[str]) -> None:
    rules = book()
    ranks = [STRICTNESS[rules.decide(part).verdict] for part in parts]
    assert STRICTNESS[rules.decide(" OR ".join(parts)).verdict] == min(ranks)
    assert STRICTNESS[rules.decide(" AND ".join(parts)).verdict] == max(ranks)
