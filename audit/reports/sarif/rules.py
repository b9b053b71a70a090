"""The rules of the SARIF report, one per verdict and kind of copy, and those of notifications.

Code-scanning pages identify an alert by its rule's id among others, so an id never changes.
"""

from __future__ import annotations

from attribution.types import Label
from audit.reports.wording import ACCEPT, ADVICE, EXPLAIN
from audit.types import Finding, Verdict

__all__ = ["NOTIFICATIONS", "RULES", "rule_of", "rules"]

# Rules have no page of their own; what they ask for is in the text of a licence.
_HELP_URI = "https://spdx.org/licenses/"

_KINDS = {"copy": "Copied code", "similar": "Similar code"}
_VERDICTS = {
    Verdict.DENIED: ("under a licence that the policy denies", "error"),
    Verdict.REVIEW: (
        "that a person must review: its licence is unknown, in conflict or for review",
        "warning",
    ),
    Verdict.ATTRIBUTE: ("whose licence requires attribution", "warning"),
    Verdict.ALLOWED: ("under a licence that the policy allows", "note"),
}
RULES = tuple(f"whence/{verdict.value}/{kind}" for verdict in _VERDICTS for kind in _KINDS)

NOTIFICATIONS = {
    "whence/not-checked": "A file that could not be checked.",
    "whence/partly-checked": "A file that was only partly checked.",
    "whence/left-out": "Files that a rule of the user's left out.",
    "whence/problem": "A reason why the audit is incomplete.",
    "whence/stale-decision": "A decision that no longer applies to anything.",
    "whence/cut": "Results were left out, to stay below the limits of code-scanning pages.",
}


def rule_of(finding: Finding) -> str:
    """`whence/denied/copy`: the finding's rule."""
    label = finding.passage.label
    kind = "copy" if label in (Label.VERBATIM, Label.STRIKING) else "similar"
    return f"whence/{finding.ruling.verdict.value}/{kind}"


def rules() -> list[dict[str, object]]:
    """All rules as reportingDescriptor objects (SARIF 3.49), in the order of `RULES`."""
    return [_rule(verdict, kind, *_VERDICTS[verdict]) for verdict in _VERDICTS for kind in _KINDS]


def _rule(verdict: Verdict, kind: str, which: str, level: str) -> dict[str, object]:
    title = f"{_KINDS[kind]} {which}"
    accept = "" if verdict is Verdict.ALLOWED else f" {ACCEPT}"
    help_ = (
        f"{title}. {ADVICE[verdict]}{accept} {EXPLAIN} The ID is among the alert's properties. "
        "Not legal advice, and not proof of copying."
    )
    return {
        "id": f"whence/{verdict.value}/{kind}",
        "name": f"{verdict.value.title()}{kind.title()}",
        "shortDescription": {"text": title},
        "fullDescription": {"text": f"{title}."},
        "help": {"text": help_.replace("`", ""), "markdown": help_},
        "helpUri": _HELP_URI,
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["license", "provenance"],
            "precision": "high" if kind == "copy" else "medium",
            "problem.severity": {"note": "recommendation"}.get(level, level),
        },
    }
