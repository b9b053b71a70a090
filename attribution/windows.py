"""Parts of a long text that are looked up one by one: whole lines, which overlap.

Looking up a part costs a fraction of the whole and stays below the limits on candidates: a part's
candidates do not compete with those of the rest. Parts overlap, so that a copied function is
complete in one of them. The lexer is line-local, so a part has the tokens that the whole has there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Window", "line_starts", "windows"]


@dataclass(frozen=True, slots=True)
class Window:
    """Whole lines of a text."""

    start: int  # bytes
    end: int  # bytes, exclusive
    lines: int  # before it


def line_starts(code: bytes) -> NDArray[np.int64]:
    """Where each line starts; shape (lines,)."""
    ends = np.flatnonzero(np.frombuffer(code, np.uint8) == 10) + 1
    return np.concatenate([np.zeros(1, np.int64), ends])


def windows(
    code: bytes,
    token_lines: NDArray[np.uint32],
    tokens: int,
    overlap: int,
    lines: tuple[int, int] | None = None,
) -> Iterator[Window]:
    """Lines of a text in windows of about as many tokens; a longer line stays whole.

    Args:
        token_lines: (n,) uint32, the line of each token of the text.
        tokens: of a window.
        overlap: lines that two windows share.
        lines: the first and the last, 1-based; None: all.
    """
    starts = line_starts(code)
    first, last = lines or (1, len(starts))
    while True:
        at = int(token_lines.searchsorted(np.uint32(first)))
        end = at + tokens
        stop = last if end >= len(token_lines) else min(last, int(token_lines[end]))
        stop = max(stop, first)
        ends = int(starts[stop]) if stop < len(starts) else len(code)
        yield Window(int(starts[first - 1]), ends, first - 1)
        if stop >= last:
            return
        first = max(stop - overlap, first + 1)
