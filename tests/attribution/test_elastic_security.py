"""The Elasticsearch engine behind TLS, with users of different roles."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import uuid4

import pytest

from attribution.cli import main
from attribution.errors import IndexUnavailableError, StorageError, WhenceError
from attribution.index import create_index, open_index
from attribution.index.interface import WordQuery
from attribution.types import OptOut
from tests.support.elastic_security import SecureServer, secure_server
from tests.support.index_engines import code, file, fill, sketch


@pytest.fixture(scope="module")
def server() -> SecureServer:
    return secure_server()


@pytest.fixture
def be(server: SecureServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`be(user, **settings)`: log in as a user, with other settings; None removes one."""

    def change(user: str, **settings: str | None) -> None:
        for name, value in {**server.environment(user), **settings}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return change


@pytest.fixture(scope="module")
def filled(server: SecureServer) -> str:
    """The location of an index that the indexing user made."""
    location = server.location(f"whence-test-{uuid4().hex}")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment("indexer").items():
            patch.setenv(name, value)
        with create_index(location, "corpus") as index:
            fill(index, [file(code(n), path=f"{n}.py") for n in range(5)])
    return location


def test_a_user_with_read_access_can_look_up(filled: str, be: Callable[..., None]) -> None:
    be("reader")
    with open_index(filled) as index:
        best = index.propose(sketch(code(3)), lexical=True).candidates[0]
        assert index.fetch([best.document])[0].content == code(3)  # type: ignore[union-attr]
        assert index.occurrences(best.document)[0].path == "3.py"
        hits = index.search(WordQuery(words=("function_3",)))
        assert [hit.document.id for hit in hits] == [best.document]
        assert [held.documents for held in index.membership("ann")] == [5]
        assert index.summary().documents == 5
        assert index.describe().repositories == 1
        assert list(index.skips()) == []
        index.refresh()


def test_a_user_with_read_access_may_not_write(filled: str, be: Callable[..., None]) -> None:
    be("reader")
    with open_index(filled) as index:
        with pytest.raises(StorageError, match="does not permit"):
            fill(index, [file(code(9))])
        with pytest.raises(StorageError, match="does not permit"):
            index.remove([OptOut("owner", "ann")])
        assert index.summary().documents == 5
    with pytest.raises(StorageError, match="does not permit"):
        create_index(filled + "-2", "corpus")


def test_a_stranger_may_not_read(filled: str, be: Callable[..., None]) -> None:
    be("stranger")
    with pytest.raises(StorageError, match="does not permit"):
        open_index(filled)


def test_wrong_credentials_are_reported_and_not_shown(
    filled: str, be: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    be("reader", WHENCE_ELASTIC_PASSWORD="a-wrong-one")
    with pytest.raises(IndexUnavailableError, match="refused the credentials") as refused:
        open_index(filled)
    assert "a-wrong-one" not in str(refused.value)
    assert "a-wrong-one" not in caplog.text
    be("reader", WHENCE_ELASTIC_USER=None, WHENCE_ELASTIC_PASSWORD=None)
    with pytest.raises(IndexUnavailableError, match="WHENCE_ELASTIC_USER"):
        open_index(filled)


def test_a_certificate_of_another_authority_is_refused(
    server: SecureServer, filled: str, be: Callable[..., None]
) -> None:
    for settings in ({"WHENCE_ELASTIC_CA": str(server.other_ca)}, {"WHENCE_ELASTIC_CA": None}):
        be("reader", **settings)
        with pytest.raises(IndexUnavailableError, match="certificate") as refused:
            open_index(filled)
        assert "WHENCE_ELASTIC_CA" in str(refused.value)


def test_a_fingerprint_replaces_the_authority(
    server: SecureServer, filled: str, be: Callable[..., None]
) -> None:
    be("reader", WHENCE_ELASTIC_CA=None, WHENCE_ELASTIC_FINGERPRINT=server.fingerprint)
    with open_index(filled) as index:
        assert index.summary().documents == 5
    be("reader", WHENCE_ELASTIC_CA=None, WHENCE_ELASTIC_FINGERPRINT="ab" * 32)
    with pytest.raises(IndexUnavailableError, match="certificate"):
        open_index(filled)


def test_plain_http_to_a_server_with_tls_is_reported(
    server: SecureServer, be: Callable[..., None]
) -> None:
    be("reader")
    with pytest.raises(WhenceError, match="https"):
        open_index(server.location("whence").replace("https", "http"))


def test_commands_use_the_settings_and_show_no_secret(
    server: SecureServer,
    filled: str,
    be: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for user, code_of_exit, said in (("reader", 0, "corpus"), ("stranger", 2, "does not permit")):
        be(user)
        with pytest.raises(SystemExit) as ended:
            main(["info", "--index", filled])
        shown = "".join(capsys.readouterr())
        assert ended.value.code == code_of_exit, shown
        assert said in shown
        assert server.password not in shown
