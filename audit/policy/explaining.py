"""`whence audit --explain`: which rule decided a finding, why, and what would change that.

For a developer and a lawyer to read together: what matched, from where, under which licence by
what evidence, each rule that was asked in order, and where the one that decided is written.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator

from attribution.citation import cite_occurrence, notice
from attribution.licenses import NOASSERTION
from attribution.reports.numbers import percent
from attribution.reports.terminal import printable
from attribution.types import Source
from audit.policy.families import Family
from audit.policy.judging import RULES
from audit.policy.parsing import PROJECT_FILE
from audit.policy.policy import Policy
from audit.types import Decision, Finding, Severity, Verdict

__all__ = ["explain"]

_WIDTH = 100  # columns
_CAVEAT = (
    "Not legal advice. Only what the index holds, at its date. Equal code may have been written "
    "independently."
)
_FAMILIES = {
    Family.PUBLIC_DOMAIN: "it asks for nothing",
    Family.PERMISSIVE: "it asks to keep its notice",
    Family.WEAK_COPYLEFT: "it asks to share the file or library itself",
    Family.STRONG_COPYLEFT: "it asks to share the whole work that it becomes part of",
    Family.NETWORK_COPYLEFT: "it asks to share the whole work, even if others only use it online",
    Family.SOURCE_AVAILABLE: "it may be read, but not used for every purpose",
    Family.NON_COMMERCIAL: "it may not be used for commerce",
    Family.PROPRIETARY: "it may be used by contract only",
    Family.UNKNOWN: "without a licence, no permission may be assumed",
}


def explain(finding: Finding, policy: Policy) -> str:
    """A finding's whole account, as lines of plain text."""
    passage, ruling = finding.passage, finding.ruling
    span = passage.span
    head = [
        f"Finding {finding.id}: {_line(finding.name)}, {_lines(span.start_line, span.end_line)}",
        f"Verdict {ruling.verdict}, severity {ruling.severity.word}. {_state(finding)}",
        "",
        *_wrapped(ruling.reason),
    ]
    matched = _wrapped(
        f"{passage.label}: {passage.tokens} tokens, {percent(passage.containment)} of what is in "
        f"these lines, match the best source, {percent(passage.confidence)} sure."
    )
    sources = [
        line
        for at, source in enumerate(passage.sources)
        for line in _source(at, source, decides=at == ruling.source)
    ]
    asked = [line for step in ruling.steps for line in _wrapped(step, "- ")]
    parts = {
        "What matched": matched,
        "Sources, best first": sources,
        "Rules, in the order in which they were asked": asked,
        "What decided": _decided(finding, policy),
        "What would change it": list(_remedies(finding, policy)),
    }
    for title, lines in parts.items():
        head += ["", title, *(f"  {line}".rstrip() for line in lines)]
    return "\n".join([*head, "", *textwrap.wrap(_CAVEAT, _WIDTH)])


def _state(finding: Finding) -> str:
    decision = finding.decision
    if decision is None:
        return "Open." if finding.open else "Nothing has to be done."
    return f"Closed: {_line(_decision(decision))}."


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
        yield f"{at + 1}. {_line(source.document)}{mark}: no place of it is known any more"
        return
    seen = cited.occurrence
    where = "" if cited.lines is None else f", {_lines(*cited.lines)}"
    yield from _wrapped(f"{at + 1}. {seen.repository}, {seen.path}{where}{mark}")
    told = [
        f"{source.kind}: {sum(match.tokens for match in source.matches)} tokens, the longest run "
        f"{source.longest_run_tokens}; {percent(source.confidence)} sure",
        "licence: not known"
        if seen.license.expression == NOASSERTION
        else f"licence: {seen.license.expression} (read from: {seen.license.evidence})",
    ]
    if seen.license.conflict:
        told.append(f"in conflict: {seen.license.conflict}")
    others = Counter(one.license.expression for one in source.occurrences)
    if len(others) > 1:
        counts = ", ".join(f"{license_} in {count}" for license_, count in others.most_common())
        told.append(f"licences of the places that are listed: {counts}")
    if source.origin is not None and source.occurrences_total > 1:
        told.append(
            f"seen in {source.occurrences_total} places; probable origin: {source.origin.reason}"
        )
    told.append(cite_occurrence(cited).url or seen.origin or source.document)
    for text in told:
        yield from _wrapped(text, "   ")


def _decided(finding: Finding, policy: Policy) -> list[str]:
    ruling = finding.ruling
    meaning = RULES.get(ruling.rule, "")
    lines = _wrapped(f"{ruling.rule}: {meaning}" if meaning else ruling.rule)
    lines += _wrapped(
        f"There is no policy file: the preset {policy.preset} holds."
        if _is_preset(policy)
        else f"The policy is {policy.where}, over the preset {policy.preset}."
    )
    for note in policy.notes:
        lines += _wrapped(note)
    if ruling.license != NOASSERTION:
        known = {family.value: text for family, text in _FAMILIES.items()}
        asks = known.get(ruling.family)
        lines += _wrapped(f"{ruling.license} is {ruling.family}" + (f": {asks}." if asks else "."))
    return lines


def _is_preset(policy: Policy) -> bool:
    """Whether no file says anything."""
    return policy.where == f"preset {policy.preset}"


def _remedies(finding: Finding, policy: Policy) -> Iterator[str]:
    """What a person can do, mildest means first."""
    ruling, source = finding.ruling, finding.passage.sources[finding.ruling.source]
    if finding.decision is not None:
        yield from _wrapped(f"The end of the decision in {finding.decision.where}.", "- ")
        return
    if ruling.severity is Severity.NONE:
        yield from _wrapped("Nothing has to be done. A stricter rule would.", "- ")
        return
    if ruling.verdict is Verdict.ATTRIBUTE:
        names = ", ".join(policy.notices) or "none: set paths.notices"
        where = f"into a file of attributions ({names}), or into a comment above these lines"
        yield from _wrapped(f"Name the author: put this, with its SWHID, {where}.", "- ")
        yield from (f"    {_line(line)}" for line in notice(source).splitlines())
        yield f"      SWHID: {_swhid(source)}"
    else:
        yield from _wrapped("Take these lines out, or write them anew without the source.", "- ")
    if ruling.license == NOASSERTION:
        yield from _wrapped("Ask the author for a licence, and accept the finding with it.", "- ")
    accept = (
        'Accept it: a comment "whence: ignore REASON" on these lines, or an entry of '
        f"{policy.baseline} (--write-baseline)."
    )
    yield from _wrapped(accept, "- ")
    file = "a whence.toml" if _is_preset(policy) else policy.where
    of = f"source {ruling.source + 1}"
    yield from _wrapped(f"Change the rule for {of}, in {file}. These lines would:", "- ")
    prefix = "tool.whence." if policy.where.endswith(PROJECT_FILE) else ""
    for table, line in _milder(finding):
        yield f"    [{prefix}{table}]"
        yield f"    {_line(line)}"


def _swhid(source: Source) -> str:
    """The document to cite: that of the place which the notice names."""
    return source.document if source.cited is None else source.cited.document


def _milder(finding: Finding) -> Iterator[tuple[str, str]]:
    """Table and line of a policy under which the finding would weigh less."""
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


def _line(text: str) -> str:
    """Strangers name files and repositories: what would move a cursor is shown instead."""
    return printable(text)


def _lines(first: int, last: int) -> str:
    return f"line {first}" if first == last else f"lines {first}-{last}"


def _wrapped(text: str, lead: str = "") -> list[str]:
    """A text in lines that a terminal holds, the first behind `lead`, the others below it."""
    return textwrap.wrap(
        _line(text),
        _WIDTH - 2,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
