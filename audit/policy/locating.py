"""Line numbers of the keys in a policy file, which `tomllib` does not report.

Lines are matched by regular expressions, not parsed: they are only for messages. Strange layouts
may give the line of the table or key around what is meant.
"""

from __future__ import annotations

import re

__all__ = ["KeyLines"]

_HEADER = re.compile(r"\s*\[+([^\]]*)\]")
_KEY = re.compile(r"""\s*([\w\s."'-]+?)\s*=""")
_QUOTES = re.compile(r"""["'\s]""")


class KeyLines:
    """The lines of a TOML text by dotted key."""

    def __init__(self, text: str) -> None:
        self._rows = text.split("\n")
        self._lines: dict[str, int] = {}
        table = ""
        for number, row in enumerate(self._rows, 1):
            header, key = _HEADER.match(row), _KEY.match(row)
            if header is not None:
                name = table = _QUOTES.sub("", header[1])
            elif key is not None:
                name = f"{table}.{_QUOTES.sub('', key[1])}".lstrip(".")
            else:
                continue
            while name:
                self._lines.setdefault(name, number)
                name = name.rpartition(".")[0]

    def line(self, key: str, entry: object = None) -> int:
        """The 1-based line of a key, or of an entry in its list.

        A key that is not found is located at the table around it, or else at line 1.
        """
        while key and key not in self._lines:
            key = key.rpartition(".")[0]
        line = self._lines.get(key, 1)
        if entry is None:
            return line
        shown = (f'"{entry}"', f"'{entry}'") if isinstance(entry, str) else (str(entry),)
        rows = enumerate(self._rows[line - 1 :], line)
        return next((number for number, row in rows if any(text in row for text in shown)), line)
