"""Thirty-two clients of a service at once, of which it has room for a few."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

import httpx2
import pytest

from attribution.attributor import Attributor
from attribution.index.service.address import ServiceAccess
from attribution.index.service.connection import Connection
from attribution.index.service.index import ServiceIndex
from attribution.types import Label, Snippet
from benchmarks.served import Served, serving
from tests.support.audit_index import indexed_function, make_index
from webapp.guards.keys import KeyFile

CLIENTS = 32
LOOKUPS = 8  # of each client
GREEDY = 12  # processes of one more client, each with a connection of its own


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    file = KeyFile(tmp_path_factory.mktemp("keys") / "keys")
    return [str(file.path), *(file.add(f"client{n}") for n in range(CLIENTS + 1))]


@pytest.fixture(scope="module")
def service(keys: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("service")
    index = str(make_index(folder / "index"))
    # two look-ups at once and a queue of two, for more than forty threads
    with serving(folder, "--index", index, "--keys", keys[0], "--threads", "8") as served:
        yield served


class Counting(httpx2.HTTPTransport):
    """Counts the statuses of all answers."""

    statuses: ClassVar[Counter[int]] = Counter()
    lock = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        with self.lock:
            self.statuses[response.status_code] += 1
        return response


def client_of(service: Served, key: str) -> ServiceIndex:
    access = ServiceAccess(key=key, patience=120)
    return ServiceIndex(Connection(service.address, access, Counting()))


def test_all_are_answered_and_none_has_to_wait_for_a_greedy_one(
    service: Served, keys: list[str]
) -> None:
    indexes = [client_of(service, key) for key in (*keys[1:], *keys[-1:] * (GREEDY - 1))]
    order: list[int] = []  # the client of each look-up, as they end
    wrong: list[object] = []
    lock, over = threading.Lock(), threading.Event()

    def look_up(number: int, snippet: int) -> None:
        # no answer may come from another client's or an earlier request
        indexes[number]._forget(indexes[number]._last)
        answer = Attributor(indexes[number]).attribute(
            Snippet(indexed_function(snippet).encode(), "python")
        )
        with lock:
            order.append(number)
            if answer.label is not Label.VERBATIM:
                wrong.append(answer)

    def client(number: int) -> None:
        try:
            for turn in range(LOOKUPS):
                look_up(number, (number + turn) % 24)
        except Exception as error:
            wrong.append(error)

    def greedy(thread: int) -> None:
        while not over.is_set():
            look_up(CLIENTS + thread, thread % 24)

    many = [threading.Thread(target=greedy, args=(n,)) for n in range(GREEDY)]
    clients = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
    for thread in (*many, *clients):
        thread.start()
    for thread in clients:
        thread.join()
    over.set()
    for thread in many:
        thread.join()

    assert wrong == []
    done = Counter(order)
    # although the greedy one never stopped asking; the order of turns is tested in test_gates
    assert all(done[number] == LOOKUPS for number in range(CLIENTS))
    assert set(Counting.statuses) <= {200, 429, 503}
    assert Counting.statuses[503] + Counting.statuses[429] > 0  # it was full
    assert "Traceback" not in service.log.read_text()
    for index in indexes:
        index.close()
