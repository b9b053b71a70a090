"""Runs the commands of the pages and compares their output with what the pages show.

Each ```console block has commands after `$ ` and their output. They run one after the other in a
folder that docs/example/make.sh fills, as the README says.
After a change of the output, `python tests/test_readme.py` updates the pages; read the diff.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from attribution.reports.answer_schema import (
    AttributionJson,
    OccurrenceJson,
    SourceJson,
    published_schema,
)

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/commands.md")

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def write_files(folder: Path) -> dict[str, str]:
    """Write the files that the pages use; returns the environment to run commands in."""
    tools = folder / "tools"
    tools.mkdir()
    whence = tools / "whence"
    whence.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m attribution.cli "$@"\n'
    )
    whence.chmod(0o755)
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "HOME": str(folder),
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    make = ["sh", str(ROOT / "docs" / "example" / "make.sh"), str(folder)]
    subprocess.run(make, env=environment, check=True)
    return environment


def rewritten(page: str, folder: Path, environment: dict[str, str]) -> str:
    """The page with the present output of its commands."""

    def run_block(block: re.Match[str]) -> str:
        shown = []
        for command in re.findall(r"^\$ (.*)$", block[1], re.MULTILINE):
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=120,
            )
            lines = (line.rstrip() for line in done.stdout.decode().splitlines())
            shown.append("\n".join([f"$ {command}", *lines]) + "\n")
        return "```console\n" + "".join(shown) + "```"

    return BLOCK.sub(run_block, page)


def without_variables(text: str) -> str:
    """The text without what differs between runs: times, rates, the date, the confidence."""
    text = re.sub(r"\bin [\d.,]+ s \([\d.,]+ k?M?B/s\)", "in N s (N B/s)", text)
    text = re.sub(r" of \d{4}-\d\d-\d\d:", " of DATE:", text)
    return re.sub(r"\d+% sure", "N% sure", text)


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("git")), reason="the pages' commands need both"
)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_shows_what_its_commands_print(name: str, tmp_path: Path) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    assert BLOCK.search(page)
    current = rewritten(page, tmp_path, write_files(tmp_path))
    assert without_variables(current) == without_variables(page), (
        "run `python tests/test_readme.py` and read the diff"
    )


@pytest.mark.parametrize("name", [*PAGES, "docs/answer.md"])
def test_links_lead_somewhere(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (ROOT / name).parent.joinpath(target).exists(), target


def test_the_map_lists_every_folder() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`([\w/]+)/`", page.partition("## The map")[2]))
    assert {folder for folder in listed if not (ROOT / folder).is_dir()} == set()
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} <= listed


def test_every_field_of_an_answer_is_explained() -> None:
    page = (ROOT / "docs" / "answer.md").read_text(encoding="utf-8")
    schema = json.loads(published_schema())

    def fields(part: object) -> set[str]:
        found: set[str] = set()
        if isinstance(part, dict):
            if isinstance(part.get("properties"), dict) and "description" in part:
                found |= set(part["properties"])
            for value in part.values():
                found |= fields(value)
        return found

    for field in sorted(fields(schema)):
        assert f"`{field}`" in page, f"docs/answer.md does not explain {field}"


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("The answer", AttributionJson),
        ("A source", SourceJson),
        ("An occurrence", OccurrenceJson),
    ],
)
def test_the_tables_list_the_fields_of_the_schema(title: str, part: type) -> None:
    page = (ROOT / "docs" / "answer.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert listed == list(part.__annotations__)


def main() -> None:
    for name in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            path = ROOT / name
            page = path.read_text(encoding="utf-8")
            path.write_text(
                rewritten(page, Path(folder), write_files(Path(folder))), encoding="utf-8"
            )


if __name__ == "__main__":
    main()
