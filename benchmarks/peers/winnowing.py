"""SCANOSS's winnowing from its own package, with a dictionary from hashes to files."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence

from scanoss.winnowing import Winnowing

from benchmarks.peers.interface import Peer, PeerDocument

__all__ = ["ScanossWinnowing"]

HASH = re.compile(r"(?<=[=,])[0-9a-f]{8}(?=[,\n])")


class ScanossWinnowing(Peer):
    """The file with the most hashes in common."""

    name = "SCANOSS winnowing"
    note = "package scanoss, grams of 30 characters, windows of 64; a dictionary in memory"

    def __init__(self) -> None:
        # Its defaults: below 256 bytes a file has no snippet hashes.
        self._winnowing = Winnowing(quiet=True, size_limit=False)
        self._files: dict[int, array[int]] = {}
        self._ids: list[str] = []

    def hashes(self, text: str) -> Iterator[int]:
        """The distinct hashes of a text."""
        said = self._winnowing.wfp_for_contents("file.c", False, text.encode())
        lines = [line for line in said.splitlines(keepends=True) if line[0].isdigit()]
        return iter({int(found, 16) for line in lines for found in HASH.findall(line)})

    def build(self, documents: Sequence[PeerDocument]) -> int | None:
        for number, document in enumerate(documents):
            self._ids.append(document.id)
            for value in self.hashes(document.text):
                self._files.setdefault(value, array("I")).append(number)
        return None

    def find(self, code: str, language: str) -> str | None:  # noqa: ARG002
        votes: Counter[int] = Counter()
        for value in self.hashes(code):
            votes.update(self._files.get(value, ()))
        return self._ids[votes.most_common(1)[0][0]] if votes else None
