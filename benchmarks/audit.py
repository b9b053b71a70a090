"""The audit of a large tree: cold, warm, and killed; beside SCANOSS's fingerprinting alone.

    python -m benchmarks.audit --size-mb 300 --files 20000

The tree is code of held-out packages, which the index does not contain. "Cold" is the whole command
with an empty cache, "warm" the same again. The command is killed at random moments and run again
until it ends; its findings must be those of an undisturbed run. The peer only fingerprints the same
files; its answers would come from a server.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks.built import WHENCE, built_index
from benchmarks.child import Measured, run_measured
from benchmarks.corpus import Corpus, build_corpus, read_content
from benchmarks.report import Bar, Part, Table

__all__ = ["measure"]

KILLS = 6
PEER_FILES = 400  # the peer does some twenty per second
PEER = (
    "import sys\n"
    "from scanoss.winnowing import Winnowing\n"
    "winnowing = Winnowing()\n"
    "for name in sys.stdin.read().split('\\0'):\n"
    "    winnowing.wfp_for_file(name, name)\n"
)


def measure(size_mb: int, files: int) -> Part:
    """All figures."""
    corpus = build_corpus(size_mb)
    location = str(built_index(corpus))
    with tempfile.TemporaryDirectory(prefix="whence-audit-") as name:
        folder = Path(name)
        size = write_tree(corpus, folder / "tree", files)
        first, findings = audit(folder, location, "cold")
        second, again = audit(folder, location, "cold")
        cold, warm = first.seconds, second.seconds
        memory = first.peak_shared_once or first.peak_bytes
        if findings != again:
            raise RuntimeError("the second run's findings differ from the first one's")
        resumed = killed(folder, location, cold)
        peer = peer_rate(folder / "tree")
    rate, files_rate = size / 1e6 / cold, files / cold
    bars = (
        Bar(
            "files per second, or MB per second",
            ">= 500 or >= 10",
            f"{files_rate:.0f}, {rate:.1f} MB/s",
            files_rate >= 500 or rate >= 10,
        ),
        Bar(f"{files:,} files, cold", "<= 120 s", f"{cold:.0f} s", cold <= 120),
        Bar(f"{files:,} files, warm", "<= 10 s", f"{warm:.1f} s", warm <= 10),
        Bar("peak memory", "<= 1 GiB", f"{memory / 2**30:.2f} GiB", memory <= 2**30),
        Bar(
            f"killed {KILLS} times: findings of the undisturbed run",
            "the same",
            "the same" if resumed == findings else "others",
            resumed == findings,
        ),
    )
    rows = (
        ("whence audit: look-up, licences, report", f"{rate:.2f}", f"{files_rate:.0f}"),
        ("scanoss: fingerprints alone", f"{peer[0]:.2f}", f"{peer[1]:.0f}"),
    )
    notes = (
        f"{size / 1e6:.0f} MB in {files:,} files, {len(findings):,} findings. The memory is that "
        "of all processes, each page counted once; with shared pages counted in each it is "
        f"{first.peak_bytes / 2**30:.2f} GiB.",
    )
    return Part(
        "Audit", bars, (Table("Beside a peer", ("command", "MB/s", "files/s"), rows),), notes
    )


def write_tree(corpus: Corpus, tree: Path, files: int) -> int:
    """Write a tree of files of held-out packages, and return their bytes.

    There are fewer files than needed, so they are repeated with more blank lines at the start:
    that changes the key of the cache, but not the cost of a look-up.
    """
    sources = list(corpus.held_out)
    random.Random(6).shuffle(sources)
    size = number = 0
    for turn in range(1 + files // max(len(sources), 1)):
        for source in sources:
            content = read_content(Path(source.path))
            if content is None or number == files:
                continue
            folder = tree / f"part{number // 200}"
            folder.mkdir(parents=True, exist_ok=True)
            content = b"\n" * turn + content
            (folder / f"{number}_{Path(source.path).name}").write_bytes(content)
            size += len(content)
            number += 1
    return size


def command(folder: Path, location: str, cache: str) -> list[str]:
    """An audit of the tree, findings as JSON lines."""
    options = ["--cache", str(folder / cache), "--fail-on", "never", "--quiet"]
    report = ["--report", f"jsonl={folder / 'findings.jsonl'}"]
    return [WHENCE, "audit", str(folder / "tree"), "--index", location, *options, *report]


def audit(folder: Path, location: str, cache: str) -> tuple[Measured, list[str]]:
    """The time and memory of an audit, and its findings as text."""
    measured = run_measured(command(folder, location, cache))
    if measured.status:
        raise RuntimeError(f"whence audit ended with status {measured.status}")
    return measured, findings_of(folder)


def findings_of(folder: Path) -> list[str]:
    """The findings as JSON, without what differs from run to run."""
    lines = (folder / "findings.jsonl").read_text().splitlines()
    read = (json.loads(line) for line in lines)
    return [json.dumps(one, sort_keys=True) for one in read if "id" in one]


def killed(folder: Path, location: str, seconds: float) -> list[str]:
    """The findings of an audit that was killed at random moments and then run to its end."""
    draw = random.Random(8)
    for _ in range(KILLS):
        process = subprocess.Popen(command(folder, location, "killed"), start_new_session=True)
        time.sleep(draw.uniform(0.02, 0.3) * seconds)
        os.killpg(process.pid, 9)
        process.wait()
    return audit(folder, location, "killed")[1]


def peer_rate(tree: Path) -> tuple[float, float]:
    """MB and files per second of the peer's fingerprinting, in two processes."""
    paths = sorted(path for path in tree.rglob("*") if path.is_file())
    random.Random(9).shuffle(paths)
    paths = paths[:PEER_FILES]
    size = sum(path.stat().st_size for path in paths)
    began = time.perf_counter()
    halves = (paths[::2], paths[1::2])
    running = [
        subprocess.Popen([sys.executable, "-c", PEER], stdin=subprocess.PIPE) for _ in halves
    ]
    for process, half in zip(running, halves, strict=True):
        assert process.stdin is not None
        process.stdin.write("\0".join(map(str, half)).encode())
        process.stdin.close()
    if any(process.wait() for process in running):
        raise RuntimeError(
            "scanoss ended with an error; pip install -r benchmarks/requirements.txt"
        )
    seconds = time.perf_counter() - began
    return size / 1e6 / seconds, len(paths) / seconds


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--files", default=20_000, show_default=True, help="Files of the tree.")
def main(size_mb: int, files: int) -> None:
    """Measure the audit of a tree."""
    click.echo(measure(size_mb, files).markdown())


if __name__ == "__main__":
    main()
