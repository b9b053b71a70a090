"""Statements about files that are written elsewhere: REUSE and Debian's copyright files.

* `FILE.license` beside a file, and REUSE.toml with globs (REUSE 3.3);
* `.reuse/dep5` and `debian/copyright` (DEP 5, the machine-readable copyright format 1.0).
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from attribution.licensing.names import normalize_license
from attribution.untrusted_files import parse_toml
from indexer.licensing.comments import decode_text
from indexer.licensing.manifests import expression_of_names

__all__ = ["Declaration", "Declarations", "is_declaration", "is_dep5"]

_REUSE_TOML = "REUSE.toml"
_DEP5 = (".reuse/dep5", "debian/copyright")
_FORMAT = re.compile(r"\s*Format(?:-Specification)?:")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a file elsewhere says about a file."""

    expression: str  # SPDX; NOASSERTION when it only names holders
    file: str  # where it is said
    line: int  # 1-based
    overrides: bool  # it outweighs what the file says itself
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    matches: Callable[[str], object]  # a whole path, "/" between parts
    declaration: Declaration


def is_declaration(path: str) -> bool:
    """Whether a path is that of a REUSE.toml, a dep5 file or a sidecar."""
    return (
        path.endswith((".license", *(f"/{name}" for name in _DEP5)))
        or path.rpartition("/")[2] == _REUSE_TOML
        or path in _DEP5
    )


def is_dep5(content: bytes) -> bool:
    """Whether a file's content is in DEP 5's format."""
    return _FORMAT.match(decode_text(content[:200])) is not None and b"\nFiles:" in content


class Declarations:
    """All declarations of a repository."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes | None]) -> None:
        """`paths`: those that `is_declaration`; `read` gives their bytes."""
        self._read = read
        self._sidecars: set[str] = set()
        self._files: dict[str, list[str]] = {}  # folder -> REUSE.toml and dep5 files
        self._rules: dict[str, list[_Rule]] = {}
        self._known: dict[str, list[tuple[int, list[_Rule]]]] = {}  # what `_about` returns
        for path in paths:
            if path.rpartition("/")[2] == _REUSE_TOML:
                self._files.setdefault(path.rpartition("/")[0], []).append(path)
            elif path.endswith(_DEP5):
                folder = path.removesuffix(next(n for n in _DEP5 if path.endswith(n))).rstrip("/")
                self._files.setdefault(folder, []).append(path)
            else:
                self._sidecars.add(path)

    def add_dep5(self, folder: str, path: str) -> None:
        """Take in another file in DEP 5's format, such as a COPYING, and the folder it is about."""
        self._files.setdefault(folder, []).append(path)
        self._rules.pop(folder, None)
        self._known.clear()

    def of(self, path: str) -> Declaration | None:
        """What is said about a file; the nearest statement, and of one file the last, wins."""
        if f"{path}.license" in self._sidecars:
            found = self._sidecar(f"{path}.license")
            if found is not None:
                return found
        if not self._files:
            return None
        for start, rules in self._about(path.rpartition("/")[0]):
            inside = path[start:]
            for rule in reversed(rules):
                if rule.matches(inside):
                    return rule.declaration
        return None

    def _about(self, folder: str) -> list[tuple[int, list[_Rule]]]:
        """The rules of a folder and of those above it, each with where paths begin for them."""
        if folder not in self._known:
            rules = self._in(folder)
            own = [(len(folder) + 1 if folder else 0, rules)] if rules else []
            above = self._about(folder.rpartition("/")[0]) if folder else []
            self._known[folder] = own + above
        return self._known[folder]

    def _sidecar(self, path: str) -> Declaration | None:
        text = decode_text(self._read(path) or b"")
        for number, line in enumerate(text.split("\n"), 1):
            if match := re.search(r"SPDX-License-Identifier:\s*(\S.*)", line):
                expression = normalize_license(match[1].strip(" \t*/#-"))
                holders = tuple(re.findall(r"SPDX-FileCopyrightText:\s*(\S[^\n]*)", text))
                return Declaration(expression, path, number, True, holders)
        return None

    def _in(self, folder: str) -> list[_Rule]:
        if folder not in self._rules:
            rules: list[_Rule] = []
            for path in sorted(self._files.get(folder, ())):
                text = decode_text(self._read(path) or b"")
                try:
                    rules += (
                        _reuse_toml(path, text) if path.endswith(_REUSE_TOML) else _dep5(path, text)
                    )
                except (ValueError, TypeError, AttributeError, RecursionError):
                    continue  # a file that cannot be parsed says nothing
            self._rules[folder] = rules
        return self._rules[folder]


def _reuse_toml(path: str, text: str) -> list[_Rule]:
    rules = []
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines, 1) if line.strip() == "[[annotations]]"]
    for number, entry in enumerate(parse_toml(text).get("annotations", [])):
        globs = entry.get("path", [])
        globs = [globs] if isinstance(globs, str) else globs
        expressions = entry.get("SPDX-License-Identifier", [])
        expression = normalize_license(expressions)
        holders = entry.get("SPDX-FileCopyrightText", [])
        holders = (holders,) if isinstance(holders, str) else tuple(holders)
        precedence = entry.get("precedence", "closest")
        line = starts[number] if number < len(starts) else 1
        declaration = Declaration(expression, path, line, precedence == "override", holders)
        rules += [_Rule(_matcher(glob, star_crosses=False), declaration) for glob in globs]
    return rules


def _dep5(path: str, text: str) -> list[_Rule]:
    """The Files paragraphs of a copyright file; a later one wins (DEP 5)."""
    if not _FORMAT.match(text):
        return []
    rules = []
    number = 1
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields = _fields(paragraph)
        if "files" in fields and "license" in fields:
            name = fields["license"].split("\n")[0].strip()
            expression = expression_of_names(name)
            holders = tuple(h.strip() for h in fields.get("copyright", "").split("\n") if h.strip())
            # Debian writes about what it packages; the file's own notice is nearer to its author.
            declaration = Declaration(expression, path, number, False, holders)
            rules += [
                _Rule(_matcher(g, star_crosses=True), declaration) for g in fields["files"].split()
            ]
        number += paragraph.count("\n") + 2
    return rules


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.split("\n"):
        if line[:1] in " \t" and name:
            fields[name] += "\n" + line.strip()
        elif match := re.match(r"([\w-]+):[ \t]*(.*)", line):
            name = match[1].lower()
            fields[name] = match[2]
    return fields


def _matcher(glob: str, *, star_crosses: bool) -> Callable[[str], object]:
    """A function that says whether a path matches; most globs are a name or end in one `*`."""
    glob = glob.removeprefix("./")
    start, star = (glob[:-1], True) if star_crosses and glob.endswith("*") else (glob, False)
    if re.search(r"[*?\[\\]", start):
        return _glob(glob, star_crosses=star_crosses).fullmatch
    return partial(_starts_with, start) if star else start.__eq__


def _starts_with(start: str, path: str) -> bool:
    return path.startswith(start)


def _glob(glob: str, *, star_crosses: bool) -> re.Pattern[str]:
    """A glob of whole paths, as an expression that does not backtrack from one `*` into another.

    Args:
        star_crosses: `*` matches "/" too (DEP 5); else only `**` does (REUSE).
    """
    if star_crosses:
        return re.compile(fnmatch.translate(glob))
    parts = [part for part in re.split(r"(\*\*|\*)", glob) if part]
    written = []
    for at, part in enumerate(parts):
        after = parts[at + 1 :]
        if part == "**":
            written.append(".*")
        elif part != "*":
            if at == 0 or parts[at - 1] != "*" or not after:
                written.append(re.escape(part))
        elif len(after) > 1 and after[0] not in ("*", "**"):
            # the first place where what follows fits: a later one could not help the rest
            written.append(f"(?>[^/]*?{re.escape(after[0])})")
        else:
            written.append("[^/]*")
    return re.compile("".join(written), re.DOTALL)
