"""A service under a mixed and hostile load for minutes, from a cold page cache.

    python -m benchmarks.soak --index FOLDER --minutes 10

A real `whence serve` with its default limits. Each of 32 clients looks up parts of files, of every
size up to the limit of a body, searches, and breaks off streamed batches. Every request must be
answered (2xx), refused (429, 503) or broken off by us; no connection may break, and after the first
minute the service's memory must stay within 10 %. A refused client waits as the answer says. Memory
is the anonymous memory of all processes of the service: that of the index is the page cache's.
"""

from __future__ import annotations

import http.client
import json
import math
import os
import random
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import click

from benchmarks.load import JSON, Tally, connect, look_up, wait_for_model
from benchmarks.machine import description
from benchmarks.served import Served, serving

__all__ = ["drop_page_cache", "soak"]

_LARGEST = 900_000  # bytes of code; in JSON it is a little larger, and the limit is 1 MiB
_EVERY = 5.0  # seconds between two samples of memory
_MINUTE = 60.0
_MOST_GROWTH = 0.1
_REPETITIVE = 0.05  # of the look-ups are of a table
_STREAM = {**JSON, "Accept": "application/jsonl"}


@dataclass(slots=True)
class Results:
    """What the clients got."""

    lookups: Tally = field(default_factory=Tally)
    searches: Tally = field(default_factory=Tally)
    streams: Tally = field(default_factory=Tally)  # which we broke off
    memory: list[tuple[float, int]] = field(default_factory=list)  # seconds, bytes

    def add(self, other: Results) -> None:
        """Add another client's."""
        self.lookups.add(other.lookups)
        self.searches.add(other.searches)
        self.streams.add(other.streams)

    def mean_memory(self, start: float, end: float) -> float | None:
        """Bytes, the mean of the samples between two seconds."""
        sizes = [size for seconds, size in self.memory if start <= seconds < end]
        return statistics.fmean(sizes) if sizes else None

    @property
    def growth(self) -> float | None:
        """The growth of memory after the first minute: the mean of the last minute, compared with
        that of the second, as a share; None when the run was too short."""
        last = self.memory[-1][0]
        second = self.mean_memory(_MINUTE, 2 * _MINUTE)
        end = self.mean_memory(max(last - _MINUTE, 2 * _MINUTE), last + 1)
        return None if second is None or end is None else end / second - 1


class _Parts:
    """Snippets: as many between 1 and 10 kB as between 10 and 100."""

    def __init__(self, code: str, seed: int, smallest: int) -> None:
        self.rng = random.Random(seed)
        self._code = code
        self._smallest = math.log10(smallest)

    def next(self) -> str:
        """A part of the code, or now and then a table."""
        size = min(int(10 ** self.rng.uniform(self._smallest, 6)), _LARGEST)
        if self.rng.random() < _REPETITIVE:
            return "0, NULL, " * (size // 9)
        start = self.rng.randrange(max(len(self._code) - size, 1))
        return self._code[start : start + size]


def drop_page_cache(folder: Path) -> None:
    """Make the system forget what it holds of the files in a folder."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def soak(service: Served, code: str, seconds: float, clients: int, smallest: int = 100) -> Results:
    """Run the clients, and sample memory.

    Args:
        smallest: bytes of a snippet, at least.
    """
    started = time.monotonic()
    end = started + seconds
    each = [Results() for _ in range(clients)]
    threads = [
        threading.Thread(
            target=_client, args=(service, _Parts(code, number, smallest), end, results)
        )
        for number, results in enumerate(each)
    ]
    for thread in threads:
        thread.start()
    total = Results()
    while (now := time.monotonic()) < end:
        total.memory.append((now - started, service.memory("Anonymous")))
        time.sleep(max(0.0, min(_EVERY, end - now)))
    for thread in threads:
        thread.join()
    total.memory.append((time.monotonic() - started, service.memory("Anonymous")))
    for results in each:
        total.add(results)
    return total


def _client(service: Served, parts: _Parts, end: float, results: Results) -> None:
    connection = connect(service)
    while time.monotonic() < end:
        kind = parts.rng.random()
        if kind < 0.75:
            look_up(connection, parts.next(), results.lookups)
        elif kind < 0.95:
            _search(connection, parts.next(), results.searches)
        else:
            connection.close()  # the service closes what is idle for long
            _break_off(service, [parts.next()[:20_000] for _ in range(20)], results.streams)
    connection.close()


def _search(connection: http.client.HTTPConnection, code: str, tally: Tally) -> None:
    words = " ".join(word for word in code[:200].split() if word.isidentifier())[:60]
    started = time.perf_counter()
    try:
        connection.request("GET", f"/api/v1/search?q={quote(words or 'return')}")
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        tally.broken[type(error).__name__] += 1
        connection.close()
        return
    tally.statuses[response.status] += 1
    if response.status == 200:
        tally.seconds.append(time.perf_counter() - started)
    else:
        time.sleep(float(response.headers.get("Retry-After", 1)))


def _break_off(service: Served, codes: list[str], tally: Tally) -> None:
    """Ask for a streamed batch, and close the connection after the first bytes of the answer."""
    body = json.dumps({"snippets": [{"code": code} for code in codes]})
    connection = connect(service)
    try:
        connection.request("POST", "/api/v1/attributions/batch", body, _STREAM)
        response = connection.getresponse()
        response.read(100)
    except (OSError, http.client.HTTPException) as error:
        tally.broken[type(error).__name__] += 1
        return
    finally:
        connection.close()
    tally.statuses[response.status] += 1
    if response.status != 200:
        time.sleep(float(response.headers.get("Retry-After", 1)))


def _print(results: Results, seconds: float) -> None:
    for what, tally in (
        ("look-ups", results.lookups),
        ("searches", results.searches),
        ("streams", results.streams),
    ):
        statuses = ", ".join(f"{n} x {status}" for status, n in sorted(tally.statuses.items()))
        click.echo(
            f"  {what:9} {len(tally.seconds) / seconds:6.1f} a second, p50 {tally.share(0.5):.0f} "
            f"ms, p99 {tally.share(0.99):.0f} ms; statuses {statuses or 'none'}; "
            f"broken: {dict(tally.broken) or 'none'}"
        )
    sizes = [size for _, size in results.memory]
    growth = results.growth
    click.echo(
        f"  memory    {sizes[0] / 1e6:.0f} MB at first, {max(sizes) / 1e6:.0f} at most, "
        f"{sizes[-1] / 1e6:.0f} at the end; last minute "
        f"compared with the second: {'not measured' if growth is None else f'{growth:+.1%}'}"
    )


@click.command()
@click.option("--index", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--clients", default=32, show_default=True)
@click.option("--smallest", default=100, show_default=True, help="Bytes of a snippet, at least.")
def main(index: Path, minutes: float, clients: int, smallest: int) -> None:
    """Print how the service behaves; exit with 1 if a connection broke or memory grew."""
    library = Path(statistics.__file__).parent
    code = "".join(path.read_text("utf-8", "replace") for path in sorted(library.glob("*.py")))
    click.echo(description())
    drop_page_cache(index)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), "--index", str(index)) as service,
    ):
        wait_for_model(service, 600)
        look_up(connect(service), code[:2000], Tally())  # loads the kernels, or compiles them
        results = soak(service, code, minutes * 60, clients, smallest)
    click.echo(f"{clients} clients for {minutes:g} minutes:")
    _print(results, minutes * 60)
    click.echo(
        "  MB of anonymous memory: " + " ".join(f"{size / 1e6:.0f}" for _, size in results.memory)
    )
    bad = results.lookups.bad + results.searches.bad + results.streams.bad
    if bad or (results.growth or 0) > _MOST_GROWTH:
        raise SystemExit(f"errors: {', '.join(bad) or 'memory grew'}")


if __name__ == "__main__":
    main()
