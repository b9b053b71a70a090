"""POST /api/v1/side-by-side: a match line by line."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.webapp_client import QUEUE, Service, make_service

URL = "/api/v1/side-by-side"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return make_service(tmp_path_factory.mktemp("service"))


def asked(service: Service, code: str) -> dict[str, Any]:
    """The body for the first match of the code's answer."""
    answer = service.client.post("/api/v1/attributions", json={"code": code, "name": "a.py"})
    source = answer.get_json()["sources"][0]
    return {"code": code, "document": source["document"], "match": source["matches"][0]}


def post(service: Service, body: object) -> TestResponse:
    return service.client.post(URL, json=body)


def test_a_match_as_in_the_answer(service: Service) -> None:
    lines = QUEUE.splitlines()
    code = "own = 1\n" + "\n".join([*lines[:5], "    print(basin)", *lines[5:]]) + "\n"
    answer = post(service, asked(service, code)).get_json()
    assert answer["cut"] is None
    rows = answer["rows"]
    assert rows[0] == {
        "left": {"number": 2, "text": lines[0]},
        "right": {"number": 1, "text": lines[0]},
        "same": True,
    }
    (own,) = [row for row in rows if row["right"] is None]
    assert own == {"left": {"number": 7, "text": "    print(basin)"}, "right": None, "same": False}
    assert sum(row["same"] for row in rows) == len(lines)


def test_long_matches_are_cut_and_reported(service: Service) -> None:
    body = asked(service, QUEUE)
    body["code"] = QUEUE + "x\n" * 1500
    body["match"]["snippet"]["end_line"] = 1400
    answer = post(service, body).get_json()
    assert answer["cut"] == "the first 1,000 of 1,400 lines are shown"
    assert len(answer["rows"]) == 1000


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"document": "x"}, 400, "is not a document"),
        ({"document": "swh:1:cnt:" + "0" * 40}, 404, "has no swh"),
        ({"code": "one line"}, 400, "lines 1 to 12 are not in the snippet, which has 1"),
        ({"match": {}}, 422, "#/match/kind"),
        ({"more": 1}, 422, "#/more"),
    ],
)
def test_invalid_requests_are_refused(
    service: Service, change: dict[str, Any], status: int, says: str
) -> None:
    done = post(service, asked(service, QUEUE) | change)
    assert done.status_code == status
    assert says in done.get_json(force=True)["detail"]
