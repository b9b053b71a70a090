"""Source packages of Debian with a machine-readable copyright file, downloaded and unpacked.

licences_packages.tsv names them, in two halves. apt-get gets a list of sources and folders of its
own, so nothing on the system changes; `dpkg-source` unpacks. It needs a Debian or Ubuntu system,
or the programs apt-get and dpkg-source. What is unpacked is kept.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import CACHE

__all__ = ["HALVES", "PACKAGES", "unpacked_packages"]

PACKAGES = Path(__file__).resolve().parent / "licences_packages.tsv"
HALVES = ("fit", "report")
FOLDER = CACHE / "debian"
SOURCES = """\
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {url} bookworm main
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {url} bookworm-updates main
"""
URL = "http://deb.debian.org/debian"


def unpacked_packages(half: str, limit: int) -> list[Path]:
    """The folders of the first `limit` packages of a half; what is missing is downloaded."""
    folder = FOLDER / half
    folder.mkdir(parents=True, exist_ok=True)
    with PACKAGES.open(encoding="utf-8") as file:
        names = [
            row["package"] for row in csv.DictReader(file, delimiter="\t") if row["half"] == half
        ]
    found: list[Path] = []
    for name in names:
        if len(found) == limit:
            break
        target = folder / name
        if target.is_dir() or download(name, target):
            found.append(target)
        else:
            print(f"{name} could not be downloaded or unpacked", file=sys.stderr)
    return sorted(found)


def download(name: str, target: Path) -> bool:
    """Download one source package and unpack it; False when that fails."""
    archive = FOLDER / "archive"
    archive.mkdir(exist_ok=True)
    options = apt_options()
    command = ["apt-get", *options, "source", "--download-only", "--quiet=2", name]
    if not succeeds(command, archive):
        return False
    descriptions = sorted(archive.glob(f"{name}_*.dsc"))
    if not descriptions:
        return False
    unpack = ["dpkg-source", "--no-check", "--extract", str(descriptions[-1]), str(target)]
    return succeeds(unpack, archive)


def apt_options() -> list[str]:
    """Options that make apt-get use files of ours; fetches the list of packages the first time."""
    apt = FOLDER / "apt"
    lists = apt / "lists"
    options = [
        f"--option=Dir::Etc::sourcelist={apt / 'sources.list'}",
        "--option=Dir::Etc::sourceparts=/dev/null",
        f"--option=Dir::State::lists={lists}",
        f"--option=Dir::Cache={apt / 'cache'}",
    ]
    if not lists.is_dir():
        (lists / "partial").mkdir(parents=True)
        (apt / "cache").mkdir(exist_ok=True)
        (apt / "sources.list").write_text(SOURCES.format(url=URL))
        if not succeeds(["apt-get", *options, "update", "--quiet=2"], apt):
            raise RuntimeError("apt-get update failed; is the network there?")
    return options


def succeeds(command: Sequence[str], folder: Path) -> bool:
    """Whether a command runs without an error."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip()[-300:], file=sys.stderr)
    return done.returncode == 0
