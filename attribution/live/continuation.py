"""Whether a text goes on as a document does: the cheap question between two looks at an index.

A model that recites goes on reciting. As long as each new token is the one that stands next in
the document, the match grows by comparing tokens, and nothing has to be proposed or aligned.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from attribution.index.interface import Index
from attribution.lexing.lexer import Tokens, lex
from attribution.partial_index import Asking
from attribution.source_set import around
from attribution.types import Match, MatchKind, Source, Span

__all__ = ["Recital"]

_KEPT = 4  # documents whose tokens are kept


class Recital:
    """Documents that a growing text is compared with. Not safe to share between threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: OrderedDict[str, tuple[Tokens, str | None] | None] = OrderedDict()

    def goes_on(self, source: Source, text: bytes, slack: int) -> Source | None:
        """The source with its verbatim match grown to the end of the text.

        Args:
            source: one that was seen; spans of the snippet are of `text`.
            text: all that was written.
            slack: bytes from the end within which a match counts as still growing.

        Returns:
            None when no match grows, or when the text left the document.
        """
        for at, match in enumerate(source.matches):
            if match.kind is MatchKind.VERBATIM and match.snippet.end >= len(text) - slack:
                grown = self._grown(match, text, source.document)
                if grown is None:
                    return None
                matches = (*source.matches[:at], grown, *source.matches[at + 1 :])
                return replace(source, matches=matches, occurrence_spans=_cited(source, at, grown))
        return None

    def _grown(self, match: Match, text: bytes, swhid: str) -> Match | None:
        known = self._tokens(swhid)
        if known is None:
            return None
        there, language = known
        line = text.rfind(b"\n", 0, match.snippet.end) + 1
        here = lex(text[line:], language)
        first = int(np.searchsorted(here.starts, match.snippet.end - line))
        start = int(np.searchsorted(there.starts, match.source.end))
        count = min(len(here) - first, len(there) - start)
        equal = here.hashes[first : first + count] == there.hashes[start : start + count]
        run = count if equal.all() else int(np.argmin(equal))
        # the last token may be on its way still
        if run < len(here) - first - 1:
            return None
        if run <= 0:
            return match
        lines = match.snippet.end_line - 1
        end, last = first + run - 1, start + run - 1
        return Match(
            match.kind,
            match.tokens + run,
            replace(
                match.snippet,
                end=int(here.ends[end]) + line,
                end_line=int(here.lines[end]) + lines,
            ),
            replace(match.source, end=int(there.ends[last]), end_line=int(there.lines[last])),
        )

    def _tokens(self, swhid: str) -> tuple[Tokens, str | None] | None:
        if swhid not in self._known:
            # one that does not come now ends the recital: the index is asked, and tells why
            [document] = Asking(self._index).fetch([swhid.rpartition(":")[2]])
            self._known[swhid] = (
                None
                if document is None
                else (lex(document.content, document.language), document.language)
            )
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(swhid)
        return self._known[swhid]


def _cited(source: Source, at: int, grown: Match) -> tuple[Span, ...]:
    """The lines to cite at each place: those of the document itself grow with its best match."""
    if at != 0:
        return source.occurrence_spans
    return tuple(
        around(span, grown.source) if name == source.document else span
        for name, span in zip(source.occurrence_documents, source.occurrence_spans, strict=True)
    )
