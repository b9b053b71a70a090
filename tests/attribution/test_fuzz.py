"""Requests to the API that its description allows, and requests that it does not.

schemathesis makes the requests from /openapi.json. No response is a server error (except a 503 with
Retry-After), and every response has a status, a content type and a body that the description
promises. The requests are the same in each run.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
)
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    status_code_conformance,
)

from tests.support.openai_service import Reciter
from tests.support.webapp_client import PARSER, make_service

_EXAMPLES = 50  # requests per route and mode; about 30 s in all
_CHECKS = [
    response_schema_conformance,
    response_headers_conformance,
    content_type_conformance,
    status_code_conformance,
]


@functools.cache
def operations() -> dict[str, Any]:
    """The described routes, by method and path."""
    folder = Path(tempfile.mkdtemp(prefix="whence-fuzz-"))
    service = make_service(
        folder, generators=[Reciter(PARSER)], max_body=1 << 16, contact="ann@harbour.example",
        requests=folder / "requests.sqlite",
    )  # fmt: skip
    service.app.testing = False  # bugs become the responses that users see
    schema = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
    return {route.ok().label: route.ok() for route in schema.get_all_operations()}


ROUTES = [
    "GET /api/v1/documents/{swhid}",
    "GET /api/v1/index",
    "GET /api/v1/membership",
    "GET /api/v1/removal-requests/{reference}",
    "GET /api/v1/search",
    "GET /v1/models",
    "GET /v1/models/{model}",
    "POST /api/v1/attributions",
    "POST /api/v1/attributions/batch",
    "POST /api/v1/removal-requests",
    "POST /api/v1/side-by-side",
    "POST /overlap",
    "POST /v1/chat/completions",
    "POST /v1/completions",
    "POST /v1/models/{model}/license",
]


def test_every_route_is_fuzzed() -> None:
    assert sorted(operations()) == ROUTES


# A snippet that cannot be read is reported as not checked, and the rest of its batch is checked.
FORGIVING = {"POST /api/v1/attributions/batch"}
NOTHING_TO_BREAK = {"GET /api/v1/index", "GET /v1/models", "GET /v1/models/{model}"}


@pytest.mark.parametrize(
    ("route", "mode"),
    [
        pytest.param(route, mode, id=f"{route} {mode.value}")
        for route in ROUTES
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or route not in NOTHING_TO_BREAK
    ],
)
def test_every_response_is_one_that_the_description_promises(
    route: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=_EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations()[route].as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        response = case.call()
        checks = list(_CHECKS)
        if route not in FORGIVING:
            checks.append(negative_data_rejection)
        if response.status_code == 503:
            assert int(response.headers["retry-after"][0]) >= 1
        else:
            checks.append(not_a_server_error)
        case.validate_response(response, checks=checks)

    check()
