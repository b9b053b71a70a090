"""API keys: the file, the command, and access."""

from __future__ import annotations

import json
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from attribution.errors import InputError
from tests.support.webapp_client import make_client
from webapp.commands.keys import default_keys
from webapp.commands.keys import keys as keys_command
from webapp.guards.keys import PREFIX, KeyFile, key_hash


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "conf" / "keys.json")


def name_of(file: KeyFile, key: str) -> str:
    found = file.find(key)
    assert found is not None
    return found.name


def test_a_key_is_shown_once_and_stored_as_a_salted_hash(file: KeyFile) -> None:
    key, other = file.add("ci"), file.add("laptop")
    assert key.startswith(PREFIX) and len(key) >= len(PREFIX) + 43
    kept = file.path.read_text()
    assert key not in kept and other not in kept
    stored = json.loads(kept)["keys"]
    assert stored[0]["hash"] == key_hash(stored[0]["salt"], key)
    assert stored[0]["salt"] != stored[1]["salt"]
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_only_the_whole_key_is_known(file: KeyFile) -> None:
    key = file.add("ci")
    assert name_of(file, key) == "ci"
    for wrong in ("", key[:-1], key + "a", key.upper(), PREFIX, "ci"):
        assert file.find(wrong) is None


def test_a_revoked_key_is_refused_at_once_by_other_processes(file: KeyFile) -> None:
    key, kept = file.add("ci"), file.add("laptop")
    running = KeyFile(file.path)
    assert name_of(running, key) == "ci"
    file.revoke("ci")
    assert running.find(key) is None
    assert name_of(running, kept) == "laptop"
    file.path.unlink()
    assert running.read() == ()


def test_names_are_unique_and_plain(file: KeyFile) -> None:
    file.add("ci")
    with pytest.raises(InputError, match="revoke ci"):
        file.add("ci")
    for odd in ("", "a b", "-x", "a\n", "x" * 65, "../x"):
        with pytest.raises(InputError, match="not a valid name"):
            file.add(odd)
    with pytest.raises(InputError, match="whence keys list"):
        file.revoke("other")


def test_no_key_is_lost_when_several_are_made_at_once(file: KeyFile) -> None:
    threads = [threading.Thread(target=KeyFile(file.path).add, args=(f"k{i}",)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.name for one in file.read()} == {f"k{i}" for i in range(12)}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"keys": []}', '{"version": 1, "keys": [{"name": "a"}]}',
             '{"version": 1, "keys": [{"name": "a", "created": "", "salt": "zz", "hash": ""}]}',
             '{"version": 1, "keys": [{"name": "a", "created": "", "salt": "00", "hash": "é"}]}',
             '{"version": 1, "keys": [{"name": "a", "created": "", "salt": "00", "hash": null}]}',
             '{"version": 2, "keys": []}'],
)  # fmt: skip
def test_a_damaged_file_lets_no_one_in(file: KeyFile, text: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(text)
    file.path.chmod(0o600)
    with pytest.raises(InputError, match=r"keys\.json"):
        file.find("whk_x")


def test_a_file_that_others_may_read_is_refused(file: KeyFile) -> None:
    file.add("ci")
    file.path.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        KeyFile(file.path).read()


def test_a_file_that_others_may_read_from_now_on_is_refused(file: KeyFile) -> None:
    key = file.add("ci")
    assert name_of(file, key) == "ci"
    file.path.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        file.find(key)


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(keys_command, [*arguments, "--keys", str(path)])
        assert done.exception is None
        return done.stdout

    key = run("add", "ci").strip()
    assert name_of(KeyFile(path), key) == "ci"
    listed = run("list")
    assert listed.startswith("ci\t20") and key not in listed
    assert listed.endswith("\tdefault\toff\n")
    run("limit", "ci", "--quota", "5/day")
    run("limit", "ci", "--rate-limit", "off")
    assert run("list").endswith("\toff\t5/day\n")
    run("limit", "ci", "--quota", "off")
    assert run("list").endswith("\toff\toff\n")
    assert name_of(KeyFile(path), key) == "ci"
    run("revoke", "ci")
    assert run("list") == ""


def test_limits_are_checked_when_they_are_given(file: KeyFile) -> None:
    with pytest.raises(InputError, match="'many' is not a rate limit"):
        file.add("ci", quota="many")
    file.add("ci")
    with pytest.raises(InputError, match="would allow nothing"):
        file.limit("ci", lambda key: replace(key, rate_limit="0/day"))
    with pytest.raises(InputError, match="there is no key 'other'"):
        file.limit("other", lambda key: replace(key, quota="5/day"))
    file.path.write_text(file.path.read_text().replace('"ci",', '"ci", "quota": "much",'))
    with pytest.raises(InputError, match="not a rate limit"):
        file.read()


# --- access ---


def test_they_are_in_the_users_configuration_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHENCE_CONFIG_HOME", "/a")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/b")
    assert default_keys() == Path("/a/keys.json")
    monkeypatch.delenv("WHENCE_CONFIG_HOME")
    assert default_keys() == Path("/b/whence/keys.json")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert default_keys() == Path.home() / ".config/whence/keys.json"


def test_without_a_key_file_no_key_is_needed(tmp_path: Path) -> None:
    assert make_client(tmp_path).get("/api/v1/index").status_code == 200


def test_with_keys_every_client_needs_one(tmp_path: Path, file: KeyFile) -> None:
    key = file.add("ci")
    client = make_client(tmp_path, keys=file.path)
    refused = client.get("/api/v1/index")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert json.loads(refused.data)["type"] == "/problems/key-needed"
    assert client.get("/metrics").status_code == 401
    openai = client.get("/v1/models")
    assert openai.get_json()["error"]["type"] == "authentication_error"
    for headers in (
        {"Authorization": f"Bearer {key}"},
        {"Authorization": f"bearer {key}"},
        {"X-API-Key": key},
    ):
        assert client.get("/api/v1/index", headers=headers).status_code == 200
    for headers in (
        {"Authorization": f"Bearer {key}x"},
        {"Authorization": f"Basic {key}"},
        {"Authorization": "Bearer"},
        {"X-API-Key": "clef-à-molette"},
    ):
        assert client.get("/api/v1/index", headers=headers).status_code == 401
    file.revoke("ci")
    assert client.get("/api/v1/index", headers={"X-API-Key": key}).status_code == 401


@pytest.mark.parametrize("path", ["/check", "/healthz", "/readyz", "/openapi.json"])
def test_the_page_and_health_need_no_key(tmp_path: Path, file: KeyFile, path: str) -> None:
    file.add("ci")
    assert make_client(tmp_path, keys=file.path).get(path).status_code == 200


def test_every_route_but_those_named_needs_a_key(tmp_path: Path, file: KeyFile) -> None:
    file.add("ci")
    client = make_client(tmp_path, keys=file.path)
    free = {"/", "/check", "/search", "/documents/<swhid>", "/corpus", "/requests/<reference>",
            "/api/docs", "/healthz", "/readyz", "/openapi.json", "/problems/<kind>",
            "/static/<path:filename>"}  # fmt: skip
    for rule in client.application.url_map.iter_rules():
        assert rule.methods is not None
        if rule.rule in free:
            continue
        method = "POST" if "POST" in rule.methods else "GET"
        path = (
            rule.rule.replace("<swhid>", "x").replace("<path:model>", "x").replace("<model>", "x")
        )
        response = client.open(path, method=method, json={} if method == "POST" else None)
        assert response.status_code == 401, f"{method} {rule.rule} lets anyone in"


def test_an_unreadable_key_file_lets_no_one_in(tmp_path: Path, file: KeyFile) -> None:
    key = file.add("ci")
    client = make_client(tmp_path, keys=file.path)
    file.path.write_text("damaged")
    response = client.get("/api/v1/index", headers={"X-API-Key": key})
    assert response.status_code == 503
    assert str(file.path) not in response.text, "clients must not see it"
