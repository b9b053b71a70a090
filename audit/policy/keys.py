"""The keys of a policy file and their valid values. docs/policy.md documents each of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from audit.policy.presets import PRESETS

__all__ = ["KEYS", "Key", "kind_of", "shown"]

# Every shared run of at least this many tokens is found (SketchParams.raw_guarantee).
GUARANTEE = 19
_MANY = 1_000_000  # above any sensible number of tokens, lines, findings or days

Kind = type[bool] | type[int] | type[float] | type[str] | type[list[str]]
_CALLED = {bool: "a boolean", int: "an integer", float: "a number", str: "a string"}
_HOST_AND_PATH = r"(?:[a-z][a-z0-9+.-]*://)?[\w.~@:%-]+(?:/[\w.~%-]+)*/?"


@dataclass(frozen=True, slots=True)
class Key:
    """A key and its valid values."""

    name: str  # "match.tokens"
    kind: Kind
    words: tuple[str, ...] = ()  # the valid strings; empty: any
    low: float = 0  # of numbers
    high: float = _MANY
    below: str = ""  # why a number must not be lower, if that is not obvious
    form: str = "text"  # of strings: "text", "glob", "repository", "owner", "file", "license"

    def expected(self) -> str:
        """The valid values, in words."""
        if self.words:
            *most, last = (f'"{word}"' for word in self.words)
            return f"{', '.join(most)} or {last}"
        if self.kind in (int, float):
            return f"{_CALLED[self.kind]} from {self.low} to {self.high}"
        return _CALLED.get(self.kind, "a list of strings")

    def problem(self, value: object) -> str | None:
        """What is wrong with a value, or None. Entries of lists are not checked."""
        wanted = self.kind if self.kind in _CALLED else list
        fits = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
        if not fits or (isinstance(value, bool) and wanted is not bool):
            return f"{shown(value)} is {kind_of(value)}; expected {self.expected()}"
        if wanted in (int, float) and isinstance(value, int | float) and not self._in_range(value):
            why = f": {self.below}" if self.below and value < self.low else ""
            return f"{shown(value)} is out of range; expected {self.expected()}{why}"
        if self.words and value not in self.words:
            return f"{shown(value)} is not one of {self.expected()}"
        return self.entry_problem(value) if isinstance(value, str) else None

    def _in_range(self, value: float) -> bool:
        return self.low <= value <= self.high  # not-a-number is in no range

    def entry_problem(self, value: str) -> str | None:
        """What is wrong with a string, or with a string in a list; None if nothing is."""
        if not value.isprintable() or not value.strip():
            return f"{shown(value)} is empty or contains unprintable characters"
        problems = _PROBLEMS.get(self.form, ())
        return next(
            (f"{shown(value)} {message}" for is_wrong, message in problems if is_wrong(value)), None
        )


def shown(value: object) -> str:
    """A value for an error message, shortened if it is long."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = {"True": "true", "False": "false"}.get(text, text)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= 80 else f"{text[:77]}..."


def kind_of(value: object) -> str:
    """The type of a TOML value, in words."""
    kinds = {**_CALLED, list: "a list", dict: "a table"}
    return kinds.get(type(value), "a date or time")


# Form -> what is wrong, and a message that follows the value.
_PROBLEMS: dict[str, tuple[tuple[Callable[[str], bool], str], ...]] = {
    "glob": (
        (lambda value: "\\" in value, 'contains a backslash; write paths with "/"'),
        (lambda value: not value.strip("!/ "), "is an empty pattern"),
        (lambda value: value.count("[") != value.count("]"), "has unbalanced brackets"),
        (lambda value: "***" in value, 'contains "***"; "**" matches any folders'),
    ),
    "repository": (
        (
            lambda value: (
                not re.fullmatch(rf"{_HOST_AND_PATH}|pkg:[\w./%@-]+", value, re.IGNORECASE)
            ),
            'is not a repository; write "owner/name", "github.com/owner/name", its URL, or the '
            "name of a package",
        ),
    ),
    "owner": (
        (
            lambda value: not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*", value),
            'is not an owner; write "owner" or "github.com/owner"',
        ),
    ),
    "file": (
        (
            lambda value: "\\" in value or ".." in value.split("/") or value != value.strip("/"),
            'must be a file in or below the folder of the policy, with "/"',
        ),
    ),
}
_LISTS = tuple(
    Key(f"licenses.{name}", list[str], form="license")
    for name in ("allow", "attribute", "review", "deny")
)
_VERDICTS = ("allow", "attribute", "review", "deny")
_WEIGHTS = ("none", "note", "warning", "error")

KEYS = {
    key.name: key
    for key in (
        Key("policy.preset", str, words=tuple(PRESETS)),
        Key("policy.fail_on", str, words=("never", "note", "warning", "error")),
        Key("policy.max_findings", int),
        *_LISTS,
        Key("licenses.unknown", str, words=_VERDICTS),
        Key("licenses.conflict", str, words=_VERDICTS),
        Key(
            "match.tokens",
            int,
            low=GUARANTEE,
            below=f"shorter runs than {GUARANTEE} tokens are not found reliably",
        ),
        Key("match.lines", int, low=1),
        Key("match.containment", float, high=1),
        Key("match.confidence", float, high=1),
        Key("paths.exclude", list[str], form="glob"),
        Key("paths.notices", list[str], form="glob"),
        Key("own.repositories", list[str], form="repository"),
        Key("own.owners", list[str], form="owner"),
        Key("own.indexes", list[str]),
        Key("own.git_remote", bool),
        Key("severity.verbatim", str, words=_WEIGHTS),
        Key("severity.striking", str, words=_WEIGHTS),
        Key("severity.similar", str, words=_WEIGHTS),
        Key("decisions.baseline", str, form="file"),
        Key("decisions.require_reason", bool),
        Key("decisions.max_days", int),
        Key("decisions.in_change", str, words=("accept", "refuse")),
    )
}
