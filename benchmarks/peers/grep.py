"""ripgrep for the first line, as a person would do it; grep where ripgrep is not installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.interface import Peer, PeerDocument

__all__ = ["FirstLine"]

LONG_ENOUGH = 8  # characters of a line worth searching for


class FirstLine(Peer):
    """A literal search through the files, without an index."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="whence-grep-")
        found = shutil.which("rg")
        self.name = "ripgrep, first line" if found else "grep -F -r, first line"
        self.note = "no index; the first file that contains the code's first line"
        if not found:
            self.note += "; install ripgrep to use it instead of grep"
        options = ["--no-ignore", "--hidden", "--no-messages", "--max-count=1"]
        self._command = [found, *options] if found else ["grep", "-r", "-s", "-m", "1"]

    def build(self, documents: Sequence[PeerDocument]) -> int | None:
        for document in documents:
            folder = Path(self._folder.name, document.id[:2])
            folder.mkdir(exist_ok=True)
            (folder / document.id).write_bytes(document.text.encode())
        return 0

    def find(self, code: str, language: str) -> str | None:  # noqa: ARG002
        lines = [line.strip() for line in code.splitlines()]
        line = next((line for line in lines if len(line) >= LONG_ENOUGH), "")
        if not line:
            return None
        command = [*self._command, "-F", "-l", "-e", line, self._folder.name]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return Path(said.splitlines()[0]).name if said else None

    def close(self) -> None:
        self._folder.cleanup()
