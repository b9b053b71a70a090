"""Source packages of Debian with a machine-readable copyright file, downloaded and unpacked.

    python -m benchmarks.debian_packages --draw 84 --seed 2026-11-30

licences_packages.tsv names them, in two halves; `--draw` prints rows for it, of packages that it
does not have. The archive is the one that the machine's own apt sources name, so this needs
Debian. apt-get gets a list of sources and folders of its own, so nothing on the system changes;
`dpkg-source` unpacks. What is unpacked is kept.
"""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import click
from debian.deb822 import Sources

from benchmarks.corpus import CACHE
from indexer.licensing.declarations import is_dep5

__all__ = ["HALVES", "PACKAGES", "draw", "unpacked_packages"]

PACKAGES = Path(__file__).resolve().parent / "licences_packages.tsv"
HALVES = ("fit", "report")
FOLDER = CACHE / "debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SMALLEST, LARGEST = 50_000, 15_000_000  # bytes of the upstream archive that is drawn


def unpacked_packages(half: str, limit: int) -> list[Path]:
    """The folders of the first `limit` packages of a half; what is missing is downloaded."""
    folder = FOLDER / half
    folder.mkdir(parents=True, exist_ok=True)
    names = [name for name, of in listed_packages().items() if of == half]
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


def listed_packages() -> dict[str, str]:
    """The half of each package of licences_packages.tsv."""
    with PACKAGES.open(encoding="utf-8") as file:
        return {row["package"]: row["half"] for row in csv.DictReader(file, delimiter="\t")}


def draw(count: int, seed: str) -> Iterator[tuple[str, str]]:
    """Rows for licences_packages.tsv: packages in an order that the seed gives, halves in turn.

    Those without DEP 5 are passed over, and those that the archive does not have.
    """
    listed = listed_packages()

    def key(name: str) -> bytes:
        return hashlib.blake2b(f"{seed}/{name}".encode()).digest()

    names = iter(sorted((name for name in sizes() if name not in listed), key=key))
    for half in islice(cycle(HALVES), count):
        folder = FOLDER / half
        folder.mkdir(parents=True, exist_ok=True)
        yield half, next(n for n in names if has_dep5(n) and download(n, folder / n))


def sizes() -> dict[str, int]:
    """Bytes of the upstream archives of the packages that may be drawn."""
    target = ("apt-get", *apt_options(), "indextargets", "--format", "$(FILENAME)")
    files = output_of((*target, "Identifier: Sources", "Origin: Debian")).split()
    entries = output_of(("/usr/lib/apt/apt-helper", "cat-file", *files))
    found = {}
    for entry in Sources.iter_paragraphs(entries.splitlines(), use_apt_pkg=False):
        upstream = [f for f in entry["Checksums-Sha256"] if ".orig" in f["name"]]
        if any(".debian.tar" in f["name"] for f in entry["Checksums-Sha256"]):
            found[entry["Package"]] = sum(int(f["size"]) for f in upstream)
    return {name: size for name, size in found.items() if SMALLEST <= size <= LARGEST}


def has_dep5(name: str) -> bool:
    """Whether a package's copyright file is in DEP 5's format; only Debian's part is downloaded."""
    folder = FOLDER / "drawn"
    folder.mkdir(exist_ok=True)
    command = ["apt-get", *apt_options(), "source", "--download-only", "--diff-only", "-qq", name]
    if not succeeds(command, folder):
        return False
    with tarfile.open(max(folder.glob(f"{name}_*.debian.tar.*"))) as archive:
        if "debian/copyright" not in archive.getnames():
            return False
        file = archive.extractfile("debian/copyright")
        return file is not None and is_dep5(file.read())


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
        (apt / "sources.list").write_text(sources())
        if not succeeds(["apt-get", *options, "update", "--quiet=2"], apt):
            raise RuntimeError("apt-get update failed; is the network there?")
    return options


def sources() -> str:
    """A list of sources: of each of Debian's archives of this machine, the source packages."""
    target = f"deb-src [signed-by={KEYRING}] $(REPO_URI) $(RELEASE) $(COMPONENT)"
    command = ("apt-get", "indextargets", "--format", target)
    lines = set(output_of((*command, "Identifier: Packages", "Origin: Debian")).splitlines())
    if not lines:
        raise RuntimeError("the apt sources of this machine name no archive of Debian's")
    return "".join(f"{line}\n" for line in sorted(lines))


def output_of(command: Sequence[str]) -> str:
    """What a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def succeeds(command: Sequence[str], folder: Path) -> bool:
    """Whether a command runs without an error."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip()[-300:], file=sys.stderr)
    return done.returncode == 0


@click.command()
@click.option("--draw", "count", default=80, show_default=True, help="Packages, of both halves.")
@click.option("--seed", required=True, help="Any text; the same one gives the same packages.")
def main(count: int, seed: str) -> None:
    """Print packages that licences_packages.tsv does not have, as rows for it."""
    for half, name in draw(count, seed):
        click.echo(f"{half}\t{name}")


if __name__ == "__main__":
    main()
