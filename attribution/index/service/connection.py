"""Requests to a service: what is sent together, time-outs and retries.

All requests only read, so each may be repeated: when the service is busy (429 and 503, after the
time that it asks for), when a proxy finds no service (502, 504), and when the connection is lost,
as it is when the service restarts.
"""

from __future__ import annotations

import contextlib
import random
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeGuard, TypeVar

import httpx2
import msgspec

from attribution.certificates import is_certificate
from attribution.environment import is_loopback
from attribution.errors import (
    IndexFormatError,
    IndexNotFoundError,
    IndexVersionError,
    InputError,
    WhenceError,
)
from attribution.index.service.address import ServiceAccess, parse
from attribution.index.service.batching import Batcher
from attribution.index.service.failures import RETRIED, ServiceErrors
from attribution.index.service.wire import (
    CONTENT_TYPE,
    ENCODING,
    MOST_QUESTIONS,
    PROTOCOL,
    QUESTIONS,
    ROUTE,
    SERVICE,
    STATE,
    Greeting,
    Question,
    Questions,
    Refusal,
    Reply,
    decode,
    decode_each,
    encode,
    size_of,
)
from attribution.retry_after import retry_after

__all__ = ["Connection"]

_CONNECTIONS = 64  # at once
# Requests of look-ups under way. On this machine a second one would only make both smaller; over a
# network, the service works on one while another travels.
_REQUESTS, _REQUESTS_HERE = 4, 1
_QUESTION_BYTES = 512 << 10  # in one request: less than what a service accepts
_FIRST_PATIENCE = 3.0  # seconds in which a service must be reached for the first time
_BACKOFF, _LONGEST_BACKOFF = 0.2, 5.0  # seconds before a second attempt; doubles, with jitter
_LONGEST_PAUSE = 120.0  # seconds that a service may ask a client to wait
_MOST_ATTEMPTS = 100
_MOST_ANSWER = 1 << 30  # bytes
_BODY = {"Content-Type": CONTENT_TYPE, "Content-Encoding": ENCODING}  # headers

Answer = TypeVar("Answer")
_Outcome = Reply | httpx2.Response | Exception  # of one attempt


class _NotReachedError(Exception):
    """An earlier question of the request took too long."""


class Connection:
    """One service. Threads may share it. Nothing is sent until a method is called."""

    def __init__(
        self,
        location: str,
        access: ServiceAccess | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """
        Args:
            access: the settings; None reads the environment.
            transport: how requests are sent; None: over the network.

        Raises:
            InputError: the address or a setting is invalid.
        """
        host = parse(location, allow_http=True).hostname or ""
        access = access or ServiceAccess.from_environment(host)
        parts = parse(location, allow_http=access.allow_http)
        self.address = f"{parts.scheme}://{parts.netloc}{parts.path}"
        self._access = access
        self._errors = ServiceErrors(self.address, access.timeout, access.key is not None)
        self.loopback = is_loopback(host)
        self._reached = False  # whether the service ever answered
        self.known: Callable[[], bytes] = bytes  # heads of documents that need not be sent along
        self.lookups: Batcher[Question, _Outcome] = Batcher(
            self._exchange,
            requests=_REQUESTS_HERE if self.loopback else _REQUESTS,
            most=MOST_QUESTIONS,
            most_bytes=_QUESTION_BYTES,
        )
        headers = {"Accept": CONTENT_TYPE}
        if access.key is not None:
            headers["Authorization"] = f"Bearer {access.key}"
        try:
            verify = True if access.ca is None else ssl.create_default_context(cafile=access.ca)
            self._client = httpx2.Client(
                headers=headers,
                timeout=access.timeout,
                limits=httpx2.Limits(
                    max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS
                ),
                verify=verify,
                transport=transport,
                trust_env=not self.loopback,  # the environment's proxy is for other machines
            )
        except (OSError, ValueError) as exc:  # ssl.SSLError is an OSError
            raise InputError(
                f"the settings for {self.address} cannot be used: {exc}; check WHENCE_SERVICE_CA "
                "and the proxy variables"
            ) from exc

    def greeting(self) -> tuple[Greeting, str]:
        """What the service says about itself, and the state of its index.

        Raises:
            CorpusIndexError: it does not answer, has no index, or is no Whence service.
        """
        response, content = self._send("GET", ROUTE)
        try:
            greeting = msgspec.json.decode(content, type=Greeting)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise self._errors.other_server(response) from None
        if greeting.service != SERVICE:
            raise self._errors.other_server(response)
        if greeting.protocol != PROTOCOL:
            raise IndexVersionError(
                f"the service at {self.address} is Whence {greeting.release} with version "
                f"{greeting.protocol} of the protocol, and this Whence has {PROTOCOL}; install the "
                "same release on both sides"
            )
        return greeting, response.headers.get(STATE, "")

    def look_up(self, question: Question, kind: type[Answer]) -> tuple[Answer, str]:
        """The answer to a question of a look-up, and the state of the index that gave it.

        What several threads ask at the same time is sent in one request. A question that was not
        reached there, because an earlier one took too long, is then sent alone.

        Raises:
            WhenceError: the error that the index raised, or of the connection.
        """
        size = size_of(question)
        outcome: _Outcome | None = None

        def attempt() -> _Outcome:
            nonlocal outcome
            if isinstance(outcome, _NotReachedError):
                ((_, outcome),) = self._exchange([question])
            else:
                (outcome,) = self.lookups.ask([(question, size)])
            return outcome

        reply = self._until_answered(attempt)
        if not isinstance(reply, Reply) or not isinstance(reply.answer, kind):
            raise self._errors.unreadable("it answers another question")
        return reply.answer, reply.state

    def look_up_ahead(self, questions: Sequence[Question]) -> list[Reply | None]:
        """The replies to several questions; None for one that is not answered at once."""
        outcomes = self.lookups.ask([(question, size_of(question)) for question in questions])
        return [
            one if isinstance(one, Reply) and not isinstance(one.answer, Refusal) else None
            for one in outcomes
        ]

    def ask(self, verb: str, request: object, kind: type[Answer]) -> tuple[Answer, str]:
        """The answer to a request, and the state of the index that gave it.

        Raises:
            WhenceError: the error that the index raised, or of the connection.
        """
        response, content = self._send("POST", f"{ROUTE}/{verb}", encode(request))
        try:
            return decode(content, kind, _MOST_ANSWER), response.headers.get(STATE, "")
        except InputError as exc:
            raise self._errors.unreadable(str(exc)) from exc

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # it may be half made, or the interpreter may end
            self._client.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(
        self, method: str, path: str, body: bytes | None = None
    ) -> tuple[httpx2.Response, bytes]:
        """The response and its content, which is still compressed if the request has a body."""
        content = b""

        def attempt() -> _Outcome:
            nonlocal content
            try:
                with self._client.stream(
                    method, self.address + path, content=body, headers=_BODY if body else None
                ) as response:
                    if body and response.status_code == 200:
                        # a message: whether httpx2 itself can unpack it depends on the system
                        content = b"".join(response.iter_raw())
                    else:
                        content = response.read()
                    return response
            except httpx2.HTTPError as exc:
                return exc

        response = self._until_answered(attempt)
        assert isinstance(response, httpx2.Response)
        return response, content

    def _exchange(self, questions: Sequence[Question]) -> Iterator[tuple[int, _Outcome]]:
        """Send questions in one request; yields the outcome of each, by its number."""
        message = Questions(tuple(questions), self.loopback, self.known())
        body = encode(message, near=self.loopback)
        left = dict.fromkeys(range(len(questions)))
        failure: httpx2.Response | Exception
        try:
            with self._client.stream(
                "POST", self.address + QUESTIONS, content=body, headers=_BODY
            ) as response:
                if response.status_code == 200:
                    for reply in decode_each(response.iter_raw(), Reply, _MOST_ANSWER):
                        if reply.number in left:
                            del left[reply.number]
                            yield reply.number, reply
                    failure = httpx2.RemoteProtocolError("the answer is cut off")
                else:
                    response.read()
                    failure = response
        except (httpx2.HTTPError, InputError) as exc:
            failure = exc
        for number in left:
            yield number, failure
            if isinstance(failure, httpx2.ReadTimeout):
                # answers come in the order of the questions, so the first took too long
                failure = _NotReachedError()

    def _until_answered(self, attempt: Callable[[], _Outcome]) -> httpx2.Response | Reply:
        """Attempt until there is an answer or no patience left; raises the last error then."""
        patience = self._access.patience
        end = time.monotonic() + (patience if self._reached else min(patience, _FIRST_PATIENCE))
        attempts = 0
        while True:
            outcome = attempt()
            attempts += 1
            if _is_answer(outcome):
                self._reached = True
                return outcome
            error, again, asked = self._failure(outcome)
            if isinstance(outcome, _NotReachedError) or (
                again and attempts == 1 and not isinstance(outcome, Exception)
            ):
                # the service is there, so it deserves all of the patience
                end = max(end, time.monotonic() + patience)
            backoff = min(_BACKOFF * 2**attempts, _LONGEST_BACKOFF) * random.uniform(0.5, 1.5)
            # Not all clients at the same moment, and without a growing backoff: with it, a client
            # that was refused often would always come last.
            pause = asked * random.uniform(1, 1.5) if asked else backoff
            late = time.monotonic() + pause > end
            if not again or pause > _LONGEST_PAUSE or attempts >= _MOST_ATTEMPTS or late:
                raise error
            time.sleep(pause)

    def _failure(
        self, outcome: httpx2.Response | Reply | Exception
    ) -> tuple[WhenceError, bool, float | None]:
        """Our error, whether another attempt may succeed, and after how many seconds the service
        wants it."""
        if isinstance(outcome, httpx2.HTTPError):
            error = self._errors.lost(outcome)
            error.__cause__ = outcome
            return error, _may_pass(outcome), None
        if isinstance(outcome, _NotReachedError):
            return self._errors.too_slow("another look-up"), True, None
        if isinstance(outcome, Exception):
            return self._errors.unreadable(str(outcome)), False, None
        if isinstance(outcome, Reply):
            assert isinstance(outcome.answer, Refusal)
            status, asked = outcome.answer.status, outcome.answer.retry_after
            error = self._errors.problem(status, outcome.answer.kind, outcome.answer.detail)
        else:
            status, asked = outcome.status_code, retry_after(outcome.headers)
            error = self._errors.refusal(outcome)
        last = isinstance(error, IndexNotFoundError | IndexFormatError)
        return error, status in RETRIED and not last, asked


def _is_answer(outcome: _Outcome) -> TypeGuard[httpx2.Response | Reply]:
    if isinstance(outcome, Reply):
        return not isinstance(outcome.answer, Refusal)
    return isinstance(outcome, httpx2.Response) and outcome.status_code == 200


def _may_pass(exc: httpx2.HTTPError) -> bool:
    """Whether the failure may pass: a server that restarts or that closed an idle connection."""
    if is_certificate(exc) or isinstance(exc, httpx2.ReadTimeout | httpx2.WriteTimeout):
        return False
    return isinstance(exc, httpx2.TransportError) and not isinstance(exc, httpx2.ProxyError)
