"""`Source`: something that files are read from, in a stable order, from any position on.

A source never aborts for one bad file: what it cannot read becomes a Skip. It raises SourceError
only when the whole of it cannot be read.
"""

from __future__ import annotations

import abc
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from attribution.types import NewFile, Skip
from indexer.filters import FileFilter

__all__ = ["Source", "SourceItem", "SourceOptions", "fingerprint"]


class SourceItem(NamedTuple):
    """One thing read."""

    what: NewFile | Skip
    position: str  # `read(position)` goes on after this item; opaque to all but the source


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What is let in, and which column or key means what."""

    filter: FileFilter = field(default_factory=FileFilter)
    mapping: tuple[tuple[str, str], ...] = ()  # (field, column), see indexer.sources.columns
    leave_out: tuple[str, ...] = ()  # full paths not to look at: the index that is being written

    @property
    def marks(self) -> tuple[object, ...]:
        """What changes the files that are let in; the same in every process."""
        rules = self.filter
        let_in = (rules.max_file_size, sorted(rules.languages), rules.include_generated)
        return (*let_in, self.mapping)


class Source(abc.ABC):
    """One repository, package, dataset file or folder."""

    def __init__(self, name: str) -> None:
        # Stable from run to run: positions are kept under it. Paths may not be valid Unicode.
        self.name = name.encode("utf-8", "backslashreplace").decode()
        self.done_bytes = 0  # of total_bytes, as far as `read` has come

    @abc.abstractmethod
    def fingerprint(self) -> str:
        """Changes when the source, or what is taken from it, has changed; reads no contents.

        Raises:
            SourceError: the source cannot be read at all.
        """

    @abc.abstractmethod
    def total_bytes(self) -> int:
        """The size on disk of all that `read` goes over, as far as it is cheap to know; else 0."""

    @abc.abstractmethod
    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        """All files in a stable order, from after the position `start` (None: from the first on).

        Raises:
            SourceError: the source cannot be read at all.
        """


def fingerprint(*parts: object) -> str:
    """A short digest of what is given, by its repr."""
    text = "\n".join(map(repr, parts)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=12).hexdigest()
