"""Repeats what a network may fail to do once: waits longer each time, or as long as asked."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from attribution.certificates import is_certificate
from attribution.errors import SourceError
from attribution.reports.numbers import count_of

__all__ = ["AbsentError", "DeniedError", "InterruptionError", "repeated"]

Result = TypeVar("Result")

_ATTEMPTS = 7
_FIRST_WAIT = 0.5  # seconds; doubled each time: 32 s in all
_LONGEST_WAIT = 600.0  # that a server may ask for; the hub counts requests in windows of 300 s


class InterruptionError(Exception):
    """A request failed in a way that may pass. It does not leave this package."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        """`wait` is how long the server asks to wait, in seconds."""
        super().__init__(reason)
        self.wait = wait


class AbsentError(SourceError):
    """There is no such file."""


class DeniedError(SourceError):
    """Access is refused. Some stores say so of files that do not exist, too."""


def repeated(attempt: Callable[[], Result], where: str, stopped: threading.Event) -> Result:
    """The result of the first attempt that succeeds.

    Args:
        where: the file, for the message.
        stopped: ends the waiting.

    Raises:
        SourceError: the last attempt failed too, or no further one can help.
    """
    for number in range(_ATTEMPTS):
        try:
            return attempt()
        except InterruptionError as error:
            if is_certificate(error):
                raise SourceError(
                    f"{where} cannot be read: the server's certificate is not trusted ({error}); "
                    "give the authority that signed it in SSL_CERT_FILE"
                ) from error
            wait, failure = error.wait, error
        if wait is None:
            wait = _FIRST_WAIT * 2**number * random.uniform(0.5, 1.5)
        if number + 1 == _ATTEMPTS or wait > _LONGEST_WAIT:
            break
        if stopped.wait(wait):
            break
    raise SourceError(
        f"{where} cannot be read: {failure}, after {count_of(number + 1, 'attempt')}; run the "
        "command again later, it resumes"
    ) from failure
