"""The presets: ready-made policies, which also supply the values that a policy file does not set.

They use the keys and values of a policy file, so that a reader can copy a line.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

__all__ = ["DEFAULT_PRESET", "PRESETS"]

DEFAULT_PRESET = "permissive"

_PERMISSIVE: dict[str, Any] = {
    # An unattributed copy of permissive code violates its licence just as a copy of GPL code does,
    # so warnings count. A project that starts with many findings can allow some.
    "policy.fail_on": "warning",
    "policy.max_findings": 0,
    # These licences require nothing.
    "licenses.allow": ["public-domain"],
    # These only require that the notice is kept.
    "licenses.attribute": ["permissive"],
    # Whether these are acceptable depends on how the code is linked, sold or offered.
    "licenses.review": ["weak-copyleft", "source-available"],
    # Under these, closed code cannot be shipped or sold.
    "licenses.deny": ["strong-copyleft", "network-copyleft", "non-commercial", "proprietary"],
    # No licence means no permission. But it may just not have been found, so a person decides.
    "licenses.unknown": "review",
    "licenses.conflict": "review",
    # Chosen by `benchmarks/planted.py` on one half of its files: the largest values that cost no
    # kind of copy more than three points of recall. Other scanners start at 65 tokens (GitHub
    # Copilot) or 10 lines (Sourcegraph), which would miss a third of short edited functions.
    "match.tokens": 30,
    "match.lines": 3,
    # The look-up has already applied its own threshold (1 % false alarms).
    "match.containment": 0.0,
    "match.confidence": 0.0,
    "paths.exclude": [],
    # The usual names of attribution files.
    "paths.notices": ["NOTICE*", "THIRD_PARTY*", "ATTRIBUTION*"],
    "own.repositories": [],
    "own.owners": [],
    # The most frequent complaint about such tools is being blocked by one's own published code.
    "own.git_remote": True,
    # Similar code is often the same idea or the same standard: it is shown, but does not fail the
    # build.
    "severity.verbatim": "error",
    "severity.striking": "error",
    "severity.similar": "note",
    "decisions.baseline": "whence-baseline.json",
    # So that everyone can see later who accepted a finding, when and why.
    "decisions.require_reason": True,
    "decisions.max_days": 0,
}

_STRICT: dict[str, Any] = {
    **_PERMISSIVE,
    "licenses.review": ["source-available"],
    # No licence that requires sharing the source, and no code under an unknown licence.
    "licenses.deny": ["weak-copyleft", *_PERMISSIVE["licenses.deny"]],
    "licenses.unknown": "deny",
    # The shortest run that the look-up always finds.
    "match.tokens": 19,
    "match.lines": 2,
    # Own code has to be named, as the remote of a clone may be somebody else's repository.
    "own.git_remote": False,
    # This preset also covers code that was reworked until it is only similar.
    "severity.similar": "error",
    # Each decision is reviewed every year.
    "decisions.max_days": 365,
}

_REPORT_ONLY: dict[str, Any] = {
    **_PERMISSIVE,
    # For a first look, before a build depends on it.
    "policy.fail_on": "never",
}

# Key -> value, for each key except `policy.preset`.
PRESETS = MappingProxyType(
    {"permissive": _PERMISSIVE, "strict": _STRICT, "report-only": _REPORT_ONLY}
)
