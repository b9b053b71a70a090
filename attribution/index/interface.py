"""`Index`: the few verbs that every engine has.

An engine only *proposes*: it knows which documents share fingerprints, MinHash bands or rare
words with a sketch. Common code (`attribution.attributor`) fetches their texts and *verifies*
by aligning. So engines can differ in recall, never in what they call a match.

Path of the data:  NewFile -> IndexWriter.add -> commit   and   Sketch -> propose -> fetch.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from attribution.sketching.sketch import Sketch, SketchParams
from attribution.types import (
    Document,
    IndexDescription,
    IndexSummary,
    NewFile,
    Occurrence,
    OptOut,
    Skip,
)

__all__ = [
    "Candidate",
    "Checkpoint",
    "Holding",
    "Index",
    "IndexWriter",
    "Proposal",
    "RemovalReport",
    "WordHit",
    "WordQuery",
]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Document that an engine proposes, with why."""

    document: str  # git blob sha1, 40 hex digits
    raw: float  # sum of idf of the shared raw fingerprints
    renamed: float  # sum of idf of the shared renamed fingerprints
    coverage: (
        int  # 64 bits: which 64ths of the snippet (by token position) have a shared fingerprint
    )
    minhash: float = 0.0  # estimated Jaccard similarity of the whole texts, 0..1
    lexical: float = 0.0  # BM25 score


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an engine knows of a sketch.

    `raw_df[i]` counts the live documents with fingerprint `sketch.raw[i]`, whole corpus;
    exact up to the cap of the engine's parameters, an upper bound above it.
    """

    candidates: tuple[Candidate, ...]  # best first: by raw + renamed, then minhash, then lexical
    raw_df: NDArray[np.uint32]  # shape (len(sketch.raw),)
    renamed_df: NDArray[np.uint32]  # shape (len(sketch.renamed),)
    # shape (len(sketch.words),): documents that hold each word, removed ones until a compaction
    word_df: NDArray[np.uint32]
    incomplete: str | None = None  # what did not answer; None when all did


@dataclass(frozen=True, slots=True)
class WordQuery:
    """Words that must all occur, phrases that must occur exactly as written, and filters."""

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    language: str | None = None
    license: str | None = None  # an SPDX id that must be part of the expression
    repository: str | None = None  # "owner/name" or "owner"


@dataclass(frozen=True, slots=True)
class WordHit:
    """A document that answers a WordQuery, verified on its text."""

    document: Document
    occurrences: tuple[Occurrence, ...]  # those that pass the filters
    lines: tuple[int, ...]  # 1-based lines with a word or a phrase, in order
    score: float


@dataclass(frozen=True, slots=True)
class Holding:
    """What an index has of one repository: the answer to "am I in the corpus"."""

    repository: str  # as the corpus spells it; spellings that differ in case are told apart
    documents: int  # distinct live contents
    occurrences: int  # live ones
    licenses: dict[str, int]  # occurrences per SPDX expression, most frequent first


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a source has been read; written by the same commit as what was read."""

    source: str  # the source's stable name
    position: str  # opaque to the index: what the source needs to go on; "": read it anew
    done: bool = False

    def rewound(self) -> Checkpoint:
        """The checkpoint of the source when it is to be read anew, from its beginning."""
        return Checkpoint(self.source, "")


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """What a removal did."""

    occurrences: int  # taken out
    documents: int  # left without any occurrence, so no longer answered with
    content_bytes: int  # of those documents


class IndexWriter(abc.ABC):
    """Adds files to an index. At most one exists per index; a context manager.

    Nothing is visible to readers, or durable, before `commit` returns. Leaving the context
    without a commit drops what was added since the last one.
    """

    @abc.abstractmethod
    def add(self, files: Sequence[NewFile]) -> None:
        """Add files. Equal contents are kept once, every distinct occurrence is kept.

        Files of an opted-out repository or owner are turned into Skips. May flush to disk.
        """

    @abc.abstractmethod
    def skip(self, skips: Iterable[Skip]) -> None:
        """Record files that were left out."""

    @abc.abstractmethod
    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        """Make all that was added durable and visible, together with the checkpoints.

        Raises:
            StorageError: the disk is full or not writable; the old state is intact.
        """

    @abc.abstractmethod
    def checkpoints(self) -> dict[str, Checkpoint]:
        """The committed checkpoints, by source."""

    @property
    @abc.abstractmethod
    def pending_bytes(self) -> int:
        """Content bytes added since the last commit (a guide for when to commit)."""

    @abc.abstractmethod
    def close(self) -> None:
        """Give the lock back; what was not committed is dropped."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Index(abc.ABC):
    """A corpus that can be asked."""

    params: SketchParams

    @abc.abstractmethod
    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        """Documents that share something with the sketch, best first, at most `limit`.

        `lexical=True` adds BM25 candidates for the sketch's rarest words.
        """

    @abc.abstractmethod
    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        """Live documents by id, in the order asked; None for one that is not held."""

    @abc.abstractmethod
    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        """All live occurrences of a document, in a stable order; empty when not held."""

    @abc.abstractmethod
    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        """Documents with all words and phrases, best first, verified on their texts.

        `stop` is asked while texts are read; when it says so, the search ends where it is.
        """

    @abc.abstractmethod
    def holdings(self, owner: str) -> Iterator[Holding]:
        """What is held live of an owner, or of one repository, ordered by repository.

        Args:
            owner: "name" (all repositories of the owner, and a package of that name) or
                "owner/name", compared without regard to case.

        Raises:
            InputError: it names nothing.
        """

    @abc.abstractmethod
    def writer(self) -> IndexWriter:
        """The writer.

        Raises:
            IndexLockedError: another process is writing.
        """

    @abc.abstractmethod
    def remove(self, opt_outs: Sequence[OptOut]) -> RemovalReport:
        """Take repositories or owners out of every answer at once, and keep them out."""

    @abc.abstractmethod
    def readmit(self, opt_outs: Sequence[OptOut]) -> None:
        """Lift opt-outs, so that the code may be indexed again: checkpoints are rewound."""

    @abc.abstractmethod
    def compact(self) -> None:
        """Rewrite what is held so that removed bytes are gone from disk."""

    @abc.abstractmethod
    def summary(self) -> IndexSummary:
        """What every answer says of the index."""

    @abc.abstractmethod
    def describe(self) -> IndexDescription:
        """What the index holds, counted."""

    @abc.abstractmethod
    def skips(self) -> Iterator[Skip]:
        """The files that were left out, in the order met."""

    @abc.abstractmethod
    def verify(self) -> Iterator[str]:
        """Check every stored byte against its checksum; yields the name of each part that is whole.

        Raises:
            IndexDamagedError: names the first damaged part and the remedy.
        """

    @abc.abstractmethod
    def refresh(self) -> bool:
        """Go over to the newest committed state; True when there was a newer one."""

    @abc.abstractmethod
    def close(self) -> None:
        """Give back files and memory."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
