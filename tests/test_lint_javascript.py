"""`scripts/lint_javascript.py`, the part of `make lint` that checks the scripts of both pages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "lint_javascript.py"
CHECKED = ("biome.json", "webapp/page", "attribution/reports/page", "audit/reports/html/page")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the scripts, with the packages of this checkout."""
    copy = tmp_path_factory.mktemp("lint") / "copy"
    copy.mkdir()
    for name in CHECKED:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, copy / name)
        else:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "webapp/page/node_modules").symlink_to(ROOT / "webapp/page/node_modules")
    return copy


def lint(root: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(root)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_scripts_pass(checkout: Path) -> None:
    assert lint(checkout)[0] == 0


@pytest.mark.parametrize(
    ("name", "line", "reported"),
    [
        ("webapp/page/src/attribution/compare.js", "citedSource();", "noUndeclaredVariables"),
        ("audit/reports/html/page/run.js", "showFinding();", "noUndeclaredVariables"),
        ("attribution/reports/page/format.js", "plural(1, 2);", "error TS2345"),
        ("webapp/page/src/views/search.js", "headline({}).length;", "error TS2740"),
        ("webapp/page/src/main.js", "  router.start( );", "format"),
    ],
    ids=[
        "undefined in the page",
        "undefined in the report",
        "type",
        "shape of an answer",
        "format",
    ],
)
def test_a_planted_fault_fails(checkout: Path, name: str, line: str, reported: str) -> None:
    path = checkout / name
    before = path.read_text("utf-8")
    path.write_text(f"{before}{line}\n", "utf-8")
    try:
        code, output = lint(checkout)
    finally:
        path.write_text(before, "utf-8")
    assert code == 1
    assert reported in output
    assert path.name in output
