"""`SeedCache`: the tokens and seeds of the documents that were aligned last.

Look-ups that follow each other meet the same documents: files of one project, windows of one
file, the growing answer of a model. Of the work on a document that comes again nothing is left
but asking its seeds.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from attribution.lexing.lexer import Lexer, Tokens
from attribution.matching.seeds import DocumentSeeds
from attribution.types import Document

__all__ = ["SeedCache"]

_TOKEN_BYTES = 8 + 1 + 3 * 4 + 2 * 8  # hash, kind, place, both seeds
_DOCUMENT_BYTES = 1600  # its objects: measured, without tokens 1.4 KB
_LARGE = 8  # of so many documents that fill the cache none is kept

_Key = tuple[str, str]  # id and language


class _Scratch(threading.local):
    """A lexer a thread."""

    def __init__(self) -> None:
        self.lexer = Lexer()


_scratch = _Scratch()


class SeedCache:
    """Seeds by document, the last used ones. Safe to share between threads."""

    def __init__(self, limit: int) -> None:
        """
        Args:
            limit: bytes; 0 keeps nothing.
        """
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[_Key, DocumentSeeds] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, document: Document) -> DocumentSeeds:
        """The seeds of a document; good until the next call."""
        key = (document.id, document.language)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        tokens = self.lex(document.content, document.language)
        size = _size(tokens)
        if size * _LARGE > self._limit:
            return DocumentSeeds(tokens)
        made = DocumentSeeds(_copy(tokens))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._size += size
            while self._size > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self._size -= _size(oldest.tokens)
        return made

    @staticmethod
    def lex(text: bytes, language: str) -> Tokens:
        """The tokens of a text, in arrays that this thread uses again; good until the next call."""
        return _scratch.lexer.lex(text, language)


def _size(tokens: Tokens) -> int:
    """Bytes that a document of these tokens takes, once it has both kinds of seeds."""
    return _DOCUMENT_BYTES + _TOKEN_BYTES * len(tokens)


def _copy(tokens: Tokens) -> Tokens:
    return Tokens(
        tokens.hashes.copy(),
        tokens.kinds.copy(),
        tokens.starts.copy(),
        tokens.ends.copy(),
        tokens.lines.copy(),
    )
