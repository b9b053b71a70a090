"""The occurrences of a segment, as columns.

    occurrences.heads          u64, shape (M,): first 8 bytes of the document's id, ascending
    occurrences.tails          u8, shape (M, 12): the rest of it
    occurrences.keys           u64: hash of (repository, path, revision); ascending per document
    occurrences.repositories   u32: number of a string; so are origins, revisions, dates, licenses
                               and notices
    occurrences.stars          i64: -1 for unknown
    occurrences.vendored       u8
    paths.*                    a column of strings, one per occurrence

A licence is a JSON list in the table of strings, see `attribution.index.license_record`; it has the
holders of the copyright too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayFile, ArrayWriter
from attribution.index.embedded.locating import rows_of
from attribution.index.embedded.reading_ahead import expect_rows
from attribution.index.embedded.storage import damaged
from attribution.index.embedded.strings import NONE, StringColumn, put_strings
from attribution.index.license_record import LicenseRecord, expression_of, read_record, record_of
from attribution.types import Occurrence

__all__ = ["COLUMNS", "REFERRING", "OccurrenceTable", "put_occurrences", "references"]

REFERRING = ("repositories", "origins", "revisions", "dates", "licenses", "notices")
COLUMNS = ("heads", "tails", "keys", *REFERRING, "stars", "vendored")

Column = NDArray[Any]
U64 = NDArray[np.uint64]

_KNOWN_LICENSES = 4096  # cached; a corpus has a few hundred, and some thousand conflicts


def references(occurrences: Sequence[Occurrence]) -> tuple[list[str | None], ...]:
    """The strings to which occurrences refer: one list per column of REFERRING."""
    return (
        [o.repository for o in occurrences],
        [o.origin for o in occurrences],
        [o.revision for o in occurrences],
        [o.date for o in occurrences],
        [record_of(o) for o in occurrences],
        [o.notice or None for o in occurrences],
    )


class OccurrenceTable:
    """Mapped occurrences of a segment."""

    def __init__(self, arrays: ArrayFile, strings: StringColumn) -> None:
        self.columns: dict[str, Column] = {name: arrays[f"occurrences.{name}"] for name in COLUMNS}
        self.paths = StringColumn(arrays, "paths")
        lengths = {len(self.paths), *map(len, self.columns.values())}
        if len(lengths) > 1 or self.columns["tails"].shape[1:] != (12,):
            raise damaged(arrays.path, "its table of occurrences")
        self._path = arrays.path
        self._licenses: dict[int, LicenseRecord] = {}  # read so far
        self.strings = strings

    def __len__(self) -> int:
        return len(self.columns["heads"])

    @property
    def referring(self) -> list[Column]:
        """The columns of numbers of strings."""
        return [self.columns[name] for name in REFERRING]

    def rows(self, id_: bytes) -> range:
        """Rows of a document, alive or dead.

        Raises:
            IndexDamagedError: its place among the ids was overwritten with zeros.
        """
        id_bytes = np.frombuffer(id_, np.uint8)
        start, stop = rows_of(self.columns["heads"], self.columns["tails"], id_bytes)
        if start < 0:
            raise damaged(self._path, "the ids of its occurrences")
        return range(start, stop)

    def expect(self, heads: U64) -> None:
        """Start reading the occurrences of documents, in two steps, each without waiting.

        Args:
            heads: (n,), the first 64 bits of their ids.
        """
        known = self.columns["heads"]
        first, stop = known.searchsorted(heads), known.searchsorted(heads, "right")
        if (first == stop).all():  # as in most segments
            return
        rows = np.concatenate([np.arange(*pair) for pair in zip(first, stop, strict=True)])
        for column in self.columns.values():
            expect_rows(column, rows)
        self.paths.expect(rows)
        numbers = np.unique(np.concatenate([column[rows] for column in self.referring]))
        numbers = numbers[numbers != NONE].astype(np.int64)
        self.strings.expect(numbers)
        self.paths.expect_text(rows)
        self.strings.expect_text(numbers)

    def id_of(self, row: int) -> bytes:
        """Id of the document of a row, 20 bytes."""
        head = int(self.columns["heads"][row])
        return head.to_bytes(8) + bytes(self.columns["tails"][row])

    def __getitem__(self, row: int) -> Occurrence:
        """The occurrence of a row.

        Raises:
            IndexDamagedError: a number or a string in it is invalid.
        """
        c = self.columns
        stars = int(c["stars"][row])
        stated = self._stated(int(c["licenses"][row]))
        return Occurrence(
            repository=self.strings[int(c["repositories"][row])],
            path=self.paths[row],
            revision=self.strings.optional(int(c["revisions"][row])),
            origin=self.strings[int(c["origins"][row])],
            date=self.strings.optional(int(c["dates"][row])),
            stars=None if stars < 0 else stars,
            vendored=bool(c["vendored"][row]),
            license=stated.license,
            holders=stated.holders,
            notice=self.strings.optional(int(c["notices"][row])) or "",
        )

    def expression(self, number: int) -> str:
        """The expression of a licence by the number of its string.

        Raises:
            IndexDamagedError: there is no such string, or it is not a licence.
        """
        try:
            return expression_of(self.strings[number])
        except (ValueError, IndexError) as exc:
            raise damaged(self._path, f"licence {number}") from exc

    def _stated(self, number: int) -> LicenseRecord:
        known = self._licenses.get(number)
        if known is None:
            try:
                known = read_record(self.strings[number])
            except (ValueError, TypeError, IndexError, KeyError, RecursionError) as exc:
                raise damaged(self._path, f"licence {number}") from exc
            if len(self._licenses) < _KNOWN_LICENSES:
                self._licenses[number] = known
        return known


def put_occurrences(out: ArrayWriter, columns: dict[str, Column], paths: Iterable[bytes]) -> None:
    """Write the columns of a segment, ordered by document id and key."""
    for name in COLUMNS:
        out.put(f"occurrences.{name}", columns[name])
    put_strings(out, "paths", paths)


def numbered(column: Sequence[str | None], numbers: dict[str | None, int]) -> NDArray[np.uint32]:
    """The number of each string, and NONE for None."""
    return np.fromiter(map({**numbers, None: NONE}.__getitem__, column), np.uint32, len(column))
