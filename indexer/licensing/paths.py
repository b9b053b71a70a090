"""Which files of a tree are read for its licences: those about them, and samples of code."""

from __future__ import annotations

import heapq
from hashlib import blake2b

from attribution.lexing.languages import language_of_path
from indexer.licensing.credits import is_credits
from indexer.licensing.declarations import is_declaration
from indexer.licensing.license_files import is_license_file, is_readme
from indexer.licensing.manifests import is_manifest

__all__ = ["LicensePaths", "has_license_evidence"]

_SAMPLE = 40  # files whose notices are read to learn what licence texts leave open
_NEIGHBOURS = 8  # the same of one folder


def has_license_evidence(path: str) -> bool:
    """Whether `RepositoryLicenses` reads the file at `path`."""
    kinds = (is_license_file, is_manifest, is_readme, is_declaration, is_credits)
    return any(is_kind(path) for is_kind in kinds)


class LicensePaths:
    """The paths of a tree that `RepositoryLicenses` needs, picked one by one."""

    def __init__(self) -> None:
        self.evidence: list[str] = []  # those that `has_license_evidence`
        self._heaps: dict[str, list[tuple[int, str]]] = {}

    def add(self, path: str) -> None:
        """Consider a path."""
        if has_license_evidence(path):
            self.evidence.append(path)
            return
        if language_of_path(path) is None:
            return
        digest = blake2b(path.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        entry = (-int.from_bytes(digest, "big"), path)
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            heap = self._heaps.setdefault(folder, [])
            if len(heap) < (_NEIGHBOURS if folder else _SAMPLE):
                heapq.heappush(heap, entry)
            elif entry > heap[0]:
                heapq.heapreplace(heap, entry)

    @property
    def samples(self) -> dict[str, list[str]]:
        """A few code files below each folder ("" is the root), the same ones in every run."""
        return {folder: sorted(path for _, path in heap) for folder, heap in self._heaps.items()}
