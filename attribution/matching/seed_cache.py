"""`SeedCache`: the tokens and seeds of the documents that were aligned last.

Consecutive look-ups meet the same documents: those of files of one project, of windows of one file,
of the growing answer of a model. A document that comes again is neither lexed nor hashed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from attribution.lexing.lexer import Lexer, Tokens
from attribution.matching.seeds import DocumentSeeds
from attribution.types import Document

__all__ = ["SeedCache"]

_TOKEN_BYTES = 8 + 1 + 3 * 4 + 8  # hash, kind, offsets and line, renamed seed
_DOCUMENT_BYTES = 1600  # of its objects; measured: 1.4 KB without tokens
_LARGEST_SHARE = 8  # a document of more than an eighth of the limit is not kept

_Key = tuple[str, str]  # id and language


class _Scratch(threading.local):
    """A lexer per thread."""

    def __init__(self) -> None:
        self.lexer = Lexer()


_scratch = _Scratch()


class SeedCache:
    """Seeds of the documents used last. Safe to share between threads."""

    def __init__(self, limit: int) -> None:
        """
        Args:
            limit: bytes; 0 keeps no seeds.
        """
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[_Key, DocumentSeeds] = OrderedDict()
        self._lock = threading.Lock()

    def seeds_of(self, document: Document) -> DocumentSeeds:
        """The seeds of a document, valid until the next call in this thread."""
        key = (document.id, document.language)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        tokens = self.lex(document.text, document.language)
        size = _size(tokens)
        if size * _LARGEST_SHARE > self._limit:
            return DocumentSeeds(tokens)
        seeds = DocumentSeeds(tokens.copy())
        with self._lock:
            if key not in self._kept:
                self._kept[key] = seeds
                self._size += size
            while self._size > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self._size -= _size(oldest.tokens)
        return seeds

    @staticmethod
    def lex(text: bytes, language: str) -> Tokens:
        """The tokens of a text, valid until the next call in this thread."""
        return _scratch.lexer.lex(text, language)


def _size(tokens: Tokens) -> int:
    """The bytes of a document's tokens and renamed seeds."""
    return _DOCUMENT_BYTES + _TOKEN_BYTES * len(tokens)
