"""`python -m demo`: index what lies on this machine, and trace one function in four disguises.

Everything shown is the `whence` command itself, called as a person would call it. Run again, it
finds the index made and takes a few seconds.
"""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import site
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from attribution.cli import cli
from attribution.errors import WhenceError
from demo.variants import cut_function, edited, reindented, renamed

HOME = Path(".whence")
INDEX = HOME / "demo"
SNIPPETS = HOME / "demo-snippets"

# 23 lines of click (BSD-3-Clause), which is here as Whence itself needs it; few others carry it.
SPECIMEN = ("click.shell_completion", "_is_incomplete_option")

DISGUISES: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("as_it_is.py", "the function as it is", str),
    ("reindented.py", "re-indented, blank lines taken out", reindented),
    ("renamed.py", "every name changed", renamed),
    ("edited.py", "docstring taken out, lines put in between", edited),
)


def main() -> int:
    """Run the demonstration; the exit code is that of the first command that fails."""
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(Rule(Text("1. An index of the code on this machine", "bold")))
    if code := whence(console, "index", *corpus(), "--to", str(INDEX), "--name", "demo"):
        return code
    console.print(Rule(Text("2. A function out of it, in four disguises", "bold")))
    files = write_disguises()
    console.print(f"{'.'.join(SPECIMEN)}:\n")
    console.print(
        Syntax(files[0].read_text(encoding="utf-8"), "python", theme="ansi_dark", word_wrap=True)
    )
    for number, (file, (_, what, _)) in enumerate(zip(files, DISGUISES, strict=True), 1):
        console.print(Rule(Text(f"2.{number} {what}", "bold"), style="dim"))
        if code := whence(
            console, "lookup", str(file), "--index", str(INDEX), "--max-sources", "2"
        ):
            return code
    console.print(Rule(Text("3. What to try next", "bold")))
    for command, what in (
        (f"lookup {files[3]} --diff", "both sides, line by line"),
        (f"lookup {files[2]} --format json", "all that is known, for programs"),
        (f"lookup {files[0]} --format notice", "texts for a NOTICE file"),
        ("search '\"def main\" argparse' --license MIT", "words and phrases in what is indexed"),
        ("info", "what the index holds"),
    ):
        console.print(Text(f"# {what}", "dim"))
        console.print(Text(f"{program()} {command} --index {INDEX}"), soft_wrap=True)
    return 0


def corpus() -> list[str]:
    """The standard library, and the packages of this environment and of its interpreter."""
    paths = sysconfig.get_paths()
    base = {"base": sys.base_prefix, "platbase": sys.base_prefix}
    found = [
        Path(paths["purelib"]),
        Path(sysconfig.get_path("purelib", vars=base)),
        *map(Path, site.getsitepackages([sys.base_prefix])),
    ]
    folders = [path for path in dict.fromkeys(found) if any(path.glob("*.dist-info"))]
    return ["stdlib", *map(str, folders)]


def write_disguises() -> list[Path]:
    """Cut the specimen out of its module, and write it down in each disguise."""
    module, name = SPECIMEN
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    code = cut_function(Path(spec.origin).read_text(encoding="utf-8"), name)
    SNIPPETS.mkdir(parents=True, exist_ok=True)
    files = []
    for file, _, disguise in DISGUISES:
        path = SNIPPETS / file
        path.write_text(disguise(code), encoding="utf-8")
        files.append(path)
    return files


def program() -> str:
    """How to call `whence` from here: its path where the shell would not find it."""
    beside = Path(sys.executable).parent / "whence"
    if shutil.which("whence") or not beside.exists():
        return "whence"
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


def whence(console: Console, *arguments: str) -> int:
    """Show a command and run it, in this process."""
    shown = Text(f"$ whence {shlex.join(arguments)}", "bold cyan")
    console.print(shown, soft_wrap=True)
    sys.stdout.flush()
    try:
        code = cli.main(args=list(arguments), prog_name="whence", standalone_mode=False)
    except WhenceError as error:
        console.print(f"whence: {error}")
        return 2
    except (click.Abort, KeyboardInterrupt):
        console.print("\nInterrupted. Run again, and it goes on from its last commit.")
        return 130
    sys.stderr.flush()
    console.print()
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
