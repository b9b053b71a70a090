"""Copies of indexed functions, planted in files that were never indexed.

    python -m benchmarks.planted --size-mb 300 --files 2000 --copies 200

Files of held-out packages are audited. Some of them have one function of the index planted in them:
unchanged, with all names changed, or edited (one line in eight). A copy is found if a finding
covers half of its lines and names a document that contains the original. All other findings are
judged without the product, by the rule of copies.py: if three in ten of a finding's longer lines
are unchanged in the source that it names, or 65 lexemes are strikingly similar, that part of the
held-out file is a copy after all; the rest are alarms. The minimum length of a match is chosen on
one half of the packages, as the longest that costs no kind more than three points of recall, and
reported on the other.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import click

from attribution.index import open_index
from attribution.index.interface import Index
from audit.checking.parallel import CheckedItem, ParallelChecker
from audit.checking.settings import CheckSettings
from audit.types import Item, Passage
from benchmarks.built import built_index
from benchmarks.copies import LEXEMES, LINES, SIMILARITY, passage
from benchmarks.corpus import Corpus, build_corpus, half_of, read_content
from benchmarks.pool import GROUPS
from benchmarks.queries import Query, build_queries
from benchmarks.report import Part, Table

__all__ = ["JudgedPassage", "measure"]

KINDS = ("verbatim", "all renamed", "edited")
LONG_LINE = 12  # characters of a line without white space; shorter lines are too common
LOST = 0.03  # recall that a longer minimum may cost
COVERED = 0.5  # share of a planted copy's lines
FEWEST, MOST = 30, 1500  # lines of a host, a file for a copy
SHORTEST = ((19, 2), (25, 3), (30, 3), (40, 4), (50, 4), (65, 5), (80, 6))  # tokens, lines


@dataclass(frozen=True, slots=True)
class Planted:
    """A file, and the copy in it."""

    item: Item
    half: str
    copy: Query | None = None
    first: int = 0  # line of the copy
    last: int = 0


@dataclass(frozen=True, slots=True)
class JudgedPassage:
    """A passage that was reported, and the judgement on it."""

    tokens: int
    lines: int
    confidence: float
    verdict: str  # one of KINDS: the planted copy; "copy": another copy; "alarm"


@dataclass(frozen=True, slots=True)
class Half:
    """The results for the files of one half."""

    files: int
    planted: dict[str, int]
    found: tuple[JudgedPassage, ...]
    missed: tuple[Planted, ...]
    alarms: tuple[tuple[str, Passage], ...]


def measure(size_mb: int, files: int, copies: int, show: int) -> Part:
    """Audit the files of both halves."""
    corpus = build_corpus(size_mb)
    location = str(built_index(corpus))
    halves = {}
    for half in ("fit", "report"):
        planted = list(plant(corpus, half, files // 2, copies // 2))
        halves[half] = audit(location, planted)
    tokens, lines = choose(halves["fit"])
    report = halves["report"]
    tables = [
        Table(
            f"{name} half: {half.files} files, {sum(half.planted.values())} of them with a copy",
            ("tokens", "lines", *KINDS, "alarms", "files per alarm", "other copies",
             "precision"),
            tuple(row(half, *shortest) for shortest in SHORTEST),
        )
        for name, half in halves.items()
    ]  # fmt: skip
    notes = [
        "Recall by kind of change; precision counts planted copies and other copies as right.",
        f"Chosen on the fit half: {tokens} tokens, {lines} lines. On the report half: "
        + ", ".join(row(report, tokens, lines)[2:])
        + ".",
    ]
    for name, found in report.alarms[:show]:
        source = found.sources[0]
        notes.append(
            f"alarm {name}:{found.span.start_line}-{found.span.end_line} {found.label} "
            f"{found.tokens} tokens, {found.confidence:.3f}\n{found.code}\n--- "
            f"{source.occurrences[0].path}:{found.source_line}\n{found.source_code}\n"
        )
    return Part("Planted copies", (), tuple(tables), tuple(notes))


def plant(corpus: Corpus, half: str, files: int, copies: int) -> Iterator[Planted]:
    """Files of held-out packages of one half, some of them with a copy."""
    draw = random.Random(f"planted {half}")
    languages = {language: group for group, own in GROUPS.items() for language in own}
    hosts = [
        one for one in corpus.held_out if one.language in languages and half_of(one.package) == half
    ]
    draw.shuffle(hosts)
    asked = [
        one
        for one in build_queries(corpus, 300).queries
        if one.indexed and not one.length and one.kind in KINDS and one.sample.half == half
    ]
    draw.shuffle(asked)
    waiting = {
        (kind, group): [q for q in asked if q.kind == kind and q.sample.group == group]
        for kind in KINDS
        for group in GROUPS
    }
    planted = given = 0
    for host in hosts:
        content = read_content(Path(host.path))
        if content is None or not FEWEST <= content.count(b"\n") <= MOST:
            continue
        kind = KINDS[planted % len(KINDS)]
        left = waiting[kind, languages[host.language]]
        name = f"{host.package}/{host.name}"
        if planted < copies and left and draw.random() < 2 * copies / files:
            copy = left.pop()
            planted += 1
            code, first, last = inserted(content.decode(), copy.code, draw)
            item = Item(name, code.encode(), copy.sample.language)
            yield Planted(item, half, copy, first, last)
        else:
            yield Planted(Item(name, content, host.language), half)
        given += 1
        if given == files:
            return


def inserted(host: str, copy: str, draw: random.Random) -> tuple[str, int, int]:
    """Insert the copy before a line that is not indented; returns its first and last line too."""
    lines = host.splitlines(keepends=True)
    flush = [i for i, line in enumerate(lines) if line[:1].isalpha() and i > 0] or [len(lines)]
    at = draw.choice(flush)
    own = copy if copy.endswith("\n") else copy + "\n"
    return "".join([*lines[:at], own, *lines[at:]]), at + 1, at + own.count("\n")


def audit(location: str, planted: Sequence[Planted]) -> Half:
    """Audit the files and judge the findings."""
    with open_index(location) as index:
        checker = ParallelChecker(location, index.summary().version, CheckSettings(), 2, None)
        found: list[JudgedPassage] = []
        missed: list[Planted] = []
        alarms: list[tuple[str, Passage]] = []
        checked = checker.check(one.item for one in planted)
        for one, entry in zip(planted, checked, strict=True):
            assert isinstance(entry, CheckedItem)
            hit = False
            for passage in entry.checked.passages:
                verdict = judged(index, one, passage)
                hit = hit or verdict in KINDS
                if verdict == "alarm":
                    alarms.append((one.item.name, passage))
                span = passage.span
                size = span.end_line - span.start_line + 1
                found.append(JudgedPassage(passage.tokens, size, passage.confidence, verdict))
            if one.copy is not None and not hit:
                missed.append(one)
    counts = {k: sum(p.copy is not None and p.copy.kind == k for p in planted) for k in KINDS}
    return Half(len(planted), counts, tuple(found), tuple(missed), tuple(alarms))


def judged(index: Index, one: Planted, found: Passage) -> str:
    """The verdict on a passage, as in JudgedPassage."""
    documents = {name.rpartition(":")[2] for s in found.sources for name in s.documents}
    if one.copy is not None:
        span = found.span
        shared = min(span.end_line, one.last) - max(span.start_line, one.first) + 1
        right = not one.copy.holders.isdisjoint(documents)
        if right and shared >= COVERED * (one.last - one.first + 1):
            return one.copy.kind
        if right and shared > 0:
            return "copy"  # of a part of the planted function
    return "copy" if copied(index, found, one.item.language or "") else "alarm"


def copied(index: Index, found: Passage, language: str) -> bool:
    """Whether a passage looks like a copy, judged without fingerprints and alignment."""
    best = found.sources[0].document.rpartition(":")[2]
    held = index.fetch([best])[0]
    if held is None:
        return False
    lines = long_lines(found.code)
    there = set(long_lines(held.content.decode(errors="replace")))
    if lines and sum(line in there for line in lines) >= LINES * len(lines):
        return True
    span = found.sources[0].matches[0].source
    ours = passage(found.code.encode(), language)
    theirs = passage(held.content[span.start : span.end], language)
    if min(len(ours), len(theirs)) < LEXEMES:
        return False
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio() > SIMILARITY


def long_lines(code: str) -> list[str]:
    """The longer lines, without white space."""
    bare = ("".join(line.split()) for line in code.split("\n"))
    return [line for line in bare if len(line) >= LONG_LINE]


def row(half: Half, tokens: int, lines: int) -> tuple[str, ...]:
    """Recall by kind, alarms and precision, with a minimum length of a match."""
    kept = [one for one in half.found if one.tokens >= tokens and one.lines >= lines]
    verdicts = [one.verdict for one in kept]
    count = {verdict: verdicts.count(verdict) for verdict in (*KINDS, "copy", "alarm")}
    shares = recall(half, tokens, lines)
    right = len(kept) - count["alarm"]
    return (
        str(tokens),
        str(lines),
        *(f"{100 * shares[kind]:.1f} %" for kind in KINDS),
        str(count["alarm"]),
        f"{half.files / max(count['alarm'], 1):.0f}",
        str(count["copy"]),
        f"{100 * right / max(len(kept), 1):.1f} %",
    )


def choose(half: Half) -> tuple[int, int]:
    """The longest minimum that costs no kind more than `LOST`."""
    best = recall(half, *SHORTEST[0])
    good = SHORTEST[0]
    for shortest in SHORTEST:
        if all(recall(half, *shortest)[kind] >= best[kind] - LOST for kind in KINDS):
            good = shortest
    return good


def recall(half: Half, tokens: int, lines: int) -> dict[str, float]:
    """Shares of planted copies that were found, by kind."""
    kept = [one.verdict for one in half.found if one.tokens >= tokens and one.lines >= lines]
    return {k: min(kept.count(k) / max(half.planted[k], 1), 1.0) for k in KINDS}


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--files", default=2000, show_default=True, help="Files audited.")
@click.option("--copies", default=200, show_default=True, help="Files with a planted copy.")
@click.option("--show", default=0, help="False alarms to print.")
def main(size_mb: int, files: int, copies: int, show: int) -> None:
    """Plant copies, audit, and count."""
    click.echo(measure(size_mb, files, copies, show).markdown())


if __name__ == "__main__":
    main()
