"""Licence files and READMEs: which files are one, and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b

from attribution.lexing.languages import language_of_path
from attribution.licensing.expressions import NOASSERTION, license_texts
from attribution.licensing.names import normalize_license
from attribution.types import Holder
from indexer.licensing.comments import CommentText, decode_text, plain_text
from indexer.licensing.holders import find_holders
from indexer.licensing.notices import (
    Notice,
    find_statement,
    find_texts,
    is_choice,
    rider_of,
    with_apache_exception,
)
from indexer.licensing.phrases import PUBLIC_DOMAIN, find_phrases, name_of

__all__ = [
    "LicenseFile",
    "governed_folder",
    "is_folder_of_licenses",
    "is_license_file",
    "is_plain",
    "is_readme",
    "join",
    "read_license_file",
    "read_readme",
]

# LICENSE, COPYING.LESSER, LICENSE-MIT, LICENSE_1_0.txt, MIT-LICENSE, COPYING3, COPYRIGHT.
_NAME = re.compile(
    r"(?:(?P<before>[\w.+-]+?)[-_. ])?(?:(?:un)?licen[cs]e|copying|copyrights?)"
    r"(?:[-_. ]?(?P<after>[\w.+-]+))?",
    re.IGNORECASE,
)
_NAMES_ALONE = re.compile(
    r"(?:ftl|a?l?gpl|artistic|a?l?gpl-?v?[123](?:\.[01])?|bsd|mit|apache-?2(?:\.0)?)(?:\.txt)?",
    re.IGNORECASE,
)
# What may be beside the word, other than names of licences.
_WORDS = frozenset((
    "1_0", "2", "2.0", "2_0", "3", "academic", "agpl", "all", "apache", "artistic", "boost",
    "bsd", "cc0", "cddl", "code", "doc", "docs", "epl", "fdl", "file", "foss", "ftl", "gnu", "gpl",
    "gpl2", "gpl3", "gplv2", "gplv3", "info", "isc", "lesser", "lgpl", "lgpl2", "lgpl21", "lgpl3",
    "lgplv2", "lgplv3", "lib", "library", "libs", "main", "mit", "mpl", "notice", "ofl", "perl",
    "project", "psf", "python", "qt", "runtime", "source", "terms", "x11", "zlib",
))  # fmt: skip
_TEXT = re.compile(
    r"(?:^|[-_.])(?:txt|md|rst|markdown|html?|text|adoc|org|utf-?8|in)$", re.IGNORECASE
)
_OF_OTHERS = re.compile(
    r"^s$|third|3rd|vendor|deps|dependenc|bundled|others?\b|external|check|test"
)
_FOLDERS = frozenset(("licenses", "licences", "license", "licence"))
_ASIDE = _FOLDERS | {"doc", "docs", "documentation", "legal", "meta-inf"}
_README = re.compile(r"README(?:\.\w{1,8})?|read\.?me(?:\.txt)?", re.IGNORECASE)
_MAX_BYTES = 400_000  # the longest licence of SPDX's list has 50 kB; lists of third parties more


@dataclass(frozen=True, slots=True)
class LicenseFile:
    """What a licence file or a README says."""

    expressions: tuple[str, ...]  # SPDX, distinct, in the order of the text; at least one
    choice: bool  # the file says that one of them may be chosen
    matcher: str  # "license text", "notice", "phrase", "title"
    lines: tuple[int, int]  # 1-based, inclusive: of the first licence
    holders: tuple[Holder, ...] = ()


def join(expressions: tuple[str, ...], *, choice: bool) -> str:
    """Several licences as one expression: a choice, or all of them."""
    operator = " OR " if choice else " AND "
    return normalize_license(operator.join(f"({e})" for e in expressions) or None)


def is_license_file(path: str) -> bool:
    """Whether a path is that of a licence text, by its name or its folder."""
    folder, _, name = path.rpartition("/")
    if is_folder_of_licenses(folder):
        stem = _TEXT.sub("", name)
        if "." not in stem or name_of(stem) != NOASSERTION:
            return True
    if _NAMES_ALONE.fullmatch(name):
        return True
    match = _NAME.fullmatch(name)
    if match is None:
        return False
    before, after = (match["before"] or "").lower(), _TEXT.sub("", match["after"] or "").lower()
    code = language_of_path(_TEXT.sub("", name)) not in (None, "text")
    if code and after != "gnu":  # which is an ending of gnuplot's too
        return False
    return (not before or _is_known(before)) and not _OF_OTHERS.search(after)


def is_folder_of_licenses(folder: str) -> bool:
    """Whether a folder has licence texts under any name, such as LICENSES/."""
    return folder.rpartition("/")[2].lower() in _FOLDERS


def is_plain(path: str) -> bool:
    """Whether a licence file's name has no word but those that licence files have everywhere."""
    match = _NAME.fullmatch(path.rpartition("/")[2])
    after = _TEXT.sub("", match["after"] or "").lower() if match else ""
    return not after or _is_known(after)


def _is_known(word: str) -> bool:
    return word in _WORDS or _names_license(word)


def _names_license(word: str) -> bool:
    # SPDX has licences that are called JSON, TCL and Vim; files with these endings are code.
    name = word.replace("_with_", " with ")
    return word not in ("json", "tcl", "vim") and name_of(name) != NOASSERTION


def is_readme(path: str) -> bool:
    """Whether a path is that of a README."""
    return bool(_README.fullmatch(path.rpartition("/")[2]))


def governed_folder(path: str) -> str:
    """The folder that a licence file speaks of: the one above `doc/` or `LICENSES/`."""
    folder = path.rpartition("/")[0]
    while folder.rpartition("/")[2].lower() in _ASIDE:
        folder = folder.rpartition("/")[0]
    return folder


_cache: dict[bytes, LicenseFile | None] = {}


def read_license_file(content: bytes) -> LicenseFile | None:
    """The licences of a licence file; None when none is known."""
    if not content or len(content) > _MAX_BYTES:
        return None
    digest = blake2b(content, digest_size=16).digest()
    if digest not in _cache:
        if len(_cache) > 100_000:  # a corpus of millions of repositories: stay bounded
            _cache.clear()
        _cache[digest] = _read(plain_text(decode_text(content)))
    return _cache[digest]


def _read(comment: CommentText) -> LicenseFile | None:
    text = "\n".join(comment.lines)
    notices = find_texts(text)
    # Matching takes some 20 ms for a long licence: a second time only where it may say more.
    may_say_more = not notices or "SPDX-" in text or _ALTERNATIVE.search(text)
    stated = find_statement(comment) if may_say_more else None
    if not notices or (stated is not None and stated.matcher == "SPDX tag"):
        if stated is None or stated.expression == NOASSERTION:
            # a file that points to another one says nothing of its own, not even by its title
            return None if stated and stated.file else _title(comment.lines)
        holders = find_holders(comment)
        return LicenseFile(
            (stated.expression,), False, stated.matcher, stated.lines, holders=holders
        )
    first = notices[0]
    lines = (text.count("\n", 0, first.start) + 1, text.count("\n", 0, first.end - 1) + 1)
    own = tuple(with_apache_exception(text, e) for e in _own(notices))
    choice = len(own) > 1 and is_choice(text[: first.start], notices)
    if not choice:
        own = _introduced(text[: first.start], own)
        if stated and " OR " in stated.expression:
            own = (stated.expression,)
    until = notices[1].start if len(notices) > 1 else len(text)
    if rider := rider_of(text[:until], notices[:1]):
        own = (rider, *own) if choice or _or_title(comment.lines) else (rider, *own[1:])
        choice = choice or _or_title(comment.lines)
    # The GNU licences begin with the copyright of the licence itself.
    holders = () if re.match("[AL]?GPL-|GFDL-", own[0]) else find_holders(comment)
    return LicenseFile(own, choice, "license text", lines, holders=holders)


_INTRODUCTION = 600  # characters; further down, it is about single files
_ALTERNATIVE = re.compile(r"alternatively,\s+(?:the\s+contents\s+of\s+)?this", re.IGNORECASE)


def _introduced(before: str, own: tuple[str, ...]) -> tuple[str, ...]:
    """The licences of a file, first that of a sentence before the texts.

    "The package as a whole is distributed under GPL-3. It includes ..." is about the project; the
    texts below may be those of its parts. And only such a sentence says "or later".
    """
    stated = [p.expression for p in find_phrases(before[:_INTRODUCTION])]
    if not stated or stated[0] in (NOASSERTION, PUBLIC_DOMAIN):
        return own
    same = license_texts(stated[0]) == license_texts(own[0])
    if same and "-or-later" not in stated[0]:
        return own
    return tuple(dict.fromkeys((stated[0], *(own[1:] if same else own))))


def _own(notices: list[Notice]) -> tuple[str, ...]:
    """The licences of a file. The GPL's text ends in an example of a notice, "or later"."""
    found: list[str] = []
    for notice in notices:
        name = notice.expression
        base = name.removesuffix("-or-later").removesuffix("-only")
        if base != name and any(e.startswith(f"{base}-") for e in found):
            continue  # the text below a notice of the same licence, or the example in a text
        if name not in found:
            found.append(name)
    return tuple(found)


def _or_title(lines: tuple[str, ...]) -> bool:
    """Whether the first lines offer a choice: "under The Happy Bunny License or MIT License"."""
    return any(
        re.search(r"licen[cs]e\)? or (?:the )?\S+ ?licen[cs]e", line, re.I) for line in lines[:8]
    )


def _title(lines: tuple[str, ...]) -> LicenseFile | None:
    for number, line in enumerate(lines[:10], 1):
        expression = name_of(line)
        if expression != NOASSERTION:
            return LicenseFile((expression,), False, "title", (number, number))
    return None


_LEGAL_TITLE = re.compile(
    r"(?:[\d.]+ )?(?:licen[cs]e|licensing|copying|copyrights?|legal)\b.{0,40}", re.IGNORECASE
)
_LEGAL_SENTENCE = re.compile(
    r"licen[cs]ed under|licen[cs]e:|under the (?:terms|\S+ licen[cs]e|gnu|[al]?gpl)|free software"
    r"|released under|public domain|terms of the",
    re.IGNORECASE,
)


def read_readme(content: bytes) -> LicenseFile | None:
    """What a README says in its section on the licence, or in a sentence about it."""
    lines = plain_text(decode_text(content[:200_000])).lines
    for number, line in enumerate(lines):
        if _LEGAL_TITLE.fullmatch(line) or _LEGAL_SENTENCE.search(line):
            part = CommentText(lines[number : number + 25], tuple(range(number + 1, number + 26)))
            stated = find_statement(part)
            if stated is not None and stated.expression != NOASSERTION:
                return LicenseFile((stated.expression,), False, stated.matcher, stated.lines)
    return None
