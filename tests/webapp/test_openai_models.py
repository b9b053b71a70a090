"""The list of models, and the acceptance of a model's licence over HTTP."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from inference.acceptance import ACCEPT_VARIABLE
from inference.errors import LicenseNotAcceptedError
from inference.interface import Generator, ModelLicense, Parameters, Prompt
from tests.support.openai_service import Recital, Reciter, until
from tests.support.webapp_client import make_service
from webapp.generation.models import Models, ModelSlot
from webapp.guards.keys import KeyFile

RAIL = ModelLicense("bigcode-openrail-m", "https://example.org/rail", ("No harm.", "No spam."))


class Restricted(Reciter):
    """A model that generates only after its licence was accepted."""

    def generate(self, prompt: Prompt, parameters: Parameters) -> Recital:
        if self.card.license.needs_acceptance:
            raise LicenseNotAcceptedError("the restrictions of reciter were not accepted here")
        return super().generate(prompt, parameters)


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration folder."""
    monkeypatch.setenv("WHENCE_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv(ACCEPT_VARIABLE, raising=False)
    return tmp_path / "config"


def test_a_licence_is_shown_accepted_once_and_recorded(tmp_path: Path, config: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    made = make_service(
        tmp_path, generators=[Restricted("x = 1\n", id="big/code", license=RAIL)], keys=keys.path
    )
    headers = {"Authorization": f"Bearer {keys.add('ann')}"}
    asked = {"prompt": "x"}
    refused = made.client.post("/v1/completions", json=asked, headers=headers)
    assert refused.status_code == 403
    assert "/v1/models/big/code/license" in refused.get_json()["error"]["message"]

    shown = made.client.get("/v1/models/big/code", headers=headers).get_json()["whence"]["license"]
    assert shown["restrictions"] == ["No harm.", "No spam."]
    assert shown["needs_acceptance"] is True

    route = "/v1/models/big/code/license"
    for no in ({"accept": False}, {}, {"accept": 1}):
        assert made.client.post(route, json=no, headers=headers).status_code == 400
    for _ in range(2):
        answer = made.client.post(route, json={"accept": True}, headers=headers)
        assert answer.status_code == 200
        assert answer.get_json()["whence"]["license"]["needs_acceptance"] is False
    (line,) = json.loads((config / "model-licenses.json").read_text())["acceptances"]
    assert line["license"] == "bigcode-openrail-m"
    assert line["model"] == "big/code"
    assert line["how"] == "page, key ann"
    assert made.client.post("/v1/completions", json=asked, headers=headers).status_code == 200


def test_the_record_names_a_local_model_as_it_is_opened(tmp_path: Path, config: Path) -> None:
    made = make_service(tmp_path)
    slot = ModelSlot("local:/models/code", lambda: Restricted("x", id="code", license=RAIL))
    slot.load()
    made.services.models = Models([slot])
    assert made.client.post("/v1/models/code/license", json={"accept": True}).status_code == 200
    (line,) = json.loads((config / "model-licenses.json").read_text())["acceptances"]
    assert line["model"] == "/models/code"


def test_a_model_that_is_being_loaded(tmp_path: Path) -> None:
    ready = threading.Event()

    def load() -> Generator:
        ready.wait(20)
        return Reciter("x = 1\n", id="slow")

    made = make_service(tmp_path)
    made.services.models = Models([ModelSlot("local:slow", load)])
    answer = made.client.post("/v1/completions", json={"prompt": "x"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    (listed,) = made.client.get("/v1/models").get_json()["data"]
    assert listed["whence"]["state"] == "loading"
    assert listed["whence"]["license"] is None
    ready.set()
    assert until(lambda: made.client.get("/v1/models/slow").status_code == 200)
    assert made.client.post("/v1/completions", json={"prompt": "x"}).status_code == 200
