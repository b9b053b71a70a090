"""`kill -9` at random moments: reported commits stay, and the index can be resumed.

This file is also the program that is killed: run as a script it forks (after the imports, so that a
round takes a tenth of a second) a child that indexes in tiny commits, kills it, and forks another
that looks at what is left.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from attribution.index.embedded.assembly import Tuning
from attribution.index.interface import Checkpoint, WordQuery
from attribution.index.scoring import Limits
from attribution.types import NewFile, OptOut, Skip
from tests.support.index_engines import EmbeddedEngine, MergedEngine, code, file, sketch

KILLS = 50
STEP_FILES = 3
REMOVAL_EVERY = 6  # steps; each removes a repository again, and compacts
SOURCE = "numbers"
# Several flushes per commit, and a merge every few commits.
TUNING = Tuning(batch_bytes=1500, flush_bytes=3000, max_segments=3, compact_share=2.0)
LIMITS = Limits(cap=4, postings=100)


def files_of(step: int) -> list[NewFile]:
    """The files of a step; each shares one with the step before."""
    numbers = range(step * STEP_FILES, (step + 1) * STEP_FILES)
    repository = f"owner/r{step}"
    files = [file(code(n, 20), repository, f"{n}.py") for n in numbers]
    return [*files, file(code(step * STEP_FILES - 1, 20), repository, "shared.py")]


def removes(step: int) -> int | None:
    """The step whose repository a step removes."""
    return step - 3 if step % REMOVAL_EVERY == REMOVAL_EVERY - 1 else None


ENGINES = {"embedded": EmbeddedEngine, "merged": MergedEngine}


def work(engine: EmbeddedEngine, report: int) -> None:
    """Index forever, and report each committed step."""
    index = engine.open()
    with index.writer() as writer:
        position = writer.checkpoints().get(SOURCE)
    step = int(position.position) + 1 if position else 1
    while True:
        gone = removes(step)
        if gone is not None:
            index.remove([OptOut("repository", f"owner/r{gone}")])
            index.compact()
        with index.writer() as writer:
            if gone is None:
                writer.add(files_of(step))
                writer.skip([Skip(f"owner/r{step}/x", "binary")])
            writer.commit([Checkpoint(SOURCE, str(step))])
        os.write(report, b"%d\n" % step)
        step += 1


def look(engine: EmbeddedEngine, reported: int) -> int:
    """Compare the index with the steps reported; returns the step reached."""
    with engine.open() as index:
        assert list(index.verify())
        with index.writer() as writer:
            position = writer.checkpoints().get(SOURCE)
        reached = int(position.position) if position else 0
        assert reached >= reported, f"{reported} was reported, {reached} is there"
        expected: dict[str, int] = {}  # occurrences per document
        removed = {g for step in range(1, reached + 1) if (g := removes(step)) is not None}
        # The unfinished step may have reached its removal.
        summary = index.summary()
        if summary.opt_outs == len(removed) + 1:
            removed.add(removes(reached + 1) or 0)
        assert summary.opt_outs == len(removed)
        for step in range(1, reached + 1):
            if removes(step) is None and step not in removed:
                for new in files_of(step):
                    expected[blob(new.content)] = expected.get(blob(new.content), 0) + 1
        assert summary.documents == len(expected)
        assert summary.occurrences == sum(expected.values())
        for id_, count in expected.items():
            assert len(index.occurrences(id_)) == count
        assert all(index.fetch(list(expected)))
        skipped = sum(1 for skip in index.skips() if skip.reason == "binary")
        assert skipped == index.describe().skipped.get("binary", 0)
        if expected:
            number = reached * STEP_FILES + 1
            while blob(code(number, 20)) not in expected:
                number -= 1
            text = code(number, 20)
            assert index.propose(sketch(text)).candidates[0].document == blob(text)
            hits = index.search(WordQuery(words=(f"function_{number}",)))
            assert [hit.document.content for hit in hits] == [text]
        return reached


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def forked(job: Callable[[], object]) -> int:
    """Run a job in a child; returns the child's process number."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            job()
            status = 0
        except BaseException:  # the child must never return into its parent's loop
            traceback.print_exc()
        finally:
            os._exit(status)
    return child


def main(kind: str, folder: Path, kills: int) -> None:
    rng = random.Random(7)
    engine = ENGINES[kind](folder, TUNING)
    engine.limits = LIMITS
    forked(lambda: engine.create(LIMITS))
    os.wait()
    reported, longest = 0, 0.25
    for _ in range(kills):
        before = reported
        reader, report = os.pipe()
        child = forked(lambda report=report: work(engine, report))
        os.close(report)
        time.sleep(rng.uniform(0.02, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reader) as reports:
            reported = max([reported, *(int(line) for line in reports if line.endswith("\n"))])
        longest *= 1.3 if reported == before else 0.8  # a busy machine takes longer for a step
        child = forked(lambda reported=reported: look(engine, reported))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            sys.exit(f"after {reported} steps")
    sys.stdout.write(f"{reported}\n")


@pytest.mark.parametrize("kind", ENGINES)
def test_a_killed_run_keeps_its_reported_commits(tmp_path: Path, kind: str) -> None:
    done = subprocess.run(
        [sys.executable, __file__, kind, str(tmp_path / "index"), str(KILLS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > KILLS / 4  # it progressed all the same


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
