"""`whence audit --explain`: the rule that decided on a finding, why, and what would change that.

It is meant for a developer and a lawyer to read together: what matched, where it is from, its
licence and the evidence for it, every rule that was applied, and where the deciding rule is.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator

from attribution.citation import cite_occurrence
from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.wording import license_in_words
from attribution.notice import notice
from attribution.reports.numbers import count_of, percent
from attribution.reports.terminal import printable
from attribution.types import Source, lines_in_words
from audit.policy.families import Family
from audit.policy.judging import RULES
from audit.policy.parsing import PROJECT_FILE
from audit.policy.policy import Policy
from audit.types import Decision, Finding, Severity, Verdict

__all__ = ["explain"]

_WIDTH = 100  # columns
_CAVEAT = (
    "This is not legal advice. It covers only what the index contains, as of its date. Equal code "
    "may have been written independently."
)
_FAMILIES = {
    Family.PUBLIC_DOMAIN: "it requires nothing",
    Family.PERMISSIVE: "its notice must be kept",
    Family.WEAK_COPYLEFT: "the file or library itself must be shared",
    Family.STRONG_COPYLEFT: "the whole work that includes it must be shared",
    Family.NETWORK_COPYLEFT: "the whole work must be shared, even if others only use it online",
    Family.SOURCE_AVAILABLE: "it may be read, but not used for all purposes",
    Family.NON_COMMERCIAL: "it must not be used commercially",
    Family.PROPRIETARY: "it may only be used under a contract",
    Family.UNKNOWN: "without a licence there is no permission",
}


def explain(finding: Finding, policy: Policy) -> str:
    """A full explanation of a finding, as lines of plain text."""
    passage, ruling = finding.passage, finding.ruling
    where = passage.span.in_words
    lines = [
        f"Finding {finding.id}: {printable(finding.name)}, {where}",
        f"Verdict {ruling.verdict}, severity {ruling.severity.word}. {_status(finding)}",
        "",
        *_wrapped(ruling.reason),
    ]
    matched = (
        f"{passage.label}: {passage.tokens} tokens, {percent(passage.containment)} of those in "
        f"these lines, match the best source; confidence {percent(passage.confidence)}."
    )
    sources = [
        line
        for at, source in enumerate(passage.sources)
        for line in _source(at, source, decides=at == ruling.source)
    ]
    parts = {
        "What matched": _wrapped(matched),
        "Sources, best first": sources,
        "Rules, in the order they were applied": [
            line for step in ruling.steps for line in _wrapped(step, "- ")
        ],
        "What decided": _decided(finding, policy),
        "What would change it": list(_remedies(finding, policy)),
    }
    for title, body in parts.items():
        lines += ["", title, *(f"  {line}".rstrip() for line in body)]
    return "\n".join([*lines, "", *textwrap.wrap(_CAVEAT, _WIDTH)])


def _status(finding: Finding) -> str:
    if finding.decision is not None:
        return f"Closed: {printable(_decision(finding.decision))}."
    return "Open." if finding.open else "No action is needed."


def _decision(decision: Decision) -> str:
    by = f" by {decision.author}" if decision.author else ""
    on = f" on {decision.date}" if decision.date else ""
    until = f", until {decision.expires}" if decision.expires else ""
    why = f": {decision.reason}" if decision.reason else ""
    return f"{decision.kind}{by}{on}{until} ({decision.where}){why}"


def _source(at: int, source: Source, *, decides: bool) -> Iterator[str]:
    mark = " (decides)" if decides else ""
    cited = source.cited
    if cited is None:
        yield f"{at + 1}. {printable(source.document)}{mark}: it no longer has occurrences"
        return
    origin = cited.occurrence
    where = "" if cited.lines is None else f", {lines_in_words(*cited.lines)}"
    yield from _wrapped(f"{at + 1}. {origin.repository}, {origin.path}{where}{mark}")
    tokens = sum(match.tokens for match in source.matches)
    details = [
        f"{source.kind}: {count_of(tokens, 'token')}, the longest run is "
        f"{source.longest_run_tokens}; confidence {percent(source.confidence)}",
        "licence: unknown"
        if origin.license.expression == NOASSERTION
        else f"licence: {license_in_words(origin.license)}",
    ]
    if origin.license.conflict:
        details.append(f"conflict: {origin.license.conflict}")
    stated = Counter(occurrence.license.expression for occurrence in source.occurrences)
    if len(stated) > 1:
        counts = ", ".join(f"{license_} in {count}" for license_, count in stated.most_common())
        details.append(f"licences of the listed occurrences: {counts}")
    if source.origin is not None and source.occurrences_total > 1:
        details.append(
            f"{count_of(source.occurrences_total, 'occurrence')}; probable origin: "
            f"{source.origin.reason}"
        )
    details.append(cite_occurrence(cited).url or origin.origin or source.document)
    for text in details:
        yield from _wrapped(text, "   ")


def _decided(finding: Finding, policy: Policy) -> list[str]:
    ruling = finding.ruling
    meaning = RULES.get(ruling.rule, "")
    lines = _wrapped(f"{ruling.rule}: {meaning}" if meaning else ruling.rule)
    lines += _wrapped(
        f"There is no policy file, so the preset {policy.preset} applies."
        if _is_preset(policy)
        else f"The policy is {policy.where}, on top of the preset {policy.preset}."
    )
    for note in policy.notes:
        lines += _wrapped(note)
    if ruling.license != NOASSERTION:
        meanings = {family.value: text for family, text in _FAMILIES.items()}
        requires = meanings.get(ruling.family)
        requires = f": {requires}." if requires else "."
        lines += _wrapped(f"{ruling.license} is {ruling.family}{requires}")
    return lines


def _is_preset(policy: Policy) -> bool:
    return policy.where == f"preset {policy.preset}"


def _remedies(finding: Finding, policy: Policy) -> Iterator[str]:
    """What a user can do, the simplest first."""
    ruling, source = finding.ruling, finding.passage.sources[finding.ruling.source]
    if finding.decision is not None:
        yield from _wrapped(f"The end of the decision in {finding.decision.where}.", "- ")
        return
    if ruling.severity is Severity.NONE:
        yield from _wrapped("No action is needed. A stricter rule would change that.", "- ")
        return
    if ruling.verdict is Verdict.ATTRIBUTE:
        names = ", ".join(policy.notices) or "none: set paths.notices"
        where = f"to an attribution file ({names}), or to a comment above these lines"
        yield from _wrapped(f"Name the author: add this text, with its SWHID, {where}.", "- ")
        yield from (f"    {printable(line)}" for line in notice(source).splitlines())
    else:
        yield from _wrapped("Remove these lines, or rewrite them without the source.", "- ")
    if ruling.license == NOASSERTION:
        yield from _wrapped("Ask the author for a licence, and accept the finding with it.", "- ")
    accept = (
        'Accept it with a comment "whence: ignore REASON" on these lines, or with an entry in '
        f"{policy.baseline} (--write-baseline)."
    )
    yield from _wrapped(accept, "- ")
    file = "a whence.toml" if _is_preset(policy) else policy.where
    change = f"Change the rule for source {ruling.source + 1} in {file}, with one of these lines:"
    yield from _wrapped(change, "- ")
    prefix = "tool.whence." if policy.where.endswith(PROJECT_FILE) else ""
    for table, line in _milder(finding):
        yield f"    [{prefix}{table}]"
        yield f"    {printable(line)}"


def _milder(finding: Finding) -> Iterator[tuple[str, str]]:
    """Tables and lines of a policy that would lower the severity of the finding."""
    ruling = finding.ruling
    less = "review" if ruling.verdict is Verdict.DENIED else "allow"
    if ruling.rule in ("licenses.unknown", "licenses.conflict"):
        yield "licenses", f'{ruling.rule.partition(".")[2]} = "{less}"'
    elif ruling.license != NOASSERTION:
        yield "licenses", f'{less} = ["{ruling.license}"]'
    cited = finding.passage.sources[ruling.source].cited
    if cited is not None:
        name = json.dumps(cited.occurrence.repository, ensure_ascii=False)
        yield "own", f"repositories = [{name}]  # if it is yours"


def _wrapped(text: str, lead: str = "") -> list[str]:
    """A text in lines for a terminal, the first after `lead`, the others indented below it.

    Names of files and repositories come from strangers, so control characters are made visible.
    """
    return textwrap.wrap(
        printable(text),
        _WIDTH - 2,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
