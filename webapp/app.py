"""`create_app(settings)`: the service as a WSGI application.

A request passes, in this order: its id, the Host check, CORS's question, the other-site check, the
key, the rate limit, the size and kind of its body; then its route. Every answer gets the security
headers, and is counted and logged when its last byte is out.
"""

from __future__ import annotations

import importlib
import re
import time
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from flask_openapi3.openapi import OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import health, logs, pages
from webapp.guards import auth, security
from webapp.guards.bodies import Json, check_body, leave_large
from webapp.openapi import SECURITY_SCHEMES, info
from webapp.problems import Problem, is_openai, problem_of, respond
from webapp.services import EXTENSION, Services
from webapp.settings import ServeSettings

if TYPE_CHECKING:
    from inference.interface import Generator

__all__ = ["create_app"]

# Modules of webapp.api; each exposes `api`.
_ROUTES = (
    "attributions",
    "sketches",
    "search",
    "documents",
    "index",
    "membership",
    "sides",
    "completions",
    "chat",
    "models",
    "overlap",
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def create_app(settings: ServeSettings, generators: Iterable[Generator] = ()) -> OpenAPI:
    """Make the service.

    Args:
        settings: what it was told.
        generators: models that are loaded already (tests, `demo`).
    """
    app = OpenAPI(
        __name__,
        info=info(),
        security_schemes=SECURITY_SCHEMES,
        doc_ui=False,  # its pages load scripts that a strict CSP refuses; ours is /api/docs
        validation_error_callback=_refuse_fields,
    )
    app.json = Json(app)
    ours = Services(settings, generators)
    app.extensions[EXTENSION] = ours
    _guard(app, ours)
    app.register_blueprint(health.health)
    app.register_blueprint(health.problems)
    app.register_blueprint(pages.pages)
    for name in _ROUTES:
        app.register_api(importlib.import_module(f"webapp.api.{name}").api)
    app.register_error_handler(Exception, _fail)
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    return app


def _guard(app: Flask, ours: Services) -> None:
    settings = ours.settings

    @app.before_request
    def admit() -> Response | None:
        g.began = time.perf_counter()
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        security.check_host(settings)
        if (asked := security.preflight()) is not None:
            return asked
        security.check_site(settings)
        try:
            auth.authenticate(ours.keys)
        except Problem:
            _take(ours)  # whoever tries keys is counted by address
            raise
        _take(ours)
        check_body(settings, ours.large)
        return None

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        leave_large()

    @app.after_request
    def finish(response: Response) -> Response:
        pages.cache_static(response)
        security.secure(response, settings)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if ours.limits is not None:
            ours.limits.tell(response)
        _account(ours, response)
        return response


def _take(ours: Services) -> None:
    if ours.limits is not None and not auth.is_free():
        ours.limits.take(auth.client_name())


def _account(ours: Services, response: Response) -> None:
    """Count and log the answer when it is complete: a stream, when its last byte is out."""
    route = "unmatched" if request.url_rule is None else request.url_rule.rule
    began = g.get("began", time.perf_counter())
    method, status, problem = request.method, response.status_code, g.get("problem")
    request_id, client = g.get("request_id", ""), auth.client_name()

    def note() -> None:
        ours.metrics.request(route, method, status, time.perf_counter() - began)
        if problem is not None:
            ours.metrics.problem(problem)
        logs.request_line(
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            began=began,
            client=client,
            problem=problem,
        )

    if response.is_streamed:
        response.call_on_close(note)
    else:
        note()


def _fail(error: Exception) -> Response:
    """The one place where an exception becomes an answer."""
    problem = problem_of(error)
    if problem is None:
        logs.LOGGER.error(
            "bug",
            exc_info=error,
            extra={"fields": {"request_id": g.get("request_id", "")}},
        )
        problem = Problem(
            "internal", "an unexpected error; the log names it under this request's id"
        )
    if problem.kind == "not-found" and pages.wants_page() and not is_openai():
        return pages.shell(404)
    return respond(problem)


def _refuse_fields(error: Exception) -> Response:
    """flask-openapi3 asks for a response where a field is wrong."""
    if request.method in ("POST", "PUT", "PATCH"):
        request.get_json()  # a body that is no JSON at all is said as such
    return _fail(error)
