"""`kill -9` of an indexer that writes to Elasticsearch: reported commits stay, and it resumes.

This file is also the program that is killed.
"""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

from attribution.index import administer, create_index
from attribution.index.interface import Checkpoint, IndexAdmin
from attribution.types import NewFile
from tests.support.index_engines import code, file

KILLS = 6
STEP_FILES = 5
SOURCE = "numbers"


def files_of(step: int) -> list[NewFile]:
    """The files of a step; each shares one with the step before."""
    numbers = range(step * STEP_FILES, (step + 1) * STEP_FILES)
    repository = f"owner/r{step}"
    files = [file(code(n, 20), repository, f"{n}.py") for n in numbers]
    return [*files, file(code(step * STEP_FILES - 1, 20), repository, "shared.py")]


def work(location: str) -> None:
    """Index forever, and report each committed step."""
    with administer(location) as index, index.writer() as writer:
        position = writer.checkpoints().get(SOURCE)
        step = int(position.position) + 1 if position else 1
        while True:
            writer.add(files_of(step))
            writer.commit([Checkpoint(SOURCE, str(step))])
            sys.stdout.write(f"{step}\n")
            sys.stdout.flush()
            step += 1


def look(index: IndexAdmin) -> int:
    """Compare the index with the steps reported; returns the step reached."""
    with index.writer() as writer:
        position = writer.checkpoints().get(SOURCE)
    reached = int(position.position) if position else 0
    expected: dict[str, int] = {}  # occurrences per document
    for step in range(1, reached + 1):
        for new in files_of(step):
            expected[blob(new.content)] = expected.get(blob(new.content), 0) + 1
    assert index.summary().documents == len(expected)
    assert index.summary().occurrences == sum(expected.values())
    assert all(index.fetch(list(expected)))
    for id_, count in expected.items():
        assert len(index.occurrences(id_)) == count
    return reached


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def test_a_killed_indexer_keeps_its_reported_commits(tmp_path: Path) -> None:
    from tests.support.elastic_server import server

    rng = random.Random(7)
    location = server().location(f"whence-test-{uuid4().hex}")
    create_index(location, "corpus").close()
    reported = 0
    for number in range(KILLS):
        output = tmp_path / f"{number}.txt"
        with output.open("wb") as reports:
            process = subprocess.Popen([sys.executable, __file__, location], stdout=reports)
            while process.poll() is None and not output.stat().st_size:
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 0.4))
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL, "it ended before the kill"
        lines = output.read_text().splitlines(keepends=True)
        reported = max([reported, *(int(line) for line in lines if line.endswith("\n"))])
        with administer(location) as index:
            reached = look(index)
        assert reached >= reported, f"{reported} was reported, {reached} is there"
    assert reported >= KILLS


if __name__ == "__main__":
    work(sys.argv[1])
