"""What the demo model learns: functions of the standard library, and three of our own.

Public functions of well-known modules, so that users recognize them. They are read from the running
interpreter (licence: Python-2.0); none of their text is in our repository.
"""

from __future__ import annotations

import ast
import hashlib
import io
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from inference.errors import ModelError

__all__ = ["Lesson", "digest_of", "read_lessons"]

# A few thousand bytes of each are enough to recognize it.
MODULES = (
    "heapq", "bisect", "textwrap", "colorsys", "fnmatch", "shlex", "statistics", "difflib",
    "string", "html/__init__", "functools", "copy", "posixpath",
)  # fmt: skip

# 30 KB in all are learnt by heart within about a minute; with 50 KB the model makes mistakes after
# ten lines.
_BYTES_PER_MODULE = 2800
_MIN_LINES = 4  # shorter functions are not characteristic
_MIN_LESSONS = 10  # with fewer, the standard library is stripped, and there is nothing to show


@dataclass(frozen=True, slots=True)
class Lesson:
    """One function or class."""

    module: str  # "heapq"; "" for our own
    name: str
    code: str  # from its first decorator on; ends with a line feed
    summary: str  # first line of its docstring, or ""


def read_lessons(folder: Path | None = None) -> tuple[Lesson, ...]:
    """The lessons in the order of the modules and of their text.

    Args:
        folder: of the standard library's sources; None: those of this interpreter.

    Raises:
        ModelError: there are no sources, as in a stripped or zipped distribution.
    """
    folder = folder or Path(sysconfig.get_path("stdlib"))
    lessons = [lesson for name in MODULES for lesson in _of_module(folder, name)]
    if len(lessons) < _MIN_LESSONS:
        raise ModelError(
            f"the demo model learns from the standard library's sources, and {folder} has "
            f"{len(lessons)} of its functions: use a Python with its .py files, or "
            "another model (--model local:FOLDER)"
        )
    own = Path(__file__).with_name("demo_originals.py")
    return (*lessons, *_lessons("", own.read_text(encoding="utf-8"), 1 << 20))


def digest_of(lessons: Sequence[Lesson]) -> str:
    """Sixteen hex digits of a hash over all lessons."""
    sha = hashlib.sha256()
    for lesson in lessons:
        sha.update(f"{lesson.module}\0{lesson.name}\0{lesson.code}\0".encode())
    return sha.hexdigest()[:16]


def runs_of(lessons: Sequence[Lesson]) -> list[str]:
    """The text from each lesson to the end of its module's lessons."""
    runs = [lesson.code for lesson in lessons]
    after = list(pairwise(range(len(lessons))))
    for at, following in reversed(after):
        if lessons[at].module and lessons[at].module == lessons[following].module:
            runs[at] = f"{lessons[at].code}\n\n{runs[following]}"
    return runs


def _of_module(folder: Path, name: str) -> Iterator[Lesson]:
    try:
        source = (folder / f"{name}.py").read_text(encoding="utf-8")
        yield from _lessons(name.removesuffix("/__init__"), source, _BYTES_PER_MODULE)
    except (OSError, UnicodeDecodeError, SyntaxError):
        return  # it is not in this version of Python


def _lessons(module: str, source: str, budget: int) -> Iterator[Lesson]:
    """Whole public functions and classes of a source, within a budget of characters."""
    lines = io.StringIO(source).readlines()  # splitlines would also split at form feeds
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        start = min([node.lineno, *(item.lineno for item in node.decorator_list)]) - 1
        code = "".join(lines[start : node.end_lineno])
        if node.end_lineno - start < _MIN_LINES or len(code) > budget:  # type: ignore[operator]
            continue
        budget -= len(code)
        summary = (ast.get_docstring(node) or "").partition("\n")[0]
        yield Lesson(module, node.name, code, summary)
