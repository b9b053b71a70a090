"""Bodies of requests: JSON, of a bounded size, that arrive in time."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any

from flask import g, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import ClientDisconnected, HTTPException

from webapp.gates import Gate
from webapp.problems import Problem
from webapp.settings import ServeSettings

__all__ = ["Json", "check_body", "leave_large"]

# Routes whose body may be as large as a batch.
_LARGE = frozenset({"/api/v1/attributions/batch", "/api/v1/sketches"})
_DAMAGED = "the body is cut short or damaged"


class Json(DefaultJSONProvider):
    """JSON as written, in the order written, without escapes that only make it longer."""

    ensure_ascii = False
    sort_keys = False
    compact = True

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read a request's JSON.

        Raises:
            Problem: it is none; says where, and never what stands there.
        """
        try:
            return super().loads(s, **kwargs)
        except JSONDecodeError as error:
            why = f"{error.msg} at line {error.lineno}, column {error.colno}"
        except UnicodeDecodeError as error:
            why = f"byte {error.start} is no {error.encoding}"
        except ValueError:
            why = "a number in it has too many digits"
        except RecursionError:
            why = "it is nested too deeply"
        raise Problem("bad-request", f"the body is no JSON: {why}")


def check_body(settings: ServeSettings, large: Gate) -> None:
    """Read the body, unless its size or kind says already that it is of no use.

    It is read here, so that a route never waits for a slow client while it holds a place. A large
    one then enters `large`, before its JSON is made into objects; `leave_large` is to be called
    when the request has ended.

    Raises:
        Problem: it is too large, no JSON, or did not arrive.
        BusyError: too many large ones are under way.
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
    if _read(limit) > settings.max_body:
        large.acquire()
        g.large = large


def leave_large() -> None:
    """Leave the place that a large body took, if it did."""
    large: Gate | None = g.pop("large", None)
    if large is not None:
        large.release()


def _read(limit: int) -> int:
    """Read the body into the request; gives its bytes.

    Raises:
        Problem: it is longer than the limit, or did not arrive.
    """
    request.max_content_length = limit + 1  # holds for a body without a length too
    try:
        read = len(request.get_data())
    except ClientDisconnected as error:
        # the listener's limit on stalls, see webapp/serving/listener.py
        if isinstance(error.__context__, BlockingIOError):
            raise Problem(
                "body-timeout", "the rest of the body did not come; send it anew"
            ) from error
        raise Problem("bad-request", _DAMAGED) from error
    except HTTPException:
        raise
    except Exception as error:  # the server's reader has errors of its own: of chunks, say
        raise Problem("bad-request", _DAMAGED) from error
    if read > limit:  # werkzeug stops reading there, and does not say so
        raise Problem("too-large", f"the body has more than {limit} bytes; send less at once")
    return read
