"""Request bodies: JSON, of a limited size, that arrive in time; messages for the engine."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any

from flask import g, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import ClientDisconnected, HTTPException

from webapp.gates import Gate
from webapp.guards.auth import client_name
from webapp.problems import Problem
from webapp.settings import ServeSettings

__all__ = ["Json", "check_body", "release_large_body"]

_BATCH_ROUTE = "/api/v1/attributions/batch"
_MESSAGE = "application/msgpack"
_ENGINE = "engine"  # the blueprint whose bodies are messages, of the size of a batch
_DAMAGED = "the body is incomplete or damaged"


class Json(DefaultJSONProvider):
    """Compact JSON, in the order of the keys, with characters as they are."""

    ensure_ascii = False
    sort_keys = False
    compact = True

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read a request's JSON.

        Raises:
            Problem: it is invalid; says where, but never quotes it.
        """
        try:
            return super().loads(s, **kwargs)
        except JSONDecodeError as error:
            why = f"{error.msg} at line {error.lineno}, column {error.colno}"
        except UnicodeDecodeError as error:
            why = f"byte {error.start} is not {error.encoding}"
        except ValueError:
            why = "a number in it has too many digits"
        except RecursionError:
            why = "it is nested too deeply"
        raise Problem("bad-request", f"the body is not JSON: {why}")


def check_body(settings: ServeSettings, large_bodies: Gate) -> None:
    """Read the body, unless its stated size or type is wrong.

    It is read here, so that no route waits for a slow client while others wait for their turn. A
    body that is large, or a message that is when it is unpacked, enters `large_bodies` before it is
    parsed; `release_large_body` leaves it.

    Raises:
        Problem: the body is too large, not JSON, or did not arrive.
        InputError: it is no message.
        BusyError: too many large bodies are under way.
    """
    is_message = request.blueprint == _ENGINE and request.mimetype == _MESSAGE
    large = request.path == _BATCH_ROUTE or is_message
    limit = settings.max_batch if large else settings.max_body
    length = request.content_length
    if length is not None and length > limit:
        raise Problem(
            "too-large", f"the body has {length} bytes, the limit is {limit}; send less at once"
        )
    has_body = bool(length) or "Transfer-Encoding" in request.headers
    if request.method == "POST" and has_body and not (request.is_json or is_message):
        raise Problem(
            "media-type",
            f"the body is {request.mimetype or 'of no stated type'}; send it with "
            "`Content-Type: application/json`",
        )
    size = _read(limit)
    if is_message and size:
        from attribution.index.service.wire import unpacked_size  # takes a second: not at start

        size = max(size, unpacked_size(request.get_data()))
    if size > settings.max_body:
        large_bodies.acquire(client_name())
        g.large_bodies = large_bodies


def release_large_body() -> None:
    """Leave the gate that a large body entered, if it did."""
    large_bodies: Gate | None = g.pop("large_bodies", None)
    if large_bodies is not None:
        large_bodies.release()


def _read(limit: int) -> int:
    """Read the body into the request, and return its number of bytes.

    Raises:
        Problem: it is longer than the limit, or did not arrive.
    """
    request.max_content_length = limit + 1  # limits a body of unstated length too
    try:
        size = len(request.get_data())
    except ClientDisconnected as error:
        # the listener's limit on stalls, see webapp/serving/listener.py
        if isinstance(error.__context__, BlockingIOError):
            raise Problem(
                "body-timeout", "the rest of the body did not arrive; try again"
            ) from error
        raise Problem("bad-request", _DAMAGED) from error
    except HTTPException:
        raise
    except Exception as error:  # gunicorn has its own errors, of chunks for example
        raise Problem("bad-request", _DAMAGED) from error
    if size > limit:  # werkzeug stops reading at the limit, and raises nothing
        raise Problem("too-large", f"the body has more than {limit} bytes; send less at once")
    return size
