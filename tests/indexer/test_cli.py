"""`whence index`: its output, its exit codes, and that a killed run can be resumed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.index import open_index
from attribution.index.interface import WordQuery
from indexer.filters import Reason
from tests.support.command_line import Run, runner

CODE = "def {0}(x):\n    return [{0} + item for item in x if item.{0}]\n"


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    (root / "lib").mkdir(parents=True)
    (root / "lib/price.py").write_text(CODE.format("price"))
    (root / "lib/total.go").write_text("package lib\n\nfunc Total(x int) int { return x }\n")
    (root / "logo.png").write_bytes(b"\x89PNG\0")
    (root / "empty.py").write_bytes(b"")
    (root / "made.py").write_text("# @generated\n" + CODE.format("made"))
    return root


def names(location: Path) -> set[str]:
    with open_index(location) as index:
        paths = set()
        for word in ("x", "return"):
            for hit in index.search(WordQuery((word,)), limit=100):
                paths |= {occurrence.path for occurrence in hit.occurrences}
        return paths


def test_a_folder_becomes_an_index(run: Run, shop: Path, tmp_path: Path) -> None:
    code, out, err = run("index", shop, "--to", tmp_path / "index", "--name", "my corpus")
    assert code == 0
    assert out == ""
    assert err.startswith("Indexed 2 files, 116 B in ")
    assert "  added: 2 distinct files, 2 occurrences\n  skipped: 3\n" in err
    assert "generated       says so, or is a lock file" in err
    assert max(map(len, err.partition("skipped")[2].partition("to list")[0].splitlines())) <= 80
    assert all(len(f"    {0:>9,}  {r:<14}  {r.explanation}") <= 80 for r in Reason)
    assert f"to list them: whence info --skipped --index {tmp_path / 'index'}" in err
    assert names(tmp_path / "index") == {"lib/price.py", "lib/total.go"}
    with open_index(tmp_path / "index") as index:
        assert index.summary().name == "my corpus"
        assert len(list(index.skips())) == 3


def test_a_second_run_reads_only_what_is_new(run: Run, shop: Path, tmp_path: Path) -> None:
    location = tmp_path / "index"
    run("index", shop, "--to", location)
    code, _, err = run("index", shop, "--to", location)
    assert (code, "unchanged: 1 source, not read again" in err) == (0, True)
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.py").write_text(CODE.format("more"))
    code, _, err = run("index", shop, other, "--to", location)
    assert "Indexed 1 file, " in err
    assert "  added: 1 distinct file, 1 occurrence\n" in err
    assert names(location) == {"lib/price.py", "lib/total.go", "more.py"}
    # other options, other files
    code, _, err = run("index", shop, "--to", location, "--include-generated")
    assert names(location) == {"lib/price.py", "lib/total.go", "more.py", "made.py"}


def test_an_opt_out_that_is_lifted_lets_files_in_again(run: Run, tmp_path: Path) -> None:
    for owner in ("good", "evil"):
        checkout = tmp_path / "code" / owner
        checkout.mkdir(parents=True)
        (checkout / f"{owner}.py").write_text(CODE.format(owner))
        address = f"https://github.com/{owner}/x.git"
        for words in (["init", "-q"], ["remote", "add", "origin", address]):
            subprocess.run(["git", *words], cwd=checkout, check=True)
        subprocess.run(["git", "add", "."], cwd=checkout, check=True)
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=no"]
        subprocess.run(["git", *author, "commit", "-qm", "x"], cwd=checkout, check=True)
    location = tmp_path / "index"
    run("index", tmp_path / "code", "--to", location)
    assert names(location) == {"good.py", "evil.py"}
    run("remove", "--index", location, "--owner", "evil")
    run("index", tmp_path / "code", "--to", location)
    assert names(location) == {"good.py"}
    run("remove", "--index", location, "--owner", "evil", "--readmit")
    assert names(location) == {"good.py"}
    run("index", tmp_path / "code", "--to", location)
    assert names(location) == {"good.py", "evil.py"}


def test_a_list_of_opt_outs_is_applied_from_the_start(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "repos"
    for repository in ("ann", "bob"):
        (root / repository).mkdir(parents=True)
        (root / repository / f"{repository}.py").write_text(CODE.format(repository))
    file = tmp_path / "optouts.jsonl"
    file.write_text('{"issue": 1, "optout_owners": ["eve"], "optout_repos": ["ann"]}\n')
    location = tmp_path / "index"
    sources = ("index", root / "ann", root / "bob", "--to", location)
    code, _, err = run(*sources, "--opt-out", file)
    assert (code, "opted out" in err) == (0, True)
    assert names(location) == {"bob.py"}
    with open_index(location) as index:
        assert [(o.kind, o.value) for o in index.describe().opt_outs] == [
            ("owner", "eve"),
            ("repository", "ann"),
        ]
    file.write_text("bob\n{")
    code, _, err = run(*sources, "--opt-out", file)
    assert (code, f"line 2 of {file} is not owner/name" in err) == (2, True)


def test_skipped_files_are_listed_on_request(run: Run, shop: Path, tmp_path: Path) -> None:
    (shop / "new\nline\x1b.bin").write_bytes(b"\0")
    code, out, err = run("index", shop, "--to", tmp_path / "index", "--list-skipped", "--quiet")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "empty\tshop/empty.py\t0 bytes",
        "not code\tshop/logo.png\tlogo.png",
        "generated\tshop/made.py\t@generated",
        "not code\tshop/new\\nline\\x1b.bin\tnew\\nline\\x1b.bin",
    ]


def test_one_language_only(run: Run, shop: Path, tmp_path: Path) -> None:
    run("index", shop, "--to", tmp_path / "index", "--language", "Golang")
    assert names(tmp_path / "index") == {"lib/total.go"}
    code, _, err = run("index", shop, "--to", tmp_path / "i", "--language", "klingon")
    assert code == 2
    assert "--language 'klingon' is not known; give a name as Linguist" in err


def test_an_index_inside_its_source_is_not_indexed(run: Run, shop: Path) -> None:
    for _ in range(2):
        code, out, _ = run("index", shop, "--to", shop / ".whence", "--list-skipped")
        assert code == 0
        assert ".whence" not in out
    assert "unchanged: 1 source" in run("index", shop, "--to", shop / ".whence")[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no/such/place"], "whence: no/such/place does not exist; give a file, a folder"),
        ([""], "whence: a SOURCE is empty; give a file, a folder"),
        (["--map", "nonsense"], "whence: --map 'nonsense': write FIELD=COLUMN"),
        (["--max-file-size", "0"], "Invalid value for '--max-file-size'"),
    ],
)
def test_invalid_arguments(
    run: Run, shop: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    code, _, err = run("index", shop, *arguments, "--to", tmp_path / "index")
    assert code == 2
    assert message in err
    assert not (tmp_path / "index").exists()


def test_unknown_columns(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.parquet"
    pq.write_table(pa.table({"body": [CODE.format("odd")], "where": ["odd.py"]}), path)
    code, _, err = run("index", path, "--to", tmp_path / "index")
    assert code == 2
    assert (
        "does not have the columns of a known corpus; it has: body, where. Say what they mean, e.g."
        in err
    )
    mapping = "content=body,path=where,repository=where"
    code, _, err = run("index", path, "--to", tmp_path / "index", "--map", mapping)
    assert code == 0
    assert names(tmp_path / "index") == {"odd.py"}


def test_one_bad_source_among_good_ones_is_reported(run: Run, shop: Path, tmp_path: Path) -> None:
    (shop / "gone/.git").mkdir(parents=True)
    code, _, err = run("index", shop, "--to", tmp_path / "index")
    assert code == 0
    assert f"whence: skipped git:{shop / 'gone'}: " in err
    assert "is not a readable checkout" in err
    assert names(tmp_path / "index") == {"lib/price.py", "lib/total.go"}
    code, _, err = run("index", shop / "gone", "--to", tmp_path / "index")
    assert code == 2


def test_the_help_lists_the_sources(run: Run) -> None:
    code, out, _ = run("index", "--help")
    assert code == 0
    for word in (
        "The Stack v1, v2, v3",
        "JSONL",
        "git checkouts",
        '"stdlib"',
        "--map",
        "hf://datasets/OWNER/NAME",
        "s3://anonymous@softwareheritage/content/{blob_id}",
    ):
        assert word in " ".join(out.split())


CHILD = """
import sys
import indexer.pipeline
from attribution.index import open_or_create
from indexer.progress import Progress
from indexer.sources import open_sources

class Commits(Progress):
    def committing(self):
        print("commit", flush=True)

indexer.pipeline._BATCH_BYTES = 4000
with open_or_create(sys.argv[1], "corpus") as index:
    sources = open_sources(sys.argv[2])
    indexer.pipeline.index_sources(index, sources, Commits(), commit_bytes=20_000)
print("done", flush=True)
"""


def test_a_run_killed_at_any_moment_is_resumed(tmp_path: Path) -> None:
    rng = random.Random(7)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(400):
        body = "".join(CODE.format(f"name_{number}_{i}") for i in range(rng.randrange(1, 20)))
        (corpus / f"{number:03}.py").write_text(body)
    (corpus / "zero.py").write_bytes(b"")
    location = tmp_path / "index"

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CHILD, str(location), str(corpus)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    held = 0
    for commits in (2, 1, 2, 3):
        process = start()
        assert process.stdout is not None
        for _ in range(commits):  # the last of them is unfinished
            assert process.stdout.readline() == "commit\n"
        time.sleep(rng.uniform(0.0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        with open_index(location) as index:
            documents = index.summary().documents
        assert documents >= held + (commits > 1)  # what was committed stays
        held = documents
    assert 0 < held < 400
    out, _ = start().communicate()
    assert out.endswith("done\n")
    with open_index(location) as index:
        summary = index.summary()
        assert (summary.documents, summary.occurrences) == (400, 400)
        assert [skip.name for skip in index.skips()] == ["corpus/zero.py"]
        assert list(index.verify())
