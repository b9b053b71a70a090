"""An excerpt gives the same answer as the whole document."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from attribution.attributor import Attributor
from attribution.matching.landmarks import Landmarks, landmark_lines, locate
from attribution.types import NewFile, Occurrence, Snippet
from tests.support.memory_index import MemoryIndex

STDLIB = Path(sysconfig.get_path("stdlib"))
TEXT = (STDLIB / "argparse.py").read_bytes()  # some 100 kB: far longer than its excerpts
LINES = TEXT.split(b"\n")


@pytest.fixture(scope="module")
def attributor() -> Iterator[Attributor]:
    with MemoryIndex() as index:
        with index.writer() as writer:
            writer.add([NewFile(TEXT, "python", Occurrence("cpython", "argparse.py"))])
            writer.commit()
        yield Attributor(index)


def matches(attributor: Attributor, code: bytes) -> list[tuple[object, ...]]:
    answer = attributor.attribute(Snippet(code, "python"))
    return [
        (source.kind, source.containment, round(source.evidence, 6), source.matches)
        for source in answer.sources
    ]


@pytest.mark.parametrize("start", [0, 60, 400, 900, 1300, 1700, len(LINES) - 40])
@pytest.mark.parametrize("length", [12, 40])
@pytest.mark.parametrize("edit", ["none", "in the middle", "original code around"])
def test_matches_are_the_same_with_and_without_excerpts(
    attributor: Attributor, start: int, length: int, edit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = LINES[start : start + length]
    if edit == "in the middle":
        lines = [*lines[: length // 2], b"        mine = other(1, 2)", *lines[length // 2 + 1 :]]
    if edit == "original code around":
        lines = [b"zig = zag[zog] ^ 5", *lines, b"zog = zig @ zag"]
    code = b"\n".join(lines)
    with_excerpts = matches(attributor, code)
    monkeypatch.setattr(Landmarks, "excerpt", lambda *_: None)
    assert with_excerpts == matches(attributor, code)


def test_an_excerpt_contains_the_lines_and_knows_its_start() -> None:
    excerpts = 0
    for start in range(0, len(LINES) - 30, 30):
        code = b"\n".join(LINES[start : start + 30])
        excerpt = locate(TEXT, landmark_lines(code), len(code))
        if excerpt is not None:
            excerpts += 1
            assert code in TEXT[excerpt.start : excerpt.end]
            assert TEXT[: excerpt.start].count(b"\n") + 1 == excerpt.first_line
            assert excerpt.end - excerpt.start < len(TEXT) // 4
    assert excerpts > len(LINES) // 60  # most passages of a file have lines that occur once


def test_there_is_no_excerpt_where_it_could_mislead() -> None:
    code = b"\n".join(LINES[900:930])
    lines = landmark_lines(code)
    assert locate(b"other text\n" * 9000, lines, len(code)) is None  # not there
    assert locate(TEXT + b"\n" + code, lines, len(code)) is None  # there twice
    assert locate(code + b"\nshort\n", lines, len(code)) is None  # not worth it
    far = LINES[100:101] + LINES[1500:1501]
    assert locate(TEXT, landmark_lines(b"\n".join(far)), 60) is None  # far apart
    assert landmark_lines(b"a\nb\n") == ()
    assert locate(TEXT, (), 4) is None
