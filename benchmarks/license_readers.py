"""Three readers of licences: Whence, its first version, and ScanCode.

The first version is checked out into a temporary folder. ScanCode gets an environment of its own,
since it needs 740 MB and old versions of libraries.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.names import normalize_license
from benchmarks.child import run_measured
from benchmarks.corpus import CACHE

__all__ = ["Answer", "Reading", "index_packages", "older_version", "read_licenses", "scan"]

ScanReport = dict[str, list[dict[str, str]]]

ROOT = Path(__file__).resolve().parent.parent
CHILD = Path(__file__).resolve().parent / "license_child.py"
FIRST_VERSION = "7352b0e"
# `whence index`, in which no licence is read if the first argument is "without".
INDEX = """
import sys
from attribution.types import UNKNOWN_LICENSE
from indexer.cli import index
from indexer.licensing.repository import LicenseAndHolders, RepositoryLicenses
if sys.argv[1] == "without":
    RepositoryLicenses.of = lambda *args: LicenseAndHolders(UNKNOWN_LICENSE, ())
index(sys.argv[2:])
"""
SCANCODE = ("scancode-toolkit-mini==32.5.*", "pluggy<1.6")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says of a file."""

    package: str
    path: str
    expression: str  # SPDX, or NOASSERTION
    evidence: str = ""
    conflict: bool = False
    holders: tuple[str, ...] = ()
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says of all files, and what it cost."""

    answers: tuple[Answer, ...]
    seconds: float  # of CPU, for the licences alone
    seconds_of_reading: float  # of CPU, for the same files without licences
    bytes: int


@contextmanager
def older_version(revision: str = FIRST_VERSION) -> Iterator[Path | None]:
    """A folder with an older version of Whence; None when the revision is not available."""
    with tempfile.TemporaryDirectory(prefix="whence-older-") as name:
        tree = Path(name) / "tree"
        add = ("git", "-C", str(ROOT), "worktree", "add", "--detach", str(tree), revision)
        if subprocess.run(add, capture_output=True, check=False).returncode:
            yield None
            return
        try:
            yield tree
        finally:
            remove = ("git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree))
            subprocess.run(remove, capture_output=True, check=False)


def read_licenses(packages: Iterable[Path], tree: Path = ROOT) -> Reading:
    """Read folders with the version of Whence that is in `tree`."""
    with tempfile.TemporaryDirectory(prefix="whence-licences-") as name:
        output = Path(name) / "answers.jsonl"
        command = [sys.executable, str(CHILD), str(output), *map(str, packages)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(tree)})
        *entries, times = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    answers = tuple(Answer(**{**entry, "holders": tuple(entry["holders"])}) for entry in entries)
    return Reading(answers, times["read"] - times["plain"], times["plain"], times["bytes"])


def scan(folder: Path, sample: Iterable[Answer], processes: int) -> Reading:
    """ScanCode's answers for some files of the packages in a folder.

    It judges each file alone. Its start (10 s) is measured with an empty folder, and not counted.
    """
    program = scancode()
    with tempfile.TemporaryDirectory(prefix="whence-scancode-") as name:
        tree, empty = Path(name) / "tree", Path(name) / "empty"
        empty.mkdir()
        wanted = {f"{a.package}/{a.path}": a for a in sample}
        for path in wanted:
            target = tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((folder / path).read_bytes())
        start, _ = run_scancode(program, empty, processes)
        total, report = run_scancode(program, tree, processes)
    answers = []
    for entry in report["files"]:
        answer = wanted.get(entry["path"].partition("/")[2])
        if answer is not None and entry["type"] == "file":
            expression = normalize_license(entry["detected_license_expression_spdx"])
            answers.append(Answer(answer.package, answer.path, expression or NOASSERTION))
    size = sum(a.bytes for a in wanted.values())
    return Reading(tuple(answers), total - start, 0.0, size)


def run_scancode(program: Path, folder: Path, processes: int) -> tuple[float, ScanReport]:
    """Seconds of CPU of a run over a folder, and its report."""
    with tempfile.NamedTemporaryFile(suffix=".json") as output:
        options = ["--license", "--quiet", "-n", str(processes), "--json", output.name]
        command = [str(program), *options, str(folder)]
        return run_measured(command, check=False).cpu, json.loads(Path(output.name).read_bytes())


def index_packages(packages: Iterable[Path], *, licenses: bool) -> float:
    """Seconds of CPU of `whence index` of some folders, with or without reading licences."""
    with tempfile.TemporaryDirectory(prefix="whence-index-") as name:
        options = ["--quiet", "--to", str(Path(name) / "index"), *map(str, packages)]
        mode = "with" if licenses else "without"
        return run_measured([sys.executable, "-c", INDEX, mode, *options]).cpu


def scancode() -> Path:
    """The program, installed when it is not yet there."""
    folder = CACHE / "scancode"
    program = folder / "bin" / "scancode"
    if not program.exists():
        venv.create(folder, with_pip=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *SCANCODE]
        subprocess.run(install, check=True)
    return program
