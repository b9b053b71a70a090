"""`RequestStore`: requests to remove code, in an SQLite file.

A request is on the disk before its sender gets the reference, and several processes may use the
file: the workers of a service, and `whence requests`. The file holds addresses of people, so it is
for its owner alone (mode 0600), and its size is bounded: when it is full, new requests are refused.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from attribution.errors import InputError, StorageError
from attribution.types import OptOut

__all__ = ["ACCEPTED", "DECLINED", "OPEN", "RemovalRequest", "RequestStore"]

OPEN, ACCEPTED, DECLINED = "open", "accepted", "declined"

_VERSION = 1  # of the table
_WAIT_SECONDS = 5.0  # for another process that writes
_PAGES = 16_384  # of 4 KiB: the largest file, some 60,000 usual requests
_TABLE = """
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    made TEXT NOT NULL,
    state TEXT NOT NULL,
    opt_outs TEXT NOT NULL,
    statement TEXT NOT NULL,
    contact TEXT NOT NULL,
    decided TEXT,
    reason TEXT NOT NULL DEFAULT ''
)
"""


@dataclass(frozen=True, slots=True)
class RemovalRequest:
    """A request to remove code, and what was decided."""

    number: int  # for the operator
    reference: str  # for the sender, who is the only one to know it: 128 random bits
    made: str  # UTC, ISO 8601; so is `decided`
    state: str  # OPEN, ACCEPTED or DECLINED
    opt_outs: tuple[OptOut, ...]
    statement: str  # why the code is the sender's
    contact: str  # where the operator can reach the sender
    decided: str | None
    reason: str  # of the decision, for the sender


class RequestStore:
    """The requests in a file. Threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the file, if there is none, and check that it can be written.

        Raises:
            InputError: a newer release wrote it.
            StorageError: it cannot be written, or is another kind of file.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                os.fchmod(file, 0o600)  # it may have been there
            finally:
                os.close(file)
        except OSError as error:
            raise StorageError(
                f"requests cannot be stored in {self.path}: {error.strerror}; name another file "
                "with --requests"
            ) from error
        with self._connected() as database, database:
            database.execute("BEGIN IMMEDIATE")
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise InputError(
                    f"{self.path} has version {version}, and this Whence reads {_VERSION}; use a "
                    "newer one"
                )
            database.execute(_TABLE)
            database.execute(f"PRAGMA user_version = {_VERSION}")

    def add(self, opt_outs: Sequence[OptOut], statement: str, contact: str) -> RemovalRequest:
        """Store a request.

        Raises:
            StorageError: it cannot be stored, because the file or the disk is full, for example.
        """
        reference = secrets.token_urlsafe(16)
        named = json.dumps([(opt_out.kind, opt_out.value) for opt_out in opt_outs])
        made = _now()
        with self._connected() as database, database:
            added = database.execute(
                "INSERT INTO requests (reference, made, state, opt_outs, statement, contact) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (reference, made, OPEN, named, statement, contact),
            )
        number = added.lastrowid or 0
        return RemovalRequest(
            number, reference, made, OPEN, tuple(opt_outs), statement, contact, None, ""
        )

    def by_reference(self, reference: str) -> RemovalRequest | None:
        """The request with a reference; None: there is none. Raises as `all`."""
        return next(self._select("WHERE reference = ?", reference), None)

    def by_number(self, number: int) -> RemovalRequest:
        """The request with a number. Raises as `all`, and:

        Raises:
            InputError: there is none.
        """
        found = next(self._select("WHERE number = ?", number), None)
        if found is None:
            raise InputError(
                f"there is no request {number} in {self.path}; `whence requests list --all` lists "
                "all of them"
            )
        return found

    def all(self, state: str | None = None) -> Iterator[RemovalRequest]:
        """The requests in a state, or all, oldest first.

        Raises:
            StorageError: the file is missing, cannot be read, or is of another kind.
        """
        if state is None:
            return self._select("ORDER BY number")
        return self._select("WHERE state = ? ORDER BY number", state)

    def decide(self, number: int, state: str, reason: str) -> RemovalRequest:
        """Record a decision. A declined request can be accepted later, but not the reverse.

        Args:
            state: ACCEPTED or DECLINED.
            reason: for the sender.

        Raises:
            InputError: there is no such request, or it was accepted or declined already.
            StorageError: the file cannot be written.
        """
        before = (OPEN, DECLINED) if state == ACCEPTED else (OPEN, OPEN)
        with self._connected() as database, database:
            done = database.execute(
                "UPDATE requests SET state = ?, decided = ?, reason = ? "
                "WHERE number = ? AND state IN (?, ?)",
                (state, _now(), reason, number, *before),
            )
        found = self.by_number(number)
        if not done.rowcount:
            raise InputError(f"request {number} was {found.state} on {found.decided}")
        return found

    def delete(self, number: int) -> None:
        """Delete a request, with the address in it.

        Raises:
            InputError: there is no such request.
            StorageError: the file cannot be written.
        """
        self.by_number(number)
        with self._connected() as database, database:
            database.execute("DELETE FROM requests WHERE number = ?", (number,))

    def _select(self, which: str, *values: object) -> Iterator[RemovalRequest]:
        columns = "number, reference, made, state, opt_outs, statement, contact, decided, reason"
        with self._connected() as database:
            rows = database.execute(f"SELECT {columns} FROM requests {which}", values).fetchall()
        for number, reference, made, state, named, statement, contact, decided, reason in rows:
            opt_outs = tuple(OptOut(kind, value) for kind, value in json.loads(named))
            yield RemovalRequest(
                number, reference, made, state, opt_outs, statement, contact, decided, reason
            )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A connection to the file, which must be there; its errors are ours."""
        if not self.path.exists():
            raise StorageError(
                f"there is no file of requests at {self.path}; `whence serve --contact WHOM` makes "
                "one, --requests names another"
            )
        try:
            with closing(sqlite3.connect(self.path, timeout=_WAIT_SECONDS)) as database:
                # after a commit, the request survives a loss of power
                database.execute("PRAGMA synchronous = EXTRA")
                database.execute("PRAGMA secure_delete = ON")
                database.execute(f"PRAGMA max_page_count = {_PAGES}")
                yield database
        except sqlite3.DatabaseError as error:
            raise StorageError(
                f"{self.path} cannot be used as a file of requests: {error}; --requests names "
                "another"
            ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
