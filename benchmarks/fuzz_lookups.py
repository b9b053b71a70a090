"""Targets of `benchmarks.fuzz`: look-ups and searches in an index of every language that we lex."""

from __future__ import annotations

import functools
import io
import json
import random
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from attribution.attributor import Attributor
from attribution.commands.batch import Chunk, answer_chunk
from attribution.index import create_index
from attribution.index.hits import TimedSearch
from attribution.index.interface import Index
from attribution.index.word_query import word_query
from attribution.lexing.languages import language_of_path
from attribution.matching.seed_cache import SeedCache
from attribution.reports.hit_json import hit_json
from attribution.reports.hits_report import print_hit
from attribution.reports.json_report import as_json, json_line
from attribution.reports.text_report import print_answer
from attribution.session import LookupSession
from attribution.settings import AttributorSettings
from attribution.types import Attribution, LicenseEvidence, NewFile, Occurrence, Snippet
from benchmarks.fuzz import Target

__all__ = ["targets"]

_FILES = Path(__file__).resolve().parent.parent / "tests/corpus/lexer"
_LARGE = 25_000  # bytes; of such a file only the part around the lines of the snippet is aligned
_NAME = re.compile(rb"\b[a-z_][a-z_0-9]{2,}\b")
_SETTINGS = (
    AttributorSettings(),
    AttributorSettings(max_sources=None, max_occurrences=0, min_confidence=0.0),
    AttributorSettings(max_sources=1, max_verified=1, seed_bytes=0, private=True),
    AttributorSettings(max_seconds=0.0),
    AttributorSettings(max_seconds=0.05, max_verified=0, max_bytes=20_000),
    AttributorSettings(max_sources=0, min_confidence=1.0),
)
_LANGUAGES = (
    None,
    None,
    "python",
    "C++",
    "TeX",
    "jupyter notebook",
    "no such language",
    "",
    "\x00",
)
_NAMES = ("-", "a.py", "a.ipynb", "\udcff", "a" * 300, "../\n")
_QUERIES = (
    b"return value lang:python -repo:a/b license:MIT path:src/*.py",
    b'"def area(points" /total\\s*[+]=\\s*\\w+(x|y){2,9}/ -lang:c',
)


@functools.cache
def _code() -> tuple[tuple[str, bytes], ...]:
    """Name and content of the files: each as it is, and some made long."""
    found = []
    for path in sorted(_FILES.iterdir()):
        if path.suffix != ".tokens":
            text = path.read_bytes()
            found.append((path.name, text))
            lines = text.splitlines(keepends=True)
            if len(lines) > 10:
                rng = random.Random(path.name)
                blocks = [b"".join(rng.sample(lines, len(lines))) for _ in range(8)]
                long = text + b"".join(blocks) * (_LARGE // len(text * 8) + 1) + text
                found.append((f"long/{path.name}", long))
    return tuple(found)


@functools.cache
def _index() -> Index:
    index = create_index(str(Path(tempfile.mkdtemp(prefix="whence-fuzz-")) / "index"), "fuzz")
    license_ = LicenseEvidence("MIT", "file header")
    with index.writer() as writer:
        for name, text in _code():
            language = language_of_path(name) or "unknown"
            for owner in ("ann", "bob"):
                seen = Occurrence(f"{owner}/x", name, origin=f"https://x/{owner}", license=license_)
                writer.add([NewFile(text, language, seen)])
        writer.commit(())
    index.refresh()
    return index


@functools.cache
def _seeds() -> SeedCache:
    return SeedCache(1 << 20)


def _renamed(text: bytes, rng: random.Random) -> bytes:
    """The text with half of its names changed consistently."""
    names = sorted(set(_NAME.findall(text)))
    new = {name: b"v%d" % n for n, name in enumerate(names) if rng.random() < 0.5}
    return _NAME.sub(lambda found: new.get(found[0], found[0]), text)


def _changed(text: bytes, rng: random.Random) -> bytes:
    """A window of the text, in half of the cases changed as people and models do."""
    if rng.random() < 0.7 and text:
        start = rng.randrange(len(text))
        text = text[start : start + rng.choice((1, 40, 200, 800, 4000))]
    if rng.random() < 0.25:
        text = _renamed(text, rng)
    lines = text.splitlines(keepends=True)
    kind = rng.randrange(8)
    if kind == 0:
        lines = [line for line in lines if rng.random() < 0.8]
    elif kind == 1:
        lines = [b"\t  " + line.lstrip() for line in lines]
    elif kind == 2 and lines:
        lines.insert(rng.randrange(len(lines)), b"  inserted = call(1)\n")
    elif kind == 3:
        lines *= 3
    return b"".join(lines)


def _session(settings: AttributorSettings) -> LookupSession:
    return LookupSession(_index(), Attributor(_index(), settings, _seeds()))


def _check(answer: Attribution, size: int) -> None:
    """Every answer can be written, refers to the snippet, and is no hidden crash."""
    assert "internal error" not in (answer.status_reason or ""), answer.status_reason
    shape = as_json(answer)
    json.loads(json_line(shape))
    print_answer(Console(file=io.StringIO(), width=80), answer)
    for source in shape["sources"]:
        for match in source["matches"]:
            assert 0 <= match["snippet"]["start"] <= match["snippet"]["end"] <= size
            assert 1 <= match["source"]["start_line"] <= match["source"]["end_line"]


def _look_up(data: bytes) -> None:
    rng = random.Random(data)
    code = _changed(data, rng)
    settings, language = rng.choice(_SETTINGS), rng.choice(_LANGUAGES)
    name = rng.choice(_NAMES)
    snippet = Snippet(code, language_of_path(name) or rng.choice(_LANGUAGES[:5]), name)
    _check(_session(settings).lookup(snippet, language), len(code))


def _look_up_lines(data: bytes) -> None:
    lines = data.split(b"\n")
    answered = answer_chunk(_session(_SETTINGS[0]), Chunk("x.jsonl", 1, tuple(lines)), None)
    answers = answered.text.splitlines()
    assert len(answers) == sum(not (not line or line.isspace()) for line in lines)
    for answer in answers:
        assert "internal error" not in (json.loads(answer)["status_reason"] or "")


def _search(data: bytes) -> None:
    query = word_query(data.decode("utf-8", "surrogateescape"))
    hits = TimedSearch(_index(), query, 5, 5.0)
    for number, hit in enumerate(hits, 1):
        json.dumps(hit_json(hit))
        print_hit(Console(file=io.StringIO(), width=80), number, hit, query, 3)


def targets() -> dict[str, Target]:
    """The look-ups by name."""
    texts: Sequence[bytes] = [text for _, text in _code()]
    items = "".join(
        json.dumps({"id": n, "code": text.decode("latin-1"), "language": "python"}) + "\n"
        for n, text in enumerate(texts[:6])
    )
    return {
        "look-up": Target(texts, _look_up),
        "search": Target(_QUERIES, _search),
        "look-ups of JSON lines": Target((items.encode(),), _look_up_lines),
    }
