"""`python -m demo`: index the code on this machine, let a model write, and start the playground.

All steps are `whence` commands, run as a user would. Run again, it finds the index and the model
and takes a few seconds. If CI is set in the environment, it does not start the playground.
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
PROMPT = "def shorten(text, width, **kwargs):\n"  # of textwrap; the model continues it
GENERATE = ("--max-tokens", "200")

# 23 lines of click (BSD-3-Clause), which Whence needs; few other packages contain them.
FUNCTION = ("click.shell_completion", "_is_incomplete_option")
VARIANTS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("as_it_is.py", "the function as it is", str),
    ("renamed.py", "all names changed", renamed),
    ("edited.py", "docstring removed, lines inserted", edited),
)
SHOWN = (1, 2)  # of the variants: those that a text search would not find


def main() -> int:
    """Run the demonstration; returns the exit code of the first command that fails, or 0."""
    console = Console(highlight=False, markup=False, emoji=False)
    _heading(console, "1. Index the code on this machine")
    if code := whence(console, "index", *corpus(), "--to", str(INDEX), "--name", "demo"):
        return code
    _heading(console, "2. Trace a changed function to its source")
    files = write_variants()
    console.print(f"Two variants of {'.'.join(FUNCTION)}, 23 lines of click:\n")
    for number, at in enumerate(SHOWN, 1):
        _heading(console, f"2.{number} {VARIANTS[at][1]}", "dim")
        source = files[at].read_text(encoding="utf-8")
        console.print(Syntax(source, "python", theme="ansi_dark", word_wrap=True))
        arguments = ("lookup", str(files[at]), "--index", str(INDEX), "--max-sources", "1")
        if code := whence(console, *arguments):
            return code
    _heading(console, "3. Trace code that a model writes")
    console.print(
        "The demo model is small and knows some of the standard library by heart. It is trained "
        f"on this machine\nonce, which takes about a minute, and kept in {MODEL}.\n"
    )
    os.environ["WHENCE_CACHE_HOME"] = str(MODEL.parent.resolve())
    if code := whence(console, "generate", PROMPT, "--index", str(INDEX), *GENERATE):
        return code
    _heading(console, "4. Try it yourself")
    for command, purpose in (
        (f"lookup {files[2]} --diff", "both sides, line by line"),
        (f"lookup {files[0]} --format notice", "text for a NOTICE file"),
        ("search '\"def main\" argparse' --license MIT", "words and phrases in the index"),
        ("info", "the contents of the index"),
    ):
        console.print(Text(f"# {purpose}", "dim"))
        console.print(Text(f"{program()} {command} --index {INDEX}"), soft_wrap=True)
    console.print()
    if os.environ.get("CI"):
        return 0
    port = str(free_port())
    console.print(f"The playground: http://127.0.0.1:{port}   (Ctrl+C stops it)\n")
    return whence(console, "serve", "--index", str(INDEX), "--model", "demo", "--port", port)


def _heading(console: Console, text: str, style: str = "rule.line") -> None:
    console.print(Rule(Text(text, "bold"), style=style))


def free_port() -> int:
    """The usual port, or any free one if that is in use."""
    with socket.socket() as test:
        test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            test.bind(("127.0.0.1", PORT))
        except OSError:
            test.bind(("127.0.0.1", 0))
        port: int = test.getsockname()[1]
        return port


def corpus() -> list[str]:
    """The standard library, and the packages of this environment and of its interpreter."""
    base = {"base": sys.base_prefix, "platbase": sys.base_prefix}
    folders = [
        sysconfig.get_path("purelib"),
        sysconfig.get_path("purelib", vars=base),
        *site.getsitepackages([sys.base_prefix]),
    ]
    return [
        "stdlib",
        *(path for path in dict.fromkeys(folders) if any(Path(path).glob("*.dist-info"))),
    ]


def write_variants() -> list[Path]:
    """Write each variant of the function into a file."""
    module, name = FUNCTION
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    code = cut_function(Path(spec.origin).read_text(encoding="utf-8"), name)
    SNIPPETS.mkdir(parents=True, exist_ok=True)
    for file, _, change in VARIANTS:
        (SNIPPETS / file).write_text(change(code), encoding="utf-8")
    return [SNIPPETS / file for file, *_ in VARIANTS]


def program() -> str:
    """How to call `whence` from here: with its path if it is not on PATH."""
    path = Path(sys.executable).parent / "whence"
    if shutil.which("whence") or not path.exists():
        return "whence"
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def whence(console: Console, *arguments: str) -> int:
    """Print a command and run it in this process."""
    console.print(Text(f"$ whence {shlex.join(arguments)}", "bold cyan"), soft_wrap=True)
    sys.stdout.flush()
    try:
        code = cli.main(args=list(arguments), prog_name="whence", standalone_mode=False)
    except WhenceError as error:
        console.print(f"whence: {error}")
        return 2
    except (click.Abort, KeyboardInterrupt):
        console.print("\nInterrupted. Run it again to continue from the last commit.")
        return 130
    sys.stderr.flush()
    console.print()
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
