"""Which licence a model named: from a sentence to an SPDX id.

Two ways. Our own reading finds the longest run of words that names a licence. LiCoEval's reads a
table of keywords, licence by licence in its order; the table is the authors' (AGPL-3.0), so it is
not part of Whence, but a copy of their `keywords.json` can be given, and is then applied as they
apply it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from attribution.errors import InputError
from attribution.licenses import NOASSERTION, normalize_license

__all__ = ["Keywords", "Reader", "Reading"]

_LONGEST = 10  # words of a licence's name
_Wanted = TypeVar("_Wanted", str, re.Pattern[str])
_GNU = re.compile(r"gpl|gnu|general public", re.IGNORECASE)
_AROUND = ".,;:!?\"'`*()[]<>"  # marks around a name that are none of it


class Reader(Protocol):
    """Reads the licence out of an answer."""

    name: str  # for reports

    def read(self, answer: str) -> str | None:
        """The licence that it names, in lower case; None when it names none."""
        ...


class Reading:
    """Our own."""

    name = "Whence's reading"

    def read(self, answer: str) -> str | None:
        parts = answer.split()
        for length in range(min(_LONGEST, len(parts)), 0, -1):
            for start in range(len(parts) - length + 1):
                name = " ".join(parts[start : start + length]).strip(_AROUND)
                known = _known(name.removesuffix("-licensed"))
                if known is not None:
                    return known
        return None


def _known(name: str) -> str | None:
    for spelling in (name, name.replace(" ", "-")):  # "MPL 2.0" is the id MPL-2.0
        known = normalize_license(spelling).lower()
        # A version alone is a GPL's to it, which in the middle of a sentence it is not.
        if known != NOASSERTION.lower() and ("gpl" not in known or _GNU.search(name)):
            return known
    return None


@dataclass(frozen=True, slots=True)
class _Rule:
    """What an answer has to hold to name a licence."""

    names: tuple[str, ...]  # one of them: in it, or among its words when it is one word
    must: tuple[str, ...]  # one of them
    no: tuple[str, ...]  # none of them
    versions: tuple[re.Pattern[str], ...]  # one of them is found

    def names_it(self, answer: str) -> bool:
        words = answer.split()
        return (
            _any(self.names, lambda name: name in (answer if " " in name else words))
            and _any(self.must, lambda text: text in answer)
            and not any(text in answer for text in self.no)
            and _any(self.versions, lambda version: version.search(answer) is not None)
        )


def _any(wanted: tuple[_Wanted, ...], holds: Callable[[_Wanted], bool]) -> bool:
    return not wanted or any(holds(one) for one in wanted)


class Keywords:
    """A table in the form of LiCoEval's `keywords.json`."""

    def __init__(self, path: str) -> None:
        """Read it.

        Raises:
            InputError: it cannot be read, or is no such table.
        """
        self.name = path
        try:
            table = json.loads(Path(path).read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{path} cannot be read as keywords: {error}") from error
        if not isinstance(table, dict):
            raise InputError(f"{path} is no table of keywords: it has to be an object of licences")
        self._rules = {
            license_.lower(): _rule(path, license_, fields) for license_, fields in table.items()
        }

    def read(self, answer: str) -> str | None:
        lower = answer.lower()
        return next((key for key, rule in self._rules.items() if rule.names_it(lower)), None)


def _rule(path: str, license_: str, fields: Any) -> _Rule:
    lists: list[tuple[str, ...]] = []
    for field in ("name", "must", "no", "version"):
        texts = fields.get(field, []) if isinstance(fields, dict) else None
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InputError(f'{path}: {license_}: "{field}" has to be a list of strings')
        lists.append(tuple(texts))
    name, must, no, versions = lists
    try:
        # A version stands behind a space, a dash or a v, and before no digit. It is used as the
        # regular expression that it happens to be in LiCoEval: "3+" is any number of threes.
        patterns = tuple(re.compile(rf"[v\-\s]{version}(?!\d)") for version in versions)
    except re.error as error:
        raise InputError(f'{path}: {license_}: "version" is no expression: {error}') from error
    return _Rule(name, must, no, patterns)
