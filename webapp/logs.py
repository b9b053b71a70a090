"""Logs: one JSON object per line, on standard error.

They never hold code, a prompt, a key, a query string or a body: a record consists of the fields
named here. Of an exception, only its type and traceback are logged: its message may quote input.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from attribution.internal_errors import LOGGER as INTERNAL_ERRORS

__all__ = ["LOGGER", "JsonFormatter", "configure_logs", "frames_of"]

LOGGER = logging.getLogger("whence.web")

_MOST_FRAMES = 12  # innermost frames of an exception


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
            line["traceback"] = frames_of(record.exc_info[2])
        return json.dumps(line, ensure_ascii=True, default=str)


def frames_of(trace: TracebackType | None) -> list[str]:
    """The traceback of an exception: "file:line function", innermost last."""
    frames = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def configure_logs() -> None:
    """Send the service's log, and Python's warnings, to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.captureWarnings(True)
    LOGGER.setLevel(logging.INFO)
    for logger in (LOGGER, INTERNAL_ERRORS, logging.getLogger("py.warnings")):
        logger.handlers = [handler]
        logger.propagate = False
