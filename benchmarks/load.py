"""The service under load: a real process, many clients that look up and some that generate.

    python -m benchmarks.load --index LOCATION [--model demo] [--seconds 60]

First one client alone, keep-alive (the bars of the design: p50 5 ms, p99 25 ms over HTTP); then 32
clients look up without a pause while 4 generate with live attribution. Clients and service share
the machine, so the second part measures a busy machine, not one look-up. All statuses must be 2xx,
429 or 503, no connection may break, and memory must stay constant.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from benchmarks.functions import functions
from benchmarks.machine import description
from benchmarks.served import Served, serving

__all__ = ["Load", "Tally", "alone", "look_up", "snippets", "under_load"]

_FINE = {200, 429, 503}
JSON = {"Content-Type": "application/json"}


@dataclass(slots=True)
class Tally:
    """The results of clients of one kind. Each client has its own; they are added at the end."""

    seconds: list[float] = field(default_factory=list)  # of answers with status 200
    statuses: Counter[int] = field(default_factory=Counter)
    broken: Counter[str] = field(
        default_factory=Counter
    )  # broken connections and truncated answers
    checked: int = 0  # answers whose attribution was checked

    def add(self, other: Tally) -> None:
        """Add another's counts."""
        self.seconds += other.seconds
        self.statuses += other.statuses
        self.broken += other.broken
        self.checked += other.checked

    def share(self, part: float) -> float:
        """A quantile of the latencies, in ms."""
        ordered = sorted(self.seconds)
        return ordered[min(int(part * len(ordered)), len(ordered) - 1)] * 1e3 if ordered else 0.0

    @property
    def bad(self) -> list[str]:
        """Errors that must not happen."""
        statuses = [f"status {status}" for status in self.statuses if status not in _FINE]
        return statuses + list(self.broken)


@dataclass(frozen=True, slots=True)
class Load:
    """The results of a load."""

    seconds: float
    lookups: Tally
    generations: Tally
    memory: tuple[int, ...]  # bytes, once a second


def snippets(folder: Path, count: int, seed: int = 0) -> list[str]:
    """Functions of 8 to 40 lines of the Python files in a folder, at random."""
    files = sorted(folder.glob("*.py"))
    random.Random(seed).shuffle(files)
    found: list[str] = []
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [function.text for function in functions(text, "Python")]
        if len(found) >= 4 * count:
            break
    random.Random(seed).shuffle(found)
    return found[:count]


def alone(service: Served, codes: Sequence[str], count: int) -> Tally:
    """One client with one connection, one look-up after another."""
    tally = Tally()
    connection = connect(service)
    for code in itertools.islice(itertools.cycle(codes), count):
        look_up(connection, code, tally)
    connection.close()
    return tally


def under_load(
    service: Served,
    codes: Sequence[str],
    seconds: float,
    *,
    lookers: int = 32,
    writers: int = 4,
    prompts: Sequence[str] = ("def ",),
    max_tokens: int = 128,
) -> Load:
    """Run clients that look up without a pause and others that generate with live attribution."""
    end = time.monotonic() + seconds
    looks = [Tally() for _ in range(lookers)]
    writes = [Tally() for _ in range(writers)]

    def look(number: int) -> None:
        connection = connect(service)
        for i in itertools.count(number):
            if time.monotonic() > end:
                break
            look_up(connection, codes[i * 7919 % len(codes)], looks[number])
        connection.close()

    def write(number: int) -> None:
        for i in itertools.count(number):
            if time.monotonic() > end:
                break
            _generate(service, prompts[i % len(prompts)], max_tokens, writes[number])

    threads = [threading.Thread(target=look, args=(i,)) for i in range(lookers)]
    threads += [threading.Thread(target=write, args=(i,)) for i in range(writers)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    memory = []
    while time.monotonic() < end:
        memory.append(service.memory())
        time.sleep(1)
    for thread in threads:
        thread.join()
    lookups, generations = Tally(), Tally()
    for tally in looks:
        lookups.add(tally)
    for tally in writes:
        generations.add(tally)
    memory.append(service.memory())
    return Load(time.monotonic() - started, lookups, generations, tuple(memory))


def connect(service: Served) -> http.client.HTTPConnection:
    """A connection to the service, opened by its first request."""
    return http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)


def look_up(connection: http.client.HTTPConnection, code: str, tally: Tally) -> None:
    """Look up Python code; a refused client waits as the answer says."""
    body = json.dumps({"code": code, "language": "python", "max_sources": 3})
    started = time.perf_counter()
    try:
        connection.request("POST", "/api/v1/attributions", body, JSON)
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException) as error:
        tally.broken[type(error).__name__] += 1
        connection.close()
        return
    tally.statuses[response.status] += 1
    if response.status == 200:
        tally.seconds.append(time.perf_counter() - started)
        tally.checked += json.loads(answer)["status"] == "checked"
    else:
        time.sleep(float(response.headers.get("Retry-After", 1)))


def _generate(service: Served, prompt: str, max_tokens: int, tally: Tally) -> None:
    body = {"prompt": prompt, "max_tokens": max_tokens, "stream": True, "attribution": "live"}
    connection = connect(service)
    started = time.perf_counter()
    try:
        connection.request("POST", "/v1/completions", json.dumps(body), JSON)
        response = connection.getresponse()
        text = response.read().decode()
    except (OSError, http.client.HTTPException) as error:
        tally.broken[type(error).__name__] += 1
        return
    finally:
        connection.close()
    tally.statuses[response.status] += 1
    if response.status != 200:
        time.sleep(float(response.headers.get("Retry-After", 1)))
        return
    tally.seconds.append(time.perf_counter() - started)
    events = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    if not events or events[-1] != "[DONE]":
        tally.broken["a stream without an end"] += 1
        return
    chunks = [json.loads(event) for event in events[:-1]]
    tally.broken.update(f"stream: {chunk['error']['code']}" for chunk in chunks if "error" in chunk)
    finals = [chunk for chunk in chunks if chunk.get("attribution_of", {}).get("final")]
    if len(finals) != 1:
        tally.broken[f"a stream with {len(finals)} final attributions"] += 1
    else:
        tally.checked += finals[0]["attribution"]["status"] == "checked"


def wait_for_model(service: Served, patience: float) -> None:
    """Wait until every model is loaded."""
    limit = time.monotonic() + patience
    while True:
        connection = connect(service)
        connection.request("GET", "/readyz")
        ready = json.loads(connection.getresponse().read())
        connection.close()
        if ready["index"]["status"] == "ok" and ready["generation"] in ("ok", "off"):
            return
        if time.monotonic() > limit:
            raise SystemExit(f"not ready after {patience:g} s: {ready}")
        time.sleep(0.5)


def _print(load: Load, before: int) -> None:
    for what, tally in (("look-ups", load.lookups), ("generations", load.generations)):
        statuses = ", ".join(f"{n} x {status}" for status, n in sorted(tally.statuses.items()))
        print(
            f"  {what:12} {len(tally.seconds) / load.seconds:7.1f} a second, p50 "
            f"{tally.share(0.5):.0f} ms, p99 {tally.share(0.99):.0f} ms; statuses {statuses}; "
            f"{tally.checked} checked; broken: {dict(tally.broken) or 'none'}"
        )
    warm = load.memory[len(load.memory) // 4]
    print(
        f"  memory       {before / 1e6:.0f} MB before, {warm / 1e6:.0f} after a quarter of the "
        f"time, {max(load.memory) / 1e6:.0f} at most, {load.memory[-1] / 1e6:.0f} at the end"
    )


@click.command()
@click.option("--index", required=True, help="Folder of an index.")
@click.option("--model", default="demo", show_default=True, help="As whence serve; off for none.")
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--lookers", default=32, show_default=True)
@click.option("--writers", default=4, show_default=True)
def main(index: str, model: str, seconds: float, lookers: int, writers: int) -> None:
    """Print how the service behaves under load."""
    codes = snippets(Path(statistics.__file__).parent, 400)
    extra = () if model == "off" else ("--model", model)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), "--index", index, *extra) as service,
    ):
        wait_for_model(service, 600)
        print(description())
        alone(service, codes, 200)  # pages of the index, connections, caches
        one = alone(service, codes, 2000)
        print(
            f"one client, keep-alive: p50 {one.share(0.5):.1f} ms (bar 5), p99 "
            f"{one.share(0.99):.1f} ms (bar 25)"
        )
        before = service.memory()
        writers = 0 if model == "off" else writers
        load = under_load(service, codes, seconds, lookers=lookers, writers=writers)
        print(f"{lookers} clients look up while {writers} generate, {load.seconds:.0f} s:")
        _print(load, before)
    bad = load.lookups.bad + load.generations.bad
    if bad:
        raise SystemExit(f"errors: {', '.join(bad)}")


if __name__ == "__main__":
    main()
