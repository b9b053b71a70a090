"""Metrics, rate limits and logs, and what the log must never contain."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from attribution.errors import InputError
from tests.support.webapp_client import PARSER, Service, make_client, make_service
from webapp.guards.keys import KeyFile
from webapp.guards.limits import RateLimits, limit_of
from webapp.logs import LOGGER, JsonFormatter

ONE = "/api/v1/attributions"


def counts(service: Service) -> dict[tuple[str, ...], float]:
    """Samples by name and the values of their labels, in the order of the labels' names."""
    text = service.services.metrics.text().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


# --- metrics ---


def test_requests_are_counted_by_template(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    for name in ("a", "b"):
        service.client.get(f"/documents/swh:1:cnt:{name}?q=1")
        service.client.get(f"/odd/{name}")
    service.client.open("/healthz", method="BREW")
    found = counts(service)
    assert found["whence_requests_total", "GET", "/documents/<swhid>", "200"] == 2
    assert found["whence_requests_total", "GET", "unmatched", "404"] == 2
    assert found["whence_requests_total", "other", "unmatched", "405"] == 1
    assert found["whence_request_seconds_count", "/documents/<swhid>"] == 2
    assert found["whence_problems_total", "not-found"] == 2


def test_answers_are_counted_by_label_and_status(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    service.client.post(ONE, json={"code": PARSER, "language": "python"})
    service.client.post(ONE, json={"code": "x"})
    found = counts(service)
    assert found["whence_attributions_total", "verbatim", "checked"] == 1
    assert found["whence_attributions_total", "not judged", "not_checked"] == 1
    assert found["whence_sources_total", "verbatim"] == 1
    assert found["whence_lookup_seconds_count", "attribute"] == 2
    assert found["whence_queue", "look-ups", "active"] == 0


def test_metrics_are_prometheus_text(tmp_path: Path) -> None:
    client = make_client(tmp_path)
    client.get("/healthz")
    response = client.get("/metrics")
    assert response.content_type.startswith("text/plain; version=")
    names = {family.name for family in text_string_to_metric_families(response.text)}
    assert {"whence_requests", "whence_lookup_seconds", "whence_tokens"} <= names


def test_two_services_do_not_share_counts(tmp_path: Path) -> None:
    one, two = (make_service(tmp_path, index=False) for _ in range(2))
    one.client.get("/healthz")
    assert ("whence_requests_total", "GET", "/healthz", "200") not in counts(two)


# --- limits ---


def test_too_many_requests_are_refused_with_a_retry_time(tmp_path: Path) -> None:
    client = make_client(tmp_path, rate_limit="3/minute")
    for left in (2, 1, 0):
        response = client.get("/api/v1/index")
        assert response.status_code == 200
        assert response.headers["RateLimit"].startswith(f'"default";r={left};t=')
        assert response.headers["RateLimit-Policy"] == '"default";q=3;w=60'
    refused = client.get("/api/v1/index")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert json.loads(refused.data)["type"] == "/problems/rate-limited"
    assert client.get("/v1/models").get_json()["error"]["type"] == "rate_limit_error"
    assert client.get("/check").status_code == 200, "the page itself is free"
    assert client.get("/healthz").status_code == 200


def test_each_key_has_its_own_limit_and_wrong_keys_count_for_the_address(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    keys = [file.add(name) for name in ("a", "b")]
    client = make_client(tmp_path, keys=file.path, rate_limit="2/hour")

    def ask(key: str) -> int:
        return client.get("/api/v1/index", headers={"X-API-Key": key}).status_code

    assert [ask(keys[0]) for _ in range(3)] == [200, 200, 429]
    assert ask(keys[1]) == 200
    assert [ask("wrong") for _ in range(3)] == [401, 401, 429]


def test_a_key_may_have_a_limit_and_a_quota_of_its_own(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    strict = file.add("strict", rate_limit="1/hour")
    free = file.add("free", rate_limit="off", quota="3/day")
    client = make_client(tmp_path, keys=file.path, rate_limit="2/hour")

    def ask(key: str, method: str, path: str, body: object = None) -> TestResponse:
        return client.open(path, method=method, json=body, headers={"X-API-Key": key})

    def ask_index(key: str) -> int:
        return ask(key, "GET", "/api/v1/index").status_code

    assert [ask_index(strict) for _ in range(2)] == [200, 429]
    assert [ask_index(free) for _ in range(5)] == [200] * 5
    one, batch = "/api/v1/attributions", "/api/v1/attributions/batch"
    answer = ask(free, "POST", one, {"code": "x = 1"})
    assert answer.headers["RateLimit-Policy"] == '"quota";q=3;w=86400'
    assert answer.headers["RateLimit"].startswith('"quota";r=2;t=')
    refused = ask(free, "POST", batch, {"snippets": [{"code": "x"}] * 3})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 60
    detail = json.loads(refused.data)["detail"]
    assert detail.startswith("3 look-ups in 86400 s are allowed and 2 are left")
    assert ask(free, "GET", "/api/v1/search?q=harbour").status_code == 200
    assert ask(free, "POST", one, {"code": "x"}).status_code == 200
    assert ask(free, "POST", one, {"code": "x"}).status_code == 429
    assert ask_index(free) == 200  # no look-up
    file.limit("free", lambda key: replace(key, quota=None))
    assert ask(free, "POST", one, {"code": "x"}).status_code == 200


def test_metrics_name_the_key_and_never_show_it(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    keys = [file.add(name, quota="4/day") for name in ("ci", "laptop")]
    client = make_client(tmp_path, keys=file.path)
    statuses = []
    for key, number in ((keys[0], 3), (keys[1], 2), (keys[1], 3), (keys[1], 5)):
        body = {"snippets": [{"code": "x"}] * number}
        answer = client.post("/api/v1/attributions/batch", json=body, headers={"X-API-Key": key})
        statuses.append(answer.status_code)
    assert statuses == [200, 200, 429, 400]  # 5 are more than will ever be allowed
    text = client.get("/metrics", headers={"X-API-Key": keys[0]}).get_data(as_text=True)
    assert 'whence_key_requests_total{key="ci",status="200"} 1.0' in text
    assert 'whence_key_requests_total{key="laptop",status="429"} 1.0' in text
    assert 'whence_key_lookups_total{key="ci"} 3.0' in text
    assert 'whence_key_lookups_total{key="laptop"} 2.0' in text
    assert 'whence_key_request_seconds_total{key="ci"}' in text
    assert not any(key in text for key in keys)


def test_addresses_of_one_ipv6_client_count_as_one() -> None:
    from flask import Flask

    from webapp.problems import Problem

    with Flask("x").app_context():
        limits = RateLimits("1/minute")
        limits.count("2001:db8::1")
        with pytest.raises(Problem):
            limits.count("2001:db8::2")
        limits.count("2001:db8:0:1::1")
        limits.count("192.0.2.1")


def test_several_processes_share_a_limit() -> None:
    from flask import Flask

    from webapp.problems import Problem

    with Flask("x").app_context():
        share = RateLimits("8/minute", processes=4)
        share.count("a")
        share.count("a")
        with pytest.raises(Problem):
            share.count("a")


@pytest.mark.parametrize("odd", ["", "many", "600", "0/minute", "5/fortnight"])
def test_an_invalid_limit_is_refused(odd: str) -> None:
    with pytest.raises(InputError):
        limit_of(odd)


# --- logs ---


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.setFormatter(JsonFormatter())
    before = LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)
    yield lines
    LOGGER.removeHandler(handler)
    LOGGER.setLevel(before)


def test_a_request_is_one_line_of_json(tmp_path: Path, log: list[str]) -> None:
    client = make_client(tmp_path)
    log.clear()
    client.get("/documents/swh:1:cnt:0?x=1", headers={"X-Request-Id": "abc"})
    assert len(log) == 1
    line = json.loads(log[0])
    assert line["event"] == "request"
    assert line["request_id"] == "abc"
    assert line["route"] == "/documents/<swhid>"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert line["ms"] > 0
    assert line["client"] == "127.0.0.1"
    assert line["time"].endswith("Z")


def test_the_log_names_the_key_and_has_no_code_key_or_query(tmp_path: Path, log: list[str]) -> None:
    file = KeyFile(tmp_path / "keys.json")
    key = file.add("ci")
    service = make_service(tmp_path, keys=file.path)
    client, who = service.client, {"Authorization": f"Bearer {key}"}
    secret = "the_customers_secret"

    def broken() -> str:
        raise ValueError(secret)

    service.app.add_url_rule("/broken", view_func=broken)
    client.post(ONE, json={"code": f"def {secret}(): pass\n" * 9}, headers=who)
    client.post(ONE, json={"code": [secret]}, headers=who)
    client.post(ONE, data=secret, headers=who)
    client.post("/v1/completions", json={"model": "x", "prompt": secret}, headers=who)
    client.get(f"/api/v1/search?q={secret}", headers=who)
    client.get(f"/{secret}?{secret}={secret}", headers=who)
    client.get("/broken", headers=who)
    client.get("/healthz", headers={**who, "Referer": secret, "User-Agent": secret, secret: secret})
    client.get("/api/v1/index", headers={"Authorization": f"Bearer {secret}"})
    text = "\n".join(log)
    assert secret not in text
    assert key not in text and key[4:] not in text
    events = [json.loads(line) for line in log]
    assert any(one["event"] == "bug" and one["error"] == "ValueError" for one in events)
    assert any("broken" in frame for one in events for frame in one.get("traceback", ()))
    clients = {one["client"] for one in events if one["event"] == "request"}
    assert clients == {"key:ci", "127.0.0.1"}
