"""What a plain installation says when a command needs an extra."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from attribution.extras import how_to_install, missing_package, packages_of
from inference.errors import INSTALL

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "package", "extra"),
    [
        ("serve --index x --allow-missing-index --port 0", "gunicorn", "web"),
        ("serve --index x --allow-missing-index --port 0 --rate-limit 5/minute", "limits", "web"),
        ("mcp --index x", "mcp", "editors"),
        ("index hf://datasets/a/b --to x", "huggingface_hub", "remote"),
    ],
)
def test_a_missing_package_is_named_with_a_command(
    arguments: str, package: str, extra: str
) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None; "
        f"sys.argv = ['whence', *{arguments.split()}]; "
        "from attribution.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"needs the package {package.replace('_', '-')}, which is not installed" in done.stderr
    assert how_to_install(extra) in done.stderr


def test_the_command_names_the_packages_not_the_project() -> None:
    command = how_to_install("web")
    assert command.startswith(f"{sys.executable} -m pip install ")
    assert "'flask>=" in command
    assert "whence[" not in command
    assert missing_package("attribution.nothing") is None


def test_inference_which_imports_nothing_of_ours_names_the_same_packages() -> None:
    names = [re.match(r"[\w-]+", package) for package in packages_of("inference")]
    assert INSTALL.split()[4:] == [name[0] for name in names if name]
