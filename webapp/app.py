"""`create_app(settings)`: the service as a WSGI application.

Before its route, a request passes these checks, in this order: Host header, CORS preflight, other
origins, API key, rate limit, size and type of its body. Every response gets the security headers,
and is counted and logged when its last byte was sent.
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

from webapp import health, pages
from webapp.api import engine
from webapp.guards import auth, limits, security
from webapp.guards.bodies import Json, check_body, release_large_body
from webapp.logs import LOGGER
from webapp.openapi import SECURITY_SCHEMES, info
from webapp.problems import is_openai, logged_problem_of, respond
from webapp.services import EXTENSION, Services
from webapp.serving.prefix import Prefixed
from webapp.settings import ServeSettings

if TYPE_CHECKING:
    from inference.interface import Generator

__all__ = ["create_app"]

# Modules of webapp.api; each exposes `api`.
_ROUTES = (
    "attributions",
    "search",
    "documents",
    "index",
    "membership",
    "removal_requests",
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
        settings: of the service.
        generators: models that are loaded already.
    """
    app = OpenAPI(
        __name__,
        info=info(),
        security_schemes=SECURITY_SCHEMES,
        doc_ui=False,  # its pages load scripts that our CSP forbids; ours is /api/docs
        validation_error_callback=_invalid_fields,
    )
    app.json = Json(app)
    services = Services(settings, generators)
    app.extensions[EXTENSION] = services
    _add_checks(app, services)
    app.register_blueprint(health.health)
    app.register_blueprint(pages.pages)
    app.register_blueprint(engine.api)
    for name in _ROUTES:
        app.register_api(importlib.import_module(f"webapp.api.{name}").api)
    app.register_error_handler(Exception, _fail)
    if settings.prefix:
        app.wsgi_app = Prefixed(app.wsgi_app, settings.prefix)  # type: ignore[method-assign]
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    return app


def _add_checks(app: Flask, services: Services) -> None:
    settings = services.settings

    @app.before_request
    def check() -> Response | None:
        g.start = time.perf_counter()
        sent_id = request.headers.get("X-Request-Id", "")
        g.request_id = sent_id if _REQUEST_ID.fullmatch(sent_id) else uuid.uuid4().hex
        security.check_host(settings)
        if (preflight := security.preflight()) is not None:
            return preflight
        security.check_site(settings)
        try:
            auth.authenticate(services.keys)
        finally:  # a request without a valid key counts for its address
            services.count_request()
        check_body(settings, services.large_bodies)
        return None

    @app.teardown_request
    def clean_up(_: BaseException | None) -> None:
        release_large_body()

    @app.after_request
    def finish(response: Response) -> Response:
        pages.cache_static(response)
        security.secure(response, settings)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        limits.add_headers(response)
        _record(services, response)
        return response


def _record(services: Services, response: Response) -> None:
    """Count and log a response when it is complete: a stream, when its last byte was sent."""
    start = g.get("start", time.perf_counter())
    route = "unmatched" if request.url_rule is None else request.url_rule.rule
    method, status, problem = request.method, response.status_code, g.get("problem")
    request_id, client, key = g.get("request_id", ""), auth.client_name(), auth.current_key()

    def record() -> None:
        seconds = time.perf_counter() - start
        services.metrics.request(route, method, status, seconds)
        if key is not None:
            services.metrics.request_of(key.name, status, seconds)
        fields = {
            "request_id": request_id,
            "method": method,
            "route": route,  # never the address itself: it holds what was searched for
            "status": status,
            "ms": round(seconds * 1e3, 2),
            "client": client,
        }
        if problem is not None:
            services.metrics.problem(problem)
            fields["problem"] = problem
        LOGGER.info("request", extra={"fields": fields})

    if response.is_streamed:
        response.call_on_close(record)
    else:
        record()


def _fail(error: Exception) -> Response:
    """The response for an exception; the only place where one becomes the other."""
    problem = logged_problem_of(error)
    if problem.kind == "not-found" and pages.wants_page() and not is_openai():
        return pages.shell(404)
    return respond(problem)


def _invalid_fields(error: Exception) -> Response:
    """The response for invalid fields; flask-openapi3 calls this."""
    if request.method in ("POST", "PUT", "PATCH"):
        request.get_json()  # a body that is not JSON at all gets its own error
    return _fail(error)
