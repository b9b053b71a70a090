"""The table of peers: build rate, size, look-up times, recall@1 and false alarms."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
import pyarrow.parquet as pq

from benchmarks.corpus import PART_BYTES, Corpus, build_corpus
from benchmarks.metrics import quantile, rate
from benchmarks.peers.bm25 import Bm25
from benchmarks.peers.grep import FirstLine
from benchmarks.peers.interface import Peer, PeerDocument
from benchmarks.peers.minhash import FileMinHash, FunctionMinHash
from benchmarks.peers.whence import Whence, WhenceUnlabelled
from benchmarks.queries import KINDS, Query, build_queries
from benchmarks.report import Part, Table, percent
from benchmarks.subset import first_parts

__all__ = ["measure"]

SUBSET_MB = 30  # SCANOSS's winnowing and datasketch take seconds per MB in Python
ASKED_KINDS = ("verbatim", "reindented", "all renamed", "edited", "pasted")
QUESTIONS = 60  # functions per language


@dataclass(frozen=True, slots=True)
class Result:
    """The measurements of one peer."""

    build_seconds: float
    size: int | None  # bytes
    times: tuple[float, ...]  # ms, verbatim functions
    found: dict[str, float]  # recall@1 by kind
    alarms: float  # share of never-indexed verbatim functions that get an answer


def measure(size_mb: int) -> Part:
    """All peers on the first `SUBSET_MB` of the corpus."""
    corpus = first_parts(build_corpus(size_mb), max(1, SUBSET_MB * 1_000_000 // PART_BYTES))
    documents = documents_of(corpus)
    asked = [q for q in build_queries(corpus, QUESTIONS).queries if not q.length]
    asked = [q for q in asked if q.kind in ASKED_KINDS]
    makers: list[Callable[[], Peer]] = [
        lambda: Whence(corpus.parts),
        lambda: WhenceUnlabelled(corpus.parts),
    ]
    makers += [FileMinHash, FunctionMinHash, Bm25, FirstLine]
    notes = []
    try:
        from benchmarks.peers.winnowing import ScanossWinnowing
    except ImportError:
        notes.append(
            "SCANOSS's winnowing was left out; to install it, run "
            "`pip install -r benchmarks/requirements.txt`."
        )
    else:
        makers.append(ScanossWinnowing)
    rows = []
    for make in makers:
        peer = make()
        try:
            click.echo(f"peers: {peer.name}", err=True)
            rows.append(row(peer, run(peer, documents, asked), corpus.bytes))
            notes.append(f"* {peer.name}: {peer.note}.")
        finally:
            peer.close()
    columns = ("peer", "build MB/s", "size", "p50 ms", "p99 ms", *ASKED_KINDS, "answers to unseen")
    title = f"{corpus.bytes / 1e6:.0f} MB in {len(documents)} files, {len(asked)} questions"
    note = (
        "Recall@1 in per cent by kind of change; `answers to unseen`: functions of held-out "
        "packages for which a source was named; times are those of verbatim functions; "
        "size is a share of the corpus, on disk."
    )
    return Part("Peers", (), (Table(title, columns, tuple(rows), note),), ("\n".join(notes),))


def documents_of(corpus: Corpus) -> list[PeerDocument]:
    """The documents of the corpus, with their texts."""
    documents = []
    for part in corpus.parts:
        table = pq.read_table(part, columns=["hexsha", "lang", "content"])
        documents += [PeerDocument(*row.values()) for row in table.to_pylist()]
    return documents


def run(peer: Peer, documents: Sequence[PeerDocument], asked: Sequence[Query]) -> Result:
    """Build the peer and look up all queries."""
    started = time.perf_counter()
    size = peer.build(documents)
    built = time.perf_counter() - started
    peer.find(asked[0].code, asked[0].sample.language)
    times: list[float] = []
    right: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    alarms: list[bool] = []
    for query in asked:
        started = time.perf_counter()
        found = peer.find(query.code, query.sample.language)
        spent = 1e3 * (time.perf_counter() - started)
        if query.kind == "verbatim":
            times.append(spent)
        if query.sample.indexed:
            right[query.kind].append(found in query.holders)
        elif query.kind == "verbatim":
            alarms.append(found is not None)
    recalls = {kind: rate(outcomes) for kind, outcomes in right.items()}
    return Result(built, size, tuple(times), recalls, rate(alarms))


def row(peer: Peer, result: Result, corpus_bytes: int) -> tuple[str, ...]:
    """A peer's row of the table."""
    size = f"{result.size / corpus_bytes:.2f}" if result.size else "-"
    # No index, nothing built: the files were only copied.
    build_rate = "-" if result.size == 0 else f"{corpus_bytes / 1e6 / result.build_seconds:.1f}"
    return (
        peer.name,
        build_rate,
        size,
        f"{quantile(result.times, 0.5):.2f}",
        f"{quantile(result.times, 0.99):.2f}",
        *(percent(result.found[kind]) for kind in ASKED_KINDS),
        percent(result.alarms),
    )
