"""The checks of every request and the headers of every response."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Response, request
from flask.testing import FlaskClient

from attribution import errors as whence
from inference import errors as generation
from tests.support.openai_service import Reciter
from tests.support.webapp_client import Service, make_client, make_service
from webapp.gates import BusyError
from webapp.problems import KINDS, Problem, problem_of

ROOT = Path(__file__).parents[2]
SECRET = "def the_customers_secret(): pass"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return make_client(tmp_path, index=False)


def failing(tmp_path: Path, error: Exception) -> FlaskClient:
    """A service with routes that fail."""
    service = make_service(tmp_path, index=False)

    def fail() -> Response:
        raise error

    service.app.add_url_rule("/fail", view_func=fail, endpoint="fail")
    service.app.add_url_rule("/v1/fail", view_func=fail, endpoint="fail v1")
    return service.client


def every(base: type[Exception]) -> Iterator[type[Exception]]:
    for one in base.__subclasses__():
        yield one
        yield from every(one)


# --- ids and headers ---


def test_a_request_gets_an_id(client: FlaskClient) -> None:
    one, two = (client.get("/healthz").headers["X-Request-Id"] for _ in range(2))
    assert one and two and one != two


def test_a_valid_id_is_kept_and_an_invalid_one_replaced(client: FlaskClient) -> None:
    def given(value: str) -> str:
        return client.get("/healthz", headers={"X-Request-Id": value}).headers["X-Request-Id"]

    assert given("trace-1:ab.c_d") == "trace-1:ab.c_d"
    for odd in ("a" * 65, "with space", "<script>", ""):
        assert given(odd) != odd


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/static/nothing"])
def test_every_response_has_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


def policy(response: Any) -> dict[str, str]:
    parts = (
        one.strip().partition(" ") for one in response.headers["Content-Security-Policy"].split(";")
    )
    return {name: value for name, _, value in parts}


def test_the_page_may_only_run_its_own_scripts(client: FlaskClient) -> None:
    response = client.get("/check")
    directives = policy(response)
    assert directives["script-src"] == "'self'"
    assert directives["default-src"] == "'none'"
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    nonce = directives["style-src"].removeprefix("'self' 'nonce-").removesuffix("'")
    assert len(nonce) >= 16
    assert policy(client.get("/check"))["style-src"] != directives["style-src"], (
        "a nonce is for one answer"
    )


def test_the_shell_has_its_nonce_and_no_inline_code(tmp_path: Path) -> None:
    from flask import render_template

    app = make_service(tmp_path, index=False).app
    with app.test_request_context("/"):
        text = render_template(
            "shell.html",
            assets={"script": "a.js", "theme": "t.js", "style": "a.css"},
            nonce="N0NCE",
            version="1",
            status=200,
        )
    assert "N0NCE" in text
    assert "<style" not in text and "style=" not in text and " on" not in text.split("<body")[0]
    for script in text.split("<script")[1:]:
        assert "src=" in script.split(">")[0], "a script without an address would be inline"


@pytest.mark.parametrize(
    "path", ["/check", "/search", "/documents/swh:1:cnt:" + "a" * 40, "/corpus", "/api/docs"]
)
def test_every_view_has_an_address(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "text/html"
    assert response.headers["Cache-Control"] == "no-cache"


def test_home_is_the_playground_or_check_without_a_model(
    client: FlaskClient, tmp_path: Path
) -> None:
    response = client.get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/check")
    with_model = make_service(tmp_path, index=False, generators=[Reciter("x = 1")])
    assert with_model.client.get("/").status_code == 200


def test_if_the_page_is_not_built_it_says_how(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.pages.DIST", tmp_path)
    assert b"python -m webapp.page_build" in client.get("/check").data


def test_built_files_are_kept_for_ever_and_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service(tmp_path, index=False)
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "main-AB12.js").write_text("1")
    (dist / "other.js").write_text("1")
    (dist / "manifest.json").write_text(
        json.dumps({"script": "main-AB12.js", "files": ["main-AB12.js"]})
    )
    monkeypatch.setattr("webapp.pages.DIST", dist)
    monkeypatch.setattr(service.app, "static_folder", str(tmp_path))
    with service.client.get("/static/dist/main-AB12.js") as built:
        assert "immutable" in built.headers["Cache-Control"]
    with service.client.get("/static/dist/other.js") as other:
        assert "immutable" not in other.headers["Cache-Control"]
        assert other.headers["ETag"]
    assert b"main-AB12.js" in service.client.get("/check").data


# --- problems ---


def test_an_unknown_address_gives_programs_a_problem_and_browsers_a_page(
    client: FlaskClient,
) -> None:
    response = client.get("/nothing", headers={"X-Request-Id": "abc"})
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    body = json.loads(response.data)
    assert body["type"] == "/problems/not-found"
    assert body["status"] == 404
    assert body["instance"] == "abc"
    shown = client.get("/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
    assert shown.status_code == 404
    assert shown.mimetype == "text/html"


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    response = client.post("/healthz")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert json.loads(response.data)["type"] == "/problems/method-not-allowed"


def test_every_problem_type_has_a_page(client: FlaskClient) -> None:
    for kind, (status, title) in KINDS.items():
        response = client.get(f"/problems/{kind}").get_json()
        assert (response["status"], response["title"]) == (status, title)
    assert client.get("/problems/nothing").status_code == 404


def test_errors_under_v1_have_openais_shape(client: FlaskClient) -> None:
    response = client.get("/v1/nothing")
    assert response.mimetype == "application/json"
    error = response.get_json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["code"] == "not_found"
    assert error["param"] is None
    assert error["message"]


@pytest.mark.parametrize(
    "kind",
    [*every(whence.WhenceError), *every(generation.GenerationError)],
    ids=lambda k: k.__name__,
)
def test_every_error_of_ours_has_its_message(tmp_path: Path, kind: type[Exception]) -> None:
    client = failing(tmp_path, kind("the value, the limit and the remedy"))
    response = client.get("/fail")
    body = json.loads(response.data)
    assert body["detail"] == "the value, the limit and the remedy"
    assert body["type"] != "/problems/internal"
    assert response.status_code == body["status"] >= 400
    if response.status_code == 503:
        assert int(response.headers["Retry-After"]) >= 1
    openai = client.get("/v1/fail").get_json()["error"]
    assert openai["message"] == body["detail"]


def test_the_most_specific_kind_is_used() -> None:
    def kind(error: Exception) -> str:
        problem = problem_of(error)
        assert problem is not None
        return problem.kind

    assert kind(whence.IndexNotFoundError("")) == "index-missing"
    assert kind(whence.IndexDamagedError("")) == "index-damaged"
    assert kind(whence.InputError("")) == "input"
    assert kind(generation.UnsupportedPromptError("")) == "unsupported-prompt"
    assert kind(generation.LicenseNotAcceptedError("")) == "license-not-accepted"
    assert kind(BusyError("", 3.0)) == "busy"
    assert kind(generation.OverloadedError("", 7.0)) == "busy"
    assert problem_of(ValueError("a bug")) is None


def test_a_busy_engine_sets_retry_after(tmp_path: Path) -> None:
    client = failing(tmp_path, generation.OverloadedError("full", retry_after=6.2))
    assert client.get("/fail").headers["Retry-After"] == "7"


def test_a_bug_reveals_nothing(tmp_path: Path) -> None:
    client = failing(tmp_path, ValueError(SECRET))
    response = client.get("/fail")
    assert response.status_code == 500
    assert SECRET.encode() not in response.data
    assert json.loads(response.data)["type"] == "/problems/internal"


def test_fields_of_a_problem_are_in_both_shapes(tmp_path: Path) -> None:
    fields = [{"detail": "must be a string", "pointer": "#/messages/0/content"}]
    client = failing(tmp_path, Problem("invalid", "no", errors=fields))
    assert json.loads(client.get("/fail").data)["errors"] == fields
    response = client.get("/v1/fail")
    assert response.status_code == 400, "OpenAI's clients know 400, not 422"
    assert response.get_json()["error"]["param"] == "messages/0/content"


# --- bodies ---


@pytest.fixture
def asked(tmp_path: Path) -> Service:
    return make_service(tmp_path, max_body=2000, max_batch=32_000)


ONE, BATCH = "/api/v1/attributions", "/api/v1/attributions/batch"


def test_a_large_body_is_refused_without_reading_it(asked: Service) -> None:
    response = asked.client.post(ONE, json={"code": "x" * 3000})
    assert response.status_code == 413
    assert json.loads(response.data)["type"] == "/problems/too-large"
    assert "2000" in json.loads(response.data)["detail"]


def test_a_batch_may_be_larger(asked: Service) -> None:
    body = {"snippets": [{"id": "1", "code": "x" * 3000}]}
    assert asked.client.post(BATCH, json=body).status_code == 200
    body["snippets"][0]["code"] = "x" * 40_000
    assert asked.client.post(BATCH, json=body).status_code == 413


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        ("code=x", "application/x-www-form-urlencoded", 415),
        ('{"code": "x"}', "text/plain", 415),
        ('{"code": ', "application/json", 400),
        ("", "application/json", 400),
        ("\udcff".encode("utf-8", "surrogateescape"), "application/json", 400),
        ("[" * 1900, "application/json", 400),
        ("[1]", "application/json", 422),
        ('{"code": "\\ud800"}', "application/json", 422),
        ('{"code": 7}', "application/json", 422),
        ("null", "application/json", 422),
        ('"text"', "application/json", 422),
    ],
)
def test_an_unusable_body_is_refused(
    asked: Service, data: str | bytes, kind: str, status: int
) -> None:
    response = asked.client.post(ONE, data=data, content_type=kind)
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ('{"code": "' + SECRET, "line 1, column 10"),
        (b'{"code": "\xff"}', "byte 10 is not utf-8"),
        ("[" * 1900, "nested too deeply"),
        ('{"code": ' + "9" * 1900 + "9" * 2500 + "}", "too many digits"),
    ],
)
def test_a_body_that_is_not_json_names_the_position(
    tmp_path: Path, data: str | bytes, why: str
) -> None:
    response = make_client(tmp_path, index=False).post(
        ONE, data=data, content_type="application/json"
    )
    assert response.status_code == 400
    assert why in json.loads(response.data)["detail"]
    assert SECRET.encode() not in response.data


def test_an_invalid_field_is_named_without_its_value(asked: Service) -> None:
    response = asked.client.post(ONE, json={"code": [SECRET], "language": 7})
    body = json.loads(response.data)
    assert {"#/code", "#/language"} == {one["pointer"] for one in body["errors"]}
    assert SECRET.encode() not in response.data


# --- access ---


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"])
def test_names_of_this_machine_are_allowed(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "192.168.1.5", "127.0.0.1.nip.io:8000", "[", ""],
)
def test_another_name_is_refused(client: FlaskClient, host: str) -> None:
    response = client.get("/", headers={"Host": host})
    assert response.status_code in (400, 421), "a name that resolves to us is a rebinding attack"
    assert b"<html" not in response.data


def test_a_name_can_be_allowed(tmp_path: Path) -> None:
    client = make_client(tmp_path, index=False, allowed_hosts=("code.example",))
    assert client.get("/healthz", headers={"Host": "code.example:81"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 421


def test_a_public_service_allows_ip_addresses_as_host(tmp_path: Path) -> None:
    client = make_client(tmp_path, index=False, host="0.0.0.0")
    assert client.get("/healthz", headers={"Host": "192.168.1.5"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_sites_page_may_not_post(asked: Service, headers: dict[str, str]) -> None:
    response = asked.client.post(ONE, json={"code": "x"}, headers=headers)
    assert response.status_code == 403
    assert json.loads(response.data)["type"] == "/problems/cross-site"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://localhost"},
    ],
)
def test_our_own_page_and_programs_may_post(asked: Service, headers: dict[str, str]) -> None:
    assert asked.client.post(ONE, json={"code": "x"}, headers=headers).status_code == 200


def test_an_allowed_origin_may_send_requests_and_read_answers(tmp_path: Path) -> None:
    editor = "https://editor.example"
    client = make_client(tmp_path, allowed_origins=(editor,))
    asks = {"Origin": editor, "Access-Control-Request-Method": "POST"}
    allowed = client.options(ONE, headers=asks)
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == editor
    assert "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
    response = client.post(ONE, json={"code": "x"}, headers={"Origin": editor})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == editor
    assert "Origin" in response.headers["Vary"]
    other = client.options(ONE, headers={**asks, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


def test_forwarded_addresses_are_only_trusted_from_a_proxy(tmp_path: Path) -> None:
    for proxies, seen in ((0, "127.0.0.1"), (1, "203.0.113.9")):
        service = make_service(tmp_path, index=False, proxies=proxies)
        service.app.add_url_rule("/who", view_func=lambda: str(request.remote_addr))
        response = service.client.get("/who", headers={"X-Forwarded-For": "10.0.0.1, 203.0.113.9"})
        assert response.text == seen


def test_the_service_starts_without_what_only_some_requests_need() -> None:
    heavy = ["torch", "transformers", "pyarrow", "openai", "httpx2", "numba", "numpy"]
    code = (
        "import sys; from webapp.app import create_app; from webapp.settings import ServeSettings; "
        "app = create_app(ServeSettings(models=('demo',))); "
        "assert app.test_client().get('/openapi.json').status_code == 200; "
        f"print(*sorted(set({heavy!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("path", ["/api/v1/search?q=a", "/api/v1/index", "/v1/models", "/metrics"])
def test_pages_of_other_sites_may_not_read_from_the_api(tmp_path: Path, path: str) -> None:
    client = make_client(tmp_path)
    foreign = client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert json.loads(foreign.data)["error" if path.startswith("/v1/") else "type"]
    assert client.get(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code != 403
    assert client.get(path).status_code != 403  # not a browser


@pytest.mark.parametrize("path", ["/check", "/search?q=a", "/api/docs", "/healthz"])
def test_other_sites_may_link_to_pages(tmp_path: Path, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert make_client(tmp_path).get(path, headers=headers).status_code == 200
