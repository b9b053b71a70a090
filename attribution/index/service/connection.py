"""Requests to a service: time-outs, retries, and its errors as ours.

All requests only read, so each may be repeated: when the service is busy (429 and 503, after the
time that it asks for), when a proxy finds no service (502, 504), and when the connection is lost,
as it is when the service restarts. Messages never contain the key.
"""

from __future__ import annotations

import contextlib
import json
import random
import ssl
import time
from typing import TypeVar

import httpx2
import msgspec

from attribution.environment import is_loopback
from attribution.errors import (
    CorpusIndexError,
    IndexDamagedError,
    IndexFormatError,
    IndexLockedError,
    IndexNotFoundError,
    IndexUnavailableError,
    IndexVersionError,
    InputError,
    StorageError,
    WhenceError,
)
from attribution.index.service.address import ServiceAccess, parse
from attribution.index.service.wire import (
    CONTENT_TYPE,
    ENCODING,
    PROTOCOL,
    ROUTE,
    SERVICE,
    STATE,
    Greeting,
    decode,
    encode,
)
from attribution.retry_after import retry_after

__all__ = ["Connection"]

_CONNECTIONS = 64  # at once
_FIRST_PATIENCE = 3.0  # seconds in which a service must be reached for the first time
_BACKOFF, _LONGEST_BACKOFF = 0.2, 5.0  # seconds before a second attempt; doubles, with jitter
_LONGEST_PAUSE = 120.0  # seconds that a service may ask a client to wait
_MOST_ATTEMPTS = 100
_MOST_ANSWER = 1 << 30  # bytes
_RETRIED = frozenset({429, 502, 503, 504})

# `type` of a problem document (webapp/problems.py) -> the error that the index itself would raise
_ERRORS: dict[str, type[WhenceError]] = {
    "bad-request": InputError,
    "input": InputError,
    "index-missing": IndexNotFoundError,
    "index-damaged": IndexDamagedError,
    "index-version": IndexVersionError,
    "index-format": IndexFormatError,
    "index-locked": IndexLockedError,
    "index-unavailable": IndexUnavailableError,
    "index-failed": CorpusIndexError,
}

Answer = TypeVar("Answer")


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
        self.loopback = is_loopback(host)
        self._reached = False  # whether the service ever answered
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
        response = self._send("GET", ROUTE, None)
        try:
            greeting = msgspec.json.decode(response.content, type=Greeting)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise self._other_server(response) from None
        if greeting.service != SERVICE:
            raise self._other_server(response)
        if greeting.protocol != PROTOCOL:
            raise IndexVersionError(
                f"the service at {self.address} is Whence {greeting.release} with version "
                f"{greeting.protocol} of the protocol, and this Whence has {PROTOCOL}; install the "
                "same release on both sides"
            )
        return greeting, response.headers.get(STATE, "")

    def ask(self, verb: str, request: object, kind: type[Answer]) -> tuple[Answer, str]:
        """The answer to a request, and the state of the index that gave it.

        Raises:
            WhenceError: the error that the index raised, or of the connection.
        """
        response = self._send("POST", f"{ROUTE}/{verb}", encode(request))
        try:
            return decode(response.content, kind, _MOST_ANSWER), response.headers.get(STATE, "")
        except InputError as exc:
            raise IndexFormatError(
                f"the answer of {self.address} cannot be read: {exc}; is a proxy in between that "
                "changes it, or an older Whence?"
            ) from exc

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # it may be half made, or the interpreter may end
            self._client.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(self, method: str, path: str, body: bytes | None) -> httpx2.Response:
        headers = {"Content-Type": CONTENT_TYPE, "Content-Encoding": ENCODING} if body else None
        patience = self._access.patience
        end = time.monotonic() + (patience if self._reached else min(patience, _FIRST_PATIENCE))
        attempt = 0
        while True:
            asked: float | None = None  # seconds after which the service wants to be asked again
            try:
                response = self._client.request(
                    method, self.address + path, content=body, headers=headers
                )
            except httpx2.HTTPError as exc:
                error: WhenceError = self._lost(exc)
                error.__cause__ = exc
                again = _may_pass(exc)
            else:
                if response.status_code == 200:
                    self._reached = True
                    return response
                error = self._refusal(response)
                again = response.status_code in _RETRIED and not isinstance(
                    error, IndexNotFoundError | IndexFormatError
                )
                if again:
                    asked = retry_after(response.headers)
                    # the service is there, so it deserves all of the patience
                    end = max(end, time.monotonic() + patience) if attempt == 0 else end
            attempt += 1
            backoff = min(_BACKOFF * 2**attempt, _LONGEST_BACKOFF) * random.uniform(0.5, 1.5)
            # Not all clients at the same moment, and without a growing backoff: with it, a client
            # that was refused often would always come last.
            pause = asked * random.uniform(1, 1.5) if asked else backoff
            late = time.monotonic() + pause > end
            if not again or pause > _LONGEST_PAUSE or attempt >= _MOST_ATTEMPTS or late:
                raise error
            time.sleep(pause)

    def _lost(self, exc: httpx2.HTTPError) -> WhenceError:
        """Our error for a failure of the network."""
        where = self.address
        if _is_certificate(exc):
            return IndexUnavailableError(
                f"the certificate of {where} is not trusted ({exc}); give the authority that "
                "signed it in WHENCE_SERVICE_CA"
            )
        if isinstance(exc, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
            return IndexUnavailableError(
                f"the service at {where} cannot be reached ({exc}); check that it runs, host, "
                "port, and http or https"
            )
        if isinstance(exc, httpx2.TimeoutException):
            return IndexUnavailableError(
                f"the service at {where} did not answer within {self._access.timeout:g} s; look at "
                "its load, or raise WHENCE_SERVICE_TIMEOUT"
            )
        return IndexUnavailableError(
            f"the connection to {where} failed ({type(exc).__name__}: {exc}); check that a Whence "
            "service runs there, and http or https"
        )

    def _refusal(self, response: httpx2.Response) -> WhenceError:
        """Our error for a status other than 200."""
        where, status = self.address, response.status_code
        problem = _problem_of(response)
        if problem is None:
            if status in _RETRIED:
                return IndexUnavailableError(
                    f"the service at {where} is unavailable: HTTP {status} from "
                    f"{_server_of(response)}"
                )
            return self._other_server(response)
        kind, detail = problem
        if status == 401:
            given = "refuses the key" if self._access.key else "needs a key"
            return StorageError(
                f"the service at {where} {given}; set WHENCE_KEY or WHENCE_KEY_FILE to one that "
                "`whence keys add NAME` printed"
            )
        if kind == "not-found":
            return IndexVersionError(
                f"the Whence at {where} is too old to be used as an index; update it, or if a "
                "proxy serves it under a path, start it with --prefix PATH"
            )
        error = _ERRORS.get(kind, IndexUnavailableError if status in _RETRIED else CorpusIndexError)
        return error(f"the service at {where} answers: {detail}")

    def _other_server(self, response: httpx2.Response) -> WhenceError:
        """The error for an answer that is not Whence's."""
        if "x-elastic-product" in response.headers:
            answer = (
                "Elasticsearch answered; an index has a port and a name, without a slash at its "
                "end: https://HOST:9200/NAME"
            )
        else:
            kind = response.headers.get("content-type", "no content type").partition(";")[0]
            answer = f"{_server_of(response)} answered HTTP {response.status_code} with {kind}"
            if location := response.headers.get("location"):
                answer += f" and refers to {location.partition('?')[0]}"
        return IndexFormatError(f"there is no Whence service at {self.address}: {answer}")


def _problem_of(response: httpx2.Response) -> tuple[str, str] | None:
    """Kind and detail of a problem document; None if the answer is none of ours."""
    try:
        shape = json.loads(response.content)
        prefix, _, kind = shape["type"].rpartition("/")
        return (kind, str(shape["detail"])) if prefix == "/problems" else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _server_of(response: httpx2.Response) -> str:
    return response.headers.get("server") or "a server without a name"


def _may_pass(exc: httpx2.HTTPError) -> bool:
    """Whether the failure may pass: a server that restarts or that closed an idle connection."""
    if _is_certificate(exc) or isinstance(exc, httpx2.ReadTimeout | httpx2.WriteTimeout):
        return False
    return isinstance(exc, httpx2.TransportError) and not isinstance(exc, httpx2.ProxyError)


def _is_certificate(exc: BaseException | None) -> bool:
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(exc):
            return True
        exc = exc.__cause__ or exc.__context__
    return False
