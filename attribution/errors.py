"""The one error tree of Whence.

    WhenceError                 may be shown to the user; anything else is a bug and is let through
    +-- InputError              what was asked cannot be answered: a value, a limit, a remedy
    |   +-- PolicyError             whence.toml or a baseline says what cannot be meant
    +-- ReportError             a report cannot be written as asked
    +-- SourceError             a corpus source cannot be read
    +-- CorpusIndexError             an index cannot serve
        +-- IndexNotFoundError      nothing at that location
        +-- IndexFormatError        there is something, but not a usable index
        |   +-- IndexDamagedError   truncated, altered or incomplete files
        |   +-- IndexVersionError   written by a newer (or long gone) Whence
        |   +-- ParamsMismatchError built with other sketch parameters
        +-- IndexLockedError        another process is writing
        +-- IndexUnavailableError   the engine did not answer (network, time-out)
        |   +-- IndexIncompleteError    parts of it did not; it holds what the others gave
        +-- StorageError            disk full, read-only, permission to read or write

Every message carries the value, the limit and the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attribution.types import Document, Occurrence

__all__ = [
    "CorpusIndexError",
    "IndexDamagedError",
    "IndexFormatError",
    "IndexIncompleteError",
    "IndexLockedError",
    "IndexNotFoundError",
    "IndexUnavailableError",
    "IndexVersionError",
    "InputError",
    "ParamsMismatchError",
    "PolicyError",
    "ReportError",
    "SourceError",
    "StorageError",
    "WhenceError",
]


class WhenceError(Exception):
    """Base of all errors whose message may be shown to the user."""


class InputError(WhenceError):
    """What was asked cannot be answered as asked."""


class PolicyError(InputError):
    """A policy or a baseline says what cannot be meant: names file, line and key."""


class ReportError(WhenceError):
    """A report cannot be written: the format cannot hold it, or its library is missing."""


class SourceError(WhenceError):
    """A corpus source is missing, unreadable or of unknown form."""


class CorpusIndexError(WhenceError):
    """An index cannot serve. (The builtin owns the plain name.)"""


class IndexNotFoundError(CorpusIndexError):
    """There is no index at the location."""


class IndexFormatError(CorpusIndexError):
    """There is something at the location, but it cannot be used as an index."""


class IndexDamagedError(IndexFormatError):
    """Files of the index are truncated, altered or missing."""


class IndexVersionError(IndexFormatError):
    """The index has a format version that this Whence cannot read."""


class ParamsMismatchError(IndexFormatError):
    """The index was built with other sketch parameters than the query's."""


class IndexLockedError(CorpusIndexError):
    """Another process is writing to the index."""


class IndexUnavailableError(CorpusIndexError):
    """The engine behind the index did not answer."""


class IndexIncompleteError(IndexUnavailableError):
    """Parts of the engine did not answer; others did, and what they gave comes along."""

    def __init__(
        self,
        message: str,
        lacking: str = "",
        *,
        documents: Sequence[Document | None] = (),
        occurrences: Sequence[Occurrence] = (),
    ) -> None:
        """Say what is lacking.

        Args:
            lacking: what did not answer, for the answer that goes on without it; by default
                the message.
            documents: of a `fetch`, in the order asked; None for those that are not known.
            occurrences: of a document, as far as they are known.
        """
        super().__init__(message)
        self.lacking = lacking or message
        self.documents = tuple(documents)
        self.occurrences = tuple(occurrences)


class StorageError(CorpusIndexError):
    """The index cannot be written or read: disk full, read-only or not permitted."""
