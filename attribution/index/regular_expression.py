"""Regular expressions of a search.

RE2 matches in time linear in the text, so no expression of a user can stop a service. As in
google/codesearch, an expression is not run on every text: what each of its matches must contain
(here, words or parts of words) is looked up in the index first.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from attribution.errors import InputError

__all__ = ["RegularExpression", "TermPattern"]

_MEMORY = 4 << 20  # bytes that RE2 may use for one expression
_SHORTEST = 3  # characters of a part of a word that is worth looking up
_MULTILINE = "(?m)"  # ^ and $ match at every line
_ANY, _BREAK = "*", " "  # in `_required`: any text, and the edge of a word
_parser: Any = importlib.import_module("re._parser")  # has no types


@dataclass(frozen=True, slots=True)
class TermPattern:
    """Terms of an index: those that are a text, or have it at their beginning, end or inside."""

    text: str  # lower case
    before: bool = False  # whether more may come before it
    after: bool = False  # whether more may come after it


class RegularExpression:
    """An expression in RE2's syntax; ^ and $ match at lines, and case counts unless (?i) is set."""

    __slots__ = ("_compiled", "terms")

    def __init__(self, pattern: str) -> None:
        """Compile it.

        Raises:
            InputError: RE2 refuses it.
        """
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MEMORY
        try:
            self._compiled = re2.compile(_MULTILINE + pattern, options)
        except (re2.error, UnicodeEncodeError) as exc:
            reason = exc.args[0] if isinstance(exc, re2.error) else "it is not UTF-8"
            text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
            text = text.replace(_MULTILINE, "", 1)
            raise InputError(
                f"the regular expression /{pattern}/ is invalid: {text}. The syntax is RE2's: no "
                "look-around and no back-references. To search for it as text, put it in quotes"
            ) from exc
        self.terms = tuple(_terms(pattern))  # that every text with a match has

    def spans(self, content: bytes | str, _: bytes = b"") -> list[tuple[int, int]]:
        """Offsets of all matches that are not empty, in bytes or characters."""
        return [m.span() for m in self._compiled.finditer(content) if m.end() > m.start()]


def _terms(pattern: str) -> Iterator[TermPattern]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "possible nested set"
            parsed = _parser.parse(pattern)
    except (re.error, OverflowError):  # valid for RE2 only, such as \pL
        return
    required = _ANY + "".join(_required(parsed)) + _ANY
    for word in re.finditer(r"\w+", required, re.ASCII):
        before, after = required[word.start() - 1] == _ANY, required[word.end()] == _ANY
        if not (before or after) or len(word[0]) >= _SHORTEST:
            yield TermPattern(word[0].lower(), before, after)


def _required(parsed: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    """What every match contains, in order: characters of words, _BREAK and _ANY."""
    for operation, value in parsed:
        name = str(operation)
        if name == "LITERAL":
            yield _literal(value)
        elif name == "SUBPATTERN":
            yield from _required(value[-1])
        elif name == "AT":
            yield _ANY if "NON_BOUNDARY" in str(value) else _BREAK
        elif name in ("MAX_REPEAT", "MIN_REPEAT") and value[0]:
            once = "".join(_required(value[2]))
            yield once if once == _BREAK else once + _ANY
        elif name == "IN" and {_member(*member) for member in value} == {_BREAK}:
            yield _BREAK
        else:
            yield _ANY


def _member(operation: Any, value: Any) -> str:
    """What a member of a character class is: _BREAK, or anything."""
    if str(operation) == "LITERAL":
        return _literal(value)
    return _BREAK if str(value) == "CATEGORY_SPACE" else _ANY


def _literal(code: int) -> str:
    """A character as in `_required`; of those beyond ASCII, nothing is known about case."""
    character = chr(code)
    if not character.isascii():
        return _ANY
    return character if character.isalnum() or character == "_" else _BREAK
