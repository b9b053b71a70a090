"""`Checker`: checks Items against an index. One per process, as opening an index is slow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np

from attribution.attributor import Attributor
from attribution.coverage import Readings
from attribution.errors import IndexIncompleteError, WhenceError
from attribution.index import open_index
from attribution.index.interface import Index
from attribution.internal_errors import log_internal_error
from attribution.lexing.encodings import decode
from attribution.locations import Locations
from attribution.source_set import SourceSet
from attribution.types import Attribution, Snippet, Source, Status
from audit.checking.judged_text import JudgedText
from audit.checking.passages import EXCERPT_LINES, cut_lines, passages_of
from audit.checking.settings import CheckSettings
from audit.checking.windows import Window, halves_of, windows_of
from audit.types import Checked, Item

__all__ = ["Checker", "ReadItem"]

# bytes; many sources of a smaller part are alternatives to each other
_LARGE_PART = 8192
_AHEAD = 8  # windows that the index hears of at once
_TEXTS = 16  # documents cached for excerpts


@dataclass(frozen=True, slots=True)
class ReadItem:
    """An item that was decoded and lexed."""

    item: Item
    readings: Readings
    text: JudgedText
    windows: tuple[Window, ...]
    tokens: int  # that are judged
    warnings: tuple[str, ...]


class Checker:
    """Checks items against an index. Threads may share it."""

    def __init__(self, index: Index, settings: CheckSettings | None = None) -> None:
        self.index = index
        self.settings = settings or CheckSettings()
        self._attributor = Attributor(index, self.settings.attributor)
        self._document_lines = lru_cache(_TEXTS)(self._fetch_lines)

    @classmethod
    def open(cls, location: Locations, settings: CheckSettings | None = None) -> Self:
        """Open the index at a location.

        Raises:
            CorpusIndexError: there is no index, or it cannot be used.
        """
        return cls(open_index(location), settings)

    def read(self, item: Item) -> ReadItem | Checked:
        """Read an item for `check`; Checked if there is nothing to look up."""
        if not item.code.strip():
            return _short(0, 0, "empty")
        decoded = decode(item.code, self.settings.attributor.max_bytes)
        if decoded.problem is not None:
            return Checked(Status.NOT_CHECKED, decoded.problem, decoded.lines, 0, False, ())
        code = decoded.code
        readings = Readings(code)
        tokens = readings.under(item.language)
        judged = item.judged if decoded.encoding is None else None
        text = JudgedText.of(code, tokens, judged, item.first_line - 1)
        count = text.count(0, len(tokens))
        least = self.index.params.raw_guarantee
        if count < least:
            return _short(text.lines, count, f"too short: {count} tokens, the minimum is {least}")
        windows = tuple(windows_of(text, self.settings))
        return ReadItem(item, readings, text, windows, count, decoded.warnings)

    def expect(self, items: Iterable[ReadItem | Checked]) -> None:
        """Let the index hear of the first windows of items that are checked next.

        Never raises for an index that does not answer: `check` does.
        """
        self._attributor.expect(
            _snippet(one.item, one.readings.part(window))
            for one in items
            if isinstance(one, ReadItem)
            for window in one.windows[:_AHEAD]
        )

    def check(self, item: Item | ReadItem | Checked) -> Checked:
        """Find the passages of an item; after an internal error it is not checked.

        Args:
            item: to read, or as `read` returned it and `expect` heard of it.

        Raises:
            CorpusIndexError: the index is damaged or does not answer.
        """
        try:
            if isinstance(item, Item):
                item = self.read(item)
                self.expect([item])
            return item if isinstance(item, Checked) else self._check(item)
        except WhenceError:
            raise
        except Exception as error:
            return Checked(Status.NOT_CHECKED, log_internal_error(error), 0, 0, False, ())

    def _check(self, read: ReadItem) -> Checked:
        item, readings, text = read.item, read.readings, read.text
        tokens, least = text.tokens, self.index.params.raw_guarantee
        seen = SourceSet()
        reason = None
        for number, window in enumerate(read.windows):
            if number and number % _AHEAD == 0:  # the first ones are expected already
                self._expect(item, readings, read.windows[number : number + _AHEAD])
            for part, answer in self._look_up(item, readings, window):
                first, stop = np.searchsorted(tokens.starts, (part.start, part.end))
                if stop - first < least:
                    continue  # too short, such as a part with only comments
                if answer.status is not Status.CHECKED and not answer.more_sources:
                    reason = reason or answer.status_reason
                elif self._crowded(answer) and part.end - part.start > _LARGE_PART:
                    reason = reason or _too_many_sources(part, self.settings.max_sources)
                seen.add(answer.sources, part.start, part.lines)

        def sources_of_part(start: int, end: int, lines: int) -> tuple[Source, ...]:
            part = Window(start, end, lines)
            own = SourceSet()
            own.add(self._answer(item, readings, part).sources, start, lines)
            return own.sources(tokens)

        raw_k = self.index.params.raw_k
        sources = seen.sources(tokens)
        passages = passages_of(text, sources, sources_of_part, self._lines_of, raw_k)
        status = Status.CHECKED if reason is None else Status.PARTIAL
        return Checked(status, reason, text.lines, read.tokens, False, passages, read.warnings)

    def _look_up(
        self, item: Item, readings: Readings, window: Window
    ) -> Iterator[tuple[Window, Attribution]]:
        """Look up a window, in halves if it has more sources than an answer lists."""
        answer = self._answer(item, readings, window)
        halves = None
        if self._crowded(answer):
            halves = halves_of(readings.code, window, self.settings.overlap_lines)
        if halves is None:
            yield window, answer
            return
        self._expect(item, readings, halves)
        for half in halves:
            yield from self._look_up(item, readings, half)

    def _expect(self, item: Item, readings: Readings, windows: Sequence[Window]) -> None:
        """Let the index hear of several windows at once."""
        if len(windows) > 1:
            self._attributor.expect(_snippet(item, readings.part(window)) for window in windows)

    def _answer(self, item: Item, readings: Readings, window: Window) -> Attribution:
        return self._attributor.attribute(*_snippet(item, readings.part(window)))

    def _crowded(self, answer: Attribution) -> bool:
        """Whether there may be more sources than the answer lists."""
        return len(answer.sources) >= self.settings.max_sources

    def _lines_of(self, document: str, first: int, last: int) -> str:
        """Lines [first, last] of a document, by SWHID; "" if the index no longer has it."""
        try:
            lines = self._document_lines(document.rpartition(":")[2])
        except IndexIncompleteError:  # the text is only shown, the result stays valid
            return ""
        return cut_lines(lines[first - 1 : min(last, first + EXCERPT_LINES - 1)])

    def _fetch_lines(self, id_: str) -> list[bytes]:
        document = self.index.fetch([id_])[0]
        return [] if document is None else document.text.split(b"\n")


def _snippet(item: Item, part: Readings) -> tuple[Snippet, Readings]:
    return Snippet(part.code, item.language, item.name), part


def _too_many_sources(part: Window, limit: int) -> str:
    return (
        f"from line {part.lines + 1} on, more than {limit} sources match a few very long lines; "
        "weaker ones were not considered. Audit the code before it is minified"
    )


def _short(lines: int, tokens: int, why: str) -> Checked:
    """Too few tokens to tell a copy from chance: there is nothing to find."""
    return Checked(Status.CHECKED, why, lines, tokens, True, ())
