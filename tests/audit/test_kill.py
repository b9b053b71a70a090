"""An audit that is killed at random moments and run again has the same result."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support.audit_index import indexed_function, make_index, original_function

FILES = 200
KILLS = 3


def test_an_audit_killed_at_random_moments_resumes(tmp_path: Path) -> None:
    location = make_index(tmp_path / "index")
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(FILES):
        # all different, so that each is checked separately
        text = f"x{number} = {number}\n" + original_function(number % 40)
        if number % 7 == 0:
            text += indexed_function(number % 24)
        (tree / f"part{number}.py").write_text(text)

    def start(cache: str) -> subprocess.Popen[bytes]:
        options = ["--fail-on", "never", "--quiet", "--jobs", "2", "--cache", str(tmp_path / cache)]
        report = ["--report", f"json={tmp_path / cache}.json"]
        command = [sys.executable, "-m", "attribution.cli", "audit", "--index", str(location)]
        return subprocess.Popen(
            [*command, *options, *report], cwd=tree, start_new_session=True, env=environment()
        )

    def result(cache: str) -> dict[str, object]:
        process = start(cache)
        assert process.wait(120) == 0
        read = json.loads((tmp_path / f"{cache}.json").read_text())
        assert isinstance(read, dict)
        return read

    began = time.monotonic()
    undisturbed = result("undisturbed")
    seconds = time.monotonic() - began
    chance = random.Random(11)
    for _ in range(KILLS):
        process = start("killed")
        time.sleep(seconds * chance.uniform(0.3, 0.95))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        left = [path.name for path in tmp_path.iterdir() if path.name.startswith("killed.json")]
        assert left in ([], ["killed.json"])  # complete or missing
    after = result("killed")
    assert after["files"] == undisturbed["files"]
    found = [file for file in after["files"] if file["findings"]]  # type: ignore[attr-defined]
    assert len(found) == len(range(0, FILES, 7))


def environment() -> dict[str, str]:
    """The environment with our sources, wherever the tests are run."""
    root = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": root}
