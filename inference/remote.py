"""`RemoteGenerator`: a model of any OpenAI-compatible server (vLLM, llama.cpp, TGI, ...)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Self

from inference.acceptance import Acceptances
from inference.errors import (
    GenerationError,
    LicenseNotAcceptedError,
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
from inference.remote_connection import Connection, RemoteLimits

__all__ = ["KEY_VARIABLE", "RemoteGenerator", "RemoteLimits"]

KEY_VARIABLE = "WHENCE_REMOTE_API_KEY"


class RemoteGenerator(Generator):
    """A model elsewhere. Safe to share between threads."""

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
        key: str | None = None,
    ) -> Self:
        """Ask a server for its models and take one.

        Args:
            address: up to and with "/v1".
            model: its id; None: the server's first.
            acceptances: record of accepted licences; None: the user's.
            limits: time-outs and retries.
            key: for the server; None: that of the environment, if any.

        Raises:
            ModelError: the address is none, or the server has no model.
            RemoteError: the server cannot be reached.
        """
        key = key or os.environ.get(KEY_VARIABLE) or None
        connection = Connection(address, key, limits or RemoteLimits())
        try:
            listed = _models(connection, needed=model is None)
            model_id = model or _first(listed, connection.address)
        except GenerationError:
            connection.close()
            raise
        entry = next((one for one in listed if one["id"] == model_id), {})
        context = entry.get("max_model_len")
        terms = license_of(model_id, offline=True)
        card = ModelCard(
            id=model_id,
            engine="remote",
            modes=frozenset(Mode),  # what a server cannot do, only asking tells
            context_tokens=context if isinstance(context, int) else None,
            license=(acceptances or Acceptances()).known(model_id, terms),
            description=f"A model of the server {connection.address}.",
        )
        return cls(connection, card)

    def generate(self, prompt: Prompt, parameters: Parameters) -> Generation:
        """Begin a generation; the server is asked when it is read.

        Raises:
            LicenseNotAcceptedError: the model's restrictions were not accepted yet.
        """
        terms = self.card.license
        if terms.needs_acceptance:
            raise LicenseNotAcceptedError(
                f"{self.card.id} is under {terms.name} with use restrictions that were not "
                f"accepted here; read {terms.url or 'its model card'} and accept them"
            )
        return _RemoteGeneration(self._connection, self.card.id, prompt, parameters)

    def close(self) -> None:
        """Close all connections; what is under way fails."""
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
        self._answer = self._ask(usage=True)
        self._tokens = 0  # given out so far
        self._total: int | None = None  # tokens of all choices, as the server counts them
        self._ends: dict[int, FinishReason] = {}
        self._pieces = self._run()

    def __next__(self) -> Piece:
        return next(self._pieces)

    def cancel(self) -> None:
        self._answer.close()

    def _ask(self, *, usage: bool) -> Any:
        path, body = request_of(self._model, self._prompt, self._parameters, usage=usage)
        return self._connection.post(path, body)

    def _run(self) -> Iterator[Piece]:
        """Pieces as they come; the ends of all choices last, when the tokens are known."""
        done = False
        for data in self._events():
            if data.strip() == "[DONE]":
                done = True
                break
            yield from self._add(read_chunk(data))
        cancelled = self._answer.closed
        self._answer.close()
        choices = range(self._parameters.n)
        if not (done or cancelled or all(choice in self._ends for choice in choices)):
            raise RemoteError(
                f"the server {self._connection.address} ended its answer in the middle: what came "
                "is not all"
            )
        left = max((self._total or 0) - self._tokens, 0)
        missing = FinishReason.CANCELLED if cancelled else FinishReason.STOP
        for choice in choices:
            yield Piece("", left, choice, self._ends.get(choice, missing))
            left = 0

    def _events(self) -> Iterator[str]:
        try:
            yield from self._answer
        except PromptError as error:
            if isinstance(self._prompt, Infill) and "suffix" in str(error).lower():
                raise UnsupportedPromptError(
                    f"the server {self._connection.address} cannot fill gaps: it takes no suffix "
                    f"for {self._model}; use another server or a model that runs here ({error})"
                ) from error
            if "stream_options" not in str(error):
                raise
            # An older server that cannot count: refused at once, so nothing was given out.
            self._answer = self._ask(usage=False)
            yield from self._answer

    def _add(self, chunk: Chunk) -> Iterator[Piece]:
        if chunk.prompt_tokens is not None:
            self.prompt_tokens = chunk.prompt_tokens
        if chunk.completion_tokens is not None:
            self._total = chunk.completion_tokens
        for part in chunk.parts:
            if part.choice >= self._parameters.n:
                raise RemoteError(
                    f"the server sent choice {part.choice} of {self._parameters.n} that were asked"
                )
            if part.text:
                self._tokens += 1  # servers send a token at a time; the end puts it right
                yield Piece(part.text, 1, part.choice)
            if part.finish_reason is not None:
                self._ends[part.choice] = part.finish_reason


def _models(connection: Connection, *, needed: bool) -> list[dict[str, Any]]:
    """What the server lists; nothing where it lists none and none is needed."""
    try:
        said = connection.get("models")
    except (RemoteError, ModelError, PromptError) as error:
        unreachable = isinstance(error, RemoteError) and error.status is None
        if needed or unreachable:
            raise
        return []
    data = said.get("data") if isinstance(said, dict) else None
    return [
        one
        for one in (data if isinstance(data, list) else [])
        if isinstance(one, dict) and isinstance(one.get("id"), str)
    ]


def _first(listed: list[dict[str, Any]], address: str) -> str:
    if not listed:
        raise ModelError(f"the server {address} lists no model: name one, remote:{address}#MODEL")
    model: str = listed[0]["id"]
    return model
