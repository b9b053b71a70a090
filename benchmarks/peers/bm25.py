"""BM25 alone: tantivy with its default tokenizer; the query is all words of the code."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tantivy

from benchmarks.peers.interface import Peer, PeerDocument

__all__ = ["Bm25"]

WORD = re.compile(r"[^\W_]+")


class Bm25(Peer):
    """A full-text index."""

    name = "BM25 (tantivy)"
    note = "default tokenizer, all words of the code as the query"

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("text", stored=False, index_option="freq")
        self._folder = tempfile.TemporaryDirectory(prefix="whence-bm25-")
        self._index = tantivy.Index(builder.build(), path=self._folder.name)

    def build(self, documents: Sequence[PeerDocument]) -> int | None:
        writer = self._index.writer(heap_size=256_000_000, num_threads=2)
        for document in documents:
            writer.add_document(tantivy.Document(id=document.id, text=document.text))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()
        return sum(path.stat().st_size for path in Path(self._folder.name).iterdir())

    def find(self, code: str, language: str) -> str | None:  # noqa: ARG002
        words = " ".join(dict.fromkeys(word.lower() for word in WORD.findall(code)))
        hits = self._searcher.search(self._index.parse_query(words, ["text"]), 1).hits
        return str(self._searcher.doc(hits[0][1])["id"][0]) if hits else None

    def close(self) -> None:
        self._folder.cleanup()
