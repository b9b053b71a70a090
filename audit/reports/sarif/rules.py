"""The rules of the SARIF report: one a verdict and a kind of copy, and those of its notifications.

A rule's id is part of what a code-scanning page knows an alert by, so it never changes.
"""

from __future__ import annotations

from attribution.types import Label
from audit.types import Finding, Verdict

__all__ = ["NOTIFICATIONS", "RULES", "position_of", "rule_of", "rules"]

# No rule has a page of its own; what every one of them asks for stands in a licence's text.
_HELP_URI = "https://spdx.org/licenses/"

_KINDS = {"copy": "Copied code", "similar": "Similar code"}
_VERDICTS = {
    Verdict.DENIED: (
        "under a licence that the policy denies",
        "error",
        "Take the code out or write it anew. Where the risk is taken knowingly, accept the "
        "finding in the baseline (`whence audit PATH --write-baseline`), with a reason.",
    ),
    Verdict.REVIEW: (
        "that a person has to look at: its licence is unknown, in conflict or for review",
        "warning",
        "Look at the source and its licence. Keep the code and accept the finding "
        "(`whence audit PATH --write-baseline`, or a comment `whence: ignore REASON`), or rewrite "
        "it.",
    ),
    Verdict.ATTRIBUTE: (
        "whose licence asks to name its author",
        "warning",
        "Name the author: write an attribution file with `whence audit PATH --report "
        "notice=NOTICE`, or put the source's `swh:1:cnt:...` into a comment above the code.",
    ),
    Verdict.ALLOWED: (
        "under a licence that the policy allows",
        "note",
        "Nothing has to be done for its licence; the policy wants it to be seen.",
    ),
}

NOTIFICATIONS = {
    "whence/not-checked": "A file that was to be checked and could not be.",
    "whence/partly-checked": "A file of which only a part was checked.",
    "whence/left-out": "Files that a rule of the user's left out.",
    "whence/problem": "What kept the audit from being complete.",
    "whence/stale-decision": "A decision that applies to nothing any more.",
    "whence/cut": "Results were left out, to stay under the limits of code-scanning pages.",
}


def rule_of(finding: Finding) -> str:
    """`whence/denied/copy`: the finding's rule."""
    label = finding.passage.label
    kind = "copy" if label in (Label.VERBATIM, Label.STRIKING) else "similar"
    return f"whence/{finding.ruling.verdict.value}/{kind}"


def rules() -> list[dict[str, object]]:
    """All rules as reportingDescriptor objects (SARIF 3.49), in the order of `position_of`."""
    return [_rule(verdict, kind, *_VERDICTS[verdict]) for verdict in _VERDICTS for kind in _KINDS]


def position_of(rule: str) -> int:
    """The rule's place in `rules`."""
    return RULES.index(rule)


RULES = tuple(f"whence/{verdict.value}/{kind}" for verdict in _VERDICTS for kind in _KINDS)


def _rule(verdict: Verdict, kind: str, which: str, level: str, to_do: str) -> dict[str, object]:
    what = f"{_KINDS[kind]} {which}"
    told = (
        f"{what}. {to_do} `whence audit PATH --explain ID` tells which rule of the policy decided; "
        "the ID is among the alert's properties. Not legal advice, and no proof of copying."
    )
    return {
        "id": f"whence/{verdict.value}/{kind}",
        "name": f"{verdict.value.title()}{kind.title()}",
        "shortDescription": {"text": what},
        "fullDescription": {"text": f"{what}."},
        "help": {"text": told.replace("`", ""), "markdown": told},
        "helpUri": _HELP_URI,
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["license", "provenance"],
            "precision": "high" if kind == "copy" else "medium",
            "problem.severity": {"note": "recommendation"}.get(level, level),
        },
    }
