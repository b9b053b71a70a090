"""The lexical index: the words of each document. The only file that imports tantivy.

    lexical-000003/    a tantivy index; per document the field "id" (u64, indexed and fast: the
                       first 8 bytes of the document's id) and the field "words" (its distinct
                       words, and parts of compound ones with "-" before them; cut at spaces)

One tantivy index serves all segments, since Python cannot merge two of them. It is committed before
the manifest is swapped. So it may hold documents that are dead or that the manifest does not know
(from a killed run), even twice; callers ignore those. tantivy merges its files on its own, so the
manifest has no digests of them; each file ends with a checksum, which `verify` compares.
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from attribution.errors import IndexDamagedError, StorageError
from attribution.index.embedded.storage import (
    Sink,
    damaged,
    guarded,
    link_file,
    read_ahead,
    storage_error,
    stored_bytes,
    sync_folder,
    unreadable,
)
from attribution.index.regular_expression import TermPattern
from attribution.index.scoring import rarest
from attribution.index.wordsearch import Lookup

__all__ = ["LexicalReader", "LexicalWriter", "join_words", "verify"]

_HEAP = 100_000_000  # bytes that tantivy may buffer before it writes
_PAGE = 256  # hits on the first page of a search; doubled with each page
_READ_AHEAD_BYTES = 16 << 20  # of a file: the dictionary of 2 GB of code
_KNOWN_WORDS = 1 << 18  # words whose frequency is cached, about 40 MB when full
_MAGIC = 1337  # of tantivy's file footers
_PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")  # files of each of its segments


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=False, indexed=True, fast=True)
    # Each word comes once per document, so neither counts nor positions are stored.
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    return builder.build()


class LexicalReader:
    """One committed state of the lexical index."""

    def __init__(self, folder: Path) -> None:
        """Open the newest committed state.

        Raises:
            FileNotFoundError: the folder was removed: read the manifest again.
            IndexDamagedError: tantivy cannot open it.
        """
        if not folder.is_dir():
            raise FileNotFoundError(folder)
        self._folder = folder
        for path in folder.glob("*.*"):
            # tantivy reads in small pieces; with read-ahead, a cold start takes half the time.
            read_ahead(path, _READ_AHEAD_BYTES)
        with _reading(folder), _lockable(folder) as lockable:
            index = tantivy.Index.open(str(lockable))
            # The default watches the files from a thread, but a snapshot must not move.
            index.config_reader("manual")
            index.reload()
            self._searcher = index.searcher()
            self._schema = index.schema
        # Every answer looks up the words of a snippet, and most of them are common.
        self._df = lru_cache(_KNOWN_WORDS)(partial(self._searcher.doc_freq, "words"))

    @property
    def documents(self) -> int:
        """Documents in it, known to the manifest or not."""
        return int(self._searcher.num_docs)

    def frequencies(self, words: Sequence[str]) -> NDArray[np.uint32]:
        """Documents per word."""
        with _reading(self._folder):  # once, since a large snippet has a million words
            return np.fromiter(map(self._df, words), np.uint32, len(words))

    def propose(self, words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """Ids (first 64 bits) and BM25 scores of the best for the rarest of the words."""
        terms = rarest(words, dict(zip(words, self.frequencies(words).tolist(), strict=True)))
        if not terms:
            return []
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, self._term(word)) for word in terms]
        )
        return self._hits(query, limit, 0)

    def search(self, lookup: Lookup) -> Iterator[tuple[int, float]]:
        """Ids and scores of all documents with a term of each group, best first."""
        required = [
            tantivy.Query.boolean_query(
                [(tantivy.Occur.Should, self._terms(pattern)) for pattern in group]
            )
            for group in lookup.required
        ]
        query = tantivy.Query.boolean_query(
            [
                *((tantivy.Occur.Must, group) for group in required),
                *((tantivy.Occur.Should, self._term(word)) for word in lookup.preferred),
            ]
        )
        offset, page = 0, _PAGE
        while hits := self._hits(query, page, offset):
            yield from hits
            offset, page = offset + len(hits), 2 * page

    def _terms(self, pattern: TermPattern) -> Any:
        """The documents with one of the terms that a pattern describes."""
        if not (pattern.before or pattern.after):
            return self._term(pattern.text)
        # The text has no special character; "-" is special only in brackets.
        regex = f"{'.*' * pattern.before}{pattern.text}{'.*' * pattern.after}"
        with _reading(self._folder):
            terms = tantivy.Query.regex_query(self._schema, "words", regex)
        return tantivy.Query.const_score_query(terms, 0.0)

    def _term(self, word: str) -> Any:
        return tantivy.Query.term_query(self._schema, "words", word, "basic")

    def _hits(self, query: Any, limit: int, offset: int) -> list[tuple[int, float]]:
        with _reading(self._folder):
            hits = self._searcher.search(query, limit=limit, offset=offset, count=False).hits
            heads: Any = self._searcher.fast_field_values("id", [address for _, address in hits])
        seen: dict[int, float] = {}
        if None in heads:
            raise damaged(self._folder, "a document in it has no id")
        for head, (score, _) in zip(heads, hits, strict=True):
            seen.setdefault(int(head), float(score))
        return list(seen.items())


class LexicalWriter:
    """Adds documents to the lexical index, and creates it when there is none."""

    def __init__(self, folder: Path, known_documents: int) -> None:
        """Open for writing; the caller holds the index's lock.

        Args:
            known_documents: documents in it at the last commit. If there are more, a run was
                killed between tantivy's commit and ours, and new documents may be in it already:
                then each document is replaced rather than added.
        """
        self._folder = folder
        with _translated(folder):
            with guarded(folder):
                folder.mkdir(exist_ok=True)
            self._index = tantivy.Index(_schema(), path=str(folder))
            self._replace = self._documents() != known_documents
            self._writer = self._index.writer(heap_size=_HEAP, num_threads=1)

    def add(self, documents: Iterable[tuple[int, str]]) -> None:
        """Add documents: the first 64 bits of their ids, and their words separated by one space."""
        with _translated(self._folder):
            for head, words in documents:
                if self._replace:
                    self._writer.delete_documents_by_term("id", head)
                document = tantivy.Document()
                document.add_unsigned("id", head)
                document.add_text("words", words)
                self._writer.add_document(document)

    def commit(self) -> int:
        """Make the added documents durable; returns the number of documents in the index."""
        with _translated(self._folder):
            self._writer.commit()
            # tantivy lets only the owner read its lists; readers of the folder need them too.
            for name in ("meta.json", ".managed.json"):
                (self._folder / name).chmod(0o644)
            return self._documents()

    def close(self) -> None:
        """Drop documents that were not committed, and end tantivy's threads."""
        with _translated(self._folder):
            self._writer.rollback()
            self._writer.wait_merging_threads()

    def _documents(self) -> int:
        self._index.config_reader("manual")
        self._index.reload()
        return int(self._index.searcher().num_docs)


def join_words(folder: Path, sources: Sequence[Path]) -> int:
    """Make a lexical index of several, by links to tantivy's files; returns its documents.

    The files of a segment of tantivy have the segment's random id as their name, and refer to no
    others; `meta.json` lists the segments.
    """
    with _translated(folder):
        with guarded(folder):
            folder.mkdir()
        segments: dict[str, Any] = {}
        metas = [_meta(source)[1] for source in sources]
        for source, meta in zip(sources, metas, strict=True):
            for segment in meta["segments"]:
                segments[segment["segment_id"]] = segment
                for path in source.glob(f"{_file_name(segment)}.*"):
                    if not (folder / path.name).exists():  # in a part that was merged before
                        link_file(path, folder / path.name, None)
        opstamp = max(meta["opstamp"] for meta in metas)
        joined = {**metas[0], "segments": list(segments.values()), "opstamp": opstamp}
        managed = sorted(path.name for path in folder.iterdir())
        lists = {"meta.json": joined, ".managed.json": [*managed, "meta.json"]}
        for name, content in lists.items():
            with Sink(folder / name) as sink:
                sink.write(json.dumps(content).encode())
                sink.close()
        sync_folder(folder)
    return LexicalReader(folder).documents


def _meta(folder: Path) -> tuple[bytes, dict[str, Any]]:
    """tantivy's list of segments, as it is stored and as it is read.

    Raises:
        IndexDamagedError: it cannot be read.
    """
    path = folder / "meta.json"
    try:
        stored = stored_bytes(path)
        meta: dict[str, Any] = json.loads(stored)
        for segment in meta["segments"]:
            _file_name(segment)
        meta["opstamp"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise damaged(path, "it cannot be read") from exc
    return stored, meta


def _file_name(segment: dict[str, Any]) -> str:
    name: str = segment["segment_id"].replace("-", "")
    return name


def verify(folder: Path) -> None:
    """Compare each of tantivy's files with the checksum at its end.

    Raises:
        IndexDamagedError: one differs, is truncated or missing.
    """
    while True:
        listed, meta = _meta(folder)
        names = map(_file_name, meta["segments"])
        try:
            for name in names:
                parts = {folder / f"{name}.{part}" for part in _PARTS}
                for path in parts | set(folder.glob(f"{name}.*")):
                    _verify_file(path)
        except IndexDamagedError:
            if _meta(folder)[0] == listed:
                raise
            continue  # a writer has merged files meanwhile: check the new ones
        return


def _verify_file(path: Path) -> None:
    try:
        data = stored_bytes(path)
    except FileNotFoundError as exc:
        raise damaged(path, "it is missing") from exc
    size = int.from_bytes(data[-8:-4], "little")
    try:
        if int.from_bytes(data[-4:], "little") != _MAGIC:
            raise ValueError("magic")
        body = memoryview(data)[: len(data) - 8 - size]
        expected = json.loads(data[len(body) : len(data) - 8])["crc"]
    except (ValueError, KeyError, TypeError) as exc:
        raise damaged(path, "it has no checksum at its end") from exc
    if zlib.crc32(body) != expected:
        raise damaged(path, "its bytes differ from its checksum")


@contextmanager
def _lockable(folder: Path) -> Iterator[Path]:
    """The folder, or a writable one with links to its files: tantivy insists on a lock file."""
    if os.access(folder, os.W_OK):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="whence-") as links:
        for path in folder.glob("*.*"):
            if path.suffix != ".lock":
                (Path(links) / path.name).symlink_to(path.resolve())
        yield Path(links)


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Turn errors of tantivy into ours: a damaged file can be a ValueError, or a panic."""
    try:
        yield
    except (ValueError, OSError) as exc:
        raise _error(folder, exc) from exc
    except BaseException as exc:
        # pyo3 raises a Rust panic as a BaseException of a class that cannot be imported.
        if type(exc).__name__ != "PanicException":
            raise
        raise _error(folder, exc) from exc


def _error(folder: Path, exc: BaseException) -> IndexDamagedError | StorageError:
    """The error for files that tantivy cannot read: permissions, or damage."""
    for path in (folder, *sorted(folder.glob("*.*"))):
        if path.suffix == ".lock":
            continue
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        except PermissionError:
            return unreadable(path)
        except OSError:
            continue
    return damaged(folder, str(exc))


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Turn errors of tantivy's writer into ours: a full disk, a lost worker or a broken file."""
    try:
        yield
    except (ValueError, OSError) as exc:
        if "orrupt" in str(exc):
            raise IndexDamagedError(f"{folder} is damaged: {exc}") from exc
        raise storage_error(folder, str(exc)) from exc
