"""Copies of indexed functions, planted in files that were never indexed.

    python -m benchmarks.planted --size-mb 300 --files 2000 --copies 200

Files of held-out packages are audited. In some of them a function of the index was planted:
unchanged, with all names changed, or edited (one line in eight). A copy is found when a finding
covers half of its lines and names a document that contains the original. All other findings are
checked without the product, by the rule of copies.py: where three in ten of the lines of 12
characters or more are also in the source that the finding names, or 65 lexemes are strikingly
similar, the held-out file is a copy there after all; the rest are false alarms. The shortest match
that counts is chosen on one half of the packages, as the longest that costs no kind more than three
points of recall; the other half is reported.
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
from benchmarks.corpus import Corpus, build_corpus, read_content
from benchmarks.pool import GROUPS
from benchmarks.queries import Query, build_queries
from benchmarks.report import Part, Table

__all__ = ["ReportedPassage", "measure"]

KINDS = ("verbatim", "all renamed", "edited")
LONG_LINE = 12  # characters without white space; shorter lines are not compared
LOSS = 0.03  # recall that may be lost to a longer shortest match
COVERED = 0.5  # share of a planted copy's lines that a finding has to cover
FEWEST, MOST = 30, 1500  # lines of a host
SHORTEST = ((19, 2), (25, 3), (30, 3), (40, 4), (50, 4), (65, 5), (80, 6))  # tokens, lines


@dataclass(frozen=True, slots=True)
class Planted:
    """A file, and the copy that was planted in it."""

    item: Item
    half: str
    copy: Query | None = None
    first: int = 0  # line of the copy
    last: int = 0  # line of the copy


@dataclass(frozen=True, slots=True)
class ReportedPassage:
    """A passage that was reported, and whether rightly."""

    tokens: int
    lines: int
    confidence: float
    verdict: str  # one of KINDS: a planted copy; "copy": another copy in the file; "alarm"


@dataclass(frozen=True, slots=True)
class Half:
    """What was reported in the files of one half."""

    files: int
    planted: dict[str, int]
    reported: tuple[ReportedPassage, ...]
    missed: tuple[Planted, ...]
    alarms: tuple[tuple[str, Passage], ...]


def measure(size_mb: int, files: int, copies: int, show: int) -> Part:
    """Audit both halves."""
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
        "Recall by kind of change; precision counts planted copies, and other copies found in "
        "the files, as right.",
        f"Chosen on the fit half: {tokens} tokens, {lines} lines. On the report half: "
        + ", ".join(row(report, tokens, lines)[2:])
        + ".",
    ]
    for name, alarm in report.alarms[:show]:
        source = alarm.sources[0]
        notes.append(
            f"alarm {name}:{alarm.span.start_line}-{alarm.span.end_line} {alarm.label} "
            f"{alarm.tokens} tokens, {alarm.confidence:.3f}\n{alarm.code}\n--- "
            f"{source.occurrences[0].path}:{alarm.source_line}\n{alarm.source_code}\n"
        )
    return Part("Planted copies", (), tuple(tables), tuple(notes))


def plant(corpus: Corpus, half: str, files: int, copies: int) -> Iterator[Planted]:
    """Files of one half's held-out packages, some with a copy."""
    draw = random.Random(f"planted {half}")
    languages = {language: group for group, own in GROUPS.items() for language in own}
    hosts = [file for file in corpus.held_out if file.language in languages and file.half == half]
    draw.shuffle(hosts)
    queries = [
        query
        for query in build_queries(corpus, 300).queries
        if query.indexed and not query.length and query.kind in KINDS and query.sample.half == half
    ]
    draw.shuffle(queries)
    unplanted = {
        (kind, group): [q for q in queries if q.kind == kind and q.sample.group == group]
        for kind in KINDS
        for group in GROUPS
    }
    planted = given = 0
    for host in hosts:
        content = read_content(Path(host.path))
        if content is None or not FEWEST <= content.count(b"\n") <= MOST:
            continue
        kind = KINDS[planted % len(KINDS)]
        left = unplanted[kind, languages[host.language]]
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
    """The host with the copy before a line that is not indented; the copy's first and last line."""
    lines = host.splitlines(keepends=True)
    flush = [i for i, line in enumerate(lines) if line[:1].isalpha() and i > 0] or [len(lines)]
    at = draw.choice(flush)
    own = copy if copy.endswith("\n") else copy + "\n"
    return "".join([*lines[:at], own, *lines[at:]]), at + 1, at + own.count("\n")


def audit(location: str, planted: Sequence[Planted]) -> Half:
    """Audit the files and judge each finding."""
    with open_index(location) as index:
        checker = ParallelChecker(location, index.summary().version, CheckSettings(), 2, None)
        reported: list[ReportedPassage] = []
        missed: list[Planted] = []
        alarms: list[tuple[str, Passage]] = []
        checked = checker.check(file.item for file in planted)
        for file, entry in zip(planted, checked, strict=True):
            assert isinstance(entry, CheckedItem)
            hit = False
            for passage in entry.checked.passages:
                verdict = judge(index, file, passage)
                hit = hit or verdict in KINDS
                if verdict == "alarm":
                    alarms.append((file.item.name, passage))
                lines = passage.span.end_line - passage.span.start_line + 1
                reported.append(ReportedPassage(passage.tokens, lines, passage.confidence, verdict))
            if file.copy is not None and not hit:
                missed.append(file)
    counts = {k: sum(p.copy is not None and p.copy.kind == k for p in planted) for k in KINDS}
    return Half(len(planted), counts, tuple(reported), tuple(missed), tuple(alarms))


def judge(index: Index, file: Planted, reported: Passage) -> str:
    """What a reported passage is: see `ReportedPassage.verdict`."""
    documents = {name.rpartition(":")[2] for s in reported.sources for name in s.documents}
    if file.copy is not None:
        span = reported.span
        shared = min(span.end_line, file.last) - max(span.start_line, file.first) + 1
        right = not file.copy.holders.isdisjoint(documents)
        if right and shared >= COVERED * (file.last - file.first + 1):
            return file.copy.kind
        if right and shared > 0:
            return "copy"  # of a part of the planted copy
    return "copy" if is_copy(index, reported, file.item.language or "") else "alarm"


def is_copy(index: Index, reported: Passage, language: str) -> bool:
    """Whether a passage is a copy, judged by its text, without fingerprints or alignment."""
    best = reported.sources[0].document.rpartition(":")[2]
    document = index.fetch([best])[0]
    if document is None:
        return False
    lines = long_lines(reported.code)
    source_lines = set(long_lines(document.content.decode(errors="replace")))
    if lines and sum(line in source_lines for line in lines) >= LINES * len(lines):
        return True
    span = reported.sources[0].matches[0].source
    ours = passage(reported.code.encode(), language)
    theirs = passage(document.content[span.start : span.end], language)
    if min(len(ours), len(theirs)) < LEXEMES:
        return False
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio() > SIMILARITY


def long_lines(code: str) -> list[str]:
    """Lines without white space, except short ones."""
    bare = ("".join(line.split()) for line in code.split("\n"))
    return [line for line in bare if len(line) >= LONG_LINE]


def row(half: Half, tokens: int, lines: int) -> tuple[str, ...]:
    """Recall by kind, alarms and precision for one shortest match."""
    kept = [p.verdict for p in half.reported if p.tokens >= tokens and p.lines >= lines]
    count = {verdict: kept.count(verdict) for verdict in (*KINDS, "copy", "alarm")}
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
    """The longest shortest match that costs no kind more than `LOSS`."""
    best = recall(half, *SHORTEST[0])
    good = SHORTEST[0]
    for shortest in SHORTEST:
        if all(recall(half, *shortest)[kind] >= best[kind] - LOSS for kind in KINDS):
            good = shortest
    return good


def recall(half: Half, tokens: int, lines: int) -> dict[str, float]:
    """Shares of planted copies found, by kind."""
    kept = [p.verdict for p in half.reported if p.tokens >= tokens and p.lines >= lines]
    return {k: min(kept.count(k) / max(half.planted[k], 1), 1.0) for k in KINDS}


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--files", default=2000, show_default=True, help="Files audited.")
@click.option("--copies", default=200, show_default=True, help="Files with a planted copy.")
@click.option("--show", default=0, help="False alarms to print.")
def main(size_mb: int, files: int, copies: int, show: int) -> None:
    """Plant copies, audit the files, and count what was found."""
    click.echo(measure(size_mb, files, copies, show).markdown())


if __name__ == "__main__":
    main()
