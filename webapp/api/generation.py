"""What completions and chat have in common: from a request's body and prompt to the response."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from flask import Response, g, jsonify, request
from pydantic import Field

from inference.errors import LicenseNotAcceptedError, PromptError
from inference.interface import Chat, Completion, FinishReason, Infill, Piece, Prompt
from webapp.api import shapes
from webapp.api.generation_body import GenerationBody
from webapp.client import ClientConnection, ClientGoneError
from webapp.generation.generation_stream import (
    GenerationStats,
    GenerationStream,
    Notes,
    StreamEnd,
    Timeouts,
)
from webapp.generation.openai_responses import OpenAIResponse
from webapp.generation.sse import stream
from webapp.generation.updates import AttributionUpdate
from webapp.generation.watcher import AttributionOptions
from webapp.guards.auth import client_name
from webapp.problems import Problem
from webapp.services import Services, services

__all__ = ["GeneratedChoice", "GeneratedText", "generate", "responses"]

_SLACK = 1.0  # seconds beyond the look-up's own limit: its partial answer is better than none
_CLIENT_CLOSED = 499  # the status that nginx logs when the client has closed the connection


def generate(body: GenerationBody, prompt: Prompt, shape: type[OpenAIResponse]) -> Response:
    """Answer a request for text, streamed or whole.

    Raises:
        Problem, BusyError, GenerationError: before the first byte.
    """
    service = services()
    _check_text(prompt)
    parameters = body.parameters()
    generator = service.generator(body.model)
    model = generator.card.id
    try:
        events = GenerationStream(
            generator,
            prompt,
            parameters,
            attribution=_attribution_options(service, body),
            client=ClientConnection(request.environ),
            slot=service.generations.turn(client_name()),
            timeouts=Timeouts(final=service.settings.lookup_seconds + _SLACK),
            request_id=g.get("request_id", "-"),
            on_stats=lambda stats: _count(service, model, stats),
        )
    except LicenseNotAcceptedError as error:
        how = f'POST {{"accept": true}} to /v1/models/{model}/license, or accept it on the page'
        raise Problem("license-not-accepted", f"{error}: {how}") from error
    response = shape(model, with_usage=body.with_usage, live=body.attribution == "live")
    try:
        events.begin()
        if body.stream:
            return stream(events, response, parameters.n, body.notes())
        return _whole(events, response, parameters.n, body.notes())
    except ClientGoneError:
        return Response(status=_CLIENT_CLOSED)
    except BaseException:
        events.close()
        raise


def _check_text(prompt: Prompt) -> None:
    """Refuse half of a surrogate pair, which no engine can read: an editor may cut a pair in two.

    Raises:
        PromptError: the prompt holds one.
    """
    match prompt:
        case Completion(text):
            texts = {"the prompt": text}
        case Infill(prefix, suffix):
            texts = {"the prompt": prefix, "the suffix": suffix}
        case Chat(messages):
            texts = {f"message {at}": turn.content for at, turn in enumerate(messages, start=1)}
    for name, text in texts.items():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise PromptError(
                f"character {error.start} of {name} is a lone surrogate, which is not valid text; "
                "send pairs of surrogates"
            ) from None


def _attribution_options(service: Services, body: GenerationBody) -> AttributionOptions | None:
    if body.attribution == "off":
        return None
    return AttributionOptions(
        lambda: service.session().attributor,
        service.lookups,
        live=bool(body.stream) and body.attribution == "live",
        language=body.canonical_language,
        on_answer=service.metrics.answered,
        on_seconds=lambda seconds: service.metrics.lookup("generation", seconds),
    )


def _count(service: Services, model: str, stats: GenerationStats) -> None:
    if stats.first_seconds is not None:
        service.metrics.first_token(model, stats.first_seconds)
    service.metrics.generated(model, stats.finish, stats.seconds, stats.prompt_tokens, stats.tokens)


def _whole(
    events: GenerationStream, response: OpenAIResponse, choices: int, notes: tuple[str, ...]
) -> Response:
    texts = [""] * choices
    finishes: list[FinishReason | None] = [None] * choices
    updates: dict[int, AttributionUpdate] = {}
    for event in events:
        match event:
            case Piece():
                texts[event.choice] += event.text
                finishes[event.choice] = event.finish_reason or finishes[event.choice]
            case AttributionUpdate(final=True):
                updates[event.choice] = event
            case Notes():
                notes += event.sentences
            case StreamEnd(error=None):
                return jsonify(response.whole(texts, finishes, updates, notes, event))
            case StreamEnd(error=error) if error is not None:
                raise error
    raise AssertionError("a generation ends with a StreamEnd")


class Usage(shapes.ResponseModel):
    """Numbers of tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class GeneratedChoice(shapes.ResponseModel):
    """One generated text."""

    index: int
    finish_reason: Literal["stop", "length"]
    logprobs: None


class GeneratedText(shapes.ResponseModel):
    """A whole response; subclasses add `object` and `choices`."""

    id: str
    created: int
    model: str
    usage: Usage | None = Field(description="null if the engine does not know the prompt's length.")
    attribution: dict[str, Any] = Field(
        {},
        description="Whence's own: where the text comes from, as in /api/v1/attributions; offsets "
        "are bytes of the generated text.",
    )
    attributions: list[dict[str, Any]] = Field(
        [], description="Whence's own, with n > 1: one per choice."
    )
    notes: list[str] = Field(
        [], description="Whence's own: what the user should know, a sentence each."
    )


def responses(answer: type[GeneratedText]) -> dict[str | int | HTTPStatus, Any]:
    """The OpenAPI of a route's responses, of which `answer` is the whole one."""
    schema = {"$ref": f"#/components/schemas/{answer.__name__}"}
    # without a type: tools disagree whether it would be that of the whole text or of an event
    stream = {"description": "With `stream`: events `data: {chunk}`; the last is `data: [DONE]`."}
    content = {"application/json": {"schema": schema}, "text/event-stream": {"schema": stream}}
    return {200: {"description": "The text and where it comes from.", "content": content}}
