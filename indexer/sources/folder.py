"""A plain folder: one repository, named after it, without revision or date.

Files are looked at when it is their turn, so reading begins as soon as the folder is listed. A
position is "n:digest": of n entries, with their sizes and dates, from the first. So a later run
sees whether what was read is still the same. Of a folder that was read in pieces, "n:digest+..."
has one for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

from attribution.errors import SourceError
from attribution.index.checkpoints import piece_name
from attribution.untrusted_files import is_folder
from indexer.licensing.paths import Folders, LicensePaths
from indexer.licensing.repository import RepositoryLicenses
from indexer.sources.files import RepositoryInfo, load, try_read
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint
from indexer.sources.listing import FileEntry, Folder, files_of, list_folders, unicode_path

__all__ = ["FolderSource"]

_FILE_BYTES = 8 << 10  # of a file of code, on average; sizes are not known before files are read


class _Tree:
    """What all pieces of a folder share."""

    def __init__(self, root: Path, metadata: str | None, folders: Sequence[Folder]) -> None:
        self.root = root
        self.metadata = metadata
        self.folders = folders

    @cached_property
    def licenses(self) -> RepositoryLicenses:
        """Of all files of the folder; what is about a piece may be in another one."""
        paths = LicensePaths(self._names())
        return RepositoryLicenses(paths.evidence, self._inside, self.metadata, paths.sample)

    def _inside(self, path: str) -> bytes | None:
        """The content of a file below the folder; a notice may name any other."""
        outside = path.startswith(("/", "../"))
        return None if outside else try_read(f"{self.root}/{path}")

    def _names(self) -> Folders:
        for folder in self.folders:
            yield unicode_path(folder.prefix), unicode_path(folder.regular)

    def __reduce__(self) -> tuple[object, ...]:  # without the licences: another process reads them
        return _Tree, (self.root, self.metadata, self.folders)


class FolderSource(Source):
    """All files below a folder, except those of sub-folders that are sources of their own."""

    def __init__(
        self,
        root: Path,
        options: SourceOptions,
        *,
        repository: RepositoryInfo | None = None,
        metadata: str | None = None,
        folders: Sequence[Folder] | None = None,
    ) -> None:
        """
        Args:
            metadata: the SPDX expression of the whole.
            folders: what is in it, if that is known; without those left out.
        """
        super().__init__(f"folder:{root}", options)
        self.root = root
        self._repository = repository or RepositoryInfo(unicode_path(root.name) or "root")
        self._leave_out = frozenset(options.leave_out)
        self._metadata = metadata
        self._known = None if folders is None else _Tree(root, metadata, folders)
        self._range = slice(None)  # of the entries: a piece has some

    def _tree(self) -> _Tree:
        """What is in the folder; listed once.

        Raises:
            SourceError: there is no such folder.
        """
        if self._known is None:
            if not is_folder(self.root):
                raise SourceError(f"{self.root} is not a folder; give one that exists")
            self._known = _Tree(self.root, self._metadata, list(self._listed()))
        return self._known

    def _listed(self) -> Iterator[Folder]:
        return list_folders(str(self.root), self._leave_out)

    def _entries(self) -> range:
        """The numbers of the entries that `read` goes over."""
        return range(sum(folder.entries for folder in self._tree().folders))[self._range]

    def fingerprint(self) -> str:
        """A digest of the selection of files alone; positions tell whether files have changed."""
        self._tree()
        return fingerprint(self._options.selection, self._repository, self._metadata)

    def is_unchanged(self, position: str) -> bool:
        files = self._files()
        for run in filter(None, position.split("+")):  # a piece may be without files
            count, _, digest = run.partition(":")
            if not digest or _digest_of(files, int(count)) != digest:
                return False
        return next(files, None) is None

    def total_bytes(self) -> int:
        """An estimate: the exact size would take as long to find out as a tenth of reading."""
        return _FILE_BYTES * len(self._entries())

    def pieces(self, size: int) -> Sequence[Source]:
        entries = self._entries()
        count = self.total_bytes() // size
        if count < 2:
            return (self,)
        pieces = []
        ends = [len(entries) * number // count for number in range(count + 1)]
        for number, (first, last) in enumerate(pairwise(ends), 1):
            piece = copy(self)
            piece.name = piece_name(self.name, number, count)
            piece.done_bytes = 0
            piece._range = slice(first, last)
            pieces.append(piece)
        return pieces

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        rules, licenses = self._options.filter, self._tree().licenses
        files = self._files()
        number, _, digest = (start or "0:").partition(":")
        passed = int(number)
        if passed and _digest_of(files, passed) != digest:  # something has changed
            passed, digest, files = 0, "", self._files()
        self.done_bytes += _FILE_BYTES * passed
        for at, file in enumerate(files, passed + 1):
            digest = _next_digest(digest, file)
            yield SourceItem(load(file, self._repository, rules, licenses), f"{at}:{digest}")
            self.done_bytes += _FILE_BYTES

    def _files(self) -> Iterator[FileEntry]:
        return files_of(self._tree().folders, self._entries())


def _digest_of(files: Iterator[FileEntry], count: int) -> str:
    """The digest of the next `count` files."""
    digest = ""
    for _, file in zip(range(count), files):  # noqa: B905  (the range first: it takes no file)
        digest = _next_digest(digest, file)
    return digest


def _next_digest(digest: str, file: FileEntry) -> str:
    line = f"{digest}\0{file.path}\0{file.size}\0{file.changed_ns}".encode()
    return blake2b(line, digest_size=8).hexdigest()
