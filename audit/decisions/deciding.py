"""`Decisions`: what people decided of findings, wherever they wrote it.

In this order: a comment in the code (`inline`), the baseline (`baseline`, `matching`), a source
that is named (`cited`). What decides nothing any more is told at the end: see `stale`.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from audit.decisions.baseline import Baseline, read_baseline
from audit.decisions.cited import Citations
from audit.decisions.entry import Entry
from audit.decisions.inline import Inline, inline_decisions
from audit.decisions.matching import NO_REASON, Matcher
from audit.types import Decision, Finding, Item, Severity, StaleDecision

__all__ = ["Decisions"]

NO_PASSAGE = "no such passage any more"
NO_FINDING_IN_FILE = "no finding in the file"
NO_FINDING = "no finding on its line or right after it"


class Decisions:
    """Decides the items of one run, one after the other."""

    def __init__(
        self,
        baseline: Baseline,
        where: str,
        notices: Sequence[tuple[str, str]],
        today: datetime.date,
        *,
        require_reason: bool = True,
        max_days: int | None = None,
    ) -> None:
        """Make ready.

        Args:
            where: the baseline's name, for reports.
            notices: name and text of each attribution file of the tree.
            today: the day on which expiry is judged.
            require_reason: a decision without a reason does not count.
            max_days: an entry of the baseline holds so many days from its date on.
        """
        self._entries = baseline.entries
        self._where = where
        self._matcher = Matcher(
            baseline.entries, today, require_reason=require_reason, max_days=max_days
        )
        self._citations = Citations(notices)
        self._require_reason = require_reason
        self._used: set[Entry] = set()
        self._failed: dict[Entry, str] = {}  # about a passage that is there, but not applying
        self._changed: dict[Entry, str] = {}  # about what a passage was before
        self._names = frozenset(entry.name for entry in baseline.entries)
        self._seen: set[str] = set()  # of these names, those whose items were decided whole
        self._stale: list[StaleDecision] = []  # of inline decisions

    @classmethod
    def read(
        cls,
        policy_baseline: Path | None,
        notices: Sequence[tuple[str, str]],
        today: datetime.date,
        *,
        require_reason: bool = True,
        max_days: int | None = None,
    ) -> Self:
        """Read the baseline; one that is not there decides nothing.

        Raises:
            PolicyError: it says what cannot be meant; names file, entry and field.
        """
        baseline = Baseline() if policy_baseline is None else read_baseline(policy_baseline)
        name = "" if policy_baseline is None else policy_baseline.name
        return cls(baseline, name, notices, today, require_reason=require_reason, max_days=max_days)

    def decide(
        self, item: Item, findings: tuple[Finding, ...], *, complete: bool = True
    ) -> tuple[Finding, ...]:
        """The findings of an item, each with the decision on it, if any.

        A finding of no severity is left undecided: there is nothing to decide.

        Args:
            complete: the item was checked, all of it; else its decisions cannot be stale.
        """
        complete = complete and item.judged is None and item.first_line == 1
        comments = inline_decisions(item)
        useful: set[Inline] = set()
        cited = list(self._citations.decide(item, findings)) if findings else []
        decided = []
        for finding, citation in zip(findings, cited, strict=True):
            inline = self._by_comment(finding, comments, useful)
            # asked in any case: an entry is not stale while its passage is there
            entry = self._by_baseline(finding)
            decision = inline or entry or citation
            undecided = decision is None or finding.ruling.severity == Severity.NONE
            decided.append(finding if undecided else replace(finding, decision=decision))
        if complete:
            if item.name in self._names:
                self._seen.add(item.name)
            for comment in comments:
                self._note_comment(item, comment, useful)
        return tuple(decided)

    def stale(self, *, complete: bool = False) -> tuple[StaleDecision, ...]:
        """The decisions that decided nothing, after all items.

        Args:
            complete: all was looked at that the baseline is about, so an entry whose file was not
                met has lost it. Without that only files that were decided are spoken of. What
                has expired, or has no reason, is told in any case.
        """
        found = list(self._stale)
        for entry in self._entries:
            if entry in self._used:
                continue
            why = self._matcher.void(entry) or self._failed.get(entry)
            if why is None and (complete or entry.name in self._seen):
                why = self._changed.get(entry, NO_PASSAGE)
            if why is not None:
                found.append(StaleDecision(self._where, entry.what, why))
        return tuple(found)

    def _by_comment(
        self, finding: Finding, comments: Sequence[Inline], useful: set[Inline]
    ) -> Decision | None:
        covering = [comment for comment in comments if comment.covers(finding.passage.span)]
        useful.update(covering)
        for comment in covering:
            if comment.reason or not self._require_reason:
                return comment.as_decision()
        return None

    def _by_baseline(self, finding: Finding) -> Decision | None:
        if not self._entries:
            return None
        match = self._matcher.match(finding)
        for entry, why in match.failed:
            self._failed.setdefault(entry, why)
        for entry, why in match.changed:
            self._changed.setdefault(entry, why)
        if match.entry is None:
            return None
        self._used.add(match.entry)
        return match.entry.as_decision(self._where)

    def _note_comment(self, item: Item, comment: Inline, useful: set[Inline]) -> None:
        if not comment.reason and self._require_reason:
            why = NO_REASON
        elif comment not in useful:
            why = NO_FINDING_IN_FILE if comment.whole_file else NO_FINDING
        else:
            return
        where = f"{item.name} line {comment.line}"
        self._stale.append(StaleDecision(where, comment.what, why))
