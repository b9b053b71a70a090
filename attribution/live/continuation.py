"""Whether a growing text continues a document: the cheap check between two look-ups.

A model that recites keeps reciting. As long as each new token is the next one of the document,
the match grows by comparing tokens, and nothing has to be proposed or aligned.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from attribution.index.interface import Index
from attribution.lexing.lexer import Tokens, lex
from attribution.partial_index import PartialIndex
from attribution.types import Match, MatchKind, Source

__all__ = ["Continuation"]

_KEPT = 4  # documents whose tokens are kept


class Continuation:
    """Compares a growing text with documents. Not safe to share between threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: OrderedDict[str, tuple[Tokens, str | None] | None] = OrderedDict()

    def extended(self, source: Source, text: bytes, slack: int) -> Source | None:
        """The source with its verbatim match extended to the end of the text.

        Args:
            source: spans of the snippet are of `text`.
            text: everything written so far.
            slack: bytes from the end within which a match counts as still growing.

        Returns:
            None when no match reaches the end, or when the text departs from the document.
        """
        for at, match in enumerate(source.matches):
            if match.kind is MatchKind.VERBATIM and match.snippet.end >= len(text) - slack:
                longer = self._extended(match, text, source.document)
                if longer is None:
                    return None
                spans = source.occurrence_spans
                if at == 0:  # the cited lines are those of the best match
                    spans = tuple(
                        span.hull(longer.source) if document == source.document else span
                        for document, span in zip(source.occurrence_documents, spans, strict=True)
                    )
                matches = (*source.matches[:at], longer, *source.matches[at + 1 :])
                return replace(source, matches=matches, occurrence_spans=spans)
        return None

    def _extended(self, match: Match, text: bytes, swhid: str) -> Match | None:
        document = self._tokens(swhid)
        if document is None:
            return None
        there, language = document
        line = text.rfind(b"\n", 0, match.snippet.end) + 1
        here = lex(text[line:], language)
        first = int(np.searchsorted(here.starts, match.snippet.end - line))
        start = int(np.searchsorted(there.starts, match.source.end))
        count = min(len(here) - first, len(there) - start)
        equal = here.hashes[first : first + count] == there.hashes[start : start + count]
        run = count if equal.all() else int(np.argmin(equal))
        # the last token may still be incomplete
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
            # without the document, the next look-up of the index reports why
            [document] = PartialIndex(self._index).fetch([swhid.rpartition(":")[2]])
            self._known[swhid] = (
                None
                if document is None
                else (lex(document.content, document.language), document.language)
            )
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(swhid)
        return self._known[swhid]
