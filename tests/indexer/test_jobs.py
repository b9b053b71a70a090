"""`whence index --jobs`: several processes give the index that one gives, also when they die."""

from __future__ import annotations

import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.attributor import Attributor
from attribution.errors import InputError
from attribution.index import administer, create_index, open_index
from attribution.index.embedded.assembly import Tuning
from attribution.index.interface import WordQuery
from attribution.settings import AttributorSettings
from attribution.types import OptOut, Snippet
from indexer.jobs import index_on_cores
from indexer.parts import cut
from indexer.pipeline import index_sources
from indexer.progress import Progress
from indexer.sources import Source, open_sources
from indexer.sources.contents import ContentStore
from tests.support.command_line import Run, runner
from tests.support.index_engines import sketch
from tests.support.memory_index import MemoryIndex

# The command, with processes and pieces for small inputs too.
PROGRAM = """
import attribution.cli, indexer.parts
indexer.parts._WORTH_A_PROCESS = 1
indexer.parts._SMALLEST = 100_000
if __name__ == "__main__":
    attribution.cli.main()
"""


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("indexer.parts._WORTH_A_PROCESS", 1)
    monkeypatch.setattr("indexer.parts._SMALLEST", 100_000)
    return runner(capfd)


@pytest.fixture(scope="module")
def code_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 1,200 files, a few of them equal, empty or binary."""
    root = tmp_path_factory.mktemp("code") / "project"
    rng = random.Random(3)
    for n in range(1200):
        path = root / f"d{n % 40}" / f"f{n}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"value_{n % 1150}_{rng.randrange(9)} = call({i}, {n % 1150})" for i in range(40)]
        if n % 1150 < 50:
            lines = [f"equal_{n % 1150} = call({i})" for i in range(40)]
        path.write_text("\n".join(lines) if n % 100 else "")
    (root / "x.py").write_bytes(b"\0" * 100)
    return root


def contents(folder: Path) -> tuple[object, ...]:
    """What an index has: counts, all occurrences by document, and the files left out."""
    with administer(folder) as index:
        assert list(index.verify())
        described = index.describe()
        documents: dict[str, list[str]] = {}
        for query in (WordQuery(words=("call",)),):
            for hit in index.search(query, limit=10**6):
                seen = index.occurrences(hit.document.id)
                documents[hit.document.id] = sorted(o.path for o in seen)
        return (
            described.summary.documents, described.summary.occurrences, described.skipped,
            described.sources, documents, sorted(map(repr, index.skips())),
        )  # fmt: skip


@pytest.fixture(scope="module")
def expected(code_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """What one process makes of the tree."""
    folder = tmp_path_factory.mktemp("one") / "index"
    with create_index(folder, "corpus") as index:
        index_sources(index, open_sources(str(code_tree)))
    return contents(folder)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_any_number_of_processes_gives_the_same_index(
    run: Run, code_tree: Path, expected: tuple[object, ...], tmp_path: Path, jobs: int
) -> None:
    target = tmp_path / "index"
    code, out, err = run("index", code_tree, "--to", target, "--jobs", jobs, "--list-skipped")
    assert code == 0, err
    assert "Indexed 1,188 files" in err
    assert "  skipped: 13\n" in err
    assert len(out.splitlines()) == 13
    assert contents(target) == expected
    assert not (target / ".parts").exists()
    for again in (jobs, 1, 2):
        code, out, err = run("index", code_tree, "--to", target, "--jobs", again)
        assert "unchanged: 1 source, not read again" in err
    assert contents(target) == expected


def test_many_processes_leave_few_segments(
    run: Run, code_tree: Path, expected: tuple[object, ...], tmp_path: Path
) -> None:
    target = tmp_path / "index"
    code, out, err = run("index", code_tree, "--to", target, "--jobs", 11, "--list-skipped")
    assert code == 0, err
    assert len(out.splitlines()) == 13
    assert contents(target) == expected
    assert len(list(target.glob("segment-*"))) <= Tuning().max_segments
    assert not (target / ".parts").exists()
    _, _, err = run("index", code_tree, "--to", target, "--jobs", 2)
    assert "unchanged: 1 source, not read again" in err


def test_opt_outs_of_the_index_hold(run: Run, code_tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "index"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.py").write_text("other = call(1)\n")
    run("index", tmp_path / "other", "--to", target)
    with administer(target) as index:
        index.remove([OptOut("repository", "project")])
    code, _, err = run("index", code_tree, "--to", target, "--jobs", 2)
    assert code == 0
    assert "1,188  opted out" in err
    with open_index(target) as reader:
        assert reader.summary().documents == 1
        assert reader.summary().opt_outs == 1


def test_a_part_can_be_indexed_by_several_processes(
    run: Run, code_tree: Path, expected: tuple[object, ...], tmp_path: Path
) -> None:
    for _ in range(2):
        for n in (1, 2):
            options = ("--part", f"{n}/2", "--jobs", 2)
            code, _, err = run("index", code_tree, "--to", tmp_path / f"part{n}", *options)
            assert code == 0
    assert "unchanged" in err
    assert "Indexed 0 files" in err
    code, _, err = run("merge", tmp_path / "part1", tmp_path / "part2", "--to", tmp_path / "index")
    assert "not complete" not in err
    assert contents(tmp_path / "index") == expected


def answers(folder: Path, tree: Path) -> tuple[object, ...]:
    """What an index answers, in order, of files that have equals, copies and neighbours."""
    with open_index(folder) as index:
        asked = [path.read_bytes() for path in sorted(tree.glob("d[0-4]/*.py"))]
        attributor = Attributor(index, AttributorSettings(max_sources=50))
        found = []
        for code in asked:
            answer = attributor.attribute(Snippet(code, "python"))
            # a copy that is there twice counts in the frequencies of its words until `compact`
            sources = [
                (s.document, s.matches, s.documents, s.occurrences, round(s.confidence, 3))
                for s in answer.sources
            ]
            found.append((answer.label, answer.reason, sources, answer.leads))
        hits = [
            [(hit.document.id, hit.occurrences) for hit in index.search(query, limit=900)]
            for query in (WordQuery(words=("call",)), WordQuery(words=("valu",)))
        ]
        proposed = index.propose(sketch(b"call(1149)"), limit=2, lexical=True).candidates
        return found, hits, [candidate.document for candidate in proposed]


def test_answers_do_not_depend_on_the_number_of_processes(
    run: Run, code_tree: Path, tmp_path: Path
) -> None:
    for jobs in (1, 3):
        assert run("index", code_tree, "--to", tmp_path / f"{jobs}", "--jobs", jobs)[0] == 0
    parts = [tmp_path / "part1", tmp_path / "part2"]
    for n, part in enumerate(parts, 1):
        assert run("index", code_tree, "--to", part, "--part", f"{n}/2")[0] == 0
    for n, order in enumerate((parts, parts[::-1])):
        assert run("merge", *order, "--to", tmp_path / f"merged{n}")[0] == 0
    expected = answers(tmp_path / "1", code_tree)
    for name in ("3", "merged0", "merged1"):
        assert answers(tmp_path / name, code_tree) == expected, name


def test_processes_are_for_an_index_in_a_folder(code_tree: Path) -> None:
    with pytest.raises(InputError, match="--jobs 2 is for an index in a folder"):
        sources = open_sources(str(code_tree))
        index_on_cores(MemoryIndex(name="x"), sources, 2, ContentStore(), Progress())


def started(source: Path, target: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "index", source, "--to", target, "--jobs", "2", *options],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        # a run of the tests in the background ignores it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip


def workers(target: Path) -> Iterator[int]:
    """The processes that write to parts of an index."""
    for lock in target.glob(".parts/*/writer.lock"):
        text = lock.read_text().strip()
        if text and Path(f"/proc/{text}").exists():
            yield int(text)


def until_working(target: Path, process: subprocess.Popen[str]) -> list[int]:
    """Wait until both workers write; returns their numbers."""
    end = time.monotonic() + 60
    while len(found := list(workers(target))) < 2:
        assert time.monotonic() < end
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    return found


def gone(number: int) -> None:
    """Wait until a process has ended."""
    end = time.monotonic() + 30
    while Path(f"/proc/{number}").exists():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that takes two processes a second or more."""
    root = tmp_path_factory.mktemp("larger") / "project"
    rng = random.Random(4)
    for n in range(6000):
        path = root / f"d{n % 60}" / f"f{n}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "\n".join(f"v_{rng.randrange(10**6)} = call({i}, {rng.random()})" for i in range(60))
        )
    return root


@pytest.mark.parametrize("how", ["worker", "parent", "interrupt"])
def test_a_run_that_is_killed_resumes(run: Run, larger: Path, tmp_path: Path, how: str) -> None:
    target = tmp_path / "index"
    process = started(larger, target)
    working = until_working(target, process)
    time.sleep(0.3)
    if how == "worker":
        os.kill(working[0], signal.SIGKILL)
    elif how == "parent":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, err = process.communicate(timeout=60)
    assert process.returncode == {"worker": 2, "parent": -signal.SIGKILL, "interrupt": 130}[how]
    if how == "worker":
        assert "a worker process was killed by signal 9" in err
        assert "Run the command again to resume" in err
    for number in working:
        gone(number)
    code, _, err = run("index", larger, "--to", target, "--jobs", 3)
    assert code == 0, err
    with administer(target) as index:
        assert list(index.verify())
        assert index.summary().documents == index.summary().occurrences == 6000
        assert index.describe().pending_removal_bytes == 0
    assert not (target / ".parts").exists()


def test_a_second_run_is_refused(run: Run, larger: Path, tmp_path: Path) -> None:
    target = tmp_path / "index"
    process = started(larger, target)
    until_working(target, process)
    for options in ((), ("--jobs", 1)):
        code, _, err = run("index", larger, "--to", target, *options)
        assert code == 2
        assert f"process {process.pid} is writing to the index at {target}" in err
    process.communicate(timeout=60)
    assert process.returncode == 0
    with open_index(target) as reader:
        assert reader.summary().documents == 6000


def test_what_a_killed_run_left_is_merged_by_whatever_changes_the_index(
    run: Run, code_tree: Path, tmp_path: Path
) -> None:
    target = tmp_path / "index"

    def leave_parts() -> None:
        with administer(target) as index, index.parts() as parts:  # type: ignore[attr-defined]
            folders = [parts.create(number) for number in (1, 2)]
        for number, part in enumerate(folders, 1):
            run("index", code_tree / "d1", "--to", part, "--part", f"{number}/2", "--jobs", 1)
        (target / ".parts" / "3").mkdir()  # hardly started

    run("index", code_tree / "d2", "--to", target)
    leave_parts()
    with administer(target) as index:
        before = index.summary().documents
        index.remove([OptOut("repository", "d1")])
        assert index.describe().pending_removal_bytes > 0
        index.compact()
        assert index.describe().pending_removal_bytes == 0
        assert index.summary().documents == before
    assert not (target / ".parts").exists()
    leave_parts()
    with administer(target) as index:
        index.lift_opt_out([OptOut("repository", "d1")])
    code, _, _ = run("index", code_tree / "d1", "--to", target)
    assert code == 0
    with administer(target) as index:
        assert index.summary().documents > before
        assert list(index.membership("d1"))


def test_every_kind_of_source_can_be_read_in_another_process(tmp_path: Path) -> None:
    root = tmp_path / "all"
    (root / "plain").mkdir(parents=True)
    (root / "plain" / "a.py").write_text("plain = 1\n")
    (root / "rows.jsonl").write_text('{"content": "row = 1", "max_stars_repo_path": "r.py"}\n')
    site = root / "site"
    (site / "tool-1.0.dist-info").mkdir(parents=True)
    (site / "tool-1.0.dist-info" / "METADATA").write_text("Name: tool\nVersion: 1.0\n\n")
    (site / "tool-1.0.dist-info" / "RECORD").write_text("tool.py,,\n")
    (site / "tool.py").write_text("tool = 1\n")
    (root / "lib").mkdir()
    for name in ("os.py", "site.py", "abc.py", "codecs.py"):
        (root / "lib" / name).write_text(f"name = '{name}'\n")
    git = root / "checkout"
    git.mkdir()
    (git / "g.py").write_text("git = 1\n")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "-C", git, *identity, *command], check=True)
    sources = open_sources(str(root))
    assert len({type(source) for source in sources}) >= 5
    for source in sources:
        copy = pickle.loads(pickle.dumps(source))
        assert copy.name == source.name
        assert list(copy.read()) == list(source.read())


def test_a_folder_that_has_changed_is_read_again_once(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "project"
    for n in range(60):
        path = root / f"d{n % 4}" / f"f{n}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"value_{n} = call({n})\n")
    index = tmp_path / "index"
    assert run("index", root, "--to", index, "--jobs", 2)[0] == 0
    (root / "d3" / "f3.py").write_text("changed = call(3)\n")
    _, _, changed = run("index", root, "--to", index, "--jobs", 2)
    _, _, again = run("index", root, "--to", index, "--jobs", 2)
    assert "added: 1 distinct file" in changed
    assert "Indexed 0 files" in again


def test_a_source_of_which_no_piece_can_be_read_is_an_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"value_{n} = call({n})\n" * 400 for n in range(400)]
    rows = pa.table({"content": texts, "path": [f"f{n}.py" for n in range(400)]})
    path = tmp_path / "rows.parquet"
    pq.write_table(rows, path, row_group_size=20, compression="none")

    def cut_and_damaged(sources: Sequence[Source], *args: Any, **kwargs: Any) -> list[Source]:
        units = cut(sources, *args, **kwargs)
        path.write_bytes(b"PAR1" + bytes(path.stat().st_size - 8) + b"PAR1")
        return units

    monkeypatch.setattr("indexer.jobs.cut", cut_and_damaged)
    code, _, err = run("index", path, "--to", tmp_path / "index", "--jobs", 2, "--map",
                       "content=content,path=path")  # fmt: skip
    assert err.count("whence: skipped ") > 1
    assert code == 2


def test_a_part_that_was_deleted_in_part_is_not_merged_again(
    code_tree: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    create_index(folder, "corpus").close()
    with administer(folder) as index, index.parts() as parts:  # type: ignore[attr-defined]
        part = parts.create(1)
        with administer(part) as filled:
            index_sources(filled, open_sources(str(code_tree)))
        parts.merge()
        before = contents(folder)
        segment = part / "segment-1"  # as a kill leaves it: the manifest went first
        segment.mkdir(parents=True)
    with administer(folder) as index, index.writer() as writer:
        assert writer.checkpoints()
    assert contents(folder) == before
    assert not (folder / ".parts").exists()
