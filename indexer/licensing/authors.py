"""Names of authors in manifests, and in lists such as AUTHORS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from attribution.untrusted_files import parse_toml

__all__ = ["manifest_authors", "name_of_author"]

_KEYS = ("author", "authors", "contributors")
_TABLES = ("project", "package", "workspace", "tool", "poetry")  # of TOML, from the outside in
_ADDRESS = re.compile(r"\s*(?:<[^>]*>|\([^)]*(?:@|://| at )[^)]*\)|\[[^\]]*\]).*$")
_EMAIL = re.compile(r"[<(\s][^\s<>()]+(?:@| at )[^\s<>()]+")
_LIST_MARK = re.compile(r"^[\s*+•–-]+|^\s*\d+[.)]\s+")
_PERSON = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}")
_NO_NAME = re.compile(
    r"\b(?:unknown|none|todo|tbd|your name|authors?|contributors?|maintainers?|thanks|licen[cs]e"
    r"|copyright|this|the following|file|people|list|project)\b",
    re.IGNORECASE,
)
# <developer><name>, and the fields of NuGet; a list is separated by commas
_XML = re.compile(
    r"<developer>.*?<name>\s*([^<]+?)\s*</name>.*?</developer>|<authors>\s*([^<]+?)\s*</authors>",
    re.IGNORECASE | re.DOTALL,
)
# "author: x", "author = 'x'", "AUTHOR => [...]", ".authors = [...]", "(authors ...)"
_FIELD = re.compile(
    r"^[ \t(]*(?:\w+\.)?[\"']?authors?(?:-email)?[\"']?[ \t]*(?:=>|[:=]|(?=[ \t]+\"))[ \t]*"
    r"(\[[^\]]*\]|\{[^}]*\}|[^\n]*(?:\n[ \t]+-[^\n]+)*)",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED = re.compile(r"\"([^\"\n]+)\"|'([^'\n]+)'")


def manifest_authors(path: str, text: str) -> list[str]:
    """The names of the authors that a manifest states, in order; a broken one states none."""
    found: Iterable[str]
    try:
        if path.endswith(".json"):
            found = _in_mapping(json.loads(text))
        elif path.endswith(".toml"):
            found = _in_tables(parse_toml(text))
        elif path.endswith((".xml", ".nuspec", ".csproj", ".fsproj", ".props")):
            listed = (a or b for a, b in _XML.findall(re.sub(r"<!--.*?-->", "", text, flags=re.S)))
            found = (name for names in listed for name in re.split(r"[,;]", names))
        else:
            found = _in_fields(text)
        names = [name for name in map(_without_address, found) if name]
    except (ValueError, TypeError, AttributeError, RecursionError):
        return []
    return list(dict.fromkeys(names))


def name_of_author(line: str) -> str:
    """The author that a line of a list names: a name with an address, or a name alone; or ""."""
    line = _LIST_MARK.sub("", line).strip()
    name = _without_address(line)
    if name and (_EMAIL.search(line) or (name == line and _PERSON.fullmatch(name))):
        return name if name[0].isupper() or _EMAIL.search(line) else ""
    return ""


def _in_mapping(document: Any) -> Iterator[str]:
    """Any: what JSON and TOML hold. A value is a name, a mapping with a name, or a list of them."""
    for key in _KEYS:
        value = document.get(key) if isinstance(document, dict) else None
        for entry in value if isinstance(value, list) else [value]:
            name = entry.get("name") if isinstance(entry, dict) else entry
            if isinstance(name, str):
                yield name


def _in_tables(document: Any) -> Iterable[str]:
    found: dict[str, None] = {}
    for table in (document, *(document.get(name, {}) for name in _TABLES)):
        found |= dict.fromkeys(_in_mapping(table))
        for name in _TABLES:
            found |= dict.fromkeys(_in_mapping(table.get(name)))
    return found


def _in_fields(text: str) -> Iterator[str]:
    for value in _FIELD.findall(text)[:4]:
        quoted = [a or b for a, b in _QUOTED.findall(value)]
        listed = re.findall(r"^\s+-\s*(.+)$", value, re.MULTILINE)
        yield from quoted or listed or re.split(r",(?![^<(]*[>)])", value)


def _without_address(text: str) -> str:
    """The name of "Jane Doe <jane@example.org>"; "" for what is no name."""
    name = _ADDRESS.sub("", text).strip(" \t\r\"',;:*-")
    if not re.search(r"[^\W\d_]{2}", name) or len(name) > 100 or "@" in name or "://" in name:
        return ""
    return "" if _NO_NAME.search(name) and not name.endswith(("Authors", "authors")) else name
