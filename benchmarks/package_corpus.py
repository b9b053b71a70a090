"""The corpus of packages that are fetched by name: fifteen languages, in four disjoint parts.

packages.tsv names the packages: `index` ones are indexed, `fit` and `report` ones are held out (for
fitting, and for the figures), and the table of common k-grams is made from `common` ones
(`benchmarks.idioms`). They were drawn by a hash of their names from the packages of each
language that are not large. Archives are Debian's source packages, its binary packages where these
contain the sources (Python, Ruby, Rust), for Kotlin and Scala the source archives of Maven Central,
and for Swift the packages of npm that have parts in it.
"""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from benchmarks.code_files import LANGUAGES, VENDORED, CodeFile
from benchmarks.corpus import CACHE, Corpus, distinct_files, half_of, read_corpus, write_corpus
from benchmarks.debian_packages import apt_options, succeeds

__all__ = ["Package", "code_of", "fetch", "package_corpus", "packages"]

LIST = Path(__file__).resolve().parent / "packages.tsv"
FOLDER = CACHE / "packages"
TOGETHER = 20  # packages per call of apt-get
FOREIGN = VENDORED | {"node_modules", "debian", ".pc"}  # folders with code of others


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the list."""

    name: str  # for Maven group:artifact:version
    language: str  # that it was drawn for; it may have files in others
    use: str  # "index", "fit", "report" or "common"
    archive: str  # "source", "binary", "maven" or "npm"

    @property
    def folder(self) -> Path:
        """Where its code is unpacked."""
        return FOLDER / "code" / re.sub("[:/]", "_", self.name)


def packages() -> list[Package]:
    """The packages of the list."""
    with LIST.open(encoding="utf-8") as file:
        return [Package(**row) for row in csv.DictReader(file, delimiter="\t")]


def package_corpus(size_mb: int) -> Corpus:
    """About `size_mb` MB of the packages to index, and those held out; cached."""
    folder = FOLDER / f"{size_mb}mb"
    if not (folder / "corpus.json").exists():
        listed = packages()
        fetch([package for package in listed if package.use != "common"])
        halves = {p.name: p.use for p in listed if p.use in {"fit", "report"}}

        def half(name: str) -> str:
            return halves.get(name) or half_of(name)

        files = [file for package in listed for file in code_of(package) if package.use != "common"]
        distinct = distinct_files(files, half)
        away = [file for file in distinct if file.package in halves]
        write_corpus(folder, [f for f in distinct if f.package not in halves], away, size_mb)
    return read_corpus(folder)


def code_of(package: Package) -> Iterator[CodeFile]:
    """The source files of a package that was fetched, in order."""
    for path in sorted(package.folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(package.folder).as_posix()
            yield CodeFile(path, package.name, name, LANGUAGES.get(path.suffix[1:], "Shell"))


def fetch(wanted: list[Package]) -> None:
    """Download and unpack the packages that are not there yet."""
    missing = [package for package in wanted if not package.folder.is_dir()]
    archives = FOLDER / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    by_archive: dict[str, list[Package]] = defaultdict(list)
    for package in missing:
        by_archive[package.archive].append(package)
    for archive, own in by_archive.items():
        for start in range(0, len(own), TOGETHER):
            download([p.name for p in own[start : start + TOGETHER]], archive, archives)
    for package in missing:
        found = sorted(archives.glob(pattern(package)))
        if not found:
            print(f"{package.name} could not be downloaded", file=sys.stderr)
        package.folder.mkdir(parents=True, exist_ok=True)
        for path in found:
            unpack(path, package.folder)


def download(names: list[str], archive: str, folder: Path) -> None:
    """Download packages; one that is not served is left out."""
    if archive == "binary":
        succeeds(["apt-get", "download", "--quiet=2", *names], folder)
    elif archive == "source":
        options = [*apt_options(), "source", "--download-only", "--only-source", "--quiet=2"]
        succeeds(["apt-get", *options, *names], folder)
    elif archive == "npm":
        for name in names:
            succeeds(["npm", "pack", "--silent", name], folder)
    else:
        for name in names:
            get = ["org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy", "-q"]
            options = [f"-Dartifact={name}:jar:sources", f"-DoutputDirectory={folder}"]
            succeeds(["mvn", "-B", *get, *options], folder)


def pattern(package: Package) -> str:
    """The names of a package's archives."""
    if package.archive == "maven":
        _, artifact, version = package.name.split(":")
        return f"{artifact}-{version}-sources.jar"
    if package.archive == "npm":
        return f"{package.name.removeprefix('@').replace('/', '-')}-[0-9]*.tgz"
    return f"{package.name}_*.{'deb' if package.archive == 'binary' else 'orig*.tar.*'}"


def unpack(path: Path, folder: Path) -> None:
    """Write the source files of an archive, without those of vendored packages."""
    for name, content in members(path):
        parts = PurePosixPath(name).parts
        shell = content.startswith(b"#!") and b"sh" in content[:30].split(b"\n")[0]
        if FOREIGN & set(parts) or ".." in parts or not (known(name) or shell):
            continue
        target = folder.joinpath(*parts[-6:])
        if not target.exists() and len(content) <= 1_000_000:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def known(name: str) -> bool:
    """Whether a file is in one of the languages, by its name."""
    return PurePosixPath(name).suffix[1:] in LANGUAGES


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files of an archive that may be sources."""
    if path.suffix == ".jar":
        with zipfile.ZipFile(path) as jar:
            for name in jar.namelist():
                if known(name):
                    yield name, jar.read(name)
        return
    content = path.read_bytes()
    if path.suffix == ".deb":
        command = ["dpkg-deb", "--fsys-tarfile", str(path)]
        content = subprocess.run(command, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar:
            read = tar.extractfile(member) if member.isfile() else None
            if read is not None and (known(member.name) or member.mode & 0o100):
                yield member.name, read.read()
