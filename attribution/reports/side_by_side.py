"""Both sides of a match, line by line: the snippet on the left, the source on the right.

Lines are paired by their contents without white space (and, for a renamed match, without names),
longest equal blocks first, so that an inserted line shifts nothing else. The sign between the
sides says what colour repeats: `=` same, `~` differs, `<` and `>` one side only.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from attribution.encodings import decode
from attribution.reports.terminal import printable
from attribution.types import Match, MatchKind, Span

__all__ = ["Row", "aligned_rows", "print_side_by_side"]

# difflib is quadratic in the worst case: 1,000 equal lines a side took 0.08 s.
_MAX_LINES = 1000
_SHOWN_ROWS = 200
_SHOWN_COLUMNS = 2000  # of a line: minified code has lines of megabytes

_NAMES = re.compile(r"[^\W\d]\w*")
_STYLES = {"=": "", "~": "yellow", "<": "red", ">": "green"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a line of either side, or of both."""

    sign: str  # "=", "~", "<" or ">"
    left: tuple[int, str] | None  # line number, 1-based, and text
    right: tuple[int, str] | None


def aligned_rows(left: bytes, right: bytes, match: Match) -> Iterator[Row]:
    """The rows of a match, in order. At most 1,000 lines of each side are paired."""
    lines = _cut(left, match.snippet)
    others = _cut(right, match.source)
    names_too = match.kind is not MatchKind.RENAMED
    keys = [_key(text, names_too) for _, text in lines]
    other_keys = [_key(text, names_too) for _, text in others]
    matcher = difflib.SequenceMatcher(None, keys, other_keys, autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        for step in range(max(i_end - i, j_end - j)):
            ours = lines[i + step] if i + step < i_end else None
            theirs = others[j + step] if j + step < j_end else None
            sign = "=" if tag == "equal" else "~"
            if ours is None or theirs is None:
                sign = ">" if ours is None else "<"
            yield Row(sign, ours, theirs)


def print_side_by_side(
    console: Console, names: tuple[str, str], texts: tuple[bytes, bytes], match: Match
) -> None:
    """Print a match under both sides' names, each side wrapped to half of the console."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, expand=True, header_style="dim")
    digits = len(str(max(match.snippet.end_line, match.source.end_line)))
    table.add_column(width=digits, justify="right", style="dim")
    table.add_column(Text(printable(names[0])), ratio=1, overflow="fold")
    table.add_column(width=1)
    table.add_column(width=digits, justify="right", style="dim")
    table.add_column(Text(printable(names[1])), ratio=1, overflow="fold")
    left_out = 0
    for count, row in enumerate(aligned_rows(*texts, match)):
        if count >= _SHOWN_ROWS:
            left_out += 1
            continue
        style = _STYLES[row.sign]
        table.add_row(
            *_cells(row.left, style), Text(row.sign, style or "dim"), *_cells(row.right, style)
        )
    console.print()
    console.print(table)
    if left_out:
        console.print(Text(f"   ... and {left_out:,} more lines of this match", "dim"))


def _cells(line: tuple[int, str] | None, style: str) -> tuple[Text, Text]:
    if line is None:
        return Text(""), Text("")
    number, text = line
    cut = text if len(text) <= _SHOWN_COLUMNS else text[:_SHOWN_COLUMNS] + " ..."
    return Text(str(number)), Text(printable(cut), style)


def _cut(text: bytes, span: Span) -> list[tuple[int, str]]:
    """The numbered lines of a span, whole even where the span starts in mid-line."""
    code = decode(text, len(text)).code  # UTF-16 is counted in the lines of its UTF-8 form
    last = min(span.end_line, span.start_line + _MAX_LINES - 1)
    lines = code.split(b"\n", last)[span.start_line - 1 : last]
    return [(span.start_line + i, _line(line)) for i, line in enumerate(lines)]


def _line(line: bytes) -> str:
    line = line.removesuffix(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")  # whatever it is, every byte shows as something


def _key(text: str, names_too: bool) -> str:
    return "".join((text if names_too else _NAMES.sub("n", text)).split())
