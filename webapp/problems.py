"""Every error of the service has one shape: RFC 9457, `application/problem+json`.

    {"type": "/problems/index-missing", "title", "status", "detail", "instance": "request id",
     "errors": [{"detail", "pointer" or "parameter"}]}

Under /v1/ the same facts come as OpenAI's clients expect them:
    {"error": {"message", "type", "param", "code"}}
A Problem is raised by whoever meets it; errors of the folders below become one here, once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, g, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from attribution import errors as whence
from inference import errors as generation
from webapp.gates import BusyError

__all__ = ["KINDS", "Problem", "error_json", "is_openai", "problem_of", "respond"]

# Every kind there is: its status and title. `type` is /problems/<kind>.
KINDS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be read"),
    "input": (400, "This cannot be answered as asked"),
    "prompt": (400, "The prompt or a parameter cannot be used"),
    "unsupported-prompt": (400, "The model knows no such kind of prompt"),
    "key-needed": (401, "An API key is needed"),
    "cross-site": (403, "Another site's page may not ask this"),
    "license-not-accepted": (403, "The model's licence has to be accepted first"),
    "forbidden": (403, "This is not allowed"),
    "not-found": (404, "There is nothing at this address"),
    "model-not-found": (404, "There is no such model"),
    "document-not-found": (404, "The index holds no such document"),
    "method-not-allowed": (405, "The address does not take this method"),
    "not-acceptable": (406, "No form of the answer is acceptable"),
    "body-timeout": (408, "The body did not arrive in time"),
    "too-large": (413, "The request is too large"),
    "address-too-long": (414, "The address is too long"),
    "cursor-expired": (410, "The index has changed since"),
    "media-type": (415, "The body is not JSON"),
    "range": (416, "The range cannot be given"),
    "wrong-host": (421, "The service does not go by this name"),
    "invalid": (422, "A field has a value that cannot be used"),
    "rate-limited": (429, "Too many requests"),
    "headers-too-large": (431, "The headers are too large"),
    "internal": (500, "The service has a bug"),
    "failed": (500, "The request failed"),
    "generation-failed": (500, "The generation failed"),
    "remote": (502, "The generation server failed"),
    "busy": (503, "Too much is being asked at once"),
    "keys-unreadable": (503, "The service cannot read its API keys"),
    "no-model": (404, "The service runs without a model"),
    "model-loading": (503, "The model is being loaded"),
    "model-unavailable": (503, "The model cannot be had"),
    "out-of-memory": (503, "The request does not fit the device's memory"),
    "index-missing": (503, "There is no index"),
    "index-damaged": (503, "The index is damaged"),
    "index-version": (503, "The index was written by another version"),
    "index-format": (503, "The index cannot be used"),
    "index-locked": (503, "The index is being written"),
    "index-unavailable": (503, "The index does not answer"),
    "index-failed": (503, "The index cannot be read"),
    "generation-timeout": (504, "The model wrote nothing in time"),
}

# Most special first: the first class that fits decides.
_TRANSLATIONS: tuple[tuple[type[Exception], str, float | None], ...] = (
    # class, kind, seconds until it is worth trying again
    (whence.InputError, "input", None),
    (whence.IndexNotFoundError, "index-missing", 30.0),
    (whence.IndexDamagedError, "index-damaged", 60.0),
    (whence.IndexVersionError, "index-version", 60.0),
    (whence.IndexFormatError, "index-format", 60.0),
    (whence.IndexLockedError, "index-locked", 5.0),
    (whence.IndexUnavailableError, "index-unavailable", 5.0),
    (whence.CorpusIndexError, "index-failed", 30.0),
    (whence.WhenceError, "failed", None),
    (generation.UnsupportedPromptError, "unsupported-prompt", None),
    (generation.PromptError, "prompt", None),
    (generation.LicenseNotAcceptedError, "license-not-accepted", None),
    (generation.ModelError, "model-unavailable", 60.0),
    (generation.OutOfMemoryError, "out-of-memory", 10.0),
    (generation.GenerationTimeoutError, "generation-timeout", None),
    (generation.RemoteError, "remote", None),
    (generation.GenerationError, "generation-failed", None),
)

_BY_STATUS = {
    400: "bad-request",
    401: "key-needed",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "body-timeout",
    413: "too-large",
    414: "address-too-long",
    415: "media-type",
    416: "range",
    422: "invalid",
    429: "rate-limited",
    431: "headers-too-large",
    503: "busy",
}

_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class Problem(Exception):  # noqa: N818  (the noun of RFC 9457)
    """What went wrong, as the client is told it."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        retry_after: float | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Describe a problem.

        Args:
            kind: a key of KINDS.
            detail: one sentence with the value, the limit and the remedy; never code or a prompt.
            retry_after: seconds until it is worth trying again.
            errors: one per field: {"detail", and "pointer" (into the body) or "parameter"}.
            headers: further headers of the answer.
        """
        super().__init__(detail)
        self.kind = kind
        self.status, self.title = KINDS[kind]
        self.detail = detail
        self.retry_after = retry_after
        self.errors = tuple(dict(one) for one in errors)
        self.headers = dict(headers or {})


def problem_of(error: Exception) -> Problem | None:
    """The problem that an error is to the client; None: it is a bug of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, BusyError):
        return Problem("busy", str(error), retry_after=error.retry_after)
    if isinstance(error, generation.OverloadedError):
        return Problem("busy", str(error), retry_after=error.retry_after)
    if isinstance(error, ValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _http(error)
    for kind, name, seconds in _TRANSLATIONS:
        if isinstance(error, kind):
            return Problem(name, str(error), retry_after=seconds)
    return None


def _http(error: HTTPException) -> Problem | None:
    kind = _BY_STATUS.get(error.code or 500)
    if kind is None:
        return None
    detail = error.description or KINDS[kind][1]
    if kind == "not-found":
        detail = "no page and no API route has this address; /openapi.json lists the API's"
    headers = {}
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        headers["Allow"] = ", ".join(sorted(allowed))
        detail = f"it takes {headers['Allow']}"
    return Problem(kind, detail, headers=headers)


def _invalid(error: ValidationError) -> Problem:
    """Names the fields; what they held is left out, since it may be code."""
    fields = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        place = one["loc"]
        if request.method in ("GET", "HEAD"):
            fields.append({"detail": one["msg"], "parameter": ".".join(map(str, place))})
        else:
            fields.append({"detail": one["msg"], "pointer": "#" + "".join(map(_step, place))})
    shown = "; ".join(
        f"{field.get('pointer', field.get('parameter'))}: {field['detail']}" for field in fields[:3]
    )
    more = f"; and {len(fields) - 3} more" if len(fields) > 3 else ""
    return Problem("invalid", shown + more, errors=fields[:50])


def _step(part: object) -> str:
    return "/" + str(part).replace("~", "~0").replace("/", "~1")


def is_openai() -> bool:
    """Whether the request came to a route that speaks OpenAI's language."""
    return request.path.startswith("/v1/")


def error_json(problem: Problem) -> dict[str, Any]:
    """The problem in OpenAI's error shape; also what a stream says when it fails half-way."""
    kind = _OPENAI_TYPES.get(problem.status)
    if kind is None:
        kind = "server_error" if problem.status >= 500 else "invalid_request_error"
    first = problem.errors[0] if problem.errors else {}
    param = first.get("parameter") or first.get("pointer", "").removeprefix("#/") or None
    code = problem.kind.replace("-", "_")
    return {"error": {"message": problem.detail, "type": kind, "param": param, "code": code}}


def respond(problem: Problem) -> Response:
    """The answer that tells the problem."""
    status = problem.status
    body: dict[str, Any]
    if is_openai():
        # OpenAI answers 400 where a field is wrong, and its clients name that error BadRequest
        status = 400 if status == 422 else status
        body, kind = error_json(problem), "application/json"
    else:
        kind = "application/problem+json"
        body = {
            "type": f"/problems/{problem.kind}",
            "title": problem.title,
            "status": status,
            "detail": problem.detail,
            "instance": g.get("request_id", ""),
        }
        if problem.errors:
            body["errors"] = list(problem.errors)
    response = Response(json.dumps(body, ensure_ascii=False), status, content_type=kind)
    response.headers.update(problem.headers)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(max(math.ceil(problem.retry_after), 1))
    g.problem = problem.kind
    return response
