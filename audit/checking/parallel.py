"""`Crew`: items checked on all cores, in their order, through the cache.

What the index could not answer is a Checked that says so, never left out. When it stops answering
altogether, what follows is not asked any more: it is told as not checked at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import zstandard

from attribution.errors import CorpusIndexError
from attribution.ordered_pool import in_order
from attribution.types import Status
from audit.checking.cache import Cache, key_of, state_of
from audit.checking.checker import Checker
from audit.checking.settings import CheckSettings
from audit.types import Checked, Item, LeftOut

__all__ = ["CheckedItem", "Crew"]

_BATCH_ITEMS, _BATCH_BYTES = 32, 256 << 10  # a tenth of a second of work
_GIVEN_UP = 3  # batches in a row that the index did not answer

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Checked).decode


@dataclass(frozen=True, slots=True)
class CheckedItem:
    """An item with what its check found."""

    item: Item
    checked: Checked
    cached: bool


@dataclass(frozen=True, slots=True)
class _Batch:
    """Entries of an input, in order, and what is known of them; None: to be checked."""

    entries: tuple[Item | LeftOut, ...]
    keys: tuple[bytes | None, ...]  # None for a LeftOut
    known: dict[bytes, Checked]


@dataclass(frozen=True, slots=True)
class _Task:
    """What a worker needs."""

    location: str
    settings: CheckSettings
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a worker found, item by item."""

    version: str  # `state_of` the index that was asked
    checked: tuple[bytes, ...]  # as JSON
    whole: tuple[bool, ...]  # whether it may be kept


class Crew:
    """Checks the items of an audit."""

    def __init__(
        self,
        location: str,
        version: str,
        settings: CheckSettings,
        jobs: int,
        cache: Path | None,
    ) -> None:
        """
        Args:
            version: `state_of` the index.
            jobs: processes; 1 checks in this one.
            cache: folder; None: nothing is kept.
        """
        self.warnings: list[str] = []
        self.down: str | None = None  # why the index is not asked any more
        self._location = location
        self._version = version
        self._settings = settings
        self._jobs = jobs
        self._failed = 0
        self._cache: Cache | None = None
        if cache is not None:
            try:
                self._cache = Cache.of(cache, location, version)
            except (sqlite3.Error, OSError) as error:
                self._without_cache(error)

    def check(self, entries: Iterable[Item | LeftOut]) -> Iterator[CheckedItem | LeftOut]:
        """Each entry, in order, checked; what is left out goes through.

        Raises:
            WhenceError: a worker was killed.
        """
        batches = self._batches(entries)
        if self._jobs == 1:
            answered: Iterator[tuple[_Batch, _Answers | str | None]] = (
                (batch, None if task is None else _work(task)) for batch, task in batches
            )
            yield from self._told(answered)
        else:
            preload = ("audit.checking.checker",)
            with closing(in_order(batches, _work, self._jobs, preload=preload)) as answered:
                yield from self._told(answered)

    def close(self) -> None:
        """Write the cache."""
        if self._cache is None:
            return
        try:
            self._cache.close()
        except sqlite3.Error as error:
            self._without_cache(error)

    def _told(
        self, answered: Iterator[tuple[_Batch, _Answers | str | None]]
    ) -> Iterator[CheckedItem | LeftOut]:
        for batch, answer in answered:
            found: dict[bytes, bytes] = {}
            trouble = answer if isinstance(answer, str) else None
            if isinstance(answer, _Answers):
                found = dict(zip(_missing(batch), answer.checked, strict=True))
                self._failed = 0
                self._keep(found, answer)
            elif trouble is not None:
                self._failed += 1
                if self._failed >= _GIVEN_UP:
                    self.down = trouble
            for entry, key in zip(batch.entries, batch.keys, strict=True):
                if isinstance(entry, LeftOut) or key is None:
                    assert isinstance(entry, LeftOut)
                    yield entry
                elif key in batch.known:
                    yield CheckedItem(entry, batch.known[key], True)
                elif key in found:
                    yield CheckedItem(entry, _decode(found[key]), False)
                else:
                    yield CheckedItem(entry, _unanswered(trouble or self.down or ""), False)

    def _keep(self, found: dict[bytes, bytes], answer: _Answers) -> None:
        if answer.version != self._version:
            told = "the index changed during the audit: what was found since is not kept"
            self.warnings += [told] if told not in self.warnings else []
        elif self._cache is not None:
            pairs = zip(found.items(), answer.whole, strict=True)
            try:
                self._cache.put(pair for pair, whole in pairs if whole)
            except sqlite3.Error as error:
                self._without_cache(error)

    def _batches(self, entries: Iterable[Item | LeftOut]) -> Iterator[tuple[_Batch, _Task | None]]:
        batch: list[Item | LeftOut] = []
        size = 0
        for entry in entries:
            batch.append(entry)
            size += len(entry.code) if isinstance(entry, Item) else 0
            if len(batch) >= _BATCH_ITEMS or size >= _BATCH_BYTES:
                yield self._batch(batch)
                batch, size = [], 0
        if batch:
            yield self._batch(batch)

    def _batch(self, entries: list[Item | LeftOut]) -> tuple[_Batch, _Task | None]:
        keys = tuple(
            key_of(one, self._settings) if isinstance(one, Item) else None for one in entries
        )
        batch = _Batch(tuple(entries), keys, self._known([key for key in keys if key is not None]))
        missing = set(_missing(batch))
        if not missing or self.down is not None:
            return batch, None
        items = {
            key: one
            for key, one in zip(keys, entries, strict=True)
            if key in missing and isinstance(one, Item)
        }
        return batch, _Task(self._location, self._settings, tuple(items.values()))

    def _known(self, keys: list[bytes]) -> dict[bytes, Checked]:
        if self._cache is None:
            return {}
        try:
            return {key: _decode(value) for key, value in self._cache.get(keys).items()}
        except (sqlite3.Error, OSError, zstandard.ZstdError, msgspec.DecodeError) as error:
            self._without_cache(error)
            return {}

    def _without_cache(self, error: Exception) -> None:
        self._cache = None
        self.warnings.append(
            f"the cache is not used: {error}; if that stays so, delete its folder, or name "
            "another by --cache"
        )


def _missing(batch: _Batch) -> list[bytes]:
    """Keys that are to be checked, each once, in order."""
    return list(
        dict.fromkeys(key for key in batch.keys if key is not None and key not in batch.known)
    )


def _unanswered(why: str) -> Checked:
    return Checked(Status.NOT_CHECKED, f"the index did not answer: {why}", 0, 0, False, ())


# ---- in the process that checks ----

_checkers: dict[tuple[str, CheckSettings], Checker] = {}


def _work(task: _Task) -> _Answers | str:
    """The checks of a batch, or why the index did not answer."""
    try:
        checker = _checkers.get((task.location, task.settings))
        if checker is None:
            checker = Checker.open(task.location, task.settings)
            _checkers[task.location, task.settings] = checker
        else:
            checker.index.refresh()  # what is removed is gone from every answer at once
        found = [checker.check(item) for item in task.items]
        return _Answers(
            state_of(checker.index.summary()),
            tuple(map(_encode, found)),
            tuple(one.status is Status.CHECKED for one in found),
        )
    except CorpusIndexError as error:
        return str(error)
