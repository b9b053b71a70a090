"""Cursors of listings, opaque to clients.

A cursor holds the index's version, a hash of the query and an offset. It is signed with a fixed key
to detect damage only: it grants nothing, and every worker process must be able to read it. When the
index changes, so may the order of a listing: its old cursors are refused, so that no page skips or
repeats entries.
"""

from __future__ import annotations

import json
from hashlib import blake2b

from itsdangerous import BadData, URLSafeSerializer

from webapp.api.shapes import problem_response
from webapp.problems import Problem

__all__ = ["EXPIRED", "next_cursor", "offset_of"]

EXPIRED = problem_response("The index has changed since the cursor was made")

_SERIALIZER = URLSafeSerializer("whence cursor")
_REMEDY = "start again without a cursor"
_ERRORS = [{"detail": "not a cursor of this listing", "parameter": "cursor"}]


def next_cursor(version: str, query: object, offset: int) -> str:
    """The cursor for the entries from an offset on.

    Args:
        version: of the index.
        query: the parameters that define the listing; anything that JSON can write.
        offset: number of entries before it.
    """
    return str(_SERIALIZER.dumps([version, _digest(query), offset]))


def offset_of(cursor: str | None, version: str, query: object) -> int:
    """The offset in a cursor; 0 without one.

    Raises:
        Problem: the cursor is damaged, of another query, or of another version of the index.
    """
    if cursor is None:
        return 0
    try:
        cursor_version, digest, offset = _SERIALIZER.loads(cursor)
        if type(offset) is not int or offset < 0:
            raise ValueError("offset")
    except (BadData, ValueError, TypeError) as error:
        raise Problem(
            "input",
            f"the cursor, of {len(cursor)} characters, is invalid; give the whole next_cursor of "
            f"the page before, or {_REMEDY}",
            errors=_ERRORS,
        ) from error
    if cursor_version != version:
        raise Problem(
            "cursor-expired",
            f"the cursor is of version {cursor_version} of the index, which is at {version} now; "
            + _REMEDY,
            errors=_ERRORS,
        )
    if digest != _digest(query):
        raise Problem(
            "input",
            "the cursor belongs to another query; repeat the parameters of the page before, or "
            + _REMEDY,
            errors=_ERRORS,
        )
    return offset


def _digest(query: object) -> str:
    return blake2b(json.dumps(query).encode(), digest_size=8).hexdigest()
