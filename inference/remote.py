"""`RemoteGenerator`: a model of any OpenAI-compatible server (vLLM, llama.cpp, TGI, ...)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Self

from inference.acceptance import Acceptances
from inference.errors import (
    GenerationError,
    ModelError,
    PromptError,
    RemoteError,
    UnsupportedPromptError,
)
from inference.interface import (
    FinishReason,
    Generation,
    Generator,
    Infill,
    Mode,
    ModelCard,
    Parameters,
    Piece,
    Prompt,
)
from inference.licenses import license_of
from inference.openai_chunks import Chunk, read_chunk, request_of
from inference.remote_connection import Connection, RemoteLimits, RemoteStream

__all__ = ["KEY_VARIABLE", "RemoteGenerator", "RemoteLimits"]

KEY_VARIABLE = "WHENCE_REMOTE_API_KEY"


class RemoteGenerator(Generator):
    """A model of a server. Safe to share between threads."""

    def __init__(self, connection: Connection, card: ModelCard) -> None:
        self.card = card
        self._connection = connection

    @classmethod
    def connect(
        cls,
        address: str,
        model: str | None = None,
        acceptances: Acceptances | None = None,
        *,
        limits: RemoteLimits | None = None,
    ) -> Self:
        """Choose one of a server's models.

        Args:
            address: including "/v1".
            model: its id; None: the server's first.
            acceptances: record of accepted licences; None: the user's.

        Raises:
            ModelError: the address is invalid, or the server has no model.
            RemoteError: the server cannot be reached.
        """
        key = os.environ.get(KEY_VARIABLE) or None
        connection = Connection(address, key, limits or RemoteLimits())
        try:
            listed = _models(connection, needed=model is None)
            model_id = model or _first(listed)
        except GenerationError:
            connection.close()
            raise
        entry = next((item for item in listed if item["id"] == model_id), {})
        context = entry.get("max_model_len")
        terms = license_of(model_id, offline=True)
        card = ModelCard(
            id=model_id,
            engine="remote",
            modes=frozenset(Mode),  # servers do not list what they support
            context_tokens=context if isinstance(context, int) else None,
            license=(acceptances or Acceptances()).known(model_id, terms),
            description="A model of another server.",
        )
        return cls(connection, card)

    def generate(self, prompt: Prompt, parameters: Parameters) -> Generation:
        """Begin a generation; the request is sent when it is read.

        Raises:
            LicenseNotAcceptedError: the licence has to be accepted first.
        """
        self.card.check_license()
        return _RemoteGeneration(self._connection, self.card.id, prompt, parameters)

    def close(self) -> None:
        """Close all connections; generations under way fail."""
        self._connection.close()


class _RemoteGeneration(Generation):
    def __init__(
        self, connection: Connection, model: str, prompt: Prompt, parameters: Parameters
    ) -> None:
        self.prompt_tokens = None
        self.notes = ()
        self._connection = connection
        self._model = model
        self._prompt = prompt
        self._parameters = parameters
        self._stream = self._request(usage=True)
        self._tokens = 0  # of all pieces so far
        self._total: int | None = None  # tokens of all choices, as the server counts them
        self._ends: dict[int, FinishReason] = {}
        self._pieces = self._run()

    def __next__(self) -> Piece:
        return next(self._pieces)

    def cancel(self) -> None:
        self._stream.close()

    def _request(self, *, usage: bool) -> RemoteStream:
        path, body = request_of(self._model, self._prompt, self._parameters, usage=usage)
        return self._connection.post(path, body)

    def _run(self) -> Iterator[Piece]:
        """Pieces as they come; the ends of all choices last, when the number of tokens is known."""
        done = False
        for data in self._events():
            if data.strip() == "[DONE]":
                done = True
                break
            yield from self._add(read_chunk(data))
        cancelled = self._stream.closed
        self._stream.close()
        choices = range(self._parameters.n)
        if not (done or cancelled or all(choice in self._ends for choice in choices)):
            raise RemoteError(
                "the generation server ended its answer in the middle: the text is incomplete"
            )
        left = max((self._total or 0) - self._tokens, 0)
        missing = FinishReason.CANCELLED if cancelled else FinishReason.STOP
        for choice in choices:
            yield Piece("", left, choice, self._ends.get(choice, missing))
            left = 0

    def _events(self) -> Iterator[str]:
        try:
            yield from self._stream
        except PromptError as error:
            if isinstance(self._prompt, Infill) and "suffix" in str(error).lower():
                raise UnsupportedPromptError(
                    "the generation server cannot fill gaps: it does not support "
                    f"a suffix for {self._model}; use another server or a local model ({error})"
                ) from error
            if "stream_options" not in str(error):
                raise
            # an older server that does not report the usage; it sent no text yet
            self._stream = self._request(usage=False)
            yield from self._stream

    def _add(self, chunk: Chunk) -> Iterator[Piece]:
        if chunk.prompt_tokens is not None:
            self.prompt_tokens = chunk.prompt_tokens
        if chunk.completion_tokens is not None:
            self._total = chunk.completion_tokens
        for part in chunk.choices:
            if part.choice >= self._parameters.n:
                raise RemoteError(
                    f"the server sent choice {part.choice}, and {self._parameters.n} were requested"
                )
            if part.text:
                self._tokens += 1  # servers send a token at a time; the last piece corrects the sum
                yield Piece(part.text, 1, part.choice)
            if part.finish_reason is not None:
                self._ends[part.choice] = part.finish_reason


def _models(connection: Connection, *, needed: bool) -> list[dict[str, Any]]:
    """The server's models; empty if it does not list them and the list is not `needed`."""
    try:
        answer = connection.get("models")
    except (RemoteError, ModelError, PromptError) as error:
        unreachable = isinstance(error, RemoteError) and error.status is None
        if needed or unreachable:
            raise
        return []
    data = answer.get("data") if isinstance(answer, dict) else None
    return [
        item
        for item in (data if isinstance(data, list) else [])
        if isinstance(item, dict) and isinstance(item.get("id"), str)
    ]


def _first(listed: list[dict[str, Any]]) -> str:
    if not listed:
        raise ModelError("the generation server lists no models: name one, remote:ADDRESS#MODEL")
    model: str = listed[0]["id"]
    return model
