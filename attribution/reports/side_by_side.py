"""Both sides of a match on the terminal, line by line (see line_rows).

The sign between the sides means: `=` same, `~` differs, `<` and `>` one side only. Colours repeat
it.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from attribution.reports.line_rows import aligned_rows
from attribution.reports.terminal import printable
from attribution.types import Match

__all__ = ["print_side_by_side"]

_SHOWN_ROWS = 200
_SHOWN_COLUMNS = 2000  # of a line: minified code has lines of megabytes

_STYLES = {"=": "", "~": "yellow", "<": "red", ">": "green"}


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
