"""A plain folder: one repository, named after it, without revision or date."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import blake2b
from pathlib import Path

from attribution.errors import SourceError
from attribution.untrusted_files import is_folder
from indexer.licensing.paths import LicensePaths
from indexer.licensing.repository import RepositoryLicenses
from indexer.sources.files import (
    FileEntry,
    RepositoryInfo,
    bytes_to_read,
    load,
    try_read,
    unicode_path,
    walk,
)
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint

__all__ = ["FolderSource"]


class FolderSource(Source):
    """All files below a folder, except those of sub-folders that are sources of their own."""

    def __init__(
        self,
        root: Path,
        options: SourceOptions,
        *,
        repository: RepositoryInfo | None = None,
        leave_out: Collection[str] = (),
        metadata: str | None = None,
    ) -> None:
        """`leave_out`: full paths of sub-folders; `metadata`: the SPDX expression of the whole."""
        super().__init__(f"folder:{root}", options)
        self.root = root
        self._repository = repository or RepositoryInfo(unicode_path(root.name) or "root")
        self._leave_out = frozenset((*leave_out, *options.leave_out))
        self._metadata = metadata
        self._surveyed: tuple[str, int, LicensePaths] | None = None

    def files(self) -> Iterator[FileEntry]:
        """The directory entries that `read` goes over."""
        return walk(self.root, self._leave_out)

    def fingerprint(self) -> str:
        return self._survey()[0]

    def total_bytes(self) -> int:
        return self._survey()[1]

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        rules, paths = self._options.filter, self._survey()[2]
        licenses = RepositoryLicenses(
            paths.evidence,
            lambda path: try_read(str(self.root / path)),
            self._metadata,
            paths.samples,
        )
        files = self._numbered(self.files(), start, lambda file: bytes_to_read(file, rules))
        for file, position in files:
            yield SourceItem(load(file, self._repository, rules, licenses), position)

    def _survey(self) -> tuple[str, int, LicensePaths]:
        """Fingerprint, bytes and licence paths; one walk that keeps no list of all files."""
        if self._surveyed is None:
            if not is_folder(self.root):
                raise SourceError(f"{self.root} is not a folder; give one that exists")
            digest, total, paths = 0, 0, LicensePaths()
            for file in self.files():
                line = f"{digest:x}\0{file.path}\0{file.size}\0{file.changed_ns}".encode()
                digest = int.from_bytes(blake2b(line, digest_size=8).digest(), "big")
                total += bytes_to_read(file, self._options.filter)
                if file.refusal is None:
                    paths.add(file.path)
            mark = fingerprint(digest, self._options.selection, self._repository, self._metadata)
            self._surveyed = (mark, total, paths)
        return self._surveyed
