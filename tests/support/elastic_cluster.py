"""A cluster of three test nodes, some of which are killed."""

from __future__ import annotations

import atexit
import json
from functools import cache
from typing import Any
from urllib.request import Request, urlopen

from tests.support.elastic_archive import UnavailableError
from tests.support.elastic_node import Node, wait_until_healthy
from tests.support.elastic_server import home, missing, workplace

NODES = 3
_SETTINGS = {
    "cluster.name": "three",
    # The shards of a killed node are copied again at once, not after a minute.
    "cluster.fault_detection.leader_check.interval": "500ms",
    "cluster.fault_detection.follower_check.interval": "500ms",
}


class Cluster:
    """Three nodes of 384 MB of heap, each of which may be master and holds data."""

    def __init__(self) -> None:
        names = [f"node-{number}" for number in range(NODES)]
        self.nodes = [Node(home(), workplace(name), _SETTINGS, heap="384m") for name in names]
        self.alive = [False] * NODES

    def start(self) -> None:
        """Start the nodes that are not alive, and wait until all form one cluster."""
        dead = [number for number in range(NODES) if not self.alive[number]]
        seeds = [
            node.transport for node, alive in zip(self.nodes, self.alive, strict=True) if alive
        ]
        if not seeds:
            first = dead.pop(0)
            self.nodes[first].settings["cluster.initial_master_nodes"] = f"node-{first}"
            self._start(first)
            seeds = [self.nodes[first].transport]
        for number in dead:
            self.nodes[number].settings.pop("cluster.initial_master_nodes", None)
            self.nodes[number].settings["discovery.seed_hosts"] = json.dumps(seeds)
            self._start(number)
        wait_until_healthy(self.urls[0], nodes=NODES)

    def kill(self, number: int) -> None:
        """End a node as a power cut would."""
        self.nodes[number].kill()
        self.alive[number] = False

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    @property
    def urls(self) -> list[str]:
        """URLs of the nodes that are alive."""
        return [
            f"http://127.0.0.1:{node.port}"
            for node, alive in zip(self.nodes, self.alive, strict=True)
            if alive
        ]

    def location(self, name: str) -> str:
        """The location of an index, with all nodes that are alive now."""
        hosts = ",".join(url.removeprefix("http://") for url in self.urls)
        return f"http://{hosts}/{name}"

    def request(self, method: str, path: str, body: object = None) -> Any:
        """Send a request to the first node that is alive."""
        request = Request(
            self.urls[0] + path, method=method, headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )  # fmt: skip
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def node_with_primary(self, index: str) -> int:
        """The number of a node with a primary shard of an index, or of a pattern such as `a*`."""
        shards = self.request("GET", f"/_cat/shards/{index}?format=json&h=prirep,node")
        name = next(shard["node"] for shard in shards if shard["prirep"] == "p" and shard["node"])
        return int(name.removeprefix("node-"))

    def wait_until_green(self, index: str) -> None:
        """Wait until every shard and replica is available."""
        self.request("GET", f"/_cluster/health/{index}?wait_for_status=green&timeout=50s")

    def wait_until_moved(self) -> None:
        """Wait until no shard is on its way to another node."""
        path = "/_cluster/health?wait_for_no_relocating_shards=true&wait_for_events=languid"
        self.request("GET", path + "&timeout=50s")

    def _start(self, number: int) -> None:
        self.nodes[number].start()
        self.alive[number] = True


def cluster() -> Cluster:
    """The cluster of this test run, with all nodes alive; otherwise skips or fails the test."""
    found = _cluster()
    if isinstance(found, str):
        missing(found)
    found.start()
    return found


@cache
def _cluster() -> Cluster | str:
    try:
        made = Cluster()
        atexit.register(made.stop)
        made.start()
    except UnavailableError as error:
        return str(error)
    return made
