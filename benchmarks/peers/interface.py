"""The interface of a peer: it takes documents, then names the best one for a piece of code."""

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
    """Another tool that could say where code comes from."""

    name: str
    note: str = ""  # what a reader has to know about the figures

    @abc.abstractmethod
    def build(self, documents: Sequence[PeerDocument]) -> int | None:
        """Take the documents; returns the bytes of storage used, or None when unknown."""

    @abc.abstractmethod
    def find(self, code: str, language: str) -> str | None:
        """The id of the best document, or None."""

    def close(self) -> None:  # noqa: B027  (most peers hold nothing)
        """Release all resources."""
