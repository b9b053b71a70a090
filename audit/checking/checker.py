"""`Checker`: what is known of one Item. One per process: to open an index is dear."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Self

import numpy as np

from attribution.attributor import Attributor
from attribution.errors import IndexIncompleteError
from attribution.index import open_index
from attribution.index.interface import Index
from attribution.lexing.encodings import decode
from attribution.lexing.lexer import lex
from attribution.source_set import SourceSet
from attribution.types import Attribution, Snippet, Source, Status
from audit.checking.passages import EXCERPT_LINES, Text, cut_lines, passages_of
from audit.checking.settings import CheckSettings
from audit.checking.windows import Window, halves_of, windows_of
from audit.line_ends import with_line_feeds
from audit.types import Checked, Item

__all__ = ["Checker"]

# Bytes of few lines: so many sources of less are alternatives of each other.
_MUCH = 8192
_TEXTS = 16  # documents kept for the excerpts of the next items


class Checker:
    """Checks items against an index. Not safe to share between threads."""

    def __init__(self, index: Index, settings: CheckSettings | None = None) -> None:
        self.index = index
        self.settings = settings or CheckSettings()
        self._attributor = Attributor(index, self.settings.attributor)
        self._texts: OrderedDict[str, list[bytes]] = OrderedDict()

    @classmethod
    def open(cls, location: str, settings: CheckSettings | None = None) -> Self:
        """Open the index at a location.

        Raises:
            CorpusIndexError: there is none, or it cannot be used.
        """
        return cls(open_index(location), settings)

    def check(self, item: Item) -> Checked:
        """Find the passages of an item.

        Raises:
            CorpusIndexError: the index is damaged or does not answer.
        """
        if not item.code.strip():
            return _short(0, 0, "empty")
        decoded = decode(item.code, self.settings.attributor.max_bytes)
        if decoded.problem is not None:
            return Checked(Status.NOT_CHECKED, decoded.problem, decoded.lines, 0, False, ())
        code = with_line_feeds(decoded.code)
        tokens = lex(code, item.language)
        judged = item.judged if decoded.encoding is None else None
        text = Text.of(code, tokens, judged, item.first_line - 1)
        count = text.count(0, len(tokens))
        least = self.index.params.raw_guarantee
        if count < least:
            return _short(text.lines, count, f"too short: {count} tokens, the minimum is {least}")
        seen = SourceSet()
        reason = None
        for window in windows_of(text, self.settings):
            for part, answer in self._answers(item, code, window):
                first, stop = np.searchsorted(tokens.starts, (part.start, part.end))
                if stop - first < least:
                    continue  # a part that is all comments has nothing to find, as a short text
                if answer.status is not Status.CHECKED:
                    reason = reason or answer.status_reason
                elif self._crowded(answer) and part.end - part.start > _MUCH:
                    reason = reason or _crowd(part, self.settings.max_sources)
                seen.add(answer.sources, part.start, part.lines)

        def alone(start: int, end: int, lines: int) -> tuple[Source, ...]:
            part = Snippet(code[start:end], item.language, item.name)
            own = SourceSet()
            own.add(self._attributor.attribute(part).sources, start, lines)
            return own.sources(1)

        raw_k = self.index.params.raw_k
        found = passages_of(text, seen.sources(len(tokens)), alone, self._lines_of, raw_k)
        status = Status.CHECKED if reason is None else Status.PARTIAL
        return Checked(status, reason, text.lines, count, False, found, decoded.warnings)

    def _answers(
        self, item: Item, code: bytes, window: Window
    ) -> Iterator[tuple[Window, Attribution]]:
        """What the look-up says of a window; in halves where it has more sources than it lists."""
        part = code[window.start : window.end]
        answer = self._attributor.attribute(Snippet(part, item.language, item.name))
        halves = None
        if self._crowded(answer):
            halves = halves_of(code, window, self.settings.overlap_lines)
        if halves is None:
            yield window, answer
            return
        for half in halves:
            yield from self._answers(item, code, half)

    def _crowded(self, answer: Attribution) -> bool:
        """Whether the look-up may have more sources than it lists."""
        return len(answer.sources) >= self.settings.max_sources

    def _lines_of(self, document: str, first: int, last: int) -> str:
        """Lines [first, last] of a document, by SWHID; "" when it is not held any more."""
        id_ = document.rpartition(":")[2]
        lines = self._texts.get(id_)
        if lines is None:
            try:
                held = self.index.fetch([id_])[0]
            except IndexIncompleteError:  # the text is only shown; what was judged is judged
                return ""
            lines = [] if held is None else held.content.split(b"\n")
            self._texts[id_] = lines
            if len(self._texts) > _TEXTS:
                self._texts.popitem(last=False)
        return cut_lines(lines[first - 1 : min(last, first + EXCERPT_LINES - 1)])


def _crowd(part: Window, limit: int) -> str:
    return (
        f"from line {part.lines + 1}, over {limit} sources match few, very long lines, and the "
        "weaker ones were not looked at; audit the code before it is minified"
    )


def _short(lines: int, tokens: int, why: str) -> Checked:
    """Nothing that could be told from chance: there is nothing to find."""
    return Checked(Status.CHECKED, why, lines, tokens, True, ())
