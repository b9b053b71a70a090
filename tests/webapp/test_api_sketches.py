"""POST /api/v1/sketches: private mode over HTTP."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from werkzeug.test import TestResponse

from attribution.reports.answer_schema import published_schema
from attribution.sketch_only.sketch_file import sketch_file
from attribution.sketching.sketch import SketchParams
from tests.support.webapp_client import PARSER, QUEUE, Service, make_service

URL = "/api/v1/sketches"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return make_service(tmp_path_factory.mktemp("service"))


def post(service: Service, body: object, query: str = "") -> TestResponse:
    return service.client.post(URL + query, json=body)


def sketched(text: str, **changed: Any) -> dict[str, Any]:
    return {**sketch_file(text.encode(), "python").as_json(), **changed}


def test_a_sketch_finds_the_source_and_says_that_it_is_partial(service: Service) -> None:
    done = post(service, sketched("own = 1\n" + QUEUE, name="mine"))
    assert done.status_code == 200
    answer = done.get_json()
    jsonschema.validate(answer, json.loads(published_schema()))
    assert answer["status"] == "partial"
    assert "the text was not compared" in answer["status_reason"]
    assert answer["label"] == "similar"
    assert answer["snippet"] == {"name": "mine", "language": "python", "lines": 13, "tokens": 126}
    source = answer["sources"][0]
    assert source["occurrences"][0]["path"] == "keeper/queue.py"
    assert source["kind"] == "similar"
    match = source["matches"][0]
    assert (match["snippet"]["start_line"], match["source"]["start_line"]) == (2, 1)
    assert 'label="similar",status="partial"' in service.services.metrics.text().decode()


def test_the_number_of_sources_is_limited(service: Service) -> None:
    both = sketched(QUEUE + PARSER)
    assert len(post(service, both).get_json()["sources"]) == 2
    assert len(post(service, both, "?max_sources=1").get_json()["sources"]) == 1
    assert post(service, both, "?min_confidence=1").get_json()["sources"] == []
    assert post(service, both, "?max_sources=0").status_code == 422


def test_a_short_sketch_is_not_checked(service: Service) -> None:
    answer = post(service, sketched("a = 1\n")).get_json()
    assert (answer["status"], answer["label"]) == ("not_checked", None)


_NONE: dict[str, list[int]] = {
    name: [] for name in ("fingerprints", "positions", "start_lines", "end_lines", "starts", "ends")
}


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({"version": 2}, 422, "#/version"),
        ({"raw": []}, 422, "#/raw"),
        ({"words": ["boat"]}, 422, "#/words"),
        ({"minhash": [1, 2]}, 400, "minhash has 2 values, not 128"),
        ({"lines": 10**9}, 400, "<= 4194304 - at `$.lines`"),
        ({"raw": _NONE}, 400, "raw.fingerprints is empty for a text of 123 tokens"),
    ],
)
def test_an_invalid_sketch_is_refused(
    service: Service, changed: dict[str, Any], status: int, says: str
) -> None:
    done = post(service, sketched(QUEUE, **changed))
    assert done.status_code == status
    assert says in done.get_json(force=True)["detail"]


def test_other_parameters_are_refused(service: Service) -> None:
    made = sketch_file(QUEUE.encode(), "python", params=SketchParams(renamed_k=16))
    done = post(service, made.as_json())
    assert done.status_code == 400
    assert "renamed_k 16 instead of 20" in done.get_json(force=True)["detail"]
