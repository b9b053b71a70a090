"""Which fields OpenAI's routes accept, refuse and ignore."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from inference.errors import PromptError
from inference.interface import Parameters
from tests.support.openai_service import Reciter
from tests.support.webapp_client import make_service
from webapp.api.chat import ChatBody
from webapp.api.completions import CompletionBody

USER = [{"role": "user", "content": "?"}]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    service = make_service(tmp_path_factory.mktemp("service"), generators=[Reciter("x = 1\n")])
    return service.client


def ask(client: FlaskClient, **fields: Any) -> tuple[int, dict[str, Any]]:
    route = "/v1/chat/completions" if "messages" in fields else "/v1/completions"
    answer = client.post(route, json=fields)
    return answer.status_code, answer.get_json()


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": "x", "echo": True}, "echo"),
        ({"prompt": "x", "best_of": 3}, "best_of"),
        ({"prompt": "x", "logprobs": 0}, "logprobs"),
        ({"prompt": "x", "logit_bias": {"50256": -100}}, "logit_bias"),
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": [1, 2, 3]}, "prompt"),
        ({"prompt": [[1, 2]]}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"suffix": "x"}, "prompt"),
        ({"prompt": "x", "temperature": 2.5}, "temperature"),
        ({"prompt": "x", "max_tokens": 0}, "max_tokens"),
        ({"prompt": "x", "n": 99}, "n"),
        ({"prompt": "x", "stop": [""]}, None),
        ({"prompt": "x", "attribution": "perhaps"}, "attribution"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages/0/role"),
        ({"messages": [{"role": "user", "content": None}]}, "messages/0/content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages/0/content",
        ),
        ({"messages": USER, "tools": [{"type": "function"}]}, "tools"),
        ({"messages": USER, "tool_choice": "required"}, "tool_choice"),
        ({"messages": USER, "response_format": {"type": "json_object"}}, "response_format"),
        ({"messages": USER, "logprobs": True}, "logprobs"),
        ({"messages": USER, "logprobs": 0}, "logprobs"),
    ],
)
def test_unsupported_fields_are_refused(
    client: FlaskClient, fields: dict[str, Any], param: str | None
) -> None:
    status, answer = ask(client, **fields)
    assert status == 400
    assert set(answer) == {"error"}
    assert answer["error"]["type"] == "invalid_request_error"
    if param is not None:
        assert answer["error"]["param"] == param
        assert param.split("/")[-1] in answer["error"]["message"]


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "x", "echo": False, "best_of": 1, "logprobs": None, "logit_bias": {}},
        {"prompt": "x", "n": 2, "best_of": 2},
        {"prompt": "x", "suffix": None, "stop": None, "seed": None, "max_tokens": None},
        {"prompt": "x", "stop": []},
        {"prompt": "x", "suffix": "", "stream": False, "stream_options": None},
        {"prompt": "x", "user": "ann", "metadata": {"a": "b"}, "attribution": None},
        {"prompt": "", "temperature": 1, "top_p": 1},
        {"messages": USER, "tools": [], "tool_choice": "none", "functions": None},
        {"messages": USER, "response_format": {"type": "text"}, "logprobs": False},
        {"messages": USER, "top_logprobs": 0, "modalities": ["text"], "store": False},
        {"messages": [{"role": "assistant", "content": "Yes?"}, *USER]},
    ],
)
def test_defaults_and_harmless_fields_are_accepted(
    client: FlaskClient, fields: dict[str, Any]
) -> None:
    status, answer = ask(client, **fields)
    assert status == 200, answer
    assert "notes" not in answer


def test_parameters_have_the_same_limits_in_both_classes() -> None:
    """The API's description has the limits of the generators."""
    schema = CompletionBody.model_json_schema()["properties"]
    for name in ("max_tokens", "temperature", "top_p", "top_k", "n", "frequency_penalty"):
        limits = next(one for one in schema[name]["anyOf"] if one["type"] != "null")
        kind: Any = int if limits["type"] == "integer" else float
        Parameters(**{name: kind(limits["minimum"])})
        Parameters(**{name: kind(limits["maximum"])})
        for beyond in (limits["minimum"] - 1, limits["maximum"] + 1):
            with pytest.raises(PromptError, match=name):
                Parameters(**{name: kind(beyond)})


def test_missing_fields_have_the_generators_defaults() -> None:
    assert CompletionBody.model_validate({"prompt": "x"}).parameters() == Parameters()
    given = ChatBody.model_validate({"messages": USER, "max_tokens": 5, "stop": "END"})
    assert given.parameters() == Parameters(max_tokens=5, stop=("END",))
    both = ChatBody.model_validate({"messages": USER, "max_tokens": 5, "max_completion_tokens": 9})
    assert both.parameters().max_tokens == 9


def test_many_unknown_fields_are_counted() -> None:
    body = CompletionBody.model_validate({"prompt": "x", **{f"field_{at}": at for at in range(25)}})
    notes = body.notes()
    assert len(notes) == 11
    assert "15 more" in notes[-1]


def test_without_a_model_the_error_has_the_remedy(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    status, answer = ask(service.client, prompt="x")
    assert status == 404
    assert "whence serve" in answer["error"]["message"]
    assert service.client.get("/v1/models").get_json() == {"object": "list", "data": []}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"prompt": "x = '\ud83d"}, "character 5 of the prompt"),
        ({"prompt": "x", "suffix": "\ude00'"}, "character 0 of the suffix"),
        ({"messages": [*USER, {"role": "user", "content": "\ud83d"}]}, "of message 2"),
        ({"prompt": "x", "stream": True, "suffix": "\ude00'"}, "of the suffix"),
    ],
)
def test_half_a_surrogate_pair_is_refused(
    client: FlaskClient, fields: dict[str, Any], says: str
) -> None:
    """An editor cuts its text by UTF-16 units, perhaps inside a character."""
    body = json.dumps({"model": "reciter", **fields})  # escapes them, as JavaScript does
    route = "/v1/chat/completions" if "messages" in fields else "/v1/completions"
    answer = client.post(route, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert says in answer.get_json()["error"]["message"]
