"""Which files of a tree are read for its licences: those about them, and samples of code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from hashlib import blake2b

import re2

from attribution.lexing.languages import language_of_path
from indexer.licensing.credits import is_credits
from indexer.licensing.declarations import is_declaration
from indexer.licensing.license_files import is_folder_of_licenses, is_license_file, is_readme
from indexer.licensing.manifests import MANIFEST_PATTERNS, is_manifest

__all__ = ["LicensePaths", "has_license_evidence"]

_SAMPLE = 40  # files whose notices are read to learn what licence texts leave open
_NEIGHBOURS = 8  # the same of one folder

Folders = Iterable[tuple[str, Sequence[str]]]  # path with "/" at its end ("" for the root), names


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

    def __init__(self, folders: Callable[[], Folders]) -> None:
        """`folders` gives all folders that have files, each time it is called."""
        self._folders = folders
        self.evidence = [  # those that `has_license_evidence`
            path
            for prefix, names in folders()
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
        return LicensePaths(folders.items)

    def sample(self, folder: str) -> Sequence[str]:
        """A few code files below a folder ("" is the root), the same ones in every run.

        They are picked when the first folder is asked for: many trees need none.
        """
        return self._samples.get(folder, ())

    @cached_property
    def _samples(self) -> dict[str, list[str]]:
        kept: dict[str, list[tuple[bytes, str]]] = {}
        evidence = frozenset(self.evidence)
        own = {prefix: _hashed(prefix, names, evidence) for prefix, names in self._folders()}
        # Folders below come first, so what they have kept is complete.
        for folder in sorted({f for prefix in own for f in _upwards(prefix)}, reverse=True):
            entries = kept.get(folder, [])
            entries += own.get(f"{folder}/" if folder else "", ())
            entries.sort()
            del entries[_SAMPLE:]
            kept[folder] = entries
            if folder:
                above = folder.rpartition("/")[0]
                kept.setdefault(above, []).extend(entries)
        return {
            folder: sorted(path for _, path in entries[: _NEIGHBOURS if folder else _SAMPLE])
            for folder, entries in kept.items()
            if entries
        }


def _candidates(prefix: str, names: Sequence[str]) -> Iterable[str]:
    """The paths of a folder that may be evidence."""
    if is_folder_of_licenses(prefix.removesuffix("/")):
        return [prefix + name for name in names]
    joined = "\0".join(names).encode("utf-8", "surrogatepass")
    found: dict[bytes, None] = {}
    for match in _LIKELY.finditer(joined):
        # at the last byte: a match may begin with the separator
        start = joined.rfind(b"\0", 0, match.end()) + 1
        end = joined.find(b"\0", match.end())
        found[joined[start : end if end >= 0 else None]] = None
    return [prefix + name.decode("utf-8", "surrogatepass") for name in found]


def _hashed(
    prefix: str, names: Sequence[str], evidence: Collection[str]
) -> list[tuple[bytes, str]]:
    """The code files among the names of a folder, each with a hash of its path."""
    paths = (prefix + name for name in names)
    return [
        (blake2b(path.encode("utf-8", "surrogatepass"), digest_size=8).digest(), path)
        for path in paths
        if language_of_path(path) is not None and path not in evidence
    ]


def _upwards(prefix: str) -> Iterable[str]:
    """A folder and all above it."""
    folder = prefix.removesuffix("/")
    yield folder
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder
