"""A connection to a generation server: requests, timeouts, retries, and its errors as ours.

A request is only repeated before any of its answer has come: later, text that was shown already
would change. Messages contain neither the key, even if the server repeats it, nor the address:
clients of the service see them.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

import httpx2

from inference.errors import (
    GenerationError,
    GenerationTimeoutError,
    ModelError,
    OverloadedError,
    PromptError,
    RemoteError,
)
from inference.openai_chunks import message_of

__all__ = ["Connection", "RemoteLimits", "RemoteStream"]

_CONNECTIONS = 64  # at once to one server; more requests wait for one
_ERROR_CHUNK, _ERROR_CHUNKS = 1 << 10, 64  # how much of an error's body is read
_LOOPBACK = ("127.", "localhost", "[::1]", "::1")


@dataclass(frozen=True, slots=True)
class RemoteLimits:
    """Timeouts and retries."""

    connect: float = 5.0  # seconds
    first_byte: float = 60.0  # seconds from the request to the first event: servers queue requests
    silence: float = 60.0  # seconds between two events
    attempts: int = 4  # in all
    backoff: float = 0.5  # seconds before the second attempt; doubles, with jitter
    longest_pause: float = 20.0  # seconds; a server that asks for a longer one is overloaded


class Connection:
    """One server. Safe to share between threads. Nothing is sent until a method is called.

    Raises:
        ModelError: the address is not an HTTP address.
    """

    def __init__(self, address: str, key: str | None, limits: RemoteLimits) -> None:
        try:
            url = httpx2.URL(address)
        except (httpx2.InvalidURL, ValueError):
            url = httpx2.URL()
        if url.scheme not in ("http", "https") or not url.host:
            raise ModelError(f"{address!r} is not an address: write http://HOST:PORT/v1")
        if url.path in ("", "/"):
            url = url.copy_with(path="/v1")  # as on all such servers
        self.address = str(url).rstrip("/")
        self.limits = limits
        self._key = key
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(limits.silence, connect=limits.connect),
            limits=httpx2.Limits(max_connections=_CONNECTIONS),
            # the environment's proxy is for other machines
            trust_env=not url.host.startswith(_LOOPBACK),
        )

    def get(self, path: str) -> Any:
        """The JSON at a path, with a single attempt.

        Raises:
            GenerationError: the request failed.
        """
        try:
            response = self._client.get(f"{self.address}/{path}")
        except httpx2.HTTPError as exc:
            raise self.network_error(exc) from exc
        if response.status_code != 200:
            raise self.status_error(response)
        try:
            return json.loads(response.content)
        except (ValueError, RecursionError) as exc:
            raise RemoteError(
                f"the generation server does not return JSON for {path}: is it compatible with "
                "OpenAI's API?"
            ) from exc

    def post(self, path: str, body: dict[str, Any]) -> RemoteStream:
        """A streamed answer. The request is sent when it is read."""
        return RemoteStream(self, self._client, f"{self.address}/{path}", body)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def network_error(self, exc: httpx2.HTTPError) -> GenerationError:
        """Our error for a failure of the network."""
        if isinstance(exc, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
            return RemoteError(
                f"the generation server cannot be reached ({self._clean(exc)}): is it running?"
            )
        if isinstance(exc, httpx2.TimeoutException):
            return GenerationTimeoutError(
                f"the generation server sent no text for {self.limits.silence:g} seconds"
            )
        return RemoteError(f"the connection to the generation server failed: {self._clean(exc)}")

    def status_error(self, response: httpx2.Response) -> GenerationError:
        """Our error for a response with an error status, of which the start is read."""
        status = response.status_code
        body = response.content if response.is_closed else _start_of(response)
        try:
            message = self._clean(message_of(json.loads(body)))
        except (ValueError, RecursionError):
            message = self._clean(message_of(body.decode("utf-8", "replace")))
        if status in (401, 403):  # whose message may hold the key
            return ModelError(
                f"the generation server refuses access ({status}): set WHENCE_REMOTE_API_KEY "
                "to a key that it accepts"
            )
        if status == 404:
            return ModelError(f"the generation server has no such model or no such API: {message}")
        if status in (429, 503):
            pause = _retry_after(response.headers)
            return OverloadedError(
                f"the generation server is overloaded ({status}): {message}",
                retry_after=1.0 if pause is None else pause,
            )
        if 400 <= status < 500 and status != 408:
            return PromptError(f"the generation server rejects the request ({status}): {message}")
        return RemoteError(f"the generation server failed ({status}): {message}", status)

    def _clean(self, message: object) -> str:
        text = str(message) or type(message).__name__
        return text.replace(self._key, "***") if self._key else text


class RemoteStream:
    """An iterator of the data of an answer's events. One thread reads it, any may close it."""

    def __init__(
        self, connection: Connection, client: httpx2.Client, url: str, body: dict[str, Any]
    ) -> None:
        self._connection = connection
        self._client = client
        self._request = client.build_request("POST", url, json=body)
        self._request.extensions["timeout"]["read"] = connection.limits.first_byte
        self._closed = threading.Event()
        self._response: httpx2.Response | None = None

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed.is_set()

    def close(self) -> None:
        """Close the connection, so that the server stops generating; ends a read at once."""
        self._closed.set()
        response = self._response
        if response is None:
            return
        stream = response.extensions.get("network_stream")
        raw = None if stream is None else stream.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):  # it is closed already
                raw.shutdown(socket.SHUT_RDWR)

    def __iter__(self) -> Iterator[str]:
        """The data of the events, until the end of the answer or `close`.

        Raises:
            GenerationError: the server or the network failed.
        """
        response = self._respond()
        if response is None:
            return
        try:
            if "json" in response.headers.get("content-type", ""):
                yield response.read().decode("utf-8", "replace")  # the server does not stream
                return
            limits = self._connection.limits
            assert isinstance(response.stream, httpx2.SyncByteStream)
            stream = response.stream = _LimitedStream(response.stream, limits.first_byte)
            for event in httpx2.EventSource(response):
                if self.closed:
                    return
                yield event.data
                stream.deadline = time.monotonic() + limits.silence
        except httpx2.HTTPError as exc:
            if not self.closed:
                raise self._connection.network_error(exc) from exc
        finally:
            response.close()

    def _respond(self) -> httpx2.Response | None:
        """The response, whose body is not read yet; None: closed meanwhile."""
        limits = self._connection.limits
        for attempt in range(limits.attempts):
            error, pause = self._try()
            if error is None or self.closed:
                return None if self.closed else self._response
            if pause is None or pause > limits.longest_pause or attempt + 1 == limits.attempts:
                raise error
            backoff = limits.backoff * 2**attempt * random.uniform(0.5, 1.5)
            if self._closed.wait(max(pause, backoff)):
                return None
        return None

    def _try(self) -> tuple[GenerationError | None, float | None]:
        """Send the request once. Returns the error, and seconds until it may be repeated."""
        try:
            response = self._client.send(self._request, stream=True)
        except httpx2.HTTPError as exc:
            error = self._connection.network_error(exc)
            error.__cause__ = exc
            return error, 0.0 if isinstance(exc, httpx2.ConnectError) else None
        self._response = response
        if self.closed:  # while it was sent, when there was nothing to shut down
            response.close()
        if response.status_code == 200:
            return None, None
        error = self._connection.status_error(response)
        response.close()
        repeat = response.status_code in (429, 502, 503, 504)
        return error, (_retry_after(response.headers) or 0.0) if repeat else None


class _LimitedStream(httpx2.SyncByteStream):
    """A body with a deadline for its next event: comments can keep a connection alive for ever."""

    def __init__(self, stream: httpx2.SyncByteStream, seconds: float) -> None:
        self._stream = stream
        self.deadline = time.monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            yield chunk
            if time.monotonic() > self.deadline:
                raise httpx2.ReadTimeout("no event came in time")
        yield b"\n\n"  # some servers leave out the empty line that ends the last event

    def close(self) -> None:
        self._stream.close()


def _start_of(response: httpx2.Response) -> bytes:
    try:
        return b"".join(islice(response.iter_bytes(_ERROR_CHUNK), _ERROR_CHUNKS))
    except httpx2.HTTPError:
        return b""


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds; the header holds them, or a date (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    with contextlib.suppress(ValueError):
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    return None
