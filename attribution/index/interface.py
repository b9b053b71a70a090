"""What every index engine can do: `Index` reads a corpus, `IndexAdmin` also changes it.

An engine only *proposes*: it finds documents that share fingerprints, MinHash bands or rare words
with a sketch. Common code (`attribution.attributor`) fetches their texts and *verifies* them by
alignment. So engines can differ in recall, but never in what they call a match.

Path of the data:  NewFile -> IndexWriter.add -> commit   and   Sketch -> propose -> fetch.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from attribution.errors import InputError
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.types import (
    Document,
    IndexDescription,
    IndexSummary,
    IndexVersion,
    NewFile,
    Occurrence,
    OptOut,
    Skip,
)

__all__ = [
    "Candidate",
    "Checkpoint",
    "Index",
    "IndexAdmin",
    "IndexWriter",
    "Membership",
    "MergeReport",
    "Proposal",
    "RemovalPreview",
    "RemovalReport",
    "WordHit",
    "WordQuery",
]


class Candidate(
    msgspec.Struct, frozen=True
):  # dozens a look-up: a dataclass takes ten times as long
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
    """What an engine knows about a sketch.

    `raw_df[i]` counts the live documents of the whole corpus with fingerprint `sketch.raw[i]`. It
    is exact up to the cap of the engine's parameters, and an upper bound above it.
    """

    candidates: tuple[Candidate, ...]  # best first: by raw + renamed, then minhash, then lexical
    raw_df: NDArray[np.uint32]  # shape (len(sketch.raw),)
    renamed_df: NDArray[np.uint32]  # shape (len(sketch.renamed),)
    # shape (len(sketch.words),): documents with each word, removed ones until a compaction
    word_df: NDArray[np.uint32]
    incomplete: str | None = None  # what did not answer; None when everything did


@dataclass(frozen=True, slots=True)
class WordQuery:
    """Words, phrases and regular expressions that must all occur, and filters on files."""

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    language: str | None = None
    license: str | None = None  # an SPDX id that must be part of the expression
    repository: str | None = None  # "owner/name" or "owner"
    paths: tuple[str, ...] = ()  # each: a part of the path, or with * all of it, in any case
    regexes: tuple[str, ...] = ()  # in RE2's syntax
    # ("language" | "license" | "repository" | "path", value): what a file must not have
    excluded: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()  # sentences: what in the text was perhaps meant differently


@dataclass(frozen=True, slots=True)
class WordHit:
    """A document that answers a WordQuery, verified on its text."""

    document: Document
    occurrences: tuple[Occurrence, ...]  # those that pass the filters
    ranked_lines: tuple[int, ...]  # 1-based lines with a match, those with the rarest words first
    score: float  # BM25; 0 when a word is there only as a part of an identifier


@dataclass(frozen=True, slots=True)
class Membership:
    """What an index has of one repository: the answer to "am I in the corpus"."""

    repository: str  # as the corpus spells it; spellings that differ in case are separate
    documents: int  # distinct live contents
    occurrences: int  # live ones
    licenses: dict[str, int]  # occurrences per SPDX expression, most frequent first
    # the name of the index, when several were asked
    index: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a source has been read; written by the same commit as the files read."""

    source: str  # the source's stable name
    position: str  # where the source resumes, opaque to the index; "" is the beginning
    done: bool = False

    @property
    def mark(self) -> str:
        """The first word of the position: the fingerprint that the source had when it was read."""
        return self.position.partition(" ")[0]

    def rewound(self) -> Checkpoint:
        """The checkpoint that makes the source start from its beginning."""
        return Checkpoint(self.source, "")


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """What a removal did."""

    occurrences: int  # removed
    documents: int  # left without any occurrence, so no longer in any answer
    content_bytes: int  # of those documents


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What merging parts into an index did."""

    documents: int  # live ones that were not in the index before
    occurrences: int  # likewise
    duplicates: int  # copies of documents that are in the index once now
    missing_parts: tuple[str, ...]  # "3/8": of the same work, but unfinished or not merged yet


@dataclass(frozen=True, slots=True)
class RemovalPreview:
    """What a removal would do."""

    occurrences: int  # that it would remove
    documents: int  # distinct contents of these
    staying: int  # of these documents, that have another occurrence too
    examples: tuple[str, ...] = ()  # ids of documents that stay, up to a limit


class _Closing(abc.ABC):
    """A context manager that closes itself."""

    @abc.abstractmethod
    def close(self) -> None:
        """Release files, memory and locks."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Index(_Closing):
    """A reader of a corpus. Threads may share it."""

    params: SketchParams
    remote = False  # whether questions wait for a network
    at_once = 1  # look-ups that a process should have under way: more than 1 if they wait

    @abc.abstractmethod
    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        """Documents that share something with the sketch, best first, at most `limit`.

        `lexical=True` adds BM25 candidates for the sketch's rarest words.
        """

    def propose_ahead(self, wanted: Sequence[tuple[Sketch, int]]) -> None:
        """Get ready for `propose` with each sketch and limit; only a network makes this worthwhile.

        Never raises for an index that does not answer: `propose` does.
        """

    def working(self) -> AbstractContextManager[None]:
        """For a thread that asks the index several times while others do: it may let them wait for
        its next question, to ask together."""
        return nullcontext()

    @abc.abstractmethod
    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        """Live documents by id, in the order of the ids; None for an unknown one."""

    @abc.abstractmethod
    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        """All live occurrences of a document, in a stable order; empty for an unknown one."""

    def occurrences_of(self, documents: Sequence[str]) -> list[tuple[Occurrence, ...]]:
        """The same for several documents, in their order."""
        return [self.occurrences(document) for document in documents]

    @abc.abstractmethod
    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        """Documents with all words, phrases and expressions, verified on their texts.

        Best first. Those with words only as parts of identifiers are last. `stop` is called while
        texts are read; when it returns True, the search ends early.

        Raises:
            InputError: the query has nothing to search for or to look up.
            IndexIncompleteError: one of several indexes did not answer; has the others' hits.
        """

    @abc.abstractmethod
    def membership(self, owner: str) -> Iterator[Membership]:
        """The live repositories of an owner, or one repository, ordered by name.

        Args:
            owner: "name" (all repositories of the owner, and a package of that name) or
                "owner/name", compared without regard to case; names of packages as PEP 503 says.

        Raises:
            InputError: the name is empty.
        """

    @abc.abstractmethod
    def similar_names(self, name: str) -> list[str]:
        """Live repositories, and owners with "/" behind them, that a name may stand for.

        It is a name without `membership`, perhaps mistyped. The likeliest come first.
        """

    @abc.abstractmethod
    def preview_removal(self, opt_outs: Sequence[OptOut], *, limit: int = 100) -> RemovalPreview:
        """What `IndexAdmin.remove` would do.

        Args:
            opt_outs: not yet applied.
            limit: of the documents that stay and are named.

        Raises:
            InputError: an opt-out is invalid, or there are more than the engine can examine.
        """

    def only(self, name: str) -> Index:
        """One of several indexes that are asked as one, by its name in the summary.

        Raises:
            InputError: none has that name.
            CorpusIndexError: it does not answer.
        """
        if name != self.summary().name:
            raise InputError(f"there is no index {name!r}; there is {self.summary().name!r}")
        return self

    @abc.abstractmethod
    def summary(self) -> IndexSummary:
        """The facts about the index that every answer carries."""

    @abc.abstractmethod
    def describe(self) -> IndexDescription:
        """The long form of the summary; counts every occurrence."""

    @abc.abstractmethod
    def refresh(self) -> bool:
        """Move to the newest committed state; True when there was a newer one."""


class IndexAdmin(Index):
    """An index that can also be filled, cleaned up and checked."""

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
    def lift_opt_out(self, opt_outs: Sequence[OptOut]) -> None:
        """Allow repositories or owners again. Their code returns when it is indexed again.

        All checkpoints are rewound: any source may hold files that were refused meanwhile.
        """

    @abc.abstractmethod
    def compact(self) -> None:
        """Rewrite the index so that removed bytes are gone from disk.

        Raises:
            StorageError: the disk is full, or files with removed bytes could not be deleted.
        """

    @abc.abstractmethod
    def skips(self) -> Iterator[Skip]:
        """The files that were left out, in the order in which they were met."""

    @abc.abstractmethod
    def verify(self) -> Iterator[str]:
        """Check every stored byte against its checksum; yields the name of each intact part.

        Raises:
            IndexDamagedError: names the first damaged part and the remedy.
        """

    def publish(self) -> str | None:
        """Serve this version (of `rebuild_index`) from now on; the name of the one it replaces.

        The old version stays until `drop_old_versions`. An engine that keeps one version always
        serves it, and returns None.
        """
        return None

    def publish_parts(self) -> Sequence[str] | None:
        """Make the parts of `open_part` visible if all are done; returns the missing ones ("2/8").

        An engine whose parts are indexes of their own has nothing to do, and returns None.
        """
        return None

    def drop_old_versions(self) -> tuple[IndexVersion, ...]:
        """Delete the versions that rebuilds have replaced; returns them.

        Raises:
            InputError: the engine keeps one version only.
            IndexLockedError: a process is writing to one of them.
        """
        raise InputError("this index is in a folder and has no old versions; leave out --drop-old")


class IndexWriter(_Closing):
    """Adds files to an index. There is at most one per index.

    Nothing is visible to readers, or durable, before `commit` returns. Closing the writer drops
    everything added since the last commit.
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
        """Make everything added durable and visible, together with the checkpoints.

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
