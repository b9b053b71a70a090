"""Many snippets, one JSON line each: lines in, answers out, in order and on all cores.

A chunk is what one read of the input gave, cut at 32 lines. So a file is worked on in chunks that
are worth a hand-over to another process, while someone who writes one line and waits gets that
line's answer. Workers parse, ask and write JSON; only bytes cross between processes. The number
of chunks in flight is bounded, so memory is too, whatever the input's length.
"""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from attribution.ordered_pool import in_order
from attribution.reports.json_report import as_json, json_line
from attribution.types import Snippet, Status

if TYPE_CHECKING:  # the parent of workers asks nothing, so it loads neither numpy nor kernels
    from attribution.commands.desk import Desk

__all__ = ["Answers", "BatchSettings", "Chunk", "answer_all", "answer_chunk", "read_chunks"]

_READ_BYTES = 1 << 16  # a pipe holds no more
_CHUNK_LINES = 32  # some 15 ms of work: long beside a hand-over, short beside a person's patience
_CHUNKS_PER_JOB = 4  # in flight: two were not always enough to keep a worker busy


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What a worker needs to begin."""

    location: str
    max_sources: int
    language: str | None  # for lines that name none
    jobs: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive lines of an input."""

    name: str  # of the input
    first_line: int  # 1-based
    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers for a chunk."""

    text: bytes  # one JSON object a line
    unchecked: int  # how many of them are "not_checked"


class _Reader(Protocol):
    """An unbuffered stream: `read` returns what there is, empty at the end."""

    def read(self, size: int, /) -> bytes | None: ...


def read_chunks(name: str, stream: _Reader) -> Iterator[Chunk]:
    """The lines of a stream, as soon as they are there. Lines may be of any length."""
    number = 1
    unfinished: list[bytes] = []
    while data := stream.read(_READ_BYTES):
        parts = data.split(b"\n")
        unfinished.append(parts[0])
        if len(parts) == 1:
            continue
        lines = (b"".join(unfinished), *parts[1:-1])
        unfinished = [parts[-1]]
        for start in range(0, len(lines), _CHUNK_LINES):
            yield Chunk(name, number + start, lines[start : start + _CHUNK_LINES])
        number += len(lines)
    last = b"".join(unfinished)
    if last:
        yield Chunk(name, number, (last,))


def answer_chunk(desk: Desk, chunk: Chunk, language: str | None) -> Answers:
    """Answer every line that is not blank; a bad one is answered as not checked."""
    # What is removed is gone from every answer at once, also in the middle of a batch. Looking
    # whether something changed takes .4 ms, some 2 % of a chunk.
    desk.index.refresh()
    written = []
    unchecked = 0
    for number, line in enumerate(chunk.lines, chunk.first_line):
        if not line or line.isspace():
            continue
        text, checked = _answer_line(desk, chunk.name, number, line, language)
        written.append(text)
        unchecked += not checked
    return Answers("".join(written).encode("ascii"), unchecked)


def answer_all(chunks: Iterable[Chunk], settings: BatchSettings) -> Generator[Answers]:
    """Answer chunks in their order, in this process or in `settings.jobs` others.

    Raises:
        CorpusIndexError: the index cannot be opened or stopped serving.
        WhenceError: a worker was killed.
    """
    if settings.jobs == 1:
        from attribution.commands.desk import Desk

        desk = Desk.open(settings.location, settings.max_sources)
        return (answer_chunk(desk, chunk, settings.language) for chunk in chunks)
    return _answer_in_parallel(chunks, settings)


def _answer_line(
    desk: Desk, name: str, number: int, line: bytes, language: str | None
) -> tuple[str, bool]:
    place = f"{name}:{number}"
    id_: object = None
    try:
        record = _RECORD.decode(line.decode("utf-8-sig"))
        if not isinstance(record, dict):
            raise ValueError('it is not an object like {"id": ..., "code": "...", "language": ...}')
        id_ = record.get("id")
        code = record.get("code")
        if not isinstance(code, str):
            raise ValueError('it has no "code" that is a string')
        named = record.get("language")
        if not isinstance(named, str | None):
            raise ValueError('its "language" is neither a string nor null')
    except (ValueError, RecursionError) as error:
        snippet = Snippet(b"", None, place if id_ is None else str(id_))
        answer = desk.refuse(snippet, f"line {number} of {name} cannot be used: {_why(error)}")
    else:
        # A lone surrogate, which JSON can carry and UTF-8 cannot, stays a thing of its own.
        snippet = Snippet(
            code.encode("utf-8", "surrogatepass"), None, place if id_ is None else str(id_)
        )
        answer = desk.ask(snippet, named or language)
    shape = as_json(answer)
    shape["id"] = id_
    return json_line(shape) + "\n", answer.status is not Status.NOT_CHECKED


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):  # it would come back as Infinity, which is no JSON
        raise ValueError(f"the number {text} is too large")
    return number


_RECORD = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _why(error: ValueError | RecursionError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 (byte {error.start + 1} of the line)"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg} at column {error.colno}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error)


# ---- other processes ----

_desk: Desk | None = None  # of a worker; opened at its first chunk


def _work(task: tuple[Chunk, BatchSettings]) -> Answers:
    global _desk  # noqa: PLW0603  (a worker's whole state)
    chunk, settings = task
    if _desk is None:
        from attribution.commands.desk import Desk

        _desk = Desk.open(settings.location, settings.max_sources)
    return answer_chunk(_desk, chunk, settings.language)


def _answer_in_parallel(chunks: Iterable[Chunk], settings: BatchSettings) -> Generator[Answers]:
    answered = in_order(
        ((None, (chunk, settings)) for chunk in chunks),
        _work,
        settings.jobs,
        preload=(__name__, "attribution.commands.desk"),
        in_flight=_CHUNKS_PER_JOB,
    )
    with closing(answered):
        for _, answers in answered:
            assert answers is not None
            yield answers
