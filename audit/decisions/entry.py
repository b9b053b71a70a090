"""`Entry`: one decision of a baseline, checked field by field.

Fields that are not known are kept as they are: a newer Whence, or a team's own tool, may have
written them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attribution.errors import PolicyError
from attribution.types import Label
from audit.decisions.sketches import Prints, pack, read_prints, write_prints
from audit.types import Decision, DecisionKind, Finding, Verdict

__all__ = ["FIELDS", "Entry", "about"]

_KEY = re.compile(r"[0-9a-f]{32}")
_LINES = re.compile(r"([1-9]\d{0,8})(?:-([1-9]\d{0,8}))?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NO_PRINTS: Prints = np.empty(0, np.uint32)
_NOTHING: Mapping[str, object] = {}

# In the order in which they are written: what it is about, what was decided, how it is known again.
FIELDS = (
    "name", "lines", "label", "license", "family", "verdict", "repository",
    "kind", "reason", "author", "date", "expires",
    "tokens", "key", "prints",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A decision, what it was about, and how that is known again. Compared by identity."""

    kind: DecisionKind
    key: str  # Passage.key
    reason: str = ""
    author: str = ""
    date: str = ""  # ISO 8601, of the decision
    expires: datetime.date | None = None  # the last day on which it holds
    name: str = ""  # of the item
    lines: str = ""  # "3-24", or "3"
    label: str = ""
    license: str = ""  # SPDX expression that was decided on; "": whichever
    family: str = ""
    verdict: Verdict | None = None  # None: whichever
    repository: str = ""  # of the source that was decided on
    tokens: int = 0  # of the passage; 0: not known
    prints: Prints = field(default_factory=lambda: _NO_PRINTS)
    other: Mapping[str, object] = field(default_factory=lambda: _NOTHING)  # fields not known here

    @property
    def what(self) -> str:
        """What it was about, for people."""
        place = self.name or f"key {self.key}"
        if self.lines:
            place += f" line{'s' if '-' in self.lines else ''} {self.lines}"
        return f"{place}, {self.license}" if self.license else place

    def as_decision(self, where: str) -> Decision:
        """As it closes a finding."""
        expires = None if self.expires is None else self.expires.isoformat()
        return Decision(self.kind, self.reason, where, self.author, self.date, expires)

    def as_fields(self) -> dict[str, object]:
        """As it is written: strings and numbers, in the order of FIELDS."""
        known: dict[str, object] = {
            "name": self.name,
            "lines": self.lines,
            "label": self.label,
            "license": self.license,
            "family": self.family,
            "verdict": "" if self.verdict is None else self.verdict.value,
            "repository": self.repository,
            "kind": self.kind.value,
            "reason": self.reason,
            "author": self.author,
            "date": self.date,
            "expires": None if self.expires is None else self.expires.isoformat(),
            "tokens": self.tokens,
            "key": self.key,
            "prints": write_prints(self.prints),
        }
        # An empty field says nothing; that there is no expiry is shown, since it can be set there.
        shown = {name: known[name] for name in FIELDS if known[name] or name == "expires"}
        return {**shown, **self.other}

    @classmethod
    def of(cls, fields: object, where: str) -> Entry:
        """An entry from its fields.

        Args:
            where: file and number of the entry, for messages.

        Raises:
            PolicyError: naming the entry and the field that cannot be meant.
        """
        if not isinstance(fields, dict):
            raise PolicyError(f"{where} is {_short(fields)}, not an object with fields")
        name = fields.get("name", "")
        if isinstance(name, str) and name:
            where += f" ({name})"
        return cls(
            kind=_word(fields, "kind", DecisionKind, where, needed=True),
            key=_matching(fields, "key", _KEY, "32 hex digits in lower case", where, needed=True),
            reason=_text(fields, "reason", where),
            author=_text(fields, "author", where),
            date=_day(fields, "date", where),
            expires=_last_day(fields, where),
            name=_text(fields, "name", where),
            lines=_matching(fields, "lines", _LINES, "like 3-24", where),
            label=_word(fields, "label", Label, where) or "",
            license=_text(fields, "license", where),
            family=_text(fields, "family", where),
            verdict=_word(fields, "verdict", Verdict, where),
            repository=_text(fields, "repository", where),
            tokens=_count(fields, "tokens", where),
            prints=_sketch(fields, where),
            other={key: value for key, value in fields.items() if key not in _KNOWN} or _NOTHING,
        )


_KNOWN = frozenset(FIELDS)


def about(finding: Finding) -> dict[str, Any]:
    """The fields of an entry that say what it is about, as a finding has them now."""
    passage, ruling = finding.passage, finding.ruling
    span = passage.span
    cited = passage.sources[ruling.source].cited
    return {
        "key": passage.key,
        "name": finding.name,
        "lines": f"{span.start_line}-{span.end_line}"
        if span.end_line > span.start_line
        else str(span.start_line),
        "label": passage.label.value,
        "license": ruling.license,
        "family": ruling.family,
        "verdict": ruling.verdict,
        "repository": "" if cited is None else cited.occurrence.repository,
        "tokens": passage.tokens,
        "prints": pack(passage.prints),
    }


def _text(fields: dict[str, Any], name: str, where: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(where, name, value, "a string")
    return value


def _matching(
    fields: dict[str, Any],
    name: str,
    pattern: re.Pattern[str],
    form: str,
    where: str,
    *,
    needed: bool = False,
) -> str:
    text = _text(fields, name, where)
    if (text or needed) and not pattern.fullmatch(text):
        raise _wrong(where, name, fields.get(name), form)
    return text


def _word(
    fields: dict[str, Any], name: str, words: Any, where: str, *, needed: bool = False
) -> Any:
    text = _text(fields, name, where)
    if not text and not needed:
        return None
    try:
        return words(text)
    except ValueError as error:
        known = ", ".join(word.value for word in words)
        raise _wrong(where, name, fields.get(name), f"one of {known}") from error


def _day(fields: dict[str, Any], name: str, where: str) -> str:
    text = _text(fields, name, where)
    if not text:
        return ""
    try:
        if not _DATE.fullmatch(text):
            raise ValueError("another form")
        datetime.date.fromisoformat(text)
    except ValueError as error:
        raise _wrong(where, name, text, "a date like 2026-12-31") from error
    return text


def _last_day(fields: dict[str, Any], where: str) -> datetime.date | None:
    text = _day(fields, "expires", where)
    return datetime.date.fromisoformat(text) if text else None


def _count(fields: dict[str, Any], name: str, where: str) -> int:
    value = fields.get(name, 0)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong(where, name, value, "a count")
    return value


def _sketch(fields: dict[str, Any], where: str) -> Prints:
    text = _text(fields, "prints", where)
    if not text:
        return _NO_PRINTS
    try:
        return read_prints(text)
    except ValueError as error:
        raise PolicyError(
            f'{where}: "prints" cannot be used: {error}. Leave the field out to know the passage '
            "by its key alone"
        ) from error


def _wrong(where: str, name: str, value: object, form: str) -> PolicyError:
    said = "is missing" if value is None else f"is {_short(value)}"
    return PolicyError(f'{where}: "{name}" {said}; it has to be {form}')


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
