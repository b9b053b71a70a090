"""`Policy`: what a company wants of copied code. Read by audit.policy.reading, and only there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from attribution.types import Label
from audit.policy.rules import Rule
from audit.types import Severity

__all__ = ["Policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, checked: nothing in it contradicts itself, and each family has a rule."""

    name: str  # "whence.toml", "pyproject.toml", or the preset's name
    where: str  # the file's path, or "preset permissive"
    preset: str  # what holds where the file says nothing

    fail_on: Severity | None  # open findings from this severity on count; None: none does
    max_findings: int  # so many of them are put up with

    rules: tuple[Rule, ...]  # of `[licenses]`: those of the file, then the preset's
    unknown: Rule  # no licence is known
    conflict: Rule  # evidence, or equally probable places, disagree on the licence

    tokens: int  # a passage with fewer matched tokens is no finding
    lines: int  # likewise with fewer lines
    containment: float  # likewise with a smaller matched share of its tokens, 0..1
    confidence: float  # likewise when it is less sure to be a copy, 0..1

    exclude: tuple[str, ...]  # gitignore-style patterns of what is not checked
    notices: tuple[str, ...]  # names or globs of files in the tree that name authors of kept code

    own_repositories: tuple[str, ...]  # "owner/name", "host/owner/name", URL, or a package's name
    own_owners: tuple[str, ...]  # "owner" or "host/owner"
    git_remote: bool  # the repository that is audited is own, too

    severities: Mapping[Label, Severity]  # the most that a finding of a label weighs

    baseline: str  # name of the file with decisions, relative to the policy's folder
    require_reason: bool  # a decision without a reason does not hold
    max_days: int | None  # a decision holds so many days at most; None: for ever

    places: Mapping[str, str] = field(default_factory=dict)  # key, e.g. "match.tokens" -> where
    notes: tuple[str, ...] = ()  # what a reader should know of how it was found

    @property
    def folder(self) -> str | None:
        """The folder of its file; None of a preset."""
        path = Path(self.where)
        return str(path.resolve().parent) if path.is_file() else None

    def folder_above(self, place: Path) -> str | None:
        """The folder of its file where a place, a full path, is in it; None of one elsewhere."""
        folder = self.folder
        return folder if folder and Path(folder) in (place, *place.parents) else None

    def place(self, key: str) -> str:
        """Where a key's value is written: "whence.toml:12", or "preset permissive"."""
        return self.places.get(key, f"preset {self.preset}")
