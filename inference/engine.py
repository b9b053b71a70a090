"""What the scheduler asks of whatever computes: the seam between our loop and torch.

A `Sequence` is one request on the device: its prompt, its choices and their keys and values. It is
worked on in small turns, so that several requests share the device fairly.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass

from inference.interface import Parameters

__all__ = ["Engine", "Request", "TokenSequence"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be computed."""

    prompt: tuple[int, ...]  # tokens, at least one
    parameters: Parameters
    most: int  # new tokens per choice: max_tokens, or what the context has room for
    ends: frozenset[int]  # tokens that end a choice


class TokenSequence(abc.ABC):
    """One request on the device. Used by the scheduler's thread alone."""

    @abc.abstractmethod
    def advance(self, *, alone: bool) -> list[tuple[int, int]] | None:
        """Compute one turn: a part of the prompt (None), or one token for each living choice.

        `alone`: nobody else waits for a turn, so parts of the prompt may be larger. Returns
        (choice, token) pairs.

        Raises:
            OutOfMemoryError: it does not fit; what it held is free after `release`.
        """

    @abc.abstractmethod
    def drop(self, choice: int) -> None:
        """A choice has ended: it needs no more tokens."""

    @abc.abstractmethod
    def release(self) -> None:
        """Give its memory back. May be called more than once."""


class Engine(abc.ABC):
    """A model on a device."""

    @abc.abstractmethod
    def begin(self, request: Request) -> TokenSequence:
        """Make room for a request.

        Raises:
            OutOfMemoryError: there is none.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of the model."""
