"""The interface between our scheduler and the library that computes, such as torch.

A `TokenSequence` is one request on the device: its prompt, its choices and their keys and values.
It is computed in small turns, so that several requests share the device fairly.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass

from inference.interface import Parameters

__all__ = ["Engine", "Request", "TokenSequence"]


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt as tokens, and how to continue it."""

    prompt: tuple[int, ...]  # tokens, at least one
    parameters: Parameters
    max_new_tokens: int  # per choice: max_tokens, or what the context has room for
    end_tokens: frozenset[int]  # any of them ends a choice


class TokenSequence(abc.ABC):
    """One request on the device. Only the scheduler's thread uses it."""

    @abc.abstractmethod
    def advance(self, *, alone: bool) -> list[tuple[int, int]] | None:
        """Compute one turn: a part of the prompt, or one token for each choice that has not ended.

        `alone`: no other request waits for a turn, so parts of the prompt may be larger. Returns
        (choice, token) pairs, or None for a part of the prompt.

        Raises:
            OutOfMemoryError: the device has not enough memory; `release` frees what it used.
        """

    @abc.abstractmethod
    def drop(self, choice: int) -> None:
        """Compute no more tokens for a choice, because it has ended."""

    @abc.abstractmethod
    def release(self) -> None:
        """Free its memory. May be called more than once."""


class Engine(abc.ABC):
    """A model on a device."""

    @abc.abstractmethod
    def begin(self, request: Request) -> TokenSequence:
        """Prepare a request.

        Raises:
            OutOfMemoryError: the device has not enough memory.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Free the model."""
