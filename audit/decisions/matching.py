"""`Matcher`: finds the entry of a baseline that is about a finding.

An entry is about a finding if its passage is the same (equal key) or nearly the same: similar
k-grams (`sketches`), and a length that differs by at most an eighth. It applies if it also has not
expired and the licence has not become stricter. An entry applies to all passages that are the same.

Equal keys are found in a dictionary. Other entries are found in a sorted array with the smallest
`_POSTED` values of each sketch: two nearly equal passages share more than one of them, except with
a probability of 10**-4. 100,000 entries take about 60 MB.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from audit.decisions.entry import Entry
from audit.decisions.sketches import alike, allowed, pack
from audit.types import Finding, Ruling, Verdict

__all__ = ["FAMILIES", "NO_REASON", "BaselineMatch", "Matcher", "Validity", "worse"]

NO_REASON = "it has no reason, so it does not count"

_POSTED = 16
_CLOSEST = 32  # entries to compare with a finding: those that share most values
_GROWTH = 8  # a passage may be longer or shorter by 1/8
_HINT = 0.3  # Jaccard index above which an entry was probably about an earlier version

_VERDICTS = {verdict: number for number, verdict in enumerate(Verdict)}
# Licence families, mildest first. An unknown licence is worse than a permissive one.
FAMILIES = (
    "public-domain",
    "permissive",
    "unknown",
    "weak-copyleft",
    "strong-copyleft",
    "network-copyleft",
    "source-available",
    "non-commercial",
    "proprietary",
)
_RANKS = {family: number for number, family in enumerate(FAMILIES)}


@dataclass(frozen=True, slots=True)
class BaselineMatch:
    """The entries of a baseline for a finding."""

    entry: Entry | None  # that applies
    failed: tuple[tuple[Entry, str], ...] = ()  # entries about it that do not apply, and why
    changed: tuple[tuple[Entry, str], ...] = ()  # entries about an earlier version of it


@dataclass(frozen=True, slots=True)
class Validity:
    """Which entries are valid at all, whatever they are about."""

    today: datetime.date
    require_reason: bool = True  # an entry needs a reason
    max_days: int | None = None  # an entry is valid for this many days from its date

    def problem(self, entry: Entry) -> str | None:
        """Why an entry is invalid; None if it is valid."""
        if entry.expires is not None and entry.expires < self.today:
            return f"expired on {entry.expires.isoformat()}"
        if self.require_reason and not entry.reason.strip():
            return NO_REASON
        if self.max_days is None:
            return None
        if not entry.date:
            return f"it has no date, and decisions are only valid for {self.max_days} days"
        last = datetime.date.fromisoformat(entry.date) + datetime.timedelta(self.max_days)
        if last < self.today:
            return f"expired on {last.isoformat()}: decisions are valid for {self.max_days} days"
        return None


class Matcher:
    """Finds entries of a baseline."""

    def __init__(
        self,
        entries: Sequence[Entry],
        validity: Validity,
        refused: Callable[[Entry], str | None] = lambda _entry: None,
    ) -> None:
        """
        Args:
            refused: why an entry does not count, valid as it is; None if it counts.
        """
        self._refused = refused
        self._entries = entries
        self._validity = validity
        self._by_key: dict[str, list[Entry]] = {}
        for entry in entries:
            self._by_key.setdefault(entry.key, []).append(entry)
        posted = [entry.prints[:_POSTED] for entry in entries]
        values = np.concatenate(posted) if posted else np.empty(0, np.uint32)
        owners = np.repeat(np.arange(len(entries), dtype=np.uint32), [part.size for part in posted])
        order = np.argsort(values, kind="stable")
        self._values = values[order]
        self._owners = owners[order]

    def match(self, finding: Finding) -> BaselineMatch:
        """The entry that applies to a finding, and those that nearly apply."""
        failed: list[tuple[Entry, str]] = []
        for entry in self._by_key.get(finding.passage.key, ()):
            why = self._problem(entry, finding)
            if why is None:
                return BaselineMatch(entry)
            failed.append((entry, why))
        hints: list[tuple[Entry, str]] = []
        for entry, changed in self._near(finding):
            if changed is not None:
                if entry.name == finding.name:
                    hints.append((entry, changed))
                continue
            why = self._problem(entry, finding)
            if why is None:
                return BaselineMatch(entry, tuple(failed))
            failed.append((entry, why))
        return BaselineMatch(None, tuple(failed), tuple(hints))

    def _problem(self, entry: Entry, finding: Finding) -> str | None:
        """Why an entry about a finding does not apply to it; None if it does."""
        return self._validity.problem(entry) or worse(entry, finding.ruling) or self._refused(entry)

    def _near(self, finding: Finding) -> list[tuple[Entry, str | None]]:
        """Entries about similar passages, most similar first, and what rules each of them out."""
        if not self._values.size:
            return []
        passage = finding.passage
        prints = pack(passage.prints)
        first = np.searchsorted(self._values, prints, "left")
        last = np.searchsorted(self._values, prints, "right")
        hits = [
            self._owners[start:stop]
            for start, stop in zip(first.tolist(), last.tolist(), strict=True)
            if start < stop
        ]
        if not hits:
            return []
        owners, counts = np.unique(np.concatenate(hits), return_counts=True)
        closest = owners[np.argsort(-counts, kind="stable")[:_CLOSEST]]
        near = []
        for number in closest.tolist():
            entry = self._entries[number]
            if entry.key == passage.key:
                continue
            share = alike(prints, entry.prints)
            changed = None
            if share < allowed(prints, entry.prints):
                changed = f"the code has changed: {share:.0%} of it is unchanged"
            elif not _similar_size(entry.tokens, passage.tokens):
                changed = (
                    f"the copied code has {'grown' if passage.tokens > entry.tokens else 'shrunk'}:"
                    f" from {entry.tokens} to {passage.tokens} tokens"
                )
            if changed is None or share >= _HINT:
                near.append((share, entry, changed))
        near.sort(key=lambda candidate: -candidate[0])
        return [(entry, changed) for _, entry, changed in near]


def worse(entry: Entry, ruling: Ruling) -> str | None:
    """How the licence has become stricter since the decision; None if it has not."""
    verdict = entry.verdict
    graver = verdict is not None and _VERDICTS[ruling.verdict] > _VERDICTS[verdict]
    stricter = (
        bool(entry.license)
        and entry.license != ruling.license
        and _rank(ruling.family) > _rank(entry.family)
    )
    if not graver and not stricter:
        return None
    then = ", ".join(part for part in (entry.license, verdict) if part)
    return f"the licence is now stricter: {ruling.license}, {ruling.verdict} instead of {then}"


def _rank(family: str) -> int:
    return _RANKS.get(family, _RANKS["unknown"])


def _similar_size(then: int, now: int) -> bool:
    if not then or not now:  # a handwritten entry may lack it
        return True
    return _GROWTH * now <= (_GROWTH + 1) * then and _GROWTH * then <= (_GROWTH + 1) * now
