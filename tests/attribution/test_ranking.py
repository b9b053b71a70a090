"""Sources: near-equal contents together, every occurrence listed, the origin with its reason."""

from __future__ import annotations

import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest

from attribution.attributor import Attributor
from attribution.ranking import origin_of
from attribution.settings import AttributorSettings
from attribution.types import Attribution, NewFile, Occurrence, Snippet
from tests.support.memory_index import MemoryIndex

STDLIB = Path(sysconfig.get_path("stdlib"))


def seen(repository: str, **more: object) -> Occurrence:
    return Occurrence(repository, "a.py", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("occurrences", "position", "reason"),
    [
        ([seen("o/a")], 0, "the only occurrence"),
        ([seen("o/a", vendored=True)], 0, "the only occurrence, a vendored copy"),
        (
            [seen("o/a", date="2010-01-01"), seen("o/b", date="2012-01-01")],
            0,
            "earliest of 2: 2010-01-01",
        ),
        ([seen("o/a", stars=3), seen("o/b", stars=900)], 1, "most starred of 2: 900"),
        ([seen("o/a"), seen("o/b")], 0, "first of 2; none has a date or stars"),
        ([seen("o/a"), seen("o/a")], 0, "the only repository"),
        (
            [seen("o/a"), seen("o/b", vendored=True, date="1999-01-01")],
            0,
            "the only repository where it is not a vendored copy",
        ),
        (
            [seen("o/a", date="2011-01-01"), seen("o/b")],
            0,
            "earliest of the 1 with a date",
        ),
    ],
)
def test_the_origin_and_its_reason(
    occurrences: list[Occurrence], position: int, reason: str
) -> None:
    origin = origin_of(occurrences)
    assert origin is not None
    assert (origin.occurrence, origin.reason) == (position, reason)


def test_no_occurrence_no_origin() -> None:
    assert origin_of([]) is None


@pytest.fixture(scope="module")
def copies() -> MemoryIndex:
    """One file in three repositories, a near-equal version of it in a fourth, another file."""
    text = (STDLIB / "textwrap.py").read_bytes()
    edited = text.replace(b"width=70", b"width=79") + b"\n\ndef added():\n    return 1\n"
    index = MemoryIndex()
    with index.writer() as writer:
        writer.add(
            [
                NewFile(text, "python", Occurrence("b/later", "t.py", date="2015-05-05")),
                NewFile(text, "python", Occurrence("a/first", "lib/t.py", date="2001-01-01")),
                NewFile(
                    text, "python",
                    Occurrence("c/copy", "vendor/t.py", date="1999-01-01", vendored=True),
                ),
                NewFile(edited, "python", Occurrence("d/fork", "t.py", date="2020-02-02")),
                NewFile(b"x = 1\n" * 9, "python", Occurrence("a/first", "csv.py")),
            ]
        )  # fmt: skip
        writer.commit()
    return index


def look_up(index: MemoryIndex, settings: AttributorSettings | None = None) -> Attribution:
    lines = (STDLIB / "textwrap.py").read_bytes().split(b"\n")
    return Attributor(index, settings).attribute(Snippet(b"\n".join(lines[240:300]), "python"))


def test_near_equal_contents_are_one_source_with_all_occurrences(copies: MemoryIndex) -> None:
    (source,) = look_up(copies).sources
    assert len(source.documents) == 2
    assert source.occurrences_total == 4
    assert {o.repository for o in source.occurrences} == {"a/first", "b/later", "c/copy", "d/fork"}
    assert source.origin is not None
    assert source.occurrences[source.origin.occurrence].repository == "a/first"
    assert source.origin.reason == "earliest of 3 that are not vendored copies: 2001-01-01"
    assert source.occurrences[-1].repository == "c/copy"  # a vendored copy gets no credit


def test_each_occurrence_has_the_lines_of_its_own_content(copies: MemoryIndex) -> None:
    (source,) = look_up(copies).sources
    for document, span in zip(source.occurrence_documents, source.occurrence_spans, strict=True):
        (held,) = copies.fetch([document.removeprefix("swh:1:cnt:")])
        assert held is not None
        assert held.content.count(b"\n", 0, span.start) + 1 == span.start_line


def test_a_cut_list_keeps_the_origin_and_the_count(copies: MemoryIndex) -> None:
    (source,) = look_up(copies, AttributorSettings(max_occurrences=1)).sources
    assert source.occurrences_total == 4
    assert [o.repository for o in source.occurrences] == ["a/first"]
    assert source.origin is not None
    assert source.origin.occurrence == 0


def test_the_most_starred_counts_when_nothing_has_a_date() -> None:
    occurrences = [replace(seen("o/a", stars=5)), seen("o/b", stars=7), seen("o/c")]
    origin = origin_of(occurrences)
    assert origin is not None
    assert occurrences[origin.occurrence].repository == "o/b"
