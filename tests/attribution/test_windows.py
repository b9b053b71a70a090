"""A window gives the answer that the whole document gives."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from attribution.attributor import Attributor
from attribution.index.memory import MemoryIndex
from attribution.matching.landmarks import Landmarks, anchors_of, window_of
from attribution.types import NewFile, Occurrence, Snippet

STDLIB = Path(sysconfig.get_path("stdlib"))
TEXT = (STDLIB / "argparse.py").read_bytes()  # some 100 kB: far longer than its windows
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
def test_the_same_matches_with_and_without_windows(
    attributor: Attributor, start: int, length: int, edit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = LINES[start : start + length]
    if edit == "in the middle":
        lines = [*lines[: length // 2], b"        mine = other(1, 2)", *lines[length // 2 + 1 :]]
    if edit == "original code around":
        lines = [b"zig = zag[zog] ^ 5", *lines, b"zog = zig @ zag"]
    code = b"\n".join(lines)
    with_windows = matches(attributor, code)
    monkeypatch.setattr(Landmarks, "window", lambda *_: None)
    assert with_windows == matches(attributor, code)


def test_a_window_holds_the_lines_and_says_where_it_starts() -> None:
    found = 0
    for start in range(0, len(LINES) - 30, 30):
        code = b"\n".join(LINES[start : start + 30])
        window = window_of(TEXT, anchors_of(code), len(code))
        if window is not None:
            found += 1
            assert code in TEXT[window.start : window.end]
            assert TEXT[: window.start].count(b"\n") + 1 == window.first_line
            assert window.end - window.start < len(TEXT) // 4
    assert found > len(LINES) // 60  # most of a file's passages have lines of their own


def test_no_window_where_it_could_mislead() -> None:
    code = b"\n".join(LINES[900:930])
    anchors = anchors_of(code)
    assert window_of(b"nothing of it\n" * 9000, anchors, len(code)) is None  # not there
    assert window_of(TEXT + b"\n" + code, anchors, len(code)) is None  # there twice
    assert window_of(code + b"\nshort\n", anchors, len(code)) is None  # not worth it
    far = LINES[100:101] + LINES[1500:1501]
    assert window_of(TEXT, anchors_of(b"\n".join(far)), 60) is None  # far apart
    assert anchors_of(b"a\nb\n") == ()
    assert window_of(TEXT, (), 4) is None
