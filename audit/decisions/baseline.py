"""The baseline: `whence-baseline.json` in the repository, with decisions about findings.

    {"schema": 1, "entries": [{"name": "src/a.py", "lines": "3-24", ..., "kind": "accepted", ...}]}

Each decision is an entry with one field per line, sorted by name. So a changed decision changes
only its own lines, and branches that decide about different files merge cleanly. docs/decisions.md
describes the fields; people may edit them.

Alternative: one line per entry. That halves the file, but makes it unreadable in reviews.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from attribution.errors import PolicyError, StorageError
from attribution.replaced_file import replaced_file
from attribution.untrusted_files import read_regular_file
from audit.decisions.entry import Entry, about
from audit.decisions.matching import Matcher, Validity
from audit.types import DecisionKind, Finding, Severity

__all__ = ["SCHEMA", "Baseline", "Written", "parse_baseline", "read_baseline", "write_baseline"]

_ADOPTED = "accepted with the baseline"  # the reason of entries for which none was given
_MAX_BASELINE = 256 << 20  # bytes; an entry has some 500
SCHEMA = 1  # increased when older versions can no longer read the file


@dataclass(frozen=True, slots=True)
class Baseline:
    """The content of the file."""

    entries: tuple[Entry, ...] = ()
    other: Mapping[str, object] = field(default_factory=dict)  # unknown members, kept when writing


def read_baseline(path: Path) -> Baseline:
    """Read a baseline; a missing file is an empty baseline.

    Raises:
        PolicyError: it is unreadable or invalid; names file, entry and field.
    """
    try:
        data = read_regular_file(path, _MAX_BASELINE)
    except FileNotFoundError:
        return Baseline()
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror or error}") from error
    return parse_baseline(data, path)


def parse_baseline(data: bytes, path: Path) -> Baseline:
    """Parse the content of a baseline.

    Raises:
        PolicyError: it is invalid; names file, entry and field.
    """
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path} is not UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise PolicyError(_not_json(path, data, error)) from error
    except ValueError as error:
        raise PolicyError(f"{path} is not a baseline: a number has too many digits") from error
    except RecursionError as error:
        raise PolicyError(f"{path} is nested too deeply to be a baseline") from error
    if not isinstance(document, dict):
        raise PolicyError(
            f'{path} is not a baseline: it is not an object with "schema" and "entries"'
        )
    schema = document.pop("schema", None)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise PolicyError(f'{path}: "schema" is {schema!r}; it must be {SCHEMA}')
    if schema > SCHEMA:
        raise PolicyError(
            f'{path}: "schema" is {schema}, but this version of Whence only supports {SCHEMA}: a '
            "newer version wrote it, upgrade Whence"
        )
    entries = document.pop("entries", None)
    if not isinstance(entries, list):
        raise PolicyError(f'{path}: "entries" must be a list of decisions')
    read = []
    for number, fields in enumerate(entries, 1):
        read.append(Entry.of(fields, f"{path}: entry {number}"))
        entries[number - 1] = None  # frees memory: 300 MB for 100,000 entries
    return Baseline(tuple(read), document)


@dataclass(frozen=True, slots=True)
class Written:
    """Numbers of entries in a baseline that was written."""

    entries: int
    new: int
    explained: int  # older ones that got the reason, because they had none of their own


def write_baseline(
    path: Path,
    findings: Iterable[Finding],
    *,
    author: str,
    reason: str | None,
    kind: DecisionKind,
    keep: bool,
    validity: Validity,
) -> Written:
    """Write a baseline in which all of these findings are decided.

    Open findings get an entry with `kind` and `reason`. Entries that still apply keep their dates
    and reasons; if their passage changed slightly or moved to another file, they are updated. Those
    that were written without a reason get `reason`. All other entries are removed.

    Args:
        findings: all findings of an audit, including decided ones.
        reason: None: none was given.
        keep: remove no entry, for an audit of only a part of the code.
        validity: of entries; its `today` becomes the date of new ones.

    Raises:
        PolicyError: the existing file is not a valid baseline; it is not changed.
        StorageError: the file cannot be written; the existing file is not changed.
    """
    before = read_baseline(path)
    matcher = Matcher(before.entries, validity)
    used: dict[Entry, tuple[int, Finding]] = {}  # distance (0: equal) and finding
    new: dict[tuple[str, str], Entry] = {}
    for finding in findings:
        match = matcher.match(finding)
        if match.entry is not None:
            near = match.entry.key != finding.passage.key
            fit = 2 * near + (match.entry.name != finding.name)
            if match.entry not in used or fit < used[match.entry][0]:
                used[match.entry] = (fit, finding)
        elif finding.decision is None and finding.ruling.severity > Severity.NONE:
            fields = about(finding)
            new.setdefault(
                (finding.passage.key, finding.ruling.license),
                Entry(
                    kind,
                    reason=reason or _ADOPTED,
                    author=author,
                    date=validity.today.isoformat(),
                    **fields,
                ),
            )
    entries = [
        dataclasses.replace(entry, **about(used[entry][1]))
        if entry in used and used[entry][0]
        else entry
        for entry in before.entries
        if keep or entry in used
    ]
    explained = 0
    for at, entry in enumerate(entries):
        if reason and entry.reason in ("", _ADOPTED):
            entries[at] = dataclasses.replace(entry, reason=reason)
            explained += 1
    entries += new.values()
    _write(path, entries, before.other)
    return Written(len(entries), len(new), explained)


def _write(path: Path, entries: Sequence[Entry], other: Mapping[str, object]) -> None:
    """Replace the file atomically."""
    ordered = sorted(
        entries, key=lambda entry: (entry.name, int(entry.lines.split("-")[0] or 0), entry.key)
    )
    document = {"schema": SCHEMA, **other, "entries": [entry.as_fields() for entry in ordered]}
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    # Names that are not UTF-8 contain lone surrogates, which JSON can only escape.
    data = text.encode("utf-8", "backslashreplace")
    try:
        with replaced_file(path) as stream:
            stream.write(data)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}; the existing file is unchanged"
        ) from error


def _not_json(path: Path, data: bytes, error: json.JSONDecodeError) -> str:
    if data.startswith(b"<<<<<<< ") or b"\n<<<<<<< " in data:
        line = data[: data.find(b"<<<<<<< ")].count(b"\n") + 1
        return (
            f"{path}:{line} has conflict markers of a merge. Keep the entries of both sides, "
            "separated by commas, in any order"
        )
    return f"{path}:{error.lineno} is not valid JSON: {error.msg} (column {error.colno})"
