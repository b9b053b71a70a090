"""The API's description, OpenAPI 3.1, described from the code of the routes.

flask-openapi3 collects the routes with their parameters and bodies. This module adds what all
routes have in common: their errors, and how keys are sent.
"""

from __future__ import annotations

import copy
from importlib.metadata import version
from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from webapp.problems import KINDS

__all__ = ["SECURITY_SCHEMES", "description", "info"]

_ABOUT = (
    "Where does this code come from, and what do I owe its author? Whence compares code with an "
    "index of known code, and returns the sources: repository, path, lines, licence and citation. "
    "Offsets are half-open and count bytes of the UTF-8 text; lines are 1-based and inclusive."
)
SECURITY_SCHEMES: Any = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, as `whence keys add NAME` prints it; only needed where the "
        "service was started with keys.",
    },
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

_TEXT = {"type": "string"}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "enum": [f"/problems/{kind}" for kind in KINDS]},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "instance": {"type": "string", "description": "The request's id, as in X-Request-Id."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {"detail": _TEXT, "pointer": _TEXT, "parameter": _TEXT},
            },
        },
    },
}
_OPENAI_ERROR: dict[str, Any] = {
    "type": "object",
    "description": "An error, as OpenAI's clients expect it.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": _TEXT,
                "type": _TEXT,
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_RETRY = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}

# Errors that any route may return, and those of routes that take a body.
_ALWAYS = (400, 401, 403, 404, 421, 422, 429, 431, 500, 503)
_WITH_BODY = (408, 413, 415)
_GENERATING = (502, 504)
_OPENAI_PREFIX = "/v1/"


def info() -> Info:
    """Name and version of the API."""
    return Info(title="Whence", version=version("whence"), description=_ABOUT)


def description(app: OpenAPI) -> dict[str, Any]:
    """The whole description, as JSON."""
    described: dict[str, Any] = copy.deepcopy(app.api_doc)
    schemas = described.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("ValidationErrorModel", None)
    schemas["Problem"], schemas["OpenAIError"] = _PROBLEM, _OPENAI_ERROR
    # the empty requirement is for services without keys
    described["security"] = [{}, {"bearer": []}, {"header": []}]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and method in ("get", "post", "put", "delete"):
                operation["responses"] = _responses(path, operation)
                if "description" in operation:  # flask-openapi3 marks its line ends for HTML
                    operation["description"] = operation["description"].replace("<br/>", "")
    return described


def _responses(path: str, operation: dict[str, Any]) -> dict[str, Any]:
    own = operation.get("responses", {})
    own.pop("422", None)  # flask-openapi3's own shape
    statuses = [*_ALWAYS]
    if "requestBody" in operation:
        statuses += _WITH_BODY
    if path.startswith(_OPENAI_PREFIX):
        statuses = [status for status in statuses if status != 422] + [*_GENERATING]
    errors = {str(status): _error(path, status) for status in sorted(statuses)}
    return {**errors, **own}


def _error(path: str, status: int) -> dict[str, Any]:
    openai = path.startswith(_OPENAI_PREFIX)
    kind = "application/json" if openai else "application/problem+json"
    name = "OpenAIError" if openai else "Problem"
    titles = [title for code, title in KINDS.values() if code == status]
    if openai and status == 400:
        titles.append(KINDS["invalid"][1])
    described: dict[str, Any] = {
        "description": "; ".join(titles),
        "content": {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
    if status in (429, 503):
        described["headers"] = _RETRY
    return described
