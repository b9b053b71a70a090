"""Files behind http:// and https://, read by range requests.

No statement of a server is trusted: an answer is cut off at the bytes that were requested,
redirects lead to http and https only and never from https to http, and a request that trickles is
given up.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

from attribution.errors import InputError, SourceError
from attribution.retry_after import retry_after
from indexer.sources.remote.attempts import (
    AbsentError,
    DeniedError,
    InterruptionError,
    repeated,
)
from indexer.sources.remote.interface import Connection, RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

__all__ = ["HttpConnection", "may_pass", "wait_for", "web_client", "web_file"]

_SILENCE = 30.0  # seconds without a byte
_LONGEST = 300.0  # seconds for one request, of a few MB
_REDIRECTS = 10
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_RATE_LIMIT = re.compile(r";\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d+)")  # as the hub sends it


class Answer(NamedTuple):
    """What a server sent for a range."""

    total: int | None  # bytes of the whole file, if the server says so
    tag: str
    body: bytes


def web_client(connections: int = 10) -> httpx2.Client:
    """A client that waits for an answer, and does not follow redirects."""
    import httpx2

    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx2.Client(timeout=_SILENCE, limits=limits, follow_redirects=False)


def web_file(url: str) -> RemoteFile:
    """The file at an address; asks the server for its size.

    Raises:
        InputError: the address is malformed.
        SourceError: it cannot be read, or the server does not support ranges.
    """
    try:
        where = _shown(url)
    except ValueError as error:
        raise InputError(f"{url} is no valid address: {error}") from error
    connection = HttpConnection(url, where)
    try:
        answer = repeated(lambda: connection.request(0, 1), where, threading.Event())
    finally:
        connection.close()
    if answer.total is None:
        raise SourceError(f"{where}: the server does not state the file's size; download it")
    size, tag = answer.total, answer.tag
    mark = tag or uuid4().hex  # without a tag, a change cannot be seen
    return RemoteFile(where, size, mark, partial(HttpConnection, url, where, size, tag))


class HttpConnection(Connection):
    """One file; keeps its connections to the server open."""

    def __init__(
        self,
        url: str,
        where: str,
        size: int | None = None,
        tag: str = "",
        headers: Mapping[str, str] | None = None,
        client: httpx2.Client | None = None,
    ) -> None:
        """
        Args:
            url: with everything that the server needs.
            where: the file, for messages.
            size, tag: what the file must still have; None and "" if not known.
            headers: for this server only; a redirect to another one does not get its token.
            client: to use in place of its own, and to close with the connection.
        """
        self._url = url
        self._where = where
        self._size = size
        self._tag = tag
        self._headers = {**(headers or {}), "accept-encoding": "identity"}
        self._direct = ""  # where the redirects lead to; that address may expire
        self._client = client or web_client()

    def close(self) -> None:
        self._client.close()

    def read(self, start: int, stop: int) -> bytes:
        answer = self.request(start, stop)
        if self._size is not None and answer.total not in (None, self._size):
            raise SourceError(
                f"{self._where} changed while it was read: it had {self._size:,} bytes, now "
                f"{answer.total:,}; run the command again"
            )
        if self._tag and answer.tag and answer.tag != self._tag:
            raise SourceError(f"{self._where} changed while it was read; run the command again")
        if len(answer.body) < stop - start:
            raise InterruptionError("the connection broke")
        return answer.body

    def request(self, start: int, stop: int) -> Answer:
        """One request for a range; the body is empty if the file is.

        Raises:
            InterruptionError, SourceError: as `read`.
        """
        import httpx2

        try:
            direct = self._direct
            with self._sent(direct, start, stop) as (response, led_to):
                answer = self._answer(response, start, stop, bool(direct))
                self._direct = led_to or direct
                return answer
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise SourceError(f"{self._where} cannot be read: {error}") from error
        except httpx2.TimeoutException as error:
            raise InterruptionError(f"no answer in {_SILENCE:.0f} s") from error
        except httpx2.TransportError as error:
            raise InterruptionError(str(error) or "the connection broke") from error

    @contextmanager
    def _sent(self, direct: str, start: int, stop: int) -> Iterator[tuple[httpx2.Response, str]]:
        """The answer that is no redirect, its body not yet read; and where redirects led to."""
        headers = {**self._headers, "range": f"bytes={start}-{stop - 1}"}
        if direct:  # which may be another server's
            headers.pop("authorization", None)
        request = self._client.build_request("GET", direct or self._url, headers=headers)
        for hop in range(_REDIRECTS):
            response = self._client.send(request, stream=True)
            following = response.next_request
            if following is None:
                try:
                    yield response, str(request.url) if hop else ""
                finally:
                    response.close()
                return
            response.close()
            if following.url.scheme not in ("http", "https") or (
                request.url.scheme == "https" and following.url.scheme == "http"
            ):
                raise SourceError(
                    f"{self._where}: the server redirects to {following.url.scheme}://, which is "
                    "not followed"
                )
            request = following
        raise SourceError(f"{self._where}: the server redirects more than {_REDIRECTS} times")

    def _answer(self, response: httpx2.Response, start: int, stop: int, direct: bool) -> Answer:
        status, headers = response.status_code, response.headers
        stated = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
        tag = headers.get("etag") or headers.get("last-modified") or ""
        total = int(stated[3]) if stated and stated[3] != "*" else None
        if status == 416 and total == 0 == start:
            return Answer(0, tag, b"")
        length = headers.get("content-length", "")
        if status == 200 and start == 0 and length.isdecimal() and int(length) <= stop:
            return Answer(int(length), tag, self._body(response, stop))  # all of it
        if status == 200:
            raise SourceError(
                f"{self._where}: the server does not support range requests; download the file and "
                "index it from disk"
            )
        if status != 206:
            self._refused(status, headers, direct)
        if stated is None or stated[1] is None or int(stated[1]) != start:
            raise SourceError(
                f"{self._where}: the server sent another range than bytes {start}-{stop - 1}"
            )
        return Answer(total, tag, self._body(response, stop - start))

    def _body(self, response: httpx2.Response, wanted: int) -> bytes:
        deadline = time.monotonic() + _LONGEST
        parts, received = [], 0
        for part in response.iter_raw():
            parts.append(part)
            received += len(part)
            if received > wanted:
                raise SourceError(
                    f"{self._where}: the server sent more than the {wanted:,} bytes requested"
                )
            if time.monotonic() > deadline:
                raise InterruptionError(f"{received:,} bytes in {_LONGEST:.0f} s")
        return b"".join(parts)

    def _refused(self, status: int, headers: Mapping[str, str], direct: bool) -> None:
        """Raise what a status means; `direct` is whether the redirect was left out."""
        if direct and status in (400, 401, 403, 404, 410):
            self._direct = ""  # the address of the redirect expired: ask for another
            raise InterruptionError(f"HTTP {status}", wait=0.0)
        if may_pass(status):
            raise InterruptionError(f"HTTP {status}", wait=wait_for(headers))
        kind = {401: DeniedError, 403: DeniedError, 404: AbsentError, 410: AbsentError}
        why = self.remedy(status, headers)
        raise kind.get(status, SourceError)(f"{self._where} cannot be read: {why}")

    def remedy(self, status: int, _headers: Mapping[str, str]) -> str:
        """What a status of 300 to 499 means for the user."""
        if status in (401, 403):
            return (
                f"the server refuses access (HTTP {status}); if the address has a signature or "
                "token, it may have expired: get a new one"
            )
        if status in (404, 410):
            return f"there is no such file (HTTP {status})"
        return f"HTTP {status}"


def may_pass(status: int) -> bool:
    """Whether the same request may succeed later."""
    return status in (408, 425, 429) or status >= 500


def wait_for(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait; None if it does not."""
    limit = _RATE_LIMIT.search(headers.get("ratelimit", ""))
    return retry_after(headers) or (float(limit[1]) if limit else None)


def _shown(url: str) -> str:
    """The address without a password, and with a digest in place of its query, which may be one."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    shown = f"{parts.scheme}://{host}{parts.path}"
    if parts.query:
        digest = hashlib.blake2b(parts.query.encode(), digest_size=6).hexdigest()
        shown += f"?{digest}"
    return shown
