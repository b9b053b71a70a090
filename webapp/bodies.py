"""Bodies of requests: JSON, of a bounded size, that arrive in time."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import ClientDisconnected

from webapp.problems import Problem
from webapp.settings import ServeSettings

__all__ = ["Json", "check_body"]

# Routes whose body may be as large as a batch.
_LARGE = frozenset({"/api/v1/attributions/batch", "/api/v1/sketches"})


class Json(DefaultJSONProvider):
    """JSON as written, in the order written, without escapes that only make it longer."""

    ensure_ascii = False
    sort_keys = False
    compact = True

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON; what is nested too deeply is refused as any other damaged text."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def check_body(settings: ServeSettings) -> None:
    """Read the body, unless its size or kind says already that it is of no use.

    It is read here, so that a route never waits for a slow client while it holds a place.

    Raises:
        Problem: it is too large, no JSON, or did not arrive.
    """
    limit = settings.max_batch if request.path in _LARGE else settings.max_body
    length = request.content_length
    if length is not None and length > limit:
        raise Problem(
            "too-large",
            f"the body has {length} bytes, the limit here is {limit}; send less at once",
        )
    has_body = bool(length) or "Transfer-Encoding" in request.headers
    if request.method == "POST" and has_body and not request.is_json:
        raise Problem(
            "media-type",
            f"the body is {request.mimetype or 'of no stated type'}; send it with "
            "`Content-Type: application/json`",
        )
    _read(limit)


def _read(limit: int) -> None:
    """Read the body into the request.

    Raises:
        Problem: it is longer than the limit, or did not arrive.
    """
    request.max_content_length = limit + 1  # holds for a body without a length too
    try:
        read = len(request.get_data())
    except ClientDisconnected as error:
        # the listener's limit on stalls, see webapp/listener.py
        if isinstance(error.__context__, BlockingIOError):
            raise Problem(
                "body-timeout", "the rest of the body did not come; send it anew"
            ) from error
        raise Problem("bad-request", "the body is cut short or damaged") from error
    if read > limit:  # werkzeug stops reading there, and does not say so
        raise Problem("too-large", f"the body has more than {limit} bytes; send less at once")
