"""Requests of authors to remove their code: the file, the API and the command."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attribution.cli import main
from attribution.errors import InputError, StorageError
from attribution.index import open_index
from attribution.types import OptOut
from tests.support.webapp_client import Service, make_index, make_service
from webapp.removal.store import ACCEPTED, DECLINED, OPEN, RequestStore
from webapp.services import REMOVAL_RATE

URL = "/api/v1/removal-requests"
WHOM = "Removals <removals@harbour.example>"
OWNER = OptOut("owner", "quay")
BODY: dict[str, Any] = {
    "opt_outs": [{"kind": "owner", "value": "https://github.com/Quay"}],
    "statement": "I wrote it.\n\nSee my profile.",
    "contact": "ann@quay.example",
}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path: Path) -> RequestStore:
    made = RequestStore(tmp_path / "conf" / "requests.sqlite")
    made.create()
    return made


@pytest.fixture
def service(tmp_path: Path, store: RequestStore) -> Service:
    return make_service(tmp_path, contact=WHOM, requests=store.path, refresh_seconds=0.0)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], store: RequestStore) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        name, *rest = arguments
        with pytest.raises(SystemExit) as end:
            main(["requests", name, *rest, "--requests", str(store.path)])
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


def post(service: Service, body: object = BODY, **options: Any) -> Any:
    return service.client.post(URL, json=body, **options)


# ---- the file ----


def test_a_request_is_kept_for_its_owner_alone(store: RequestStore) -> None:
    made = store.add([OWNER, OptOut("repository", "ann/x")], "mine", "ann@quay.example")
    assert (made.number, made.state, made.decided, made.reason) == (1, OPEN, None, "")
    assert made.opt_outs == (OWNER, OptOut("repository", "ann/x"))
    assert len(made.reference) >= 22
    assert made.reference != store.add([OWNER], "mine", "ann@quay.example").reference
    assert RequestStore(store.path).by_reference(made.reference) == made
    assert store.by_reference(made.reference[:-1]) is None
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    store.create()
    assert [one.number for one in store.all()] == [1, 2]
    store.delete(1)
    assert [one.number for one in store.all()] == [2]
    assert made.reference.encode() not in store.path.read_bytes(), "deleted bytes are overwritten"
    with pytest.raises(InputError, match="there is no request 1 in"):
        store.delete(1)


def test_a_decision_is_dated_and_final(store: RequestStore) -> None:
    number = store.add([OWNER], "mine", "ann@quay.example").number
    declined = store.decide(number, DECLINED, "no proof")
    assert (declined.state, declined.reason) == (DECLINED, "no proof")
    assert declined.decided is not None
    with pytest.raises(InputError, match="was declined on"):
        store.decide(number, DECLINED, "again")
    assert store.decide(number, ACCEPTED, "").state == ACCEPTED, "a refusal may be a mistake"
    with pytest.raises(InputError, match="was accepted on"):
        store.decide(number, DECLINED, "no proof")
    assert [one.number for one in store.all(OPEN)] == []


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"no database, but long enough to be read as the header of one" * 20)
    with pytest.raises(StorageError, match="other cannot be used as a file of requests"):
        RequestStore(other).create()
    assert other.read_bytes().startswith(b"no database")
    with pytest.raises(StorageError, match="requests cannot be stored in"):
        RequestStore(other / "below").create()
    with pytest.raises(StorageError, match="there is no file of requests"):
        list(RequestStore(tmp_path / "absent").all())
    with pytest.raises(StorageError, match="there is no file of requests"):
        RequestStore(tmp_path / "absent").decide(1, DECLINED, "no proof")
    assert not (tmp_path / "absent").exists()


def test_a_full_file_refuses_and_keeps_what_it_has(
    service: Service, store: RequestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = post(service).get_json()["reference"]
    monkeypatch.setattr("webapp.removal.store._PAGES", 8)  # as a full disk: SQLITE_FULL
    with pytest.raises(StorageError, match="full"):
        for _ in range(100):
            store.add([OWNER], "s" * 2000, "ann@quay.example")
    done = post(service, {**BODY, "statement": "s" * 2000})
    assert (done.status_code, done.get_json(force=True)["type"]) == (
        503,
        "/problems/requests-unavailable",
    )
    assert f"write to {WHOM} instead" in done.get_json(force=True)["detail"]
    assert int(done.headers["Retry-After"]) >= 1
    assert service.client.get(f"{URL}/{first}").get_json()["state"] == OPEN


ADD = """
import sys
from pathlib import Path
from attribution.types import OptOut
from webapp.removal.store import RequestStore
store = RequestStore(Path(sys.argv[1]))
store.create()
for number in range(int(sys.argv[2])):
    made = store.add([OptOut("owner", f"owner{number}")], "mine", "ann@quay.example")
    print(made.reference, flush=True)
"""


def add_in_a_process(path: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ADD, str(path), str(count)], stdout=subprocess.PIPE, text=True
    )


def test_nothing_is_lost_when_processes_write_at_once(store: RequestStore) -> None:
    writers = [add_in_a_process(store.path, 40) for _ in range(2)]
    references = [line for writer in writers for line in writer.communicate(timeout=60)[0].split()]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(references) == 80
    assert {one.reference for one in store.all()} == set(references)


def test_nothing_that_was_confirmed_is_lost_by_a_kill(store: RequestStore) -> None:
    writer = add_in_a_process(store.path, 100_000)
    assert writer.stdout is not None
    confirmed = [writer.stdout.readline().strip() for _ in range(20)]
    os.kill(writer.pid, signal.SIGKILL)
    confirmed += writer.communicate(timeout=30)[0].split()
    confirmed = [reference for reference in confirmed if len(reference) == 22]
    kept = {one.reference for one in store.all()}
    assert len(confirmed) >= 20
    assert set(confirmed) <= kept
    store.add([OWNER], "after it", "ann@quay.example")


def test_a_thousand_requests_are_listed_fast(store: RequestStore, run: Run) -> None:
    for number in range(1000):
        store.add([OptOut("owner", f"owner{number}")], "mine", "ann@quay.example")
    started = time.monotonic()
    out = run("list")[1]
    assert time.monotonic() - started < 5
    assert len(out.splitlines()) == 1001
    assert store.path.stat().st_size < 4 << 20


# ---- the API ----


def test_a_request_and_its_state(service: Service, store: RequestStore) -> None:
    done = post(service)
    assert done.status_code == 201, done.text
    made = done.get_json()
    assert (made["state"], made["contact"]) == (OPEN, WHOM)
    assert made["opt_outs"] == [{"kind": "owner", "value": "quay"}]
    assert made["says"].endswith(f"{WHOM} has not decided yet.")
    assert service.client.get(f"{URL}/{made['reference']}").get_json() == made
    (kept,) = store.all()
    assert (kept.statement, kept.contact) == (BODY["statement"], BODY["contact"])
    assert BODY["contact"] not in done.text, "the sender's address is for the operator alone"
    store.decide(kept.number, DECLINED, "No proof came.")
    after = service.client.get(f"{URL}/{made['reference']}").get_json()
    assert after["says"].endswith("No proof came.")
    assert service.client.get(f"/requests/{made['reference']}").status_code == 200
    wrong = service.client.get(f"{URL}/{made['reference'][:-1]}x")
    assert (wrong.status_code, wrong.get_json(force=True)["type"]) == (
        404,
        "/problems/request-not-found",
    )
    asked = service.client.get("/api/v1/membership?owner=quay").get_json()
    assert asked["opt_outs"] == [{"kind": "owner", "value": "quay"}]
    assert asked["requests"].startswith(f"{WHOM} decides on it")


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"statement": " \n"}, 422, "#/statement"),
        ({"statement": "x" * 2001}, 422, "#/statement"),
        ({"statement": "a\x1b[2Jb"}, 422, "character 1 is the control character U+001B"),
        ({"statement": "\ud800"}, 422, "lone surrogate"),
        ({"contact": "a\nb@c"}, 422, "several lines"),
        ({"contact": "ab"}, 422, "#/contact"),
        ({"contact": "x" * 201}, 422, "#/contact"),
        ({"opt_outs": []}, 422, "#/opt_outs"),
        ({"opt_outs": [{"kind": "planet", "value": "mars"}]}, 422, "#/opt_outs/0/kind"),
        ({"opt_outs": [{"kind": "owner", "value": "a/b"}]}, 400, "'a/b' is not the name of an"),
        ({"opt_outs": [{"kind": "owner", "value": "x"}] * 101}, 422, "#/opt_outs"),
        ({"more": 1}, 422, "#/more"),
    ],
)
def test_invalid_requests_are_refused(
    service: Service, store: RequestStore, change: dict[str, object], status: int, says: str
) -> None:
    text = json.dumps({**BODY, **change})
    done = service.client.post(URL, data=text, content_type="application/json")
    assert done.status_code == status, done.text
    assert says in done.get_json(force=True)["detail"]
    assert list(store.all()) == []


def test_huge_and_foreign_requests_are_refused(service: Service, store: RequestStore) -> None:
    assert post(service, {**BODY, "statement": "x" * (2 << 20)}).status_code == 413
    form = service.client.post(URL, data={"statement": "x"})
    assert form.status_code == 415, "a form of another site cannot send JSON"
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert post(service, headers=headers).status_code == 403
    assert list(store.all()) == []


def test_requests_of_an_address_are_limited(service: Service, store: RequestStore) -> None:
    limit = int(REMOVAL_RATE.partition("/")[0])
    assert [post(service).status_code for _ in range(limit)] == [201] * limit
    refused = post(service)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.headers["RateLimit-Policy"] == f'"removal";q={limit};w=3600'
    other = post(service, environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 201
    assert len(list(store.all())) == limit + 1


def test_without_a_contact_requests_are_off(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    for done in (post(service), service.client.get(f"{URL}/x")):
        assert (done.status_code, done.get_json(force=True)["type"]) == (
            404,
            "/problems/requests-off",
        )
    assert service.client.get("/api/v1/membership?owner=quay").get_json()["requests"] is None


def test_many_threads_send_at_once(service: Service, store: RequestStore) -> None:
    codes: list[int] = []

    def send(number: int) -> None:
        at = {"REMOTE_ADDR": f"192.0.2.{number}"}
        client = service.app.test_client()
        codes.extend(client.post(URL, json=BODY, environ_overrides=at).status_code for _ in "ab")

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [201] * 16
    assert len(list(store.all())) == 16


# ---- the command ----


def test_a_request_is_listed_shown_and_accepted(
    tmp_path: Path, service: Service, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = post(service).get_json()["reference"]
    code, out, _ = run("list")
    assert code == 0
    header, line = out.splitlines()
    assert header.split() == ["NUMBER", "MADE", "STATE", "WHAT", "CONTACT"]
    assert line.split()[2:] == ["open", "quay", "ann@quay.example"]
    (row,) = map(json.loads, run("list", "--json")[1].splitlines())
    assert (row["number"], row["reference"], row["opt_outs"][0]["value"]) == (1, reference, "quay")
    shown = run("show", "1")[1]
    assert f"reference  {reference}\n" in shown
    assert "remove     owner quay\n" in shown
    assert "statement\n  I wrote it.\n  \n  See my profile.\n" in shown
    monkeypatch.delenv("WHENCE_INDEX", raising=False)
    code, _, err = run("accept", "1")
    assert code == 2
    assert "`whence remove --index LOCATION --owner quay`" in err
    index = str(tmp_path / "index")
    code, _, err = run("accept", "1", "--index", "http://127.0.0.1:9")
    assert (code, "through which an index can only be read" in err) == (2, True)
    assert service.client.get(f"{URL}/{reference}").get_json()["state"] == OPEN
    code, out, _ = run("accept", "1", "--index", index)
    assert (code, out) == (
        0,
        f"Request 1 is accepted: removed 2 occurrences from {index}. `whence compact` deletes the "
        "bytes from disk.\n",
    )
    after = service.client.get(f"{URL}/{reference}").get_json()
    assert (after["state"], "removed from all answers" in after["says"]) == (ACCEPTED, True)
    asked = service.client.get("/api/v1/membership?owner=quay").get_json()
    assert (asked["found"], asked["opted_out"]) == (False, True)
    code, _, err = run("accept", "1", "--index", index)
    assert (code, "request 1 was accepted on" in err) == (2, True)
    assert "no open requests" in run("list")[2]
    assert "accepted" in run("list", "--all")[1]


def test_several_indexes_are_changed_together_or_not_at_all(
    tmp_path: Path, store: RequestStore, run: Run
) -> None:
    first, second = str(make_index(tmp_path / "a")), str(make_index(tmp_path / "b"))
    store.add([OWNER], "mine", "ann@quay.example")
    code, _, err = run("accept", "1", "--index", first, "--index", str(tmp_path / "absent"))
    assert (code, "there is no index" in err) == (2, True)
    with open_index(first) as index:
        assert index.summary().opt_outs == 0
    code, out, _ = run("accept", "1", "--index", first, "--index", second)
    assert (code, "removed 4 occurrences from" in out) == (0, True)
    for location in (first, second):
        with open_index(location) as index:
            assert list(index.membership("quay")) == []


def test_a_request_is_declined_with_a_reason_or_recorded_or_deleted(
    store: RequestStore, run: Run
) -> None:
    for _ in range(3):
        store.add([OWNER], "mine", "ann@quay.example")
    assert run("decline", "1")[0] == 2
    assert "the reason is empty" in run("decline", "1", "--reason", " ")[2]
    assert run("decline", "1", "--reason", "No proof.")[1] == "Request 1 is declined.\n"
    assert "reason     No proof.\n" in run("show", "1")[1]
    assert run("accept", "2", "--removed", "--reason", "Done by hand.")[0] == 0
    assert store.by_number(2).state == ACCEPTED
    assert run("delete", "3")[0] == 0
    code, _, err = run("show", "3")
    assert (code, "there is no request 3 in" in err) == (2, True)


def test_what_a_stranger_wrote_does_not_control_the_terminal(store: RequestStore, run: Run) -> None:
    store.add([OptOut("owner", "a\x1b[2Jb\u202e")], "x\x1b]0;taken\x07\nsecond", "c\x9b@d")
    for out in (run("list")[1], run("show", "1")[1]):
        assert not set(out) & set("\x1b\x07\x9b\u202e")


def test_a_service_with_a_contact_needs_a_file_that_can_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    index = str(make_index(tmp_path / "index"))
    for options, says in (
        (["--contact", WHOM, "--requests", str(tmp_path / "file" / "x")], "cannot be stored in"),
        (["--requests", str(tmp_path / "x")], "--requests needs --contact"),
    ):
        with pytest.raises(SystemExit) as end:
            main(["serve", "--index", index, *options])
        assert end.value.code == 2
        assert says in capsys.readouterr().err
