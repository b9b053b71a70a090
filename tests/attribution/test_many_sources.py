"""A long snippet with a part of each of many files: all are found, or the answer is partial."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from attribution.attributor import Attributor
from attribution.index.memory import MemoryIndex
from attribution.settings import AttributorSettings
from attribution.types import NewFile, Occurrence, Snippet, Status

STDLIB = Path(sysconfig.get_path("stdlib"))


@pytest.fixture(scope="module")
def parts() -> dict[str, tuple[bytes, str]]:
    """Files of the standard library, each with one function of 15 to 40 lines out of it."""
    found: dict[str, tuple[bytes, str]] = {}
    for path in sorted(STDLIB.glob("*.py")):
        raw = path.read_bytes()
        text = raw.decode("utf-8", "replace")
        for node in ast.walk(ast.parse(text)):
            lines = 0 if not isinstance(node, ast.FunctionDef) else node.end_lineno - node.lineno  # type: ignore[operator]
            if isinstance(node, ast.FunctionDef) and 15 <= lines <= 40:
                found[path.name] = (raw, ast.get_source_segment(text, node) or "")
                break
        if len(found) == 30:
            break
    return found


@pytest.fixture(scope="module")
def index(parts: dict[str, tuple[bytes, str]]) -> MemoryIndex:
    made = MemoryIndex()
    with made.writer() as writer:
        writer.add(
            [NewFile(raw, "python", Occurrence("o/" + n, n)) for n, (raw, _) in parts.items()]
        )
        writer.commit()
    return made


def test_every_part_is_found(index: MemoryIndex, parts: dict[str, tuple[bytes, str]]) -> None:
    code = "\n\n".join(function for _, function in parts.values()).encode()
    answer = Attributor(index, AttributorSettings(max_sources=100)).attribute(
        Snippet(code, "python")
    )
    assert answer.status is Status.CHECKED
    assert {source.occurrences[0].path for source in answer.sources} == set(parts)


def test_a_limit_that_is_reached_is_reported(
    index: MemoryIndex, parts: dict[str, tuple[bytes, str]]
) -> None:
    code = "\n\n".join(function for _, function in parts.values()).encode()
    answer = Attributor(index, AttributorSettings(max_verified=5)).attribute(
        Snippet(code, "python")
    )
    assert answer.status is Status.PARTIAL
    assert "5 were compared" in (answer.status_reason or "")
