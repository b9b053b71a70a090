"""The interface of peers: take documents, then name the best document for a piece of code."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Peer", "PeerDocument"]


@dataclass(frozen=True, slots=True)
class PeerDocument:
    """A file for a peer to index."""

    id: str  # git blob sha1
    language: str  # The Stack's name
    text: str


class Peer(abc.ABC):
    """A program that finds the source of code."""

    name: str
    note: str = ""  # an explanation beside the figures

    @abc.abstractmethod
    def build(self, documents: Sequence[PeerDocument]) -> int | None:
        """Index the documents; returns the bytes of the index, None if unknown."""

    @abc.abstractmethod
    def find(self, code: str, language: str) -> str | None:
        """The best document's id; None if nothing was found."""

    def close(self) -> None:  # noqa: B027  (most peers have nothing to release)
        """Release resources."""
