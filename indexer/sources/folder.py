"""A plain folder: one repository, named after it, without revision or date."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import blake2b
from pathlib import Path

from attribution.errors import SourceError
from indexer.licensing.repository import PathSample, RepositoryLicenses, has_license_evidence
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
        self._seen: tuple[str, int, list[DiskFile], list[str]] | None = None

    def files(self) -> Iterator[DiskFile]:
        """The directory entries that `read` goes over."""
        return walk(self.root, self._leave_out)

    def fingerprint(self) -> str:
        return self._look()[0]

    def total_bytes(self) -> int:
        return self._look()[1]

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        _, _, texts, sample = self._look()
        licenses = RepositoryLicenses(
            [file.path for file in texts],
            lambda path: try_read(str(self.root / path)),
            self._metadata,
            sample,
        )
        after = -1 if start is None else int(start)
        for number, file in enumerate(self.files()):
            if number > after:
                what = load(file, self._place, self._options.filter, licenses)
                yield SourceItem(what, str(number))
            self.done_bytes += bytes_to_read(file, self._options.filter)

    def _look(self) -> tuple[str, int, list[DiskFile], list[str]]:
        """Fingerprint, bytes, files with licence evidence and a sample of paths, by one walk that
        keeps no list of all files."""
        if self._seen is None:
            if not self.root.is_dir():
                raise SourceError(f"{self.root} is not a folder; give one that exists")
            known, total, texts, sample = 0, 0, [], PathSample()
            for file in self.files():
                known = hash_on(known, file)
                total += bytes_to_read(file, self._options.filter)
                if not file.regular:
                    continue
                sample.add(file.path)
                if has_license_evidence(file.path):
                    texts.append(file)
            mark = fingerprint(known, self._options.marks, self._place, self._metadata)
            self._seen = (mark, total, texts, sample.paths)
        return self._seen


def hash_on(known: int, file: DiskFile) -> int:
    """Take one more file into a running digest of names, sizes and times."""
    line = f"{known:x}\0{file.path}\0{file.size}\0{file.changed_ns}".encode()
    return int.from_bytes(blake2b(line, digest_size=8).digest(), "big")
