"""What every peer does: take documents, then name the best document for a piece of code."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Peer", "PeerDocument"]


@dataclass(frozen=True, slots=True)
class PeerDocument:
    """A file for a peer to hold."""

    id: str  # git blob sha1
    language: str  # The Stack's name
    text: str


class Peer(abc.ABC):
    """Something that could answer where code comes from."""

    name: str
    note: str = ""  # what a reader has to know beside the figures

    @abc.abstractmethod
    def build(self, documents: Sequence[PeerDocument]) -> int | None:
        """Take the documents; the bytes that it needs for them, None when there is no telling."""

    @abc.abstractmethod
    def find(self, code: str, language: str) -> str | None:
        """The best document's id; None: nothing found."""

    def close(self) -> None:  # noqa: B027  (most peers hold nothing)
        """Give back what was taken."""
