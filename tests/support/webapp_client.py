"""A service over a small real index, for the tests of routes and pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from attribution.index import create_index
from attribution.types import LicenseEvidence, NewFile, Occurrence
from inference.interface import Generator
from webapp.app import create_app
from webapp.services import EXTENSION, Services
from webapp.settings import ServeSettings

# Three files of our own; the first is in two repositories.
PARSER = '''\
# SPDX-License-Identifier: Apache-2.0
"""Reads harbour logs."""


def parse_harbour_log(lines, tolerance=3):
    """Yield the ships of a log, with how long each one lay at anchor."""
    anchored = {}
    for number, line in enumerate(lines, start=1):
        moment, ship, verb = line.split("|", 2)
        if verb.strip() == "anchors":
            anchored[ship] = int(moment)
        elif verb.strip() == "sails" and ship in anchored:
            stay = int(moment) - anchored.pop(ship)
            if stay > tolerance:
                yield number, ship, stay
        else:
            raise ValueError(f"line {number}: {verb!r} is unknown to the harbour")
'''
QUEUE = '''\
def drain_lock_queue(basin, boats, level_of):
    """Let boats through a lock, the lowest water first, until the basin is full."""
    waiting = sorted(boats, key=lambda boat: (level_of(boat), boat.name))
    passed, refused = [], []
    while waiting and basin.volume < basin.capacity:
        boat = waiting.pop(0)
        if boat.draught * basin.width > basin.capacity - basin.volume:
            refused.append((boat, "too deep"))
            continue
        basin.volume += boat.draught * basin.width
        passed.append(boat)
    return passed, refused + [(boat, "basin full") for boat in waiting]
'''
TIDES = """\
function tideTable(stations, hours) {
  const rows = new Map();
  for (const station of stations) {
    const amplitude = station.high - station.low;
    const phase = (2 * Math.PI * station.offset) / 12.42;
    const heights = hours.map((hour) =>
      station.low + amplitude * (0.5 + 0.5 * Math.cos((2 * Math.PI * hour) / 12.42 - phase)));
    rows.set(station.name, heights.map((height) => height.toFixed(2)));
  }
  return rows;
}
"""
_APACHE = LicenseEvidence("Apache-2.0", "file header")
FILES = (
    NewFile(
        PARSER.encode(),
        "python",
        Occurrence("quay/harbour", "harbour/log.py", "a" * 40, "https://github.com/quay/harbour",
                   "2019-04-02", 120, license=_APACHE),
    ),
    NewFile(
        PARSER.encode(),
        "python",
        Occurrence("pier/fork", "vendor/harbour/log.py", "b" * 40, "https://github.com/pier/fork",
                   "2022-01-30", 3, vendored=True, license=_APACHE),
    ),
    NewFile(
        QUEUE.encode(),
        "python",
        Occurrence("lock/keeper", "keeper/queue.py", "c" * 40, "https://github.com/lock/keeper",
                   "2020-07-11", 41, license=LicenseEvidence("GPL-3.0-only", "license file")),
    ),
    NewFile(
        TIDES.encode(),
        "javascript",
        Occurrence("quay/tides", "src/tides.js", "d" * 40, "https://github.com/quay/tides",
                   "2021-10-05", 7, license=LicenseEvidence("MIT", "license file")),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Service:
    """An app with its client, services and settings."""

    app: OpenAPI
    client: FlaskClient
    services: Services
    settings: ServeSettings


def make_index(folder: Path, files: Iterable[NewFile] = FILES) -> Path:
    """An index over FILES, or others, in a new folder."""
    with create_index(folder, "harbour") as index, index.writer() as writer:
        writer.add(list(files))
        writer.commit()
    return folder


def make_service(
    tmp_path: Path,
    *,
    generators: Iterable[Generator] = (),
    index: bool = True,
    location: tuple[str, ...] | None = None,
    **settings: Any,
) -> Service:
    """A service over a new index in tmp_path; `settings` are fields of ServeSettings.

    Args:
        location: of indexes that exist, instead of a new one.
    """
    folder = tmp_path / "index"
    if index and location is None and not folder.exists():
        make_index(folder)
    made = ServeSettings(index=location or str(folder), **settings)
    app = create_app(made, generators)
    app.testing = True
    found = app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return Service(app, app.test_client(), found, made)


def make_client(
    tmp_path: Path, *, generators: Iterable[Generator] = (), **settings: Any
) -> FlaskClient:
    """The test client of such a service."""
    return make_service(tmp_path, generators=generators, **settings).client
