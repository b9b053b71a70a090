"""Every real answer is checked against the OpenAPI description."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from werkzeug.test import TestResponse

from attribution.reports.answer_schema import published_schema
from tests.support.webapp_client import QUEUE, Service, make_service

OURS = (
    "/api/v1/attributions",
    "/api/v1/attributions/batch",
    "/api/v1/documents/{swhid}",
    "/api/v1/index",
    "/api/v1/membership",
    "/api/v1/removal-requests",
    "/api/v1/removal-requests/{reference}",
    "/api/v1/search",
    "/api/v1/side-by-side",
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder = tmp_path_factory.mktemp("service")
    return make_service(folder, contact="ann@harbour.example", requests=folder / "requests.sqlite")


@pytest.fixture(scope="module")
def description(service: Service) -> dict[str, Any]:
    return service.client.get("/openapi.json").get_json()


def hold(description: dict[str, Any], path: str, method: str, done: TestResponse) -> None:
    """The answer matches the description."""
    responses = description["paths"][path][method]["responses"]
    content = responses[str(done.status_code)]["content"]
    schema = content[done.mimetype]["schema"]
    whole = {**schema, "components": description["components"]}
    jsonschema.Draft202012Validator.check_schema(whole)
    jsonschema.Draft202012Validator(whole).validate(json.loads(done.data))


def answers(service: Service) -> list[tuple[str, str, TestResponse]]:
    client = service.client
    one = client.post(OURS[0], json={"code": QUEUE, "name": "a.py"})
    source = one.get_json()["sources"][0]
    sides = {"code": QUEUE, "document": source["document"], "match": source["matches"][0]}
    document = f"/api/v1/documents/{source['document']}"
    quay = {"kind": "owner", "value": "quay"}
    request = {"opt_outs": [quay], "statement": "mine", "contact": "bob@quay.example"}
    made = client.post(OURS[5], json=request)
    return [
        (OURS[0], "post", one),
        (OURS[0], "post", client.post(OURS[0], json={"code": ""})),
        (OURS[0], "post", client.post(OURS[0], json={})),
        (OURS[1], "post", client.post(OURS[1], json={"snippets": [{"id": 1, "code": QUEUE}]})),
        (OURS[2], "get", client.get(document)),
        (OURS[2], "get", client.get(document + "?start_line=99")),
        (OURS[2], "get", client.get("/api/v1/documents/x")),
        (OURS[3], "get", client.get(OURS[3])),
        (OURS[4], "get", client.get(OURS[4] + "?owner=quay")),
        (OURS[4], "get", client.get(OURS[4] + "?owner=")),
        (OURS[5], "post", made),
        (OURS[5], "post", client.post(OURS[5], json={**request, "statement": ""})),
        (OURS[6], "get", client.get(f"{OURS[5]}/{made.get_json()['reference']}")),
        (OURS[6], "get", client.get(f"{OURS[5]}/x")),
        (OURS[7], "get", client.get(OURS[7] + "?q=boat")),
        (OURS[7], "get", client.get(OURS[7] + "?q=boat&cursor=x")),
        (OURS[8], "post", client.post(OURS[8], json=sides)),
    ]


def test_every_answer_is_as_described(service: Service, description: dict[str, Any]) -> None:
    asked = answers(service)
    assert {path for path, _, _ in asked} == set(OURS)
    for path, method, done in asked:
        hold(description, path, method, done)


def test_a_wrong_answer_would_be_noticed(service: Service, description: dict[str, Any]) -> None:
    done = service.client.post(OURS[0], json={"code": QUEUE, "name": "a.py"})
    changed = done.get_json()
    changed["sources"][0]["matches"][0]["kind"] = "borrowed"
    done.data = json.dumps(changed)
    with pytest.raises(jsonschema.ValidationError, match="borrowed"):
        hold(description, OURS[0], "post", done)


def test_an_answer_is_described_by_the_published_schema(description: dict[str, Any]) -> None:
    """Its parts are elsewhere in an OpenAPI document, but the same."""
    schemas = description["components"]["schemas"]
    published = json.loads(published_schema())

    def resolved(schema: Any, root: dict[str, Any], within: tuple[str, ...] = ()) -> Any:
        if isinstance(schema, list):
            return [resolved(part, root, within) for part in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name in within:  # an index that consists of indexes
                return "the same again"
            at: Any = root
            for step in schema["$ref"].removeprefix("#/").split("/"):
                at = at[step]
            return resolved(at, root, (*within, name))
        return {key: resolved(part, root, within) for key, part in schema.items()}

    theirs = resolved({"$ref": "#/components/schemas/AttributionJson"}, description)
    ours = resolved(published, published)
    for key in ("$schema", "$id", "$defs"):
        ours.pop(key)
    assert theirs == ours
    assert "OccurrenceJson" in schemas


def test_bodies_and_parameters_are_described(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    snippet = schemas["SnippetBody"]
    assert snippet["required"] == ["code"]
    assert snippet["additionalProperties"] is False
    assert snippet["properties"]["max_sources"]["anyOf"][0]["maximum"] == 100
    parameters = description["paths"]["/api/v1/search"]["get"]["parameters"]
    assert [one["name"] for one in parameters if one["required"]] == ["q"]
    lines = description["paths"]["/api/v1/attributions/batch"]["post"]["responses"]["200"]
    assert set(lines["content"]) == {"application/json", "application/jsonl"}
    assert "410" in description["paths"]["/api/v1/search"]["get"]["responses"]
    assert "416" in description["paths"]["/api/v1/documents/{swhid}"]["get"]["responses"]
