"""Turns the rows of a dataset, parquet or JSONL, into files with their occurrences."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Any

from attribution.lexing.languages import canonical_language
from attribution.licensing.evidence import DATASET_COLUMN
from attribution.licensing.names import normalize_license
from attribution.types import LicenseEvidence, NewFile, Occurrence, Skip
from indexer.filters import Reason, is_vendored, skip, too_large
from indexer.licensing.repository import of_content
from indexer.sources.columns import Layout
from indexer.sources.contents import ContentRequest, Refusal
from indexer.sources.interface import SourceOptions

__all__ = ["Columns", "RowReader"]

# StarCoder's training text: tags before the content, the stars as a bucket ("10-100").
_TAGS = re.compile(
    rb"(?:<reponame>([^<\n]*))?(?:<filename>([^<\n]*))?(?:<gh_stars>([^<\n]*))?\r?\n?"
)
# Files in these encodings are kept as UTF-8: they are that already, or are full of NUL bytes.
_UNICODE = ("utf", "ascii", "us-ascii")
_TAG_STARTS = (b"<reponame>", b"<filename>", b"<gh_stars>")
_DAY = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d")

# The values of the columns of FileColumns and OccurrenceColumns, in their order.
FileRow = tuple[Any, Any, Any, Any, Any, Any]
OccurrenceRow = tuple[Any, Any, Any, Any, Any, Any, Any]

Columns = Mapping[str, Iterable[Any]]  # by name, equally long


class RowReader:
    """Builds files from batches of rows. One per source: it caches licences and languages."""

    def __init__(
        self,
        layout: Layout,
        options: SourceOptions,
        where: str,
        folder: str,
        before: Callable[[], int] = int,
    ) -> None:
        """
        Args:
            where: names the dataset, for rows without a path.
            folder: the name of its folder, which may be the language (data/python).
            before: gives the number of rows before those that are read; called when it is shown.
        """
        self._layout = layout
        self._rules = options.filter
        self._contents = options.contents
        self._where = where
        self._before = before
        self._folder_language = None if layout.file.language else canonical_language(folder)
        self._languages: dict[Any, str | None] = {}
        self._licenses: dict[Any, tuple[LicenseEvidence, ...]] = {}

    def read(self, columns: Columns, first: int) -> Iterator[list[NewFile | Skip]]:
        """One list per row, never empty.

        Args:
            first: the number of the first row, for messages.
        """
        layout = self._layout

        def rows(names: Iterable[str | None]) -> Iterator[Any]:
            absent: Any = repeat(None)
            values = [absent if name is None else columns[name] for name in names]
            return zip(*values, strict=False)

        occurrences = zip(*(rows(names) for names in layout.occurrences), strict=False)
        files = zip(columns[layout.content], rows(layout.file), occurrences, strict=False)
        for number, (content, file, seen) in enumerate(files, first):
            yield self._row(number, content, file, seen)

    def with_contents(self, batches: Sequence[Columns]) -> Iterator[Columns]:
        """The same columns, with contents, which are fetched ahead, in place of their ids.

        Each has to be read to its end before the next.
        """
        name = self._layout.content
        wanted = chain.from_iterable(map(self._requests, batches))
        contents = self._contents.read(wanted, self._rules.max_file_size)
        for columns in batches:
            yield {**columns, name: islice(contents, sum(1 for _ in columns[name]))}

    def _requests(self, columns: Columns) -> Iterator[ContentRequest | Refusal]:
        """What has to be fetched for each row."""
        layout, rules = self._layout, self._rules
        absent: Any = repeat(None)
        names = (layout.content, *layout.file, layout.occurrences[0].path)
        values = (absent if name is None else columns[name] for name in names)
        for blob, language, encoding, document, _, generated, size, path in zip(
            *values, strict=False
        ):
            known = self._language(language, path or "", b"")
            if not isinstance(blob, str):
                yield Reason.MALFORMED, f"no id in the column {layout.content}"
            elif known is None and "." in (path or "").rpartition("/")[2]:
                yield Reason.NOT_CODE, path
            elif known is not None and rules.languages and known not in rules.languages:
                yield Reason.OTHER_LANGUAGE, known
            elif generated and not rules.include_generated:
                yield self._generated()
            elif (bytes_ := _count(size)) is not None and bytes_ > rules.max_file_size:
                yield Reason.TOO_LARGE, too_large(bytes_, rules.max_file_size)
            else:
                yield ContentRequest(blob, document, encoding)

    def _generated(self) -> Refusal:
        return Reason.GENERATED, f"by the column {self._layout.file.generated}"

    def _row(
        self, number: int, content: Any, file: FileRow, occurrences: tuple[OccurrenceRow, ...]
    ) -> list[NewFile | Skip]:
        language, encoding, blob, vendored, generated, _ = file
        if isinstance(content, tuple):  # a Refusal
            return [self._refuse(number, occurrences[0], *content)]
        if isinstance(content, str):
            try:
                content = content.encode()
            except UnicodeEncodeError:
                detail = "the content holds half of a surrogate pair"
                return [self._refuse(number, occurrences[0], Reason.NOT_DECODABLE, detail)]
        if not isinstance(content, bytes):
            detail = "no content" if content is None else f"content is a {type(content).__name__}"
            return [self._refuse(number, occurrences[0], Reason.MALFORMED, detail)]
        if encoding is not None and blob is not None and not self._layout.fetched:
            content = _as_committed(content, encoding, blob)
        if self._layout.tagged and content.startswith(_TAG_STARTS):
            content, occurrences = _untag(content, occurrences)
        path = occurrences[0][1] or ""
        language = self._language(language, path, content)
        refusal = self._rules.judge(path, content, language)
        if refusal is None and generated and not self._rules.include_generated:
            refusal = self._generated()
        if refusal is not None or language is None:
            return [self._refuse(number, occurrences[0], *(refusal or (Reason.NOT_CODE,)))]
        return self._files(number, content, language, bool(vendored), occurrences)

    def _files(
        self,
        number: int,
        content: bytes,
        language: str,
        vendored: bool,
        occurrences: tuple[OccurrenceRow, ...],
    ) -> list[NewFile | Skip]:
        """The content with each of its occurrences, each once."""
        forge = self._layout.forge
        files: dict[tuple[Any, Any, Any], NewFile | Skip] = {}
        evidence: tuple[LicenseEvidence, ...] | None = None
        for name, full_path, revision, licenses, stars, date, origin in occurrences:
            key = (name, full_path, revision)
            if key in files or (name is None and full_path is None and files):
                continue
            repository = str(name) if name else ""
            # The Stack v2 writes paths from the repository's root: "/src/a.py".
            path = str(full_path).lstrip("/") if full_path else self._named(number)
            if (column := self._license(licenses)) is not evidence:
                evidence = column
                license_and_holders = of_content(content, language, evidence)
            files[key] = NewFile(
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
                    *license_and_holders,
                ),
            )
        return list(files.values())

    def _language(self, column: Any, path: str, content: bytes) -> str | None:
        if column is not None:
            if column not in self._languages:
                self._languages[column] = canonical_language(str(column))
            if self._languages[column] is not None:
                return self._languages[column]
        return self._folder_language or self._rules.language(path, content[:256])

    def _license(self, value: Any) -> tuple[LicenseEvidence, ...]:
        """The evidence of the licence column."""
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

    def _named(self, number: int) -> str:
        return f"{self._where}#{self._before() + number}"

    def _refuse(
        self, number: int, occurrence: OccurrenceRow, reason: Reason, detail: str = ""
    ) -> Skip:
        repository, path = occurrence[0], occurrence[1]
        if not path:
            return Skip(self._named(number), reason.value, detail)
        return skip(str(repository or ""), str(path).lstrip("/"), reason, detail)


def _as_committed(content: bytes, encoding: str, blob: str) -> bytes:
    """The bytes as they were in the repository, if their hash proves it.

    The Stack v2 identifies a file by its bytes, but has its content as Unicode text. Its ids are
    those of Software Heritage's bucket, which are sha1; elsewhere they are git's.
    """
    if encoding.lower().startswith(_UNICODE):
        return content
    try:
        committed = content.decode().encode(encoding)
    except (LookupError, UnicodeError):
        return content
    hashed = (committed, b"blob %d\0%b" % (len(committed), committed))
    proven = (hashlib.sha1(data, usedforsecurity=False).hexdigest() == blob for data in hashed)
    return committed if any(proven) else content


def _untag(
    content: bytes, occurrences: tuple[OccurrenceRow, ...]
) -> tuple[bytes, tuple[OccurrenceRow, ...]]:
    """Remove StarCoder's tags; they fill in what the columns do not say."""
    tags = _TAGS.match(content)
    if tags is None or not tags[0].startswith(_TAG_STARTS):
        return content, occurrences
    repository, path = (t.decode("utf-8", "replace") if t else None for t in tags.groups()[:2])
    first = (occurrences[0][0] or repository, occurrences[0][1] or path, *occurrences[0][2:])
    return content[tags.end() :], (first, *occurrences[1:])


def _count(value: Any) -> int | None:
    """Counts are floats where the dataset was joined by pandas, and NaN where it had no match."""
    try:
        return None if value is None else int(value)
    except (ValueError, OverflowError, TypeError):
        return None


def _date(value: Any) -> str | None:
    """The day of a time stamp, which is an ISO 8601 string or an object."""
    if value is None:
        return None
    day = str(value)[:10]
    return day if _DAY.fullmatch(day) else None
