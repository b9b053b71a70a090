"""Which decisions the audited change adds itself, so that copied code is not accepted unseen.

Known when a diff is audited: of comments by the added lines, of entries by the baseline of the
commit that `--since` names. A diff alone (`--diff`) does not show that baseline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from audit.decisions.baseline import parse_baseline
from audit.decisions.entry import Entry
from audit.decisions.inline import InlineDecision
from audit.inputs.revision import Revision
from audit.types import Item

__all__ = ["REFUSED", "AddedDecisions"]

REFUSED = "the audited change itself adds it, and the policy refuses that"


@dataclass(frozen=True, slots=True)
class AddedDecisions:
    """What is known about the change."""

    is_change: bool = False  # whether a change is audited, and not all of some files
    accepted: bool = True  # whether decisions count that it adds
    before: frozenset[tuple[object, ...]] | None = field(default=None, repr=False)  # Entry.scope

    @classmethod
    def since(cls, revision: Revision, baseline: Path, accepted: bool) -> AddedDecisions:
        """Of a change since a commit.

        Raises:
            PolicyError: the baseline of that commit is invalid.
        """
        data = revision.text(baseline)
        entries = () if data is None else parse_baseline(data, baseline).entries
        return cls(True, accepted, frozenset(entry.scope for entry in entries))

    def has_entry(self, entry: Entry) -> bool:
        """Whether the change adds an entry of the baseline, or changes its scope."""
        return self.before is not None and entry.scope not in self.before

    def has_comment(self, item: Item, comment: InlineDecision) -> bool:
        """Whether the change adds a comment; a file without judged ranges is new as a whole."""
        if not self.is_change:
            return False
        ranges = item.judged
        return ranges is None or any(start <= comment.at < end for start, end in ranges)
