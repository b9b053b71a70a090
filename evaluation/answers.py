"""Reads which licence a model named: from a sentence to an SPDX id.

There are two readers. `PhraseReader` is our own: it finds the longest run of words that names a
licence. `KeywordReader` applies LiCoEval's table of keywords, licence by licence, in the way that
LiCoEval does. That table is licensed under the AGPL-3.0 and not part of Whence, so the user has to
supply a copy of its `keywords.json`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from attribution.errors import InputError
from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.names import normalize_license

__all__ = ["KeywordReader", "LicenseReader", "PhraseReader"]

_LONGEST = 10  # words in the name of a licence
_GNU = re.compile(r"gpl|gnu|general public", re.IGNORECASE)
_PUNCTUATION = ".,;:!?\"'`*()[]<>"  # around a name


class LicenseReader(Protocol):
    """Finds the licence that an answer names."""

    name: str  # for reports

    def read(self, answer: str) -> str | None:
        """The licence in lower case; None if there is none."""
        ...


class PhraseReader:
    """Finds the longest run of words that names a licence."""

    name = "Whence's reading"

    def read(self, answer: str) -> str | None:
        words = answer.split()
        for length in range(min(_LONGEST, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                name = " ".join(words[start : start + length]).strip(_PUNCTUATION)
                license_ = _license_named(name.removesuffix("-licensed"))
                if license_ is not None:
                    return license_
        return None


def _license_named(name: str) -> str | None:
    for spelling in (name, name.replace(" ", "-")):  # "MPL 2.0" is the id MPL-2.0
        license_ = normalize_license(spelling).lower()
        # normalize_license takes a version alone for a GPL, which is wrong inside of a sentence
        if license_ != NOASSERTION.lower() and ("gpl" not in license_ or _GNU.search(name)):
            return license_
    return None


@dataclass(frozen=True, slots=True)
class _Rule:
    """What an answer must contain to name a licence. An empty tuple means no condition."""

    names: tuple[str, ...]  # one of them; a name of one word must be a word of the answer
    must: tuple[str, ...]  # one of them
    no: tuple[str, ...]  # none of them
    versions: tuple[re.Pattern[str], ...]  # one of them

    def matches(self, answer: str) -> bool:
        words = answer.split()
        named = (name in (answer if " " in name else words) for name in self.names)
        return (
            (not self.names or any(named))
            and (not self.must or any(text in answer for text in self.must))
            and not any(text in answer for text in self.no)
            and (not self.versions or any(version.search(answer) for version in self.versions))
        )


class KeywordReader:
    """Applies a table in the form of LiCoEval's `keywords.json`."""

    def __init__(self, path: str) -> None:
        """Read the table.

        Raises:
            InputError: it cannot be read, or is invalid.
        """
        self.name = path
        try:
            table = json.loads(Path(path).read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{path} cannot be read as keywords: {error}") from error
        if not isinstance(table, dict):
            raise InputError(f"{path} is not a table of keywords: it must be an object of licences")
        self._rules = {
            license_.lower(): _rule(path, license_, fields) for license_, fields in table.items()
        }

    def read(self, answer: str) -> str | None:
        lower = answer.lower()
        return next((key for key, rule in self._rules.items() if rule.matches(lower)), None)


def _rule(path: str, license_: str, fields: Any) -> _Rule:
    lists: list[tuple[str, ...]] = []
    for field in ("name", "must", "no", "version"):
        texts = fields.get(field, []) if isinstance(fields, dict) else None
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InputError(f'{path}: {license_}: "{field}" must be a list of strings')
        lists.append(tuple(texts))
    name, must, no, versions = lists
    try:
        # A version comes after a space, a dash or a v, and not before a digit. LiCoEval uses it as
        # a regular expression, so "3+" means any number of threes.
        patterns = tuple(re.compile(rf"[v\-\s]{version}(?!\d)") for version in versions)
    except re.error as error:
        raise InputError(
            f'{path}: {license_}: "version" is not a regular expression: {error}'
        ) from error
    return _Rule(name, must, no, patterns)
