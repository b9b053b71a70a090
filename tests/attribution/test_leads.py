"""Leads: every run of 19 equal tokens is shown, however little it proves."""

from __future__ import annotations

import random
import sysconfig
from pathlib import Path

import pytest

from attribution.attributor import Attributor
from attribution.lexing.lexer import lex
from attribution.types import Attribution, Label, NewFile, Occurrence, Snippet
from tests.support.memory_index import MemoryIndex

STDLIB = Path(sysconfig.get_path("stdlib"))
NAMES = ("textwrap", "heapq", "bisect", "shlex", "fnmatch", "calendar", "csv", "difflib", "sched")
TEXTS = {name: (STDLIB / f"{name}.py").read_bytes() for name in NAMES}


@pytest.fixture(scope="module")
def attributor() -> Attributor:
    index = MemoryIndex()
    with index.writer() as writer:
        for name, text in TEXTS.items():
            writer.add([NewFile(text, "python", Occurrence("psf/cpython", f"Lib/{name}.py"))])
        writer.commit()
    return Attributor(index)


def shown(answer: Attribution, start: int, end: int) -> bool:
    """Whether the middle of a part of the snippet is in a match, a lead or common code."""
    middle = (start + end) // 2
    spans = [match.snippet for source in answer.sources for match in source.matches]
    spans += [lead.run.snippet for lead in answer.leads] + list(answer.common)
    return any(span.start <= middle < span.end for span in spans)


def test_a_docstring_that_proves_nothing_is_a_lead(attributor: Attributor) -> None:
    lines = TEXTS["bisect"].splitlines()
    first = next(n for n, line in enumerate(lines) if b"Insert item x in list a" in line)
    answer = attributor.attribute(Snippet(b"\n".join(lines[first : first + 3]), "python"))
    assert answer.label is Label.NONE
    (lead,) = answer.leads
    assert lead.run.tokens >= 19
    assert (lead.run.snippet.start_line, lead.run.snippet.end_line) == (1, 3)
    assert lead.occurrence.occurrence.path == "Lib/bisect.py"
    assert lead.occurrence.lines == (first + 1, first + 3)


def test_a_ruler_is_no_lead() -> None:
    index = MemoryIndex()
    with index.writer() as writer:
        text = b"x = 1;\n" + b"-" * 70 + b"\ny = 2;\n"
        writer.add([NewFile(text, "c", Occurrence("owner/rulers", "a.c"))])
        writer.commit()
    answer = Attributor(index).attribute(Snippet(b"call(9);\n" + b"-" * 70 + b"\nhere();\n", "c"))
    assert answer.candidates_verified == 1
    assert answer.leads == ()


@pytest.mark.parametrize("seed", range(4))
def test_every_short_window_is_shown(attributor: Attributor, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(60):
        text = TEXTS[draw.choice(NAMES)]
        tokens = lex(text, "python")
        first = draw.randrange(len(tokens) - 25)
        start = text.rfind(b"\n", 0, int(tokens.starts[first])) + 1
        end = text.find(b"\n", int(tokens.ends[first + draw.randrange(19, 25)]))
        answer = attributor.attribute(Snippet(text[start:end], "python"))
        assert shown(answer, 0, end - start), text[start:end].decode()


def test_a_source_needs_no_lead(attributor: Attributor) -> None:
    answer = attributor.attribute(Snippet(TEXTS["heapq"], "python"))
    assert answer.sources
    spans = [match.snippet for source in answer.sources for match in source.matches]
    assert not any(span.contains(lead.run.snippet) for span in spans for lead in answer.leads)
