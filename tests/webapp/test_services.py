"""The index and the models of the service: opened late, kept up to date, or missing."""

from __future__ import annotations

import dataclasses
import json
import shutil
import threading
import time
from pathlib import Path

import pytest

from attribution.errors import IndexNotFoundError
from attribution.index import administer, open_index
from attribution.types import NewFile, Occurrence, OptOut
from inference.acceptance import Acceptances
from inference.errors import ModelError
from inference.interface import (
    Generation,
    Generator,
    Mode,
    ModelCard,
    ModelLicense,
    Parameters,
    Prompt,
)
from tests.support.webapp_client import FILES, PARSER, make_index, make_service
from webapp.generation.models import LoadProgress, LoadState, Models, ModelSlot
from webapp.index_holder import IndexHolder
from webapp.problems import Problem

ONE = "/api/v1/attributions"


class Silent(Generator):
    """A model that generates nothing."""

    def __init__(self, name: str) -> None:
        self.card = ModelCard(
            name, "demo", frozenset({Mode.COMPLETION}), 100, ModelLicense("apache-2.0", None)
        )
        self.closed = False

    def generate(self, prompt: Prompt, parameters: Parameters) -> Generation:
        raise ModelError(f"silent to {prompt} and {parameters}")

    def close(self) -> None:
        self.closed = True


# --- the index ---


def test_an_index_that_is_missing_is_a_503_until_it_is_there(tmp_path: Path) -> None:
    service = make_service(tmp_path, index=False)
    response = service.client.post(ONE, json={"code": PARSER})
    assert response.status_code == 503
    assert json.loads(response.data)["type"] == "/problems/index-missing"
    assert int(response.headers["Retry-After"]) >= 1
    assert service.client.get("/healthz").status_code == 200
    ready = service.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.get_json()["index"]["error"] == "IndexNotFoundError"
    make_index(tmp_path / "index")
    limit = time.monotonic() + 5
    while service.client.get("/readyz").status_code != 200:
        assert time.monotonic() < limit, "an index that came later is found without a restart"
        time.sleep(0.1)
    assert service.client.post(ONE, json={"code": PARSER}).get_json()["label"] == "verbatim"


def test_a_damaged_index_is_reported(tmp_path: Path) -> None:
    (make_index(tmp_path / "index") / "manifest.json").write_text("{")
    response = make_service(tmp_path).client.post(ONE, json={"code": PARSER})
    assert response.status_code == 503
    assert json.loads(response.data)["type"] in (
        "/problems/index-damaged",
        "/problems/index-format",
    )


def test_a_service_without_an_index_says_so() -> None:
    with pytest.raises(IndexNotFoundError, match="whence serve --index"):
        IndexHolder(None, 5).index()


def test_added_files_are_found_within_seconds(tmp_path: Path) -> None:
    location = make_index(tmp_path / "index", FILES[2:])
    holder = IndexHolder(str(location), refresh_seconds=0.05)
    before = holder.index().summary().documents
    with open_index(location) as index, index.writer() as writer:
        writer.add([NewFile(PARSER.encode(), "python", Occurrence("a/b", "c.py"))])
        writer.commit()
    time.sleep(0.1)
    assert holder.index().summary().documents == before + 1
    holder.close()


def test_it_is_not_refreshed_for_each_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = IndexHolder(str(make_index(tmp_path / "index")), refresh_seconds=60)
    index = holder.index()
    monkeypatch.setattr(index, "refresh", lambda: pytest.fail("refreshed"))
    assert holder.index() is index
    holder.close()


def test_a_removal_takes_effect_at_once(tmp_path: Path) -> None:
    location = make_index(tmp_path / "index")
    holder = IndexHolder(str(location), refresh_seconds=60)
    before = holder.index().summary().documents
    with administer(location) as index:
        index.remove([OptOut("owner", "lock")])
    assert holder.index().summary().documents == before - 1
    shutil.rmtree(location)
    with pytest.raises(IndexNotFoundError):
        holder.index()
    holder.close()


def test_an_index_that_was_replaced_is_opened_again(tmp_path: Path) -> None:
    location = make_index(tmp_path / "index", FILES[:2])
    holder = IndexHolder(str(location), refresh_seconds=0.0)
    assert holder.index().summary().documents == 1
    shutil.rmtree(location)
    with pytest.raises(IndexNotFoundError):
        for _ in range(3):
            holder.index()
    make_index(location)
    time.sleep(1.1)
    assert holder.index().summary().documents == 3
    holder.close()


def test_many_threads_open_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = IndexHolder(str(make_index(tmp_path / "index")), 60)
    opened = 0
    real = open_index

    def count(location: str) -> object:
        nonlocal opened
        opened += 1
        time.sleep(0.05)
        return real(location)

    monkeypatch.setattr("attribution.index.open_index", count)
    threads = [threading.Thread(target=holder.index) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == 1
    holder.close()


# --- the models ---


def test_look_ups_share_the_seeds_of_documents(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    seeds = service.services.session().attributor.seeds
    asked = service.services.session(max_sources=3).attributor
    assert asked.settings.max_sources == 3
    assert asked.seeds is service.services.session(5, 0.9).attributor.seeds is seeds


def test_a_service_without_a_model_says_that_generation_is_off(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    with pytest.raises(Problem, match="--model demo") as caught:
        service.services.generator()
    assert caught.value.kind == "no-model"
    assert service.client.get("/readyz").get_json()["generation"] == "off"


def test_models_have_ids_and_the_first_is_the_default(tmp_path: Path) -> None:
    one, two = Silent("one"), Silent("two")
    ours = make_service(tmp_path, generators=[one, two]).services
    assert ours.generator() is ours.generator("one") is one
    assert ours.generator("two") is two
    assert [slot.id for slot in ours.models] == ["one", "two"]
    with pytest.raises(Problem, match="available: one, two") as caught:
        ours.generator("three")
    assert caught.value.kind == "model-not-found"
    ours.close()
    assert one.closed and two.closed


def test_a_model_is_loaded_once_while_requests_come(tmp_path: Path) -> None:
    go, loads = threading.Event(), []

    def load() -> Generator:
        loads.append(1)
        go.wait(10)
        return Silent("demo-1")

    slot = ModelSlot("demo", load)
    models = Models([slot])
    for _ in range(3):
        with pytest.raises(Problem) as caught:
            models.slot(None).generator()
        assert caught.value.kind == "model-loading"
        assert caught.value.retry_after
    assert slot.state is LoadState.LOADING
    assert slot.id == "demo" and slot.card is None
    go.set()
    limit = time.monotonic() + 10
    while slot.state is LoadState.LOADING:
        assert time.monotonic() < limit
        time.sleep(0.005)
    assert models.slot("demo").generator() is models.slot("demo-1").generator()
    assert slot.id == "demo-1"
    assert loads == [1]
    del tmp_path


def test_a_model_that_cannot_be_loaded_says_why() -> None:
    def fail() -> Generator:
        raise ModelError("there is no folder /nowhere")

    slot = ModelSlot("local:/nowhere", fail)
    slot.load()
    assert slot.state is LoadState.FAILED
    with pytest.raises(ModelError, match="/nowhere"):
        slot.generator()


def test_a_bug_in_loading_is_reported_without_its_message() -> None:
    def fail() -> Generator:
        raise ValueError("internal detail")

    slot = ModelSlot("demo", fail)
    slot.load()
    with pytest.raises(ModelError, match="log") as caught:
        slot.generator()
    assert "internal detail" not in str(caught.value)


def test_a_model_that_failed_can_be_loaded_again() -> None:
    there = False

    def load() -> Generator:
        if not there:
            raise ModelError("the server that generates is away")
        return Silent("remote")

    slot = ModelSlot("remote:http://localhost:1/v1", load)
    slot.load()
    assert slot.state_reason == "the server that generates is away"
    there = True
    slot.load()
    assert slot.generator().card.id == "remote"
    assert slot.state_reason is None


def test_the_training_of_a_model_says_how_far_it_is() -> None:
    seen: list[str | None] = []

    def load() -> Generator:
        progress = LoadProgress(slot)
        progress.advanced(30, 120, 2.0)
        seen.append(slot.state_reason)
        with pytest.raises(Problem, match="25 %"):
            slot.generator()
        return Silent("demo")

    slot = ModelSlot("demo", load)
    slot.load()
    assert seen == ["it is trained on this machine once: 25 %"]
    assert slot.state_reason is None


class Restricted(Silent):
    """A model with use restrictions."""

    def __init__(self) -> None:
        super().__init__("starcoder")
        terms = ModelLicense("bigcode-openrail-m", None, ("Do no harm.",))
        self.card = dataclasses.replace(self.card, license=terms)


@pytest.mark.parametrize(
    ("flag", "accepted"), [("BigCode-OpenRAIL-M", True), ("apache-2.0", False), (None, False)]
)
def test_the_flag_accepts_the_licence_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str | None, accepted: bool
) -> None:
    monkeypatch.setenv("WHENCE_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("WHENCE_ACCEPT_MODEL_LICENSE", raising=False)
    monkeypatch.setattr("inference.opening.open_generator", lambda *_, **__: Restricted())
    ours = make_service(
        tmp_path, index=False, models=("local:starcoder",), accept_model_license=flag
    ).services
    next(iter(ours.models)).load()
    assert ours.generator().card.license.needs_acceptance is not accepted
    recorded = [(one.model, one.how) for one in Acceptances().all()]
    assert recorded == ([("starcoder", "flag")] if accepted else [])


def test_readiness_names_the_models(tmp_path: Path) -> None:
    body = make_service(tmp_path, generators=[Silent("one")]).client.get("/readyz").get_json()
    assert body["models"] == [{"id": "one", "status": "ready"}]
    assert body["generation"] == "ok"


def test_readiness_names_no_folder_without_a_key(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    client = make_service(
        tmp_path, models=("local:/srv/secret-model",), keys=keys, preload=False
    ).client
    response = client.get("/readyz")
    assert "secret-model" not in response.text
    assert response.get_json()["models"] == [{"status": "waiting"}]
