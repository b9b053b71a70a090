"""Logs: one JSON object a line, on standard error.

Never code, a prompt, a key, a query string or a body: a record is made of the fields named here
and nothing else. An exception is told by its type and place, since its message may quote input.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

__all__ = ["LOGGER", "JsonFormatter", "configure_logs", "places", "request_line"]

LOGGER = logging.getLogger("whence.web")

_MOST_PLACES = 12  # innermost frames of an exception


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: its event, and the fields given as `extra={"fields": {}}`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.casefold(),
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["places"] = places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=True, default=str)


def places(trace: TracebackType | None) -> list[str]:
    """Where an exception came from: "file:line function", innermost last."""
    frames = traceback.extract_tb(trace)[-_MOST_PLACES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def configure_logs(level: int = logging.INFO) -> None:
    """Let the service's log go to standard error, as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(level)
    # a library's warning must not leave another way
    logging.captureWarnings(True)
    warnings = logging.getLogger("py.warnings")
    warnings.handlers = [handler]
    warnings.propagate = False


def request_line(
    *,
    request_id: str,
    method: str,
    route: str,
    status: int,
    began: float,
    client: str,
    problem: str | None,
) -> None:
    """Log a request whose answer is complete."""
    fields = {
        "request_id": request_id,
        "method": method,
        "route": route,
        "status": status,
        "ms": round((time.perf_counter() - began) * 1e3, 2),
        "client": client,  # name of the key, or the address
    }
    if problem is not None:
        fields["problem"] = problem
    LOGGER.info("request", extra={"fields": fields})
