"""Excerpts that are looked up with their language, without it, and with one that was guessed.

    python -m benchmarks.unknown_language FOLDER --files 45 --queries 20

FOLDER has code in many languages, such as unpacked packages. `files` files of each language are
indexed; excerpts of 10 to 20 lines of them are looked up as they are and with all names replaced,
and the same from files that are not indexed (some of them are copies of indexed ones). An excerpt
is found when the first source is its file. The peer is magika, if it is installed: the most
accurate detector of those tried on 1,200 such excerpts in fifteen languages (magika 1.0.3: 87 %;
vscode-languagedetection 1.0.23: 75; highlight.js 11.12: 59; codelang-detect 1.2.0: 59;
flourite 1.3.0: 42; pygments 2.21: 2).
"""

from __future__ import annotations

import random
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import click

from attribution.attributor import Attributor
from attribution.index import create_index
from attribution.lexing.languages import canonical_language
from attribution.types import NewFile, Occurrence, Snippet
from benchmarks.code_files import LANGUAGES
from benchmarks.report import Part, Table, percent
from benchmarks.transforms import rename_all

__all__ = ["measure"]

SMALLEST, LARGEST = 600, 60_000  # bytes of a file
LEAST_WORDS = 25  # of an excerpt
WORD = re.compile(r"[A-Za-z_]\w*")

Guess = Callable[[str], str | None]


def measure(folder: Path, files: int, queries: int) -> Part:
    """Index some files of the folder, and look excerpts up."""
    draw = random.Random(11)
    indexed: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for language, texts in sorted(texts_of(folder, 2 * files, draw).items()):
        indexed += [(language, text) for text in texts[:files]]
        others += [(language, text) for text in texts[files:]]
    excerpts = excerpts_of(indexed, queries, draw)
    never = excerpts_of(others, queries, draw)
    guesses: dict[str, Guess] = {"unknown": lambda _: None}
    if (magika := magika_guess()) is not None:
        guesses["guessed by magika"] = magika
    with tempfile.TemporaryDirectory() as place:
        index = create_index(Path(place) / "index", "languages")
        with index, index.writer() as writer:
            writer.add(
                [
                    NewFile(text.encode(), canonical_language(name) or "", Occurrence("x", str(at)))
                    for at, (name, text) in enumerate(indexed)
                ]
            )
            writer.commit()
            attributor = Attributor(index)
            rows = [row("given", None, attributor, excerpts, never, indexed)]
            rows += [
                row(name, guess, attributor, excerpts, never, indexed)
                for name, guess in guesses.items()
            ]
    columns = ("language", "guessed right", "verbatim", "all renamed", "never indexed", "ms")
    title = f"{len(excerpts)} excerpts of {len(indexed)} files, {len(never)} of other files"
    return Part("Snippets of an unknown language", (), (Table(title, columns, tuple(rows)),), ())


def texts_of(folder: Path, count: int, draw: random.Random) -> dict[str, list[str]]:
    """By language, the texts of up to `count` files of the folder."""
    texts: dict[str, list[str]] = defaultdict(list)
    paths = sorted(folder.rglob("*.*"))
    draw.shuffle(paths)
    for path in paths:
        language = LANGUAGES.get(path.suffix[1:])
        if not language or len(texts[language]) == count:
            continue
        if path.is_file() and SMALLEST < path.stat().st_size < LARGEST:
            text = path.read_bytes().decode("utf-8", "replace")
            if text.count("\n") > 40 and max(map(len, text.splitlines())) < 300:
                texts[language].append(text)
    return texts


def excerpts_of(
    texts: list[tuple[str, str]], count: int, draw: random.Random
) -> list[tuple[str, str, str]]:
    """Language, text and excerpt; `count` for each language."""
    made: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for language, text in texts:
        lines = text.splitlines(keepends=True)
        size = draw.randint(10, 20)
        start = draw.randrange(5, len(lines) - size)
        excerpt = "".join(lines[start : start + size])
        if len(made[language]) < count and len(WORD.findall(excerpt)) >= LEAST_WORDS:
            made[language].append((language, text, excerpt))
    return [one for group in made.values() for one in group]


def row(
    name: str,
    guess: Guess | None,
    attributor: Attributor,
    excerpts: list[tuple[str, str, str]],
    never: list[tuple[str, str, str]],
    indexed: list[tuple[str, str]],
) -> tuple[str, ...]:
    """The figures for one way of knowing the language."""
    seconds: list[float] = []
    right: list[bool] = []

    def sources(language: str, code: str) -> list[str]:
        started = time.perf_counter()
        known = canonical_language(language)
        used = known if guess is None else guess(code)
        right.append(used == known)
        answer = attributor.attribute(Snippet(code.encode(), used))
        seconds.append(time.perf_counter() - started)
        return [o.path for source in answer.sources[:1] for o in source.occurrences]

    def found(change: Callable[[str, str], str]) -> float:
        return mean(
            any(indexed[int(path)][1] == text for path in sources(language, change(code, language)))
            for language, text, code in excerpts
        )

    verbatim, renamed = found(lambda code, _: code), found(rename_all)
    alarms = mean(bool(sources(language, code)) for language, _, code in never)
    figures = (mean(right), verbatim, renamed, alarms)
    return (name, *map(percent, figures), f"{1e3 * mean(seconds):.2f}")


def magika_guess() -> Guess | None:
    """Magika's best guess; None where it is not installed."""
    try:
        from magika import Magika
    except ImportError:
        return None
    detector = Magika()
    return lambda code: canonical_language(str(detector.identify_bytes(code.encode()).dl.label))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--files", default=45, show_default=True, help="Indexed files per language.")
@click.option("--queries", default=20, show_default=True, help="Excerpts per language.")
def main(folder: Path, files: int, queries: int) -> None:
    """Measure what the language of a snippet is worth."""
    click.echo(measure(folder, files, queries).markdown())


if __name__ == "__main__":
    main()
