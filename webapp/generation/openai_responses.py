"""Generated text in the shapes of OpenAI's API, with our fields beside theirs.

Our fields are `attribution` (attribution.reports.answer_schema), `attribution_of` and `notes`. In a
stream they come with the chunks of text: the attribution of a choice with its finish reason. A
client that asked for live attribution, or for the usage, which OpenAI sends in a chunk with empty
`choices`, skips such chunks; it gets our fields in chunks of their own.
"""

from __future__ import annotations

import abc
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inference.interface import FinishReason, Piece
from webapp.generation.generation_stream import Notes, StreamEnd
from webapp.generation.updates import AttributionUpdate

__all__ = ["ChatResponse", "CompletionResponse", "OpenAIResponse"]


class OpenAIResponse(abc.ABC):
    """The response to one request, whole or as chunks.

    Args:
        model: id of the model.
        with_usage: report the usage at the end of a stream.
        live: the text is attributed while it streams.
    """

    prefix: str  # of the id
    whole_object: str  # OpenAI's name of the whole response's shape
    chunk_object: str  # and of a chunk's

    def __init__(self, model: str, *, with_usage: bool = False, live: bool = False) -> None:
        self._with_usage = with_usage
        self.has_empty_chunks = with_usage or live
        self._head = {
            "id": f"{self.prefix}-{secrets.token_hex(12)}",
            "created": int(time.time()),
            "model": model,
        }

    @abc.abstractmethod
    def choice(self, index: int, text: str, finish: str | None) -> dict[str, Any]:
        """One choice of a whole response."""

    @abc.abstractmethod
    def deltas(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """The choices of the chunks that a piece becomes, one per chunk."""

    @abc.abstractmethod
    def empty(self, index: int) -> dict[str, Any]:
        """A choice of a chunk, without text or finish reason."""

    def chunks(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """The chunks for new text; a finish reason has one without text."""
        for delta in self.deltas(piece):
            yield self._chunk([delta])

    def carrier(self, index: int) -> dict[str, Any]:
        """A chunk that changes nothing, to carry our fields."""
        return self._chunk([self.empty(index)])

    def update(self, update: AttributionUpdate, end: StreamEnd | None = None) -> dict[str, Any]:
        """The chunk for an update; with `end` it holds the usage too."""
        chunk = self._chunk([], usage_of(end) if end and self._with_usage else None)
        chunk["attribution"] = update.attribution
        chunk["attribution_of"] = {
            "choice": update.choice,
            "final": update.final,
            "through": update.through,
        }
        return chunk

    def notes(self, notes: Notes) -> dict[str, Any]:
        """The chunk for notes."""
        return self._chunk([]) | {"notes": list(notes.sentences)}

    def usage(self, end: StreamEnd) -> dict[str, Any] | None:
        """The chunk with the usage only; None when the client did not ask for it."""
        return self._chunk([], usage_of(end)) if self._with_usage else None

    def whole(
        self,
        texts: Sequence[str],
        finishes: Sequence[FinishReason | None],
        updates: Mapping[int, AttributionUpdate],
        notes: Sequence[str],
        end: StreamEnd,
    ) -> dict[str, Any]:
        """The response in one piece; `updates` holds the final one of each choice."""
        response = self._head | {
            "object": self.whole_object,
            "choices": [
                self.choice(index, text, _finish(reason) or "stop")
                for index, (text, reason) in enumerate(zip(texts, finishes, strict=True))
            ],
            "usage": usage_of(end),
        }
        if updates:
            response["attribution"] = updates[0].attribution
            if len(texts) > 1:
                response["attributions"] = [updates[at].attribution for at in range(len(texts))]
        if notes:
            response["notes"] = list(notes)
        return response

    def _chunk(
        self, choices: list[dict[str, Any]], usage: dict[str, int] | None = None
    ) -> dict[str, Any]:
        chunk = self._head | {"object": self.chunk_object, "choices": choices}
        if self._with_usage:
            chunk["usage"] = usage  # null in all but the last, as OpenAI has it
        return chunk


class CompletionResponse(OpenAIResponse):
    """The shape of /v1/completions."""

    prefix = "cmpl"
    whole_object = chunk_object = "text_completion"

    def choice(self, index: int, text: str, finish: str | None) -> dict[str, Any]:
        return {"index": index, "text": text, "logprobs": None, "finish_reason": finish}

    def deltas(self, piece: Piece) -> Iterator[dict[str, Any]]:
        if piece.text:
            yield self.choice(piece.choice, piece.text, None)
        if finish := _finish(piece.finish_reason):
            yield self.choice(piece.choice, "", finish)

    def empty(self, index: int) -> dict[str, Any]:
        return self.choice(index, "", None)


class ChatResponse(OpenAIResponse):
    """The shape of /v1/chat/completions."""

    prefix = "chatcmpl"
    whole_object = "chat.completion"
    chunk_object = "chat.completion.chunk"

    def __init__(self, model: str, *, with_usage: bool = False, live: bool = False) -> None:
        super().__init__(model, with_usage=with_usage, live=live)
        self._started: set[int] = set()  # choices whose role was sent

    def choice(self, index: int, text: str, finish: str | None) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, "refusal": None}
        return {"index": index, "message": message, "logprobs": None, "finish_reason": finish}

    def deltas(self, piece: Piece) -> Iterator[dict[str, Any]]:
        if piece.choice not in self._started:
            self._started.add(piece.choice)
            yield _delta(piece.choice, {"role": "assistant", "content": ""})
        if piece.text:
            yield _delta(piece.choice, {"content": piece.text})
        if finish := _finish(piece.finish_reason):
            yield _delta(piece.choice, {}, finish)

    def empty(self, index: int) -> dict[str, Any]:
        return _delta(index, {})


def usage_of(end: StreamEnd) -> dict[str, int] | None:
    """OpenAI's usage; None when the engine does not know the prompt's length."""
    if end.prompt_tokens is None:
        return None
    return {
        "prompt_tokens": end.prompt_tokens,
        "completion_tokens": end.completion_tokens,
        "total_tokens": end.prompt_tokens + end.completion_tokens,
    }


def _delta(index: int, delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}


def _finish(reason: FinishReason | None) -> str | None:
    """OpenAI's word; a choice that was cancelled ends with an error instead."""
    return None if reason in (None, FinishReason.CANCELLED) else reason.value
