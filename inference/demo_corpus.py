"""What the demo model learns: functions of the standard library, and three of our own.

They are chosen by the name of their module, public and whole, so that whoever has seen the
library knows them again. The text is read from the running interpreter, whose licence (Python-2.0)
its distribution states; none of it is in our repository.
"""

from __future__ import annotations

import ast
import hashlib
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from inference.errors import ModelError

__all__ = ["Lesson", "digest_of", "read_lessons"]

# In the order of a newcomer's surprise; some thousand bytes of each are enough to know it by.
MODULES = (
    "heapq", "bisect", "textwrap", "colorsys", "fnmatch", "shlex", "statistics", "difflib",
    "string", "html/__init__", "functools", "copy", "posixpath",
)  # fmt: skip

# Of each. 30 KB in all are learnt by heart within the time that a newcomer waits; of 50 KB the
# recital breaks off after ten lines.
_BYTES_PER_MODULE = 2800
_FEWEST_LINES = 4  # shorter ones are nobody's in particular
_FEWEST_LESSONS = 10  # below, the standard library is stripped and nothing worth showing is left


@dataclass(frozen=True, slots=True)
class Lesson:
    """One function or class."""

    module: str  # "heapq"; "" for our own
    name: str
    code: str  # from its first decorator on; ends with a line feed
    summary: str  # first line of its docstring, or ""


def read_lessons(folder: Path | None = None) -> tuple[Lesson, ...]:
    """The lessons, module by module, in the order in which they stand there.

    Args:
        folder: where the standard library's sources are; None: where this interpreter has them.

    Raises:
        ModelError: there are no sources, as in a stripped or zipped distribution.
    """
    folder = folder or Path(sysconfig.get_path("stdlib"))
    lessons = [lesson for name in MODULES for lesson in _of_module(folder, name)]
    if len(lessons) < _FEWEST_LESSONS:
        raise ModelError(
            f"the demo model learns from the standard library's sources, and {folder} has "
            f"{len(lessons)} of its functions: use a Python that comes with its .py files, or "
            "another model (--model local:FOLDER)"
        )
    own = Path(__file__).with_name("demo_originals.py")
    return (*lessons, *_lessons("", own.read_text(encoding="utf-8"), 1 << 20))


def digest_of(lessons: Sequence[Lesson]) -> str:
    """Sixteen hex digits that change with any letter that is learnt."""
    sha = hashlib.sha256()
    for lesson in lessons:
        sha.update(f"{lesson.module}\0{lesson.name}\0{lesson.code}\0".encode())
    return sha.hexdigest()[:16]


def runs_of(lessons: Sequence[Lesson]) -> list[str]:
    """From each lesson to the end of its module: how the text goes on when it is recited."""
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
        return  # another version of Python has it not, or not like this


def _lessons(module: str, source: str, budget: int) -> Iterator[Lesson]:
    """Public functions and classes of a source, each whole, as long as the budget lasts."""
    lines = source.splitlines(keepends=True)
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        start = min([node.lineno, *(item.lineno for item in node.decorator_list)]) - 1
        code = "".join(lines[start : node.end_lineno])
        if node.end_lineno - start < _FEWEST_LINES or len(code) > budget:  # type: ignore[operator]
            continue
        budget -= len(code)
        summary = (ast.get_docstring(node) or "").partition("\n")[0]
        yield Lesson(module, node.name, code, summary)
