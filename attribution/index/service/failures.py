"""What goes wrong between a client and a service, as our errors.

Messages name the address and never the key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import httpx2

from attribution.certificates import is_certificate
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

__all__ = ["RETRIED", "ServiceErrors"]

RETRIED = frozenset({429, 502, 503, 504})

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


@dataclass(frozen=True, slots=True)
class ServiceErrors:
    """The errors of one service."""

    address: str
    timeout: float  # seconds
    has_key: bool  # whether the client sends one

    def unreadable(self, why: str) -> IndexFormatError:
        return IndexFormatError(
            f"the answer of {self.address} cannot be read: {why}; is a proxy in between that "
            "changes it, or an older Whence?"
        )

    def too_slow(self, what: str = "") -> IndexUnavailableError:
        return IndexUnavailableError(
            f"the service at {self.address} did not answer {what and what + ' '}within "
            f"{self.timeout:g} s; look at its load, or raise WHENCE_SERVICE_TIMEOUT"
        )

    def lost(self, exc: httpx2.HTTPError) -> WhenceError:
        """Our error for a failure of the network."""
        where = self.address
        if is_certificate(exc):
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
            return self.too_slow()
        return IndexUnavailableError(
            f"the connection to {where} failed ({type(exc).__name__}: {exc}); check that a Whence "
            "service runs there, and http or https"
        )

    def refusal(self, response: httpx2.Response) -> WhenceError:
        """Our error for a status other than 200."""
        where, status = self.address, response.status_code
        problem = _problem_of(response)
        if problem is None:
            if status in RETRIED:
                return IndexUnavailableError(
                    f"the service at {where} is unavailable: HTTP {status} from "
                    f"{_server_of(response)}"
                )
            return self.other_server(response)
        return self.problem(status, *problem)

    def problem(self, status: int, kind: str, detail: str) -> WhenceError:
        """Our error for a problem document."""
        where = self.address
        if status == 401:
            given = "refuses the key" if self.has_key else "needs a key"
            return StorageError(
                f"the service at {where} {given}; set WHENCE_KEY or WHENCE_KEY_FILE to one that "
                "`whence keys add NAME` printed"
            )
        if kind == "not-found":
            return IndexVersionError(
                f"the Whence at {where} is too old to be used as an index; update it, or if a "
                "proxy serves it under a path, start it with --prefix PATH"
            )
        error = _ERRORS.get(kind, IndexUnavailableError if status in RETRIED else CorpusIndexError)
        return error(f"the service at {where} answers: {detail}")

    def other_server(self, response: httpx2.Response) -> WhenceError:
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
