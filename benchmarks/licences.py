"""Licences of files, compared with Debian's machine-readable copyright files.

    python -m benchmarks.licences --packages 60 --scancode 2000

Source packages of Debian are read as Whence reads folders, without Debian's own folder. Printed
side by side: this version of Whence, its first version, and ScanCode on a sample of the report
half. The rules of `indexer.licensing` were tuned on the fit half. Each figure is given twice: as
Debian has it, and without the files that licences_debian.tsv lists as Debian's errors.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from statistics import median

import click

from benchmarks.debian_licenses import words_of
from benchmarks.debian_packages import HALVES, unpacked_packages
from benchmarks.license_disagreements import candidates
from benchmarks.license_judge import Judge, Judged
from benchmarks.license_readers import (
    Answer,
    Reading,
    index_packages,
    older_version,
    read_licenses,
    scan,
)
from benchmarks.report import Part, Table, percent

__all__ = ["measure"]

STATEMENT = re.compile(
    rb"SPDX-FileCopyrightText:\s*(?P<spdx>\S.*)"
    rb"|(?:copyright|\(c\)|\xc2\xa9)[^a-z\n]{0,20}(?:19|20)\d\d[ ,\d-]*(?P<rest>[^\n]*)",
    re.IGNORECASE,
)
HEAD = 4096  # bytes in which a copyright statement is looked for


def mean(judged: Sequence[Judged], kinds: tuple[str, ...]) -> float:
    """The share of some kinds, mean over packages."""
    packages: dict[str, list[bool]] = {}
    for one in judged:
        packages.setdefault(one.answer.package, []).append(one.kind in kinds)
    shares = [sum(right) / len(right) for right in packages.values()]
    return sum(shares) / len(shares) if shares else float("nan")


def figures(judged: Sequence[Judged]) -> dict[str, str]:
    """The rows of a table, in per cent."""
    counts = Counter(one.kind for one in judged)
    total = counts.total() or float("nan")

    def share(*kinds: str) -> str:
        return percent(sum(counts[k] for k in kinds) / total)

    return {
        "same licence, mean over packages": percent(mean(judged, ("exact", "same"))),
        "same licence, files": share("exact", "same"),
        "exactly the same expression, files": share("exact"),
        "exactly the same expression, mean over packages": percent(mean(judged, ("exact",))),
        "more licences": share("more"),
        "fewer licences": share("fewer"),
        "another licence, conflict shown": share("conflict"),
        "another licence without a conflict shown": share("other"),
        "unknown": share("unknown"),
        "files": str(counts.total()),
    }


def table(title: str, readers: dict[str, list[Judged]], note: str = "") -> Table:
    """Readers side by side, as Debian has it and with listed errors set aside."""
    columns: dict[str, dict[str, str]] = {}
    for name, judged in readers.items():
        columns[name] = figures(judged)
    # A listed file is set aside for all readers, or they would not be judged on the same files.
    listed = {
        (one.answer.package, one.answer.path)
        for judged in readers.values()
        for one in judged
        if one.listed
    }
    for name, judged in readers.items():
        rest = [o for o in judged if (o.answer.package, o.answer.path) not in listed]
        columns[f"{name}, errors set aside"] = figures(rest)
    rows = next(iter(columns.values()))
    cells = tuple((row, *(column[row] for column in columns.values())) for row in rows)
    return Table(title, ("per cent", *columns), cells, note)


def holders_found(folder: Path, answers: Iterable[Answer]) -> tuple[int, int]:
    """Files with a copyright statement, and how many of them have its holder in the answer."""
    stated = found = 0
    for answer in answers:
        head = (folder / answer.package / answer.path).read_bytes()[:HEAD]
        names = [
            words_of((m["spdx"] or m["rest"]).decode("utf-8", "replace"))
            for m in STATEMENT.finditer(head)
        ]
        names = [name for name in names if re.search(r"[a-z]{3}", name)]
        if not names:
            continue
        stated += 1
        said = {word for holder in answer.holders for word in words_of(holder).split()}
        found += any(said & set(name.split()) for name in names)
    return stated, found


def sample_of(judged: Iterable[Judged], size: int) -> list[Answer]:
    """About the same number of files of each package, chosen by a hash of their path."""

    def key(answer: Answer) -> bytes:
        return hashlib.blake2b(f"{answer.package}/{answer.path}".encode()).digest()

    packages: dict[str, list[Answer]] = {}
    for answer in sorted((one.answer for one in judged), key=key):
        packages.setdefault(answer.package, []).append(answer)
    rows = zip_longest(*(packages[name] for name in sorted(packages)))
    return [answer for row in rows for answer in row if answer is not None][:size]


def only(judged: Iterable[Judged], sample: Iterable[Answer]) -> list[Judged]:
    """Those on the files of a sample."""
    wanted = {(a.package, a.path) for a in sample}
    return [one for one in judged if (one.answer.package, one.answer.path) in wanted]


def speed(name: str, reading: Reading) -> tuple[str, ...]:
    """A row on what a reader costs beyond reading the files."""
    files = len(reading.answers)
    return (
        name,
        str(files),
        f"{1000 * reading.seconds / max(files, 1):.2f}",
        f"{reading.bytes / 1e6 / max(reading.seconds, 1e-9):.2f}",
    )


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    packages: int  # of each half
    scancode: int  # files
    processes: int  # of ScanCode
    indexing: int  # packages


def measure(options: Options) -> Part:
    """All figures."""
    tables: list[Table] = []
    costs: list[tuple[str, ...]] = []
    notes: list[str] = []
    for half in HALVES:
        packages = unpacked_packages(half, options.packages)
        judge = Judge(packages)
        now = read_licenses(packages)
        readers = {"Whence": judge.judged(now.answers)}
        costs.append(speed(f"Whence, {half}", now))
        with older_version() as tree:
            if tree is None:
                notes.append("The first version is not in this clone, so it is left out.")
            else:
                first = read_licenses(packages, tree)
                readers = {"first version": judge.judged(first.answers), **readers}
                costs.append(speed(f"first version, {half}", first))
        folder = packages[0].parent
        stated, found = holders_found(folder, now.answers)
        share = percent(found / max(stated, 1))
        note = (
            f"{len(packages)} packages. Of {stated} files with a copyright statement, {share} % "
            "have its holder in the answer."
        )
        tables.append(table(half, readers, note))
        if half == "report" and options.scancode:
            sample = sample_of(readers["Whence"], options.scancode)
            scanned = scan(folder, sample, options.processes)
            costs.append(speed("ScanCode", scanned))
            tables += scancode_tables(readers, judge.judged(scanned.answers), sample)
    if options.indexing:
        costs += indexing(unpacked_packages("report", options.indexing))
    tables.append(Table("Cost beyond reading the files", COST_COLUMNS, tuple(costs), COST_NOTE))
    return Part("Licences", (), tuple(tables), tuple(notes))


COST_COLUMNS = ("", "files", "ms a file", "MB/s")
COST_NOTE = (
    "Seconds of CPU. Of Whence: reading folders with licences, less reading them without. Of "
    "ScanCode: less its start."
)


def scancode_tables(
    readers: dict[str, list[Judged]], scanned: list[Judged], sample: list[Answer]
) -> list[Table]:
    """All readers on the sample, and on those of its files of which ScanCode says something."""
    same = {name: only(judged, sample) for name, judged in readers.items()}
    same["ScanCode"] = scanned
    answered = [o.answer for o in scanned if o.kind != "unknown"]
    some = {name: only(judged, answered) for name, judged in same.items()}
    return [
        table("ScanCode's sample", same, "ScanCode judges each file alone."),
        table("Files on which ScanCode has an answer", some),
    ]


def indexing(packages: Sequence[Path], pairs: int = 3) -> list[tuple[str, ...]]:
    """What licences add to `whence index`: whole processes in turn, as rows on the cost."""
    rows, ratios = [], []
    for _ in range(pairs):
        without = index_packages(packages, licenses=False)
        with_licenses = index_packages(packages, licenses=True)
        ratios.append(with_licenses / without)
        seconds = f"{without:.1f} s of CPU without licences, {with_licenses:.1f} s with them"
        rows.append((f"whence index of {len(packages)} packages: {seconds}", "", "", ""))
    added = percent(median(ratios) - 1)
    return [*rows, (f"licences add to whence index: {added} % (median)", "", "", "")]


def print_disagreements(packages: int) -> None:
    """Candidates for licences_debian.tsv, with the number of files and the first file."""
    for half in HALVES:
        folders = unpacked_packages(half, packages)
        judged = Judge(folders).judged(read_licenses(folders).answers)
        for files, row, path in candidates(folders[0].parent, judged):
            cells = (row.package, row.glob, row.debian, row.stated, row.line, row.words)
            click.echo("\t".join(map(str, (*cells, files, path))))


@click.command()
@click.option("--packages", default=200, show_default=True, help="At most, of each half.")
@click.option("--scancode", default=2000, show_default=True, help="Files of ScanCode's sample.")
@click.option("--without-scancode", is_flag=True, help="Do not install or run ScanCode.")
@click.option("--processes", default=2, show_default=True, help="Of ScanCode.")
@click.option("--indexing", default=12, show_default=True, help="Packages to index; 0: none.")
@click.option("--disagreements", is_flag=True, help="Print candidates for Debian's errors only.")
def main(
    packages: int,
    scancode: int,
    without_scancode: bool,
    processes: int,
    indexing: int,
    disagreements: bool,
) -> None:
    """Compare the licences of files with what Debian says of them."""
    if disagreements:
        print_disagreements(packages)
        return
    sample = 0 if without_scancode else scancode
    click.echo(measure(Options(packages, sample, processes, indexing)).markdown())


if __name__ == "__main__":
    main()
