"""The corpus as an index: built by the command that a user runs, and kept in the cache."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import Corpus

__all__ = ["WHENCE", "built_index", "index_command"]

WHENCE = str(Path(sys.executable).with_name("whence"))


def index_command(parts: Sequence[Path], location: Path) -> list[str]:
    """The command that indexes parquet files: all of them, generated ones too."""
    return [WHENCE, "index", *map(str, parts), "--to", str(location), "--include-generated"]


def built_index(corpus: Corpus, *, rebuild: bool = False) -> Path:
    """The folder of the corpus's index, made when it is not there or not finished."""
    location = corpus.folder / "index"
    finished = corpus.folder / "index.finished"
    if rebuild or not finished.exists():
        finished.unlink(missing_ok=True)
        shutil.rmtree(location, ignore_errors=True)
        subprocess.run(index_command(corpus.parts, location), check=True)
        finished.touch()
    return location
