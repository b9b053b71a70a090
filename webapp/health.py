"""Health checks, metrics and the API's description."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask_openapi3.openapi import OpenAPI

from attribution.errors import WhenceError
from webapp.generation.models import LoadState
from webapp.openapi import description
from webapp.problems import KINDS
from webapp.services import services

__all__ = ["health"]

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """The process is alive."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Whether the index can be used, and the state of each model.

    503 while the index cannot be opened. Models do not matter: look-ups do not need them.
    """
    service = services()
    try:
        version = service.index().summary().version
        index: dict[str, str | None] = {"status": "ok", "version": version}
    except WhenceError as error:
        index = {"status": "unavailable", "error": type(error).__name__}
    ready = index["status"] == "ok"
    # this route needs no key, and a model's name may be a folder of this machine
    named = service.keys is None
    models = [
        ({"id": slot.id} if named else {}) | {"status": str(slot.state)} for slot in service.models
    ]
    loaded = all(model["status"] == LoadState.READY for model in models)
    body = jsonify(
        status="ok" if ready else "unavailable",
        index=index,
        models=models,
        generation="off" if not models else ("ok" if loaded else "not ready"),
    )
    return body, 200 if ready else 503


@health.get("/metrics")
def metrics() -> Response:
    """Metrics for Prometheus."""
    text = services().metrics.text()
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


@health.get("/openapi.json")
def openapi() -> Response:
    """The API, as OpenAPI 3.1."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(app, OpenAPI)
    shape = description(app)
    if request.script_root:
        shape["servers"] = [{"url": request.script_root}]
    return jsonify(shape)


@health.get("/problems/<kind>")
def kind(kind: str) -> Response:
    """The page behind a problem's `type`."""
    if kind not in KINDS:
        abort(404)
    status, title = KINDS[kind]
    return jsonify(type=f"/problems/{kind}", title=title, status=status)
