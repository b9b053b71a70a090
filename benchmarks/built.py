"""The index of the corpus: built by `whence index`, and kept in the cache."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from attribution.errors import IndexFormatError, IndexNotFoundError
from attribution.index import open_index
from benchmarks.child import Measured, run_measured
from benchmarks.corpus import Corpus

__all__ = ["WHENCE", "build_index", "built_index", "index_command"]

WHENCE = str(Path(sys.executable).with_name("whence"))


def index_command(parts: Sequence[Path | str], location: Path | str) -> list[str]:
    """The command that indexes parquet files, including generated code."""
    options = ["--include-generated", "--quiet"]
    return [WHENCE, "index", *map(str, parts), "--to", str(location), *options]


def built_index(corpus: Corpus, *, rebuild: bool = False) -> Path:
    """The folder of the corpus's index; builds it if it is missing, incomplete or unreadable."""
    location = corpus.folder / "index"
    if rebuild or not (corpus.folder / "index.finished").exists() or not readable(location):
        build_index(corpus)
    return location


def build_index(corpus: Corpus) -> Measured:
    """Build the corpus's index again.

    Raises:
        subprocess.CalledProcessError: the command failed.
    """
    location = corpus.folder / "index"
    finished = corpus.folder / "index.finished"
    finished.unlink(missing_ok=True)
    shutil.rmtree(location, ignore_errors=True)
    measured = run_measured(index_command(corpus.parts, location))
    finished.touch()
    return measured


def readable(location: Path) -> bool:
    """Whether this version of Whence can open the index."""
    try:
        open_index(location).close()
    except (IndexFormatError, IndexNotFoundError):
        return False
    return True
