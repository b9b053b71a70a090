"""Snippets with the placeholders of redacted personal data, and indexes with them.

    python -m benchmarks.redacted FOLDER... --queries 400

A FOLDER contains projects. Addresses, keys, passwords and names in their functions are replaced as
BigCode did before training. Two projects in three are indexed; functions of the others are looked
up, too, and a source that is reported for one of them is an alarm. Each function is looked up as
it is in its file (the peer), redacted, and against an index of redacted files.
"""

from __future__ import annotations

import hashlib
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from attribution.attributor import Attributor
from attribution.index import Index, create_index
from attribution.index.identity import blob_id
from attribution.lexing.languages import language_of_path
from attribution.types import MatchKind, NewFile, Occurrence, Snippet
from benchmarks.functions import HEADERS, INDENTED, functions
from benchmarks.report import Table

LARGEST = 200_000  # bytes of a file
LANGUAGES = {name.lower(): name for name in ("Python", *HEADERS, *INDENTED)}

# In the order in which they are applied. The group is what is replaced.
PERSONAL = (
    (rb"<EMAIL>", rb"([\w.+-]+@[\w-]+\.[\w.-]*\w)"),
    (rb"<IP_ADDRESS>", rb"(?<![\w.])((?:\d{1,3}\.){3}\d{1,3})(?![\w.])"),
    (rb"<PASSWORD>", rb"(?i:password|passwd|secret)[\"'\]]*\s*(?::?=>?|:)\s*[\"']([^\"'\s]+)[\"']"),
    (rb"<KEY>", rb"[\"']((?=[^\"'\n]*\d)[A-Za-z0-9+/=_-]{24,})[\"']"),
    (rb"<NAME>", rb"\b((?:James|John|Robert|Michael|David|Mary|Peter|Alice|Jane) [A-Z][a-z]+)\b"),
)  # fmt: skip
REDACTIONS = tuple((placeholder, re.compile(pattern)) for placeholder, pattern in PERSONAL)


@dataclass(frozen=True, slots=True)
class Sample:
    """A function with personal data."""

    code: bytes
    language: str
    document: str  # id of its file
    redacted_document: str  # id of its file when redacted
    indexed: bool


def redacted(text: bytes) -> bytes:
    """The text with placeholders."""
    for placeholder, pattern in REDACTIONS:
        for found in [*pattern.finditer(text)][::-1]:
            text = text[: found.start(1)] + placeholder + text[found.end(1) :]
    return text


def files(folders: Sequence[str]) -> Iterator[tuple[str, NewFile]]:
    """All files with code, each with the name of its project."""
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if not path.is_file() or path.is_symlink() or path.stat().st_size > LARGEST:
                continue
            content = path.read_bytes()
            language = language_of_path(str(path), content[:1024])
            if language in LANGUAGES:
                project, *_ = path.relative_to(folder).parts
                yield project, NewFile(content, language, Occurrence(project, str(path)))


def is_indexed(project: str) -> bool:
    """Two projects in three."""
    return hashlib.sha1(project.encode()).digest()[0] % 3 > 0


def samples(found: Sequence[tuple[str, NewFile]], count: int) -> list[Sample]:
    """Functions that change when they are redacted, at most `count` of each half."""
    every: dict[bool, list[Sample]] = {True: [], False: []}
    for project, file in found:
        if redacted(file.content) == file.content:
            continue
        ids = blob_id(file.content).hex(), blob_id(redacted(file.content)).hex()
        text = file.content.decode("utf-8", "replace")
        for function in functions(text, LANGUAGES[file.language]):
            code = function.text.encode()
            if redacted(code) != code:
                sample = Sample(code, file.language, *ids, is_indexed(project))
                every[sample.indexed].append(sample)
    draw = random.Random(5)
    return [s for half in every.values() for s in draw.sample(half, min(count, len(half)))]


def figures(index: Index, queries: Sequence[tuple[bytes, Sample]]) -> tuple[str, ...]:
    """Shares of the queries: found first, verbatim, in one match; alarms; mean confidence."""
    attributor = Attributor(index)
    first = verbatim = one = alarms = 0
    sure = 0.0
    indexed = [query for query in queries if query[1].indexed]
    for code, sample in queries:
        answer = attributor.attribute(Snippet(code, sample.language))
        if not sample.indexed:
            alarms += bool(answer.sources)
        elif answer.sources:
            source = answer.sources[0]
            names = {name.rpartition(":")[2] for name in source.documents}
            right = bool(names & {sample.document, sample.redacted_document})
            first += right
            verbatim += right and source.kind is MatchKind.VERBATIM
            one += right and len(source.matches) == 1
            sure += source.confidence * right
    away = len(queries) - len(indexed)
    counts = (first, verbatim, one, sure)
    shares = (f"{100 * count / max(len(indexed), 1):.1f} %" for count in counts)
    return (*shares, f"{100 * alarms / max(away, 1):.1f} %")


def measure(folders: Sequence[str], count: int) -> Table:
    """Look the functions up in three ways."""
    found = list(files(folders))
    drawn = samples(found, count)
    kept = [file for project, file in found if is_indexed(project)]
    as_they_are = [(sample.code, sample) for sample in drawn]
    as_placeholders = [(redacted(sample.code), sample) for sample in drawn]
    with tempfile.TemporaryDirectory() as folder:
        plain = filled(Path(folder, "plain"), kept)
        clean = [replace(file, content=redacted(file.content)) for file in kept]
        rows = (
            ("as they are", *figures(plain, as_they_are)),
            ("redacted", *figures(plain, as_placeholders)),
            (
                "in an index of redacted files",
                *figures(filled(Path(folder, "r"), clean), as_they_are),
            ),
        )
    indexed = sum(sample.indexed for sample in drawn)
    note = f"{indexed} functions of indexed files, {len(drawn) - indexed} of others."
    columns = ("functions", "found first", "verbatim", "one match", "confidence", "alarms")
    return Table("Redacted personal data", columns, rows, note)


def filled(folder: Path, kept: Sequence[NewFile]) -> Index:
    """An index of files."""
    index = create_index(folder, folder.name)
    with index.writer() as writer:
        for start in range(0, len(kept), 1000):
            writer.add(kept[start : start + 1000])
        writer.commit()
    index.refresh()
    return index


@click.command()
@click.argument("folders", nargs=-1, required=True)
@click.option("--queries", default=400, show_default=True, help="Functions of each half.")
def main(folders: tuple[str, ...], queries: int) -> None:
    """Measure redacted snippets."""
    click.echo(measure(folders, queries).markdown())


if __name__ == "__main__":
    main()
