"""`SeedCache`: the documents that were aligned last, with their tokens and seeds.

Consecutive look-ups meet the same documents: those of files of one project, of windows of one file,
of the growing answer of a model. A document that comes again is neither read, lexed nor hashed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from attribution.lexing.lexer import Lexer, Tokens
from attribution.matching.seeds import DocumentSeeds
from attribution.types import Document

__all__ = ["SeedCache"]

_TOKEN_BYTES = 8 + 1 + 3 * 4 + 8  # hash, kind, offsets and line, renamed seed
_DOCUMENT_BYTES = 2400  # of its objects and signature
_LARGEST_SHARE = 8  # a document of more than an eighth of the limit is not kept


class _Kept(NamedTuple):
    document: Document
    seeds: DocumentSeeds
    size: int  # bytes


class _Scratch(threading.local):
    """A lexer per thread."""

    def __init__(self) -> None:
        self.lexer = Lexer()


_scratch = _Scratch()


class SeedCache:
    """The documents of one index that were used last. Safe to share between threads."""

    def __init__(self, limit: int) -> None:
        """
        Args:
            limit: bytes; 0 keeps none.
        """
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[str, _Kept] = OrderedDict()  # by id
        self._lock = threading.Lock()

    def documents(
        self, ids: Sequence[str], fetch: Callable[[Sequence[str]], list[Document | None]]
    ) -> list[Document | None]:
        """Documents in the order of their ids; those that are not kept are fetched."""
        with self._lock:
            known = {id_: self._kept[id_].document for id_ in ids if id_ in self._kept}
        missing = [id_ for id_ in ids if id_ not in known]
        fetched = iter(fetch(missing) if missing else ())
        return [known[id_] if id_ in known else next(fetched) for id_ in ids]

    def seeds_of(self, document: Document) -> DocumentSeeds:
        """The seeds of a document, valid until the next call in this thread."""
        with self._lock:
            known = self._kept.get(document.id)
            if known is not None and known.document.language == document.language:
                self._kept.move_to_end(document.id)
                return known.seeds
        tokens = self.lex(document.text, document.language)
        size = _DOCUMENT_BYTES + len(document.content) + _TOKEN_BYTES * len(tokens)
        if size * _LARGEST_SHARE > self._limit:
            return DocumentSeeds(tokens)
        seeds = DocumentSeeds(tokens.copy())
        if document.signature is not None:  # or it would keep the index's file open
            document = replace(document, signature=document.signature.copy())
        with self._lock:
            if (other := self._kept.pop(document.id, None)) is not None:
                self._size -= other.size
            self._kept[document.id] = _Kept(document, seeds, size)
            self._size += size
            while self._size > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self._size -= oldest.size
        return seeds

    @staticmethod
    def lex(text: bytes, language: str) -> Tokens:
        """The tokens of a text, valid until the next call in this thread."""
        return _scratch.lexer.lex(text, language)
