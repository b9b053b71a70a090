"""Recognizes datasets by their columns: which column of a corpus means what.

corpora.toml describes the published corpora; for any other dataset the user gives
`--map field=column,...`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import chain
from typing import NamedTuple

from attribution.errors import SourceError
from indexer.dataset_options import FIELDS

__all__ = ["FileColumns", "Layout", "OccurrenceColumns", "recognize"]


class OccurrenceColumns(NamedTuple):
    """The columns that together describe one occurrence; None where there is no such column."""

    repository: str | None = None
    path: str | None = None
    revision: str | None = None
    licenses: str | None = None
    stars: str | None = None
    date: str | None = None
    origin: str | None = None


class FileColumns(NamedTuple):
    """The columns that describe a file wherever it occurs."""

    language: str | None = None
    encoding: str | None = None  # of the file in its repository; the content column is Unicode
    blob: str | None = None  # git blob sha1 of the file's bytes
    vendored: str | None = None
    generated: str | None = None
    size: str | None = None  # bytes


_NO_COLUMNS = FileColumns()


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a dataset. A dot in a name leads into a struct or object."""

    name: str
    content: str
    occurrences: tuple[OccurrenceColumns, ...]
    file: FileColumns = _NO_COLUMNS
    required: Sequence[str] = ()  # columns by which the corpus is recognized
    files: str | None = None  # the column with a row's list of files; names in it begin "files."
    forge: str = ""  # the address of a repository is this and its name
    fetched: bool = False  # the content column has ids; see indexer.sources.contents
    tagged: bool = False  # content may begin with <reponame>..<filename>..<gh_stars>..

    def columns(self) -> list[str]:
        """All columns to read, each once."""
        names = (self.content, *self.file, *chain.from_iterable(self.occurrences))
        return list(dict.fromkeys(name for name in names if name is not None))


_LISTED = 20  # columns in a message

# Releases of a corpus have different names for the same column.
_SYNONYMS = {
    "files.path": ("files.file_path", "files.filename", "files.name"),
    "files.language": ("files.lang", "files.programming_language"),
    "files.blob_id": ("files.content_id",),
    "content": ("text", "code"),
    "committer_date": ("revision_date", "visit_date"),
}


@cache
def _known_corpora() -> tuple[Layout, ...]:
    """The layouts of corpora.toml."""
    text = resources.files(__package__).joinpath("corpora.toml").read_text("utf-8")
    layouts = []
    for table in tomllib.loads(text)["corpus"]:
        file = FileColumns(**table.pop("file", {}))
        occurrences = tuple(OccurrenceColumns(**columns) for columns in table.pop("occurrences"))
        layouts.append(Layout(file=file, occurrences=occurrences, **table))
    return tuple(layouts)


def recognize(found: Collection[str], mapping: tuple[tuple[str, str], ...], where: str) -> Layout:
    """The layout of a dataset with these columns, changed by the user's mapping.

    Args:
        found: all columns; those in a struct or in a list of structs by their dotted names.
        mapping: pairs of field and column.
        where: the dataset, for the message.

    Raises:
        SourceError: no known corpus has these columns, and the mapping names none for the content.
    """
    columns = set(found)
    wanted = dict(mapping)
    for field, column in wanted.items():
        if column not in columns:
            raise SourceError(
                f"{where} has no column {column!r} to read the {field} from; "
                f"it has: {_listed(columns)}"
            )
    given = columns | ({"content"} if "content" in wanted else set())
    for layout in _known_corpora():
        if all(_existing(name, given) for name in layout.required):
            return _adapted(layout, wanted, columns)
    if "content" not in wanted:
        raise SourceError(
            f"{where} does not have the columns of a known corpus; it has: {_listed(columns)}. "
            "Say what they mean, e.g. --map content=COLUMN,path=COLUMN,repository=COLUMN "
            f"(fields: {', '.join(FIELDS)})"
        )
    head, dot, _ = wanted["content"].partition(".")
    files = head if dot and f"{head}[]" in columns else None
    layout = Layout("mapped columns", wanted["content"], (OccurrenceColumns(),), files=files)
    return _adapted(layout, wanted, columns)


def _adapted(layout: Layout, wanted: dict[str, str], columns: set[str]) -> Layout:
    """With the user's mapping, and without the columns that this release does not have."""
    first, *others = layout.occurrences
    first = first._replace(**{k: v for k, v in wanted.items() if k in first._fields})
    file = layout.file._replace(**{k: v for k, v in wanted.items() if k in layout.file._fields})
    occurrences = [
        OccurrenceColumns(*(_existing(name, columns) for name in one)) for one in (first, *others)
    ]
    content = wanted.get("content", layout.content)
    return replace(
        layout,
        content=_existing(content, columns) or content,
        fetched=layout.fetched and "content" not in wanted,
        occurrences=tuple(o for o in occurrences if o.repository or o.path) or (occurrences[0],),
        file=FileColumns(*(_existing(name, columns) for name in file)),
    )


def _existing(name: str | None, columns: set[str]) -> str | None:
    """The name that a column has in this dataset, or None."""
    if name is None or name in columns:
        return name
    return next((s for s in _SYNONYMS.get(name, ()) if s in columns), None)


def _listed(columns: set[str]) -> str:
    names = sorted(c for c in columns if not c.endswith("[]"))
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more if names else "none"
