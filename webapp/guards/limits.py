"""`RateLimits`: a limit on the requests of a key or address, by the `limits` library.

Requests are counted in this process. Responses carry RateLimit and RateLimit-Policy (a draft of the
httpapi working group), so that clients can slow down before they are refused.
"""

from __future__ import annotations

import ipaddress
import time

from flask import Response, g
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from attribution.errors import InputError
from webapp.problems import Problem

__all__ = ["RateLimits", "add_headers", "limit_of"]


def limit_of(text: str) -> RateLimitItem:
    """Read a limit, such as "600/minute".

    Raises:
        InputError: it is invalid.
    """
    try:
        limit = parse(text)
    except ValueError as error:
        raise InputError(
            f"{text!r} is not a rate limit; write for example 600/minute or 10/second"
        ) from error
    if limit.amount < 1:
        raise InputError(f"the rate limit {text!r} would allow nothing; write off for no limit")
    return limit


class RateLimits:
    """Counts requests in a sliding window, which needs two numbers per client.

    Args:
        text: the limit; each of several processes allows an equal share of it.
    """

    def __init__(self, text: str, processes: int = 1) -> None:
        whole = limit_of(text)
        self._limit = type(whole)(max(whole.amount // processes, 1), whole.multiples)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, client: str) -> None:
        """Count a request.

        Raises:
            Problem: there were too many.
        """
        network = _network(client)
        allowed = self._limiter.hit(self._limit, network)
        window = self._limiter.get_window_stats(self._limit, network)
        wait = max(window.reset_time - time.time(), 1.0)
        policy = f'"default";q={self._limit.amount};w={self._limit.get_expiry()}'
        g.rate = (policy, f'"default";r={window.remaining};t={int(wait)}')
        if not allowed:
            raise Problem(
                "rate-limited",
                f"{self._limit.amount} requests in {self._limit.get_expiry()} s are allowed; try "
                f"again in {int(wait)} s",
                retry_after=wait,
            )


def add_headers(response: Response) -> None:
    """Report the limit that was counted last, and what is left of it."""
    if "rate" in g:
        response.headers["RateLimit-Policy"], response.headers["RateLimit"] = g.rate


def _network(client: str) -> str:
    """The /64 of an IPv6 address, because one client owns all of it; other clients as they are."""
    try:
        address = ipaddress.IPv6Address(client)
    except ValueError:
        return client
    return str(ipaddress.ip_network((address, 64), strict=False))
