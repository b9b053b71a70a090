"""`Decisions`: the decisions about findings, wherever they are written.

In this order: a comment in the code (`inline`), the baseline (`baseline`, `matching`), an
attribution (`cited`). Decisions that no longer apply are reported at the end: see `stale`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from audit.decisions.added import REFUSED, AddedDecisions
from audit.decisions.baseline import Baseline, read_baseline
from audit.decisions.cited import Citations
from audit.decisions.entry import Entry
from audit.decisions.inline import InlineDecision, inline_decisions
from audit.decisions.matching import NO_REASON, Matcher, Validity
from audit.types import Decision, Finding, Item, Severity, StaleDecision

__all__ = ["Decisions"]

NO_PASSAGE = "the passage no longer exists"
NO_FINDING_IN_FILE = "no finding in the file"
NO_FINDING = "no finding on its line or right after it"


class Decisions:
    """Decides about the items of one run, one after the other."""

    def __init__(
        self,
        baseline: Baseline,
        where: str,
        notices: Sequence[tuple[str, str]],
        validity: Validity,
        added: AddedDecisions | None = None,
    ) -> None:
        """
        Args:
            where: name of the baseline, for reports.
            notices: name and text of each attribution file of the tree.
            added: which decisions the audited change adds; None: it is not a change.
        """
        self._added = added or AddedDecisions()
        self.accepted_in_change = 0  # findings closed by a decision that the change adds
        self._entries = baseline.entries
        self._where = where
        self._matcher = Matcher(baseline.entries, validity, self._refused)
        self._validity = validity
        self._citations = Citations(notices)
        self._used: set[Entry] = set()
        self._failed: dict[Entry, str] = {}  # about an existing passage, but not applicable
        self._changed: dict[Entry, str] = {}  # about an earlier version of a passage
        self._names = frozenset(entry.name for entry in baseline.entries)
        self._seen: set[str] = set()  # those names whose items were checked completely
        self._stale: list[StaleDecision] = []  # inline decisions

    @classmethod
    def read(
        cls,
        path: Path | None,
        notices: Sequence[tuple[str, str]],
        validity: Validity,
        added: AddedDecisions | None = None,
    ) -> Self:
        """Read the baseline; a missing file contains no decisions.

        Raises:
            PolicyError: it is invalid; names file, entry and field.
        """
        baseline = Baseline() if path is None else read_baseline(path)
        return cls(baseline, "" if path is None else path.name, notices, validity, added)

    def decide(
        self, item: Item, findings: tuple[Finding, ...], *, complete: bool = True
    ) -> tuple[Finding, ...]:
        """The findings of an item, with the decisions on them.

        Findings without a severity get no decision, as they need none.

        Args:
            complete: the whole item was checked; otherwise its decisions cannot be stale.
        """
        complete = complete and item.judged is None and item.first_line == 1
        comments = inline_decisions(item)
        useful: set[InlineDecision] = set()
        citations = list(self._citations.decide(item, findings)) if findings else []
        decided = []
        for finding, citation in zip(findings, citations, strict=True):
            inline = self._by_comment(item, finding, comments, useful)
            # in any case, because an entry is not stale while its passage exists
            entry = self._by_baseline(finding)
            decision = inline or entry or citation
            if decision is None or finding.ruling.severity == Severity.NONE:
                decided.append(finding)
                continue
            self.accepted_in_change += decision.in_change
            decided.append(replace(finding, decision=decision))
        if complete:
            if item.name in self._names:
                self._seen.add(item.name)
            for comment in comments:
                self._note_stale_comment(item, comment, useful)
        return tuple(decided)

    def stale(self, *, complete: bool = False) -> tuple[StaleDecision, ...]:
        """The decisions that did not apply to anything, after all items.

        Args:
            complete: all files that the baseline is about were checked, so an entry for any other
                file is stale. Otherwise only entries for files that were checked are reported,
                and those that have expired or lack a reason.
        """
        stale = list(self._stale)
        for entry in self._entries:
            if entry in self._used:
                continue
            why = self._validity.problem(entry) or self._failed.get(entry)
            if why is None and (complete or entry.name in self._seen):
                why = self._changed.get(entry, NO_PASSAGE)
            if why is not None:
                stale.append(StaleDecision(self._where, entry.what, why))
        return tuple(stale)

    def _by_comment(
        self,
        item: Item,
        finding: Finding,
        comments: Sequence[InlineDecision],
        useful: set[InlineDecision],
    ) -> Decision | None:
        covering = [comment for comment in comments if comment.covers(finding.passage.span)]
        useful.update(covering)
        for comment in covering:
            if not comment.reason and self._validity.require_reason:
                continue
            if not self._added.has_comment(item, comment):
                return comment.as_decision()
            if self._added.accepted:
                return replace(comment.as_decision(), in_change=True)
            stale = StaleDecision(f"{item.name} line {comment.line}", comment.what, REFUSED)
            if stale not in self._stale:
                self._stale.append(stale)
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
        decision = match.entry.as_decision(self._where)
        return replace(decision, in_change=self._added.has_entry(match.entry))

    def _refused(self, entry: Entry) -> str | None:
        """Why an entry does not count, as the change adds it; None if it counts."""
        return REFUSED if not self._added.accepted and self._added.has_entry(entry) else None

    def _note_stale_comment(
        self, item: Item, comment: InlineDecision, useful: set[InlineDecision]
    ) -> None:
        if not comment.reason and self._validity.require_reason:
            why = NO_REASON
        elif comment not in useful:
            why = NO_FINDING_IN_FILE if comment.whole_file else NO_FINDING
        else:
            return
        where = f"{item.name} line {comment.line}"
        self._stale.append(StaleDecision(where, comment.what, why))
