"""An audit through a service on loopback, against the same audit on the index itself.

    python -m benchmarks.through_service --index FOLDER SOURCE... [--files 2000] [--rounds 3]

Both run on the same cores, the service too: what the service adds (HTTP, messages, compression) is
all that differs. Audits without a cache, alternating; the bar is 70 % of the speed on the index.
CPU seconds are those of all processes, the service's too: on a machine with other work, their
ratio says more than that of the seconds. Then the same files are looked up with the round trip of
a network, one and sixteen at once.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from unittest import mock

import click
import httpx2

from attribution.at_once import at_once
from attribution.attributor import Attributor
from attribution.index.service import connection
from attribution.index.service.address import ServiceAccess
from attribution.index.service.index import ServiceIndex
from attribution.types import Snippet
from benchmarks.child import Measured, run_measured
from benchmarks.machine import description
from benchmarks.served import ROOT, serving

_BAR = 0.7
_ROUND_TRIP = 0.02  # seconds


def _copied(sources: tuple[str, ...], count: int, folder: Path) -> int:
    """Copy up to `count` Python files, evenly spread over the sources; returns how many."""
    paths = sorted(path for source in sources for path in Path(source).rglob("*.py"))
    if not paths:
        raise click.ClickException(f"there are no Python files in {', '.join(sources)}")
    step = max(len(paths) // count, 1)
    chosen = list(islice(paths[::step], count))
    for number, path in enumerate(chosen):
        shutil.copyfile(path, folder / f"{number}.py")
    return len(chosen)


class _Distant(httpx2.HTTPTransport):
    """Adds the round trip of a network to each request."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        time.sleep(_ROUND_TRIP)
        return super().handle_request(request)


def _from_afar(address: str, code: Path, *, together: bool) -> float:
    """Seconds to look up the files over a network in one process, one by one or several at once."""
    snippets = [Snippet(path.read_bytes(), "python") for path in sorted(code.iterdir())]
    with mock.patch.object(connection, "is_loopback", return_value=False):
        there = connection.Connection(address, ServiceAccess(allow_http=True), _Distant())
    with ServiceIndex(there) as index:
        attributor = Attributor(index)
        started = time.monotonic()
        if together:
            at_once(attributor.attribute, snippets, index)
        else:
            for snippet in snippets:
                attributor.attribute(snippet)
        return time.monotonic() - started


def _audit(location: str, code: Path, report: Path) -> Measured:
    """The measurements of an audit."""
    command = [
        sys.executable, "-m", "attribution.cli", "audit", str(code), "--index", location,
        "--no-cache", "--quiet", "--no-gitignore", "--report", f"csv={report}",
    ]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WHENCE")}
    measured = run_measured(command, env=environment, cwd=ROOT, check=False)
    if measured.code not in (0, 1):
        raise click.ClickException(f"the audit against {location} failed: {measured.code}")
    return measured


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--index", "location", required=True, help="Folder of the index.")
@click.option("--files", default=2000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
def main(sources: tuple[str, ...], location: str, files: int, rounds: int) -> None:
    """Audit Python files of SOURCES both ways."""
    print(description())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code = folder / "code"
        code.mkdir()
        count = _copied(sources, files, code)
        reports = folder / "there.csv", folder / "here.csv"
        seconds: tuple[list[float], list[float]] = ([], [])
        cpu: tuple[list[float], list[float]] = ([], [])
        with serving(folder, "--index", str(Path(location).resolve())) as service:
            for _ in range(rounds):
                for at, where in enumerate((service.address, str(Path(location).resolve()))):
                    before = service.cpu()
                    measured = _audit(where, code, reports[at])
                    seconds[at].append(measured.seconds)
                    cpu[at].append(measured.cpu + service.cpu() - before)
            requests = service.log.read_text().count('"POST"')
            afar = {
                "one by one": _from_afar(service.address, code, together=False),
                "several at once": _from_afar(service.address, code, together=True),
            }
        equal = reports[0].read_bytes() == reports[1].read_bytes()
    (there, here), (cpu_there, cpu_here) = (map(statistics.median, both) for both in (seconds, cpu))
    print(f"{count} files, {requests / rounds / count:.2f} requests a file, {rounds} rounds")
    print(
        f"on the index       {here:6.1f} s  {count / here:6.1f} files/s  {cpu_here:6.1f} s of CPU"
    )
    print(f"through a service  {there:6.1f} s  {count / there:6.1f} files/s  {cpu_there:6.1f} s")
    for how, seconds_afar in afar.items():
        print(
            f"look-ups with {_ROUND_TRIP * 1000:.0f} ms more per request, {how}: "
            f"{count / seconds_afar:.1f} files/s"
        )
    print(
        f"speed {here / there:.0%} (bar {_BAR:.0%}), by CPU {cpu_here / cpu_there:.0%}; "
        f"findings {'equal' if equal else 'DIFFER'}"
    )


if __name__ == "__main__":
    main()
