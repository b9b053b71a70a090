"""Lists of opt-outs: text, CSV, JSON and JSON Lines, such as BigCode publishes for The Stack.

text        owner/name or owner on each line; # starts a comment
CSV         a header with a column of owners or of repositories, or both; for a file named .csv
JSON        a list, or an object a line, of names or of {"optout_owners": [...],
            "optout_repos": [...]}, which are the fields of optouts.jsonl in
            github.com/bigcode-project/opt-out-v2; other fields are ignored
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attribution.errors import InputError
from attribution.repository_names import read_name
from attribution.types import OptOut

__all__ = ["opt_out_of", "parse_opt_outs", "read_opt_outs"]

# Fields and columns, compared casefolded. Each may have one name or a list of them.
_OWNERS = ("optout_owners", "owners", "owner", "usernames", "username", "user")
_REPOSITORIES = ("optout_repos", "repositories", "repository", "repos", "repo", "repo_name")

# Text of another format or prose would be an opt-out that matches nothing but looks applied.
_NO_NAME = re.compile(r"""[\s"'{}\[\],\\]|:(?![\w/])""")
_REMEDY = "Nothing of the list was applied; fix the line"

Named = tuple[int, str | None, str]  # line, "owner" or "repository" if stated, name


def read_opt_outs(name: str) -> list[OptOut]:
    """Read a list of opt-outs from a file, each once.

    Raises:
        InputError: it cannot be read, is not UTF-8, or an entry is invalid.
    """
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from error
    return parse_opt_outs(content, name)


def parse_opt_outs(content: bytes, name: str) -> list[OptOut]:
    """Read a list of opt-outs, each once.

    Args:
        content: of the file.
        name: of the file, for messages; with the ending .csv, it is CSV.

    Raises:
        InputError: it is not UTF-8, or an entry is invalid.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from error
    if text.lstrip()[:1] in ("{", "["):
        entries = _json(text, name)
    elif name.casefold().endswith(".csv"):
        entries = _csv(text, name)
    else:
        entries = _lines(text)
    opt_outs: dict[OptOut, None] = {}
    for line, kind, value in entries:
        where = f"line {line} of {name}"
        if _NO_NAME.search(value) or not value:
            raise InputError(f"{where} is not owner/name or owner: {value[:80]!r}. {_REMEDY}")
        try:
            opt_outs[opt_out_of(kind, value)] = None
        except InputError as error:
            raise InputError(f"{where}: {error}. {_REMEDY}") from error
    return list(opt_outs)


def opt_out_of(kind: str | None, value: str) -> OptOut:
    """An opt-out for a name or an address.

    Args:
        kind: "owner" or "repository"; None: by the name, where one without "/" is an owner.

    Raises:
        InputError: it names no owner or no repository.
    """
    name = read_name(value)
    if kind is not None and name.kind not in (kind, None):
        wanted = "an owner" if kind == "owner" else "a repository (owner/name, or a package)"
        raise InputError(f"{value!r} is not the name of {wanted}; it is read as {name}")
    return OptOut(kind or name.kind or "owner", name.path)


def _lines(text: str) -> Iterator[Named]:
    for number, line in enumerate(io.StringIO(text), 1):
        if value := re.split(r"(?:^|\s)#", line)[0].strip():  # an address may contain a #
            yield number, None, value


def _csv(text: str, name: str) -> Iterator[Named]:
    rows = csv.reader(io.StringIO(text))
    try:
        header = [cell.strip().casefold() for cell in next(rows, [])]
        known = [at for at, cell in enumerate(header) if _kind(cell)]
        if not known:
            raise InputError(
                f"line 1 of {name} names no column of owners or repositories, but "
                f"{', '.join(header)[:200]!r}; name one owner or repository"
            )
        for row in rows:
            for at in known:
                if at < len(row) and (value := row[at].strip()):
                    yield rows.line_num, _kind(header[at]), value
    except csv.Error as error:
        raise InputError(f"line {rows.line_num} of {name} is not CSV: {error}") from error


def _json(text: str, name: str) -> Iterator[Named]:
    try:
        whole = json.loads(text)
    except ValueError as error:  # or a value a line
        broken = (getattr(error, "lineno", 1), getattr(error, "msg", str(error)))
    except RecursionError as error:
        raise InputError(f"{name} is nested too deeply to be a list of opt-outs") from error
    else:
        yield from _entries(whole, 1, name)
        return
    is_first = True
    for number, line in enumerate(io.StringIO(text), 1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                where, why = broken if is_first else (number, str(error))
                raise InputError(f"line {where} of {name} is not JSON: {why}. {_REMEDY}") from error
            is_first = False
            yield from _entries(value, number, name)


def _entries(value: Any, line: int, name: str) -> Iterator[Named]:
    """The names in a JSON value: a name, a list, or an object with fields of names."""
    if isinstance(value, str):
        yield line, None, value.strip()
    elif isinstance(value, list):
        for one in value:
            yield from _entries(one, line, name)
    elif isinstance(value, Mapping) and (fields := [field for field in value if _kind(field)]):
        for field in fields:
            named = value[field] if isinstance(value[field], list) else [value[field]]
            for one in named:
                if not isinstance(one, str):
                    raise InputError(f"line {line} of {name}: {field} has {one!r:.80}, not a name")
                yield line, _kind(field), one.strip()
    else:
        raise InputError(
            f"line {line} of {name} has neither optout_owners nor optout_repos: "
            f"{json.dumps(value)[:80]}. {_REMEDY}"
        )


def _kind(field: str) -> str | None:
    """What a field or column names; None: something else."""
    field = field.casefold()
    return "owner" if field in _OWNERS else "repository" if field in _REPOSITORIES else None
