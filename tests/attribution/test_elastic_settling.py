"""What a merge leaves: nothing twice. On a cluster of paper, and on a real one."""

from __future__ import annotations

from uuid import uuid4

import pytest

from attribution.errors import IndexUnavailableError
from attribution.index import create_index, open_index
from attribution.index.elastic import settling
from attribution.index.elastic.access import Access
from attribution.index.elastic.client import Body, Cluster, Json
from attribution.index.elastic.location import parse
from attribution.index.elastic.settling import settle
from attribution.index.elastic.state import State
from attribution.index.elastic.versions import drop
from attribution.index.identity import blob_id
from tests.support.elastic_server import server
from tests.support.index_engines import PARAMS, code, file, fill, sketch


class PaperCluster(Cluster):
    """Shards whose leases come after some looks, and deletions that reach one after the other."""

    def __init__(self, looks: int, shards: int = 2) -> None:
        super().__init__(parse("http://127.0.0.1:9/paper"), Access())
        self.looks = looks
        self.last = [7] * shards
        self.asked: list[str] = []

    def ask(
        self,
        method: str,
        path: str,
        body: Body | None = None,  # noqa: ARG002
        *,
        missing: bool = False,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
        **params: str | int | bool,
    ) -> Json:
        self.asked.append(path.rpartition("/")[2])
        if method == "DELETE":
            if int(params["routing"]) >= 8 * len(self.last):  # the hash was unlucky before
                self.last[int(params["routing"]) % len(self.last)] += 1
            return {}
        if not path.endswith("_stats"):
            return {}
        self.looks -= 1
        retained = 8 if self.looks < 0 else 3
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


STATE = State("paper-000001", "corpus", PARAMS, 100, content_bytes=1 << 30)


def test_leases_are_waited_for_and_each_shard_gets_a_second_segment() -> None:
    cluster = PaperCluster(looks=5)
    waits: list[float] = []
    settle(cluster, STATE, waits.append)
    cluster.close()
    assert len(waits) == 4  # one look told what was written
    assert min(cluster.last) > 7
    asked = [verb for verb in cluster.asked if verb not in ("_stats", "nothing")]
    assert asked == ["_flush", "_flush", "_forcemerge", "_forcemerge", "_forcemerge"]
    assert cluster.asked.index("nothing") > 5


def test_leases_that_never_move_are_told() -> None:
    cluster = PaperCluster(looks=10**9)
    with pytest.raises(IndexUnavailableError, match="whence compact"):
        settle(cluster, STATE, lambda _: None)
    cluster.close()
    assert "_forcemerge" not in cluster.asked


def test_little_is_not_waited_for() -> None:
    cluster = PaperCluster(looks=10**9)
    settle(cluster, State("paper-000001", "corpus", PARAMS, 100, content_bytes=1000))
    cluster.close()
    assert "_stats" not in cluster.asked
    assert cluster.asked.count("_forcemerge") == 3


def test_a_compaction_leaves_no_second_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_WORTH_WAITING", 0)
    location = server().location(f"whence-test-{uuid4().hex}")
    cluster = Cluster(parse(location), Access())
    sketches = f"{cluster.location.name}-000001-sketches"

    def second_copies() -> int:
        answer = cluster.ask("POST", f"/{sketches}/_disk_usage", run_expensive_tasks=True)
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
