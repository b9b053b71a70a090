"""The licence of a source, by its probable origins, and the verdict on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from attribution.licensing.expressions import NOASSERTION
from attribution.types import LicenseEvidence, Occurrence, Source
from audit.policy.families import Family
from audit.policy.policy import Policy
from audit.policy.relevance import probable_origins
from audit.policy.rules import STRICTNESS, LicenseRuling, Rulebook, identity
from audit.types import Verdict

__all__ = ["LicenseJudge", "SourceRuling"]

_HINTS = 3  # licences of other occurrences that are mentioned if that of the origin is unknown


@dataclass(frozen=True, slots=True)
class SourceRuling:
    """The verdict on one source."""

    verdict: Verdict
    rule: str  # stable id
    reason: str  # part of a sentence: the licence, and the rule with its location
    license: str  # the SPDX expression that was judged, or NOASSERTION
    family: Family
    steps: tuple[str, ...]  # the rules that were applied


class LicenseJudge:
    """Finds the licence of a source, and rules on it. Caches rulings by evidence."""

    def __init__(self, policy: Policy) -> None:
        self._book = Rulebook(policy.rules, policy.unknown)
        self._unknown = policy.unknown
        self._conflict = policy.conflict
        self._rulings: dict[LicenseEvidence, SourceRuling] = {}

    def rule(self, source: Source) -> SourceRuling:
        """The verdict on a source by the licence of its probable origin."""
        origins = [source.occurrences[at] for at in probable_origins(source)]
        if not origins:
            return self._of_evidence(LicenseEvidence(NOASSERTION, "none"))
        evidence = origins[0].license
        if len({identity(stated) for stated in {o.license.expression for o in origins}}) > 1:
            return self._of_disagreeing(origins)
        if evidence.conflict is None:  # a conflict at an equally probable origin counts as well
            conflicting = (origin.license for origin in origins if origin.license.conflict)
            evidence = next(conflicting, evidence)
        ruling = self._of_evidence(evidence)
        if evidence.expression == NOASSERTION and len(source.occurrences) > len(origins):
            return _with_hints(ruling, source.occurrences)
        return ruling

    def _of_evidence(self, evidence: LicenseEvidence) -> SourceRuling:
        ruling = self._rulings.get(evidence)
        if ruling is None:
            ruling = self._rulings[evidence] = self._decide(evidence)
        return ruling

    def _decide(self, evidence: LicenseEvidence) -> SourceRuling:
        if evidence.expression == NOASSERTION and evidence.conflict is None:
            rule, verdict = self._unknown, self._unknown.verdict
            reason = f"has no known licence; rule: {rule}"
            step = f"no licence is known: {rule} -> {verdict}"
            return SourceRuling(verdict, rule.key, reason, NOASSERTION, Family.UNKNOWN, (step,))
        decided = self._book.decide(evidence.expression)
        by = "" if decided.license == evidence.expression else f", decided by {decided.license}"
        reason = (
            f"is under {evidence.expression} ({decided.family}{by}; read from its "
            f"{evidence.evidence}); rule: {decided.rule}"
        )
        ruling = SourceRuling(
            decided.verdict,
            decided.rule.key,
            reason,
            evidence.expression,
            decided.family,
            decided.steps,
        )
        if evidence.conflict is None:
            return ruling
        return self._conflicting(
            ruling, decided, f"has conflicting evidence for its licence ({evidence.conflict})"
        )

    def _of_disagreeing(self, origins: Sequence[Occurrence]) -> SourceRuling:
        """The ruling if equally probable origins do not state the same licence."""
        counts = Counter(origin.license.expression for origin in origins)
        without = counts.pop(NOASSERTION, 0)
        parts = [f"{counts[stated]} under {stated}" for stated in sorted(counts)]
        parts += [f"{without} without one"] if without else []
        problem = (
            f"has {len(origins)} equally probable origins that disagree on the licence: "
            f"{', '.join(parts)}"
        )
        rulings = {stated: self._book.decide(stated) for stated in counts}
        if len({identity(stated) for stated in rulings}) > 1:
            mildest = min(rulings.values(), key=lambda ruling: STRICTNESS[ruling.verdict])
            steps = tuple(step for ruling in rulings.values() for step in ruling.steps)
            plain = SourceRuling(
                mildest.verdict, mildest.rule.key, "", NOASSERTION, Family.UNKNOWN, steps
            )
            return self._conflicting(plain, mildest, problem)
        expression, decided = next(iter(rulings.items()))
        strict = max(decided.verdict, self._unknown.verdict, key=STRICTNESS.__getitem__)
        rule = self._unknown if strict is self._unknown.verdict else decided.rule
        step = f"it {problem}: the stricter of {decided.rule} and {self._unknown} -> {strict}"
        return SourceRuling(
            strict,
            rule.key,
            f"{problem}; rule: {rule}",
            expression,
            decided.family,
            (*decided.steps, step),
        )

    def _conflicting(self, plain: SourceRuling, decided: LicenseRuling, why: str) -> SourceRuling:
        """A conflict can make a ruling stricter, but never milder."""
        conflict = self._conflict
        stricter = STRICTNESS[conflict.verdict] >= STRICTNESS[plain.verdict]
        by = conflict if stricter else decided.rule
        verdict = conflict.verdict if stricter else plain.verdict
        also = "" if stricter else f", which is stricter than {conflict}"
        step = (
            f"it {why}: {conflict} -> {conflict.verdict}; not milder than {plain.verdict} -> "
            f"{verdict}"
        )
        return replace(
            plain,
            verdict=verdict,
            rule=by.key,
            reason=f"{why}; rule: {by}{also}",
            steps=(*plain.steps, step),
        )


def _with_hints(ruling: SourceRuling, occurrences: Sequence[Occurrence]) -> SourceRuling:
    """Mention the licences that other occurrences state, to help a person decide."""
    stated = dict.fromkeys(
        f"{occurrence.license.expression} ({occurrence.repository})"
        for occurrence in occurrences
        if occurrence.license.expression != NOASSERTION
    )
    if not stated:
        return ruling
    hint = f"other occurrences state {', '.join([*stated][:_HINTS])}"
    return replace(
        ruling,
        reason=f"{ruling.reason}; {hint}",
        steps=(*ruling.steps, f"hint: {hint}; the statement of a copy does not bind its author"),
    )
