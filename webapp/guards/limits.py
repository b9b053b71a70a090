"""`RateLimits`: a limit on what a key or address may do, by the `limits` library.

It is counted in this process. Responses carry RateLimit and RateLimit-Policy (a draft of the
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
    """Counts in a sliding window, which needs two numbers per client.

    Args:
        text: the limit of clients without one of their own; None: they have none.
        processes: each of several allows an equal share.
        unit: what is counted, for messages.
        name: of the limit, for headers.
    """

    def __init__(
        self, text: str | None, processes: int = 1, unit: str = "requests", name: str = "default"
    ) -> None:
        self._usual = text
        self._processes = processes
        self._unit = unit
        self._name = name
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, client: str, own: str | None = None, amount: int = 1) -> None:
        """Count what a client does.

        Args:
            own: the client's own limit, or "off".
            amount: how much it is.

        Raises:
            Problem: it is too much.
        """
        text = own or self._usual
        if text is None or text == "off":
            return
        limit = self._share(text)
        if amount > limit.amount:
            raise Problem(
                "input", f"{amount} {self._unit} at once, the limit is {limit.amount}; send less"
            )
        network = _network(client)
        allowed = self._limiter.hit(limit, network, cost=amount)
        window = self._limiter.get_window_stats(limit, network)
        wait = max(window.reset_time - time.time(), 1.0)
        g.setdefault("rates", {})[self._name] = (limit, window.remaining, int(wait))
        if not allowed:
            left = f" and {window.remaining} are left" if amount > 1 else ""
            raise Problem(
                "rate-limited",
                f"{limit.amount} {self._unit} in {limit.get_expiry()} s are allowed{left}; try "
                f"again in {int(wait)} s",
                retry_after=wait,
            )

    def _share(self, text: str) -> RateLimitItem:
        whole = limit_of(text)
        return type(whole)(max(whole.amount // self._processes, 1), whole.multiples)


def add_headers(response: Response) -> None:
    """Report the limits of a request's client, and what is left of them."""
    rates = g.get("rates", {})
    if rates:
        policies = (
            f'"{name}";q={limit.amount};w={limit.get_expiry()}'
            for name, (limit, _, _) in rates.items()
        )
        response.headers["RateLimit-Policy"] = ", ".join(policies)
        left = (f'"{name}";r={left};t={seconds}' for name, (_, left, seconds) in rates.items())
        response.headers["RateLimit"] = ", ".join(left)


def _network(client: str) -> str:
    """The /64 of an IPv6 address, because one client owns all of it; other clients as they are."""
    try:
        address = ipaddress.IPv6Address(client)
    except ValueError:
        return client
    return str(ipaddress.ip_network((address, 64), strict=False))
