"""The brute-force engine: sets in memory, every document looked at. Reference and oracle for tests.

Nothing here is clever, on purpose. It keeps no file, so it needs no repair and no compaction.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from attribution.errors import IndexLockedError
from attribution.index.identity import blob_id
from attribution.index.interface import (
    Candidate,
    Checkpoint,
    Holding,
    Index,
    IndexWriter,
    Proposal,
    RemovalReport,
    WordHit,
    WordQuery,
)
from attribution.index.memory_document import Held, Sketcher, hold
from attribution.index.occurrences import (
    OptOutSet,
    belongs,
    by_count,
    in_order,
    key_of,
    owner_key,
    passes,
)
from attribution.index.scoring import Limits, choose, idf, position_bits, select
from attribution.index.wordsearch import TextQuery
from attribution.sketching.sketch import U32, U64, Sketch, SketchParams, sketch_batch
from attribution.types import (
    Document,
    IndexDescription,
    IndexSummary,
    NewFile,
    Occurrence,
    OptOut,
    Skip,
)

__all__ = ["MemoryIndex"]

TERMS = 20  # rarest words of a sketch that BM25 is asked with
K1, B = 1.2, 0.75  # BM25's usual constants


class MemoryIndex(Index):
    """An index that looks at every document, each time."""

    def __init__(
        self,
        params: SketchParams | None = None,
        name: str = "memory",
        *,
        limits: Limits | None = None,
        sketcher: Sketcher = sketch_batch,
    ) -> None:
        self.params = params or SketchParams()
        self._name = name
        self._limits = limits or Limits()
        self._sketcher = sketcher
        self._held: dict[str, Held] = {}
        self._opt_outs = OptOutSet()
        self._skips: list[Skip] = []
        self._checkpoints: dict[str, Checkpoint] = {}
        self._generation = 0
        self._date = _now()
        self._writing = False

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        held = sorted(self._held.values(), key=lambda h: h.document.id)
        raw_df = _counts(sketch.raw, [h.raw for h in held])
        renamed_df = _counts(sketch.renamed, [h.renamed for h in held])
        band_df = _counts(sketch.bands, [h.bands for h in held])
        raw_bits = position_bits(sketch.raw_positions, sketch.tokens)
        renamed_bits = position_bits(sketch.renamed_positions, sketch.tokens)
        raw_weights, renamed_weights = idf(raw_df, len(held)), idf(renamed_df, len(held))
        bm25 = self._bm25(sketch.words, held) if lexical else {}
        chosen = [
            select(df, self._limits.cap, self._limits.postings).tolist()
            for df in (raw_df, renamed_df, band_df)
        ]
        found: list[Candidate] = []
        for h in held:
            raw = renamed = minhash = 0.0
            coverage, shares = 0, False
            for i in chosen[0]:
                if int(sketch.raw[i]) in h.raw:
                    raw += raw_weights[i]
                    coverage |= int(raw_bits[i])
                    shares = True
            for i in chosen[1]:
                if int(sketch.renamed[i]) in h.renamed:
                    renamed += renamed_weights[i]
                    coverage |= int(renamed_bits[i])
                    shares = True
            if any(int(sketch.bands[i]) in h.bands for i in chosen[2]):
                minhash = float(np.mean(h.minhash == sketch.minhash))
                shares = True
            score = bm25.get(h.document.id, 0.0)
            if shares or score:
                found.append(
                    Candidate(h.document.id, float(raw), float(renamed), coverage, minhash, score)
                )
        best = choose(
            np.array([c.raw + c.renamed for c in found]),
            np.array([c.minhash for c in found]),
            np.array([c.lexical for c in found]),
            np.array([int(c.document[:16], 16) for c in found], np.uint64),
            limit,
        )
        words = [sum(word in h.words for h in held) for word in sketch.words]
        return Proposal(
            tuple(found[i] for i in best), raw_df, renamed_df, np.array(words, np.uint32)
        )

    def _bm25(self, words: Sequence[str], held: Sequence[Held]) -> dict[str, float]:
        """BM25 of each document for the rarest words (Robertson, Zaragoza 2009), once each."""
        df = {word: sum(word in h.words for h in held) for word in words}
        terms = sorted((word for word in words if df[word]), key=lambda word: df[word])[:TERMS]
        mean = sum(len(h.words) for h in held) / max(len(held), 1)
        scores: dict[str, float] = {}
        for h in held:
            norm = K1 * (1 - B + B * len(h.words) / max(mean, 1e-9))
            score = sum(
                math.log(1 + (len(held) - df[word] + 0.5) / (df[word] + 0.5))
                * (K1 + 1)
                / (1 + norm)
                for word in terms
                if word in h.words
            )
            if score:
                scores[h.document.id] = score
        return scores

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        return [self._held[d].document if d in self._held else None for d in documents]

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        if document not in self._held:
            return ()
        return in_order(self._held[document].occurrences.values())

    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        text = TextQuery(query)
        if query.repository is not None:
            owner_key(query.repository)  # refuses what names nothing
        found: list[WordHit] = []
        bm25 = self._bm25(text.terms, list(self._held.values()))
        for id_, h in sorted(self._held.items()):
            if stop is not None and stop():
                break
            if query.language and query.language.casefold() != h.document.language.casefold():
                continue
            occurrences = tuple(o for o in self.occurrences(id_) if passes(o, query))
            lines = text.lines(h.document.content) if occurrences else None
            if lines is not None:
                found.append(WordHit(h.document, occurrences, lines, bm25.get(id_, 0.0)))
        found.sort(key=lambda hit: -hit.score)
        return iter(found[:limit])

    def holdings(self, owner: str) -> Iterator[Holding]:
        wanted = owner_key(owner)
        held: dict[str, list[tuple[str, str]]] = {}  # document and licence of each occurrence
        for id_, h in self._held.items():
            for o in h.occurrences.values():
                if belongs(o.repository.casefold(), wanted):
                    held.setdefault(o.repository, []).append((id_, o.license.expression))
        return iter(
            [
                Holding(
                    repository,
                    len({id_ for id_, _ in places}),
                    len(places),
                    by_count(Counter(expression for _, expression in places)),
                )
                for repository, places in sorted(held.items())
            ]
        )

    def writer(self) -> IndexWriter:
        if self._writing:
            raise IndexLockedError("this index in memory has a writer already; close it first")
        self._writing = True
        return _MemoryWriter(self)

    def remove(self, opt_outs: Sequence[OptOut]) -> RemovalReport:
        if self._writing:
            raise IndexLockedError("this index in memory has a writer; close it first")
        self._opt_outs = self._opt_outs.with_more(opt_outs)
        taken = documents = content_bytes = 0
        for id_, h in list(self._held.items()):
            live = {
                key: o
                for key, o in h.occurrences.items()
                if not self._opt_outs.covers(o.repository)
            }
            taken += len(h.occurrences) - len(live)
            h.occurrences = live
            if not live:
                documents += 1
                content_bytes += len(h.document.content)
                del self._held[id_]
        self._advance()
        return RemovalReport(taken, documents, content_bytes)

    def readmit(self, opt_outs: Sequence[OptOut]) -> None:
        left = self._opt_outs.without(opt_outs)
        if left.opt_outs != self._opt_outs.opt_outs:
            self._checkpoints = {name: c.rewound() for name, c in self._checkpoints.items()}
        self._opt_outs = left
        self._advance()

    def compact(self) -> None:
        """Nothing to do: what is removed is gone."""

    def summary(self) -> IndexSummary:
        return IndexSummary(
            name=self._name,
            date=self._date,
            documents=len(self._held),
            occurrences=sum(len(h.occurrences) for h in self._held.values()),
            languages=len({h.document.language for h in self._held.values()}),
            opt_outs=len(self._opt_outs.opt_outs),
            version=f"memory-{self._generation}",
        )

    def describe(self) -> IndexDescription:
        held = self._held.values()
        occurrences = [o for h in held for o in h.occurrences.values()]
        return IndexDescription(
            summary=self.summary(),
            content_bytes=sum(len(h.document.content) for h in held),
            languages=dict(Counter(h.document.language for h in held)),
            licenses=dict(Counter(o.license.expression for o in occurrences)),
            repositories=len({o.repository for o in occurrences}),
            opt_outs=self._opt_outs.opt_outs,
            skipped=dict(Counter(skip.reason for skip in self._skips)),
            sizes={"contents": sum(len(h.document.content) for h in held)},
            sources=tuple(self._checkpoints),
            params=self.params.as_dict(),
        )

    def skips(self) -> Iterator[Skip]:
        return iter(tuple(self._skips))

    def verify(self) -> Iterator[str]:
        for id_, h in self._held.items():
            assert blob_id(h.document.content).hex() == id_
        yield "memory"

    def refresh(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is held that needs giving back."""

    def _advance(self) -> None:
        self._generation += 1
        self._date = _now()


class _MemoryWriter(IndexWriter):
    """Collects; `commit` puts it into the index."""

    def __init__(self, index: MemoryIndex) -> None:
        self._index = index
        self._files: list[NewFile] = []
        self._skips: list[Skip] = []
        self._open = True

    def add(self, files: Sequence[NewFile]) -> None:
        for file in files:
            repository, path = file.occurrence.repository, file.occurrence.path
            if self._index._opt_outs.covers(repository):
                self._skips.append(Skip(f"{repository}/{path}", "opted out", repository))
            else:
                self._files.append(file)

    def skip(self, skips: Iterable[Skip]) -> None:
        self._skips.extend(skips)

    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        index = self._index
        for file in self._files:
            id_ = blob_id(file.content).hex()
            if id_ not in index._held:
                document = Document(id_, file.language, file.content)
                index._held[id_] = hold(document, index._sketcher, index.params)
            index._held[id_].occurrences.setdefault(key_of(file.occurrence), file.occurrence)
        index._skips.extend(self._skips)
        index._checkpoints.update({c.source: c for c in checkpoints})
        index._advance()
        self._files, self._skips = [], []

    def checkpoints(self) -> dict[str, Checkpoint]:
        return dict(self._index._checkpoints)

    @property
    def pending_bytes(self) -> int:
        return sum(len(file.content) for file in self._files)

    def close(self) -> None:
        if self._open:
            self._index._writing = self._open = False


def _counts(wanted: U64, sets: Sequence[set[int]]) -> U32:
    return np.array([sum(int(w) in s for s in sets) for w in wanted], np.uint32)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
