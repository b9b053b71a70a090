"""Rows of a dataset to files and occurrences; the same for parquet and JSONL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from attribution.lexing.languages import canonical_language
from attribution.licenses import DATASET_COLUMN, normalize_license
from attribution.types import LicenseEvidence, NewFile, Occurrence, Skip
from indexer.filters import Reason, is_vendored, skip
from indexer.licensing.repository import of_content
from indexer.sources.columns import Layout, PlaceColumns
from indexer.sources.interface import SourceOptions

__all__ = ["RowReader"]

# StarCoder's training text: tags before the content, the stars as a bucket ("10-100").
_TAGS = re.compile(
    rb"(?:<reponame>([^<\n]*))?(?:<filename>([^<\n]*))?(?:<gh_stars>([^<\n]*))?\r?\n?"
)
# Already as they are, or with NUL bytes all over: such a file is kept as its UTF-8 text.
_UNICODE = ("utf", "ascii", "us-ascii")
_TAG_STARTS = (b"<reponame>", b"<filename>", b"<gh_stars>")
_DAY = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d")

# Values of the columns of PlaceColumns, in its order.
Place = tuple[Any, Any, Any, Any, Any, Any, Any]

Values = Sequence[Any]
_NO_VALUES: Any = repeat(None)


class RowReader:
    """Builds what a batch of rows holds. One per source: it caches licences and languages."""

    def __init__(self, layout: Layout, options: SourceOptions, where: str, folder: str) -> None:
        """`where` names the dataset in Skips; `folder`'s name may be the language (data/python)."""
        self._layout = layout
        self._rules = options.filter
        self._where = where
        self._folder_language = None if layout.language else canonical_language(folder)
        self._languages: dict[Any, str | None] = {}
        self._licenses: dict[Any, tuple[LicenseEvidence, ...]] = {}

    def read(self, columns: Mapping[str, Values], first: int) -> Iterator[list[NewFile | Skip]]:
        """One list per row. `columns`: equally long, by name; `first`: the first one's number."""

        def values(name: str | None) -> Values:
            return _NO_VALUES if name is None else columns[name]

        layout = self._layout
        places = (
            zip(*(values(getattr(p, f)) for f in PlaceColumns.__slots__), strict=False)
            for p in layout.places
        )
        rows = zip(
            values(layout.content),
            values(layout.language),
            values(layout.encoding),
            values(layout.blob),
            values(layout.vendored),
            values(layout.generated),
            zip(*places, strict=False),
            strict=False,
        )
        for number, row in enumerate(rows, first):
            yield self._row(number, *row)

    def _row(
        self,
        number: int,
        content: Any,
        language: Any,
        encoding: Any,
        blob: Any,
        vendored: Any,
        generated: Any,
        places: tuple[Place, ...],
    ) -> list[NewFile | Skip]:
        if isinstance(content, str):
            try:
                content = content.encode()
            except UnicodeEncodeError:
                detail = "the content holds half of a surrogate pair"
                return [self._refuse(number, places[0], Reason.NOT_DECODABLE, detail)]
        if not isinstance(content, bytes):
            what = "no content" if content is None else f"content is a {type(content).__name__}"
            return [self._refuse(number, places[0], Reason.MALFORMED, what)]
        if encoding is not None and blob is not None:
            content = _as_committed(content, encoding, blob)
        if self._layout.tagged and content.startswith(_TAG_STARTS):
            content, places = _untag(content, places)
        path = places[0][1] or ""
        language = self._language(language, path, content)
        refused = self._rules.judge(path, content, language)
        if refused is None and generated and not self._rules.include_generated:
            refused = Reason.GENERATED, f"by the column {self._layout.generated}"
        if refused is not None or language is None:
            return [self._refuse(number, places[0], *(refused or (Reason.NOT_CODE,)))]
        return self._files(number, content, language, bool(vendored), places)

    def _files(
        self, number: int, content: bytes, language: str, vendored: bool, places: tuple[Place, ...]
    ) -> list[NewFile | Skip]:
        """The content at each of its places, each once."""
        forge = self._layout.forge
        found: dict[tuple[Any, Any, Any], NewFile | Skip] = {}
        for named, at, revision, licenses, stars, date, origin in places:
            key = (named, at, revision)
            if key in found or (named is None and at is None and found):
                continue
            repository = str(named) if named else ""
            # The Stack v2 writes paths from the repository's root: "/src/a.py".
            path = str(at).lstrip("/") if at else f"{self._where}#{number}"
            found[key] = NewFile(
                content,
                language,
                Occurrence(
                    repository,
                    path,
                    str(revision) if revision else None,
                    str(origin or (forge + repository if forge and repository else "")),
                    _date(date),
                    _count(stars),
                    vendored or is_vendored(path),
                    of_content(content, language, self._license(licenses)),
                ),
            )
        return list(found.values())

    def _language(self, column: Any, path: str, content: bytes) -> str | None:
        if column is not None:
            if column not in self._languages:
                self._languages[column] = canonical_language(str(column))
            if self._languages[column] is not None:
                return self._languages[column]
        return self._folder_language or self._rules.language(path, content[:256])

    def _license(self, value: Any) -> tuple[LicenseEvidence, ...]:
        """What the licence column says."""
        key = tuple(value) if isinstance(value, list) else value
        known = self._licenses.get(key)
        if known is None:
            if isinstance(value, list):
                value = [v for v in value if isinstance(v, str)]
            elif not isinstance(value, str):
                value = None
            expression = normalize_license(value)
            known = self._licenses[key] = (LicenseEvidence(expression, DATASET_COLUMN),)
        return known

    def _refuse(self, number: int, place: Place, reason: Reason, detail: str = "") -> Skip:
        repository, path = place[0], place[1]
        if not path:
            return Skip(f"{self._where}#{number}", reason.value, detail)
        return skip(str(repository or ""), str(path), reason, detail)


def _as_committed(content: bytes, encoding: str, blob: str) -> bytes:
    """The bytes as they lay in the repository, if their git blob sha1 proves it.

    The Stack v2 tells a file's id by its bytes, but its contents are joined as Unicode text.
    """
    if encoding.lower().startswith(_UNICODE):
        return content
    try:
        committed = content.decode().encode(encoding)
    except (LookupError, UnicodeError):
        return content
    digest = hashlib.sha1(b"blob %d\0" % len(committed), usedforsecurity=False)
    digest.update(committed)
    return committed if digest.hexdigest() == blob else content


def _untag(content: bytes, places: tuple[Place, ...]) -> tuple[bytes, tuple[Place, ...]]:
    """Take StarCoder's tags off; they fill in what the columns do not tell."""
    tags = _TAGS.match(content)
    if tags is None or not tags[0].startswith(_TAG_STARTS):
        return content, places
    repository, path = (t.decode("utf-8", "replace") if t else None for t in tags.groups()[:2])
    first = (places[0][0] or repository, places[0][1] or path, *places[0][2:])
    return content[tags.end() :], (first, *places[1:])


def _count(value: Any) -> int | None:
    """Counts are floats where the dataset was joined by pandas, and NaN where it had no match."""
    try:
        return None if value is None else int(value)
    except (ValueError, OverflowError, TypeError):
        return None


def _date(value: Any) -> str | None:
    """The day, of a time stamp in ISO 8601 or as an object."""
    if value is None:
        return None
    day = str(value)[:10]
    return day if _DAY.fullmatch(day) else None
