"""The presets: policies that can be used as they are, and what holds where a file says nothing.

They are written as a policy file is, so that a reader can copy a line of them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

__all__ = ["DEFAULT_PRESET", "PRESETS"]

DEFAULT_PRESET = "permissive"

_PERMISSIVE: dict[str, Any] = {
    # An unattributed copy of permissive code breaks its licence just as a copy of GPL code does,
    # so warnings count. None is put up with: a number above 0 is for those who start with many.
    "policy.fail_on": "warning",
    "policy.max_findings": 0,
    # Asks for nothing: there is nothing to be done.
    "licenses.allow": ["public-domain"],
    # All that they ask for is that the notice is kept.
    "licenses.attribute": ["permissive"],
    # Whether they bear it depends on how the code is linked, sold or offered: a person decides.
    "licenses.review": ["weak-copyleft", "source-available"],
    # Under these, closed code cannot be shipped at all, or not sold.
    "licenses.deny": ["strong-copyleft", "network-copyleft", "non-commercial", "proprietary"],
    # No licence means no permission; but it may only not have been found, so a person looks.
    "licenses.unknown": "review",
    "licenses.conflict": "review",
    # `benchmarks/planted.py` chose them on one half of its files: the longest that cost no kind of
    # copy more than three points of recall. Other scanners begin at 65 tokens (GitHub Copilot) or
    # 10 lines (Sourcegraph); there a third of short edited functions would be passed over.
    "match.tokens": 30,
    "match.lines": 3,
    # A passage is a stretch that matches, and the look-up's own threshold (1 % false alarms) has
    # already been applied: no more is asked for.
    "match.containment": 0.0,
    "match.confidence": 0.0,
    "paths.exclude": [],
    # The names under which attributions are usually kept.
    "paths.notices": ["NOTICE*", "THIRD_PARTY*", "ATTRIBUTION*"],
    "own.repositories": [],
    "own.owners": [],
    # Being blocked by one's own published code is what users of such tools complain of most.
    "own.git_remote": True,
    # Equal code weighs in full. What is only alike is often the same idea, or the same standard:
    # it is shown, and fails nobody's build.
    "severity.verbatim": "error",
    "severity.striking": "error",
    "severity.similar": "note",
    "decisions.baseline": "whence-baseline.json",
    # Who asks later why a finding was accepted finds who did it, when and why.
    "decisions.require_reason": True,
    "decisions.max_days": 0,
}

_STRICT: dict[str, Any] = {
    **_PERMISSIVE,
    "licenses.review": ["source-available"],
    # Nothing that asks for a source to be shared, and nothing of which nobody knows what it asks.
    "licenses.deny": ["weak-copyleft", *_PERMISSIVE["licenses.deny"]],
    "licenses.unknown": "deny",
    # The shortest run that the look-up is sure to find, wherever it is cut.
    "match.tokens": 19,
    "match.lines": 2,
    # What is own has to be named: a clone's remote may be a stranger's repository.
    "own.git_remote": False,
    # Code that was reworked until it is only alike is what this preset is for.
    "severity.similar": "error",
    # A decision is looked at again each year.
    "decisions.max_days": 365,
}

_REPORT_ONLY: dict[str, Any] = {
    **_PERMISSIVE,
    # To see what there is, before anybody's build depends on it.
    "policy.fail_on": "never",
}

# Key -> value, for each key but `policy.preset`.
PRESETS = MappingProxyType(
    {"permissive": _PERMISSIVE, "strict": _STRICT, "report-only": _REPORT_ONLY}
)
