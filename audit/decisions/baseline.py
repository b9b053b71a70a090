"""The baseline: `whence-baseline.json` in the repository, people's decisions on findings.

    {"schema": 1, "entries": [{"name": "src/a.py", "lines": "3-24", ..., "kind": "accepted", ...}]}

One entry a decision, one field a line, sorted by name: so a change of a decision is a change of
its lines, and two branches that decide of different files merge. The fields are described in
docs/decisions.md; people may edit them by hand.

Trade-off not taken: one line an entry. It halves the file, and makes its reviews unreadable.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from attribution.errors import PolicyError, StorageError
from audit.decisions.entry import Entry, about
from audit.decisions.matching import Matcher
from audit.types import DecisionKind, Finding, Severity

__all__ = ["SCHEMA", "Baseline", "read_baseline", "write_baseline"]

SCHEMA = 1  # raised when an older Whence could no longer understand the file


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the file says."""

    entries: tuple[Entry, ...] = ()
    other: Mapping[str, object] = field(default_factory=dict)  # members that are not known here


def read_baseline(path: Path) -> Baseline:
    """Read a baseline; one that is not there is empty.

    Raises:
        PolicyError: it cannot be read or meant; names file, entry and field.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Baseline()
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path} is not UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise PolicyError(_not_json(path, data, error)) from error
    except RecursionError as error:
        raise PolicyError(f"{path} is nested too deeply to be a baseline") from error
    if not isinstance(document, dict):
        raise PolicyError(f'{path} is no baseline: it is not an object with "schema" and "entries"')
    schema = document.pop("schema", None)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise PolicyError(f'{path}: "schema" is {schema!r}; it has to be {SCHEMA}')
    if schema > SCHEMA:
        raise PolicyError(
            f'{path}: "schema" is {schema}, and this Whence knows {SCHEMA}: a newer one wrote it, '
            "upgrade"
        )
    entries = document.pop("entries", None)
    if not isinstance(entries, list):
        raise PolicyError(f'{path}: "entries" has to be a list of decisions')
    read = []
    for number, fields in enumerate(entries, 1):
        read.append(Entry.of(fields, f"{path}: entry {number}"))
        entries[number - 1] = None  # of 100,000 entries both forms together take 300 MB more
    return Baseline(tuple(read), document)


def write_baseline(
    path: Path,
    findings: Iterable[Finding],
    *,
    author: str,
    today: datetime.date,
    reason: str,
    kind: DecisionKind,
    keep: bool,
    require_reason: bool = True,
    max_days: int | None = None,
) -> int:
    """Adopt the present state: after it, all of these findings are decided.

    Open findings get an entry of `kind` for `reason`. Entries that still apply stay as they are,
    with their dates and reasons; one that applies to a passage that has changed a little, or moved
    to another file, is brought up to date with it. All others are dropped.

    Args:
        findings: all of an audit, decided ones included.
        keep: drop no entry. For an audit of a part, which cannot know what else there is.
        require_reason: entries without a reason do not apply.
        max_days: entries apply for so many days from their date on.

    Returns:
        How many entries the file has now.

    Raises:
        PolicyError: what is there cannot be read as a baseline; it is left alone.
        StorageError: the file cannot be written; what was there is still there.
    """
    before = read_baseline(path)
    matcher = Matcher(before.entries, today, require_reason=require_reason, max_days=max_days)
    used: dict[Entry, tuple[int, Finding]] = {}  # how well it fits, and what
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
                Entry(kind, reason=reason, author=author, date=today.isoformat(), **fields),
            )
    entries = [
        dataclasses.replace(entry, **about(used[entry][1]))
        if entry in used and used[entry][0]
        else entry
        for entry in before.entries
        if keep or entry in used
    ]
    entries += new.values()
    _write(path, entries, before.other)
    return len(entries)


def _write(path: Path, entries: Sequence[Entry], other: Mapping[str, object]) -> None:
    """Replace the file in one step."""
    ordered = sorted(
        entries, key=lambda entry: (entry.name, int(entry.lines.split("-")[0] or 0), entry.key)
    )
    document = {"schema": SCHEMA, **other, "entries": [entry.as_fields() for entry in ordered]}
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    # A name that is not UTF-8 has lone surrogates, which only JSON's own escapes can carry.
    data = text.encode("utf-8", "backslashreplace")
    target = path.resolve()
    temporary = None
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as stream:
            temporary = Path(stream.name)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}; what was there is unchanged"
        ) from error


def _not_json(path: Path, data: bytes, error: json.JSONDecodeError) -> str:
    if data.startswith(b"<<<<<<< ") or b"\n<<<<<<< " in data:
        line = data[: data.find(b"<<<<<<< ")].count(b"\n") + 1
        return (
            f"{path}:{line} has the marks of an unfinished merge. Keep the entries of both sides, "
            "with a comma between them: their order does not matter"
        )
    return f"{path}:{error.lineno} is not JSON: {error.msg} (column {error.colno})"
