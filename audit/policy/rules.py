"""The rules of `[licenses]`: which verdict a licence gets, and by which line of the policy.

The most specific rule that fits a licence decides:

    1. an expression:  "GPL-2.0-only WITH Classpath-exception-2.0", "MIT OR GPL-2.0-only"
    2. an id:          "GPL-2.0-only", which holds for it with an exception, too
    3. a wildcard:     "GPL-*"
    4. a family:       "strong-copyleft"

Without a rule for a whole expression, OR takes its mildest alternative (the choice is ours) and
AND its strictest part (all of them apply). An exception only ever permits more, so a rule for the
licence without it is never too mild.

No two rules of different verdicts fit equally: reading a policy refuses them (`entries`). Only an
id that nobody knows can meet two wildcards all the same: the stricter decides.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from attribution.licenses import NOASSERTION, LicenseTerm, license_term
from audit.policy.families import Family, family_of
from audit.types import Verdict

__all__ = ["LIST_OF", "STRICTNESS", "LicenseRuling", "Rule", "Rulebook", "identity"]

# Verdicts, mildest first.
STRICTNESS = {verdict: rank for rank, verdict in enumerate(Verdict)}
# The list of the policy that gives a verdict, and the word for it of `unknown` and `conflict`.
LIST_OF = {
    Verdict.ALLOWED: "allow",
    Verdict.ATTRIBUTE: "attribute",
    Verdict.REVIEW: "review",
    Verdict.DENIED: "deny",
}
_FAMILIES = frozenset(Family)


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a list of `[licenses]`, or one of its keys `unknown` and `conflict`."""

    key: str  # "licenses.deny", "licenses.unknown", ...
    pattern: str  # as written: a family, a wildcard, an id or an expression; "" for the two keys
    verdict: Verdict
    where: str  # "whence.toml:7", or "preset permissive"

    def __str__(self) -> str:
        written = f'"{self.pattern}"' if self.pattern else f'= "{LIST_OF[self.verdict]}"'
        return f"{self.key} {written} ({self.where})"


@dataclass(frozen=True, slots=True)
class LicenseRuling:
    """What the rules say of an expression."""

    verdict: Verdict
    family: Family  # of the licence that decided
    rule: Rule
    license: str  # the licence in the expression, or the whole, that decided
    steps: tuple[str, ...]  # each rule that was asked


def identity(pattern: str) -> tuple[str, Hashable]:
    """What a pattern is ("family", "wildcard" or "license"), and its one spelling.

    Expressions that differ in order, brackets, case or old names of ids are the same.
    """
    if pattern in _FAMILIES:
        return "family", pattern
    if "*" in pattern or "?" in pattern:
        return "wildcard", pattern.lower()
    term = license_term(pattern)
    return "license", pattern.lower() if term is None else _canonical(term)


def _canonical(term: LicenseTerm) -> str | tuple[str, frozenset[Hashable]]:
    if not term.operator:
        return term.text.lower()
    parts: set[Hashable] = set()
    for part in term.parts:
        one = _canonical(part)
        if isinstance(one, tuple) and one[0] == term.operator:
            parts |= one[1]
        else:
            parts.add(one)
    return term.operator, frozenset(parts)


class Rulebook:
    """The rules of a policy, ready to be asked. Answers are kept: a corpus has few licences."""

    def __init__(self, rules: Iterable[Rule], unknown: Rule) -> None:
        """Take the rules.

        Args:
            rules: of a policy that was read; for each family but `unknown` one.
            unknown: what holds where no licence, or none with a known text, is named.
        """
        self._exact: dict[Hashable, Rule] = {}
        self._wild: list[tuple[re.Pattern[str], Rule]] = []
        self._families: dict[str, Rule] = {Family.UNKNOWN: unknown}
        self._unknown = unknown
        self._answers: dict[str, LicenseRuling] = {}
        for rule in rules:
            kind, spelling = identity(rule.pattern)
            if kind == "family":
                self._families[rule.pattern] = rule
            elif kind == "wildcard":
                self._wild.append((re.compile(fnmatch.translate(rule.pattern.lower())), rule))
            else:
                self._exact[spelling] = rule

    def decide(self, expression: str) -> LicenseRuling:
        """The verdict on an SPDX expression, or on NOASSERTION."""
        answer = self._answers.get(expression)
        if answer is None:
            answer = self._answers[expression] = self._decide(expression)
        return answer

    def _decide(self, expression: str) -> LicenseRuling:
        term = license_term(expression)
        if term is None:
            rule = self._unknown
            said = "no licence is known" if expression == NOASSERTION else "not an SPDX expression"
            step = f"{expression}: {said}: {rule} -> {rule.verdict}"
            return LicenseRuling(rule.verdict, Family.UNKNOWN, rule, expression, (step,))
        return self._of(term)

    def _of(self, term: LicenseTerm) -> LicenseRuling:
        if not term.operator:
            return self._of_one(term)
        parts = [self._of(part) for part in term.parts]
        choose, word = (min, "mildest") if term.operator == "OR" else (max, "strictest")
        chosen = choose(parts, key=lambda one: STRICTNESS[one.verdict])
        steps = tuple(step for part in parts for step in part.steps)
        whole = self._exact.get(_canonical(term))
        if whole is not None:
            step = f"{term.text}: as a whole by {whole} -> {whole.verdict}"
            return LicenseRuling(whole.verdict, chosen.family, whole, term.text, (*steps, step))
        step = (
            f"{term.text}: {term.operator} takes the {word}, {chosen.license} -> {chosen.verdict}"
        )
        return replace(chosen, steps=(*steps, step))

    def _of_one(self, term: LicenseTerm) -> LicenseRuling:
        family = family_of(term)
        rule = self._exact.get(term.text.lower())
        asked = "named by"
        if rule is None and term.exception:
            rule = self._wildcard(term.text, within=" with ")
        if rule is None:
            base = term.license.lower()
            rule = self._exact.get(base) or self._exact.get(base.removesuffix("+"))
        if rule is None:
            rule = self._wildcard(term.license)
            asked = "fits" if rule is not None else asked
        if rule is None:
            rule = self._families[family]
            asked = f"no rule names it; of family {family} by"
        step = f"{term.text}: {asked} {rule} -> {rule.verdict}"
        return LicenseRuling(rule.verdict, family, rule, term.text, (step,))

    def _wildcard(self, text: str, within: str = "") -> Rule | None:
        """The strictest rule whose wildcard fits; `within` is what it has to have."""
        text = text.lower()
        found = [
            rule for fit, rule in self._wild if within in rule.pattern.lower() and fit.match(text)
        ]
        return max(found, key=lambda rule: STRICTNESS[rule.verdict], default=None)
