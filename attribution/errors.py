"""The one error tree of Whence.

    WhenceError                 may be shown to the user; anything else is a bug and is let through
    +-- InputError              a request cannot be answered as given
    |   +-- PolicyError             whence.toml or a baseline is invalid
    +-- ReportError             a report cannot be written as requested
    +-- SourceError             a corpus source cannot be read
    +-- CorpusIndexError        an index cannot be used
        +-- IndexNotFoundError      nothing at that location
        +-- IndexFormatError        there is something, but not a usable index
        |   +-- IndexDamagedError   truncated, altered or incomplete files
        |   +-- IndexVersionError   written by a newer (or long gone) Whence
        |   +-- ParamsMismatchError built with other sketch parameters
        +-- IndexLockedError        another process is writing
        +-- IndexUnavailableError   the engine did not answer (network, time-out)
        |   +-- IndexIncompleteError    part of it did not; has what the others returned
        +-- StorageError            disk full, read-only, no permission

Every message carries the value, the limit and the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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
    """A request cannot be answered as given."""


class PolicyError(InputError):
    """A policy or a baseline is invalid; the message names file, line and key."""


class ReportError(WhenceError):
    """A report cannot be written: its format cannot express it, or a library is missing."""


class SourceError(WhenceError):
    """A corpus source is missing, unreadable or of an unknown format."""


class CorpusIndexError(WhenceError):
    """An index cannot be used. (IndexError is a builtin.)"""


class IndexNotFoundError(CorpusIndexError):
    """There is no index at the location."""


class IndexFormatError(CorpusIndexError):
    """What is at the location cannot be used as an index."""


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
    """Part of the engine did not answer; the error has what the rest returned."""

    def __init__(
        self,
        message: str,
        lacking: str = "",
        *,
        documents: Sequence[Document | None] = (),
        occurrences: Sequence[Occurrence] = (),
        hits: Sequence[Any] = (),
    ) -> None:
        """
        Args:
            lacking: what did not answer, as the partial answer reports it; by default the message.
            documents: of a `fetch`, in the order requested; None for those that are missing.
            occurrences: of a document, as far as they were read.
            hits: of a search, WordHits.
        """
        super().__init__(message)
        self.lacking = lacking or message
        self.documents = tuple(documents)
        self.occurrences = tuple(occurrences)
        self.hits = tuple(hits)


class StorageError(CorpusIndexError):
    """The index cannot be written or read: disk full, read-only or not permitted."""
