"""Whether the service lives, is ready, and what it counts."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify
from flask_openapi3.openapi import OpenAPI

from attribution.errors import WhenceError
from webapp.generation.models import LoadState
from webapp.openapi import description
from webapp.problems import KINDS
from webapp.services import services

__all__ = ["health", "problems"]

health = Blueprint("health", __name__)
problems = Blueprint("problems", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """The process lives and answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Whether look-ups can be answered, and how far each model is.

    503 while the index cannot be opened. A model that is loading or failed does not make the
    service unready: look-ups do not need it.
    """
    ours = services()
    try:
        version = ours.index().summary().version
        index: dict[str, str | None] = {"status": "ok", "version": version}
    except WhenceError as error:
        index = {"status": "unavailable", "error": type(error).__name__}
    ready = index["status"] == "ok"
    # no key is asked for here, and a model's name may be a folder of this machine
    named = ours.keys is None
    models = [({"id": one.id} if named else {}) | {"status": str(one.state)} for one in ours.models]
    loaded = all(one["status"] == LoadState.READY for one in models)
    body = jsonify(
        status="ok" if ready else "unavailable",
        index=index,
        models=models,
        generation="off" if not models else ("ok" if loaded else "not ready"),
    )
    return body, 200 if ready else 503


@health.get("/metrics")
def metrics() -> Response:
    """Counts, for Prometheus."""
    text = services().metrics.text()
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


@health.get("/openapi.json")
def openapi() -> Response:
    """The API, as OpenAPI 3.1."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(app, OpenAPI)
    return jsonify(description(app))


@problems.get("/problems/<kind>")
def kind(kind: str) -> Response:
    """What the `type` of a problem leads to."""
    if kind not in KINDS:
        abort(404)
    status, title = KINDS[kind]
    return jsonify(type=f"/problems/{kind}", title=title, status=status)
