"""A policy file's text as a Policy, over a preset.

All that is wrong with a file is told at once, each with file, line and key. What the file does
not say, the preset says; that holds for single entries of the lists of `[licenses]`, too: a file
that allows `weak-copyleft` moves this family and leaves the others where the preset has them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attribution.errors import PolicyError
from attribution.types import Label
from audit.policy.entries import contradictions, entry_problem, nearest
from audit.policy.keys import KEYS, Key, shown
from audit.policy.locating import Path as KeyPath
from audit.policy.locating import locate
from audit.policy.policy import Policy
from audit.policy.presets import DEFAULT_PRESET, PRESETS
from audit.policy.rules import LIST_OF, Rule, identity
from audit.types import Severity

__all__ = ["PROJECT_FILE", "parse_policy", "preset_policy", "tables_of"]

PROJECT_FILE = "pyproject.toml"
_TWICE = ("Cannot declare", "Cannot overwrite", "Cannot mutate")  # as tomllib has it
_TABLES = tuple(dict.fromkeys(name.partition(".")[0] for name in KEYS))
_VERDICT_OF = {word: verdict for verdict, word in LIST_OF.items()}
_LISTS = {f"licenses.{word}": verdict for word, verdict in _VERDICT_OF.items()}


def preset_policy(preset: str = DEFAULT_PRESET) -> Policy:
    """A preset as it is.

    Raises:
        PolicyError: there is no such preset.
    """
    if preset not in PRESETS:
        names = ", ".join(PRESETS)
        raise PolicyError(f'no preset "{preset}"; there are {names}.{nearest(preset, [*PRESETS])}')
    return _policy(preset, f"preset {preset}", preset, {}, {}, ())


def tables_of(text: str, path: Path) -> dict[str, Any] | None:
    """The tables of a policy file; None for a pyproject.toml without `[tool.whence]`.

    Raises:
        PolicyError: it is not TOML.
    """
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        what = str(exc)
        place = re.search(r"at line (\d+)", what)
        line = f":{place[1]}" if place else ""
        remedy = "; write each table and key once" if what.startswith(_TWICE) else ""
        raise PolicyError(f"{path}{line}: not valid TOML: {what}{remedy}") from exc
    except RecursionError as exc:
        raise PolicyError(f"{path}: not valid TOML: nested too deeply") from exc
    if path.name != PROJECT_FILE:
        return tables
    tool = tables.get("tool")
    if not isinstance(tool, dict) or "whence" not in tool:
        return None
    if not isinstance(tool["whence"], dict):
        raise PolicyError(f"{path}: tool.whence is a table: write [tool.whence.policy] and so on")
    return tool["whence"]


def parse_policy(
    text: str, path: Path, preset: str | None = None, notes: tuple[str, ...] = ()
) -> Policy:
    """The policy that a file's text says.

    Args:
        text: of the file.
        path: of the file; that of a pyproject.toml has its policy in `[tool.whence]`.
        preset: holds where the file says nothing; None: the preset that the file names, else the
            default one.
        notes: to be kept in the policy.

    Raises:
        PolicyError: it says what cannot be meant, or is a pyproject.toml without a policy.
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
        where = file.place(("policy", "preset"))
        notes = (*notes, f'preset "{preset}" was asked for, instead of "{named}" ({where})')
    base = preset or named or DEFAULT_PRESET
    places = {name: file.place(tuple(name.split("."))) for name in values}
    return _policy(path.name, str(path), base, values, places, rules, notes)


class _File:
    """A policy file that is being read: where its keys stand, and what is wrong with them."""

    def __init__(self, text: str, path: Path) -> None:
        self._path = path
        self._prefix: KeyPath = ("tool", "whence") if path.name == PROJECT_FILE else ()
        self._lines = locate(text)
        self.problems: list[tuple[int, str]] = []

    def place(self, key: KeyPath) -> str:
        """Where a key stands: "whence.toml:12"."""
        return f"{self._path.name}:{self._line(key)}"

    def values(self, tables: Mapping[str, Any]) -> dict[str, Any]:
        """Name -> value of all keys that are well-formed."""
        values: dict[str, Any] = {}
        for name, table in tables.items():
            if name == "tool" and not self._prefix:
                why = f"[tool.whence.policy] is for {PROJECT_FILE}; write [policy] here, and so on"
                self._wrong((name,), why)
            elif name not in _TABLES:
                self._wrong((name,), f"there is no such table or key.{_meant('', name)}")
            elif not isinstance(table, dict):
                header = ".".join(str(part) for part in (*self._prefix, name))
                self._wrong((name,), f"is a table: write [{header}], and its keys below it")
            else:
                values.update(self._of_table(name, table))
        return values

    def _of_table(self, table: str, keys: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in keys.items():
            key = KEYS.get(f"{table}.{name}")
            if key is None:
                self._wrong((table, name), f"there is no such key.{_meant(table, name)}")
                continue
            problem = key.problem(value)
            if problem is not None:
                near = nearest(value, key.words) if isinstance(value, str) else ""
                self._wrong((table, name), f"{problem}.{near}" if near else problem)
            elif not isinstance(value, list):
                values[key.name] = value
            elif self._entries(key, value):
                values[key.name] = tuple(value)
        return values

    def _entries(self, key: Key, entries: list[Any]) -> bool:
        """Whether all entries of a list are well-formed."""
        right = True
        for at, entry in enumerate(entries):
            if not isinstance(entry, str):
                problem: str | None = f"{shown(entry)} is no text; it has to be a list of texts"
            else:
                problem = key.entry_problem(entry)
                if problem is None and key.form == "license":
                    problem = entry_problem(entry)
            if problem is not None:
                right = False
                self._wrong((*key.name.split("."), at), problem)
        return right

    def rules(self, values: Mapping[str, Any]) -> tuple[Rule, ...]:
        """The rules that the lists of `[licenses]` say."""
        found = []
        lines: dict[Rule, KeyPath] = {}
        for key, verdict in _LISTS.items():
            for at, entry in enumerate(values.get(key, ())):
                path: KeyPath = (*key.split("."), at)
                rule = Rule(key, entry, verdict, self.place(path))
                found.append(rule)
                lines[rule] = path
        for rule, why in contradictions(found):
            self._wrong(lines[rule], why)
        return tuple(found)

    def _line(self, key: KeyPath) -> int:
        """The line of a key, else of what it is in."""
        path = (*self._prefix, *key)
        while path not in self._lines and path:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _wrong(self, key: KeyPath, problem: str) -> None:
        line = self._line(key)
        name = shown(".".join(str(part) for part in (*self._prefix, *key) if isinstance(part, str)))
        self.problems.append((line, f"{self._path}:{line}: {name[1:-1]}: {problem}"))


def _meant(table: str, name: str) -> str:
    """What was probably meant by a key or table that there is not."""
    for known in KEYS:  # the right key in the wrong table
        if known.endswith(f".{name}"):
            return f' Did you mean "{known}"?'
    inside = [known.partition(".")[2] for known in KEYS if known.startswith(f"{table}.")]
    if not table:
        return nearest(name, _TABLES) or f" There are {', '.join(_TABLES)}."
    return nearest(name, inside) or f" In [{table}] there are {', '.join(inside)}."


def _policy(
    name: str,
    where: str,
    preset: str,
    said: Mapping[str, Any],
    places: Mapping[str, str],
    rules: tuple[Rule, ...] = (),
    notes: tuple[str, ...] = (),
) -> Policy:
    """A policy of what a file said, over a preset."""
    values: dict[str, Any] = {**PRESETS[preset], **said}
    of_preset = f"preset {preset}"
    taken = {identity(rule.pattern) for rule in rules}
    below = tuple(
        Rule(key, entry, verdict, of_preset)
        for key, verdict in _LISTS.items()
        for entry in PRESETS[preset][key]
        if identity(entry) not in taken
    )

    def single(key: str) -> Rule:
        return Rule(key, "", _VERDICT_OF[values[key]], places.get(key, of_preset))

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
        git_remote=values["own.git_remote"],
        severities={
            label: Severity[values[f"severity.{label}"].upper()]
            for label in (Label.VERBATIM, Label.STRIKING, Label.SIMILAR)
        },
        baseline=values["decisions.baseline"],
        require_reason=values["decisions.require_reason"],
        max_days=values["decisions.max_days"] or None,
        places=dict(places),
        notes=notes,
    )
