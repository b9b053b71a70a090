"""A wheel contains the data files that the code reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE_DATA = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"][
    "package-data"
]


@pytest.mark.parametrize("package", ["attribution", "audit"])
def test_package_data_lists_every_data_file(package: str) -> None:
    folder = ROOT / package
    files = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    packaged = {
        path.relative_to(folder).as_posix()
        for pattern in PACKAGE_DATA[package]
        for path in folder.glob(pattern)
    }
    assert packaged == files
