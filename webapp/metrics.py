"""`Metrics`: the metrics of the service, for Prometheus.

Label values are bounded: route templates, known methods, statuses, served models, names of keys.
Each Metrics has its own registry, so that tests and several apps do not share counts. With several
worker processes the counts are in files of PROMETHEUS_MULTIPROC_DIR, and any worker reports the sum
(see webapp/commands/serve.py).
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from attribution.types import Attribution

__all__ = ["Metrics"]

_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"})
# seconds; a look-up takes about 1 ms, a generation up to minutes
_LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Safe to share between threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        latency = partial(Histogram, buckets=_LATENCIES, registry=self.registry)
        self._requests = counter(
            "whence_requests", "Requests answered", ["route", "method", "status"]
        )
        self._latency = latency(
            "whence_request_seconds", "From the request to the last byte of its answer", ["route"]
        )
        self._key_requests = counter(
            "whence_key_requests", "Requests answered, by the name of their key", ["key", "status"]
        )
        self._key_seconds = counter(
            "whence_key_request_seconds", "Time of these requests, with their waits", ["key"]
        )
        self._key_lookups = counter("whence_key_lookups", "Look-ups that quotas count", ["key"])
        self._lookups = latency(
            "whence_lookup_seconds",
            "Look-ups by phase: wait (for a turn), attribute, render, generation (beside a stream)",
            ["phase"],
        )
        self._answers = counter(
            "whence_attributions", "Answers by label and status", ["label", "status"]
        )
        self._sources = counter("whence_sources", "Sources reported, by kind of match", ["kind"])
        self._tokens = counter(
            "whence_tokens", "Tokens of prompts (in) and of answers (out)", ["model", "way"]
        )
        self._first = latency(
            "whence_first_token_seconds", "From the request to its first token", ["model"]
        )
        self._generations = latency(
            "whence_generation_seconds",
            "From the request to its last token, by why it ended",
            ["model", "finish"],
        )
        self._queue = Gauge(
            "whence_queue",
            "Look-ups and generations that are under way (active) or wait",
            ["queue", "state"],
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self._problems = counter("whence_problems", "Errors reported, by kind", ["kind"])

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request whose answer is complete. `route` is a template, never a path."""
        known = method if method in _METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._latency.labels(route).observe(seconds)

    def request_of(self, key: str, status: int, seconds: float) -> None:
        """Count a request of a key, which is given by its name."""
        self._key_requests.labels(key, str(status)).inc()
        self._key_seconds.labels(key).inc(seconds)

    def lookups_of(self, key: str, number: int) -> None:
        """Count look-ups of a key."""
        self._key_lookups.labels(key).inc(number)

    def problem(self, kind: str) -> None:
        """Count an error that a client got."""
        self._problems.labels(kind).inc()

    def lookup(self, phase: str, seconds: float) -> None:
        """Count a phase of a look-up: "wait", "attribute" or "render"; or "generation": the CPU
        time of all look-ups beside one generation."""
        self._lookups.labels(phase).observe(seconds)

    def answered(self, answer: Attribution) -> None:
        """Count an answer by its label and status, and its time."""
        self._answers.labels(answer.label or "not judged", answer.status).inc()
        for source in answer.sources:
            self._sources.labels(source.kind).inc()
        self.lookup("attribute", answer.elapsed_ms / 1e3)

    def first_token(self, model: str, seconds: float) -> None:
        """Count the time until the first token of a generation."""
        self._first.labels(model).observe(seconds)

    def generated(
        self, model: str, finish: str, seconds: float, tokens_in: int | None, tokens_out: int
    ) -> None:
        """Count a generation that ended; `finish` is a FinishReason or "error"."""
        self._generations.labels(model, finish).observe(seconds)
        self._tokens.labels(model, "in").inc(tokens_in or 0)
        self._tokens.labels(model, "out").inc(tokens_out)

    def queue(self, name: str, active: int, waiting: int) -> None:
        """Set the length of a queue; a Gate calls this."""
        self._queue.labels(name, "active").set(active)
        self._queue.labels(name, "waiting").set(waiting)

    def text(self) -> bytes:
        """All metrics, in Prometheus' text format."""
        registry = self.registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
