"""The licence evidence of each file of one repository, from its header up to the package's word."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attribution.licenses import (
    FILE_HEADER,
    PACKAGE_METADATA,
    combine_evidence,
    header_license,
)
from attribution.types import LicenseEvidence
from indexer.license_files import NearestLicense, is_license_file
from indexer.manifests import MANIFESTS, manifest_license

__all__ = ["HEADER_BYTES", "RepositoryLicenses", "states_license", "with_header"]

# How far down an SPDX line is looked for; licence banners above it have 1-3 kB.
HEADER_BYTES = 4096
_MARK = b"SPDX-License-Identifier:"


def states_license(path: str) -> bool:
    """Whether a path is of use to `RepositoryLicenses`: a licence file or a manifest."""
    return path.rpartition("/")[2] in MANIFESTS or is_license_file(path)


def with_header(content: bytes, rest: tuple[LicenseEvidence, ...]) -> LicenseEvidence:
    """What a file's own header says, combined with all else that is known."""
    if content.find(_MARK, 0, HEADER_BYTES) >= 0:
        stated = header_license(content[:HEADER_BYTES])
        if stated is not None:
            return combine_evidence((LicenseEvidence(stated, FILE_HEADER), *rest))
    return combine_evidence(rest)


class RepositoryLicenses:
    """Evidence by folder; one look at the licence files, whatever the number of files."""

    def __init__(
        self,
        paths: Iterable[str],
        read: Callable[[str], bytes | None],
        metadata: str | None = None,
    ) -> None:
        """`paths`: those that `states_license`; `metadata`: the whole package's SPDX expression."""
        paths = list(paths)
        self._read = read
        self._nearest = NearestLicense([p for p in paths if is_license_file(p)], read)
        self._manifests: dict[str, list[str]] = {}
        for path in paths:
            folder, _, name = path.rpartition("/")
            if name in MANIFESTS:
                self._manifests.setdefault(folder, []).append(path)
        self._stated: dict[str, str | None] = {}
        self._metadata = metadata
        self._rest: dict[str, tuple[LicenseEvidence, ...]] = {}
        self._combined: dict[str, LicenseEvidence] = {}

    def of(self, path: str, content: bytes) -> LicenseEvidence:
        """The evidence for one file."""
        folder = path.rpartition("/")[0]
        if content.find(_MARK, 0, HEADER_BYTES) >= 0:
            return with_header(content, self._for_folder(folder))
        if folder not in self._combined:
            self._combined[folder] = combine_evidence(self._for_folder(folder))
        return self._combined[folder]

    def _for_folder(self, folder: str) -> tuple[LicenseEvidence, ...]:
        if folder not in self._rest:
            nearest, manifest = self._nearest.for_folder(folder), self._manifest(folder)
            stated = []
            if nearest is not None:
                stated.append(nearest[1])
            # A licence file further down than the manifest is of something that the package
            # bundles: of that, the manifest does not speak.
            if manifest is not None and (nearest is None or len(nearest[0]) <= len(manifest[0])):
                stated.append(manifest[1])
            self._rest[folder] = tuple(stated)
        return self._rest[folder]

    def _manifest(self, folder: str) -> tuple[str, LicenseEvidence] | None:
        """The nearest manifest that states a licence, and its folder."""
        while True:
            for path in self._manifests.get(folder, ()):
                if path not in self._stated:
                    text = self._read(path)
                    name = path.rpartition("/")[2]
                    self._stated[path] = manifest_license(name, text) if text else None
                stated = self._stated[path]
                if stated is not None:
                    return folder, LicenseEvidence(stated, PACKAGE_METADATA)
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        return ("", LicenseEvidence(self._metadata, PACKAGE_METADATA)) if self._metadata else None
