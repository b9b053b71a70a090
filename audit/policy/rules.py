"""The rules of `[licenses]`: the verdict on a licence, and the line of the policy that decides.

The most specific rule that matches a licence decides:

    1. an expression:  "GPL-2.0-only WITH Classpath-exception-2.0", "MIT OR GPL-2.0-only"
    2. an id:          "GPL-2.0-only", with or without an exception
    3. a wildcard:     "GPL-*"
    4. a family:       "strong-copyleft"

If no rule matches a whole expression, OR takes its mildest alternative (we may choose) and AND its
strictest part (all apply). An exception only ever permits more, so a rule for the licence without
it is never too mild.

Two equally specific rules with different verdicts are an error of the policy (`entries`). Only an
unknown id can still match two such wildcards; then the stricter one decides.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from attribution.licensing.expressions import NOASSERTION, LicenseTerm, license_term
from audit.policy.families import Family, family_of
from audit.types import Verdict

__all__ = ["LIST_OF", "STRICTNESS", "LicenseRuling", "Rule", "Rulebook", "identity"]

# Verdicts, mildest first.
STRICTNESS = {verdict: rank for rank, verdict in enumerate(Verdict)}
# The list of the policy for a verdict, which is also its word in `unknown` and `conflict`.
LIST_OF = {
    Verdict.ALLOWED: "allow",
    Verdict.ATTRIBUTE: "attribute",
    Verdict.REVIEW: "review",
    Verdict.DENIED: "deny",
}
_FAMILIES = frozenset(Family)


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry of a list in `[licenses]`, or its key `unknown` or `conflict`."""

    key: str  # "licenses.deny", "licenses.unknown", ...
    pattern: str  # a family, a wildcard, an id or an expression, as written; "" for the two keys
    verdict: Verdict
    where: str  # "whence.toml:7", or "preset permissive"

    def __str__(self) -> str:
        written = f'"{self.pattern}"' if self.pattern else f'= "{LIST_OF[self.verdict]}"'
        return f"{self.key} {written} ({self.where})"


@dataclass(frozen=True, slots=True)
class LicenseRuling:
    """The verdict of the rules on an expression."""

    verdict: Verdict
    family: Family  # of the licence that decided
    rule: Rule
    license: str  # that decided: a licence in the expression, or the whole of it
    steps: tuple[str, ...]  # the rules that were applied


def identity(pattern: str) -> tuple[str, Hashable]:
    """The kind of a pattern ("family", "wildcard" or "license"), and its canonical form.

    Expressions that only differ in order, brackets, case or deprecated ids are equal.
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
        form = _canonical(part)
        if isinstance(form, tuple) and form[0] == term.operator:
            parts |= form[1]
        else:
            parts.add(form)
    return term.operator, frozenset(parts)


class Rulebook:
    """The rules of a policy, with a cache of rulings: a corpus has few distinct licences."""

    def __init__(self, rules: Iterable[Rule], unknown: Rule) -> None:
        """
        Args:
            rules: of a valid policy; one for each family except `unknown`.
            unknown: for code without a licence, or with an unknown one.
        """
        self._exact: dict[Hashable, Rule] = {}
        self._wild: list[tuple[re.Pattern[str], Rule]] = []
        self._families: dict[str, Rule] = {Family.UNKNOWN: unknown}
        self._unknown = unknown
        self._rulings: dict[str, LicenseRuling] = {}
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
        ruling = self._rulings.get(expression)
        if ruling is None:
            ruling = self._rulings[expression] = self._decide(expression)
        return ruling

    def _decide(self, expression: str) -> LicenseRuling:
        term = license_term(expression)
        if term is None:
            rule = self._unknown
            why = "no licence is known" if expression == NOASSERTION else "not an SPDX expression"
            step = f"{expression}: {why}: {rule} -> {rule.verdict}"
            return LicenseRuling(rule.verdict, Family.UNKNOWN, rule, expression, (step,))
        return self._of(term)

    def _of(self, term: LicenseTerm) -> LicenseRuling:
        if not term.operator:
            return self._of_license(term)
        parts = [self._of(part) for part in term.parts]
        choose, word = (min, "mildest") if term.operator == "OR" else (max, "strictest")
        chosen = choose(parts, key=lambda part: STRICTNESS[part.verdict])
        steps = tuple(step for part in parts for step in part.steps)
        whole = self._exact.get(_canonical(term))
        if whole is not None:
            step = f"{term.text}: as a whole by {whole} -> {whole.verdict}"
            return LicenseRuling(whole.verdict, chosen.family, whole, term.text, (*steps, step))
        step = (
            f"{term.text}: {term.operator} takes the {word}, {chosen.license} -> {chosen.verdict}"
        )
        return replace(chosen, steps=(*steps, step))

    def _of_license(self, term: LicenseTerm) -> LicenseRuling:
        family = family_of(term)
        rule = self._exact.get(term.text.lower())
        how = "named by"
        if rule is None and term.exception:
            rule = self._wildcard(term.text, within=" with ")
        if rule is None:
            base = term.license.lower()
            rule = self._exact.get(base) or self._exact.get(base.removesuffix("+"))
        if rule is None:
            rule = self._wildcard(term.license)
            how = "matches" if rule is not None else how
        if rule is None:
            rule = self._families[family]
            how = f"no rule names it; family {family} by"
        step = f"{term.text}: {how} {rule} -> {rule.verdict}"
        return LicenseRuling(rule.verdict, family, rule, term.text, (step,))

    def _wildcard(self, text: str, within: str = "") -> Rule | None:
        """The strictest rule whose wildcard matches and contains `within`."""
        text = text.lower()
        matching = [
            rule for fit, rule in self._wild if within in rule.pattern.lower() and fit.match(text)
        ]
        return max(matching, key=lambda rule: STRICTNESS[rule.verdict], default=None)
