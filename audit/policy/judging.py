"""Ruling on passages: from sources with their licences to a verdict, a severity, and the reasons.

A passage under the policy's minimum match, and common code, are no finding. Of the sources with a
say (`candidates`) the strictest verdict holds, and the heaviest severity: no source makes another
one milder. A severity is that of the verdict, at most what the policy lets the label weigh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from attribution.types import Label, MatchKind, Source
from audit.policy.candidates import Candidate, candidates
from audit.policy.licensing import Licensing, SourceRuling
from audit.policy.own import Own
from audit.policy.policy import Policy
from audit.policy.rules import STRICTNESS
from audit.types import Passage, Ruling, Severity, Verdict

__all__ = ["RULES", "Judge", "named"]

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
# A line of code that people wrote has some 7 tokens, and hardly ever so many.
_LINE_TOKENS = 25
_JUDGED = (Label.VERBATIM, Label.STRIKING, Label.SIMILAR)


@dataclass(frozen=True, slots=True)
class _Weight:
    """What a verdict weighs on a label."""

    severity: Severity
    capped: str  # a sentence, where the label's cap made it less; else ""
    step: str


@dataclass(frozen=True, slots=True)
class _Heard:
    """A source with a say, judged."""

    candidate: Candidate
    ruling: SourceRuling
    label: Label
    weight: _Weight

    @property
    def number(self) -> int:
        """As people count."""
        return self.candidate.source + 1


class Judge:
    """Rules on passages under a policy. Keeps what it worked out; not safe to share by threads."""

    def __init__(self, policy: Policy, own: Own) -> None:
        """Take the policy, and what is own under it."""
        self._policy = policy
        self._own = own
        self._licensing = Licensing(policy)
        self._weights = {
            verdict: {label: _weight(verdict, label, policy) for label in _JUDGED}
            for verdict in Verdict
        }
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
        rulings = [self._of_source(source) for source in passage.sources]
        heard = []
        for one in candidates(passage, self._policy.tokens, self._policy.confidence):
            ruling, label = rulings[one.source], _label(passage, one.source)
            heard.append(_Heard(one, ruling, label, self._weights[ruling.verdict][label]))
        # max takes the first of equals, which is the better source
        decisive = max(heard, key=lambda one: STRICTNESS[one.ruling.verdict])
        weighing = max(heard, key=lambda one: one.weight.severity)
        if weighing.weight.severity == decisive.weight.severity:
            weighing = decisive
        decided, severity = decisive.ruling, weighing.weight.severity
        capped_away = severity is Severity.NONE and decisive.weight.capped
        return Ruling(
            verdict=decided.verdict,
            severity=severity,
            rule=f"severity.{decisive.label}" if capped_away else decided.rule,
            reason=_reason(passage, heard, decisive, weighing),
            license=decided.license,
            family=decided.family,
            source=decisive.candidate.source,
            steps=(self._met(passage), *_steps(passage, rulings, heard, decisive, weighing)),
        )

    def _counts(self, passage: Passage) -> bool:
        policy = self._policy
        return (
            passage.label in _JUDGED
            and passage.tokens >= policy.tokens
            and _lines(passage) >= policy.lines
            and passage.containment >= policy.containment
            and passage.confidence >= policy.confidence
        )

    def _met(self, passage: Passage) -> str:
        """The first step: that the minimum is met."""
        return (
            f"{self._minimum}{passage.tokens} tokens, {_lines(passage)} lines, "
            f"{passage.containment:.2f}, {passage.confidence:.2f}"
        )

    def _of_source(self, source: Source) -> SourceRuling:
        owned = self._own.of_source(source)
        ruling = self._licensing.rule(source)
        if owned.own:  # what it is under is told all the same: bills of materials list it
            step = f"own: {owned.why} -> {Verdict.ALLOWED}"
            return replace(
                ruling, verdict=Verdict.ALLOWED, rule="own", reason=owned.why, steps=(step,)
            )
        if owned.why:
            reason, step = f"{ruling.reason}; {owned.why}", f"own: no: {owned.why}"
            return replace(ruling, reason=reason, steps=(step, *ruling.steps))
        return ruling


def _lines(passage: Passage) -> int:
    """Its lines; where they are long, as of minified code, one for each `_LINE_TOKENS` tokens."""
    span = passage.span
    return max(span.end_line - span.start_line + 1, passage.tokens // _LINE_TOKENS)


def _weight(verdict: Verdict, label: Label, policy: Policy) -> _Weight:
    full, most = _WEIGHT[verdict], policy.severities[label]
    severity, place = min(full, most), policy.place(f"severity.{label}")
    capped = f" {label.capitalize()} code weighs at most {most.word} ({place})."
    step = (
        f"{verdict} weighs {full.word}, severity.{label} lets it weigh {most.word} at most "
        f"({place}) -> {severity.word}"
    )
    return _Weight(severity, capped if severity < full else "", step)


def _reason(passage: Passage, heard: Sequence[_Heard], decisive: _Heard, weighing: _Heard) -> str:
    """Which source decided, and by which rule; and whether others with a say differ."""
    decided = decisive.ruling
    reason = f"{_SAYS[decided.verdict].capitalize()}: {named(passage, decisive.number)}, "
    reason += f"{decided.reason}."
    for one in heard:
        if one.ruling.verdict is not decided.verdict:
            reason += (
                f" It is the strictest of {len(heard)} sources with a say; they differ: "
                f"{named(passage, one.number)} is {_SAYS[one.ruling.verdict]}, "
                f"{one.ruling.reason}."
            )
            break
    reason += decisive.weight.capped
    if weighing is not decisive:
        reason += f" Source {weighing.number} weighs more: {weighing.weight.severity.word}."
    return reason


def _steps(
    passage: Passage,
    rulings: Sequence[SourceRuling],
    heard: Sequence[_Heard],
    decisive: _Heard,
    weighing: _Heard,
) -> list[str]:
    """Every rule that was asked of the sources, in order, and what came of it."""
    steps = []
    says = {one.number: one.candidate.why for one in heard}
    for number, ruling in enumerate(rulings, 1):
        why = says.get(number)
        say = f"has a say: {why}" if why else "has no say: a better one explains it"
        steps.append(f"{named(passage, number)} {say}")
        steps += [f"source {number}: {step}" for step in ruling.steps]
    among = f", the strictest of {len(heard)} with a say" if len(heard) > 1 else ""
    steps.append(f"decides: source {decisive.number}{among} -> {decisive.ruling.verdict}")
    steps.append(f"severity: {decisive.weight.step}")
    if weighing is not decisive:
        steps.append(f"severity: source {weighing.number} weighs more: {weighing.weight.step}")
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


def named(passage: Passage, number: int) -> str:
    """Source and place, "source 1 (owner/name, a/b.py)", where it is probably from."""
    source = passage.sources[number - 1]
    if source.cited is None:
        return f"source {number} ({source.document})"
    seen = source.cited.occurrence
    return f"source {number} ({seen.repository}, {seen.path})"
