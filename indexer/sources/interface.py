"""`Source`: something that files are read from, in a stable order, starting at any position.

A source does not fail because of one bad file: what it cannot read becomes a Skip. It raises
SourceError only when nothing of it can be read.
"""

from __future__ import annotations

import abc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from attribution.types import NewFile, Skip
from indexer.dataset_options import SOFTWARE_HERITAGE
from indexer.filters import FileFilter
from indexer.sources.contents import ContentStore

__all__ = ["Source", "SourceItem", "SourceOptions", "fingerprint"]

Entry = TypeVar("Entry")


class SourceItem(NamedTuple):
    """One file that was read, or left out."""

    file: NewFile | Skip
    position: str  # `read(position)` continues after this item; only the source understands it


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Which files are indexed, and what the columns or keys of a dataset mean."""

    filter: FileFilter = field(default_factory=FileFilter)
    mapping: tuple[tuple[str, str], ...] = ()  # (field, column), see indexer.sources.columns
    leave_out: tuple[str, ...] = ()  # full paths to ignore: the index that is being written
    contents: ContentStore = field(default_factory=ContentStore)  # of rows that have only their ids

    @property
    def selection(self) -> tuple[object, ...]:
        """The options that change which files are indexed; the same in every process."""
        rules = self.filter
        limits = (rules.max_file_size, sorted(rules.languages), rules.include_generated)
        stored = () if self.contents.template == SOFTWARE_HERITAGE else (self.contents.template,)
        return (*limits, self.mapping, *stored)


class Source(abc.ABC):
    """One repository, package, dataset file or folder."""

    def __init__(self, name: str, options: SourceOptions | None = None) -> None:
        # The same in every run: positions are stored under it. Paths may not be valid Unicode.
        self.name = name.encode("utf-8", "backslashreplace").decode()
        self.done_bytes = 0  # how much of total_bytes `read` has passed
        self._options = options or SourceOptions()

    @abc.abstractmethod
    def fingerprint(self) -> str:
        """A digest that changes with the source or the selection of its files; reads no contents.

        Where it does not change with the source, `is_unchanged` looks at the source itself.

        Raises:
            SourceError: nothing of the source can be read.
        """

    def is_unchanged(self, position: str) -> bool:  # noqa: ARG002  (most have a full fingerprint)
        """Whether all is as it was when reading ended at `position`, with the same fingerprint."""
        return True

    @abc.abstractmethod
    def total_bytes(self) -> int:
        """The size on disk of all that `read` goes over; 0 where that is expensive to find out."""

    @abc.abstractmethod
    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        """All files in a stable order, from after the position `start`; None: from the first.

        Raises:
            SourceError: nothing of the source can be read.
        """

    def stop(self) -> None:  # noqa: B027  (most have nothing to wait for)
        """Make a `read` in another thread fail soon, where it may wait for a network."""

    def pieces(self, size: int) -> Sequence[Source]:  # noqa: ARG002  (most have none)
        """This source, or sources that together read the same files, of some `size` bytes each.

        They have names by `piece_name`, and this source's fingerprint. Cutting depends on what
        the source holds and on the size; of contents, no more than the first lines are read.

        Raises:
            SourceError: it cannot be reached, so how to cut it is unknown.
        """
        return (self,)

    def _numbered(
        self, entries: Iterable[Entry], start: str | None, size: Callable[[Entry], int]
    ) -> Iterator[tuple[Entry, str]]:
        """Entries after the position `start`, each with its number as its position.

        Adds the `size` (bytes) of every entry that was passed to `done_bytes`.
        """
        after = -1 if start is None else int(start)
        for number, entry in enumerate(entries):
            if number > after:
                yield entry, str(number)
            self.done_bytes += size(entry)


def fingerprint(*parts: object) -> str:
    """A short digest of the `repr` of all parts."""
    text = "\n".join(map(repr, parts)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=12).hexdigest()
