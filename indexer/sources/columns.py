"""Datasets by their columns: which column of which published corpus means what.

The Stack v1 and v1-dedup, The Stack v2 with contents joined, The Stack v3 (a row is a repository
with a list of files), StarCoderData; all else is told by `--map field=column,...`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from attribution.errors import InputError, SourceError

__all__ = ["FIELDS", "Layout", "PlaceColumns", "parse_mapping", "recognize"]

# What can be mapped. "licenses" may hold one name or a list of them.
FIELDS = (
    "content", "path", "repository", "revision", "origin", "licenses", "stars", "date",
    "language", "encoding", "vendored", "generated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlaceColumns:
    """The columns that together name one occurrence; None: there is no such column."""

    repository: str | None = None
    path: str | None = None
    revision: str | None = None
    licenses: str | None = None
    stars: str | None = None
    date: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """How a dataset names what we need. A dot goes into a struct or object."""

    name: str
    content: str
    places: tuple[PlaceColumns, ...]
    language: str | None = None
    encoding: str | None = None  # of the file as it lay in its repository; the column is Unicode
    blob: str | None = None  # git blob sha1 of the file's bytes
    vendored: str | None = None
    generated: str | None = None
    files: str | None = None  # a list of files per row: then names below it start with "files."
    forge: str = ""  # what to put before a repository's name to have its address
    tagged: bool = False  # content may begin with <reponame>..<filename>..<gh_stars>..

    def columns(self) -> list[str]:
        """All columns to read, each once."""
        named = [self.content, self.language, self.encoding, self.blob, self.vendored]
        named.append(self.generated)
        for place in self.places:
            named += [place.repository, place.path, place.revision, place.licenses]
            named += [place.stars, place.date, place.origin]
        return list(dict.fromkeys(name for name in named if name is not None))


_GITHUB = "https://github.com/"


def _event(kind: str) -> PlaceColumns:
    """The Stack v1 names the repository with most stars, with most issues, with most forks."""
    return PlaceColumns(
        repository=f"max_{kind}_repo_name",
        path=f"max_{kind}_repo_path",
        revision=f"max_{kind}_repo_head_hexsha",
        licenses=f"max_{kind}_repo_licenses",
        # The count of issues or forks says nothing of stars.
        stars="max_stars_count" if kind == "stars" else None,
        date=f"max_{kind}_repo_{kind}_event_min_datetime",
    )


_STACK_V1 = Layout(
    "The Stack v1",
    "content",
    (_event("stars"), _event("issues"), _event("forks")),
    language="lang",
    forge=_GITHUB,
    tagged=True,
)
_STARCODER = Layout(
    "StarCoderData",
    "content",
    (PlaceColumns("max_stars_repo_name", "max_stars_repo_path", stars="max_stars_count"),),
    forge=_GITHUB,
    tagged=True,
)
_STACK_V2 = Layout(
    "The Stack v2",
    "content",
    (
        PlaceColumns(
            "repo_name",
            "path",
            "revision_id",
            "detected_licenses",
            "star_events_count",
            "committer_date",
        ),
    ),
    language="language",
    encoding="src_encoding",
    blob="blob_id",
    vendored="is_vendor",
    generated="is_generated",
    forge=_GITHUB,
)
_STACK_V3 = Layout(
    "The Stack v3",
    "files.content",
    (
        PlaceColumns(
            "repo_path",
            "files.path",
            "commit_id",
            "files.detected_licenses",
            "github_metadata.stars",
            "github_metadata.repo_created_at",
        ),
    ),
    language="files.language",
    encoding="files.src_encoding",
    blob="files.blob_id",
    vendored="files.is_vendor",
    generated="files.is_generated",
    files="files",
    forge=_GITHUB,
)
# What must be there for a layout to be meant; the first that fits, so the fullest first.
_KNOWN = (
    (_STACK_V3, ("repo_path", "commit_id", "files.content")),
    (_STACK_V2, ("blob_id", "repo_name", "path", "content")),
    (_STACK_V1, ("hexsha", "max_stars_repo_name", "max_stars_repo_path", "content")),
    (_STARCODER, ("max_stars_repo_name", "max_stars_repo_path", "content")),
)
# Releases name the same thing differently.
_SYNONYMS = {
    "files.path": ("files.file_path", "files.filename", "files.name"),
    "files.language": ("files.lang", "files.programming_language"),
    "files.blob_id": ("files.content_id",),
    "content": ("text", "code"),
    "committer_date": ("revision_date", "visit_date"),
}


def parse_mapping(text: str) -> tuple[tuple[str, str], ...]:
    """`content=text,path=meta.path` as pairs.

    Raises:
        InputError: not of this form, or an unknown field.
    """
    pairs = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        field, equals, column = (p.strip() for p in part.partition("="))
        if not equals or not column or field not in FIELDS:
            raise InputError(
                f"--map {part!r}: write FIELD=COLUMN, where FIELD is one of {', '.join(FIELDS)}"
            )
        pairs.append((field, column))
    return tuple(pairs)


def recognize(found: Collection[str], mapping: tuple[tuple[str, str], ...], where: str) -> Layout:
    """The layout of a dataset with these columns, changed by the user's mapping.

    Args:
        found: all columns; those in a struct or in a list of structs by their dotted names.
        mapping: pairs of field and column.
        where: the dataset, for the message.

    Raises:
        SourceError: no known layout, and no mapping that tells where the content is.
    """
    columns = set(found)
    for field, column in mapping:
        if column not in columns:
            raise SourceError(
                f"{where} has no column {column!r} to take the {field} from; "
                f"it has: {_listed(columns)}"
            )
    wanted = dict(mapping)
    for layout, needed in _KNOWN:
        if all(_present(name, columns, wanted) for name in needed):
            return _prune(_mapped(layout, wanted), columns)
    if "content" not in wanted:
        raise SourceError(
            f"{where} has columns of no known corpus: {_listed(columns)}; say what they mean, e.g. "
            f"--map content=COLUMN,path=COLUMN,repository=COLUMN (fields: {', '.join(FIELDS)})"
        )
    plain = Layout("mapped columns", wanted["content"], (PlaceColumns(),))
    head, dot, _ = wanted["content"].partition(".")
    nested = bool(dot) and f"{head}[]" in columns
    return _prune(_mapped(replace(plain, files=head if nested else None), wanted), columns)


def _present(name: str, columns: set[str], wanted: dict[str, str]) -> bool:
    if name == "content" and "content" in wanted:
        return True
    return name in columns or any(s in columns for s in _SYNONYMS.get(name, ()))


def _mapped(layout: Layout, wanted: dict[str, str]) -> Layout:
    first, rest = layout.places[0], layout.places[1:]
    at_place = {k: v for k, v in wanted.items() if k in PlaceColumns.__slots__}
    return replace(
        layout,
        places=(replace(first, **at_place), *rest),
        content=wanted.get("content", layout.content),
        language=wanted.get("language", layout.language),
        encoding=wanted.get("encoding", layout.encoding),
        vendored=wanted.get("vendored", layout.vendored),
        generated=wanted.get("generated", layout.generated),
    )


def _prune(layout: Layout, columns: set[str]) -> Layout:
    """Without the columns that this release of the corpus does not have."""

    def there(name: str | None) -> str | None:
        if name is None or name in columns:
            return name
        return next((s for s in _SYNONYMS.get(name, ()) if s in columns), None)

    places = tuple(
        PlaceColumns(*(there(getattr(place, field)) for field in PlaceColumns.__slots__))
        for place in layout.places
    )
    return replace(
        layout,
        content=there(layout.content) or layout.content,
        places=tuple(p for p in places if p.repository or p.path) or places[:1],
        language=there(layout.language),
        encoding=there(layout.encoding),
        blob=there(layout.blob),
        vendored=there(layout.vendored),
        generated=there(layout.generated),
    )


def _listed(columns: set[str]) -> str:
    return ", ".join(sorted(c for c in columns if not c.endswith("[]"))[:60]) or "none"
