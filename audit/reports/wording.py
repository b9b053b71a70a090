"""The sentences that reports share: about a run, a file and a finding."""

from __future__ import annotations

from attribution.reports.numbers import count_of
from attribution.reports.summary import searched_in_words
from attribution.types import MatchKind
from audit.reports.source_location import line_suffix
from audit.types import DecisionKind, FileReport, Finding, Severity, Summary, Verdict

__all__ = [
    "ADVICE",
    "LIMITS",
    "advice_for",
    "capitalized",
    "copy_in_words",
    "decided_in_words",
    "exit_in_words",
    "finding_location",
    "index_in_words",
    "open_in_words",
    "reason_of",
    "run_facts",
    "run_sentences",
    "state_in_words",
    "status_of",
]

# What no audit can say (design, section 10); every report includes it.
LIMITS = (
    "Not legal advice. Only what the index holds, at its date. "
    "Equal code may have been written independently."
)

# What to do about a finding.
ADVICE = {
    Verdict.DENIED: "Remove the code, or rewrite it.",
    Verdict.REVIEW: "Look at the source and its licence, then accept the finding or rewrite the "
    "code.",
    Verdict.ATTRIBUTE: "Name the author: write an attribution file with `--report notice=NOTICE`, "
    "or put the source's `swh:1:cnt:...` in a comment above the code.",
    Verdict.ALLOWED: "Nothing; the policy only wants it to be seen.",
}
ACCEPT = (
    "To accept all open findings, run again with `--write-baseline`. To accept one, put the "
    "comment `whence: ignore REASON` in the code."
)
EXPLAIN = "To see which rule of the policy decided, run again with `--explain ID`."

_SEVERITIES = tuple(s.word for s in sorted(Severity, reverse=True) if s)
_COPIES = {
    MatchKind.VERBATIM: "verbatim copy",
    MatchKind.RENAMED: "renamed copy",
    MatchKind.EDITED: "edited copy",
    MatchKind.SIMILAR: "similar code",
}


# ---- a run ----


def run_facts(summary: Summary) -> dict[str, str]:
    """What every report says about a run, by name; what does not apply is left out."""
    facts = {
        "result": exit_in_words(summary),
        "coverage": coverage_in_words(summary),
        "left out": left_out_in_words(summary),
        "decided": decided_in_words(summary),
        "policy": policy_in_words(summary),
        "index": index_in_words(summary),
    }
    return {name: text for name, text in facts.items() if text}


def run_sentences(summary: Summary) -> list[str]:
    """The same as sentences, except the result, with the limits of every audit at the end."""
    left_out, decided = left_out_in_words(summary), decided_in_words(summary)
    sentences = [
        coverage_in_words(summary),
        left_out and f"Left out: {left_out}.",
        decided and f"Decided: {decided}.",
        index_in_words(summary),
        policy_in_words(summary),
        LIMITS,
    ]
    return [sentence for sentence in sentences if sentence]


def advice_for(summary: Summary) -> dict[str, str]:
    """What to do about the open findings: a sentence per verdict, then how to accept them."""
    advice = {
        verdict.value: sentence
        for verdict, sentence in ADVICE.items()
        if summary.verdicts.get(verdict) and verdict is not Verdict.ALLOWED
    }
    return {**advice, "accept": ACCEPT, "explain": EXPLAIN} if advice else {}


def open_in_words(summary: Summary) -> str:
    """`3 open findings (2 errors, 1 note)`, or `no open findings`."""
    total = sum(summary.open.values())
    if not total:
        return "no open findings"
    parts = [count_of(summary.open[word], word) for word in _SEVERITIES if summary.open.get(word)]
    return f"{count_of(total, 'open finding')} ({', '.join(parts)})"


def exit_in_words(summary: Summary) -> str:
    """What the exit code means in this run."""
    code, coverage = summary.exit_code, summary.coverage
    if code == 2:
        counts = _counts((coverage.not_checked, "not checked"), (coverage.partly, "partly checked"))
        return f"exit 2: the audit is incomplete: {counts or summary.problems[0]}"
    if summary.fail_on is None:
        return "exit 0: this policy never fails an audit"
    allowed = f", {summary.max_findings:,} allowed" if summary.max_findings else ""
    findings = count_of(summary.over, "open finding") if summary.over else "no open findings"
    return f"exit {code}: {findings} {_at_least(summary.fail_on)}{allowed if summary.over else ''}"


def coverage_in_words(summary: Summary) -> str:
    """How much was checked, in one sentence."""
    coverage = summary.coverage
    notes = _counts(
        (coverage.from_cache, "from the cache"), (coverage.too_short, "too short to judge")
    )
    rest = _counts(
        (coverage.partly, "partly checked"),
        (coverage.not_checked, "not checked"),
        (coverage.left_out, "left out"),
    )
    checked = f"{count_of(coverage.checked, 'file')} checked" + (f" ({notes})" if notes else "")
    files = f"{checked}, {rest}" if rest else checked
    lines = count_of(coverage.lines, "line")
    return f"{files}; findings cover {coverage.lines_matched:,} of {lines}."


def left_out_in_words(summary: Summary) -> str:
    """How many files each reason left out, the most frequent first; "" if none was."""
    by = sorted(summary.coverage.left_out_by.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{reason} {count:,}" for reason, count in by)


def index_in_words(summary: Summary) -> str:
    """The index that was used, in one sentence."""
    index = summary.index
    if index is None:
        return "No index could be opened: nothing was checked."
    size = f"{count_of(index.documents, 'file')}, {count_of(index.occurrences, 'occurrence')}"
    return f"Checked against {searched_in_words(index)}: {size}."


def policy_in_words(summary: Summary) -> str:
    """The policy that decided, in one sentence."""
    if summary.fail_on is None:
        return f"Policy {summary.policy} never fails an audit."
    number = f"more than {summary.max_findings:,} " if summary.max_findings else ""
    return f"Policy {summary.policy} fails on {number}findings {_at_least(summary.fail_on)}."


def decided_in_words(summary: Summary) -> str:
    """`2 accepted, 1 dismissed`; "" if nothing is decided."""
    return _counts(*((summary.decided.get(kind, 0), kind.value) for kind in DecisionKind))


def _at_least(severity: Severity) -> str:
    return f"of severity {severity.word}" + ("" if severity is Severity.ERROR else " or higher")


def _counts(*counts: tuple[int, str]) -> str:
    return ", ".join(f"{count:,} {text}" for count, text in counts if count)


def capitalized(text: str) -> str:
    """The text with its first letter in upper case, and the rest as it is."""
    return text[:1].upper() + text[1:]


# ---- a file ----


def state_in_words(file: FileReport) -> str:
    """`not checked: unreadable`."""
    return f"{file.state.value}: {file.reason}"


# ---- a finding ----


def copy_in_words(finding: Finding) -> str:
    """`verbatim copy`, `renamed copy`, `edited copy` or `similar code`."""
    return _COPIES[finding.passage.sources[finding.ruling.source].kind]


def status_of(finding: Finding) -> str:
    """What people decided; without a decision, whether something remains to be done."""
    if finding.decision is not None:
        return finding.decision.kind.value
    return "open" if finding.open else "allowed"


def reason_of(finding: Finding) -> str:
    """Why the policy ruled so: one sentence without its full stop, with the rule's id."""
    ruling = finding.ruling
    reason = ruling.reason.rstrip(". ")
    return reason if ruling.rule in reason else f"{reason} ({ruling.rule})"


def finding_location(finding: Finding) -> str:
    """`path:3-9`, or `path:3`: what editors and terminals jump to."""
    span = finding.passage.span
    return f"{finding.name}{line_suffix((span.start_line, span.end_line))}"
