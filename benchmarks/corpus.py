"""The corpus of the benchmark: code on this machine, split by package, in The Stack v1's format.

Whole packages are held out, about a fifth of them by a hash of their name, and never indexed.
Another bit of the hash puts each into the half on which thresholds are fitted or into the half that
is reported. A package above `LARGEST_HELD_OUT` of all bytes is always indexed, because it would
make up half of the negatives. One package gives at most `LARGEST_SHARE` of the corpus, and small
languages are taken completely before large ones, so that each is well represented.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.code_files import CodeFile, code_files

__all__ = [
    "CACHE",
    "Corpus",
    "CorpusFile",
    "build_corpus",
    "distinct_files",
    "half_of",
    "held_out",
    "read_content",
    "read_corpus",
    "select",
    "write_corpus",
    "write_parts",
]

CACHE = Path(__file__).resolve().parent.parent / ".whence" / "bench"
LARGEST_HELD_OUT = 0.01
LARGEST_SHARE = 0.12
# Chosen among 6,000 by size only, so that both halves have much C, Go and Python.
SALT = "3856:"
PART_BYTES = 10_000_000  # of content in one parquet file
# The Stack's own filters.
MAX_FILE_BYTES, MAX_LINE, MAX_AVERAGE_LINE, MIN_ALPHANUMERIC = 1_048_576, 1000, 100, 0.25
CPP_HEADER = re.compile(rb"^\s*(class\s+\w|template\s*<|namespace\s+\w|using\s)", re.MULTILINE)
ALPHANUMERIC = bytes(c for c in range(256) if not bytes([c]).isalnum())


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A distinct content."""

    path: str  # on this machine
    package: str
    name: str  # relative to the root where it was found
    language: str
    size: int  # bytes
    document: str  # git blob sha1
    half: str  # "fit" or "report"


@dataclass(frozen=True, slots=True)
class Corpus:
    """The collected files, and where they were written."""

    folder: Path
    indexed: tuple[CorpusFile, ...]  # in the order of the parquet files
    held_out: tuple[CorpusFile, ...]

    @property
    def parts(self) -> list[Path]:
        """The parquet files; each is a random sample of the corpus."""
        return sorted((self.folder / "parquet").glob("*.parquet"))

    @property
    def bytes(self) -> int:
        """Content bytes of the indexed files."""
        return sum(file.size for file in self.indexed)


def build_corpus(size_mb: int, cache: Path = CACHE, *, refresh: bool = False) -> Corpus:
    """The corpus of about `size_mb` MB of indexed code; from the cache if it is there."""
    folder = cache / f"{size_mb}mb"
    if refresh or not (folder / "corpus.json").exists():
        # Files derived from an older corpus are deleted with it.
        shutil.rmtree(folder, ignore_errors=True)
        inventory = distinct_files(code_files(), half_of)
        packages = held_out(inventory)
        away = [file for file in inventory if file.package in packages]
        rest = [file for file in inventory if file.package not in packages]
        write_corpus(folder, rest, away, size_mb)
    return read_corpus(folder)


def write_corpus(
    folder: Path, rest: Sequence[CorpusFile], away: Sequence[CorpusFile], size_mb: int
) -> None:
    """Write about `size_mb` MB of `rest` as the code to index, with `away` held out."""
    indexed = select(rest, size_mb * 1_000_000)
    write_parts(indexed, folder / "parquet")
    plain = {"indexed": [asdict(f) for f in indexed], "held_out": [asdict(f) for f in away]}
    (folder / "corpus.json").write_text(json.dumps(plain))


def read_corpus(folder: Path) -> Corpus:
    """The corpus that was written to a folder."""
    read = json.loads((folder / "corpus.json").read_text())
    return Corpus(
        folder,
        tuple(CorpusFile(**file) for file in read["indexed"]),
        tuple(CorpusFile(**file) for file in read["held_out"]),
    )


def distinct_files(files: Iterable[CodeFile], half: Callable[[str], str]) -> list[CorpusFile]:
    """The distinct contents that The Stack's filters would keep.

    Args:
        files: in a stable order; the first of equal ones is kept.
        half: the half of each package.
    """
    found: dict[str, CorpusFile] = {}
    for file in files:
        content = read_content(file.path)
        if content is None:
            continue
        document = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        if document not in found:
            headers = file.path.suffix == ".h" and CPP_HEADER.search(content)
            language = "C++" if headers else file.language
            found[document] = CorpusFile(
                str(file.path), file.package, file.name, language, len(content), document,
                half(file.package),
            )  # fmt: skip
    return list(found.values())


def read_content(path: Path) -> bytes | None:
    """The content of a file, or None when a filter excludes it."""
    try:
        if not 0 < path.stat().st_size <= MAX_FILE_BYTES:
            return None
        content = path.read_bytes()
        content.decode()
    except (OSError, UnicodeDecodeError):
        return None
    lines = content.splitlines() or [b""]
    plain = (
        max(map(len, lines)) <= MAX_LINE
        and len(content) / len(lines) <= MAX_AVERAGE_LINE
        and len(content.translate(None, ALPHANUMERIC)) >= MIN_ALPHANUMERIC * len(content)
        and b"\0" not in content
    )
    return content if plain else None


def held_out(inventory: Sequence[CorpusFile]) -> set[str]:
    """The packages that are never indexed."""
    sizes: dict[str, int] = defaultdict(int)
    for file in inventory:
        sizes[file.package] += file.size
    limit = LARGEST_HELD_OUT * sum(sizes.values())
    return {name for name, size in sizes.items() if name_hash(name) % 5 == 0 and size <= limit}


def half_of(package: str) -> str:
    """ "fit" or "report", by the package's name."""
    return "fit" if name_hash(package) // 5 % 2 else "report"


def name_hash(name: str) -> int:
    """A hash that is the same in all runs and on all machines."""
    return int.from_bytes(hashlib.sha1((SALT + name).encode()).digest()[:6], "big")


def select(files: Sequence[CorpusFile], budget: int) -> list[CorpusFile]:
    """About `budget` bytes of the files, ordered by hash."""
    taken: dict[str, int] = defaultdict(int)
    by_language: dict[str, list[CorpusFile]] = defaultdict(list)
    for file in sorted(files, key=lambda f: f.document):
        if taken[file.package] + file.size <= LARGEST_SHARE * budget:
            taken[file.package] += file.size
            by_language[file.language].append(file)
    selected: list[CorpusFile] = []
    left = budget
    # The smallest language first, each with at most an equal share of what is left.
    ordered = sorted(by_language.values(), key=lambda own: sum(f.size for f in own))
    for position, own in enumerate(ordered):
        share = left / (len(ordered) - position)
        used = 0
        for file in own:
            if used + file.size > share:
                break
            used += file.size
            selected.append(file)
        left -= used
    return sorted(selected, key=lambda f: f.document)


def write_parts(files: Sequence[CorpusFile], folder: Path) -> None:
    """Write the files as parquet with The Stack v1's columns."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.parquet"):
        old.unlink()
    for number, part in enumerate(parts_of(files)):
        table = pa.Table.from_pylist([row(file) for file in part])
        pq.write_table(table, folder / f"part-{number:04d}.parquet", row_group_size=500)


def parts_of(files: Sequence[CorpusFile]) -> Iterator[list[CorpusFile]]:
    """The files in groups of about `PART_BYTES`."""
    part: list[CorpusFile] = []
    size = 0
    for file in files:
        part.append(file)
        size += file.size
        if size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def row(file: CorpusFile) -> dict[str, object]:
    """One row of The Stack v1."""
    content = Path(file.path).read_bytes().decode()
    lines = content.splitlines() or [""]
    repository = f"machine/{file.package.replace('/', '-')}"
    columns: dict[str, object] = {
        "hexsha": file.document,
        "size": file.size,
        "ext": file.path.rpartition(".")[2],
        "lang": file.language,
    }
    for what in ("stars", "issues", "forks"):
        columns |= {
            f"max_{what}_repo_path": file.name,
            f"max_{what}_repo_name": repository,
            f"max_{what}_repo_head_hexsha": hashlib.sha1(repository.encode()).hexdigest(),
            f"max_{what}_repo_licenses": ["MIT"],
            f"max_{what}_count": 1.0 if what == "stars" else None,
            f"max_{what}_repo_{what}_event_min_datetime": "2020-01-01T00:00:00.000Z",
            f"max_{what}_repo_{what}_event_max_datetime": "2021-01-01T00:00:00.000Z",
        }
    return columns | {
        "content": content,
        "avg_line_length": len(content) / len(lines),
        "max_line_length": max(map(len, lines)),
        "alphanum_fraction": sum(map(str.isalnum, content)) / len(content),
    }
