"""`RateLimits`: so many requests per key or address, by the `limits` library.

Counted in this process. The answer carries RateLimit and RateLimit-Policy (the httpapi working
group's draft), so that a client can slow down before it is refused.
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

__all__ = ["RateLimits", "limit_of"]


def limit_of(text: str) -> RateLimitItem:
    """Read a limit.

    Raises:
        InputError: it is not written as "600/minute".
    """
    try:
        limit = parse(text)
    except ValueError as error:
        raise InputError(
            f"{text!r} is no rate limit; write a number and a time, as 600/minute or 10/second"
        ) from error
    if limit.amount < 1:
        raise InputError(
            f"a rate limit of {text!r} would let nothing through; leave it out for none"
        )
    return limit


class RateLimits:
    """Counts requests per client. A sliding window: two numbers a client, no bursts at its edge."""

    def __init__(self, text: str, processes: int = 1) -> None:
        """Make the limit `text`; of several processes each gives its share."""
        whole = limit_of(text)
        self._limit = type(whole)(max(whole.amount // processes, 1), whole.multiples)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def take(self, client: str, cost: int = 1) -> None:
        """Count a request.

        Raises:
            Problem: there were too many.
        """
        who = _network(client)
        allowed = self._limiter.hit(self._limit, who, cost=cost)
        window = self._limiter.get_window_stats(self._limit, who)
        wait = max(window.reset_time - time.time(), 1.0)
        g.rate = (window.remaining, int(wait))
        if not allowed:
            raise Problem(
                "rate-limited",
                f"{self._limit.amount} requests in {self._limit.get_expiry()} s are allowed; try "
                f"again in {int(wait)} s",
                retry_after=wait,
            )

    def tell(self, response: Response) -> None:
        """Put what is left into the answer."""
        if "rate" in g:
            left, seconds = g.rate
            policy = f'"default";q={self._limit.amount};w={self._limit.get_expiry()}'
            response.headers["RateLimit-Policy"] = policy
            response.headers["RateLimit"] = f'"default";r={left};t={seconds}'


def _network(client: str) -> str:
    """An IPv6 client owns a /64: its addresses count as one."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if address.version == 4:
        return client
    return str(ipaddress.ip_network((address, 64), strict=False))
