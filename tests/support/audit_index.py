"""A small index of code that exists nowhere else, and texts with and without copies of it."""

from __future__ import annotations

import random
from pathlib import Path

from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.interface import Index
from attribution.sketching.sketch import SketchParams
from attribution.types import LicenseEvidence, NewFile, Occurrence

__all__ = ["LICENSES", "fill", "indexed_function", "make_index", "original_function"]

LICENSES = ("MIT", "GPL-3.0-only", "NOASSERTION", "Apache-2.0")
_FILES = 24


def make_index(folder: Path) -> Path:
    """An index with one function a file; file n has licence n % 4 and is of owner<n>/repo<n>."""
    with EmbeddedIndex.create(folder, "corpus", SketchParams()) as index:
        fill(index)
    return folder


def fill(index: Index) -> None:
    """Put the files into an empty index."""
    with index.writer() as writer:
        files = []
        for number in range(_FILES):
            expression = LICENSES[number % len(LICENSES)]
            known = "none" if expression == "NOASSERTION" else "license file"
            occurrence = Occurrence(
                f"owner{number}/repo{number}",
                f"src/part{number}.py",
                revision=f"{number:040x}",
                origin=f"https://github.com/owner{number}/repo{number}",
                date="2020-01-01",
                license=LicenseEvidence(expression, known),
            )
            files.append(NewFile(indexed_function(number).encode(), "python", occurrence))
        writer.add(files)
        writer.commit()


def indexed_function(number: int) -> str:
    """The content of file `number`: 22 lines."""
    return _function(number, "indexed")


def original_function(number: int) -> str:
    """Code of the same looks that the index does not hold: other names, calls and numbers."""
    return _function(number, "original")


def _function(number: int, kind: str) -> str:
    chance = random.Random(f"{kind}{number}")

    def word() -> str:
        return "".join(chance.choice("bcdfglmnprstvz") + chance.choice("aeiou") for _ in range(4))

    names = [word() for _ in range(6)]

    def value(depth: int = 0) -> str:
        """An expression of random shape."""
        match chance.randrange(8 if depth < 3 else 3):
            case 0:
                return chance.choice(names)
            case 1:
                return str(chance.randint(2, 9999))
            case 2:
                return f'"{word()}"'
            case 3:
                more = ", ".join(value(depth + 1) for _ in range(chance.randint(0, 3)))
                return f"{word()}({more})"
            case 4:
                return f"{chance.choice(names)}.{word()}"
            case 5:
                return f"{chance.choice(names)}[{value(depth + 1)}]"
            case 6:
                mark = chance.choice(["+", "-", "*", "//", "%", "|", "&", "<<", "and", "or"])
                return f"({value(depth + 1)} {mark} {value(depth + 1)})"
            case _:
                return f"[{value(depth + 1)} for {word()} in {value(depth + 1)}]"

    lines = [f"def {word()}_{word()}({', '.join(names[:3])}):"]
    while len(lines) < 20:
        match chance.randrange(5):
            case 0:
                head = chance.choice(["if", "while"])
                lines += [f"    {head} {value()}:", f"        {word()} = {value()}"]
            case 1:
                lines += [f"    for {word()} in {value()}:", f"        {word()}({value()})"]
            case 2:
                lines += [f"    with {value()} as {word()}:", f"        yield {value()}"]
            case _:
                lines.append(f"    {chance.choice(names)} = {value()}")
    lines.append(f"    return {value()}, {value()}")
    return "\n".join(lines) + "\n"
