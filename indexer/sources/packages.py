"""Installed Python packages: each `*.dist-info` folder is one repository, with a version.

Formats: the recording of installed projects (dist-info, METADATA, RECORD), packaging.python.org.
The date stays unknown: what is on disk tells when it was installed, not when it was written.
"""

from __future__ import annotations

import csv
import os
import re
import stat
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

from attribution.errors import SourceError
from attribution.types import NewFile, Skip
from indexer.filters import Reason, skip
from indexer.licensing.license_files import is_license_file
from indexer.licensing.manifests import core_metadata_license
from indexer.licensing.repository import RepositoryLicenses
from indexer.sources.files import DiskFile, Place, bytes_to_read, load, try_read, walk
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint

__all__ = ["PackageSource", "UnclaimedSource", "is_site_packages", "package_sources"]

_DIST_INFO = ".dist-info"
_INFOS = (_DIST_INFO, ".egg-info")  # the older form, which Linux distributions still install


def is_site_packages(folder: Path) -> bool:
    """Whether packages are installed in a folder."""
    try:
        with os.scandir(folder) as entries:
            return any(e.name.endswith(_DIST_INFO) and e.is_dir() for e in entries)
    except OSError:
        return False


def package_sources(folder: Path, options: SourceOptions) -> list[Source]:
    """One source per package, and one for the files that no package lists."""
    infos = sorted(p for p in folder.iterdir() if p.name.endswith(_INFOS) and p.is_dir())
    packages = [PackageSource(info, options) for info in infos]
    return [*packages, UnclaimedSource(folder, packages, options)]


class PackageSource(Source):
    """One installed package: the files that its RECORD lists."""

    def __init__(self, info: Path, options: SourceOptions) -> None:
        super().__init__(f"package:{info}")
        self._info = info
        self._root = info.parent
        self._options = options
        self._plan: list[DiskFile] | None = None

    def fingerprint(self) -> str:
        marks = []
        for name in ("METADATA", "PKG-INFO", "RECORD"):
            try:
                known = (self._info / name).stat()
            except OSError:
                continue
            marks.append((name, known.st_size, known.st_mtime_ns))
        return fingerprint(marks, self._options.marks)

    def total_bytes(self) -> int:
        return sum(bytes_to_read(file, self._options.filter) for file in self.files())

    def files(self) -> list[DiskFile]:
        """The files of the package, in the order of their paths."""
        if self._plan is None:
            listed = self._recorded()
            if listed is None:  # distributions of Linux leave RECORD out
                listed = self._by_top_level()
            self._plan = sorted(listed)
        return self._plan

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        headers = HeaderParser().parsestr(self._metadata())
        name, version = headers.get("Name"), headers.get("Version")
        if not name or not version:
            raise SourceError(
                f"{self._info} has no metadata with a name and a version; reinstall the package"
            )
        normal = re.sub(r"[-_.]+", "-", name).lower()
        place = Place(normal, version, f"pkg:pypi/{normal}")
        files = self.files()
        texts = {self._as_license(f.path): f.full for f in files if is_license_file(f.path)}
        licenses = RepositoryLicenses(
            texts, lambda path: try_read(texts[path]), core_metadata_license(self._metadata())
        )
        after = -1 if start is None else int(start)
        for number, file in enumerate(files):
            if number > after:
                if file.path.startswith("../"):
                    detail = "installed outside of the packages' folder"
                    what: NewFile | Skip = skip(normal, file.path, Reason.NOT_CODE, detail)
                else:
                    what = load(file, place, self._options.filter, licenses)
                yield SourceItem(what, str(number))
            self.done_bytes += bytes_to_read(file, self._options.filter)

    def _metadata(self) -> str:
        name = "METADATA" if self._info.name.endswith(_DIST_INFO) else "PKG-INFO"
        return (try_read(str(self._info / name)) or b"").decode("utf-8", "replace")

    def _as_license(self, path: str) -> str:
        """The package's own licence texts lie in its dist-info folder, but speak for all of it.

        Below `licenses/` the folders of the source tree are kept: numpy/fft/LICENSE speaks for
        numpy/fft alone.
        """
        inside = path.removeprefix(self._info.name + "/")
        return inside.removeprefix("licenses/") if inside != path else path

    def _recorded(self) -> list[DiskFile] | None:
        content = try_read(str(self._info / "RECORD"), 1 << 26)
        if content is None:
            return None
        rows = csv.reader(content.decode("utf-8", "replace").splitlines())
        try:
            listed = {row[0].replace("\\", "/") for row in rows if row}
        except csv.Error as error:
            raise SourceError(
                f"{self._info / 'RECORD'} is not CSV ({error}); reinstall the package"
            ) from error
        return [self._look_at(path) for path in listed if path and not path.endswith("/")]

    def _look_at(self, path: str) -> DiskFile:
        full = os.path.normpath(self._root / path)
        if not full.startswith(f"{self._root}{os.sep}"):
            return DiskFile(os.path.relpath(full, self._root), full, 0, 0, False)
        try:
            known = os.lstat(full)
        except OSError:
            return DiskFile(path, full, -1, 0, False)
        return DiskFile(path, full, known.st_size, known.st_mtime_ns, stat.S_ISREG(known.st_mode))

    def _by_top_level(self) -> list[DiskFile]:
        stated = (try_read(str(self._info / "top_level.txt")) or b"").decode("utf-8", "replace")
        project = self._info.stem.partition("-")[0]
        names = [n.strip() for n in stated.splitlines()] or [re.sub(r"[-.]+", "_", project)]
        found = []
        for name in (*names, self._info.name):
            if not re.fullmatch(r"[\w.-]+", name):
                continue
            if (self._root / name).is_dir():
                inside = walk(self._root / name)
                found += [file._replace(path=f"{name}/{file.path}") for file in inside]
            elif (self._root / f"{name}.py").is_file():
                found.append(self._look_at(f"{name}.py"))
        return found


class UnclaimedSource(Source):
    """Files among the packages that no package lists: left out, as nobody knows whose they are."""

    def __init__(self, folder: Path, packages: list[PackageSource], options: SourceOptions) -> None:
        super().__init__(f"unclaimed:{folder}")
        self._folder = folder
        self._packages = packages
        self._options = options

    def fingerprint(self) -> str:
        return fingerprint([p.fingerprint() for p in self._packages], self._options.marks)

    def total_bytes(self) -> int:
        return 0

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        claimed = {file.full for package in self._packages for file in package.files()}
        after = -1 if start is None else int(start)
        for number, file in enumerate(walk(self._folder)):
            # What the interpreter compiles for itself lies beside claimed files and is no news.
            if number > after and file.full not in claimed and "__pycache__/" not in file.path:
                left_out = skip(self._folder.name, file.path, Reason.UNCLAIMED)
                yield SourceItem(left_out, str(number))
