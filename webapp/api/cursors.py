"""Cursors: where a listing goes on, opaque to the client.

A cursor carries the index's version, what was asked and how far the listing is, with a checksum:
a damaged one is told from one of another query. It is no secret and grants nothing, so it needs no
key, and any worker process can read it. An index that has changed meanwhile may order its answers
otherwise: its old cursors are refused instead of skipping or repeating entries.
"""

from __future__ import annotations

import base64
import binascii
import json
from hashlib import blake2b

from webapp.api.shapes import problem_response
from webapp.problems import Problem

__all__ = ["EXPIRED", "ExpiredCursor", "next_cursor", "offset_of"]

EXPIRED = problem_response("The index has changed since the cursor was given")

_DIGEST = 8  # bytes
_REMEDY = "start anew without a cursor"


class ExpiredCursor(Problem):
    """The index has changed since the cursor was given."""

    def __init__(self, detail: str) -> None:
        super().__init__("cursor-expired", detail, errors=[_FIELD])


_FIELD = {"detail": "not a cursor of this listing", "parameter": "cursor"}


def next_cursor(version: str, asked: object, offset: int) -> str:
    """The cursor for the entries from an offset on.

    Args:
        version: of the index.
        asked: the parameters that name the listing; anything that JSON can write.
        offset: entries before it.
    """
    text = json.dumps([version, _digest(json.dumps(asked).encode()).hex(), offset]).encode()
    return base64.urlsafe_b64encode(_digest(text) + text).decode().rstrip("=")


def offset_of(cursor: str | None, version: str, asked: object) -> int:
    """Where a listing goes on; 0 without a cursor.

    Raises:
        Problem: the cursor is damaged, of another listing, or of another state of the index.
    """
    if cursor is None:
        return 0
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        if _digest(data[_DIGEST:]) != data[:_DIGEST]:
            raise ValueError("digest")
        then, query, offset = json.loads(data[_DIGEST:])
        if type(offset) is not int or offset < 0:
            raise ValueError("offset")
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise Problem(
            "input",
            f"the cursor, of {len(cursor)} characters, is none that was given out; give the whole "
            f"next_cursor of the answer before, or {_REMEDY}",
            errors=[_FIELD],
        ) from error
    if then != version:
        raise ExpiredCursor(
            f"the cursor is of version {then} of the index, which is at {version} now; {_REMEDY}"
        )
    if query != _digest(json.dumps(asked).encode()).hex():
        raise Problem(
            "input",
            "the cursor belongs to another query; repeat the parameters that it was given for, or "
            + _REMEDY,
            errors=[_FIELD],
        )
    return offset


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST, person=b"whence cursor").digest()
