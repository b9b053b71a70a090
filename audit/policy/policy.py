"""`Policy`: the rules for copied code. Only audit.policy.reading reads one."""

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
    """A valid policy: its rules do not contradict each other, and each family has one."""

    name: str  # "whence.toml", "pyproject.toml", or the preset's name
    where: str  # path of the file, or "preset permissive"
    preset: str  # the values of keys that the file does not set

    fail_on: Severity | None  # open findings of at least this severity count; None: none
    max_findings: int  # up to this many of them are allowed

    rules: tuple[Rule, ...]  # of `[licenses]`: those of the file, then those of the preset
    unknown: Rule  # if no licence is known
    conflict: Rule  # if evidence, or equally probable origins, disagree on the licence

    # A passage below any of these is not a finding.
    tokens: int  # matched tokens
    lines: int
    containment: float  # share of its tokens that match, 0..1
    confidence: float  # that it is a copy, 0..1

    exclude: tuple[str, ...]  # gitignore-style patterns of files that are not checked
    notices: tuple[str, ...]  # names or globs of attribution files

    own_repositories: tuple[str, ...]  # "owner/name", "host/owner/name", URL, or a package's name
    own_owners: tuple[str, ...]  # "owner" or "host/owner"
    own_indexes: tuple[str, ...]  # names of indexes, of several that are asked
    git_remote: bool  # whether the audited repository is own code, too

    severities: Mapping[Label, Severity]  # highest severity of findings with a label

    baseline: str  # name of the file with decisions, relative to the policy's folder
    require_reason: bool  # a decision without a reason is invalid
    max_days: int | None  # a decision is valid for this many days; None: no limit
    accept_in_change: bool  # whether decisions count that the audited change itself adds

    locations: Mapping[str, str] = field(default_factory=dict)  # "match.tokens" -> "file:line"
    notes: tuple[str, ...] = ()  # remarks on how the policy was found

    @property
    def folder(self) -> str | None:
        """The folder of its file; None for a preset."""
        path = Path(self.where)
        return str(path.resolve().parent) if path.is_file() else None

    def folder_above(self, path: Path) -> str | None:
        """The folder of its file if an absolute path is in that folder; else None."""
        folder = self.folder
        return folder if folder and Path(folder) in (path, *path.parents) else None

    def where_set(self, key: str) -> str:
        """Where the value of a key comes from: "whence.toml:12", or "preset permissive"."""
        return self.locations.get(key, f"preset {self.preset}")
