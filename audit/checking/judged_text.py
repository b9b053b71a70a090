"""`JudgedText`: a text with its tokens, of which some are judged and the others are context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.lexer import Tokens
from attribution.line_ends import count_lines
from attribution.types import Span

__all__ = ["JudgedText"]


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A text with its tokens, and a mask of those that are judged."""

    code: bytes  # UTF-8, or compared byte by byte
    tokens: Tokens
    judged: NDArray[np.bool_]  # shape (tokens,)
    lines: int  # judged
    before: int = 0  # lines of the file before `code`

    @classmethod
    def of(
        cls, code: bytes, tokens: Tokens, judged: Sequence[tuple[int, int]] | None, before: int
    ) -> JudgedText:
        """A text with half-open byte ranges to judge; None: everything."""
        if judged is None:
            every = np.ones(len(tokens), np.bool_)
            return cls(code, tokens, every, count_lines(code), before)
        mask = np.zeros(len(tokens), np.bool_)
        lines = 0
        for start, end in judged:
            first, last = np.searchsorted(tokens.starts, (start, end))
            mask[first:last] = True
            part = code[start:end]
            lines += part.count(b"\n") + (part[-1:] not in (b"", b"\n"))
        return cls(code, tokens, mask, lines, before)

    def clip(self, span: Span) -> tuple[int, int] | None:
        """The range of judged tokens in a span; None if there is none."""
        first, stop = np.searchsorted(self.tokens.starts, (span.start, span.end))
        at = np.flatnonzero(self.judged[first:stop])
        return (int(first + at[0]), int(first + at[-1]) + 1) if len(at) else None

    def span(self, first: int, stop: int) -> Span:
        """The span of tokens [first, stop)."""
        tokens = self.tokens
        return Span(
            int(tokens.starts[first]),
            int(tokens.ends[stop - 1]),
            int(tokens.lines[first]) + self.before,
            int(tokens.lines[stop - 1]) + self.before,
        )

    def count(self, first: int, stop: int) -> int:
        """Number of judged tokens in [first, stop)."""
        return int(np.count_nonzero(self.judged[first:stop]))
