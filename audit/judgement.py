"""`Judgement`: turns the result of a check into findings, by a policy and the decisions on file."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from pathlib import Path

from attribution.types import Status
from audit.decisions.added import AddedDecisions
from audit.decisions.cited import read_notices
from audit.decisions.deciding import Decisions
from audit.decisions.matching import Validity
from audit.policy.judging import Judge
from audit.policy.policy import Policy
from audit.types import Checked, FileReport, FileState, Finding, Item, LeftOut

__all__ = ["Judgement", "decisions_in", "validity_under"]

_STATES = {
    Status.CHECKED: FileState.CHECKED,
    Status.PARTIAL: FileState.PARTLY,
    Status.NOT_CHECKED: FileState.NOT_CHECKED,
}


def decisions_in(
    base: Path | None, policy: Policy, today: datetime.date, added: AddedDecisions | None = None
) -> Decisions:
    """The decisions in a folder: its baseline and its attribution files.

    Args:
        added: which of them the audited change adds; None: it is not a change.

    Raises:
        PolicyError: the baseline cannot be read.
    """
    return Decisions.read(
        None if base is None else base / policy.baseline,
        read_notices(base, policy.notices),
        validity_under(policy, today),
        added,
    )


def validity_under(policy: Policy, today: datetime.date) -> Validity:
    """Which decisions are valid under a policy."""
    return Validity(today, policy.require_reason, policy.max_days)


class Judgement:
    """Judges items, one after the other."""

    def __init__(self, judge: Judge, decisions: Decisions) -> None:
        self._judge = judge
        self._decisions = decisions

    def report(self, item: Item, checked: Checked) -> FileReport:
        """The report of a checked item."""
        findings = self._decisions.decide(
            item,
            self._findings(item.name, checked),
            complete=checked.status is Status.CHECKED,
        )
        return FileReport(
            name=item.name,
            state=_STATES[checked.status],
            reason=checked.status_reason or "",
            language=item.language,
            lines=checked.lines,
            tokens=checked.tokens,
            findings=findings,
            warnings=checked.warnings,
            sha1=hashlib.sha1(item.code, usedforsecurity=False).hexdigest(),
        )

    def left_out(self, entry: LeftOut) -> FileReport:
        """The report of an entry that is not checked."""
        state = FileState.NOT_CHECKED if entry.wanted else FileState.LEFT_OUT
        reason = f"{entry.reason}: {entry.detail}" if entry.detail else entry.reason
        return FileReport(entry.name, state, reason)

    def _findings(self, name: str, checked: Checked) -> tuple[Finding, ...]:
        findings = []
        seen = Counter[str]()
        for passage in checked.passages:
            ruling = self._judge.rule(passage)
            if ruling is None:
                continue
            hashed = f"{name}\0{passage.key}\0{seen[passage.key]}".encode(errors="surrogateescape")
            seen[passage.key] += 1
            id_ = hashlib.blake2b(hashed, digest_size=8).hexdigest()
            findings.append(Finding(id_, name, passage, ruling))
        return tuple(findings)
