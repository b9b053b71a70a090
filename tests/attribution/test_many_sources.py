"""A long snippet with a part of each of many files: all are found, or the answer is partial."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path
from random import Random

import pytest

from attribution.attributor import Attributor
from attribution.settings import AttributorSettings
from attribution.types import NewFile, Occurrence, Snippet, Status
from tests.support.memory_index import MemoryIndex

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


def test_coverage_does_not_depend_on_how_many_sources_are_listed(
    index: MemoryIndex, parts: dict[str, tuple[bytes, str]]
) -> None:
    code = "\n\n".join(function for _, function in parts.values()).encode()
    answer = Attributor(index).attribute(Snippet(code, "python"))
    everything = Attributor(index, AttributorSettings(max_sources=None)).attribute(
        Snippet(code, "python")
    )
    assert answer.status is Status.CHECKED
    assert len(answer.sources) == 10
    assert answer.sources_total == len(everything.sources) >= len(parts)
    assert answer.coverage == everything.coverage
    assert sum(part.tokens for part in answer.coverage) == answer.tokens
    assert f"match {answer.sources_total} sources" in answer.reason
    assert answer.sources == everything.sources[:10]


def test_figures_agree(index: MemoryIndex, parts: dict[str, tuple[bytes, str]]) -> None:
    for raw, function in list(parts.values())[:8]:
        for language in ("python", None):
            answer = Attributor(index).attribute(Snippet(function.encode(), language))
            for source in answer.sources:
                assert source.tokens == round(source.containment * answer.tokens)
                assert source.longest_run_tokens <= source.tokens <= answer.tokens
                if len(source.matches) == 1:
                    assert source.tokens == source.matches[0].tokens
            assert sum(part.tokens for part in answer.coverage) <= answer.tokens
            if answer.sources_total == 1:
                matched = sum(part.tokens for part in answer.coverage if part.kind)
                assert matched == answer.sources[0].tokens
        assert raw


def test_a_long_file_is_explained_in_parts() -> None:
    """Three hundred functions of as many files, each unlike the others, in one snippet."""
    functions = [_function(number) for number in range(300)]
    with MemoryIndex() as index, index.writer() as writer:
        writer.add(
            [
                NewFile(f"import os\n\n\n{text}\n".encode(), "python", Occurrence(f"o/{n}", "f.py"))
                for n, text in enumerate(functions)
            ]
        )
        writer.commit()
        code = "\n\n".join(functions).encode()
        answer = Attributor(index, AttributorSettings(max_sources=None, max_seconds=300)).attribute(
            Snippet(code, "python")
        )
    assert answer.status is Status.CHECKED
    assert {source.occurrences[0].repository for source in answer.sources} == {
        f"o/{n}" for n in range(300)
    }
    assert sum(part.tokens for part in answer.coverage if part.kind) == answer.tokens


def test_popular_code_does_not_hide_what_is_rare() -> None:
    """Code that more documents share than an index proposes, beside a function of one of them."""
    popular, rare = "\n\n".join(map(_function, range(12))), _function(77)
    files = [f"{popular}\n\nCOPY = {n}\n" for n in range(300)] + [rare]
    files += [_function(number) for number in range(1000, 1600)]
    with MemoryIndex() as index, index.writer() as writer:
        writer.add(
            [
                NewFile(text.encode(), "python", Occurrence(f"o/{n}", "f.py"))
                for n, text in enumerate(files)
            ]
        )
        writer.commit()
        answer = Attributor(index, AttributorSettings(max_sources=None)).attribute(
            Snippet(f"{popular}\n\n{rare}\n".encode(), "python")
        )
    assert "o/300" in {source.occurrences[0].repository for source in answer.sources}
    assert answer.status is Status.PARTIAL
    assert answer.more_sources
    assert "more than" in (answer.status_reason or "")


def _function(number: int) -> str:
    """Some twenty lines of names and of a shape that no other number has."""
    random = Random(number)
    words = [f"{random.choice(_WORDS)}_{random.choice(_WORDS)}{number}" for _ in range(12)]
    lines = [f"def {words[0]}({words[1]}, {words[2]}):"]
    for _ in range(18):
        a, b, c = random.sample(words, 3)
        lines.append(
            random.choice(
                [
                    f"    {a} = {b}.{c}({random.randrange(99)})",
                    f"    if {a} > {b}[{c}]: {a} -= len({c})",
                    f"    for {a} in {b}: {c}.append({a})",
                    f"    {a}, {b} = {c} * {random.randrange(9)}, [{b}]",
                    f"    while not {a}({b}): yield {c} or {a}",
                ]
            )
        )
    return "\n".join(lines)


_WORDS = "tide buoy gauge chain mooring drift anchor harbour pilot swell fathom".split()  # noqa: SIM905
