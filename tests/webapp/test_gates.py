"""Gate: limits on what runs at once, on what waits, and on how long."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.support.webapp_client import make_service
from webapp.gates import BusyError, Gate


def enter(gate: Gate, seen: list[str], name: str, leave: threading.Event) -> threading.Thread:
    """A thread that enters, records its name, and leaves on request."""

    def run() -> None:
        with gate:
            seen.append(name)
            leave.wait(10)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def until(reached: object) -> None:
    limit = time.monotonic() + 10
    assert callable(reached)
    while not reached():
        assert time.monotonic() < limit
        time.sleep(0.002)


def test_first_come_first_served() -> None:
    gate, seen, leave = Gate("look-ups", 1, 10, 10), list[str](), threading.Event()
    threads = [enter(gate, seen, "a", leave)]
    until(lambda: gate.active == 1)
    for i, name in enumerate("bcde", start=1):
        threads.append(enter(gate, seen, name, leave))
        until(lambda i=i: gate.waiting == i)
    leave.set()
    for thread in threads:
        thread.join()
    assert seen == list("abcde")
    assert (gate.active, gate.waiting) == (0, 0)


def test_clients_take_turns() -> None:
    gate, seen = Gate("look-ups", 1, 20, 10), list[str]()
    gate.acquire("busy")
    threads = []
    for waiting, client in enumerate(["busy"] * 4 + ["other"] * 2, start=1):

        def run(client: str = client) -> None:
            with gate.turn(client):
                seen.append(client)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        until(lambda waiting=waiting: gate.waiting == waiting)
    gate.release()
    for thread in threads:
        thread.join()
    assert seen == ["busy", "other", "busy", "other", "busy", "busy"]
    assert (gate.active, gate.waiting) == (0, 0)


def test_a_full_queue_is_an_error_at_once() -> None:
    gate, seen, leave = Gate("look-ups", 1, 1, 10), list[str](), threading.Event()
    threads = [enter(gate, seen, "a", leave)]
    until(lambda: gate.active == 1)
    threads.append(enter(gate, seen, "b", leave))
    until(lambda: gate.waiting == 1)
    began = time.monotonic()
    with pytest.raises(BusyError, match="1 look-ups are under way and 1 wait") as caught:
        gate.acquire()
    assert time.monotonic() - began < 1
    assert caught.value.retry_after > 0
    leave.set()
    for thread in threads:
        thread.join()


def test_the_client_with_most_requests_makes_room_in_a_full_queue() -> None:
    gate, seen, lock = Gate("look-ups", 1, 4, 10), list[str](), threading.Lock()
    gate.acquire("busy")
    threads = []

    def run(client: str) -> None:
        try:
            with gate.turn(client), lock:
                seen.append(client)
        except BusyError as error:
            assert "4 wait" in str(error)
            with lock:
                seen.append(f"{client} refused")

    def add(client: str) -> None:
        threads.append(threading.Thread(target=run, args=(client,)))
        threads[-1].start()

    for waiting in range(1, 5):
        add("busy")
        until(lambda waiting=waiting: gate.waiting == waiting)
    add("busy")
    until(lambda: seen == ["busy refused"])
    for refused in (2, 3):
        add("other")
        until(lambda refused=refused: len(seen) == refused)
    add("other")  # both have two now: the one that comes is refused
    until(lambda: len(seen) == 4)
    assert seen == ["busy refused"] * 3 + ["other refused"]
    gate.release()
    for thread in threads:
        thread.join()
    assert seen[4:] == ["busy", "other", "busy", "other"]
    assert (gate.active, gate.waiting) == (0, 0)


def test_the_wait_is_limited() -> None:
    gate = Gate("generations", 1, 5, 0.05)
    gate.acquire()
    with pytest.raises(BusyError, match=r"within 0\.05 s"):
        gate.acquire()
    assert gate.waiting == 0
    gate.release()
    with gate:
        assert gate.active == 1


def test_it_keeps_its_limit_and_loses_no_turn() -> None:
    gate = Gate("look-ups", 3, 100, 0.004)
    inside, most, refused, lock = 0, 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most, refused
        for _ in range(40):
            try:
                with gate:
                    with lock:
                        inside += 1
                        most = max(most, inside)
                    time.sleep(0.001)
                    with lock:
                        inside -= 1
            except BusyError:
                with lock:
                    refused += 1

    threads = [threading.Thread(target=work) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 3
    assert refused > 0, "the test must have time-outs that race with releases"
    assert (gate.active, gate.waiting) == (0, 0)


def test_it_reports_the_length_of_the_queue() -> None:
    changes: list[tuple[str, int, int]] = []
    gate = Gate("look-ups", 1, 1, 0.01, lambda *state: changes.append(state))
    with gate, pytest.raises(BusyError):
        gate.acquire()
    assert ("look-ups", 1, 0) in changes
    assert ("look-ups", 1, 1) in changes
    assert changes[-1] == ("look-ups", 0, 0)


def test_large_bodies_take_turns(tmp_path: Path) -> None:
    """Parsing 96 bodies of 16 MiB each at once would fill any memory."""
    made = make_service(tmp_path, max_body=2000, max_batch=32_000, lookups=1, patience_seconds=0.1)
    gate = made.services.large_bodies
    large = {"snippets": [{"id": "1", "code": "x" * 3000}]}

    def status(body: object) -> int:
        return made.client.post("/api/v1/attributions/batch", json=body).status_code

    for body in (large, {"snippets": 7, "more": "x" * 3000}):
        status(body)
        assert gate.active == 0, "the place is left, whatever came of it"
    for _ in range(gate.active_limit):
        gate.acquire()
    assert status(large) == 503
    assert status({"snippets": []}) == 200, "small ones need no place"
    gate.release()
    assert status(large) == 200
