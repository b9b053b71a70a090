"""`Matcher`: which entry of a baseline is about a finding.

An entry is about a finding if its passage is the same (equal key), or nearly the same both ways:
alike in its k-grams (`sketches`), and neither an eighth longer nor shorter. It applies if besides
it has not expired, and the licence is not worse than the one that was decided on. An entry is
about all passages that are the same, however many there are.

Equal keys come from a dictionary. For the others, sketches are looked up in one sorted array of
the smallest `_POSTED` values of each entry: two passages that are nearly the same share more than
one of those, but for a chance of 10**-4. 100,000 entries take some 60 MB.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audit.decisions.entry import Entry
from audit.decisions.sketches import alike, allowed, pack
from audit.types import Finding, Ruling, Verdict

__all__ = ["FAMILIES", "NO_REASON", "Matched", "Matcher", "worse"]

NO_REASON = "without a reason it does not count"

_POSTED = 16
_CLOSEST = 32  # entries that are looked at for one finding, those that share most values first
_GROWTH = 8  # a passage may be longer or shorter by one part in so many
_HINT = 0.3  # Jaccard index from which an entry that does not fit is told to have been about it

_VERDICTS = {verdict: number for number, verdict in enumerate(Verdict)}
# Families of licences, mildest first. Not to know one is worse than to have a permissive one.
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
class Matched:
    """What a baseline says of a finding."""

    entry: Entry | None  # that applies
    failed: tuple[tuple[Entry, str], ...] = ()  # entries about it that do not apply, and why not
    changed: tuple[tuple[Entry, str], ...] = ()  # entries of its file about what it was before


class Matcher:
    """The entries of a baseline, ready to be asked."""

    def __init__(
        self,
        entries: Sequence[Entry],
        today: datetime.date,
        *,
        require_reason: bool = True,
        max_days: int | None = None,
    ) -> None:
        """Make ready.

        Args:
            today: the day on which expiry is judged.
            require_reason: an entry without a reason does not hold.
            max_days: an entry holds so many days from its date on; None: for ever.
        """
        self._entries = entries
        self._max_days = max_days
        self._today = today
        self._require_reason = require_reason
        self._by_key: dict[str, list[Entry]] = {}
        for entry in entries:
            self._by_key.setdefault(entry.key, []).append(entry)
        posted = [entry.prints[:_POSTED] for entry in entries]
        values = np.concatenate(posted) if posted else np.empty(0, np.uint32)
        owners = np.repeat(np.arange(len(entries), dtype=np.uint32), [part.size for part in posted])
        order = np.argsort(values, kind="stable")
        self._values = values[order]
        self._owners = owners[order]

    def void(self, entry: Entry) -> str | None:
        """Why an entry holds for nothing at all; None when it does hold."""
        if entry.expires is not None and entry.expires < self._today:
            return f"expired on {entry.expires.isoformat()}"
        if self._require_reason and not entry.reason.strip():
            return NO_REASON
        if self._max_days is None:
            return None
        if not entry.date:
            return f"without a date it does not count: decisions hold {self._max_days} days"
        last = datetime.date.fromisoformat(entry.date) + datetime.timedelta(self._max_days)
        if last < self._today:
            return f"expired on {last.isoformat()}: decisions hold {self._max_days} days"
        return None

    def match(self, finding: Finding) -> Matched:
        """The entry that applies to a finding, and those that nearly do."""
        failed: list[tuple[Entry, str]] = []
        for entry in self._by_key.get(finding.passage.key, ()):
            why = self.void(entry) or worse(entry, finding.ruling)
            if why is None:
                return Matched(entry)
            failed.append((entry, why))
        hints: list[tuple[Entry, str]] = []
        for entry, changed in self._near(finding):
            if changed is not None:
                if entry.name == finding.name:
                    hints.append((entry, changed))
                continue
            why = self.void(entry) or worse(entry, finding.ruling)
            if why is None:
                return Matched(entry, tuple(failed))
            failed.append((entry, why))
        return Matched(None, tuple(failed), tuple(hints))

    def _near(self, finding: Finding) -> list[tuple[Entry, str | None]]:
        """Entries about passages like this one, most alike first, and what speaks against them."""
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
        found = []
        for number in closest.tolist():
            entry = self._entries[number]
            if entry.key == passage.key:
                continue
            share = alike(prints, entry.prints)
            changed = None
            if share < allowed(prints, entry.prints):
                changed = f"the code has changed: {share:.0%} of it is as it was"
            elif not _of_a_size(entry.tokens, passage.tokens):
                changed = (
                    f"the copied code has {'grown' if passage.tokens > entry.tokens else 'shrunk'}:"
                    f" {entry.tokens} tokens then, {passage.tokens} now"
                )
            if changed is None or share >= _HINT:
                found.append((share, entry, changed))
        found.sort(key=lambda one: -one[0])
        return [(entry, changed) for _, entry, changed in found]


def worse(entry: Entry, ruling: Ruling) -> str | None:
    """What is worse now about the licence than when it was decided; None when nothing is."""
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
    return f"the licence is worse now: {then} then, {ruling.license}, {ruling.verdict} now"


def _rank(family: str) -> int:
    return _RANKS.get(family, _RANKS["unknown"])


def _of_a_size(then: int, now: int) -> bool:
    if not then or not now:  # an entry by hand need not know
        return True
    return _GROWTH * now <= (_GROWTH + 1) * then and _GROWTH * then <= (_GROWTH + 1) * now
