"""Installed Python packages: each `*.dist-info` folder is one repository, with a version.

Format: "Recording installed projects" (METADATA, RECORD) at packaging.python.org. The date stays
unknown: files on disk say when a package was installed, not when it was written.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
from collections.abc import Iterator
from email.parser import HeaderParser
from functools import cached_property
from pathlib import Path

from attribution.errors import SourceError
from attribution.types import Holder
from attribution.untrusted_files import is_file, is_folder
from indexer.filters import Reason, skip
from indexer.licensing.authors import manifest_authors
from indexer.licensing.credits import is_credits
from indexer.licensing.license_files import is_license_file
from indexer.licensing.manifests import core_metadata_license
from indexer.licensing.repository import RepositoryLicenses
from indexer.sources.files import RepositoryInfo, bytes_to_read, load, try_read
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint
from indexer.sources.listing import FileEntry, look_at, walk

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


def _speaks(path: str) -> bool:
    return is_license_file(path) or is_credits(path)


class PackageSource(Source):
    """One installed package: the files that its RECORD lists."""

    def __init__(self, info: Path, options: SourceOptions) -> None:
        super().__init__(f"package:{info}", options)
        self._info = info
        self._root = info.parent
        self._files: list[FileEntry] | None = None

    def fingerprint(self) -> str:
        marks = []
        for name in ("METADATA", "PKG-INFO", "RECORD"):
            with contextlib.suppress(OSError):
                status = (self._info / name).stat()
                marks.append((name, status.st_size, status.st_mtime_ns))
        return fingerprint(marks, self._options.selection)

    def total_bytes(self) -> int:
        return self._total_bytes

    @cached_property
    def _total_bytes(self) -> int:
        return sum(bytes_to_read(file, self._options.filter) for file in self.files())

    def files(self) -> list[FileEntry]:
        """The files of the package, sorted by path."""
        if self._files is None:
            listed = self._recorded()
            if listed is None:  # Linux distributions remove RECORD
                listed = self._by_top_level()
            self._files = sorted(listed, key=lambda file: file.path)
        return self._files

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        headers = HeaderParser().parsestr(self._metadata())
        name, version = headers.get("Name"), headers.get("Version")
        if not name or not version:
            raise SourceError(
                f"{self._info} has no metadata with a name and a version; reinstall the package"
            )
        normal = re.sub(r"[-_.]+", "-", name).lower()
        repository = RepositoryInfo(normal, version, f"pkg:pypi/{normal}")
        rules, listed = self._options.filter, self.files()
        texts = {self._as_license(f.path): f.key for f in listed if _speaks(f.path)}
        keys = {f.path: f.key for f in listed} | texts

        def read(path: str) -> bytes | None:  # a notice may name a file that is not there
            return try_read(keys[path]) if path in keys else None

        metadata = self._metadata()
        named = manifest_authors("PKG-INFO", metadata.partition("\n\n")[0])
        authors = tuple(Holder("", author, self._metadata_name()) for author in named)
        licenses = RepositoryLicenses(texts, read, core_metadata_license(metadata), authors=authors)
        files = self._numbered(listed, start, lambda file: bytes_to_read(file, rules))
        for file, position in files:
            yield SourceItem(load(file, repository, rules, licenses), position)

    def _metadata_name(self) -> str:
        return "METADATA" if self._info.name.endswith(_DIST_INFO) else "PKG-INFO"

    def _metadata(self) -> str:
        return (try_read(str(self._info / self._metadata_name())) or b"").decode("utf-8", "replace")

    def _as_license(self, path: str) -> str:
        """The path at which a licence text counts.

        Texts in the dist-info folder apply to the whole package. Below `licenses/` the folders of
        the source tree are kept: numpy/fft/LICENSE applies to numpy/fft alone.
        """
        inside = path.removeprefix(self._info.name + "/")
        return inside.removeprefix("licenses/") if inside != path else path

    def _recorded(self) -> list[FileEntry] | None:
        content = try_read(str(self._info / "RECORD"), 1 << 26)
        if content is None:
            return None
        rows = csv.reader(io.StringIO(content.decode("utf-8", "replace"), newline=""))
        try:
            listed = {row[0].replace("\\", "/") for row in rows if row}
        except csv.Error as error:
            raise SourceError(
                f"{self._info / 'RECORD'} is not CSV ({error}); reinstall the package"
            ) from error
        return [self._look_at(path) for path in listed if path and not path.endswith("/")]

    def _look_at(self, path: str) -> FileEntry:
        full = os.path.normpath(self._root / path)
        if not full.startswith(f"{self._root}{os.sep}"):
            outside = (Reason.NOT_CODE, "installed outside of the packages' folder")
            return FileEntry(os.path.relpath(full, self._root), full, refusal=outside)
        return look_at(full, path)

    def _by_top_level(self) -> list[FileEntry]:
        stated = (try_read(str(self._info / "top_level.txt")) or b"").decode("utf-8", "replace")
        project = self._info.stem.partition("-")[0]
        names = [n.strip() for n in stated.splitlines()] or [re.sub(r"[-.]+", "_", project)]
        files = []
        for name in (*names, self._info.name):
            if not re.fullmatch(r"[\w.-]+", name):
                continue
            if is_folder(self._root / name):
                inside = walk(str(self._root / name))
                files += [file._replace(path=f"{name}/{file.path}") for file in inside]
            elif is_file(self._root / f"{name}.py"):
                files.append(self._look_at(f"{name}.py"))
        return files


class UnclaimedSource(Source):
    """Files among the packages that no package lists. They are left out: their owner is unknown."""

    def __init__(self, folder: Path, packages: list[PackageSource], options: SourceOptions) -> None:
        super().__init__(f"unclaimed:{folder}", options)
        self._folder = folder
        self._packages = packages

    def fingerprint(self) -> str:
        return fingerprint([p.fingerprint() for p in self._packages], self._options.selection)

    def total_bytes(self) -> int:
        return 0

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        claimed = {file.key for package in self._packages for file in package.files()}
        for file, position in self._numbered(walk(str(self._folder)), start, lambda _: 0):
            # The interpreter writes its byte code beside claimed files; that is not worth a line.
            if file.key not in claimed and "__pycache__/" not in file.path:
                left_out = skip(self._folder.name, file.path, Reason.UNCLAIMED)
                yield SourceItem(left_out, position)
