"""Parses the text of a policy file into a Policy, on top of a preset.

All errors of a file are reported at once, each with file, line and key. The preset supplies what
the file does not set. This also holds for single entries in the lists of `[licenses]`: a file that
allows `weak-copyleft` moves this family and leaves all others where the preset has them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attribution.errors import PolicyError
from attribution.types import Label
from attribution.untrusted_files import parse_toml
from audit.policy.entries import contradictions, entry_problem, nearest
from audit.policy.keys import KEYS, Key, kind_of, shown
from audit.policy.locating import KeyLines
from audit.policy.policy import Policy
from audit.policy.presets import DEFAULT_PRESET, PRESETS
from audit.policy.rules import LIST_OF, Rule, identity
from audit.types import Severity

__all__ = ["PROJECT_FILE", "parse_policy", "preset_policy", "tables_of"]

PROJECT_FILE = "pyproject.toml"
_DUPLICATE = ("Cannot declare", "Cannot overwrite", "Cannot mutate")  # messages of tomllib
_TABLES = tuple(dict.fromkeys(name.partition(".")[0] for name in KEYS))
_VERDICT_OF = {word: verdict for verdict, word in LIST_OF.items()}
_LISTS = {f"licenses.{word}": verdict for word, verdict in _VERDICT_OF.items()}


def preset_policy(preset: str = DEFAULT_PRESET) -> Policy:
    """A preset without a file.

    Raises:
        PolicyError: there is no such preset.
    """
    if preset not in PRESETS:
        names = ", ".join(PRESETS)
        raise PolicyError(
            f'unknown preset "{preset}"; the presets are {names}.{nearest(preset, [*PRESETS])}'
        )
    return _policy(preset, f"preset {preset}", preset, {}, {}, ())


def tables_of(text: str, path: Path) -> dict[str, Any] | None:
    """The tables of a policy file; None for a pyproject.toml without `[tool.whence]`.

    Raises:
        PolicyError: it is not valid TOML.
    """
    try:
        tables: dict[str, Any] = parse_toml(text)
    except tomllib.TOMLDecodeError as exc:
        message = str(exc)
        location = re.search(r"at line (\d+)", message)
        line = f":{location[1]}" if location else ""
        remedy = "; write each table and key once" if message.startswith(_DUPLICATE) else ""
        raise PolicyError(f"{path}{line}: not valid TOML: {message}{remedy}") from exc
    if path.name != PROJECT_FILE:
        return tables
    tool = tables.get("tool")
    if not isinstance(tool, dict) or "whence" not in tool:
        return None
    if not isinstance(tool["whence"], dict):
        raise PolicyError(f"{path}: tool.whence must be a table: write [tool.whence.policy] etc.")
    return tool["whence"]


def parse_policy(
    text: str, path: Path, preset: str | None = None, notes: tuple[str, ...] = ()
) -> Policy:
    """Parse the text of a policy file.

    Args:
        text: of the file.
        path: of the file; a pyproject.toml has its policy in `[tool.whence]`.
        preset: overrides the preset that the file names; None: that one, or the default.
        notes: remarks to keep in the policy.

    Raises:
        PolicyError: it is invalid, or a pyproject.toml without a policy.
    """
    tables = tables_of(text, path)
    if tables is None:
        raise PolicyError(f"{path}: there is no [tool.whence] in it; add one, or name another file")
    file = _File(text, path)
    values = file.values(tables)
    rules = file.rules(values)
    if file.problems:
        raise PolicyError("\n".join(line for _, line in sorted(file.problems)))
    named = values.get("policy.preset")
    if preset is not None and named not in (None, preset):
        where = file.location("policy.preset")
        notes = (*notes, f'preset "{preset}" was requested and replaces "{named}" ({where})')
    base = preset or named or DEFAULT_PRESET
    locations = {name: file.location(name) for name in values}
    return _policy(path.name, str(path), base, values, locations, rules, notes)


class _File:
    """A policy file that is being parsed, with the problems found in it."""

    def __init__(self, text: str, path: Path) -> None:
        self._path = path
        self._prefix = "tool.whence." if path.name == PROJECT_FILE else ""
        self._lines = KeyLines(text)
        self.problems: list[tuple[int, str]] = []  # line and message

    def location(self, key: str, entry: object = None) -> str:
        """Where a key, or an entry of its list, is written: "whence.toml:12"."""
        return f"{self._path.name}:{self._lines.line(self._prefix + key, entry)}"

    def values(self, tables: Mapping[str, Any]) -> dict[str, Any]:
        """Name -> value of all valid keys."""
        values: dict[str, Any] = {}
        for name, table in tables.items():
            if name == "tool" and not self._prefix:
                why = f"[tool.whence.policy] is for {PROJECT_FILE}; here, write [policy] etc."
                self._add_problem(name, why)
            elif name not in _TABLES:
                self._add_problem(name, f"unknown table or key.{_suggestion('', name)}")
            elif not isinstance(table, dict):
                why = f"must be a table: write [{self._prefix}{name}] and its keys below it"
                self._add_problem(name, why)
            else:
                values.update(self._table_values(name, table))
        return values

    def _table_values(self, table: str, keys: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in keys.items():
            full = f"{table}.{name}"
            key = KEYS.get(full)
            if key is None:
                self._add_problem(full, f"unknown key.{_suggestion(table, name)}")
                continue
            problem = key.problem(value)
            if problem is not None:
                near = nearest(value, key.words) if isinstance(value, str) else ""
                self._add_problem(full, f"{problem}.{near}" if near else problem)
            elif not isinstance(value, list):
                values[full] = value
            elif self._are_valid(key, value):
                values[full] = tuple(value)
        return values

    def _are_valid(self, key: Key, entries: list[Any]) -> bool:
        """Whether all entries of a list are valid."""
        valid = True
        for entry in entries:
            if not isinstance(entry, str):
                problem: str | None = f"{shown(entry)} is {kind_of(entry)}; expected strings"
            else:
                problem = key.entry_problem(entry)
                if problem is None and key.form == "license":
                    problem = entry_problem(entry)
            if problem is not None:
                valid = False
                self._add_problem(key.name, problem, entry)
        return valid

    def rules(self, values: Mapping[str, Any]) -> tuple[Rule, ...]:
        """The rules in the lists of `[licenses]`."""
        rules = [
            Rule(key, entry, verdict, self.location(key, entry))
            for key, verdict in _LISTS.items()
            for entry in values.get(key, ())
        ]
        for rule, why in contradictions(rules):
            self._add_problem(rule.key, why, rule.pattern)
        return tuple(rules)

    def _add_problem(self, key: str, problem: str, entry: object = None) -> None:
        key = self._prefix + key
        line = self._lines.line(key, entry)
        self.problems.append((line, f"{self._path}:{line}: {shown(key)[1:-1]}: {problem}"))


def _suggestion(table: str, name: str) -> str:
    """What an unknown key or table was probably meant to be."""
    for known in KEYS:  # the right key in the wrong table
        if known.endswith(f".{name}"):
            return f' Did you mean "{known}"?'
    inside = [known.partition(".")[2] for known in KEYS if known.startswith(f"{table}.")]
    if not table:
        return nearest(name, _TABLES) or f" The tables are {', '.join(_TABLES)}."
    return nearest(name, inside) or f" The keys of [{table}] are {', '.join(inside)}."


def _policy(
    name: str,
    where: str,
    preset: str,
    stated: Mapping[str, Any],
    locations: Mapping[str, str],
    rules: tuple[Rule, ...] = (),
    notes: tuple[str, ...] = (),
) -> Policy:
    """A policy from the values that a file states, on top of a preset."""
    values: dict[str, Any] = {**PRESETS[preset], **stated}
    of_preset = f"preset {preset}"
    taken = {identity(rule.pattern) for rule in rules}
    below = tuple(
        Rule(key, entry, verdict, of_preset)
        for key, verdict in _LISTS.items()
        for entry in PRESETS[preset][key]
        if identity(entry) not in taken
    )

    def single(key: str) -> Rule:
        return Rule(key, "", _VERDICT_OF[values[key]], locations.get(key, of_preset))

    fail_on = values["policy.fail_on"]
    return Policy(
        name=name,
        where=where,
        preset=preset,
        fail_on=None if fail_on == "never" else Severity[fail_on.upper()],
        max_findings=values["policy.max_findings"],
        rules=(*rules, *below),
        unknown=single("licenses.unknown"),
        conflict=single("licenses.conflict"),
        tokens=values["match.tokens"],
        lines=values["match.lines"],
        containment=float(values["match.containment"]),
        confidence=float(values["match.confidence"]),
        exclude=tuple(values["paths.exclude"]),
        notices=tuple(values["paths.notices"]),
        own_repositories=tuple(values["own.repositories"]),
        own_owners=tuple(values["own.owners"]),
        own_indexes=tuple(values["own.indexes"]),
        git_remote=values["own.git_remote"],
        severities={
            label: Severity[values[f"severity.{label}"].upper()]
            for label in (Label.VERBATIM, Label.STRIKING, Label.SIMILAR)
        },
        baseline=values["decisions.baseline"],
        require_reason=values["decisions.require_reason"],
        max_days=values["decisions.max_days"] or None,
        accept_in_change=values["decisions.in_change"] == "accept",
        locations=dict(locations),
        notes=notes,
    )
