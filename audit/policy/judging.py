"""Rules on passages: from sources with their licences to a verdict, a severity and the reasons.

Passages below the policy's minimum match, and common code, are not findings. Of the relevant
sources (`relevance`) the strictest verdict decides, and the highest severity counts: no source
makes another one milder. The severity is that of the verdict, limited by the policy's maximum for
the label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from attribution.types import Label, MatchKind, Source
from audit.policy.licensing import LicenseJudge, SourceRuling
from audit.policy.own import OwnCode
from audit.policy.policy import Policy
from audit.policy.relevance import RelevantSource, relevant_sources
from audit.policy.rules import STRICTNESS
from audit.types import Passage, Ruling, Severity, Verdict

__all__ = ["RULES", "Judge", "named"]

# The stable ids of `Ruling.rule`, with their meaning for a finding.
RULES = {
    "licenses.allow": "The licence of the source is allowed.",
    "licenses.attribute": "The licence of the source is allowed if its author is named.",
    "licenses.review": "The licence of the source needs review by a person.",
    "licenses.deny": "The licence of the source is denied.",
    "licenses.unknown": "The licence of the source is unknown.",
    "licenses.conflict": "The evidence for the licence of the source conflicts.",
    "own": "The source is own code.",
    "severity.verbatim": "Verbatim code has no severity under this policy.",
    "severity.striking": "Strikingly similar code has no severity under this policy.",
    "severity.similar": "Similar code has no severity under this policy.",
}

_SEVERITIES = {
    Verdict.ALLOWED: Severity.NONE,
    Verdict.ATTRIBUTE: Severity.WARNING,  # until it is attributed
    Verdict.REVIEW: Severity.WARNING,
    Verdict.DENIED: Severity.ERROR,
}
_WORDS = {
    Verdict.ALLOWED: "allowed",
    Verdict.ATTRIBUTE: "allowed if attributed",
    Verdict.REVIEW: "needs review",
    Verdict.DENIED: "denied",
}
# A line of code written by a person has about 7 tokens, and hardly ever this many.
_LINE_TOKENS = 25
_JUDGED = (Label.VERBATIM, Label.STRIKING, Label.SIMILAR)


@dataclass(frozen=True, slots=True)
class _LabelSeverity:
    """The severity of a verdict for a label."""

    severity: Severity
    capped: str  # a sentence, if the label's maximum lowered it; else ""
    step: str


@dataclass(frozen=True, slots=True)
class _JudgedSource:
    """A relevant source with its ruling."""

    relevant: RelevantSource
    ruling: SourceRuling
    label: Label
    severity: _LabelSeverity

    @property
    def number(self) -> int:
        """Position among the sources, starting at 1."""
        return self.relevant.source + 1


class Judge:
    """Rules on passages under a policy. Has caches; must not be shared between threads."""

    def __init__(self, policy: Policy, own: OwnCode) -> None:
        self._policy = policy
        self._own = own
        self._licenses = LicenseJudge(policy)
        self._severities = {
            verdict: {label: _label_severity(verdict, label, policy) for label in _JUDGED}
            for verdict in Verdict
        }
        self._minimum = (
            f"minimum match: tokens >= {policy.tokens} ({policy.where_set('match.tokens')}), "
            f"lines >= {policy.lines} ({policy.where_set('match.lines')}), "
            f"containment >= {policy.containment:g} ({policy.where_set('match.containment')}), "
            f"confidence >= {policy.confidence:g} ({policy.where_set('match.confidence')}): met by "
        )

    def rule(self, passage: Passage) -> Ruling | None:
        """The ruling on a passage; None if it is not a finding."""
        if not self._meets_minimum(passage):
            return None
        rulings = [self._rule_source(source) for source in passage.sources]
        judged = []
        for relevant in relevant_sources(passage, self._policy.tokens, self._policy.confidence):
            ruling, label = rulings[relevant.source], _label(passage, relevant.source)
            of_label = self._severities[ruling.verdict][label]
            judged.append(_JudgedSource(relevant, ruling, label, of_label))
        # max returns the first of equals, which is the better source
        decisive = max(judged, key=lambda source: STRICTNESS[source.ruling.verdict])
        heaviest = max(judged, key=lambda source: source.severity.severity)
        if heaviest.severity.severity == decisive.severity.severity:
            heaviest = decisive
        decided, severity = decisive.ruling, heaviest.severity.severity
        by_label = severity is Severity.NONE and decisive.severity.capped
        return Ruling(
            verdict=decided.verdict,
            severity=severity,
            rule=f"severity.{decisive.label}" if by_label else decided.rule,
            reason=_reason(passage, judged, decisive, heaviest),
            license=decided.license,
            family=decided.family,
            source=decisive.relevant.source,
            steps=(
                f"{self._minimum}{passage.tokens} tokens, {_lines(passage)} lines, "
                f"{passage.containment:.2f}, {passage.confidence:.2f}",
                *_steps(passage, rulings, judged, decisive, heaviest),
            ),
        )

    def _meets_minimum(self, passage: Passage) -> bool:
        policy = self._policy
        return (
            passage.label in _JUDGED
            and passage.tokens >= policy.tokens
            and _lines(passage) >= policy.lines
            and passage.containment >= policy.containment
            and passage.confidence >= policy.confidence
        )

    def _rule_source(self, source: Source) -> SourceRuling:
        ownership = self._own.of_source(source)
        ruling = self._licenses.rule(source)
        why = ownership.why
        if ownership.own:  # keeps its licence, which bills of materials list
            step = f"own: {why} -> {Verdict.ALLOWED}"
            return replace(ruling, verdict=Verdict.ALLOWED, rule="own", reason=why, steps=(step,))
        if why:
            steps = (f"own: no: {why}", *ruling.steps)
            return replace(ruling, reason=f"{ruling.reason}; {why}", steps=steps)
        return ruling


def _lines(passage: Passage) -> int:
    """Number of lines. Long lines, as in minified code, count once per `_LINE_TOKENS` tokens."""
    span = passage.span
    return max(span.end_line - span.start_line + 1, passage.tokens // _LINE_TOKENS)


def _label_severity(verdict: Verdict, label: Label, policy: Policy) -> _LabelSeverity:
    full, most = _SEVERITIES[verdict], policy.severities[label]
    severity, where = min(full, most), policy.where_set(f"severity.{label}")
    capped = f" The severity of {label} code is at most {most.word} ({where})."
    step = (
        f"{verdict} has severity {full.word}, severity.{label} limits it to {most.word} "
        f"({where}) -> {severity.word}"
    )
    return _LabelSeverity(severity, capped if severity < full else "", step)


def _reason(
    passage: Passage,
    judged: Sequence[_JudgedSource],
    decisive: _JudgedSource,
    heaviest: _JudgedSource,
) -> str:
    """Which source decided, by which rule, and whether other relevant sources differ."""
    decided = decisive.ruling
    reason = f"{_WORDS[decided.verdict].capitalize()}: {named(passage, decisive.number)} "
    reason += f"{decided.reason}."
    differing = [source for source in judged if source.ruling.verdict is not decided.verdict]
    if differing:
        other = differing[0]
        reason += (
            f" It is the strictest of {len(judged)} relevant sources, which differ. "
            f"{_WORDS[other.ruling.verdict].capitalize()}: {named(passage, other.number)} "
            f"{other.ruling.reason}."
        )
    reason += decisive.severity.capped
    if heaviest is not decisive:
        reason += (
            f" Source {heaviest.number} has a higher severity: {heaviest.severity.severity.word}."
        )
    return reason


def _steps(
    passage: Passage,
    rulings: Sequence[SourceRuling],
    judged: Sequence[_JudgedSource],
    decisive: _JudgedSource,
    heaviest: _JudgedSource,
) -> list[str]:
    """The rules that were applied to the sources, in order, with their results."""
    steps = []
    reasons = {source.number: source.relevant.why for source in judged}
    for number, ruling in enumerate(rulings, 1):
        why = reasons.get(number)
        relevance = f"relevant: {why}" if why else "not relevant: a better source explains it"
        steps.append(f"{named(passage, number)} is {relevance}")
        steps += [f"source {number}: {step}" for step in ruling.steps]
    among = f", the strictest of {len(judged)} relevant ones" if len(judged) > 1 else ""
    steps.append(f"decides: source {decisive.number}{among} -> {decisive.ruling.verdict}")
    steps.append(f"severity: {decisive.severity.step}")
    if heaviest is not decisive:
        steps.append(f"severity: source {heaviest.number} is higher: {heaviest.severity.step}")
    return steps


def _label(passage: Passage, source: int) -> Label:
    """The label of one source.

    The look-up labels answers, not sources (attribution.verdict.label_of). The passage's label is
    that of its best source, and the label of others must not exceed their kind of match.
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
    """A source with its probable origin: "source 1 (owner/name, a/b.py)"."""
    source = passage.sources[number - 1]
    if source.cited is None:
        return f"source {number} ({source.document})"
    origin = source.cited.occurrence
    return f"source {number} ({origin.repository}, {origin.path})"
