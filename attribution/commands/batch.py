"""Many snippets, one JSON line each: lines in, answers out, in order and on all cores.

A chunk is what one read of the input returned, at most 32 lines. So a file is processed in chunks
that are worth sending to another process, and a program that writes one line and waits gets its
answer at once. Workers parse, look up and write JSON; only bytes cross between processes. The
number of chunks in flight is bounded, and so is memory, however long the input is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from attribution.at_once import at_once
from attribution.locations import Locations
from attribution.ordered_pool import in_order
from attribution.reports.json_report import as_json, json_line
from attribution.types import Snippet, Status

if TYPE_CHECKING:  # the parent of workers looks nothing up, so it loads neither numpy nor kernels
    from attribution.session import LookupSession

__all__ = ["AnsweredChunk", "BatchSettings", "Chunk", "answer_all", "answer_chunk", "read_chunks"]

_NO_CODE = 'it has no "code" that is a string'
_BATCH_OUTPUT = ", but looks like the output of a batch API, which `whence audit FILE` reads"
_READ_BYTES = 1 << 16  # a pipe holds no more
_CHUNK_LINES = 32  # some 15 ms of work: long compared with sending it, short for a person
_CHUNKS_PER_JOB = 4  # in flight; two were not always enough to keep a worker busy


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What a worker needs to start."""

    location: Locations
    max_sources: int | None  # listed; None: all
    language: str | None  # for lines that name none
    jobs: int
    private: bool = False  # see AttributorSettings


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive lines of an input."""

    name: str  # of the input
    first_line: int  # 1-based
    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class AnsweredChunk:
    """The answers to the lines of a chunk."""

    text: bytes  # one JSON object a line
    incomplete: int  # how many are not "checked"


class _Reader(Protocol):
    """An unbuffered stream: `read` returns what is available, and b"" at the end."""

    def read(self, size: int, /) -> bytes | None: ...


def read_chunks(name: str, stream: _Reader) -> Iterator[Chunk]:
    """The lines of a stream, as soon as they arrive. Lines may be of any length."""
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


def answer_chunk(session: LookupSession, chunk: Chunk, language: str | None) -> AnsweredChunk:
    """Answer every line that is not blank; an invalid one is answered as not checked."""
    # Removed repositories leave answers at once, also in the middle of a batch. Checking for a
    # change takes 0.4 ms, some 2 % of a chunk.
    session.index.refresh()
    lines = [
        (number, line)
        for number, line in enumerate(chunk.lines, chunk.first_line)
        if line and not line.isspace()
    ]
    answers = at_once(
        lambda one: _answer_line(session, chunk.name, *one, language),
        lines,
        session.index,
    )
    text = "".join(text for text, _ in answers)
    return AnsweredChunk(text.encode("ascii"), sum(not complete for _, complete in answers))


def answer_all(chunks: Iterable[Chunk], settings: BatchSettings) -> Generator[AnsweredChunk]:
    """Answer chunks in their order, in this process or in `settings.jobs` others.

    Raises:
        CorpusIndexError: the index cannot be opened or stopped serving.
        WhenceError: a worker was killed.
    """
    if settings.jobs == 1:
        return _answer_here(_open(settings), chunks, settings)
    return _answer_in_parallel(chunks, settings)


def _answer_here(
    session: LookupSession, chunks: Iterable[Chunk], settings: BatchSettings
) -> Generator[AnsweredChunk]:
    with session.index:
        for chunk in chunks:
            yield answer_chunk(session, chunk, settings.language)


def _open(settings: BatchSettings) -> LookupSession:
    from attribution.session import LookupSession
    from attribution.settings import AttributorSettings

    limits = AttributorSettings(max_sources=settings.max_sources, private=settings.private)
    return LookupSession.open(settings.location, limits)


def _answer_line(
    session: LookupSession, name: str, number: int, line: bytes, language: str | None
) -> tuple[str, bool]:
    """The line of the answer, and whether the snippet was checked as a whole."""
    id_: object = None
    try:
        record = _RECORD.decode(line.decode("utf-8-sig"))
        if not isinstance(record, dict):
            raise ValueError('it is not an object like {"id": ..., "code": "...", "language": ...}')
        id_ = record.get("id")
        code = record.get("code")
        if not isinstance(code, str):
            raise ValueError(_NO_CODE + (_BATCH_OUTPUT if "custom_id" in record else ""))
        named = record.get("language")
        if not isinstance(named, str | None):
            raise ValueError('its "language" is neither a string nor null')
    except (ValueError, RecursionError) as error:
        snippet = Snippet(b"", None, f"{name}:{number}" if id_ is None else str(id_))
        why = f"line {number} of {name} is invalid: {_problem(error)}"
        answer = session.not_checked(snippet, why)
    else:
        # JSON can carry a lone surrogate, UTF-8 cannot: let it pass, as bytes that match nothing.
        encoded = code.encode("utf-8", "surrogatepass")
        snippet = Snippet(encoded, None, f"{name}:{number}" if id_ is None else str(id_))
        answer = session.lookup(snippet, named or language)
    shape = as_json(answer)
    shape["id"] = id_
    return json_line(shape) + "\n", answer.status is Status.CHECKED


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):  # it would be written as Infinity, which is not JSON
        raise ValueError(f"the number {text} is too large")
    return number


_RECORD = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _problem(error: ValueError | RecursionError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 (byte {error.start + 1} of the line)"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg} at column {error.colno}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error)


# ---- other processes ----

_session_of_worker = cache(_open)  # opened at the worker's first chunk


def _answer_in_worker(task: tuple[Chunk, BatchSettings]) -> AnsweredChunk:
    chunk, settings = task
    return answer_chunk(_session_of_worker(settings), chunk, settings.language)


def _answer_in_parallel(
    chunks: Iterable[Chunk], settings: BatchSettings
) -> Generator[AnsweredChunk]:
    answered = in_order(
        ((None, (chunk, settings)) for chunk in chunks),
        _answer_in_worker,
        settings.jobs,
        preload=(__name__, "attribution.session"),
        in_flight=_CHUNKS_PER_JOB,
    )
    with closing(answered):
        for _, answers in answered:
            assert answers is not None
            yield answers
