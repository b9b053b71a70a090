"""Model licences: reading them from cards, and the record of acceptances."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inference.acceptance import Acceptances
from inference.errors import ModelError
from inference.licenses import license_of, license_of_card, terms_of

STARCODER = (
    "---\npipeline_tag: text-generation\nlicense: bigcode-openrail-m\ntags:\n- code\n---\n# X\n"
)
TERMS = terms_of("bigcode-openrail-m")


def test_the_openrail_family_has_restrictions_and_a_text() -> None:
    assert len(TERMS.restrictions) == 14
    assert all(sentence.endswith(".") for sentence in TERMS.restrictions)
    assert TERMS.url is not None
    assert TERMS.url.startswith("https://")
    assert TERMS.needs_acceptance
    for name in (
        "creativeml-openrail-m",
        "openrail",
        "bigscience-bloom-rail-1.0",
        "llama3",
        "gemma",
    ):
        assert terms_of(name).needs_acceptance, name
    for name in ("apache-2.0", "mit", "python-2.0", "bsd-3-clause", "", "trail-mix"):
        assert not terms_of(name).needs_acceptance, name


@pytest.mark.parametrize(
    ("card", "name", "url"),
    [
        (STARCODER, "bigcode-openrail-m", TERMS.url),
        (STARCODER.replace("\n", "\r\n"), "bigcode-openrail-m", TERMS.url),
        ("---\nlicense:\n- mit\n---\n", "mit", None),
        ('---\nlicense: "apache-2.0"  \n---\n', "apache-2.0", None),
        (
            "---\nlicense: other\nlicense_name: my-rail\nlicense_link: https://x.example/L\n---\n",
            "my-rail",
            "https://x.example/L",
        ),
        ("---\nlicense: other\nlicense_name: n\nlicense_link: javascript:alert(1)\n---", "n", None),
    ],
)
def test_a_card_with_a_licence(card: str, name: str, url: str | None) -> None:
    terms = license_of_card(card)
    assert terms is not None
    assert (terms.name, terms.url) == (name, url)


@pytest.mark.parametrize("card", ["", "# X\nlicense: mit\n", "---\nlicense: mit\n", "---\n---\n"])
def test_a_card_without_a_licence(card: str) -> None:
    assert license_of_card(card) is None


def test_a_folder(tmp_path: Path) -> None:
    assert license_of(tmp_path).name == ""
    (tmp_path / "config.json").write_text(json.dumps({"_name_or_path": "bigcode/starcoderbase-1b"}))
    assert license_of(tmp_path).needs_acceptance
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    assert license_of(tmp_path).name == "mit"


def test_the_hubs_cache(tmp_path: Path) -> None:
    commit = "0" * 40
    repository = tmp_path / "models--some--model"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    snapshot = repository / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "README.md").write_text(STARCODER)
    assert license_of("some/model", offline=True, cache=tmp_path) == TERMS
    assert license_of("some/other", offline=True, cache=tmp_path).name == ""


@pytest.mark.parametrize(
    "model", ["bigcode/starcoder", "bigcode/starcoder2-15b", "x/StarCoderBase-ft", "starcoder"]
)
def test_the_family_is_recognized_by_name(model: str, tmp_path: Path) -> None:
    assert license_of(model, offline=True, cache=tmp_path).needs_acceptance


def test_an_acceptance_is_recorded_and_found_again(tmp_path: Path) -> None:
    record = Acceptances(tmp_path, {})
    assert record.known("m", TERMS).needs_acceptance
    before = datetime.now(UTC).replace(microsecond=0)
    accepted = record.accept("m", TERMS, "prompt")
    assert not accepted.needs_acceptance
    assert accepted.accepted is not None
    assert before <= datetime.fromisoformat(accepted.accepted) <= datetime.now(UTC)
    again = Acceptances(tmp_path, {})
    assert again.known("m", TERMS) == accepted
    assert again.known("another", TERMS).needs_acceptance
    (line,) = again.all()
    assert (line.license, line.model, line.how) == ("bigcode-openrail-m", "m", "prompt")


def test_the_environment_accepts_by_name(tmp_path: Path) -> None:
    other = Acceptances(tmp_path, {"WHENCE_ACCEPT_MODEL_LICENSE": "llama3"})
    assert other.known("m", TERMS).needs_acceptance
    named = Acceptances(tmp_path, {"WHENCE_ACCEPT_MODEL_LICENSE": "BigCode-OpenRAIL-M"})
    assert not named.known("m", TERMS).needs_acceptance
    assert [line.how for line in named.all()] == ["environment"]
    named.known("m", TERMS)
    assert len(named.all()) == 1


def test_the_flag_must_name_the_licence(tmp_path: Path) -> None:
    record = Acceptances(tmp_path, {})
    with pytest.raises(ModelError, match="bigcode-openrail-m"):
        record.accept_named("mit", "m", TERMS, "flag")
    assert record.all() == []
    assert not record.accept_named("bigcode-openrail-m", "m", TERMS, "flag").needs_acceptance
    free = terms_of("mit")
    assert record.accept_named("x", "m", free, "flag") is free


def test_the_users_folder() -> None:
    def folder(**environment: str) -> Path:
        return Acceptances(environment=environment).path.parent

    assert folder(WHENCE_CONFIG_HOME="/a", XDG_CONFIG_HOME="/b") == Path("/a")
    assert folder(XDG_CONFIG_HOME="/b") == Path("/b/whence")


def test_a_damaged_record_is_reported_and_kept(tmp_path: Path) -> None:
    record = Acceptances(tmp_path, {})
    for damaged in ("{", "[]", '{"acceptances": [1]}'):
        record.path.write_text(damaged)
        with pytest.raises(ModelError, match="cannot be read"):
            record.accept("m", TERMS, "flag")
        assert record.path.read_text() == damaged


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"cannot be (recorded|read)"):
        Acceptances(tmp_path / "file" / "below", {}).accept("m", TERMS, "flag")


def test_readers_never_see_half_a_record(tmp_path: Path) -> None:
    record = Acceptances(tmp_path, {})
    record.accept("m", TERMS, "flag")
    done = threading.Event()
    failures: list[Exception] = []

    def read() -> None:
        while not done.is_set():
            try:
                assert record.all()
            except Exception as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(30):
        record.accept("m", TERMS, "flag")
    done.set()
    reader.join()
    assert not failures
    assert [path.name for path in tmp_path.iterdir()] == [record.path.name]
