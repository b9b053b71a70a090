"""An unexpected error costs the one snippet or file that caused it, not the rest of a batch."""

from __future__ import annotations

import logging
import secrets

__all__ = ["LOGGER", "log_internal_error"]

LOGGER = logging.getLogger("whence.internal")  # standard error, unless it is configured


def log_internal_error(error: Exception) -> str:
    """Log an unexpected error with its traceback; returns the reason to answer."""
    reference = secrets.token_hex(4)
    LOGGER.error("internal error %s", reference, exc_info=error)
    return (
        f"internal error {reference} ({type(error).__name__}): this is a bug in Whence, and the "
        "traceback is in the log under this number"
    )
