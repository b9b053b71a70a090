"""The keys of a policy file: what each may hold. docs/policy.md documents them, one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.policy.presets import PRESETS

__all__ = ["KEYS", "Key", "Kind"]

# Every shared run of so many tokens is found (SketchParams.raw_guarantee); of shorter ones some.
GUARANTEE = 19
_MANY = 1_000_000  # more tokens, lines, findings or days than anyone means

Kind = type[bool] | type[int] | type[float] | type[str] | type[list[str]]
_CALLED = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
_HOST_AND_PATH = r"(?:[a-z][a-z0-9+.-]*://)?[\w.~@:%-]+(?:/[\w.~%-]+)*/?"


@dataclass(frozen=True, slots=True)
class Key:
    """One key, and what it may hold."""

    name: str  # "match.tokens"
    kind: Kind
    words: tuple[str, ...] = ()  # the only ones allowed; empty: any text
    low: float = 0  # of numbers
    high: float = _MANY
    below: str = ""  # why a number must not be lower, where that is not plain
    form: str = "text"  # of texts: "text", "glob", "repository", "owner", "file", "license"

    def allows(self) -> str:
        """What is allowed, in words."""
        if self.words:
            *most, last = (f'"{word}"' for word in self.words)
            return f"{', '.join(most)} or {last}"
        if self.kind in (int, float):
            return f"{_CALLED[self.kind]} from {self.low} to {self.high}"
        return _CALLED.get(self.kind, "a list of texts")

    def problem(self, value: object) -> str | None:
        """What is wrong with a value; None when nothing is. Entries of lists are not looked at."""
        wanted = self.kind if self.kind in _CALLED else list
        fits = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
        if not fits or (isinstance(value, bool) and wanted is not bool):
            return f"{shown(value)} is {_kind_of(value)}; it has to be {self.allows()}"
        if wanted in (int, float) and isinstance(value, int | float) and not self._in_range(value):
            why = f": {self.below}" if self.below and value < self.low else ""
            return f"{shown(value)} is out of range; it has to be {self.allows()}{why}"
        if self.words and value not in self.words:
            return f"{shown(value)} is not among what is allowed: {self.allows()}"
        return self.entry_problem(value) if isinstance(value, str) else None

    def _in_range(self, value: float) -> bool:
        return self.low <= value <= self.high  # not-a-number is in none

    def entry_problem(self, value: str) -> str | None:
        """What is wrong with the form of a text, or of one entry of a list."""
        if not value.isprintable() or not value.strip():
            return f"{shown(value)} is empty, or has characters that cannot be printed"
        return _FORMS[self.form](value) if self.form in _FORMS else None


def shown(value: object) -> str:
    """A value as it stands in an error, cut where it is long."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = {"True": "true", "False": "false"}.get(text, text)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _kind_of(value: object) -> str:
    kinds = {**_CALLED, list: "a list", dict: "a table"}
    return kinds.get(type(value), "a date or a time")


def _glob(value: str) -> str | None:
    if "\\" in value:
        return f'{shown(value)} has a backslash; paths are written with "/"'
    if value.strip("!/ ") == "":
        return f"{shown(value)} names nothing"
    if value.count("[") != value.count("]"):
        return f'{shown(value)} opens a "[" that it does not close, or closes one that is not open'
    if "***" in value:
        return f'{shown(value)} has "***"; "**" stands for any folders'
    return None


def _repository(value: str) -> str | None:
    if re.fullmatch(rf"{_HOST_AND_PATH}|pkg:[\w./%@-]+", value, re.IGNORECASE):
        return None
    return (
        f'{shown(value)} is no repository; write "owner/name", "github.com/owner/name", '
        "its address, or the name of a package"
    )


def _owner(value: str) -> str | None:
    if re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*", value):
        return None
    return f'{shown(value)} is no owner; write "owner" or "github.com/owner"'


def _file(value: str) -> str | None:
    if "\\" in value or value.startswith("/") or ".." in value.split("/") or value.endswith("/"):
        return f'{shown(value)} has to be a file in or below the folder of the policy, with "/"'
    return None


_FORMS = {"glob": _glob, "repository": _repository, "owner": _owner, "file": _file}
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
            below=f"shorter runs than {GUARANTEE} tokens are not found for sure",
        ),
        Key("match.lines", int, low=1),
        Key("match.containment", float, high=1),
        Key("match.confidence", float, high=1),
        Key("paths.exclude", list[str], form="glob"),
        Key("paths.notices", list[str], form="glob"),
        Key("own.repositories", list[str], form="repository"),
        Key("own.owners", list[str], form="owner"),
        Key("own.git_remote", bool),
        Key("severity.verbatim", str, words=_WEIGHTS),
        Key("severity.striking", str, words=_WEIGHTS),
        Key("severity.similar", str, words=_WEIGHTS),
        Key("decisions.baseline", str, form="file"),
        Key("decisions.require_reason", bool),
        Key("decisions.max_days", int),
    )
}
