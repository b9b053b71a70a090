"""The Elasticsearch engine when nodes die, shards are gone, or another server answers."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from attribution.attributor import Attributor
from attribution.errors import (
    IndexIncompleteError,
    IndexNotFoundError,
    IndexUnavailableError,
    ParamsMismatchError,
    WhenceError,
)
from attribution.index import administer, create_index, open_index
from attribution.index.elastic.layout import OCCURRENCES, PARTS
from attribution.index.interface import Checkpoint, Index
from attribution.types import NewFile, Snippet
from tests.support.elastic_cluster import Cluster, cluster
from tests.support.elastic_server import server
from tests.support.index_engines import code, file, fill, sketch

LOOK_UPS = 120
STEPS = 30
STEP_FILES = 20


def unused() -> str:
    return f"whence-test-{uuid4().hex}"


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@pytest.fixture
def three() -> Cluster:
    """A cluster with all three nodes alive."""
    return cluster()


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_no_server(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        closed = listening.getsockname()[1]
    with pytest.raises(IndexUnavailableError, match="cannot be reached"):
        open_index(f"http://127.0.0.1:{closed}/whence")
    monkeypatch.setenv("WHENCE_ELASTIC_TIMEOUT", "0.3")
    with pytest.raises(IndexUnavailableError, match=r"did not answer within 0\.3 s"):
        open_index(f"{silent}/whence")


def test_no_index() -> None:
    location = server().location(unused())
    with pytest.raises(IndexNotFoundError, match="whence index") as caught:
        open_index(location)
    assert location in str(caught.value)


def test_other_sketch_parameters() -> None:
    location = server().location(unused())
    create_index(location, "corpus").close()
    name = location.rpartition("/")[2]
    path = f"/{name}-000001-meta/_doc/state"
    stored = json.loads(send(location, path)["_source"]["state"])
    stored["params"]["lexer_version"] += 1
    send(location, path, {"state": json.dumps(stored)}, method="PUT")
    with pytest.raises(ParamsMismatchError, match="rebuild it"):
        open_index(location)


def send(location: str, path: str, body: object = None, method: str = "GET") -> Any:
    message = Request(
        location.rpartition("/")[0] + path, method=method,
        headers={"Content-Type": "application/json"},
        data=None if body is None else json.dumps(body).encode(),
    )  # fmt: skip
    with urlopen(message, timeout=60) as answer:
        return json.load(answer)


def test_a_node_is_killed_during_look_ups(three: Cluster) -> None:
    name = unused()
    with create_index(three.location(name), "corpus") as index:
        fill(index, [file(code(n), path=f"{n}.py") for n in range(40)])
        three.wait_until_green(f"{name}*")
        killer = threading.Timer(0.5, three.kill, [three.node_with_primary(f"{name}-*-sketches")])
        killer.start()
        answered = refused = 0
        for number in range(LOOK_UPS):
            wanted = code(number % 40)
            try:
                proposal = index.propose(sketch(wanted))
                found = index.fetch([blob(wanted)])[0]
            except IndexUnavailableError:
                refused += 1  # reported, while a replica takes over
                continue
            assert found is not None
            assert found.content == wanted
            if proposal.incomplete is None:
                assert proposal.candidates[0].document == blob(wanted)
                answered += 1
        killer.join()
        assert three.alive.count(True) == 2
        assert answered > LOOK_UPS * 0.8, f"{refused} of {LOOK_UPS} refused"
        # No error is allowed once the replicas have taken over.
        wait_until_whole(index)


def wait_until_whole(index: Index) -> None:
    for _ in range(100):
        if all(index.propose(sketch(code(n))).incomplete is None for n in range(5)):
            return
    pytest.fail("shards are still missing")


def test_a_node_is_killed_during_indexing(three: Cluster) -> None:
    name = unused()
    committed: list[int] = []
    location = three.location(name)
    create_index(location, "corpus").close()
    three.wait_until_green(f"{name}*")
    victim = three.node_with_primary(f"{name}-*-contents")
    killed = False
    attempts = 0
    while len(committed) < STEPS:
        attempts += 1
        assert attempts < 10, "the indexer does not get on"
        try:
            with administer(location) as index, index.writer() as writer:
                reached = writer.checkpoints().get("numbers")
                # The state is never behind the reported commits.
                assert int(reached.position if reached else 0) >= len(committed)
                committed[:] = range(1, int(reached.position if reached else 0) + 1)
                while len(committed) < STEPS:
                    step = len(committed) + 1
                    writer.add(files_of(step))
                    if step == STEPS // 3 and not killed:
                        threading.Timer(0.05, three.kill, [victim]).start()
                        killed = True
                    writer.commit([Checkpoint("numbers", str(step))])
                    committed.append(step)
        except WhenceError:
            continue  # as a user would: run it again
    assert three.alive.count(True) == 2
    with administer(location) as index:
        wait_until_whole(index)
        assert index.summary().documents == STEPS * STEP_FILES
        for step in committed:
            wanted = [f.content for f in files_of(step)]
            found = index.fetch([blob(content) for content in wanted])
            assert [f.content if f else None for f in found] == wanted
        assert list(index.verify())


def files_of(step: int) -> list[NewFile]:
    numbers = range(step * STEP_FILES, (step + 1) * STEP_FILES)
    return [file(code(n, 20), f"owner/r{step}", f"{n}.py") for n in numbers]


@pytest.mark.parametrize("part", ["sketches", "contents", OCCURRENCES])
def test_missing_shards_make_no_answer_none(
    three: Cluster, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    name = unused()
    monkeypatch.setenv("WHENCE_ELASTIC_REPLICAS", "0")
    monkeypatch.setenv("WHENCE_ELASTIC_SHARDS", "3")
    with create_index(three.location(name), "corpus") as index:
        fill(index, [file(code(n), path=f"{n}.py") for n in range(20)])
        victim = three.node_with_primary(f"{name}-*-{part}")
        # The other parts leave the node, so that it takes down this part only.
        others = ",".join(f"{name}-*-{other}" for other in PARTS if other != part)
        away = {"index.routing.allocation.exclude._name": f"node-{victim}"}
        three.request("PUT", f"/{others}/_settings", away)
        spread = {"index.routing.allocation.total_shards_per_node": 1}
        three.request("PUT", f"/{name}-*-{part}/_settings", spread)
        three.wait_until_moved()
        three.kill(victim)
        attributor = Attributor(index)
        none = partial = 0
        for number in range(20):
            answer = attributor.attribute(Snippet(code(number), "python"))
            if answer.status == "partial":
                assert f"{name}-000001-{part}" in (answer.status_reason or "")
                partial += 1
            else:  # everything needed was there
                assert answer.label == "verbatim", f"{number} looks as if all had answered"
                assert answer.sources[0].document == f"swh:1:cnt:{blob(code(number))}"
            none += answer.label == "none"
        assert none < 20, "the shards that are left find nothing"
        # Every search uses all shards; a text is read from its own shard only.
        assert partial == 20 or (part == "contents" and partial > 0)


def test_missing_texts_are_not_an_answer(three: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    name = unused()
    monkeypatch.setenv("WHENCE_ELASTIC_REPLICAS", "0")
    with create_index(three.location(name), "corpus") as index:
        fill(index, [file(code(n), path=f"{n}.py") for n in range(20)])
        three.kill(three.node_with_primary(f"{name}-*-contents"))
        wanted = [blob(code(n)) for n in range(20)]
        with pytest.raises(IndexUnavailableError, match=r"shard|node") as caught:
            index.fetch(wanted)
        assert name in str(caught.value)
        if isinstance(caught.value, IndexIncompleteError):  # the other shard was elsewhere
            fetched = [document.id if document else None for document in caught.value.documents]
            assert [b if a else None for a, b in zip(fetched, wanted, strict=True)] == fetched
            assert any(fetched)
