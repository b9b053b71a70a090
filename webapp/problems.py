"""Every error of the service has one shape: RFC 9457, `application/problem+json`.

    {"type": "/problems/index-missing", "title", "status", "detail", "instance": "request id",
     "errors": [{"detail", "pointer" or "parameter"}]}

Under /v1/ the same error has the shape that OpenAI's clients expect:
    {"error": {"message", "type", "param", "code"}}
Routes raise a Problem; errors of the folders below are translated here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, g, request
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import HTTPException

from attribution import errors as whence
from inference import errors as generation
from webapp.gates import BusyError
from webapp.logs import LOGGER

__all__ = [
    "KINDS",
    "Problem",
    "error_json",
    "is_openai",
    "logged_problem_of",
    "problem_of",
    "respond",
]

# Every kind with its status and title. `type` is /problems/<kind>.
KINDS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request is malformed"),
    "input": (400, "The request is invalid"),
    "prompt": (400, "The prompt or a parameter is invalid"),
    "unsupported-prompt": (400, "The model does not support this kind of prompt"),
    "key-needed": (401, "An API key is needed"),
    "cross-site": (403, "Requests from other sites are not allowed"),
    "license-not-accepted": (403, "The model's licence has to be accepted first"),
    "forbidden": (403, "This is not allowed"),
    "not-found": (404, "There is nothing at this address"),
    "model-not-found": (404, "There is no such model"),
    "document-not-found": (404, "There is no such document in the index"),
    "requests-off": (404, "The service takes no requests to remove code"),
    "request-not-found": (404, "There is no such request"),
    "no-model": (404, "The service runs without a model"),
    "method-not-allowed": (405, "The address does not allow this method"),
    "not-acceptable": (406, "The answer is not available in an acceptable type"),
    "body-timeout": (408, "The body did not arrive in time"),
    "cursor-expired": (410, "The cursor has expired"),
    "too-large": (413, "The request is too large"),
    "address-too-long": (414, "The address is too long"),
    "media-type": (415, "The body is not JSON"),
    "range": (416, "The document has no such lines"),
    "wrong-host": (421, "The Host header is not allowed"),
    "invalid": (422, "A field is invalid"),
    "rate-limited": (429, "Too many requests"),
    "headers-too-large": (431, "The headers are too large"),
    "internal": (500, "Internal error"),
    "failed": (500, "The request failed"),
    "generation-failed": (500, "The generation failed"),
    "remote": (502, "The generation server failed"),
    "busy": (503, "The service is busy"),
    "keys-unreadable": (503, "The service cannot read its API keys"),
    "model-loading": (503, "The model is being loaded"),
    "model-unavailable": (503, "The model is unavailable"),
    "out-of-memory": (503, "The request needs more memory than the device has"),
    "requests-unavailable": (503, "Requests to remove code cannot be stored or read"),
    "index-missing": (503, "There is no index"),
    "index-damaged": (503, "The index is damaged"),
    "index-version": (503, "The index was written by another version of Whence"),
    "index-format": (503, "The index cannot be used"),
    "index-locked": (503, "The index is being written"),
    "index-unavailable": (503, "The index server does not respond"),
    "index-failed": (503, "The index cannot be read"),
    "generation-timeout": (504, "The model wrote nothing in time"),
}

# The first class that fits decides: subclasses come first.
_TRANSLATIONS: tuple[tuple[type[Exception], str, float | None], ...] = (
    # class, kind, Retry-After in seconds
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

# The kinds for errors of werkzeug and gunicorn, which have a status only.
_BY_STATUS = {
    KINDS[kind][0]: kind
    for kind in (
        "bad-request", "key-needed", "forbidden", "not-found", "method-not-allowed",
        "not-acceptable", "body-timeout", "too-large", "address-too-long", "media-type", "range",
        "invalid", "rate-limited", "headers-too-large", "busy",
    )
}  # fmt: skip

_QUOTED = 60  # characters of a value in a message
# Fields whose texts are names and numbers. What is in others may be code, or about a person.
_NAMED = frozenset({
    "attribution", "cursor", "end_line", "index", "kind", "language", "license", "limit", "lines",
    "max_sources", "max_tokens", "min_confidence", "model", "n", "name", "owner", "repository",
    "start_line", "temperature",
})  # fmt: skip

_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class Problem(Exception):  # noqa: N818  (the noun of RFC 9457)
    """An error as the client gets it.

    Args:
        kind: a key of KINDS.
        detail: one sentence with the value, the limit and the remedy; never code or a prompt.
        retry_after: seconds until another attempt makes sense.
        errors: one per field: {"detail", and "pointer" (into the body) or "parameter"}.
        headers: more headers of the response.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        retry_after: float | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status, self.title = KINDS[kind]
        self.detail = detail
        self.retry_after = retry_after
        self.errors = tuple(map(dict, errors))
        self.headers = dict(headers or {})


def problem_of(error: Exception) -> Problem | None:
    """The problem for an error; None: the error is a bug."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, BusyError | generation.OverloadedError):
        return Problem("busy", str(error), retry_after=error.retry_after)
    if isinstance(error, ValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _http(error)
    for error_class, kind, seconds in _TRANSLATIONS:
        if isinstance(error, error_class):
            return Problem(kind, str(error), retry_after=seconds)
    return None


def logged_problem_of(error: Exception) -> Problem:
    """The problem for an error; a bug is logged."""
    problem = problem_of(error)
    if problem is None:
        fields = {"request_id": g.get("request_id", "")}
        LOGGER.error("bug", exc_info=error, extra={"fields": fields})
        problem = Problem("internal", "an unexpected error; the log has it under this request's id")
    return problem


def _http(error: HTTPException) -> Problem | None:
    kind = _BY_STATUS.get(error.code or 500)
    if kind is None:
        return None
    detail = error.description or KINDS[kind][1]
    if kind == "not-found":
        detail = "there is no page and no API route at this address; /openapi.json lists the routes"
    headers = {}
    if allowed := getattr(error, "valid_methods", None):
        headers["Allow"] = ", ".join(sorted(allowed))
        detail = f"allowed: {headers['Allow']}"
    return Problem(kind, detail, headers=headers)


def _invalid(error: ValidationError) -> Problem:
    """Names the fields and their values, except texts that may be code or about a person."""
    fields = []
    for entry in error.errors(include_url=False, include_context=False):
        if request.method in ("GET", "HEAD"):
            where = {"parameter": ".".join(map(str, entry["loc"]))}
        else:
            where = {"pointer": "#" + "".join(map(_pointer_step, entry["loc"]))}
        given = _given(entry)
        fields.append({"detail": entry["msg"] + (f", not {given}" if given else "")} | where)
    shown = "; ".join(
        f"{field.get('pointer', field.get('parameter'))}: {field['detail']}" for field in fields[:3]
    )
    more = f"; and {len(fields) - 3} more" if len(fields) > 3 else ""
    return Problem("invalid", shown + more, errors=fields[:50])


def _given(entry: ErrorDetails) -> str | None:
    """The value that was wrong, in words; None where it is not to be quoted, or says nothing."""
    if entry["type"] in ("missing", "extra_forbidden", "value_error"):
        return None  # there is no value, its meaning is unknown, or the message has it
    value = entry["input"]
    field = next((step for step in reversed(entry["loc"]) if isinstance(step, str)), "")
    if entry["type"] in ("string_too_long", "string_too_short"):
        return str(len(value))
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if isinstance(value, str) and field not in _NAMED:
        return f"a text of {len(value)} characters"
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}..."


def _pointer_step(part: object) -> str:
    return "/" + str(part).replace("~", "~0").replace("/", "~1")


def is_openai() -> bool:
    """Whether the request came to a route of OpenAI's API."""
    return request.path.startswith("/v1/")


def error_json(problem: Problem) -> dict[str, Any]:
    """The problem in OpenAI's error shape; also the last event of a stream that failed."""
    kind = _OPENAI_TYPES.get(problem.status)
    if kind is None:
        kind = "server_error" if problem.status >= 500 else "invalid_request_error"
    first = problem.errors[0] if problem.errors else {}
    param = first.get("parameter") or first.get("pointer", "").removeprefix("#/") or None
    code = problem.kind.replace("-", "_")
    return {"error": {"message": problem.detail, "type": kind, "param": param, "code": code}}


def respond(problem: Problem) -> Response:
    """The response for a problem."""
    status = problem.status
    body: dict[str, Any]
    if is_openai():
        # OpenAI returns 400 for an invalid field, and its clients call that error BadRequest
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
