"""POST /api/v1/attributions: one snippet, and batches."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from werkzeug.test import TestResponse

from attribution.index.interface import Proposal
from attribution.reports.answer_schema import published_schema
from tests.support.webapp_client import PARSER, QUEUE, Service, make_service
from webapp.gates import BusyError, Gate

ONE, BATCH = "/api/v1/attributions", "/api/v1/attributions/batch"
SCHEMA = json.loads(published_schema())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return make_service(tmp_path_factory.mktemp("service"))


def post(service: Service, url: str, body: object, **headers: str) -> TestResponse:
    # not the client's `json`: that cannot write a lone surrogate
    return service.client.post(
        url, data=json.dumps(body), content_type="application/json", headers=headers
    )


def ask(service: Service, **body: object) -> dict[str, Any]:
    done = post(service, ONE, body)
    assert done.status_code == 200, done.text
    assert done.content_type == "application/json"
    answer = done.get_json()
    jsonschema.validate(answer, SCHEMA)
    return answer


def test_a_copy_is_traced_to_its_source(service: Service) -> None:
    answer = ask(service, code="own = 1\n" + QUEUE, language="Python")
    assert (answer["status"], answer["label"]) == ("checked", "verbatim")
    source = answer["sources"][0]
    assert source["occurrences"][0]["repository"] == "lock/keeper"
    assert source["occurrences"][0]["license"]["expression"] == "GPL-3.0-only"
    match = source["matches"][0]
    assert (match["snippet"]["start_line"], match["source"]["start_line"]) == (2, 1)
    # offsets are bytes of the text as it was sent
    assert match["snippet"]["start"] == 8


def test_the_name_gives_the_language_and_language_overrules_it(service: Service) -> None:
    assert ask(service, code=QUEUE, name="a/b.py")["snippet"]["language"] == "python"
    answer = ask(service, code=QUEUE, name="b.py", language="c")
    assert answer["snippet"] == {"name": "b.py", "language": "c", "lines": 12, "tokens": 125}
    assert ask(service, code=QUEUE)["snippet"]["language"] is None


def test_the_code_of_a_notebook_is_looked_up(service: Service) -> None:
    cell = {"cell_type": "code", "source": PARSER.splitlines(keepends=True)}
    text = json.dumps({"cells": [cell]}, indent=1)
    answer = ask(service, code=text, name="parser.ipynb")
    assert answer["label"] == "verbatim"
    assert answer["snippet"]["language"] == "python"
    assert answer["snippet"]["lines"] == text.count("\n") + 1
    assert ask(service, code=text.replace("\n", ""), name="parser.ipynb")["label"] == "verbatim"
    answer = ask(service, code=text[:-1], name="parser.ipynb")
    assert answer["status"] == "not_checked"
    assert "not JSON with the cells of a notebook" in answer["status_reason"]


def test_an_unknown_language_gives_a_warning(service: Service) -> None:
    answer = ask(service, code=QUEUE, language="klingon", name="b.py")
    assert answer["warnings"] == ["unknown language 'klingon'; read as python"]
    assert answer["label"] == "verbatim"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "the snippet is empty"),
        ("x = 1", "too short to judge"),
        ("# nothing but words", "no code"),
        ("a\0b = 1", "binary: it contains NUL bytes"),
    ],
)
def test_code_that_is_too_short_or_odd_is_not_checked(
    service: Service, code: str, says: str
) -> None:
    answer = ask(service, code=code, language="python")
    assert (answer["status"], answer["label"]) == ("not_checked", None)
    assert says in answer["status_reason"]


def test_the_number_of_sources_is_limited(service: Service) -> None:
    both = QUEUE + PARSER
    assert len(ask(service, code=both, name="x.py")["sources"]) == 2
    assert len(ask(service, code=both, name="x.py", max_sources=1)["sources"]) == 1
    weak = "\n".join(QUEUE.splitlines()[2:6])
    answer = ask(service, code=weak, name="x.py", min_confidence=0)
    assert answer["sources"]
    assert ask(service, code=weak, name="x.py", min_confidence=1)["sources"] == []


def test_sources_below_the_confidence_are_not_absent(service: Service) -> None:
    assert ask(service, code=PARSER)["status"] == "checked"
    answer = ask(service, code=PARSER, min_confidence=1)
    assert (answer["status"], answer["sources"]) == ("partial", [])
    assert "confidence below 1 in 1 of the matching documents" in answer["status_reason"]
    assert answer["reason"] == "Nothing matches with the requested confidence of 1."
    strange = ask(service, code="zebra = quagga(okapi, 7) * " * 20, min_confidence=1)
    assert (strange["status"], strange["label"]) == ("checked", "none")


@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        ({}, "#/code", "required"),
        ({"code": None}, "#/code", "valid string, not null"),
        ({"code": ["a"]}, "#/code", "valid string, not a list of 1"),
        ({"code": "a\ud800b"}, "#/code", "character 1 is the lone surrogate U+D800"),
        ({"code": "a", "max_sources": 0}, "#/max_sources", "greater than or equal to 1, not 0"),
        ({"code": "a", "max_sources": 101}, "#/max_sources", "less than or equal to 100, not 101"),
        ({"code": "a", "max_sources": "1"}, "#/max_sources", 'valid integer, not "1"'),
        (
            {"code": "a", "min_confidence": 1.5},
            "#/min_confidence",
            "less than or equal to 1, not 1.5",
        ),
        (
            {"code": "a", "min_confidence": float("nan")},
            "#/min_confidence",
            "finite number, not NaN",
        ),
        ({"code": "a", "name": "n" * 1001}, "#/name", "at most 1000 characters, not 1001"),
        ({"code": "a", "lang": "c"}, "#/lang", "not permitted"),
    ],
)
def test_a_bad_field_is_named(service: Service, body: object, pointer: str, says: str) -> None:
    done = post(service, ONE, body)
    problem = done.get_json(force=True)
    assert done.status_code == 422
    assert done.content_type == "application/problem+json"
    assert problem["errors"][0]["pointer"] == pointer
    assert says in problem["errors"][0]["detail"]


def test_code_is_not_quoted_in_an_error(service: Service) -> None:
    for body in ({"codes": "secret"}, {"code": "a", "language": {"secret": 1}}, "secret"):
        assert "secret" not in post(service, ONE, body).text
    batch = post(service, BATCH, {"snippets": [{"id": {"secret": 1}, "code": "secret"}, "secret"]})
    assert batch.status_code == 422
    assert "secret" not in batch.text
    assert "a text of 6 characters" in batch.text


def test_a_body_over_the_limit_is_refused(tmp_path: Path) -> None:
    service = make_service(tmp_path, max_body=2000)
    done = post(service, ONE, {"code": "x" * 2000})
    assert done.status_code == 413
    assert "the limit is 2000" in done.get_json(force=True)["detail"]
    # a batch may be larger, but not each of its snippets
    answer = post(service, BATCH, {"snippets": [{"code": "x = y\n" * 400}, {"code": QUEUE}]})
    answers = answer.get_json()["answers"]
    assert "too large: 2,400 bytes, the limit is 2,000" in answers[0]["status_reason"]
    assert answers[1]["label"] == "verbatim"


MIXED: list[dict[str, Any]] = [
    {"id": "first", "code": QUEUE, "language": "python"},
    {"id": 2, "code": ""},
    {"id": 2, "code": "a\udfffb"},
    {"id": None, "code": None},
    {"code": 17, "name": "n.py"},
    {"id": "last", "code": PARSER, "name": "p.py"},
]


def judge(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        jsonschema.validate(answer, SCHEMA)
    assert [answer["id"] for answer in answers] == ["first", 2, 2, None, None, "last"]
    assert [answer["label"] for answer in answers] == [
        "verbatim",
        None,
        None,
        None,
        None,
        "verbatim",
    ]
    reasons = [answer["status_reason"] for answer in answers]
    assert reasons[1] == "the snippet is empty"
    assert reasons[2].startswith("character 1 is the lone surrogate")
    assert reasons[3] == "the code is not a text but null"
    assert reasons[4] == "the code is not a text but a number"
    assert answers[4]["snippet"]["name"] == "n.py"


def test_a_batch_keeps_the_order_of_its_snippets(service: Service) -> None:
    done = post(service, BATCH, {"snippets": MIXED})
    assert done.status_code == 200
    judge(done.get_json()["answers"])


def test_a_batch_is_streamed_as_lines(service: Service) -> None:
    done = post(service, BATCH, {"snippets": MIXED}, Accept="application/jsonl")
    assert done.content_type == "application/jsonl"
    assert done.is_streamed
    judge([json.loads(line) for line in done.text.splitlines()])


def test_an_empty_batch_has_no_answers(service: Service) -> None:
    assert post(service, BATCH, {"snippets": []}).get_json() == {"answers": []}
    lines = post(service, BATCH, {"snippets": []}, Accept="application/jsonl")
    assert (lines.status_code, lines.data) == (200, b"")


def test_a_batch_has_a_limit(service: Service) -> None:
    done = post(service, BATCH, {"snippets": [{"code": "a"}] * 1001})
    assert done.status_code == 422
    assert "at most 1000 items" in done.get_json(force=True)["detail"]


@pytest.mark.parametrize("accept", ["application/json", "application/jsonl"])
def test_without_an_index_nothing_looks_checked(tmp_path: Path, accept: str) -> None:
    service = make_service(tmp_path, index=False)
    body = {"snippets": [{"code": QUEUE}]}
    for done in (post(service, BATCH, body, Accept=accept), post(service, ONE, {"code": QUEUE})):
        assert done.status_code == 503
        assert done.get_json(force=True)["type"] == "/problems/index-missing"
        assert int(done.headers["Retry-After"]) > 0


def test_a_full_queue_fails_a_request_but_not_the_rest_of_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service(tmp_path, lookups=1, patience_seconds=0.05)
    with service.services.lookups:
        done = post(service, ONE, {"code": QUEUE})
        assert done.status_code == 503
        assert done.get_json(force=True)["type"] == "/problems/busy"
    # the first one gets a turn, the others do not
    gate = service.services.lookups
    turns = iter([gate.acquire])

    def acquire(_: Gate, client: str) -> None:
        if (turn := next(turns, None)) is None:
            raise BusyError("too many", 1.0)
        turn(client)

    monkeypatch.setattr(Gate, "acquire", acquire)
    answers = post(service, BATCH, {"snippets": MIXED[:1] * 2}).get_json()["answers"]
    assert [answer["status"] for answer in answers] == ["checked", "not_checked"]
    assert answers[1]["status_reason"] == "too many"


def test_the_time_of_a_batch_is_limited(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.api.attributions.BATCH_SECONDS", -1.0)
    answers = post(service, BATCH, {"snippets": MIXED[:1] * 3}).get_json()["answers"]
    assert {answer["status"] for answer in answers} == {"not_checked"}
    assert "after 2 of its 3 snippets; send the others again" in answers[2]["status_reason"]


def test_look_ups_are_counted(service: Service) -> None:
    ask(service, code=QUEUE, language="python")
    text = service.services.metrics.text().decode()
    assert 'whence_attributions_total{label="verbatim",status="checked"}' in text
    assert 'whence_lookup_seconds_count{phase="wait"}' in text
    assert 'whence_lookup_seconds_count{phase="render"}' in text


def test_sources_come_in_pages(service: Service) -> None:
    both = f"{PARSER}\n\n{QUEUE}"
    whole = ask(service, code=both, name="x.py")
    total = whole["sources_total"]
    assert total == len(whole["sources"]) >= 2
    assert whole["next_cursor"] is None
    listed, cursor = [], None
    while True:
        page = ask(service, code=both, name="x.py", max_sources=1, cursor=cursor)
        assert page["sources_total"] == total
        assert page["coverage"] == whole["coverage"]
        listed += page["sources"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [source["document"] for source in listed] == [
        source["document"] for source in whole["sources"]
    ]


def test_a_cursor_of_another_snippet_is_refused(service: Service) -> None:
    both = f"{PARSER}\n\n{QUEUE}"
    cursor = ask(service, code=both, name="x.py", max_sources=1)["next_cursor"]
    refused = post(service, ONE, {"code": PARSER, "cursor": cursor})
    assert refused.status_code == 400
    assert "another query" in refused.get_json()["detail"]


def test_a_look_up_ends_when_its_client_has_gone(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = socket.socketpair()
    index = service.services.index()
    propose = index.propose

    def slow(*args: Any, **options: Any) -> Proposal:
        theirs.close()
        time.sleep(0.2)
        return propose(*args, **options)

    monkeypatch.setattr(index, "propose", slow)
    with ours, theirs:
        done = service.client.post(
            ONE, json={"code": PARSER}, environ_overrides={"gunicorn.socket": ours}
        )
    assert done.get_json()["status"] == "not_checked"
    assert done.get_json()["status_reason"] == "the look-up was cancelled"
