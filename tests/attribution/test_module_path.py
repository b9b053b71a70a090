"""No command runs code from the folder in which it is called."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.request import urlopen

import pytest

WHENCE = str(Path(sys.executable).parent / "whence")
OURS = ("attribution", "audit", "evaluation", "indexer", "inference", "webapp")
MARKER = "RAN"

CODE = """\
def weighted_area(points, weights, *, origin=(0.0, 0.0)):
    total = 0.0
    previous = points[-1]
    for index, point in enumerate(points):
        cross = (previous[0] - origin[0]) * (point[1] - origin[1])
        cross -= (previous[1] - origin[1]) * (point[0] - origin[0])
        total += cross * weights[index % len(weights)]
        previous = point
    return abs(total) / 2.0
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("module-path")
    (folder / "code").mkdir()
    (folder / "code" / "area.py").write_text(CODE)
    whence(folder, "index", "code", "--to", "index")
    return folder / "index"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module of every name that could be imported; each leaves a marker."""
    tree = tmp_path_factory.mktemp("planted") / "tree"
    tree.mkdir()
    marker = tree.parent / MARKER
    plant = f"open({str(marker)!r}, 'a').write(__name__ + '\\n')\n"
    names = {name for name in packages_distributions() if name.isidentifier()}
    names |= {*sys.stdlib_module_names, *OURS}
    for name in {*names, "sitecustomize", "usercustomize", "gunicorn.conf", "planted"}:
        (tree / f"{name}.py").write_text(plant)
    for name in OURS:  # a package wins over a module of its name
        (tree / name).mkdir()
        (tree / name / "__init__.py").write_text(plant)
    (tree / ".numba_config.yaml").write_text("cache_locator_classes: planted.Locator\n")
    (tree / "copied.py").write_text(CODE)
    lines = [json.dumps({"code": CODE, "language": "python"})] * 100
    (tree / "many.jsonl").write_text("\n".join(lines) + "\n")
    return tree


@pytest.fixture
def checkout(planted: Path) -> Iterator[Path]:
    """The folder; fails if one of its modules was run."""
    marker = planted.parent / MARKER
    marker.unlink(missing_ok=True)
    yield planted
    assert not marker.exists(), marker.read_text()


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return {**kept, "WHENCE_CACHE": "off"}


def whence(
    cwd: Path, *arguments: str, given: str = "", codes: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [WHENCE, *arguments],
        cwd=cwd,
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment(),
        check=False,
    )
    assert done.returncode in codes, done.stderr
    return done


def test_planted_code_would_run(checkout: Path) -> None:
    """The attack itself works: Python started in the usual way imports the planted files."""
    marker = checkout.parent / MARKER
    subprocess.run([sys.executable, "-c", "import planted"], cwd=checkout, check=True)
    assert marker.exists()
    marker.unlink()


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (["audit", ".", "--jobs", "2", "--report", "json=-"], (1, 2)),
        (["audit", "many.jsonl", "--jobs", "2", "--report", "json=-"], (1, 2)),
        (["lookup", "--jsonl", "many.jsonl", "--jobs", "2"], (0,)),
        (["lookup", "copied.py"], (0,)),
        (["search", "weighted_area"], (0,)),
        (["info"], (0,)),
        (["lsp"], (0, 1)),
        (["mcp"], (0,)),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else "",
)
def test_a_command_runs_nothing_of_its_folder(
    index: Path, checkout: Path, arguments: list[str], codes: tuple[int, ...]
) -> None:
    done = whence(checkout, *arguments, "--index", str(index), codes=codes)
    assert "Traceback" not in done.stderr


def test_indexing_runs_nothing_of_its_folder(checkout: Path, tmp_path: Path) -> None:
    whence(checkout, "index", ".", "--to", str(tmp_path / "made"))


def test_the_service_runs_nothing_of_its_folder(index: Path, checkout: Path) -> None:
    command = [WHENCE, "serve", "--index", str(index), "--port", "0", "--workers", "2"]
    with subprocess.Popen(
        command,
        cwd=checkout,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            address = next(
                found[0] for line in process.stdout if (found := re.search(r"http://\S+", line))
            )
            with urlopen(f"{address}healthz", timeout=60) as answer:
                assert answer.status == 200
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
