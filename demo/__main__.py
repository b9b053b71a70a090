"""`python -m demo`: index the code on this machine, trace two functions, and open the page.

The steps are `whence` commands, run as a user would. The model is set up while the page is open.
Run again, it finds the index and the model and takes a few seconds. If CI is set in the
environment, it lets the model write in the terminal instead of opening the page, and ends.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import site
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from attribution.cli import cli
from attribution.errors import WhenceError
from demo import model_setup
from demo.variants import cut_function, edited, renamed
from webapp.commands.serve import run
from webapp.serving.listener import listen
from webapp.settings import ServeSettings

HOME = Path(".whence")
INDEX = HOME / "demo"
COMPLETE = HOME / "demo-complete"  # exists when all was indexed
SNIPPETS = HOME / "demo-snippets"
PROGRESS = HOME / "demo-model-progress"
PORT = 8000
PROMPT = "def shorten(text, width, **kwargs):\n"  # of textwrap; the model continues it
GENERATE = ("--index", str(INDEX), "--max-tokens", "200")

# 23 lines of click (BSD-3-Clause), which Whence needs; few other packages contain them.
FUNCTION = ("click.shell_completion", "_is_incomplete_option")
VARIANTS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("as_it_is.py", "the function as it is", str),
    ("renamed.py", "all names changed", renamed),
    ("edited.py", "docstring removed, lines inserted", edited),
)
SHOWN = (1, 2)  # of the variants: those that a text search would not find


def main(arguments: Sequence[str] = ()) -> int:
    """Run the demonstration; returns the exit code of the first command that fails, or 0."""
    if unknown := [word for word in arguments if word != "--no-open"]:
        print(f"Unknown option {unknown[0]}; the only option is --no-open", file=sys.stderr)
        return 2
    console = Console(highlight=False, markup=False, emoji=False)
    with page_build() as page:
        if code := trace(console):
            return code
        if os.environ.get("CI"):
            return generate(console)
        if page.poll() is None:
            console.print("Building the page ...")
        if code := page.wait():
            return code
    show = "--no-open" not in arguments and has_browser()
    return playground(console, "/check" if show else None)


@contextmanager
def page_build() -> Iterator[subprocess.Popen[bytes]]:
    """Build the page meanwhile, in another process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "webapp.page_build"], stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def trace(console: Console) -> int:
    """Index the code on this machine, and trace two changed functions to their source."""
    _heading(console, "1. Index the code on this machine")
    if COMPLETE.exists() and INDEX.exists():
        console.print(f"The index {INDEX} is there. To update it, delete {COMPLETE}.\n")
    else:
        if code := whence(console, "index", *corpus(), "--to", str(INDEX), "--name", "demo"):
            return code
        COMPLETE.touch()  # packages of later stages are not indexed
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
    return 0


def generate(console: Console) -> int:
    """Set the model up, and let it write a function: what the page offers, without a page."""
    _heading(console, "3. Trace code that a model writes")
    if code := model_setup.start(PROGRESS).wait():
        return code
    return whence(console, "generate", PROMPT, *GENERATE)


def playground(console: Console, show: str | None) -> int:
    """Open the page. The model is set up meanwhile."""
    _heading(console, "3. Try it yourself")
    files = [SNIPPETS / file for file, *_ in VARIANTS]
    for command, purpose in (
        (f"lookup {files[2]} --diff", "both sides, line by line"),
        (f"lookup {files[0]} --format notice", "text for a NOTICE file"),
        ("search '\"def main\" argparse' --license MIT", "words and phrases in the index"),
        ("info", "the contents of the index"),
        (
            f"generate {shlex.quote(PROMPT.strip())}",
            "code that a model writes, with its sources; once the model is there",
        ),
    ):
        console.print(Text(f"# {purpose}", "dim"))
        console.print(Text(f"{program()} {command} --index {INDEX}"), soft_wrap=True)
    console.print(
        "\nThe page has Check and Search at once. Its playground needs a model, which is now set "
        "up in the background: packages (torch is large), then a minute of training. "
        "Ctrl+C stops all; run this again to resume.\n"
    )
    listener = listen("127.0.0.1", free_port())
    setup = model_setup.start(PROGRESS)
    try:
        settings = ServeSettings(
            index=str(INDEX),
            models=("demo",),
            prepare=partial(model_setup.wait_until_ready, PROGRESS),
        )
        run(settings, listener, show)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 1
    finally:
        setup.terminate()
        setup.wait()
    return 0


def has_browser() -> bool:
    """Whether there is a browser with a window; one in this terminal would hide the output."""
    if sys.platform.startswith(("win", "darwin")):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


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
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
