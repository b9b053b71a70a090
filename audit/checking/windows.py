"""Splits a text into windows to look up: the judged ranges, with context around them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from attribution.windows import Window, line_starts, windows
from audit.checking.judged_text import JudgedText
from audit.checking.settings import CheckSettings

__all__ = ["Window", "halves_of", "windows_of"]

_FEW_LINES = 30  # about one function: such a window is not halved


def windows_of(text: JudgedText, settings: CheckSettings) -> Iterator[Window]:
    """The windows of a text, in text order; every judged token is in one of them."""
    token_lines = text.tokens.lines
    if len(token_lines) <= settings.window_tokens and bool(text.judged.all()):
        yield Window(0, len(text.code), 0)
        return
    lines = len(line_starts(text.code))
    for stretch in _stretches(token_lines[text.judged], settings.context_lines, lines):
        yield from windows(
            text.code, token_lines, settings.window_tokens, settings.overlap_lines, stretch
        )


def halves_of(code: bytes, window: Window, overlap: int) -> tuple[Window, Window] | None:
    """Split a window in two that share at most `overlap` lines; None if it has few lines."""
    starts = line_starts(code[window.start : window.end])
    lines = len(starts)
    if lines <= _FEW_LINES:
        return None
    shared = min(overlap, lines // 4)
    stop, first = lines // 2 + shared // 2, lines // 2 - (shared - shared // 2)
    return (
        Window(window.start, window.start + int(starts[stop]), window.lines),
        Window(window.start + int(starts[first]), window.end, window.lines + first),
    )


def _stretches(judged: NDArray[np.uint32], context: int, lines: int) -> Iterator[tuple[int, int]]:
    """Line ranges (1-based) of judged tokens with their context; ranges that touch are joined."""
    if not len(judged):
        return
    gaps = np.flatnonzero(np.diff(judged.astype(np.int64)) > 2 * context)
    firsts = judged[np.concatenate([np.zeros(1, np.int64), gaps + 1])]
    lasts = judged[np.concatenate([gaps, np.full(1, len(judged) - 1)])]
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        yield max(first - context, 1), min(last + context, lines)
