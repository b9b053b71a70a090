"""Tables and bars as Markdown, both for the terminal and for RESULTS.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Bar", "Part", "Table", "bars_table", "percent"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of design section 9, with the measured figure."""

    what: str
    bar: str
    measured: str
    reached: bool | None  # None if measured elsewhere


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures with a title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> str:
        """The table with its title and note."""
        lines = [f"### {self.title}", ""]
        if self.note:
            lines += [self.note, ""]
        return "\n".join(lines) + "\n" + grid(self.columns, self.rows)


@dataclass(frozen=True, slots=True)
class Part:
    """The results of one script."""

    title: str
    bars: tuple[Bar, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def markdown(self, *, with_bars: bool = True) -> str:
        """The part: notes, bars, then tables."""
        pieces = [f"## {self.title}", *self.notes]
        if self.bars and with_bars:
            pieces.append(bars_table(self.bars))
        pieces += [table.markdown() for table in self.tables]
        return "\n\n".join(piece.rstrip("\n") for piece in pieces) + "\n"


def bars_table(bars: Sequence[Bar]) -> str:
    """Bars and measured figures, side by side."""
    said = {True: "yes", False: "**no**", None: "-"}
    rows = [(b.what, b.bar, b.measured, said[b.reached]) for b in bars]
    return grid(("what", "bar", "measured", "reached"), rows)


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, padded so that it is readable on a terminal."""
    cells = [list(columns), *[list(row) for row in rows]]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(columns))]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines) + "\n"


def percent(share: float) -> str:
    """0.973 -> "97.3"; "-" for nan."""
    return "-" if math.isnan(share) else f"{100 * share:.1f}"
