"""Splits a text into windows to look up: the judged ranges with context, in parts of limited size.

Looking up a part of a long text costs a fraction of the whole, and stays below the limits on
candidates. Parts overlap, so that a copied function is complete in one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.checking.judged_text import JudgedText
from audit.checking.settings import CheckSettings

__all__ = ["Window", "halves_of", "windows_of"]

_FEW_LINES = 30  # about one function: such a window is not halved


@dataclass(frozen=True, slots=True)
class Window:
    """Whole lines of a text."""

    start: int  # bytes
    end: int  # bytes, exclusive
    lines: int  # before it


def windows_of(text: JudgedText, settings: CheckSettings) -> Iterator[Window]:
    """The windows of a text, in text order; every judged token is in one of them."""
    token_lines = text.tokens.lines
    if len(token_lines) <= settings.window_tokens and bool(text.judged.all()):
        yield Window(0, len(text.code), 0)
        return
    starts = _line_starts(text.code)
    for first, last in _stretches(token_lines[text.judged], settings.context_lines, len(starts)):
        yield from _parts(token_lines, starts, first, last, len(text.code), settings)


def halves_of(code: bytes, window: Window, overlap: int) -> tuple[Window, Window] | None:
    """Split a window in two that share at most `overlap` lines; None if it has few lines."""
    starts = _line_starts(code[window.start : window.end])
    lines = len(starts)
    if lines <= _FEW_LINES:
        return None
    shared = min(overlap, lines // 4)
    stop, first = lines // 2 + shared // 2, lines // 2 - (shared - shared // 2)
    return (
        Window(window.start, window.start + int(starts[stop]), window.lines),
        Window(window.start + int(starts[first]), window.end, window.lines + first),
    )


def _line_starts(code: bytes) -> NDArray[np.int64]:
    """Where each line starts; shape (lines,)."""
    ends = np.flatnonzero(np.frombuffer(code, np.uint8) == 10) + 1
    return np.concatenate([np.zeros(1, np.int64), ends])


def _stretches(judged: NDArray[np.uint32], context: int, lines: int) -> Iterator[tuple[int, int]]:
    """Line ranges (1-based) of judged tokens with their context; ranges that touch are joined."""
    if not len(judged):
        return
    gaps = np.flatnonzero(np.diff(judged.astype(np.int64)) > 2 * context)
    firsts = judged[np.concatenate([np.zeros(1, np.int64), gaps + 1])]
    lasts = judged[np.concatenate([gaps, np.full(1, len(judged) - 1)])]
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        yield max(first - context, 1), min(last + context, lines)


def _parts(
    token_lines: NDArray[np.uint32],
    starts: NDArray[np.int64],
    first: int,
    last: int,
    size: int,
    settings: CheckSettings,
) -> Iterator[Window]:
    """Lines [first, last] in parts of about `window_tokens` tokens."""
    while True:
        at = int(np.searchsorted(token_lines, first))
        end = at + settings.window_tokens
        stop = last if end >= len(token_lines) else min(last, int(token_lines[end]))
        stop = max(stop, first)
        ends = int(starts[stop]) if stop < len(starts) else size
        yield Window(int(starts[first - 1]), ends, first - 1)
        if stop >= last:
            return
        first = max(stop - settings.overlap_lines, first + 1)
