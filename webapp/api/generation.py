"""What completions and chat have in common: from a body and a prompt to the answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, g, jsonify, request

from inference.errors import LicenseNotAcceptedError, PromptError
from inference.interface import Chat, Completion, FinishReason, Infill, Piece, Prompt
from webapp.api.generation_body import GenerationBody
from webapp.generation.client import Client, ClientGoneError
from webapp.generation.generating import Account, Check, Ended, Notes, Patience, Writing
from webapp.generation.openai_answers import Answer
from webapp.generation.sse import stream
from webapp.generation.states import State
from webapp.problems import Problem
from webapp.services import Services, services

__all__ = ["generate", "responses"]

_SLACK = 1.0  # seconds beyond the look-up's own limit: its partial answer is better than none
_NOBODY = 499  # the status that nginx logs when the client has closed the connection


def generate(body: GenerationBody, prompt: Prompt, form: type[Answer]) -> Response:
    """Answer a request for text, streamed or whole.

    Raises:
        Problem, BusyError, GenerationError: as the service tells them, before the first byte.
    """
    ours = services()
    _check_text(prompt)
    parameters = body.parameters()
    generator = ours.generator(body.model)
    model = generator.card.id
    try:
        writing = Writing(
            generator,
            prompt,
            parameters,
            check=_check(ours, body),
            client=Client(request.environ),
            place=ours.generations,
            patience=Patience(final=ours.settings.lookup_seconds + _SLACK),
            request_id=g.get("request_id", "-"),
            account=lambda account: _count(ours, model, account),
        )
    except LicenseNotAcceptedError as error:
        how = f'POST {{"accept": true}} to /v1/models/{model}/license, or accept it on the page'
        raise Problem("license-not-accepted", f"{error}: {how}") from error
    answer = form(model, with_usage=body.with_usage)
    try:
        writing.begin()
        if body.stream:
            return stream(writing, answer, parameters.n, body.notes())
        return _whole(writing, answer, parameters.n, body.notes())
    except ClientGoneError:
        return Response(status=_NOBODY)
    except BaseException:
        writing.close()
        raise


def _check_text(prompt: Prompt) -> None:
    """An editor that cuts its text between the halves of a surrogate pair sends what no engine can
    read.

    Raises:
        PromptError: the prompt holds half a pair.
    """
    match prompt:
        case Completion(text):
            texts = {"the prompt": text}
        case Infill(prefix, suffix):
            texts = {"the prompt": prefix, "the suffix": suffix}
        case Chat(messages):
            texts = {f"message {at}": one.content for at, one in enumerate(messages, start=1)}
    for name, text in texts.items():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise PromptError(
                f"character {error.start} of {name} is a lone surrogate, which is no text; send "
                "pairs of surrogates"
            ) from None


def _check(ours: Services, body: GenerationBody) -> Check | None:
    if body.attribution == "off":
        return None
    return Check(
        lambda: ours.session().attributor,
        ours.lookups,
        live=bool(body.stream) and body.attribution == "live",
        language=body.canonical_language,
        judged=ours.metrics.answered,
        spent=lambda seconds: ours.metrics.lookup("generation", seconds),
    )


def _count(ours: Services, model: str, account: Account) -> None:
    if account.first_seconds is not None:
        ours.metrics.first_token(model, account.first_seconds)
    ours.metrics.generated(
        model, account.finish, account.seconds, account.prompt_tokens, account.tokens
    )


def _whole(writing: Writing, answer: Answer, choices: int, notes: tuple[str, ...]) -> Response:
    texts = [""] * choices
    finishes: list[FinishReason | None] = [None] * choices
    states: dict[int, State] = {}
    for event in writing:
        match event:
            case Piece():
                texts[event.choice] += event.text
                finishes[event.choice] = event.finish_reason or finishes[event.choice]
            case State(final=True):
                states[event.choice] = event
            case Notes():
                notes += event.sentences
            case Ended(error=None):
                return jsonify(answer.whole(texts, finishes, states, notes, event))
            case Ended(error=error) if error is not None:
                raise error
    raise AssertionError("a generation ends with Ended")


_STREAM = {
    "schema": {
        # no type: what OpenAPI 3.1 can say of a stream is read as the whole text by one tool and
        # as each event by another
        "description": "With `stream`: events `data: {chunk}`, the last one `data: [DONE]`.",
    }
}
_ATTRIBUTION = {
    "type": "object",
    "description": "Ours: where the text comes from, as /api/v1/attributions answers it; offsets "
    "are bytes of the generated text.",
}


def _schema(name: str, choice: dict[str, Any]) -> dict[str, Any]:
    integer = {"type": "integer"}
    counts = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), integer)
    return {
        "type": "object",
        "required": ["id", "object", "created", "model", "choices", "usage"],
        "properties": {
            "id": {"type": "string"},
            "object": {"const": name},
            "created": integer,
            "model": {"type": "string"},
            "choices": {"type": "array", "items": choice},
            "usage": {
                "description": "null when the engine does not know the prompt's length.",
                "anyOf": [{"type": "object", "properties": counts}, {"type": "null"}],
            },
            "attribution": _ATTRIBUTION,
            "attributions": {
                "type": "array",
                "description": "Ours, with n > 1: one for each choice.",
                "items": _ATTRIBUTION,
            },
            "notes": {
                "type": "array",
                "description": "Ours: what the user should know, a sentence each.",
                "items": {"type": "string"},
            },
        },
    }


def responses(name: str, choice: dict[str, Any]) -> dict[str | int | HTTPStatus, Any]:
    """How the route's answers are described.

    Args:
        name: of the whole answer's shape.
        choice: the schema of what a choice has beside its index and finish_reason.
    """
    described = {
        "type": "object",
        "required": ["index", "finish_reason", *choice],
        "properties": {
            "index": {"type": "integer"},
            "finish_reason": {"enum": ["stop", "length"]},
            **choice,
        },
    }
    content = {
        "application/json": {"schema": _schema(name, described)},
        "text/event-stream": _STREAM,
    }
    return {200: {"description": "The text and where it comes from.", "content": content}}
