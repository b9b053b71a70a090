"""A connection to a server that generates: requests, time-outs, retries, and its errors as ours.

A request is tried again only while nothing of its answer has come: later, the text that was shown
would change. The key is in no message, also where the server repeats it.
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
from inference.server_events import EventReader

__all__ = ["Connection", "RemoteAnswer", "RemoteLimits"]

_CONNECTIONS = 64  # at once to one server; more wait for one
_BODY = 1 << 16  # bytes of an error's body that are read
_LOOPBACK = ("127.", "localhost", "[::1]", "::1")


@dataclass(frozen=True, slots=True)
class RemoteLimits:
    """How long is waited, and how often it is tried."""

    connect: float = 5.0  # seconds
    first_byte: float = 60.0  # seconds from the request to the first event: models queue
    silence: float = 60.0  # seconds between two events
    attempts: int = 4  # in all
    backoff: float = 0.5  # seconds before the second attempt; doubles, and is spread by chance
    longest_pause: float = 20.0  # seconds; a server that wants more is said to be overloaded


class Connection:
    """One server. Safe to share between threads."""

    def __init__(self, address: str, key: str | None, limits: RemoteLimits) -> None:
        """Take an address; nothing is sent yet.

        Raises:
            ModelError: it is no http address.
        """
        try:
            url = httpx2.URL(address)
        except (httpx2.InvalidURL, ValueError) as exc:
            raise ModelError(f"{address!r} is no address: write http://HOST:PORT/v1") from exc
        if url.scheme not in ("http", "https") or not url.host:
            raise ModelError(f"{address!r} is no address: write http://HOST:PORT/v1")
        if url.userinfo:
            raise ModelError(
                "the address holds a name or password, which would be shown; give a key by "
                "WHENCE_REMOTE_API_KEY"
            )
        if url.path in ("", "/"):
            url = url.copy_with(path="/v1")  # where all such servers have it
        self.address = str(url).rstrip("/")
        self.limits = limits
        self._key = key
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(limits.silence, connect=limits.connect),
            limits=httpx2.Limits(max_connections=_CONNECTIONS),
            # A proxy of the environment is for other machines.
            trust_env=not url.host.startswith(_LOOPBACK),
        )

    def get(self, path: str) -> Any:
        """The JSON at a path; tried once.

        Raises:
            GenerationError: it cannot be had.
        """
        try:
            response = self._client.get(f"{self.address}/{path}")
        except httpx2.HTTPError as exc:
            raise self.translated(exc) from exc
        if response.status_code != 200:
            raise self.refused(response.status_code, response.content, response.headers)
        try:
            return json.loads(response.content)
        except ValueError as exc:
            raise RemoteError(
                f"{self.address}/{path} answers with no JSON: is it an OpenAI-compatible server?"
            ) from exc

    def post(self, path: str, body: dict[str, Any]) -> RemoteAnswer:
        """An answer that streams in. Nothing is sent before it is read."""
        return RemoteAnswer(self, self._client, path, body)

    def close(self) -> None:
        """Give all connections back."""
        self._client.close()

    def translated(self, exc: httpx2.HTTPError) -> GenerationError:
        """A failure of the network as one of ours."""
        if isinstance(exc, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
            return RemoteError(
                f"the server {self.address} cannot be reached ({self._clean(exc)}): is it running?"
            )
        if isinstance(exc, httpx2.TimeoutException):
            return GenerationTimeoutError(
                f"the server {self.address} sent nothing for {self.limits.silence:g} seconds"
            )
        return RemoteError(f"the connection to {self.address} broke: {self._clean(exc)}")

    def refused(self, status: int, body: bytes, headers: httpx2.Headers) -> GenerationError:
        """An HTTP status as one of ours."""
        said = self._clean(_message(body))
        if status in (401, 403):  # whose message may hold the key
            return ModelError(
                f"the server {self.address} refuses us ({status}): set WHENCE_REMOTE_API_KEY to a "
                "key that it accepts"
            )
        if status == 404:
            return ModelError(f"the server {self.address} has no such model or no such API: {said}")
        if status in (429, 503):
            pause = _retry_after(headers)
            return OverloadedError(
                f"the server {self.address} is overloaded ({status}): {said}",
                retry_after=1.0 if pause is None else pause,
            )
        if 400 <= status < 500 and status != 408:
            return PromptError(f"the server {self.address} refuses the request ({status}): {said}")
        return RemoteError(f"the server {self.address} failed ({status}): {said}", status)

    def _clean(self, message: object) -> str:
        text = str(message) or type(message).__name__
        return text.replace(self._key, "***") if self._key else text


class RemoteAnswer:
    """The data of an answer's events, one after the other. Read by one thread, closed by any."""

    def __init__(
        self, connection: Connection, client: httpx2.Client, path: str, body: dict[str, Any]
    ) -> None:
        self._connection = connection
        self._client = client
        self._path = path
        self._body = body
        self._closed = threading.Event()
        self._response: httpx2.Response | None = None
        self._events = self._read()

    @property
    def closed(self) -> bool:
        """Whether somebody closed it."""
        return self._closed.is_set()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The data of the next event.

        Raises:
            GenerationError: the server or the network failed.
            StopIteration: it ended, or was closed.
        """
        return next(self._events)

    def close(self) -> None:
        """Close the connection, so that the server stops computing; ends a read at once."""
        self._closed.set()
        response = self._response
        if response is None:
            return
        stream = response.extensions.get("network_stream")
        raw = None if stream is None else stream.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):  # it is closed already
                raw.shutdown(socket.SHUT_RDWR)

    def _read(self) -> Iterator[str]:
        response = self._respond()
        if response is None:
            return
        try:
            yield from self._data(response)
        except httpx2.HTTPError as exc:
            if not self.closed:
                raise self._connection.translated(exc) from exc
        finally:
            response.close()

    def _data(self, response: httpx2.Response) -> Iterator[str]:
        if "json" in response.headers.get("content-type", ""):
            yield response.read().decode("utf-8", "replace")  # it does not stream
            return
        limits = self._connection.limits
        reader = EventReader()
        deadline = time.monotonic() + limits.first_byte
        for chunk in response.iter_bytes():
            if self.closed:
                return
            for data in reader.feed(chunk):
                yield data
                deadline = time.monotonic() + limits.silence
            if time.monotonic() > deadline:  # comments keep a connection alive for ever
                raise GenerationTimeoutError(
                    f"the server {self._connection.address} is connected, but sent no text for "
                    f"{limits.silence:g} seconds"
                )
        if not self.closed:
            yield from reader.end()

    def _respond(self) -> httpx2.Response | None:
        """The response whose body can be read; None when it was closed meanwhile."""
        limits = self._connection.limits
        for attempt in range(limits.attempts):
            error, pause = self._try()
            if error is None or self.closed:
                return None if self.closed else self._response
            if pause is None or pause > limits.longest_pause or attempt + 1 == limits.attempts:
                raise error
            spread = limits.backoff * 2**attempt * random.uniform(0.5, 1.5)
            if self._closed.wait(max(pause, spread)):
                return None
        return None

    def _try(self) -> tuple[GenerationError | None, float | None]:
        """Ask once. Returns what failed, and after how many seconds it may be asked again."""
        connection = self._connection
        request = self._client.build_request(
            "POST", f"{connection.address}/{self._path}", json=self._body
        )
        request.extensions["timeout"]["read"] = connection.limits.first_byte
        try:
            response = self._client.send(request, stream=True)
        except httpx2.HTTPError as exc:
            error = connection.translated(exc)
            error.__cause__ = exc
            return error, 0.0 if isinstance(exc, httpx2.ConnectError) else None
        self._response = response
        if self.closed:  # while it was being asked: there was nothing to shut down then
            response.close()
        if response.status_code == 200:
            return None, None
        try:
            body = b"".join(_first(response, _BODY))
        except httpx2.HTTPError:
            body = b""
        finally:
            response.close()
        refused = connection.refused(response.status_code, body, response.headers)
        again = response.status_code in (429, 502, 503, 504)
        return refused, (_retry_after(response.headers) or 0.0) if again else None


def _first(response: httpx2.Response, limit: int) -> Iterator[bytes]:
    for chunk in response.iter_bytes():
        yield chunk[:limit]
        limit -= len(chunk)
        if limit <= 0:
            return


def _message(body: bytes) -> str:
    try:
        return message_of(json.loads(body))
    except ValueError:
        return message_of(body.decode("utf-8", "replace"))


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds; the header holds them, or a date (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    with contextlib.suppress(ValueError):
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    return None
