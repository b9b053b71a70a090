"""A plain folder: one repository, named after it, without revision or date."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import blake2b
from pathlib import Path

from attribution.errors import SourceError
from indexer.repository_licenses import RepositoryLicenses, tells_license
from indexer.sources.files import DiskFile, Place, bytes_to_read, load, try_read, unicode_path, walk
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint

__all__ = ["FolderSource"]


class FolderSource(Source):
    """All files below a folder but those of the sub-folders that are sources of their own."""

    def __init__(
        self,
        root: Path,
        options: SourceOptions,
        *,
        place: Place | None = None,
        leave_out: Collection[str] = (),
        metadata: str | None = None,
    ) -> None:
        """`leave_out`: full paths of sub-folders; `metadata`: the SPDX expression of the whole."""
        super().__init__(f"folder:{root}")
        self.root = root
        self._options = options
        self._place = place or Place(unicode_path(root.name) or "root")
        self._leave_out = frozenset((*leave_out, *options.leave_out))
        self._metadata = metadata
        self._seen: tuple[str, int, list[DiskFile]] | None = None

    def files(self) -> Iterator[DiskFile]:
        """The directory entries that `read` goes over."""
        return walk(self.root, self._leave_out)

    def fingerprint(self) -> str:
        return self._look()[0]

    def total_bytes(self) -> int:
        return self._look()[1]

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        texts = {file.path: file for file in self._look()[2]}

        def text_of(path: str) -> bytes | None:
            return try_read(texts[path].full) if path in texts else None

        licenses = RepositoryLicenses(texts, text_of, self._metadata)
        after = -1 if start is None else int(start)
        for number, file in enumerate(self.files()):
            if number > after:
                what = load(file, self._place, self._options.filter, licenses)
                yield SourceItem(what, str(number))
            self.done_bytes += bytes_to_read(file, self._options.filter)

    def _look(self) -> tuple[str, int, list[DiskFile]]:
        """Fingerprint, bytes and licence files, by one walk that keeps no list of all files."""
        if self._seen is None:
            if not self.root.is_dir():
                raise SourceError(f"{self.root} is not a folder; give one that exists")
            known, total, texts = 0, 0, []
            for file in self.files():
                known = hash_on(known, file)
                total += bytes_to_read(file, self._options.filter)
                if tells_license(file.path) and file.regular:
                    texts.append(file)
            mark = fingerprint(known, self._options.marks, self._place, self._metadata)
            self._seen = (mark, total, texts)
        return self._seen


def hash_on(known: int, file: DiskFile) -> int:
    """Take one more file into a running digest of names, sizes and times."""
    line = f"{known:x}\0{file.path}\0{file.size}\0{file.changed_ns}".encode()
    return int.from_bytes(blake2b(line, digest_size=8).digest(), "big")
