"""OpenAI's routes through the real `openai` client, over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import openai
import pytest

from inference.errors import (
    GenerationTimeoutError,
    LicenseNotAcceptedError,
    OutOfMemoryError,
    OverloadedError,
    PromptError,
    RemoteError,
    UnsupportedPromptError,
)
from inference.interface import Chat, Completion, Infill, Message
from tests.support.openai_service import Reciter, service_at, until
from tests.support.webapp_client import PARSER, QUEUE, Service
from webapp.guards.keys import KeyFile
from webapp.logs import JsonFormatter

Made = tuple[openai.OpenAI, Reciter, Service]


def client_of(address: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index that all these services share."""
    return tmp_path_factory.mktemp("service")


@pytest.fixture
def reciting(folder: Path) -> Iterator[Callable[..., Made]]:
    """Makes a service around a Reciter, and a client for it."""
    open_services = []

    def make(*texts: str, settings: dict[str, Any] | None = None, **options: Any) -> Made:
        reciter = Reciter(*(texts or (PARSER,)), **options)
        context = service_at(folder, reciter, **(settings or {}))
        service, address = context.__enter__()
        client = client_of(address)
        open_services.append((context, client))
        return client, reciter, service

    yield make
    for context, client in open_services:
        client.close()
        context.__exit__(None, None, None)


def test_a_whole_completion_says_where_it_comes_from(reciting: Callable[..., Made]) -> None:
    client, reciter, _ = reciting()
    answer = client.completions.create(
        model="reciter", prompt="def", max_tokens=400, temperature=0, stop=["\n\n\n\n"], seed=3
    )
    assert answer.id.startswith("cmpl-")
    assert answer.object == "text_completion"
    assert abs(answer.created - time.time()) < 60
    assert answer.model == "reciter"
    assert answer.choices[0].text == PARSER
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].logprobs is None
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 7
    assert answer.usage.total_tokens == 7 + answer.usage.completion_tokens
    assert answer.model_extra is not None
    attribution = answer.model_extra["attribution"]
    assert attribution["status"] == "checked"
    assert attribution["label"] == "verbatim"
    assert attribution["sources"][0]["occurrences"][0]["repository"] == "quay/harbour"
    prompt, parameters = reciter.asked[0]
    assert prompt == Completion("def")
    assert (parameters.max_tokens, parameters.temperature) == (400, 0)
    assert (parameters.stop, parameters.seed) == (("\n\n\n\n",), 3)


def test_a_suffix_makes_it_an_infill_and_a_limit_cuts_it(reciting: Callable[..., Made]) -> None:
    client, reciter, _ = reciting()
    answer = client.completions.create(
        model="reciter", prompt=["def f():\n"], suffix="\n    return x\n", max_tokens=2
    )
    assert reciter.asked[0][0] == Infill("def f():\n", "\n    return x\n")
    assert answer.choices[0].text == PARSER[:12]
    assert answer.choices[0].finish_reason == "length"
    assert answer.attribution["status"] == "not_checked"  # type: ignore[attr-defined]
    assert "too short" in answer.attribution["status_reason"]  # type: ignore[attr-defined]


def test_each_choice_has_its_own_attribution(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting(PARSER, QUEUE)
    answer = client.completions.create(model="reciter", prompt="def", n=2)
    assert [choice.text for choice in answer.choices] == [PARSER, QUEUE]
    extra = answer.model_extra
    assert extra is not None
    found = [one["sources"][0]["occurrences"][0]["repository"] for one in extra["attributions"]]
    assert found == ["quay/harbour", "lock/keeper"]
    assert extra["attribution"] == extra["attributions"][0]


def test_a_chat_in_one_piece(reciting: Callable[..., Made]) -> None:
    client, reciter, _ = reciting()
    answer = client.chat.completions.create(
        model="reciter",
        messages=[
            {"role": "developer", "content": "Be short."},
            {
                "role": "user",
                "content": [{"type": "text", "text": "A "}, {"type": "text", "text": "log"}],
            },
        ],
        max_completion_tokens=300,
    )
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content == PARSER
    assert answer.attribution["label"] == "verbatim"  # type: ignore[attr-defined]
    prompt, parameters = reciter.asked[0]
    assert prompt == Chat((Message("system", "Be short."), Message("user", "A log")))
    assert parameters.max_tokens == 300


def test_a_streamed_completion_ends_with_its_attribution(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting()
    chunks = list(
        client.completions.create(
            model="reciter", prompt="x", stream=True, stream_options={"include_usage": True}
        )
    )
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == PARSER
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-2:] == [None, "stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    last = chunks[-1]
    assert last.choices == []
    assert last.attribution["label"] == "verbatim"  # type: ignore[attr-defined]
    assert last.attribution_of == {  # type: ignore[attr-defined]
        "choice": 0,
        "final": True,
        "through": len(PARSER.encode()),
    }
    assert last.usage is not None
    assert last.usage.completion_tokens > 50
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_a_streamed_chat(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting(PARSER, QUEUE)
    chunks = list(
        client.chat.completions.create(
            model="reciter", messages=[{"role": "user", "content": "?"}], stream=True, n=2
        )
    )
    deltas = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
    for index, text in enumerate((PARSER, QUEUE)):
        own = [delta for delta in deltas if delta.index == index]
        assert own[0].delta.role == "assistant"
        assert "".join(delta.delta.content or "" for delta in own) == text
        assert [delta.finish_reason for delta in own][-2:] == [None, "stop"]
    ends = [chunk for chunk in chunks if chunk.choices[0].finish_reason]
    for end in ends:
        assert end.attribution_of["choice"] == end.choices[0].index  # type: ignore[attr-defined]
        assert end.attribution_of["final"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("attribution", [None, "final", "off"])
def test_the_usual_loop_over_a_stream_works(
    reciting: Callable[..., Made], attribution: str | None, n: int
) -> None:
    """As in OpenAI's documentation, with no option: every chunk has a choice."""
    client, _, _ = reciting(*(PARSER, QUEUE)[:n], notes=("The first 900 tokens were left out.",))
    extra = {"attribution": attribution, "min_p": 0.1}
    texts = [""] * n
    chunk = None
    for chunk in client.chat.completions.create(
        model="reciter",
        messages=[{"role": "user", "content": "?"}],
        stream=True,
        n=n,
        extra_body=extra,
    ):
        if chunk.choices[0].delta.content is not None:
            texts[chunk.choices[0].index] += chunk.choices[0].delta.content
    assert texts == [PARSER, QUEUE][:n]
    assert chunk is not None and chunk.choices[0].finish_reason == "stop"
    text, noted, labels = "", [], []
    for part in client.completions.create(
        model="reciter", prompt="x", stream=True, extra_body=extra
    ):
        text += part.choices[0].text
        noted += (part.model_extra or {}).get("notes", [])
        if "attribution" in (part.model_extra or {}):
            labels.append(part.attribution["label"])  # type: ignore[attr-defined]
            assert part.choices[0].finish_reason == "stop"
    assert text == PARSER
    assert len(noted) == 2
    assert labels == ([] if attribution == "off" else ["verbatim"])


def test_live_marks_come_between_the_text_and_never_shrink(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting(pause=0.01)
    shown: list[tuple[int, int]] = []  # (characters so far, bytes marked)
    text = ""
    for chunk in client.completions.create(
        model="reciter", prompt="x", stream=True, extra_body={"attribution": "live"}
    ):
        if chunk.choices:
            text += chunk.choices[0].text
            continue
        answer = chunk.attribution  # type: ignore[attr-defined]
        final = chunk.attribution_of["final"]  # type: ignore[attr-defined]
        assert answer["status"] == ("checked" if final else "partial")
        marks = [m["snippet"] for source in answer["sources"] for m in source["matches"]]
        shown.append((len(text), sum(mark["end"] - mark["start"] for mark in marks)))
    assert shown[0][0] < 0.7 * len(PARSER)  # the first mark, well before the end
    assert [marked for _, marked in shown] == sorted(marked for _, marked in shown)
    assert shown[-1][1] > 0.9 * len(PARSER)


def test_attribution_off_leaves_it_out(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting()
    off = {"attribution": "off"}
    whole = client.completions.create(model="reciter", prompt="x", extra_body=off)
    assert whole.model_extra is not None
    assert "attribution" not in whole.model_extra
    chunks = list(
        client.completions.create(
            model="reciter",
            prompt="x",
            stream=True,
            stream_options={"include_usage": True},
            extra_body=off,
        )
    )
    assert not any("attribution" in (chunk.model_extra or {}) for chunk in chunks)
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None


def test_the_async_client(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting()

    async def ask() -> tuple[str, str, Any]:
        async with openai.AsyncOpenAI(base_url=client.base_url, api_key="x") as other:
            whole = await other.completions.create(model="reciter", prompt="x")
            text, last = "", None
            async for chunk in await other.chat.completions.create(
                model="reciter", messages=[{"role": "user", "content": "?"}], stream=True
            ):
                text += chunk.choices[0].delta.content or ""
                last = chunk
            return whole.choices[0].text, text, last

    # a thread of its own: the browser of other tests keeps a loop running in this one
    with ThreadPoolExecutor(1) as thread:
        whole, text, last = thread.submit(lambda: asyncio.run(ask())).result()
    assert whole == text == PARSER
    assert last.attribution["label"] == "verbatim"


def test_notes_of_the_engine_and_of_unknown_fields(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting(notes=("The first 900 tokens were left out.",))
    extra = {"min_p": 0.1, "language": "klingon"}
    whole = client.completions.create(model="reciter", prompt="x", user="u", extra_body=extra)
    said = whole.notes  # type: ignore[attr-defined]
    assert any("'min_p'" in note for note in said)
    assert any("'klingon'" in note for note in said)
    assert said[-1] == "The first 900 tokens were left out."
    assert not any("'user'" in note for note in said)
    chunks = client.completions.create(model="reciter", prompt="x", stream=True)
    noted = [c.notes for c in chunks if "notes" in (c.model_extra or {})]  # type: ignore[attr-defined]
    assert noted == [["The first 900 tokens were left out."]]


def test_usage_is_null_if_the_engine_does_not_know_it(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting(prompt_tokens=None)
    assert client.completions.create(model="reciter", prompt="x").usage is None


def test_half_a_surrogate_pair_does_no_harm(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting("x = '\ud83d'\n")
    answer = client.completions.create(model="reciter", prompt="x")
    assert answer.choices[0].text == "x = '\ufffd'\n"


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize(
    ("error", "expected", "status"),
    [
        (PromptError("the prompt is too long"), openai.BadRequestError, 400),
        (UnsupportedPromptError("it cannot chat"), openai.BadRequestError, 400),
        (LicenseNotAcceptedError("accept it"), openai.PermissionDeniedError, 403),
        (OverloadedError("full", 3), openai.InternalServerError, 503),
        (OutOfMemoryError("too large"), openai.InternalServerError, 503),
        (RemoteError("it refused", 418), openai.InternalServerError, 502),
        (GenerationTimeoutError("nothing came"), openai.InternalServerError, 504),
    ],
)
@pytest.mark.parametrize("late", [True, False])
def test_errors_before_the_first_byte_have_a_status(
    reciting: Callable[..., Made],
    error: Exception,
    expected: type[openai.APIStatusError],
    status: int,
    streamed: bool,
    late: bool,
) -> None:
    client, _, service = reciting(
        **({"error": error, "fail_after": 0} if late else {"refuse": error})
    )
    with pytest.raises(expected) as caught:
        client.completions.create(model="reciter", prompt="x", stream=streamed)
    assert caught.value.status_code == status
    assert caught.value.message.endswith(str(error)) or str(error) in caught.value.message
    if isinstance(error, OverloadedError):
        assert caught.value.response.headers["Retry-After"] == "3"
    assert until(lambda: service.services.generations.active == 0)


def test_other_errors_have_the_clients_classes(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    key = keys.add("ann")
    with service_at(tmp_path, Reciter(PARSER), keys=keys.path, rate_limit="6/minute") as (_, url):
        with (
            closing(client_of(url, "whk_wrong")) as client,
            pytest.raises(openai.AuthenticationError),
        ):
            client.models.list()
        with closing(client_of(url, key)) as client:
            with pytest.raises(openai.NotFoundError, match="reciter"):
                client.completions.create(model="gpt-4", prompt="x")
            with pytest.raises(openai.BadRequestError) as caught:
                client.completions.create(model="reciter", prompt="x", temperature=9)
            assert caught.value.param == "temperature"
            with pytest.raises(openai.RateLimitError):
                for _ in range(10):
                    client.models.list()


def test_an_error_in_mid_stream_comes_after_the_attribution_so_far(
    reciting: Callable[..., Made],
) -> None:
    client, _, _ = reciting(error=RemoteError("the server fell over", 500), fail_after=90)
    text, states = "", []
    with pytest.raises(openai.APIError, match="fell over"):
        for chunk in client.completions.create(model="reciter", prompt="x", stream=True):
            text += chunk.choices[0].text
            if "attribution" in (chunk.model_extra or {}):
                states.append(chunk.attribution["label"])  # type: ignore[attr-defined]
    assert text == PARSER[: 90 * 6]
    assert states == ["verbatim"]


def test_a_bug_of_an_engine_is_a_500_without_details(
    reciting: Callable[..., Made], caplog: pytest.LogCaptureFixture
) -> None:
    client, _, _ = reciting(error=KeyError("the secret prompt"), fail_after=0)
    with pytest.raises(openai.InternalServerError) as caught:
        client.completions.create(model="reciter", prompt="the secret prompt")
    assert caught.value.status_code == 500
    assert "secret" not in caught.value.message
    logged = [JsonFormatter().format(record) for record in caplog.records]
    assert any("generation failed" in line and "KeyError" in line for line in logged)
    assert not any("secret" in line for line in logged)


def test_closing_the_stream_stops_the_generation(reciting: Callable[..., Made]) -> None:
    client, reciter, service = reciting(pause=0.02)
    stream = client.completions.create(model="reciter", prompt="x", stream=True)
    for _ in range(3):
        next(stream)
    stream.close()
    recital = reciter.under_way[0]
    seen = recital.given
    assert until(recital.cancelled.is_set, 2)
    assert recital.given <= seen + 2  # the token under way, and one that the poll may see late
    assert until(lambda: service.services.generations.active == 0)


def test_a_client_that_disconnects_stops_the_generation(reciting: Callable[..., Made]) -> None:
    client, reciter, service = reciting(pause=0.05)
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.4).completions.create(model="reciter", prompt="x")
    assert until(reciter.under_way[0].cancelled.is_set, 2)
    assert until(lambda: service.services.generations.active == 0)


def test_a_client_that_goes_away_before_the_first_token(reciting: Callable[..., Made]) -> None:
    client, reciter, service = reciting(pause=30)
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.3).completions.create(
            model="reciter", prompt="x", stream=True
        )
    assert until(reciter.under_way[0].cancelled.is_set, 2)
    assert until(lambda: service.services.generations.active == 0)


def test_a_full_queue_is_an_error_before_the_first_byte(reciting: Callable[..., Made]) -> None:
    busy = {"generations": 1, "threads": 8, "patience_seconds": 0.05}
    client, reciter, _ = reciting(pause=0.02, settings=busy)
    with closing(client.completions.create(model="reciter", prompt="x", stream=True)) as stream:
        next(stream)
        with pytest.raises(openai.InternalServerError) as caught:
            client.completions.create(model="reciter", prompt="x", stream=True)
    assert caught.value.status_code == 503
    assert int(caught.value.response.headers["Retry-After"]) >= 1
    assert len(reciter.under_way) == 1


def test_models_are_listed_and_named(reciting: Callable[..., Made]) -> None:
    client, _, _ = reciting(id="big/reciter")
    (listed,) = client.models.list().data
    assert (listed.id, listed.object) == ("big/reciter", "model")
    ours = listed.whence  # type: ignore[attr-defined]
    assert ours["engine"] == "local"
    assert ours["state"] == "ready"
    assert ours["modes"] == ["chat", "completion", "infill"]
    assert ours["license"]["needs_acceptance"] is False
    assert client.models.retrieve("big/reciter").id == "big/reciter"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("small/reciter")


def test_the_stream_is_not_buffered_and_is_counted(reciting: Callable[..., Made]) -> None:
    client, _, service = reciting()
    with client.completions.with_streaming_response.create(
        model="reciter", prompt="x", stream=True
    ) as response:
        assert response.headers["X-Accel-Buffering"] == "no"
        assert response.headers["Content-Type"].startswith("text/event-stream")
        lines = list(response.iter_lines())
    assert lines[-2:] in (["data: [DONE]", ""], ["", "data: [DONE]"])
    text = service.services.metrics.text().decode()
    assert 'whence_generation_seconds_count{finish="stop",model="reciter"} 1.0' in text
    assert 'whence_lookup_seconds_count{phase="generation"} 1.0' in text
    assert 'whence_tokens_total{model="reciter",way="out"} 111.0' in text
