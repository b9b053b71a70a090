"""/openapi.json: the description made from the code of the routes."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from tests.support.webapp_client import make_service


@functools.cache
def served() -> Any:
    return make_service(Path(tempfile.mkdtemp()), index=False)


@functools.cache
def described() -> Any:
    return served().client.get("/openapi.json").get_json()


def operations() -> Iterator[tuple[str, str, Any]]:
    for path, methods in described()["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "put", "delete", "patch"):
                yield path, method, operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_it_is_openapi_3_1_and_names_the_service() -> None:
    assert described()["openapi"].startswith("3.1")
    assert described()["info"]["title"] == "Whence"
    assert described()["info"]["version"]


def test_every_route_of_the_api_is_in_it() -> None:
    ours = {
        rule.rule.replace("<path:", "{").replace("<", "{").replace(">", "}")
        for rule in served().app.url_map.iter_rules()
        if rule.rule.startswith(("/api/v1/", "/v1/")) or rule.rule == "/overlap"
    }
    # between a service and its own client
    ours -= {"/api/v1/engine", "/api/v1/engine/questions", "/api/v1/engine/{verb}"}
    assert ours == set(described()["paths"])


def test_every_reference_resolves() -> None:
    for reference in references(described()):
        place = described()
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_its_schemas_are_json_schemas() -> None:
    for schema in described()["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_operations_have_unique_names_and_a_summary() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    assert all(operation.get("summary") for _, _, operation in operations())


def test_every_operation_describes_its_errors_in_its_shape() -> None:
    for path, _, operation in operations():
        responses = operation["responses"]
        assert {"200", "201"} & set(responses), path
        assert {"400", "401", "404", "429", "500", "503"} <= set(responses), path
        openai = path.startswith("/v1/")
        kind = "application/json" if openai else "application/problem+json"
        name = "OpenAIError" if openai else "Problem"
        for status in ("404", "429", "503"):
            schema = responses[status]["content"][kind]["schema"]
            assert schema == {"$ref": f"#/components/schemas/{name}"}
        assert "Retry-After" in responses["503"]["headers"]
        assert ("413" in responses) == ("requestBody" in operation)


def test_keys_are_described_as_optional() -> None:
    assert {} in described()["security"]
    assert {"bearer": []} in described()["security"]
    assert described()["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
