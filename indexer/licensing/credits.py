"""What a repository says beside its licences: NOTICE files, and who its authors are.

The Apache licence asks those who pass code on to include the contents of its NOTICE file. Authors
are asked for where neither a file nor its licence file names a holder: AUTHORS, CONTRIBUTORS or
COPYRIGHT first, then the manifest. The nearest file above counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from attribution.licensing.obligations import ObligationKind, obligations
from attribution.types import Holder
from indexer.licensing.authors import manifest_authors, name_of_author
from indexer.licensing.comments import decode_text, plain_text
from indexer.licensing.holders import find_holders
from indexer.licensing.license_files import governed_folder
from indexer.licensing.manifests import is_manifest

__all__ = ["Credits", "asks_for_notice", "is_credits"]

MAX_NOTICE = 20_000  # characters; nearly all have less than 2,000
_MAX_AUTHORS = 24
_MAX_BYTES = 100_000  # of a list of authors
_NAME = re.compile(
    r"(?:(?P<notice>NOTICES?)|AUTHORS?|CONTRIBUTORS?|COPYRIGHTS?)"
    r"(?:[-_.](?:txt|md|rst|markdown|adoc|org|utf-?8|in))?",
    re.IGNORECASE,
)

Found = TypeVar("Found", str, tuple[Holder, ...])


def is_credits(path: str) -> bool:
    """Whether a path is that of a NOTICE file or of a list of authors, by its name."""
    return _NAME.fullmatch(path.rpartition("/")[2]) is not None


def asks_for_notice(expression: str) -> bool:
    """Whether a licence of an SPDX expression asks for the contents of NOTICE."""
    return any(o.asks_for(ObligationKind.INCLUDE_NOTICE) for o in obligations(expression))


class Credits:
    """NOTICE files and authors of one repository; each file is read once."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes | None]) -> None:
        """
        Args:
            paths: those that `is_credits` or `is_manifest`; others are ignored.
            read: gives the bytes of one of them.
        """
        self._read = read
        self._notices: dict[str, list[str]] = {}  # by the folder that they speak of
        self._lists: dict[str, list[str]] = {}
        self._manifests: dict[str, list[str]] = {}
        for path in sorted(paths):
            match = _NAME.fullmatch(path.rpartition("/")[2])
            if match is not None:
                files = self._notices if match["notice"] else self._lists
                files.setdefault(governed_folder(path), []).append(path)
            elif is_manifest(path):
                self._manifests.setdefault(path.rpartition("/")[0], []).append(path)
        self._texts: dict[str, str] = {}  # by folder
        self._authors: dict[str, tuple[Holder, ...]] = {}

    def notice(self, path: str) -> str:
        """The contents of the nearest NOTICE file above a file; "" without one."""
        return _nearest(path, self._texts, self._notice_in)

    def authors(self, path: str) -> tuple[Holder, ...]:
        """The authors that the nearest list or manifest above a file names."""
        return _nearest(path, self._authors, self._authors_in)

    def _notice_in(self, folder: str) -> str:
        texts = (self._text(path).strip() for path in self._notices.get(folder, ()))
        text = "\n\n".join(dict.fromkeys(filter(None, texts)))
        if len(text) > MAX_NOTICE:
            text = f"{text[:MAX_NOTICE]}\n[cut; see the source for the rest]"
        return text

    def _authors_in(self, folder: str) -> tuple[Holder, ...]:
        for path in self._lists.get(folder, ()):
            text = self._text(path)[:_MAX_BYTES]
            stated = find_holders(plain_text(text))
            named = stated or [Holder("", n) for n in map(name_of_author, text.split("\n")) if n]
            if named:
                return _of_file(named, path)
        for path in self._manifests.get(folder, ()):
            if names := manifest_authors(path, self._text(path)):
                return _of_file((Holder("", name) for name in names), path)
        return ()

    def _text(self, path: str) -> str:
        return decode_text(self._read(path) or b"").replace("\r\n", "\n")


def _of_file(holders: Iterable[Holder], file: str) -> tuple[Holder, ...]:
    named = dict.fromkeys(Holder(h.years, h.name, file) for h in holders)
    return tuple(named)[:_MAX_AUTHORS]


def _nearest(path: str, known: dict[str, Found], read: Callable[[str], Found]) -> Found:
    """What is read in the nearest folder, going up, in which anything is."""
    folder = path.rpartition("/")[0]
    passed = []
    while folder not in known:
        passed.append(folder)
        known[folder] = read(folder)
        if known[folder] or not folder:
            break
        folder = folder.rpartition("/")[0]
    found = known[folder]
    for below in passed:
        known[below] = found
    return found
