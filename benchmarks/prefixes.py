"""The peer of live attribution: attributes the whole text again at each token."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from attribution.attributor import Attributor
from attribution.reports.json_report import as_json
from attribution.types import Snippet

__all__ = ["Marks", "Prefixes", "attribute_prefixes", "lost", "marks_of"]

Marks = dict[str, set[int]]  # bytes of the text that are marked, by the source's document


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Times and results of attributing every prefix."""

    seconds: list[float]  # per token
    processor: float  # processor seconds of all prefixes
    first: dict[str, int]  # number of the token after which a document was first reported
    flickers: int  # documents whose marks a later prefix removed or shortened

    def delay(self, token: int, interval: float) -> float:
        """Seconds from a token to its answer, when a token comes every `interval` seconds."""
        free = 0.0
        for at in range(token + 1):
            free = max(free, at * interval) + self.seconds[at]
        return free - token * interval


def attribute_prefixes(
    attributor: Attributor, tokens: Sequence[str], language: str | None
) -> Prefixes:
    """Attribute the text after each token."""
    seconds: list[float] = []
    first: dict[str, int] = {}
    flickers = 0
    before: Marks = {}
    code = b""
    processor = 0.0
    for at, token in enumerate(tokens):
        code += token.encode()
        started, worked = time.perf_counter(), time.thread_time()
        answer = as_json(attributor.attribute(Snippet(code, language)))
        seconds.append(time.perf_counter() - started)
        processor += time.thread_time() - worked
        marks = marks_of(answer["sources"])
        for document in marks:
            first.setdefault(document, at)
        flickers += lost(before, marks)
        before = marks
    return Prefixes(seconds, processor, first, flickers)


def marks_of(sources: Iterable[object]) -> Marks:
    """The marked bytes of an answer's sources, under each document of a source."""
    marks: Marks = {}
    for source in sources:
        assert isinstance(source, dict)
        marked = {
            at
            for match in source["matches"]
            for at in range(match["snippet"]["start"], match["snippet"]["end"])
        }
        for document in source["documents"] or [source["document"]]:
            marks.setdefault(document, set()).update(marked)
    return marks


def lost(before: Marks, after: Marks) -> int:
    """The number of documents whose marks have shrunk or disappeared."""
    return sum(not marked <= after.get(document, set()) for document, marked in before.items())
