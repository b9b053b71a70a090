"""`python -m demo`: an index of what lies on this machine, a model that writes, and the playground.

Everything shown is the `whence` command itself, called as a person would call it. Run again, it
finds index and model made and takes a few seconds. With CI in the environment it does not serve.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import site
import socket
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
from demo.variants import cut_function, edited, renamed

HOME = Path(".whence")
INDEX = HOME / "demo"
SNIPPETS = HOME / "demo-snippets"
MODEL = HOME / "demo-model"
PORT = 8000
PROMPT = "def shorten(text, width, **kwargs):\n"  # of textwrap; the model goes on with it
GENERATE = ("--max-tokens", "200")

# 23 lines of click (BSD-3-Clause), which is here as Whence itself needs it; few others carry it.
SPECIMEN = ("click.shell_completion", "_is_incomplete_option")

DISGUISES: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("as_it_is.py", "the function as it is", str),
    ("renamed.py", "every name changed", renamed),
    ("edited.py", "docstring taken out, lines put in between", edited),
)
SHOWN = (1, 2)  # of the disguises: those that a search for the text would not find


def main() -> int:
    """Run the demonstration; the exit code is that of the first command that fails."""
    console = Console(highlight=False, markup=False, emoji=False)
    _head(console, "1. An index of the code on this machine")
    if code := whence(console, "index", *corpus(), "--to", str(INDEX), "--name", "demo"):
        return code
    _head(console, "2. A function out of it, disguised, is traced back")
    files = write_disguises()
    console.print(f"{'.'.join(SPECIMEN)}, 23 lines of click, in other clothes:\n")
    for number, at in enumerate(SHOWN, 1):
        _head(console, f"2.{number} {DISGUISES[at][1]}", "dim")
        shown = files[at].read_text(encoding="utf-8")
        console.print(Syntax(shown, "python", theme="ansi_dark", word_wrap=True))
        arguments = ("lookup", str(files[at]), "--index", str(INDEX), "--max-sources", "1")
        if code := whence(console, *arguments):
            return code
    _head(console, "3. A model writes code; where is it from?")
    console.print(
        "The demo model is small and knows some of the standard library by heart. It is trained "
        f"here, once:\nabout a minute; {MODEL} keeps it.\n"
    )
    os.environ["WHENCE_CACHE_HOME"] = str(MODEL.parent.resolve())
    if code := whence(console, "generate", PROMPT, "--index", str(INDEX), *GENERATE):
        return code
    _head(console, "4. Now you")
    _print_hints(console, files)
    if os.environ.get("CI"):
        return 0
    return serve(console)


def _head(console: Console, text: str, style: str = "rule.line") -> None:
    console.print(Rule(Text(text, "bold"), style=style))


def _print_hints(console: Console, files: list[Path]) -> None:
    for command, what in (
        (f"lookup {files[2]} --diff", "both sides, line by line"),
        (f"lookup {files[0]} --format notice", "text for a NOTICE file"),
        ("search '\"def main\" argparse' --license MIT", "words and phrases in what is indexed"),
        ("info", "what the index holds"),
    ):
        console.print(Text(f"# {what}", "dim"))
        console.print(Text(f"{program()} {command} --index {INDEX}"), soft_wrap=True)
    console.print()


def serve(console: Console) -> int:
    """The playground, until it is interrupted."""
    port = free_port()
    console.print(f"The playground: http://127.0.0.1:{port}   (Ctrl+C ends it)\n")
    return whence(
        console, "serve", "--index", str(INDEX), "--model", "demo", "--port", str(port)
    )  # fmt: skip


def free_port() -> int:
    """The usual port, or any that is free."""
    with socket.socket() as test:
        test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            test.bind(("127.0.0.1", PORT))
        except OSError:
            test.bind(("127.0.0.1", 0))
        found: int = test.getsockname()[1]
        return found


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
