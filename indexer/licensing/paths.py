"""Which files of a tree are read for its licences: those about them, and samples of code."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

import numpy as np
import re2
from numpy.typing import NDArray

from attribution.lexing.languages import language_of_path
from indexer.licensing.credits import is_credits
from indexer.licensing.declarations import is_declaration
from indexer.licensing.license_files import is_folder_of_licenses, is_license_file, is_readme
from indexer.licensing.manifests import MANIFEST_PATTERNS, is_manifest

__all__ = ["LicensePaths", "has_license_evidence"]

_SAMPLE = 40  # files whose notices are read to learn what licence texts leave open
_NEIGHBOURS = 8  # the same of one folder

Folders = Iterable[tuple[str, str]]  # path with "/" at its end ("" for the root), names by NUL


def _likely() -> bytes:
    """A pattern that finds all names that may be evidence, and few others."""
    starts = [p for p in MANIFEST_PATTERNS if not p.startswith("*")]
    ends = [p.removeprefix("*") for p in MANIFEST_PATTERNS if p.startswith("*")]
    starts = [re2.escape(start) for start in starts]
    starts += ["ftl", "a?l?gpl", "artistic", "bsd", "mit", "apache", "dep5", "reuse"]
    words = ["licen[cs]e", "copying", "copyright", "read.?me", "notice", "author", "contributor"]
    return "|".join((*words, *map(re2.escape, ends), rf"(?:^|\x00)(?:{'|'.join(starts)})")).encode()


_LIKELY = re2.compile(b"(?i)" + _likely())


def has_license_evidence(path: str) -> bool:
    """Whether `RepositoryLicenses` reads the file at `path`."""
    kinds = (is_license_file, is_manifest, is_readme, is_declaration, is_credits)
    return any(is_kind(path) for is_kind in kinds)


class LicensePaths:
    """The paths of a tree that `RepositoryLicenses` needs."""

    def __init__(self, folders: Folders) -> None:
        """`folders` are all that have files."""
        # Sorted, so that a folder and all below it follow one another.
        self._folders = sorted(folder for folder in folders if folder[1])
        self.evidence = [  # those that `has_license_evidence`
            path
            for prefix, names in self._folders
            for path in _candidates(prefix, names)
            if has_license_evidence(path)
        ]

    @staticmethod
    def of(paths: Iterable[str]) -> LicensePaths:
        """The same for a list of paths."""
        folders: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            folder, slash, name = path.rpartition("/")
            folders[folder + slash].append(name)
        return LicensePaths((prefix, "\0".join(names)) for prefix, names in folders.items())

    def sample(self, folder: str) -> Sequence[str]:
        """A few code files below a folder ("" is the root), the same ones in every run."""
        prefix = f"{folder}/" if folder else ""
        first = bisect_left(self._folders, (prefix,))
        end = bisect_left(self._folders, (prefix + chr(sys.maxunicode),)) if folder else -1
        begin, end = (self._hashed.starts[number] for number in (first, end))
        order = self._hashed.hashes[begin:end].argsort() + begin
        paths = map(self._path, order.tolist())
        code = (p for p in paths if language_of_path(p) is not None and p not in self._excluded)
        return sorted(islice(code, _NEIGHBOURS if folder else _SAMPLE))

    @cached_property
    def _excluded(self) -> frozenset[str]:
        return frozenset(self.evidence)

    @cached_property
    def _hashed(self) -> _Hashed:
        """Only computed when a sample is asked for: many trees need none."""
        starts: list[int] = [0]
        names: list[bytes] = []
        hashes: list[bytes] = []
        for prefix, joined in self._folders:
            above = blake2b(_encoded(prefix), digest_size=8)
            own = _encoded(joined).split(b"\0")
            for name in own:
                path = above.copy()
                path.update(name)
                hashes.append(path.digest())
            names += own
            starts.append(len(names))
        return _Hashed(starts, names, np.frombuffer(b"".join(hashes), ">u8").astype(np.uint64))

    def _path(self, number: int) -> str:
        prefix, _ = self._folders[bisect_right(self._hashed.starts, number) - 1]
        return prefix + self._hashed.names[number].decode("utf-8", "surrogatepass")


class _Hashed(NamedTuple):
    """The files of a tree."""

    starts: list[int]  # the number of the first file of each folder, and at the end, of all files
    names: list[bytes]
    hashes: NDArray[np.uint64]  # (files,), of their paths


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _candidates(prefix: str, names: str) -> Iterable[str]:
    """The paths of a folder that may be evidence."""
    if is_folder_of_licenses(prefix.removesuffix("/")):
        return [prefix + name for name in names.split("\0")]
    joined = _encoded(names)
    found: dict[bytes, None] = {}
    for match in _LIKELY.finditer(joined):
        # at the last byte: a match may begin with the separator
        start = joined.rfind(b"\0", 0, match.end()) + 1
        end = joined.find(b"\0", match.end())
        found[joined[start : end if end >= 0 else None]] = None
    return [prefix + name.decode("utf-8", "surrogatepass") for name in found]
