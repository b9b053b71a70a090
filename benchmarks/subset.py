"""Part of a corpus as a corpus: its first parquet files, which are a random sample."""

from __future__ import annotations

import os
from dataclasses import replace

import pyarrow.parquet as pq

from benchmarks.corpus import Corpus

__all__ = ["first_parts"]


def first_parts(corpus: Corpus, count: int) -> Corpus:
    """The corpus of the first `count` parquet files, with the same held-out packages."""
    folder = corpus.folder / f"first-{count}"
    parquet = folder / "parquet"
    parquet.mkdir(parents=True, exist_ok=True)
    documents: set[str] = set()
    for part in corpus.parts[:count]:
        link = parquet / part.name
        if not link.exists():
            os.link(part, link)
        documents.update(pq.read_table(part, columns=["hexsha"])["hexsha"].to_pylist())
    indexed = tuple(file for file in corpus.indexed if file.document in documents)
    return replace(corpus, folder=folder, indexed=indexed)
