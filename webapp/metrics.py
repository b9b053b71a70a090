"""`Metrics`: what Prometheus may ask of the service.

Label values are bounded: route templates, known methods, statuses, the models that are served.
Each Metrics has a registry of its own, so that tests and several apps do not share counts. With
several worker processes the counts lie in files of PROMETHEUS_MULTIPROC_DIR and any worker
answers for all (see webapp/commands/serve.py).
"""

from __future__ import annotations

import os
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
    """Counts, safe to share between threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made = self.registry
        self._requests = Counter(
            "whence_requests", "Requests answered", ["route", "method", "status"], registry=made
        )
        self._latency = Histogram(
            "whence_request_seconds",
            "From the request to the last byte of its answer",
            ["route"],
            buckets=_LATENCIES,
            registry=made,
        )
        self._lookups = Histogram(
            "whence_lookup_seconds",
            "Look-ups by phase: wait (for a turn), attribute, render, generation (beside a stream)",
            ["phase"],
            buckets=_LATENCIES,
            registry=made,
        )
        self._answers = Counter(
            "whence_attributions", "Answers by label and status", ["label", "status"], registry=made
        )
        self._sources = Counter(
            "whence_sources", "Sources told, by kind of match", ["kind"], registry=made
        )
        self._tokens = Counter(
            "whence_tokens",
            "Tokens of prompts (in) and of answers (out)",
            ["model", "way"],
            registry=made,
        )
        self._first = Histogram(
            "whence_first_token_seconds",
            "From the request to its first token",
            ["model"],
            buckets=_LATENCIES,
            registry=made,
        )
        self._generations = Histogram(
            "whence_generation_seconds",
            "From the request to its last token, by why it ended",
            ["model", "finish"],
            buckets=_LATENCIES,
            registry=made,
        )
        self._queue = Gauge(
            "whence_queue",
            "Look-ups and generations that are under way (active) or wait",
            ["queue", "state"],
            multiprocess_mode="livesum",
            registry=made,
        )
        self._problems = Counter("whence_problems", "Errors told, by kind", ["kind"], registry=made)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request whose answer is complete. `route` is a template, never a path."""
        known = method if method in _METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._latency.labels(route).observe(seconds)

    def problem(self, kind: str) -> None:
        """Count an error that was told."""
        self._problems.labels(kind).inc()

    def lookup(self, phase: str, seconds: float) -> None:
        """Count a phase of a look-up: "wait", "attribute" or "render"; or "generation": all that
        was spent on looking beside one generation."""
        self._lookups.labels(phase).observe(seconds)

    def answered(self, answer: Attribution) -> None:
        """Count an answer by its label and status, and the time that it took."""
        self._answers.labels(answer.label or "not judged", answer.status).inc()
        for source in answer.sources:
            self._sources.labels(source.kind).inc()
        self.lookup("attribute", answer.elapsed_ms / 1e3)

    def first_token(self, model: str, seconds: float) -> None:
        """Count how long the first token of a generation took."""
        self._first.labels(model).observe(seconds)

    def generated(
        self, model: str, finish: str, seconds: float, tokens_in: int | None, tokens_out: int
    ) -> None:
        """Count a generation that ended; `finish` is a FinishReason or "error"."""
        self._generations.labels(model, finish).observe(seconds)
        self._tokens.labels(model, "in").inc(tokens_in or 0)
        self._tokens.labels(model, "out").inc(tokens_out)

    def queue(self, name: str, active: int, waiting: int) -> None:
        """Note how long a queue is; a Gate calls it."""
        self._queue.labels(name, "active").set(active)
        self._queue.labels(name, "waiting").set(waiting)

    def text(self) -> bytes:
        """All counts, in Prometheus' text format."""
        registry = self.registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
