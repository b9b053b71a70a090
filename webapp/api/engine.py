"""`/api/v1/engine`: the index for clients that use this service in its place.

For `whence` itself (`attribution.index.service`), not for other programs, so it is not in the
OpenAPI description. Messages are those of `attribution.index.service.wire`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from importlib.metadata import version
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request, stream_with_context

from attribution.errors import IndexIncompleteError
from webapp.api.index import description_of, public_source
from webapp.client import client_gone
from webapp.gates import BusyError
from webapp.guards.auth import client_name
from webapp.problems import Problem, logged_problem_of
from webapp.services import Services, services

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.index import Index
    from attribution.index.interface import Membership, RemovalPreview
    from attribution.index.service import wire
    from attribution.types import IndexDescription

__all__ = ["api"]

api = Blueprint("engine", __name__)

_SMALL_DOCUMENT = 64 << 10  # bytes


@api.get("/api/v1/engine")
def greeting() -> Response:
    """What this service is, and the summary of its index."""
    import msgspec

    from attribution.index.service import wire

    index = services().index()
    summary = index.summary()
    shape = wire.Greeting(
        wire.SERVICE, wire.PROTOCOL, version("whence"), summary, index.params.as_dict()
    )
    response = Response(msgspec.json.encode(shape), content_type="application/json")
    response.headers[wire.STATE] = wire.state_of(summary)
    return response


@api.post("/api/v1/engine/questions")
def look_up() -> Response:
    """Answer the questions of look-ups, one after the other, each when it is this client's turn."""
    from attribution.index.service import wire

    service = services()
    message = wire.decode(request.get_data(), wire.Questions, service.settings.max_batch)
    replies = _replies(service, message)
    first = list(islice(replies, 1))  # before the response starts: if it is refused, all are
    return Response(
        stream_with_context(chain(first, replies)),
        content_type=wire.CONTENT_TYPE,
        headers={"Content-Encoding": wire.ENCODING, "X-Accel-Buffering": "no"},
    )


def _replies(service: Services, message: wire.Questions) -> Iterator[bytes]:
    """The reply to each question, as bodies.

    Raises:
        BusyError: the first question gets no turn, so the others would get none either.
    """
    from attribution.index.service import wire

    gone = client_gone()
    known = message.known.hex()
    heads = frozenset(known[at : at + 2 * wire.HEAD] for at in range(0, len(known), 2 * wire.HEAD))
    state = ""
    for number, question in enumerate(message.questions):
        if gone():
            return
        try:
            if number:  # the first was counted as the request
                service.count_request()
            index = service.index()
            answer: wire.Answer = _answer(service, index, question, heads)
            state = wire.state_of(index.summary())  # as of now: it may have changed
        except Exception as error:
            if number == 0 and isinstance(error, BusyError):
                raise
            problem = logged_problem_of(error)
            service.metrics.problem(problem.kind)
            answer = wire.Refusal(problem.status, problem.kind, problem.detail, problem.retry_after)
        yield wire.encode(wire.Reply(number, state, answer), near=message.near)


def _answer(
    service: Services, index: Index, question: wire.Question, known: Set[str]
) -> wire.Answer:
    """
    Args:
        known: the first `wire.HEAD` bytes, in hex, of documents that the client has.
    """
    from attribution.index.service import wire

    with service.lookups.turn(client_name()):
        if isinstance(question, wire.ProposeRequest):
            service.count_lookups()  # not before: a refused turn is no look-up
            return _propose(index, question, known)
        if isinstance(question, wire.FetchRequest):
            return _fetch(index, question)
        return _occurrences(index, question)


@api.post("/api/v1/engine/<verb>")
def ask(verb: str) -> Response:
    """Answer a request to the index, when it is this client's turn."""
    from attribution.index.service import wire

    requests: dict[str, tuple[type[Any], Callable[[Index, Any], object]]] = {
        "search": (wire.SearchRequest, _search),
        "membership": (wire.OwnerRequest, _membership),
        "similar-names": (wire.OwnerRequest, _similar_names),
        "preview-removal": (wire.PreviewRequest, _preview_removal),
        "describe": (type(None), _describe),
    }
    if verb not in requests:
        raise Problem("not-found", f"the engine has no {verb[:40]!r}, but {', '.join(requests)}")
    kind, answer = requests[verb]
    service = services()
    message = wire.decode(request.get_data(), kind, service.settings.max_batch)
    index = service.index()
    with (service.searches if verb == "search" else service.lookups).turn(client_name()):
        if verb == "search":
            service.count_lookups()
        body = wire.encode(answer(index, message))
    response = Response(body, content_type=wire.CONTENT_TYPE)
    response.headers["Content-Encoding"] = wire.ENCODING
    response.headers[wire.STATE] = wire.state_of(index.summary())  # as of now: it may have changed
    return response


def _propose(index: Index, request: wire.ProposeRequest, known: Set[str]) -> wire.ProposeAnswer:
    from attribution.index.service import wire
    from attribution.selection import aligned_first

    sketch = request.sketch.sketch(index.params)
    limit = min(max(request.limit, 0), wire.MOST_CANDIDATES)
    proposal = index.propose(sketch, limit=limit, lexical=request.lexical)
    along = min(max(request.documents, 0), wire.MOST_SENT_ALONG)
    first = proposal.candidates if request.lexical else aligned_first(proposal.candidates, sketch)
    best = [candidate.document for candidate in first[:along]]
    best = [id_ for id_ in best if id_[: 2 * wire.HEAD] not in known]
    return wire.ProposeAnswer.of(proposal, _small_documents(index, best))


def _small_documents(index: Index, ids: list[str]) -> tuple[wire.StoredDocument, ...]:
    """Those that are worth sending unasked; the client asks for the others."""
    from attribution.index.service import wire

    try:
        documents = index.fetch(ids) if ids else []
    except IndexIncompleteError:
        return ()
    return tuple(
        wire.StoredDocument.of(one)
        for one in documents
        if one is not None and len(one.content) <= _SMALL_DOCUMENT
    )


def _fetch(index: Index, request: wire.FetchRequest) -> wire.FetchAnswer:
    from attribution.index.service import wire

    lacking = None
    try:
        documents = index.fetch(request.documents)
    except IndexIncompleteError as error:
        lacking, documents = error.lacking, list(error.documents)
    stored = (None if one is None else wire.StoredDocument.of(one) for one in documents)
    return wire.FetchAnswer(tuple(stored), lacking)


def _occurrences(index: Index, request: wire.OccurrencesRequest) -> wire.OccurrencesAnswer:
    from attribution.index.service import wire
    from attribution.partial_index import PartialIndex

    partial = PartialIndex(index)
    found = partial.occurrences_of(request.documents)
    return wire.OccurrencesAnswer(tuple(found), partial.failure)


def _search(index: Index, request: wire.SearchRequest) -> wire.SearchAnswer:
    from attribution.deadline import Deadline
    from attribution.index.service import wire

    seconds = min(max(request.seconds, 0), services().settings.lookup_seconds)
    deadline = Deadline(seconds, client_gone())
    limit = min(max(request.limit, 0), wire.MOST_HITS)
    lacking = None
    try:
        hits = tuple(index.search(request.query, limit=limit, stop=deadline))
    except IndexIncompleteError as error:
        lacking, hits = error.lacking, error.hits
    return wire.SearchAnswer(tuple(map(wire.Hit.of, hits)), deadline.reached, lacking)


def _membership(index: Index, request: wire.OwnerRequest) -> list[Membership]:
    return list(index.membership(request.name))


def _similar_names(index: Index, request: wire.OwnerRequest) -> list[str]:
    return index.similar_names(request.name)


def _preview_removal(index: Index, request: wire.PreviewRequest) -> RemovalPreview:
    from attribution.index.service import wire

    limit = min(max(request.limit, 0), wire.MOST_CANDIDATES)
    return index.preview_removal(request.opt_outs, limit=limit)


def _describe(index: Index, _: None) -> IndexDescription:
    from dataclasses import replace

    described = description_of(index)
    return replace(described, sources=tuple(map(public_source, described.sources)))
