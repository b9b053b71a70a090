"""Ruling on passages: from sources with their licences to a verdict, a severity, and the reasons.

A passage under the policy's minimum match, and common code, are no finding. Of the sources with a
say (`candidates`) the strictest verdict holds, and the heaviest severity: no source makes another
one milder. A severity is that of the verdict, at most what the policy lets the label weigh.
"""

from __future__ import annotations

from attribution.types import Label, MatchKind, Source
from audit.policy.candidates import Candidate, candidates
from audit.policy.licensing import Licensing, SourceRuling
from audit.policy.own import Own
from audit.policy.policy import Policy
from audit.policy.rules import STRICTNESS
from audit.types import Passage, Ruling, Severity, Verdict

__all__ = ["RULES", "Judge"]

# The stable ids of `Ruling.rule`, and what each says of a finding.
RULES = {
    "licenses.allow": "The licence of the source is allowed.",
    "licenses.attribute": "The licence of the source is allowed, when its author is named.",
    "licenses.review": "A person has to look at the licence of the source.",
    "licenses.deny": "The licence of the source is denied.",
    "licenses.unknown": "No licence of the source is known.",
    "licenses.conflict": "The evidence on the licence of the source is in conflict.",
    "own": "The source is own code.",
    "severity.verbatim": "Verbatim code weighs nothing under this policy.",
    "severity.striking": "Strikingly similar code weighs nothing under this policy.",
    "severity.similar": "Similar code weighs nothing under this policy.",
}

_WEIGHT = {
    Verdict.ALLOWED: Severity.NONE,
    Verdict.ATTRIBUTE: Severity.WARNING,  # until it is attributed
    Verdict.REVIEW: Severity.WARNING,
    Verdict.DENIED: Severity.ERROR,
}
_SAYS = {
    Verdict.ALLOWED: "allowed",
    Verdict.ATTRIBUTE: "allowed when attributed",
    Verdict.REVIEW: "for review",
    Verdict.DENIED: "denied",
}
_JUDGED = (Label.VERBATIM, Label.STRIKING, Label.SIMILAR)


class Judge:
    """Rules on passages under a policy. Keeps what it worked out; not safe to share by threads."""

    def __init__(self, policy: Policy, own: Own) -> None:
        """Take the policy, and what is own under it."""
        self._policy = policy
        self._own = own
        self._licensing = Licensing(policy)
        self._minimum = (
            f"minimum match: tokens >= {policy.tokens} ({policy.place('match.tokens')}), "
            f"lines >= {policy.lines} ({policy.place('match.lines')}), "
            f"containment >= {policy.containment:g} ({policy.place('match.containment')}), "
            f"confidence >= {policy.confidence:g} ({policy.place('match.confidence')}): met by "
        )

    def rule(self, passage: Passage) -> Ruling | None:
        """What the policy says of a passage; None when it is no finding."""
        if not self._counts(passage):
            return None
        policy = self._policy
        chosen = candidates(passage, policy.tokens, policy.confidence)
        rulings = [self._of_source(source) for source in passage.sources]
        verdicts = [STRICTNESS[rulings[one.source].verdict] for one in chosen]
        decisive = chosen[verdicts.index(max(verdicts))]
        decided = rulings[decisive.source]
        label = _label(passage, decisive.source)
        severity = _capped(decided, label, policy)
        weighing = decisive
        for one in chosen:
            other = _capped(rulings[one.source], _label(passage, one.source), policy)
            if other > severity:
                severity, weighing = other, one
        rule, reason = decided.rule, self._reason(passage, chosen, rulings, decisive)
        if weighing is not decisive:
            source = weighing.source
            reason += f" Source {source + 1} weighs more: {rulings[source].reason}."
        elif severity < _WEIGHT[decided.verdict]:
            place = policy.place(f"severity.{label}")
            reason += f" {label.capitalize()} code weighs at most {severity.word} ({place})."
            if severity is Severity.NONE:
                rule = f"severity.{label}"
        return Ruling(
            verdict=decided.verdict,
            severity=severity,
            rule=rule,
            reason=reason,
            license=decided.license,
            family=decided.family,
            source=decisive.source,
            steps=tuple(self._steps(passage, chosen, rulings, decisive, weighing, severity)),
        )

    def _counts(self, passage: Passage) -> bool:
        policy, span = self._policy, passage.span
        return (
            passage.label in _JUDGED
            and passage.tokens >= policy.tokens
            and span.end_line - span.start_line + 1 >= policy.lines
            and passage.containment >= policy.containment
            and passage.confidence >= policy.confidence
        )

    def _of_source(self, source: Source) -> SourceRuling:
        owned = self._own.of_source(source)
        if not owned.own:
            ruling = self._licensing.rule(source)
            if not owned.why:
                return ruling
            return SourceRuling(
                ruling.verdict,
                ruling.rule,
                f"{ruling.reason}; {owned.why}",
                ruling.license,
                ruling.family,
                (f"own: no: {owned.why}", *ruling.steps),
            )
        # What it is under is told all the same: bills of materials list it.
        ruling = self._licensing.rule(source)
        step = f"own: {owned.why} -> {Verdict.ALLOWED}"
        return SourceRuling(
            Verdict.ALLOWED, "own", owned.why, ruling.license, ruling.family, (step,)
        )

    def _reason(
        self,
        passage: Passage,
        chosen: list[Candidate],
        rulings: list[SourceRuling],
        decisive: Candidate,
    ) -> str:
        """Which source decided, and by which rule; and whether others with a say differ."""
        at = decisive.source
        decided = rulings[at]
        reason = f"{_SAYS[decided.verdict].capitalize()}: {_named(passage, at)}, {decided.reason}."
        for one in chosen:
            other = rulings[one.source]
            if one is not decisive and other.verdict is not decided.verdict:
                who = _named(passage, one.source)
                return (
                    f"{reason} It is the strictest of {len(chosen)} sources with a say; they "
                    f"differ: {who} is {_SAYS[other.verdict]}, {other.reason}."
                )
        return reason

    def _steps(
        self,
        passage: Passage,
        chosen: list[Candidate],
        rulings: list[SourceRuling],
        decisive: Candidate,
        weighing: Candidate,
        severity: Severity,
    ) -> list[str]:
        """Every rule that was asked, in order."""
        span = passage.span
        steps = [
            f"{self._minimum}{passage.tokens} tokens, {span.end_line - span.start_line + 1} lines, "
            f"{passage.containment:.2f}, {passage.confidence:.2f}"
        ]
        says = {one.source: one.why for one in chosen}
        for at, ruling in enumerate(rulings):
            say = f"has a say: {says[at]}" if at in says else "has no say: a better one explains it"
            steps.append(f"{_named(passage, at)} {say}")
            steps += [f"source {at + 1}: {step}" for step in ruling.steps]
        decided = rulings[decisive.source]
        of = f", the strictest of {len(chosen)} with a say" if len(chosen) > 1 else ""
        steps.append(f"decides: source {decisive.source + 1}{of} -> {decided.verdict}")
        heaviest = rulings[weighing.source].verdict
        key = f"severity.{_label(passage, weighing.source)}"
        by = "" if weighing is decisive else f"source {weighing.source + 1} weighs more: "
        most = self._policy.severities[_label(passage, weighing.source)]
        steps.append(
            f"severity: {by}{heaviest} weighs {_WEIGHT[heaviest].word}, {key} lets it weigh "
            f"{most.word} at most ({self._policy.place(key)}) -> {severity.word}"
        )
        return steps


def _label(passage: Passage, source: int) -> Label:
    """The label of one source: the passage's is of the best, and no kind is called more than it is.

    The look-up gives labels to answers, not to each source; see attribution.verdict.label_of.
    """
    if source == 0:
        return passage.label
    kind = passage.sources[source].kind
    if kind is MatchKind.VERBATIM:
        return Label.VERBATIM
    if kind is MatchKind.SIMILAR:
        return Label.SIMILAR
    return Label.STRIKING if passage.label is Label.VERBATIM else passage.label


def _capped(ruling: SourceRuling, label: Label, policy: Policy) -> Severity:
    return min(_WEIGHT[ruling.verdict], policy.severities[label])


def _named(passage: Passage, at: int) -> str:
    """ "source 1 (owner/name, a/b.py)": the place that is its probable origin."""
    source = passage.sources[at]
    if not source.occurrences:
        return f"source {at + 1} ({source.document})"
    place = source.occurrences[0 if source.origin is None else source.origin.occurrence]
    return f"source {at + 1} ({place.repository}, {place.path})"
