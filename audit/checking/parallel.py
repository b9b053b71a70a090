"""`ParallelChecker`: checks items on all cores, in their order, with a cache.

If the index does not answer, the Checked of an item says so; no item is dropped. If the index stops
answering altogether, it is no longer queried, and all further items are reported as not checked.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import zstandard

from attribution.at_once import at_once
from attribution.errors import CorpusIndexError, WhenceError
from attribution.locations import Locations
from attribution.ordered_pool import in_order
from attribution.types import Status
from audit.checking.cache import Cache, key_of, state_of
from audit.checking.cache_file import cache_file
from audit.checking.checker import Checker, ReadItem
from audit.checking.settings import CheckSettings
from audit.types import Checked, Item, LeftOut

__all__ = ["CheckedItem", "ParallelChecker"]

_BATCH_ITEMS, _BATCH_BYTES = 128, 1 << 20  # about a third of a second of work
_ITEM_BYTES = _BATCH_BYTES // _BATCH_ITEMS  # every item counts for at least this much
# Items of a batch without an answer, before the rest of it is not asked; and batches in a row
# without any answer, before the index counts as down
_MAX_FAILURES = 3

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Checked).decode


@dataclass(frozen=True, slots=True)
class CheckedItem:
    """An item with the result of its check."""

    item: Item
    checked: Checked
    cached: bool


@dataclass(frozen=True, slots=True)
class _Task:
    """Input of a worker."""

    location: Locations
    settings: CheckSettings
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _BatchResult:
    """Output of a worker, one element per item."""

    version: str  # `state_of` the index
    checked: tuple[bytes | None, ...]  # as JSON; None: the index did not answer
    complete: tuple[bool, ...]  # whether the result may be cached
    error: str | None  # why the index did not answer some


@dataclass(frozen=True, slots=True)
class _Batch:
    """Entries of an input, in order, with what is known about them."""

    entries: tuple[tuple[bytes, Item] | LeftOut, ...]  # items with their keys
    known: dict[bytes, Checked]  # results from the cache
    missing: dict[bytes, Item]  # items to check, each once
    result: _BatchResult | str | None = None  # of the missing ones, if this process checked them


class ParallelChecker:
    """Checks the items of an audit."""

    def __init__(
        self,
        location: Locations,
        version: str,
        settings: CheckSettings,
        jobs: int,
        cache: Path | None,
    ) -> None:
        """
        Args:
            version: `state_of` the index.
            jobs: number of processes; 1 means this one.
            cache: folder; None: no cache.
        """
        self.warnings: list[str] = []
        self.down: str | None = None  # why the index is no longer queried
        self._location = location
        self._version = version
        self._settings = settings
        self._jobs = jobs
        self._failures = 0
        self._cache: Cache | None = None
        if cache is not None:
            try:
                self._cache = Cache(cache_file(cache, location), version)
            except (sqlite3.Error, OSError) as error:
                self._without_cache(error)
        # Bytes that this process checks before it starts others: where most results are known, the
        # rest often takes less time than starting them.
        known = self._cache is not None and self._cache.valid
        self._here = sys.maxsize if jobs == 1 else _BATCH_BYTES if known else 0

    def check(self, entries: Iterable[Item | LeftOut]) -> Iterator[CheckedItem | LeftOut]:
        """Check each entry, in order; a LeftOut is passed through.

        Raises:
            WhenceError: a worker was killed.
        """
        batches = self._batches(entries)
        if self._jobs == 1:
            yield from self._checked((batch, None) for batch, _ in batches)
            return
        preload = ("audit.checking.checker",)
        with closing(in_order(batches, _check_batch, self._jobs, preload=preload)) as results:
            yield from self._checked(results)

    def close(self) -> None:
        """Write the cache."""
        if self._cache is None:
            return
        try:
            self._cache.close()
        except sqlite3.Error as error:
            self._without_cache(error)

    def _checked(
        self, results: Iterator[tuple[_Batch, _BatchResult | str | None]]
    ) -> Iterator[CheckedItem | LeftOut]:
        for batch, theirs in results:
            result = batch.result if theirs is None else theirs
            found: dict[bytes, bytes | None] = {}
            error = self.down or ""
            if isinstance(result, _BatchResult):
                found = dict(zip(batch.missing, result.checked, strict=True))
                self._store(found, result)
                error = result.error or error
            elif result is not None:
                error = result
            if any(found.values()):
                self._failures = 0
            elif result is not None:
                self._failures += 1
                if self._failures >= _MAX_FAILURES:
                    self.down = error
            for entry in batch.entries:
                if isinstance(entry, LeftOut):
                    yield entry
                    continue
                key, item = entry
                if key in batch.known:
                    yield CheckedItem(item, batch.known[key], True)
                else:
                    shape = found.get(key)
                    checked = _unanswered(error) if shape is None else _decode(shape)
                    yield CheckedItem(item, checked, False)

    def _store(self, found: dict[bytes, bytes | None], result: _BatchResult) -> None:
        if result.version != self._version:
            warning = "the index changed during the audit; later results are not cached"
            self.warnings += [warning] if warning not in self.warnings else []
        elif self._cache is not None:
            pairs = zip(found.items(), result.complete, strict=True)
            try:
                self._cache.put(
                    (key, shape) for (key, shape), complete in pairs if shape and complete
                )
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
        keyed = tuple(
            entry if isinstance(entry, LeftOut) else (key_of(entry, self._settings), entry)
            for entry in entries
        )
        items = dict(entry for entry in keyed if not isinstance(entry, LeftOut))
        known = self._known(list(items))
        missing = {key: item for key, item in items.items() if key not in known}
        if not missing or self.down is not None:
            return _Batch(keyed, known, missing), None
        task = _Task(self._location, self._settings, tuple(missing.values()))
        size = sum(len(item.code) + _ITEM_BYTES for item in task.items)
        if size > self._here:
            return _Batch(keyed, known, missing), task
        self._here -= size
        return _Batch(keyed, known, missing, _check_batch(task)), None

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
            f"the cache is not used: {error}; if this happens again, delete its folder, or choose "
            "another with --cache"
        )


def _unanswered(why: str) -> Checked:
    return Checked(Status.NOT_CHECKED, f"the index did not answer: {why}", 0, 0, False, ())


# ---- in the worker process ----

_checkers: dict[tuple[Locations, CheckSettings], Checker] = {}


def _check_batch(task: _Task) -> _BatchResult | str:
    """The results of a batch, or why the index cannot be opened."""
    try:
        checker = _checker_of(task)
    except CorpusIndexError as error:
        return str(error)
    failures: list[str] = []

    def check(item: Item | ReadItem | Checked) -> Checked | None:
        if len(failures) >= _MAX_FAILURES:
            return None
        try:
            return checker.check(item)
        except WhenceError as error:
            failures.append(str(error))
            return None

    results = at_once(check, _with_look_ahead(checker, task.items), checker.index)
    return _BatchResult(
        state_of(checker.index.summary()),
        tuple(None if checked is None else _encode(checked) for checked in results),
        tuple(checked is not None and checked.status is Status.CHECKED for checked in results),
        failures[0] if failures else None,
    )


def _with_look_ahead(
    checker: Checker, items: Sequence[Item]
) -> Sequence[Item | ReadItem | Checked]:
    """The items, after a service has answered what their checks will ask first."""
    if checker.index.at_once == 1:
        return items
    read: Sequence[Item | ReadItem | Checked] = items
    with suppress(Exception):  # the checks fail in the same way, and tell of it
        read = ahead = [checker.read(item) for item in items]
        checker.expect(ahead)
    return read


def _checker_of(task: _Task) -> Checker:
    """The checker of this process, with the newest state of the index."""
    checker = _checkers.get((task.location, task.settings))
    if checker is None:
        checker = Checker.open(task.location, task.settings)
        _checkers[task.location, task.settings] = checker
    else:
        checker.index.refresh()  # so that removed documents disappear from results at once
    return checker
