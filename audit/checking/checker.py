"""`Checker`: what is known of one Item. One per process: to open an index is dear."""

from __future__ import annotations

from collections import OrderedDict
from typing import Self

from attribution.attributor import Attributor
from attribution.encodings import decode
from attribution.errors import IndexIncompleteError
from attribution.index import open_index
from attribution.index.interface import Index
from attribution.lexer import lex
from attribution.sightings import Sightings
from attribution.types import Snippet, Source, Status
from audit.checking.passages import EXCERPT_LINES, Text, cut_lines, passages_of
from audit.checking.settings import CheckSettings
from audit.checking.windows import windows_of
from audit.types import Checked, Item

__all__ = ["Checker"]

_TEXTS = 64  # documents kept for the excerpts of the next items


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
        tokens = lex(decoded.code, item.language)
        judged = item.judged if decoded.encoding is None else None
        text = Text.of(decoded.code, tokens, judged, item.first_line - 1)
        count = text.count(0, len(tokens))
        least = self.index.params.raw_guarantee
        if count < least:
            return _short(text.lines, count, f"too short: {count} tokens, the minimum is {least}")
        seen = Sightings()
        reason = None
        for window in windows_of(text, self.settings):
            part = decoded.code[window.start : window.end]
            answer = self._attributor.attribute(Snippet(part, item.language, item.name))
            if answer.status is Status.PARTIAL:
                reason = reason or answer.status_reason
            seen.add(answer.sources, window.start, window.lines)

        def alone(start: int, end: int, lines: int) -> tuple[Source, ...]:
            part = Snippet(decoded.code[start:end], item.language, item.name)
            own = Sightings()
            own.add(self._attributor.attribute(part).sources, start, lines)
            return own.sources(1)

        raw_k = self.index.params.raw_k
        found = passages_of(text, seen.sources(len(tokens)), alone, self._lines_of, raw_k)
        status = Status.CHECKED if reason is None else Status.PARTIAL
        return Checked(status, reason, text.lines, count, False, found, decoded.warnings)

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


def _short(lines: int, tokens: int, why: str) -> Checked:
    """Nothing that could be told from chance: there is nothing to find."""
    return Checked(Status.CHECKED, why, lines, tokens, True, ())
