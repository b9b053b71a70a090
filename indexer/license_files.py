"""Licence files: which files are one, what their text says, and which is nearest to a path.

Two matchers, the strict one first. `identify` compares the whole text with 35 licences and allows
5 % of difference; it takes 10 ms, so each distinct text is asked once. What it does not know
(several texts in one file, a changed sentence) is looked up by sentences that only one licence
has; the first licence in the file is the project's own, third parties' follow it.

What a text cannot tell: GPL-2.0-only from GPL-2.0-or-later (see `combine_evidence`), and whether
two licence files in one folder are a choice.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable

from attribution.licenses import LICENSE_FILE, NOASSERTION, header_license, normalize_license
from attribution.types import LicenseEvidence

__all__ = ["NearestLicense", "identify_license", "is_license_file"]

# LICENSE, COPYING.LESSER, LICENSE-MIT, LICENSE_2.0.txt, MIT-LICENSE, apache-2.0.LICENSE.
_NAME = re.compile(
    r"(?:(?P<before>[\w.+-]+)[-_.])?(?:(?:un)?licen[cs]e|copying)(?:[-_.](?P<after>[\w.+-]+))?",
    re.IGNORECASE,
)
_TEXT = re.compile(r"(?:^|[-_.])(?:txt|md|rst|markdown|html?|text)$", re.IGNORECASE)
# Beside SPDX's names; anything else (LICENSE.third-party, LICENSE.zlib-ng) is of what is bundled,
# or is code about licences (license.py).
_SUFFIXES = frozenset(
    ("apache", "bsd", "gpl", "lgpl", "agpl", "lesser", "lib", "psf", "python", "2.0")
)
_MAX_TEXT = 200_000  # bytes; the longest licence of the SPDX list has 50 kB

# A sentence of the licence, in lower case with single spaces, and the id that it stands for.
_SENTENCES = (
    ("permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    ("apache license version 2.0, january 2004", "Apache-2.0"),
    ("licensed under the apache license, version 2.0", "Apache-2.0"),
    ("redistribution and use in source and binary forms", "BSD"),
    ("permission to use, copy, modify, and/or distribute this software for any", "ISC"),
    ("permission to use, copy, modify, and distribute this software for any", "ISC"),
    ("python software foundation license version 2", "PSF-2.0"),
    ("mozilla public license version 2.0", "MPL-2.0"),
    ("mozilla public license, version 2.0", "MPL-2.0"),
    ("mozilla public license, v. 2.0", "MPL-2.0"),
    ("this is free and unencumbered software released into the public domain", "Unlicense"),
    ("gnu affero general public license version 3", "AGPL-3.0"),
    ("gnu lesser general public license version 3", "LGPL-3.0"),
    ("gnu lesser general public license version 2.1", "LGPL-2.1"),
    ("gnu library general public license version 2", "LGPL-2.0"),
    ("gnu general public license version 3", "GPL-3.0"),
    ("gnu general public license version 2", "GPL-2.0"),
    ("boost software license - version 1.0", "BSL-1.0"),
    ("eclipse public license - v 2.0", "EPL-2.0"),
    ("eclipse public license - v 1.0", "EPL-1.0"),
    ("cc0 1.0 universal", "CC0-1.0"),
    ("this software is provided 'as-is', without any express or implied warranty", "Zlib"),
)
# Additions that turn a known text into another licence, for which the known name would be wrong.
_RIDERS = ("commons clause", "military or nuclear", "shall be used for good, not evil")
_NOT_TEXT = re.compile(r"[^a-z0-9.,;:'()/-]+")

_cache: dict[bytes, str | None] = {}


def is_license_file(path: str) -> bool:
    """Whether a path is that of a licence text: by its name, or a file of a REUSE folder."""
    folder, _, name = path.rpartition("/")
    if _is_reuse(folder):
        return name.endswith(".txt")
    match = _NAME.fullmatch(name)
    if match is None:
        return False
    around = (match["before"] or "", _TEXT.sub("", match["after"] or "").lower())
    return all(not word or word in _SUFFIXES or _names_license(word) for word in around)


def _names_license(word: str) -> bool:
    # SPDX has licences that are called JSON, TCL and Vim; files with these endings are code.
    return word not in ("json", "tcl", "vim") and normalize_license(word) != NOASSERTION


def _is_reuse(folder: str) -> bool:
    """LICENSES/<SPDX id>.txt, see reuse.software."""
    return folder.rpartition("/")[2] == "LICENSES"


def identify_license(text: bytes) -> str | None:
    """The SPDX expression of a licence text, or None when it is not known for sure."""
    if not text or len(text) > _MAX_TEXT:
        return None
    digest = hashlib.blake2b(text, digest_size=16).digest()
    if digest not in _cache:
        if len(_cache) > 100_000:  # a corpus of millions of repositories: stay bounded
            _cache.clear()
        _cache[digest] = header_license(text[:1024]) or _strict(text) or _by_sentence(text)
    return _cache[digest]


def _strict(text: bytes) -> str | None:
    """Ask `identify`, which takes a file's name."""
    from identify.identify import license_id

    with tempfile.NamedTemporaryFile() as file:
        file.write(text)
        file.flush()
        try:
            found = license_id(file.name)
        except UnicodeDecodeError:
            return None
    return _known(found)


def _by_sentence(text: bytes) -> str | None:
    plain = _NOT_TEXT.sub(" ", text.decode("utf-8", "replace").lower())
    if any(rider in plain for rider in _RIDERS):
        return None
    found = [(plain.find(sentence), name) for sentence, name in _SENTENCES]
    # A GPL text cites the other GPLs, and a BSD text may cite anything, but below its own title.
    first = min(((at, name) for at, name in found if at >= 0), default=None)
    if first is None:
        return None
    at, name = first
    return _known(_FAMILIES[name](plain[at : at + 4000]) if name in _FAMILIES else name)


def _bsd(text: str) -> str:
    if "advertising materials mentioning" in text:
        return "BSD-4-Clause"
    end = text.find("this software is provided")
    clauses = text[: end if end > 0 else len(text)]
    return "BSD-3-Clause" if "endorse or promote" in clauses else "BSD-2-Clause"


def _mit(text: str) -> str:
    end = text.find("as is")
    return "MIT" if "notice" in text[: end if end > 0 else 1200] else "MIT-0"


def _psf(text: str) -> str:
    return "Python-2.0" if "beopen" in text else "PSF-2.0"


_FAMILIES: dict[str, Callable[[str], str]] = {"BSD": _bsd, "MIT": _mit, "PSF-2.0": _psf}


def _known(name: str | None) -> str | None:
    expression = normalize_license(name)
    return None if expression == NOASSERTION else expression


class NearestLicense:
    """The licence files of one repository: for a folder, what the nearest ones above it say."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes | None]) -> None:
        """`paths`: the repository's licence files, "/" between parts; `read` gives their bytes."""
        self._read = read
        self._files: dict[str, list[str]] = {}
        for path in paths:
            folder = path.rpartition("/")[0]
            if _is_reuse(folder):
                folder = folder.rpartition("/")[0]
            self._files.setdefault(folder, []).append(path)
        self._known: dict[str, tuple[str, LicenseEvidence] | None] = {}

    def for_folder(self, folder: str) -> tuple[str, LicenseEvidence] | None:
        """The folder that has the say over `folder` ("" is the top), and what is said there."""
        if folder not in self._known:
            evidence = self._of(self._files[folder]) if folder in self._files else None
            found = None if evidence is None else (folder, evidence)
            if found is None and folder:
                found = self.for_folder(folder.rpartition("/")[0])
            self._known[folder] = found
        return self._known[folder]

    def _of(self, paths: list[str]) -> LicenseEvidence | None:
        own = sorted(p for p in paths if not _is_reuse(p.rpartition("/")[0]))
        texts = (self._read(path) for path in own)
        found = list(dict.fromkeys(filter(None, (identify_license(t) for t in texts if t))))
        if not own and len(paths) == 1:  # of several, only the files' headers tell which is meant
            found = [normalize_license(paths[0].rpartition("/")[2].removesuffix(".txt"))]
        expression = _together(found)
        return None if expression is None else LicenseEvidence(expression, LICENSE_FILE)


def _together(found: list[str]) -> str | None:
    """Several licence files in one folder, as one expression."""
    # The LGPL 3 is a supplement to the GPL 3, whose text has to lie beside it.
    if set(found) == {"GPL-3.0-only", "LGPL-3.0-only"}:
        return "LGPL-3.0-only"
    expression = normalize_license(found)
    return None if expression == NOASSERTION else expression
