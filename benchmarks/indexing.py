"""What indexing costs a core: CPU time and memory of `whence index`, beside an older version.

    python -m benchmarks.indexing --before REVISION --parquet FOLDER --folder FOLDER

Runs of both versions alternate, each in a process of its own with an index of its own, and the
median counts. CPU time is that of all threads, so it hardly depends on what else the machine does;
the rate is that of one core. Both indexes must hold the same documents, occurrences and languages.
`--start N` measures how long it takes from the command to the first files in the index, in a tree
of N files that is made for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.child import Measured, run_measured
from benchmarks.license_readers import ROOT, older_version
from benchmarks.report import Part, Table

__all__ = ["measure"]

INDEX = "import sys; from attribution.cli import main; main(['index', *sys.argv[1:]])"
# What both versions must have; repeated runs are compared by it.
DESCRIBE = """
import json, sys
from attribution.index import open_index
with open_index(sys.argv[1]) as index:
    found = index.describe()
print(json.dumps({
    "documents": found.summary.documents, "occurrences": found.summary.occurrences,
    "bytes": found.content_bytes, "languages": found.languages, "licenses": found.licenses,
    "repositories": found.repositories, "skipped": found.skipped,
}, sort_keys=True))
"""
Contents = dict[str, Any]
FILES = 100  # in a folder of the tree for --start
EVERY = 0.02  # seconds between two looks at a process


def index(tree: Path, source: Path) -> tuple[Measured, Contents]:
    """Index a source with the version of Whence in `tree`."""
    with tempfile.TemporaryDirectory(prefix="whence-indexing-") as name:
        location = Path(name) / "index"
        index = command(tree, source, location)
        measured = run_measured(index, env=environment(tree), cwd=tree)
        return measured, contents(tree, location)


def command(tree: Path, source: Path, location: Path) -> list[str]:
    """`whence index` with one process."""
    cli = (tree / "indexer" / "cli.py").read_text(encoding="utf-8")
    options = ["--jobs", "1"] if '"--jobs"' in cli else []  # the older version has no others
    return [sys.executable, "-c", INDEX, "--quiet", "--to", str(location), *options, str(source)]


def environment(tree: Path) -> dict[str, str]:
    """The environment in which the version in `tree` is imported, with bytecode as if installed."""
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(tree)}


def warm_up(trees: Iterable[Path]) -> None:
    """Index one file with each version: a version's first run compiles its kernels."""
    with tempfile.TemporaryDirectory(prefix="whence-tree-") as name:
        make_tree(Path(name), 1)
        for tree in trees:
            index(tree, Path(name))


def compare(trees: dict[str, Path], what: str, source: Path, runs: int) -> list[tuple[str, ...]]:
    """A row for each version.

    Raises:
        RuntimeError: the indexes differ.
    """
    measured: dict[str, list[tuple[Measured, Contents]]] = {name: [] for name in trees}
    for _ in range(runs):
        for name, tree in trees.items():
            measured[name].append(index(tree, source))
    held = [own[0][1] for own in measured.values()]
    if any(other != held[0] for other in held):
        raise RuntimeError(f"the indexes of {source} differ: {held}")
    rows: list[tuple[str, ...]] = []
    for name, own in measured.items():
        size = own[0][1]["bytes"] / 1e6
        cpu = sorted(run.cpu for run, _ in own)
        peak = max(run.peak_bytes for run, _ in own) / 1e6
        spread = f"{cpu[0]:.1f}-{cpu[-1]:.1f}"
        rows.append((what, name, f"{size:.0f}", spread, f"{size / median(cpu):.1f}", f"{peak:.0f}"))
    return rows


def contents(tree: Path, location: Path) -> Contents:
    """What an index has, by the version that made it."""
    command = [sys.executable, "-c", DESCRIBE, str(location)]
    done = subprocess.run(command, env=environment(tree), cwd=tree, check=True, capture_output=True)
    described: Contents = json.loads(done.stdout)
    return described


def first_files(tree: Path, source: Path) -> float:
    """Seconds from the command to the first files in the index, not yet committed."""
    with tempfile.TemporaryDirectory(prefix="whence-indexing-") as name:
        location = Path(name) / "index"
        began = time.perf_counter()
        process = subprocess.Popen(command(tree, source, location), env=environment(tree), cwd=tree)
        try:
            while process.poll() is None:
                if any(location.glob("segment-*")):
                    return time.perf_counter() - began
                time.sleep(EVERY)
        finally:
            process.kill()
            process.wait()
    raise RuntimeError(f"whence index of {source} ended without a segment")


def make_tree(root: Path, files: int) -> None:
    """Write a tree of small files of C."""
    for number in range(files):
        folder = root / f"project{number // FILES // FILES}" / f"part{number // FILES % FILES}"
        if number % FILES == 0:
            folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{number % FILES}.c").write_text(
            f"int f{number}(void) {{ return {number}; }}\n"
        )


def measure(
    before: str, parquet: Sequence[Path], folders: Sequence[Path], runs: int, files: int
) -> Part:
    """All figures."""
    with older_version(before) as tree:
        trees = {f"before ({before})": tree} if tree is not None else {}
        trees["this version"] = ROOT
        warm_up(trees.values())
        rows = []
        for what, sources in (("parquet", parquet), ("folder", folders)):
            for source in sources:
                rows += compare(trees, what, source, runs)
        tables = [Table("CPU time and memory", COLUMNS, tuple(rows))] if rows else []
        if files:
            with tempfile.TemporaryDirectory(prefix="whence-tree-") as name:
                make_tree(Path(name), files)
                starts = [(n, f"{first_files(t, Path(name)):.1f}") for n, t in trees.items()]
            title = f"From the command to the first files in the index, {files:,} files"
            tables.append(Table(title, ("version", "seconds"), tuple(starts)))
    load = f"Load of the machine at the end: {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores."
    return Part("Indexing", (), tuple(tables), (load,))


COLUMNS = ("source", "version", "MB", "CPU seconds", "MB/s a core", "peak MB")


@click.command()
@click.option("--before", default="5abcc62", show_default=True, help="The older version.")
@click.option("--parquet", multiple=True, type=click.Path(path_type=Path, exists=True))
@click.option("--folder", multiple=True, type=click.Path(path_type=Path, exists=True))
@click.option("--runs", default=3, show_default=True, help="Of each version and source.")
@click.option("--start", "files", default=0, help="Files in the tree that is made; 0: none.")
def main(
    before: str, parquet: tuple[Path, ...], folder: tuple[Path, ...], runs: int, files: int
) -> None:
    """Compare what indexing costs."""
    sources = [path.resolve() for path in parquet], [path.resolve() for path in folder]
    click.echo(measure(before, *sources, runs, files).markdown())


if __name__ == "__main__":
    main()
