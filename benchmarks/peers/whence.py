"""Whence on the peers' work: built by its command, with the answers that a user gets."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attribution.index import open_index
from attribution.types import Snippet
from benchmarks.built import index_command
from benchmarks.peers.interface import Peer, PeerDocument
from benchmarks.query_runs import RecordingAttributor

__all__ = ["Whence", "WhenceUnlabelled"]


class Whence(Peer):
    """The product with its labels; a source that is not reported counts as not found."""

    name = "Whence"
    note = "complete index, process start included; answers verified, with lines and licence"

    def __init__(self, parts: Sequence[Path]) -> None:
        self._parts = parts
        self._folder = tempfile.TemporaryDirectory(prefix="whence-bench-")

    def build(self, documents: Sequence[PeerDocument]) -> int | None:  # noqa: ARG002
        location = Path(self._folder.name, "index")
        command = [*index_command(self._parts, location)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        self._index = open_index(location)
        self._attributor = RecordingAttributor(self._index)
        return sum(path.stat().st_size for path in location.rglob("*") if path.is_file())

    def find(self, code: str, language: str) -> str | None:
        sources = self._attributor.attribute(Snippet(code.encode(), language)).sources
        return sources[0].document.rpartition(":")[2] if sources else None

    def close(self) -> None:
        self._index.close()
        self._folder.cleanup()


class WhenceUnlabelled(Whence):
    """The best document that was aligned, however weak; peers always answer like this."""

    name = "Whence, first aligned"
    note = "the same before the label: the best document, however weak the evidence"

    def find(self, code: str, language: str) -> str | None:
        self._attributor.attribute_and_keep(Snippet(code.encode(), language))
        return self._attributor.verified[0].document.id if self._attributor.verified else None
