"""`ServiceIndex`: the index of a service, read over HTTP."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import takewhile
from time import monotonic as _now
from typing import TypeVar

import msgspec

from attribution.deadline import Deadline
from attribution.errors import IndexFormatError, IndexIncompleteError, ParamsMismatchError
from attribution.index.interface import (
    Index,
    Membership,
    Proposal,
    RemovalPreview,
    WordHit,
    WordQuery,
)
from attribution.index.service.address import ServiceAccess
from attribution.index.service.connection import Connection
from attribution.index.service.recent import Recent
from attribution.index.service.wire import (
    HEAD,
    MOST_DOCUMENTS,
    MOST_KNOWN,
    FetchAnswer,
    FetchRequest,
    OccurrencesAnswer,
    OccurrencesRequest,
    OwnerRequest,
    PreviewRequest,
    ProposeAnswer,
    ProposeRequest,
    Question,
    SearchAnswer,
    SearchRequest,
    SketchMessage,
)
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.types import Document, IndexDescription, IndexSummary, Occurrence, OptOut

__all__ = ["ServiceIndex"]

_SEARCH_SECONDS = 10.0  # of a search without a time limit of its own
_SENT_ALONG = 4  # documents with a proposal, of those that are compared in any case
_AT_ONCE = 32  # look-ups under way: while one waits others work, and what they ask is sent together
_DOCUMENT_BYTES = 64 << 20  # of recently fetched documents that are kept
_OCCURRENCES = 20_000  # of recently fetched ones that are kept
_PROPOSAL_BYTES = 32 << 20  # of recent proposals that are kept; one has some 20 kB
_CANDIDATE_BYTES = 300  # about
_FRESH_SECONDS = 10.0  # for which a proposal is used again: no longer, as code may be removed

Answer = TypeVar("Answer")
Value = TypeVar("Value")


class ServiceIndex(Index):
    """An index behind a service. Threads may share it.

    The summary is as of the opening or the last `refresh`. If an answer comes from another state of
    the index, `summary().version` names both, so that nothing computed since then is taken for the
    result of one version.
    """

    remote = True
    at_once = _AT_ONCE

    def __init__(self, connection: Connection) -> None:
        """Ask the service for its index.

        Raises:
            CorpusIndexError: it does not answer, has no index, or is no Whence service.
            ParamsMismatchError: the index was built with another version of the lexer.
        """
        self._connection = connection
        connection.known = self._known_heads
        self._lock = threading.Lock()
        self._documents: Recent[Document] = Recent(_DOCUMENT_BYTES, lambda one: len(one.content))
        self._occurrences: Recent[tuple[Occurrence, ...]] = Recent(_OCCURRENCES, len)
        # with the time of its arrival
        self._proposals: Recent[tuple[float, ProposeAnswer]] = Recent(_PROPOSAL_BYTES, _size_of)
        self._state = self._last = ""  # of the summary, and of the last answer
        self._changed = False  # whether an answer had another state than the summary
        self._summary, self.params = self._read_state()

    @classmethod
    def open(cls, location: str, access: ServiceAccess | None = None) -> ServiceIndex:
        """Open the index of the service at an address. Raises as the constructor.

        Raises:
            InputError: the address or a setting is invalid.
        """
        return cls(Connection(location, access))

    def working(self) -> AbstractContextManager[None]:
        return self._connection.lookups.working()

    def propose_ahead(self, wanted: Sequence[tuple[Sketch, int]]) -> None:
        if len(wanted) < 2:
            return
        requests = {}
        for sketch, limit in wanted:
            request = ProposeRequest(SketchMessage.of(sketch), limit, False, _SENT_ALONG)
            requests[_key_of(request)] = request
        fresh = self._fresh(requests)
        new = [key for key in requests if key not in fresh]
        replies = self._connection.look_up_ahead([requests[key] for key in new])
        for key, reply in zip(new, replies, strict=True):
            if reply is not None and isinstance(reply.answer, ProposeAnswer):
                self._notice(reply.state)
                self._keep_proposal(key, reply.answer, reply.state)

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        request = ProposeRequest(SketchMessage.of(sketch), limit, lexical, _SENT_ALONG)
        proposal = self._propose(request).proposal()
        wanted = (len(sketch.raw), len(sketch.renamed), len(sketch.words))
        if (len(proposal.raw_df), len(proposal.renamed_df), len(proposal.word_df)) != wanted:
            raise IndexFormatError(
                f"the answer of {self._connection.address} has counts for other fingerprints than "
                "it was asked about; update the service"
            )
        return proposal

    def _propose(self, request: ProposeRequest) -> ProposeAnswer:
        """The answer, without its documents.

        The parts of a text with long lines are looked up dozens of times, so it may be an answer of
        a moment ago.
        """
        key = _key_of(request)
        if (fresh := self._fresh([key]).get(key)) is not None:
            return fresh
        answer, state = self._look_up(request, ProposeAnswer)
        return self._keep_proposal(key, answer, state)

    def _fresh(self, keys: Iterable[str]) -> dict[str, ProposeAnswer]:
        """The answers to those requests that are of a moment ago."""
        since = _now() - _FRESH_SECONDS
        recent = self._proposals.of(keys).items()
        return {key: one for key, (arrived, one) in recent if arrived > since}

    def _keep_proposal(self, key: str, answer: ProposeAnswer, state: str) -> ProposeAnswer:
        """Keep an answer and its documents; returns it without them."""
        for stored in answer.documents:
            self._keep(self._documents, stored.id, stored.document(), state)
        answer = msgspec.structs.replace(answer, documents=())
        if answer.incomplete is None:
            self._keep(self._proposals, key, (_now(), answer), state)
        return answer

    def _known_heads(self) -> bytes:
        return bytes.fromhex("".join(id_[: 2 * HEAD] for id_ in self._documents.newest(MOST_KNOWN)))

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        known = self._documents.of(documents)
        lacking = None
        for part in _parts([id_ for id_ in dict.fromkeys(documents) if id_ not in known]):
            answer, state = self._look_up(FetchRequest(part), FetchAnswer)
            lacking = lacking or answer.lacking
            for stored in answer.documents:
                if stored is not None:
                    known[stored.id] = stored.document()
                    self._keep(self._documents, stored.id, known[stored.id], state)
        found = [known.get(id_) for id_ in documents]
        if lacking is not None:
            raise IndexIncompleteError(_incomplete(lacking), lacking, documents=found)
        return found

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        found, lacking = self._read_occurrences([document])
        if lacking is not None:
            raise IndexIncompleteError(_incomplete(lacking), lacking, occurrences=found[0])
        return found[0]

    def occurrences_of(self, documents: Sequence[str]) -> list[tuple[Occurrence, ...]]:
        found, lacking = self._read_occurrences(documents)
        if lacking is not None:
            raise IndexIncompleteError(_incomplete(lacking), lacking)
        return found

    def _read_occurrences(
        self, documents: Sequence[str]
    ) -> tuple[list[tuple[Occurrence, ...]], str | None]:
        known = self._occurrences.of(documents)
        lacking = None
        for part in _parts([id_ for id_ in dict.fromkeys(documents) if id_ not in known]):
            answer, state = self._look_up(OccurrencesRequest(part), OccurrencesAnswer)
            lacking = lacking or answer.lacking
            for id_, occurrences in zip(part, answer.occurrences, strict=True):
                known[id_] = occurrences
                if answer.lacking is None:
                    self._keep(self._occurrences, id_, occurrences, state)
        return [known[id_] for id_ in documents], lacking

    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        deadline = stop if isinstance(stop, Deadline) else Deadline(_SEARCH_SECONDS)
        request = SearchRequest(query, limit, deadline.seconds)
        answer = self._ask("search", request, SearchAnswer)
        deadline.reached = answer.stopped
        hits = (hit.hit() for hit in answer.hits)
        if answer.lacking is not None:
            lacking = answer.lacking
            raise IndexIncompleteError(_incomplete(lacking), lacking, hits=tuple(hits))
        if stop is None or stop is deadline:
            return hits
        return takewhile(lambda _: not stop(), hits)

    def membership(self, owner: str) -> Iterator[Membership]:
        return iter(self._ask("membership", OwnerRequest(owner), tuple[Membership, ...]))

    def similar_names(self, name: str) -> list[str]:
        return self._ask("similar-names", OwnerRequest(name), list[str])

    def preview_removal(self, opt_outs: Sequence[OptOut], *, limit: int = 100) -> RemovalPreview:
        request = PreviewRequest(tuple(opt_outs), limit)
        return self._ask("preview-removal", request, RemovalPreview)

    def summary(self) -> IndexSummary:
        if not self._changed:
            return self._summary
        version = f"{self._summary.version}, which changed meanwhile ({self._last})"
        return replace(self._summary, version=version)

    def describe(self) -> IndexDescription:
        return self._ask("describe", None, IndexDescription)

    def refresh(self) -> bool:
        before = self._state
        summary, params = self._read_state()
        if params != self.params:
            raise ParamsMismatchError(
                f"the index of the service at {self._connection.address} was rebuilt with other "
                "parameters; start the command again"
            )
        self._summary = summary
        return self._state != before

    def close(self) -> None:
        self._connection.close()

    def _look_up(self, question: Question, kind: type[Answer]) -> tuple[Answer, str]:
        """The answer, and the state of the index that gave it."""
        answer, state = self._connection.look_up(question, kind)
        self._notice(state)
        return answer, state

    def _keep(self, recent: Recent[Value], key: str, value: Value, state: str) -> None:
        """Keep what was read, unless an answer to another thread shows that the index changed."""
        with self._lock:
            if state == self._last:
                recent.put(key, value)

    def _ask(self, verb: str, request: object, kind: type[Answer]) -> Answer:
        answer, state = self._connection.ask(verb, request, kind)
        self._notice(state)
        return answer

    def _notice(self, state: str) -> None:
        """Note the state of the index that gave an answer."""
        with self._lock:
            if state != self._last:
                self._forget(state)
            self._changed = self._changed or state != self._state

    def _read_state(self) -> tuple[IndexSummary, SketchParams]:
        greeting, state = self._connection.greeting()
        ours = SketchParams()
        params = SketchParams(**{key: greeting.params.get(key, 0) for key in ours.as_dict()})
        if params.lexer_version != ours.lexer_version:
            raise ParamsMismatchError(
                f"the index of the service at {self._connection.address} was built with version "
                f"{params.lexer_version} of the lexer, this is {ours.lexer_version}; use the "
                f"release of Whence that the service has ({greeting.release})"
            )
        with self._lock:
            if state != self._last:
                self._forget(state)
            self._state, self._changed = state, False
        return greeting.summary, params

    def _forget(self, state: str) -> None:
        """Drop what was read before a change: documents may have been removed since."""
        self._last = state
        self._proposals.clear()
        self._documents.clear()
        self._occurrences.clear()


def _key_of(request: ProposeRequest) -> str:
    """A text that differs for each request."""
    return hashlib.blake2b(msgspec.msgpack.encode(request), digest_size=16).hexdigest()


def _size_of(kept: tuple[float, ProposeAnswer]) -> int:
    """Of a proposal, in bytes."""
    answer = kept[1]
    counts = len(answer.raw_df) + len(answer.renamed_df) + len(answer.word_df)
    return counts + _CANDIDATE_BYTES * len(answer.candidates)


def _parts(documents: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(documents), MOST_DOCUMENTS):
        yield tuple(documents[start : start + MOST_DOCUMENTS])


def _incomplete(lacking: str) -> str:
    return f"the index behind the service did not answer in full: {lacking}"
