"""The functions that queries are made from: indexed ones, and ones of held-out packages."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.corpus import Corpus, CorpusFile, read_content
from benchmarks.functions import functions

__all__ = ["GROUPS", "Sample", "build_pool"]

# The languages whose quality is measured, and those of The Stack that belong to each.
GROUPS = {
    "Python": ("Python",),
    "JavaScript": ("JavaScript",),
    "TypeScript": ("TypeScript",),
    "Java": ("Java",),
    "Go": ("Go",),
    "Rust": ("Rust",),
    "C": ("C",),
    "C++": ("C++",),
    "C#": ("C#",),
    "PHP": ("PHP",),
    "Ruby": ("Ruby",),
    "Kotlin": ("Kotlin",),
    "Scala": ("Scala",),
    "Swift": ("Swift",),
    "Shell": ("Shell",),
}
LONGEST = 80  # lines; windows of 30 lines need functions longer than the 40 of the main kinds


@dataclass(frozen=True, slots=True)
class Sample:
    """A function drawn for the benchmark."""

    text: str
    language: str  # The Stack's name
    group: str  # a key of GROUPS
    half: str  # "fit" or "report"
    package: str
    document: str  # git blob sha1 of the file that it was drawn from
    indexed: bool  # False if from a held-out package
    host: str  # forty lines of other never-indexed code of the same half, or ""

    @property
    def lines(self) -> int:
        """Number of lines of the function."""
        return self.text.count("\n") + (not self.text.endswith("\n"))


def build_pool(corpus: Corpus, count: int) -> list[Sample]:
    """`count` functions per language group, half and part; cached per corpus."""
    stored = corpus.folder / f"pool-{count}.json"
    if not stored.exists():
        pool = [
            sample
            for indexed, files in ((True, corpus.indexed), (False, corpus.held_out))
            for group in GROUPS
            for half in ("fit", "report")
            for sample in draw(corpus, files, group, half, count, indexed=indexed)
        ]
        stored.write_text(json.dumps([asdict(sample) for sample in pool]))
    return [Sample(**plain) for plain in json.loads(stored.read_text())]


def draw(
    corpus: Corpus, files: Sequence[CorpusFile], group: str, half: str, count: int, *, indexed: bool
) -> list[Sample]:
    """Functions of one language and half, from as many packages as possible."""
    rng = random.Random(f"{group} {half} {indexed}")
    hosts = forties(corpus.held_out, group, half)
    samples: list[Sample] = []
    seen: set[str] = set()
    for file, text in in_turn(files, group, half, rng):
        if len(samples) >= count:
            break
        found = [f for f in functions(text, file.language, 8, LONGEST) if f.text not in seen]
        if not found:
            continue
        chosen = rng.choice(found).text
        seen.add(chosen)
        others = [host for package, host in hosts if package != file.package]
        host = rng.choice(others) if others else ""
        samples.append(
            Sample(chosen, file.language, group, half, file.package, file.document, indexed, host)
        )
    return samples


def in_turn(
    files: Sequence[CorpusFile], group: str, half: str, rng: random.Random
) -> Iterator[tuple[CorpusFile, str]]:
    """Files of all packages in turn, so that no large package fills the sample.

    A file may be repeated up to eight times, because small packages have few files.
    """
    by_package: dict[str, list[CorpusFile]] = defaultdict(list)
    for file in files:
        if file.language in GROUPS[group] and file.half == half:
            by_package[file.package].append(file)
    for own in by_package.values():
        own.sort(key=lambda f: f.document)
        rng.shuffle(own)
    for turn in range(400):
        for package in sorted(by_package):
            own = by_package[package]
            if turn < len(own) * 8:
                file = own[turn % len(own)]
                content = read_content(Path(file.path))
                if content is not None:  # otherwise it was changed or removed
                    yield file, content.decode()


def forties(files: Sequence[CorpusFile], group: str, half: str) -> list[tuple[str, str]]:
    """Package and forty lines of never-indexed code, beginning with a function."""
    rng = random.Random(f"hosts {group} {half}")
    found: list[tuple[str, str]] = []
    for file, text in in_turn(files, group, half, rng):
        if len(found) >= 60:
            break
        lines = text.splitlines(keepends=True)
        starts = [f.start_line - 1 for f in functions(text, file.language, 8, LONGEST)]
        starts = [start for start in starts if start + 40 <= len(lines)]
        if starts:
            start = rng.choice(starts)
            found.append((file.package, "".join(lines[start : start + 40])))
    return found
