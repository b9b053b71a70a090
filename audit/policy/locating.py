"""Lines of a TOML text's keys: `tomllib` tells values, and not where they stand.

The text is one that tomllib has taken, so nothing is checked here: what stands between the keys
is only stepped over.
"""

from __future__ import annotations

import bisect
import re
import tomllib

__all__ = ["Path", "locate"]

# Keys from the outermost table on, and positions in arrays.
Path = tuple[str | int, ...]

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')[ \t]*""")
_TEXT = re.compile(
    # A long text may end in up to two quotes of its own, before the three that close it.
    r'"""(?:[^\\]|\\.)*?"""(?:"{1,2}(?!"))?'
    r"|'''.*?'''(?:'{1,2}(?!'))?"
    r"""|"(?:[^"\\]|\\.)*"|'[^']*'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\r\n]*")


def locate(text: str) -> dict[Path, int]:
    """The 1-based line of each table, key and array element of a valid TOML text.

    A table that is opened more than once, in parts, is where it is first met.
    """
    return _Scanner(text).run()


class _Scanner:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ends = [at for at, character in enumerate(text) if character == "\n"]
        self._lines: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}  # array of tables -> how many there are so far

    def run(self) -> dict[Path, int]:
        table: Path = ()
        while not self._ended():
            if self._take("[["):
                table = self._keys(())
                count = self._tables.get(table, 0)
                self._tables[table] = count + 1
                table = (*table, count)
                self._note(table)
                self._take("]]")
            elif self._take("["):
                table = self._keys(())
                self._take("]")
            else:
                self._pair(table)
        return self._lines

    def _ended(self) -> bool:
        """Step over space and comments; is that all?"""
        self._step(_GAP)
        return self._at >= len(self._text)

    def _pair(self, table: Path) -> None:
        path = self._keys(table)
        self._take("=")
        self._value(path)

    def _keys(self, path: Path) -> Path:
        """A dotted key below a path, each of its parts noted."""
        while True:
            if path in self._tables:  # what is said of an array of tables is of its last one
                path = (*path, self._tables[path] - 1)
            written = self._step(_KEY).strip()
            key = tomllib.loads(f"key = {written}")["key"] if written[0] in "\"'" else written
            path = (*path, key)
            self._note(path)
            if not self._take("."):
                return path

    def _value(self, path: Path) -> None:
        self._step(_GAP)
        if self._take("["):
            count = 0
            while not self._ended() and not self._take("]"):
                self._note((*path, count))
                self._value((*path, count))
                count += 1
                self._ended()
                self._take(",")
        elif self._take("{"):
            while not self._ended() and not self._take("}"):
                self._pair(path)
                self._ended()
                self._take(",")
        elif self._text[self._at : self._at + 1] in ('"', "'"):
            self._step(_TEXT)
        else:
            self._step(_SCALAR)

    def _take(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def _step(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found is not None, "not a text that tomllib has taken"
        self._at = found.end()
        return found.group()

    def _note(self, path: Path) -> None:
        self._lines.setdefault(path, bisect.bisect_left(self._ends, self._at) + 1)
