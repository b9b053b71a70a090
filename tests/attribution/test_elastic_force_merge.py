"""A merge leaves nothing stored twice: with a fake cluster, and with a real one."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from attribution.errors import IndexUnavailableError
from attribution.index import create_index, open_index
from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.client import Body, Cluster, Json
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.force_merge import force_merge
from attribution.index.elastic.versions import drop
from attribution.index.identity import blob_id
from tests.support.elastic_server import server
from tests.support.index_engines import PARAMS, code, file, fill, sketch


class FakeCluster(Cluster):
    """Shards whose leases move after some polls, and deletions that reach a shard late."""

    def __init__(self, polls: int, shards: int = 2) -> None:
        super().__init__(parse("http://127.0.0.1:9/paper"), Access())
        self.polls = polls
        self.last = [7] * shards
        self.verbs: list[str] = []

    def request(
        self,
        method: str,  # noqa: ARG002
        path: str,
        body: Body | None = None,
        *,
        missing: bool = False,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
        **params: str | int | bool,  # noqa: ARG002
    ) -> Json:
        self.verbs.append(path.rpartition("/")[2])
        if path == "/_bulk":
            assert isinstance(body, list)
            for line in body:
                routing = int(json.loads(line)["delete"]["routing"])
                if routing >= 8 * len(self.last):  # the hash was unlucky before
                    self.last[routing % len(self.last)] += 1
            return {"errors": False}
        if not path.endswith("_stats"):
            return {}
        self.polls -= 1
        retained = 8 if self.polls < 0 else 3
        leases = {"leases": [{"retaining_seq_no": 8}, {"retaining_seq_no": retained}]}
        return {
            "indices": {
                "paper-000001-sketches": {
                    "shards": {
                        str(number): [{"seq_no": {"max_seq_no": last}, "retention_leases": leases}]
                        for number, last in enumerate(self.last)
                    }
                }
            }
        }


def commit(cluster: Cluster, content_bytes: int) -> Commit:
    return Commit(cluster, "paper-000001", "corpus", PARAMS, 100, content_bytes=content_bytes)


def test_it_waits_for_leases_and_gives_each_shard_a_second_segment() -> None:
    cluster = FakeCluster(polls=5)
    waits: list[float] = []
    force_merge(commit(cluster, 1 << 30), waits.append)
    cluster.close()
    assert len(waits) == 5
    assert min(cluster.last) > 7
    verbs = [verb for verb in cluster.verbs if verb != "_stats"]
    assert verbs == ["_flush", "_bulk", "_flush", "_forcemerge", "_forcemerge", "_forcemerge"]
    assert cluster.verbs.index("_bulk") > 5


def test_leases_that_never_move_are_an_error() -> None:
    cluster = FakeCluster(polls=10**9)
    with pytest.raises(IndexUnavailableError, match="whence compact"):
        force_merge(commit(cluster, 1 << 30), lambda _: None)
    cluster.close()
    assert "_forcemerge" not in cluster.verbs


def test_a_small_index_is_merged_without_waiting() -> None:
    cluster = FakeCluster(polls=10**9)
    force_merge(commit(cluster, 1000))
    cluster.close()
    assert "_stats" not in cluster.verbs
    assert cluster.verbs.count("_forcemerge") == 3


def test_a_compaction_leaves_no_second_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attribution.index.elastic.force_merge._WORTH_WAITING", 0)
    location = server().location(f"whence-test-{uuid4().hex}")
    cluster = Cluster(parse(location), Access())
    sketches = f"{cluster.location.name}-000001-sketches"

    def second_copies() -> int:
        answer = cluster.request("POST", f"/{sketches}/_disk_usage", run_expensive_tasks=True)
        return int(answer[sketches]["fields"].get("_recovery_source", {}).get("total_in_bytes", 0))

    with create_index(location, "corpus") as index:
        fill(index, [file(code(n), path=f"{n}.py") for n in range(40)])
        assert second_copies() > 10_000
        index.compact()
        assert index.summary().version == f"{cluster.location.name}-000001.1"
        assert second_copies() == 0
        with open_index(location) as reader:
            found = reader.propose(sketch(code(3)))
            assert found.candidates[0].document == blob_id(code(3)).hex()
            assert reader.summary().documents == 40
        assert list(index.verify())
    drop(cluster, f"{cluster.location.name}-000001")
    cluster.close()
