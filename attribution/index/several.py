"""`SeveralIndexes`: indexes that are asked as one.

Every question goes to all of them, at the same time to those behind a network. Document
frequencies are added up, so how rare or common code is depends on all of them together; a document
of two indexes counts twice. Equal contents are one candidate and one document, and each of its
occurrences names the indexes that have it.

An index that does not answer makes an answer partial: a proposal says so, and other questions raise
an IndexIncompleteError with what the rest returned. It is not asked again for a while, else each
question would wait for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from attribution.errors import CorpusIndexError, IndexIncompleteError, InputError
from attribution.index.interface import (
    Candidate,
    Index,
    Membership,
    Proposal,
    RemovalPreview,
    WordHit,
    WordQuery,
)
from attribution.index.member import Member
from attribution.index.occurrences import by_count, in_order, key_of
from attribution.index.scoring import best_candidates
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.types import Document, IndexDescription, IndexSummary, Occurrence, OptOut

__all__ = ["SeveralIndexes"]

Result = TypeVar("Result")

_THREADS = 32  # in which indexes behind a network are asked
_MOST = 2**32 - 1  # of a document frequency


@dataclass(slots=True)
class _Answers(Generic[Result]):
    """What the indexes answered to one question."""

    given: list[tuple[str, Result]] = field(default_factory=list)  # with the index's name
    lacking: list[str] = field(default_factory=list)  # what did not answer, and why
    error: CorpusIndexError | None = None  # of the first that did not answer at all

    def checked(self) -> list[tuple[str, Result]]:
        """The answers.

        Raises:
            CorpusIndexError: there are none.
        """
        if self.error is not None and not self.given:
            raise self.error.with_traceback(None)
        return self.given

    @property
    def failure(self) -> str | None:
        """What did not answer; None when everything did."""
        return "; ".join(self.lacking) or None

    def raise_if_incomplete(self, **rest: Any) -> None:
        """Raise an IndexIncompleteError with what was answered, if something was not."""
        if (failure := self.failure) is not None:
            raise IndexIncompleteError(f"not all indexes answered: {failure}", failure, **rest)


class SeveralIndexes(Index):
    """Reads several indexes, of the same parameters, as one."""

    def __init__(self, openers: Mapping[str, Callable[[SketchParams | None], Index]]) -> None:
        """Open them.

        Args:
            openers: for each location, a function that opens its index; it is given the parameters
                that the index must have, or None.

        Raises:
            CorpusIndexError: one cannot be used, or none of them answers.
        """
        self._shared: SketchParams | None = None
        self._members: list[Member] = []
        try:
            for location, opener in openers.items():
                member = Member(location, self._opening(opener))
                self._members.append(member)
                if self._shared is None and member.index is not None:
                    self._shared = member.index.params
            if self._shared is None:
                raise next(member.error for member in self._members if member.error)
        except CorpusIndexError:
            self._close_members()
            raise
        self.params = self._shared
        self.at_once = max(one.index.at_once for one in self._members if one.index is not None)
        self._threads = ThreadPoolExecutor(_THREADS, "index")

    def _opening(self, opener: Callable[[SketchParams | None], Index]) -> Callable[[], Index]:
        return lambda: opener(self._shared)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the indexes, in order. A name that another has already gets a number."""
        seen: Counter[str] = Counter()
        names = []
        for member in self._members:
            seen[member.name] += 1
            count = seen[member.name]
            names.append(member.name if count == 1 else f"{member.name} ({count})")
        return tuple(names)

    def only(self, name: str) -> Index:
        if name not in self.names:
            raise InputError(f"there is no index {name!r}; there are {', '.join(self.names)}")
        member = self._members[self.names.index(name)]
        if isinstance(error := member.answer(lambda index: index.summary()), CorpusIndexError):
            raise error
        assert member.index is not None
        return member.index

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        answers = self._ask(lambda index: index.propose(sketch, limit=limit, lexical=lexical))
        proposals = [proposal for _, proposal in answers.checked()]
        in_part = [(name, p.incomplete) for name, p in answers.given if p.incomplete is not None]
        answers.lacking += [f"index {name}: {lacking}" for name, lacking in in_part]
        return Proposal(
            _best([proposal.candidates for proposal in proposals], limit),
            _sum([proposal.raw_df for proposal in proposals]),
            _sum([proposal.renamed_df for proposal in proposals]),
            _sum([proposal.word_df for proposal in proposals]),
            answers.failure,
        )

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        held: dict[str, Document] = {}
        answers: _Answers[list[Document | None]] = _Answers()
        # those that wait for nothing are first, which leaves less to ask of the others
        near = [[member] for member in self._members if not member.waits]
        for group in (*near, [member for member in self._members if member.waits]):
            missing = [document for document in documents if document not in held]
            if not missing:
                break
            more = self._ask(_fetch(missing), lambda error: list(error.documents), group)
            for _, found in more.given:
                pairs = zip(missing, found, strict=False)
                held.update({id_: text for id_, text in pairs if text is not None})
            answers.given += more.given
            answers.lacking += more.lacking
            answers.error = answers.error or more.error
        answers.checked()
        texts = [held.get(document) for document in documents]
        if None in texts:
            answers.raise_if_incomplete(documents=texts)
        return texts

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        answers = self._ask(
            lambda index: index.occurrences(document), lambda error: error.occurrences
        )
        merged = _merged(answers.checked())
        answers.raise_if_incomplete(occurrences=merged)
        return merged

    def occurrences_of(self, documents: Sequence[str]) -> list[tuple[Occurrence, ...]]:
        answers = self._ask(lambda index: index.occurrences_of(documents))
        answers.raise_if_incomplete()
        names = [name for name, _ in answers.given]
        columns = zip(*(answer for _, answer in answers.given), strict=True)
        return [_merged(list(zip(names, column, strict=True))) for column in columns]

    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        answers = self._ask(
            lambda index: tuple(index.search(query, limit=limit, stop=stop)),
            lambda error: error.hits,
        )
        same: dict[str, list[tuple[str, WordHit]]] = {}
        for name, hits in answers.checked():
            for hit in hits:
                same.setdefault(hit.document.id, []).append((name, hit))
        merged = [
            replace(
                hits[0][1],
                occurrences=_merged([(name, hit.occurrences) for name, hit in hits]),
                score=max(hit.score for _, hit in hits),
            )
            for hits in same.values()
        ]
        merged.sort(key=lambda hit: (-hit.score, hit.document.id))
        answers.raise_if_incomplete(hits=merged[:limit])
        return iter(merged[:limit])

    def membership(self, owner: str) -> Iterator[Membership]:
        answers = self._ask(lambda index: list(index.membership(owner)))
        answers.raise_if_incomplete()
        rows = [replace(row, index=name) for name, rows in answers.given for row in rows]
        return iter(sorted(rows, key=lambda row: row.repository))

    def similar_names(self, name: str) -> list[str]:
        answers = self._ask(lambda index: index.similar_names(name))
        answers.raise_if_incomplete()
        return list(dict.fromkeys(alike for _, names in answers.given for alike in names))

    def preview_removal(self, opt_outs: Sequence[OptOut], *, limit: int = 100) -> RemovalPreview:
        """The sums: each index is counted on its own, as a removal works on each."""
        answers = self._ask(lambda index: index.preview_removal(opt_outs, limit=limit))
        answers.raise_if_incomplete()
        parts = [preview for _, preview in answers.given]
        examples = dict.fromkeys(id_ for part in parts for id_ in part.examples)
        return RemovalPreview(
            sum(part.occurrences for part in parts),
            sum(part.documents for part in parts),
            sum(part.staying for part in parts),
            tuple(examples)[:limit],
        )

    def summary(self) -> IndexSummary:
        """The sums. `indexes` has those that were ever open, with their numbers alone."""
        named = zip(self.names, self._members, strict=True)
        parts = tuple(
            replace(member.index.summary(), name=name) for name, member in named if member.index
        )
        return IndexSummary(
            name=" + ".join(self.names),
            date=max(part.date for part in parts),
            documents=sum(part.documents for part in parts),
            occurrences=sum(part.occurrences for part in parts),
            languages=max(part.languages for part in parts),
            opt_outs=sum(part.opt_outs for part in parts),
            version="+".join(part.version for part in parts),
            indexes=parts,
        )

    def describe(self) -> IndexDescription:
        answers = self._ask(lambda index: index.describe())
        answers.raise_if_incomplete()
        parts = [description for _, description in answers.given]
        return IndexDescription(
            summary=self.summary(),
            content_bytes=sum(part.content_bytes for part in parts),
            languages=_counts(part.languages for part in parts),
            licenses=_counts(part.licenses for part in parts),
            repositories=sum(part.repositories for part in parts),
            opt_outs=tuple(dict.fromkeys(one for part in parts for one in part.opt_outs)),
            skipped=_counts(part.skipped for part in parts),
            sizes=_counts(part.sizes for part in parts),
            sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
            params=self.params.as_dict(),
            pending_removal_bytes=sum(part.pending_removal_bytes for part in parts),
        )

    def refresh(self) -> bool:
        before = self.summary().version
        for member in self._members:
            error = member.answer(lambda index: index.refresh())
            # one that is gone or damaged is an error, as when it is opened
            if isinstance(error, CorpusIndexError) and not member.silent:
                raise error
        return self.summary().version != before

    def close(self) -> None:
        self._threads.shutdown(wait=False)
        self._close_members()

    def _close_members(self) -> None:
        for member in self._members:
            member.close()

    def _ask(
        self,
        question: Callable[[Index], Result],
        part: Callable[[IndexIncompleteError], Result] | None = None,
        members: Sequence[Member] | None = None,
    ) -> _Answers[Result]:
        """Ask the indexes, those behind a network at the same time.

        Args:
            part: what an index that answered in part returned; None: nothing.
            members: those to ask; None: all.
        """
        members = self._members if members is None else members
        waiting = [member for member in members if member.waits]
        if len(waiting) == len(members):  # this thread asks one of them
            waiting = waiting[1:]
        asked = {member: self._threads.submit(member.answer, question) for member in waiting}
        replies = {member: member.answer(question) for member in members if member not in asked}
        replies.update({member: future.result() for member, future in asked.items()})
        answers: _Answers[Result] = _Answers()
        for name, member in zip(self.names, self._members, strict=True):
            if member not in replies:
                continue
            reply = replies[member]
            if not isinstance(reply, CorpusIndexError):
                answers.given.append((name, reply))
                continue
            lacking = reply.lacking if isinstance(reply, IndexIncompleteError) else reply
            answers.lacking.append(f"index {name}: {lacking}")
            answers.error = answers.error or reply
            if part is not None and isinstance(reply, IndexIncompleteError):
                answers.given.append((name, part(reply)))
        return answers


def _fetch(documents: Sequence[str]) -> Callable[[Index], list[Document | None]]:
    return lambda index: index.fetch(documents)


def _sum(frequencies: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    total = np.sum(frequencies, axis=0, dtype=np.uint64)
    return np.minimum(total, _MOST).astype(np.uint32)


def _counts(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return by_count(total)


def _best(parts: Sequence[tuple[Candidate, ...]], limit: int) -> tuple[Candidate, ...]:
    """The best candidates of all indexes. One that several propose has the best of each value."""
    parts = [part for part in parts if part]
    if len(parts) < 2:
        return parts[0] if parts else ()
    known: dict[str, Candidate] = {}
    for part in parts:
        for new in part:
            old = known.get(new.document)
            known[new.document] = new if old is None else _both(old, new)
    return best_candidates(list(known.values()), limit)


def _both(a: Candidate, b: Candidate) -> Candidate:
    return Candidate(
        a.document,
        max(a.raw, b.raw),
        max(a.renamed, b.renamed),
        a.coverage | b.coverage,
        max(a.minhash, b.minhash),
        max(a.lexical, b.lexical),
    )


def _merged(parts: Sequence[tuple[str, Sequence[Occurrence]]]) -> tuple[Occurrence, ...]:
    """The occurrences of all indexes, each once, with the names of its indexes."""
    known: dict[int, Occurrence] = {}
    for name, occurrences in parts:
        for occurrence in occurrences:
            key = key_of(occurrence)
            same = known.get(key, occurrence)
            known[key] = replace(same, indexes=(*same.indexes, name))
    return in_order(known.values())
