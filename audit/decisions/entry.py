"""`Entry`: one decision of a baseline, with a check of every field.

Unknown fields are kept: a newer version of Whence or another tool may have written them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from attribution.errors import PolicyError
from attribution.types import Label
from audit.decisions.sketches import Prints, pack, read_prints, write_prints
from audit.types import Decision, DecisionKind, Finding, Verdict

__all__ = ["FIELDS", "Entry", "about"]

_NO_PRINTS: Prints = np.empty(0, np.uint32)

# In the order of the file: what it is about, what was decided, how to recognise the passage.
FIELDS = (
    "name", "lines", "label", "license", "family", "verdict", "repository",
    "kind", "reason", "author", "date", "expires",
    "tokens", "key", "prints",
)  # fmt: skip
_REQUIRED = ("kind", "key")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A decision and the passage that it is about. Compared by identity."""

    kind: DecisionKind
    key: str  # Passage.key
    reason: str = ""
    author: str = ""
    date: str = ""  # ISO 8601, of the decision
    expires: datetime.date | None = None  # the last day on which it is valid
    name: str = ""  # of the item
    lines: str = ""  # "3-24", or "3"
    label: str = ""
    license: str = ""  # SPDX expression at the time; "": any
    family: str = ""
    verdict: Verdict | None = None  # at the time; None: any
    repository: str = ""  # of the deciding source
    tokens: int = 0  # of the passage; 0: unknown
    prints: Prints = field(default_factory=lambda: _NO_PRINTS)
    other: Mapping[str, object] = field(default_factory=dict)  # unknown fields

    @property
    def what(self) -> str:
        """What it is about, in words."""
        what = self.name or f"key {self.key}"
        if self.lines:
            what += f" line{'s' if '-' in self.lines else ''} {self.lines}"
        return f"{what}, {self.license}" if self.license else what

    @property
    def scope(self) -> tuple[object, ...]:
        """What decides to which findings it applies, and for how long."""
        return (
            self.kind, self.key, self.license, self.family, self.verdict, self.expires, self.date,
            self.tokens, self.prints.tobytes(),
        )  # fmt: skip

    def as_decision(self, where: str) -> Decision:
        """As the decision on a finding."""
        expires = None if self.expires is None else self.expires.isoformat()
        return Decision(self.kind, self.reason, where, self.author, self.date, expires)

    def as_fields(self) -> dict[str, object]:
        """As written to the file: strings and numbers, in the order of FIELDS."""
        values: dict[str, Any] = {name: getattr(self, name) for name in FIELDS}
        values["prints"] = write_prints(self.prints)
        values["expires"] = None if self.expires is None else self.expires.isoformat()
        # Empty fields are omitted, except for the expiry, which people may want to set.
        shown = {name: value for name, value in values.items() if value or name == "expires"}
        return {**shown, **self.other}

    @classmethod
    def of(cls, fields: object, where: str) -> Entry:
        """An entry from its fields.

        Args:
            where: file and number of the entry, for messages.

        Raises:
            PolicyError: names the entry and the invalid field.
        """
        if not isinstance(fields, dict):
            raise PolicyError(f"{where} is {_short(fields)}, not an object with fields")
        name = fields.get("name")
        if isinstance(name, str) and name:
            where += f" ({name})"
        values = {name: _value(fields, name, where) for name in FIELDS}
        values["other"] = {name: value for name, value in fields.items() if name not in FIELDS}
        return cls(**{name: value for name, value in values.items() if value is not None})


def about(finding: Finding) -> dict[str, Any]:
    """The fields of an entry that describe a finding as it is now."""
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


def _value(fields: dict[str, Any], name: str, where: str) -> Any:
    """The checked value of a field; None if it is empty or missing."""
    value = fields.get(name)
    if value in (None, "") and name not in _REQUIRED:
        return None
    parse, form = _FORMS.get(name, (str, "a string"))
    try:
        if name == "tokens":
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ValueError("not a count")
            return value
        if not isinstance(value, str):
            raise ValueError("not a string")
        return parse(value)
    except ValueError as error:
        if name == "prints" and isinstance(value, str):
            raise PolicyError(
                f'{where}: "prints" cannot be used: {error}. Without this field, the passage is '
                "recognised by its key alone"
            ) from error
        problem = "is missing" if value is None else f"is {_short(value)}"
        raise PolicyError(f'{where}: "{name}" {problem}; it must be {form}') from error


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError("another form")
        return text

    return parse


def _date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(_matching(r"\d{4}-\d{2}-\d{2}")(text))


def _one_of(words: type[StrEnum]) -> str:
    return f"one of {', '.join(words)}"


# Field -> how to parse it (raises ValueError), and the valid form in words.
_FORMS: dict[str, tuple[Callable[[str], Any], str]] = {
    "kind": (DecisionKind, _one_of(DecisionKind)),
    "key": (_matching("[0-9a-f]{32}"), "32 hex digits in lower case"),
    "date": (lambda text: _date(text).isoformat(), "a date like 2026-12-31"),
    "expires": (_date, "a date like 2026-12-31"),
    "lines": (_matching(r"[1-9]\d{0,8}(?:-[1-9]\d{0,8})?"), "like 3-24"),
    "label": (Label, _one_of(Label)),
    "verdict": (Verdict, _one_of(Verdict)),
    "tokens": (int, "a count"),
    "prints": (read_prints, "a string"),
}


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
