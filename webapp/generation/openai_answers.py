"""The shapes in which OpenAI's clients expect generated text, and our fields beside theirs.

Ours are `attribution` (the answer's JSON, attribution.reports.answer_schema), `attribution_of` and
`notes`. In a stream they come in chunks whose `choices` are empty, which clients pass over.
"""

from __future__ import annotations

import abc
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inference.interface import FinishReason, Piece
from webapp.generation.generating import Ended, Notes
from webapp.generation.states import State

__all__ = ["Answer", "ChatAnswer", "CompletionAnswer"]


class Answer(abc.ABC):
    """The answer to one request.

    Args:
        model: id of the model that writes.
        with_usage: tell the usage at the end of a stream.
    """

    prefix: str  # of the id
    whole_object: str  # OpenAI's name of the whole answer's shape
    chunk_object: str  # and of a chunk's

    def __init__(self, model: str, *, with_usage: bool = False) -> None:
        self._with_usage = with_usage
        self._head = {
            "id": f"{self.prefix}-{secrets.token_hex(12)}",
            "created": int(time.time()),
            "model": model,
        }

    @abc.abstractmethod
    def choice(self, index: int, text: str, finish: str | None) -> dict[str, Any]:
        """One choice of a whole answer."""

    @abc.abstractmethod
    def deltas(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """What a piece adds to its choice, as the one choice of each of some chunks."""

    def chunks(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """The chunks for new text."""
        for delta in self.deltas(piece):
            yield self._chunk([delta])

    def state(self, state: State, ended: Ended | None = None) -> dict[str, Any]:
        """The chunk for a state of the attribution; the last one tells the usage too."""
        chunk = self._chunk([], usage_of(ended) if ended and self._with_usage else None)
        chunk["attribution"] = state.attribution
        chunk["attribution_of"] = {
            "choice": state.choice,
            "final": state.final,
            "through": state.through,
        }
        return chunk

    def notes(self, notes: Notes) -> dict[str, Any]:
        """The chunk for what the user should know."""
        return self._chunk([]) | {"notes": list(notes.sentences)}

    def usage(self, ended: Ended) -> dict[str, Any] | None:
        """The chunk that only tells the usage; None when it was not asked for."""
        return self._chunk([], usage_of(ended)) if self._with_usage else None

    def whole(
        self,
        texts: Sequence[str],
        finishes: Sequence[FinishReason | None],
        states: Mapping[int, State],
        notes: Sequence[str],
        ended: Ended,
    ) -> dict[str, Any]:
        """The answer in one piece."""
        choices = [
            self.choice(index, text, _finish(reason) or "stop")
            for index, (text, reason) in enumerate(zip(texts, finishes, strict=True))
        ]
        answer = self._head | {
            "object": self.whole_object,
            "choices": choices,
            "usage": usage_of(ended),
        }
        if states:
            answer["attribution"] = states[0].attribution
            if len(texts) > 1:
                answer["attributions"] = [states[at].attribution for at in range(len(texts))]
        if notes:
            answer["notes"] = list(notes)
        return answer

    def _chunk(
        self, choices: list[dict[str, Any]], usage: dict[str, int] | None = None
    ) -> dict[str, Any]:
        chunk = self._head | {"object": self.chunk_object, "choices": choices}
        if self._with_usage:
            chunk["usage"] = usage  # null in all but the last, as OpenAI has it
        return chunk


class CompletionAnswer(Answer):
    """The shape of /v1/completions."""

    prefix = "cmpl"
    whole_object = chunk_object = "text_completion"

    def choice(self, index: int, text: str, finish: str | None) -> dict[str, Any]:
        return {"index": index, "text": text, "logprobs": None, "finish_reason": finish}

    def deltas(self, piece: Piece) -> Iterator[dict[str, Any]]:
        finish = _finish(piece.finish_reason)
        if piece.text or finish:
            yield self.choice(piece.choice, piece.text, finish)


class ChatAnswer(Answer):
    """The shape of /v1/chat/completions."""

    prefix = "chatcmpl"
    whole_object = "chat.completion"
    chunk_object = "chat.completion.chunk"

    def __init__(self, model: str, *, with_usage: bool = False) -> None:
        super().__init__(model, with_usage=with_usage)
        self._begun: set[int] = set()  # choices whose role was told

    def choice(self, index: int, text: str, finish: str | None) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, "refusal": None}
        return {"index": index, "message": message, "logprobs": None, "finish_reason": finish}

    def deltas(self, piece: Piece) -> Iterator[dict[str, Any]]:
        if piece.choice not in self._begun:
            self._begun.add(piece.choice)
            yield _delta(piece.choice, {"role": "assistant", "content": ""})
        if piece.text:
            yield _delta(piece.choice, {"content": piece.text})
        finish = _finish(piece.finish_reason)
        if finish:
            yield _delta(piece.choice, {}, finish)


def usage_of(ended: Ended) -> dict[str, int] | None:
    """OpenAI's usage; None when the engine does not know how long the prompt was."""
    if ended.prompt_tokens is None:
        return None
    return {
        "prompt_tokens": ended.prompt_tokens,
        "completion_tokens": ended.completion_tokens,
        "total_tokens": ended.prompt_tokens + ended.completion_tokens,
    }


def _delta(index: int, delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}


def _finish(reason: FinishReason | None) -> str | None:
    """OpenAI's word; a choice that was cancelled ends with an error instead."""
    return None if reason in (None, FinishReason.CANCELLED) else reason.value
