"""`scripts/lint_javascript.py`, the part of `make lint` that checks the scripts of both pages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHECKED = ("biome.json", "webapp/page", "attribution/reports/page", "audit/reports/html/page")


FAULTS = (
    ("webapp/page/src/attribution/compare.js", "citedSource();", "noUndeclaredVariables"),
    ("audit/reports/html/page/run.js", "showFinding();", "noUndeclaredVariables"),
    ("attribution/reports/page/format.js", "plural(1, 2);", "error TS2345"),
    (
        "webapp/page/src/views/search.js",
        "headline({}).length;",
        "error TS2740",
    ),  # an answer's shape
    ("webapp/page/src/main.js", "  router.start( );", "format"),
)


def test_planted_faults_fail(tmp_path: Path) -> None:
    for name in CHECKED:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, tmp_path / name)
        else:
            ignored = shutil.ignore_patterns("node_modules")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    (tmp_path / "webapp/page/node_modules").symlink_to(ROOT / "webapp/page/node_modules")
    for name, line, _ in FAULTS:
        with (tmp_path / name).open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/lint_javascript.py"), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    for name, _, reported in FAULTS:
        assert re.search(f"{re.escape(name)}.*{reported}", done.stdout + done.stderr), name
