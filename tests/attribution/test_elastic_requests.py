"""Errors for refused requests, and limits and retries of bulk requests, with a fake cluster."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from attribution.errors import (
    IndexFormatError,
    IndexLockedError,
    IndexNotFoundError,
    IndexUnavailableError,
    IndexVersionError,
    InputError,
    StorageError,
    WhenceError,
)
from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.bulk import Bulk
from attribution.index.elastic.client import Body, Cluster, Json, failed_shards
from attribution.index.elastic.failures import refusal


@pytest.mark.parametrize(
    ("status", "kind", "reason", "error"),
    [
        (401, "security_exception", "unable to authenticate", IndexUnavailableError),
        (403, "security_exception", "unauthorized", StorageError),
        (403, "cluster_block_exception", "index read-only / allow delete (api)", StorageError),
        (429, "cluster_block_exception", "disk usage exceeded flood-stage", StorageError),
        (404, "index_not_found_exception", "no such index", IndexNotFoundError),
        (409, "version_conflict_engine_exception", "conflict", IndexLockedError),
        (413, "", "", StorageError),
        (429, "es_rejected_execution_exception", "queue is full", IndexUnavailableError),
        (503, "no_shard_available_action_exception", "", IndexUnavailableError),
        (400, "media_type_header_exception", "Invalid media-type compatible-with=9",
         IndexVersionError),
        (400, "resource_already_exists_exception", "exists", InputError),
        (400, "parsing_exception", "unknown query", IndexFormatError),
    ],
)  # fmt: skip
def test_each_refusal_becomes_an_error_of_ours(
    status: int, kind: str, reason: str, error: type[WhenceError]
) -> None:
    made = refusal(status, kind, reason, "https://host:9200/code")
    assert type(made) is error
    assert "https://host:9200/code" in str(made)
    assert ";" in str(made)  # the remedy


class FakeCluster(Cluster):
    """Answers bulk requests from a list: an answer, or an error to raise."""

    def __init__(self, *answers: Json | WhenceError) -> None:
        super().__init__(parse("http://127.0.0.1:9/fake"), Access())
        self.answers: Iterator[Json | WhenceError] = iter(answers)
        self.bodies: list[list[bytes]] = []

    def request(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        *,
        missing: bool = False,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
        **params: str | int | bool,  # noqa: ARG002
    ) -> Json:
        assert (method, path) == ("POST", "/_bulk")
        assert isinstance(body, bytes)
        self.bodies.append(body.split(b"\n"))
        answer = next(self.answers, {"errors": False})
        if isinstance(answer, WhenceError):
            raise answer
        return answer


def items(*statuses: int) -> Json:
    return {
        "errors": True,
        "items": [
            {
                "create": {
                    "status": s,
                    **({"error": {"type": "t", "reason": "r"}} if s > 299 else {}),
                }
            }
            for s in statuses
        ],
    }


def send(cluster: Cluster, count: int, size: int = 10) -> list[float]:
    waits: list[float] = []
    bulk = Bulk(cluster, waits.append)
    try:
        for number in range(count):
            bulk.create("i", f"d{number}", b'"%b"' % (b"x" * size))
        bulk.finish()
    finally:
        bulk.close()
        cluster.close()
    return waits


def ids(body: list[bytes]) -> list[str]:
    return [json.loads(line)["create"]["_id"] for line in body[::2]]


def test_requests_are_limited_in_bytes_and_complete() -> None:
    cluster = FakeCluster()
    assert send(cluster, 10, 3 << 20) == []
    sent = [id_ for body in sorted(cluster.bodies) for id_ in ids(body)]
    assert sent == [f"d{n}" for n in range(10)]
    assert max(sum(map(len, body)) for body in cluster.bodies) < 12 << 20


def test_a_slow_request_does_not_hold_up_the_others() -> None:
    others = threading.Semaphore(0)

    class SlowAtFirst(FakeCluster):
        def request(
            self, method: str, path: str, body: Body | None = None, **answered: Any
        ) -> Json:
            answer = super().request(method, path, body, **answered)
            assert isinstance(body, bytes)
            if ids(body.split(b"\n")) == ["d0"]:
                assert all(others.acquire(timeout=30) for _ in range(6))
            else:
                others.release()
            return answer

    cluster = SlowAtFirst()
    assert send(cluster, 7, 9 << 20) == []
    assert sorted(id_ for body in cluster.bodies for id_ in ids(body)) == [
        f"d{n}" for n in range(7)
    ]


def test_closing_does_not_wait_for_retries() -> None:
    started = time.monotonic()
    asked = threading.Event()

    class Busy(FakeCluster):
        def request(
            self, method: str, path: str, body: Body | None = None, **answered: Any
        ) -> Json:
            super().request(method, path, body, **answered)
            if len(self.bodies) == 3:  # then the waits are over a second each
                asked.set()
            return items(429)

    cluster = Busy()
    bulk = Bulk(cluster)
    try:
        bulk.create("i", "d0", b'"%b"' % (b"x" * (9 << 20)))
        assert asked.wait(30)
    finally:
        bulk.close()
        cluster.close()
    assert len(cluster.bodies) <= 4
    assert time.monotonic() - started < 20  # all tries take a minute


def test_only_postponed_actions_are_retried_after_growing_waits() -> None:
    cluster = FakeCluster(items(201, 429, 409, 429), items(429, 201))
    waits = send(cluster, 4)
    assert [ids(body) for body in cluster.bodies] == [
        ["d0", "d1", "d2", "d3"],
        ["d1", "d3"],
        ["d1"],
    ]
    assert len(waits) == 2
    assert 0.25 <= waits[0] <= 0.5 <= waits[1] <= 1.0


def test_an_unreachable_cluster_is_reported_after_a_minute() -> None:
    lost = IndexUnavailableError("away")
    cluster = FakeCluster(*[lost] * 20)
    waits: list[float] = []
    bulk = Bulk(cluster, waits.append)
    bulk.create("i", "d", b"{}")
    with pytest.raises(IndexUnavailableError, match="away"):
        bulk.finish()
    bulk.close()
    cluster.close()
    assert 20 < sum(waits) < 120


def test_a_failed_action_is_never_reported_as_done() -> None:
    cluster = FakeCluster(items(400))
    bulk = Bulk(cluster)
    with pytest.raises(IndexFormatError):
        for number in range(9):
            bulk.create("i", f"d{number}", b'"%b"' % (b"x" * (9 << 20)))
        bulk.finish()
    with pytest.raises(IndexFormatError):
        bulk.finish()
    bulk.close()
    cluster.close()


def test_a_refused_document_is_not_retried() -> None:
    cluster = FakeCluster(items(201, 400))
    with pytest.raises(IndexFormatError):
        send(cluster, 2)
    assert len(cluster.bodies) == 1


def test_shards_that_did_not_answer_are_named() -> None:
    assert failed_shards({"_shards": {"total": 4, "failed": 0}}) is None
    answered = failed_shards(
        {
            "_shards": {
                "total": 4,
                "failed": 1,
                "failures": [{"index": "c", "shard": 2, "reason": {"reason": "gone"}}],
            }
        }
    )
    assert answered == "1 of 4 shards failed: c[2] (gone)"
    assert "unassigned" in (failed_shards({"_shards": {"total": 2, "failed": 1}}) or "")
    assert failed_shards({"timed_out": True, "_shards": {"failed": 0}}) is not None
