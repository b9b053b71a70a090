"""`AuditSession`: checks and judges one item at a time, for editors."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from attribution.errors import CorpusIndexError
from attribution.locations import Locations
from attribution.types import Status
from audit.checking.checker import Checker
from audit.checking.settings import CheckSettings
from audit.judgement import Judgement, decisions_in
from audit.policy.judging import Judge
from audit.policy.own import OwnCode
from audit.policy.policy import Policy
from audit.policy.reading import read_policy
from audit.types import Checked, FileReport, Item

__all__ = ["AuditSession"]


@dataclass(frozen=True, slots=True)
class AuditSession:
    """An open index with a policy and decisions. Must not be shared between threads."""

    checker: Checker
    policy: Policy
    own: OwnCode
    root: Path | None

    @classmethod
    def open(
        cls,
        location: Locations,
        root: Path | None,
        policy: Path | None = None,
        checks: CheckSettings | None = None,
    ) -> Self:
        """Open an index, and read the policy that applies in `root`.

        Raises:
            CorpusIndexError: there is no index, or it cannot be used.
            PolicyError: the policy is invalid.
        """
        read = read_policy(policy, root, None)
        return cls(Checker.open(location, checks), read, OwnCode.of(read, root), root)

    def report(self, item: Item) -> FileReport:
        """Check an item; baseline and notices are read again each time.

        If the index does not answer, the report says "not checked" and why.

        Raises:
            PolicyError: the baseline cannot be read.
        """
        today = datetime.datetime.now(datetime.UTC).date()
        decisions = decisions_in(self.root, self.policy, today)
        try:
            checked = self.checker.check(item)
        except CorpusIndexError as error:
            reason = f"the index did not answer: {error}"
            checked = Checked(Status.NOT_CHECKED, reason, 0, 0, False, ())
        return Judgement(Judge(self.policy, self.own), decisions).report(item, checked)

    def close(self) -> None:
        """Close the index."""
        self.checker.index.close()
