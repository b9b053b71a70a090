"""The licence that a source is under, as far as its places agree, and the verdict on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from attribution.licenses import NOASSERTION
from attribution.types import LicenseEvidence, Occurrence, Source
from audit.policy.families import Family
from audit.policy.origins import probable
from audit.policy.policy import Policy
from audit.policy.rules import STRICTNESS, LicenseRuling, Rule, Rulebook, identity
from audit.types import Verdict

__all__ = ["Licensing", "SourceRuling"]

_HINTS = 3  # licences of other places that are told where the origin's is not known


@dataclass(frozen=True, slots=True)
class SourceRuling:
    """The verdict on one source."""

    verdict: Verdict
    rule: str  # stable id
    reason: str  # a part of a sentence: the licence, and the rule with its place
    license: str  # SPDX expression that was decided on, or NOASSERTION
    family: Family
    steps: tuple[str, ...]  # each rule that was asked


class Licensing:
    """Finds a source's licence, and rules on it. Rulings are kept by the evidence."""

    def __init__(self, policy: Policy) -> None:
        self._book = Rulebook(policy.rules, policy.unknown)
        self._unknown = policy.unknown
        self._conflict = policy.conflict
        self._known: dict[LicenseEvidence, SourceRuling] = {}

    def rule(self, source: Source) -> SourceRuling:
        """The verdict on a source by the licence of its probable origin."""
        places = probable(source)
        if not places:
            return self._of_evidence(LicenseEvidence(NOASSERTION, "none"))
        occurrences = source.occurrences
        said = occurrences[places[0]].license
        if len(places) > 1:
            all_said = {occurrences[at].license.expression for at in places}
            if len(all_said) > 1 and len({identity(one) for one in all_said}) > 1:
                return self._of_equals([occurrences[at] for at in places])
            if said.conflict is None:  # any conflict of an equal place is one of this source
                clashing = (occurrences[at].license for at in places)
                said = next((one for one in clashing if one.conflict is not None), said)
        ruling = self._of_evidence(said)
        if said.expression == NOASSERTION and len(occurrences) > len(places):
            return self._hinted(ruling, occurrences)
        return ruling

    def _of_evidence(self, said: LicenseEvidence) -> SourceRuling:
        ruling = self._known.get(said)
        if ruling is None:
            ruling = self._known[said] = self._decide(said)
        return ruling

    def _decide(self, said: LicenseEvidence) -> SourceRuling:
        if said.expression == NOASSERTION and said.conflict is None:
            rule, verdict = self._unknown, self._unknown.verdict
            reason = f"its licence is not known: {rule}"
            step = f"no licence is known: {rule} -> {verdict}"
            return SourceRuling(verdict, rule.key, reason, NOASSERTION, Family.UNKNOWN, (step,))
        found = self._book.decide(said.expression)
        reason = f"{self._under(said.expression, found)}, by its {said.evidence}: {found.rule}"
        plain = SourceRuling(
            found.verdict, found.rule.key, reason, said.expression, found.family, found.steps
        )
        if said.conflict is None:
            return plain
        return self._conflicting(
            plain, found, f"the evidence on its licence is in conflict ({said.conflict})"
        )

    def _of_equals(self, places: Sequence[Occurrence]) -> SourceRuling:
        """The ruling where equally probable places do not all state the same licence."""
        rulings = {
            one.license.expression: self._book.decide(one.license.expression) for one in places
        }
        counts = ", ".join(
            f"{sum(one.license.expression == said for one in places)} under {said}"
            if said != NOASSERTION
            else f"{sum(one.license.expression == said for one in places)} without one"
            for said in sorted(rulings, key=lambda one: (one == NOASSERTION, one))
        )
        what = f"its {len(places)} equally probable places disagree on the licence: {counts}"
        known = {said: found for said, found in rulings.items() if said != NOASSERTION}
        if len({identity(said) for said in known}) > 1:
            mildest = min(known.values(), key=lambda found: STRICTNESS[found.verdict])
            steps = tuple(step for found in known.values() for step in found.steps)
            plain = SourceRuling(
                mildest.verdict, mildest.rule.key, "", NOASSERTION, Family.UNKNOWN, steps
            )
            return self._conflicting(plain, mildest, what)
        expression, found = next(iter(known.items()))
        strict = max(found.verdict, self._unknown.verdict, key=STRICTNESS.__getitem__)
        rule = self._unknown if strict is self._unknown.verdict else found.rule
        step = f"{what}: the stricter of {found.rule} and {self._unknown} -> {strict}"
        return SourceRuling(
            strict, rule.key, f"{what}: {rule}", expression, found.family, (*found.steps, step)
        )

    def _conflicting(self, plain: SourceRuling, found: LicenseRuling, what: str) -> SourceRuling:
        """A conflict makes a ruling stricter, never milder than what is sure."""
        rule = self._conflict
        stricter = STRICTNESS[rule.verdict] >= STRICTNESS[plain.verdict]
        by: Rule = rule if stricter else found.rule
        verdict = by.verdict if stricter else plain.verdict
        also = "" if stricter else f", and stricter than {rule}"
        step = f"{what}: {rule} -> {rule.verdict}; not milder than {plain.verdict} -> {verdict}"
        return replace(
            plain,
            verdict=verdict,
            rule=by.key,
            reason=f"{what}: {by}{also}",
            steps=(*plain.steps, step),
        )

    def _hinted(self, ruling: SourceRuling, occurrences: Sequence[Occurrence]) -> SourceRuling:
        """The same, with the licences that other places state: where a person may look."""
        said = dict.fromkeys(
            f"{one.license.expression} ({one.repository})"
            for one in occurrences
            if one.license.expression != NOASSERTION
        )
        if not said:
            return ruling
        hint = f"other places state {', '.join([*said][:_HINTS])}"
        return replace(
            ruling,
            reason=f"{ruling.reason}; {hint}",
            steps=(*ruling.steps, f"hint: {hint}; a copy's statement does not bind its author"),
        )

    def _under(self, expression: str, found: LicenseRuling) -> str:
        by = "" if found.license == expression else f", decided by {found.license}"
        return f"under {expression} ({found.family}{by})"
