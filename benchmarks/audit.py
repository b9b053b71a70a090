"""The audit of a large tree: cold, warm and killed, compared with SCANOSS's fingerprinting.

    python -m benchmarks.audit --size-mb 300 --files 20000

The tree consists of held-out packages, which are not in the index. "Cold" is the whole command
with an empty cache, "warm" a second run. Finally, the command is killed at random moments and run
again until it completes; its findings must equal those of an undisturbed run. The peer only
computes fingerprints of the same files, because its answers would come from a server.
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
PEER_FILES = 400  # the peer takes a second for about twenty
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
            raise RuntimeError("the findings of the second run differ from those of the first")
        resumed = killed(folder, location, cold)
        peer = peer_rate(folder / "tree")
    rate, files_rate = size / 1e6 / cold, files / cold
    cpu, own_cpu = 1e3 * first.cpu / files, 1e3 * first.own_cpu / files
    bars = (
        Bar(
            "files per second, cold",
            ">= 600",
            f"{files_rate:.0f} ({rate:.1f} MB/s)",
            files_rate >= 600,
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
        ("scanoss: fingerprints only", f"{peer[0]:.2f}", f"{peer[1]:.0f}"),
    )
    notes = (
        f"{size / 1e6:.0f} MB in {files:,} files, {len(findings):,} findings. Memory is that of "
        "all processes, each page counted once; with shared ones counted in each it is "
        f"{first.peak_bytes / 2**30:.2f} GiB. A file took {cpu:.2f} ms of a core, {own_cpu:.2f} of "
        "them in the first process.",
    )
    return Part(
        "Audit", bars, (Table("Compared with a peer", ("command", "MB/s", "files/s"), rows),), notes
    )


def write_tree(corpus: Corpus, tree: Path, files: int) -> int:
    """Write a tree of files of held-out packages; returns their size in bytes.

    There are too few of them, so they are repeated, each time with another first line: the cache
    then misses, while the cost of the look-up stays the same.
    """
    found = list(corpus.held_out)
    random.Random(6).shuffle(found)
    size = number = 0
    for turn in range(1 + files // max(len(found), 1)):
        for file in found:
            content = read_content(Path(file.path))
            if content is None or number == files:
                continue
            folder = tree / f"part{number // 200}"
            folder.mkdir(parents=True, exist_ok=True)
            content = b"\n" * turn + content
            (folder / f"{number}_{Path(file.path).name}").write_bytes(content)
            size += len(content)
            number += 1
    return size


def command(folder: Path, location: str, cache: str) -> list[str]:
    """The command that audits the tree, with findings as JSON lines."""
    options = ["--cache", str(folder / cache), "--fail-on", "never", "--quiet"]
    report = ["--report", f"jsonl={folder / 'findings.jsonl'}"]
    return [WHENCE, "audit", str(folder / "tree"), "--index", location, *options, *report]


def audit(folder: Path, location: str, cache: str) -> tuple[Measured, list[str]]:
    """Audit the tree; returns the measurements, and the findings as text."""
    return run_measured(command(folder, location, cache)), findings_of(folder)


def findings_of(folder: Path) -> list[str]:
    """Id, position, rule and licence of each finding, without what differs between runs."""
    lines = (folder / "findings.jsonl").read_text().splitlines()
    read = (json.loads(line) for line in lines)
    return [json.dumps(one, sort_keys=True) for one in read if "id" in one]


def killed(folder: Path, location: str, seconds: float) -> list[str]:
    """The findings of a run that was killed at random moments, then completed."""
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
    started = time.perf_counter()
    halves = (paths[::2], paths[1::2])
    running = [
        subprocess.Popen([sys.executable, "-c", PEER], stdin=subprocess.PIPE) for _ in halves
    ]
    for process, half in zip(running, halves, strict=True):
        assert process.stdin is not None
        process.stdin.write("\0".join(map(str, half)).encode())
        process.stdin.close()
    if any(process.wait() for process in running):
        raise RuntimeError("scanoss failed; run pip install -r benchmarks/requirements.txt")
    seconds = time.perf_counter() - started
    return size / 1e6 / seconds, len(paths) / seconds


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--files", default=20_000, show_default=True, help="Files of the tree.")
def main(size_mb: int, files: int) -> None:
    """Measure the audit of a tree."""
    click.echo(measure(size_mb, files).markdown())


if __name__ == "__main__":
    main()
