"""The brute-force engine: sets in memory, every document examined. The oracle for the tests.

Deliberately simple. It keeps no file, so it needs no repair and no compaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

import numpy as np

from attribution.errors import IndexLockedError
from attribution.index.checkpoints import source_names
from attribution.index.identity import blob_id, now
from attribution.index.interface import (
    Candidate,
    Checkpoint,
    IndexAdmin,
    IndexWriter,
    Membership,
    Proposal,
    RemovalPreview,
    RemovalReport,
    WordHit,
    WordQuery,
)
from attribution.index.occurrences import (
    OptOutSet,
    belongs,
    by_count,
    in_order,
    is_in_language,
    key_of,
    owner_key,
    passes,
)
from attribution.index.scoring import (
    BM25_B,
    BM25_K1,
    Limits,
    best_candidates,
    bm25_weight,
    idf,
    position_bits,
    rarest,
    select,
)
from attribution.index.wordsearch import Lookup, TextQuery
from attribution.repository_names import nearest_names
from attribution.sketching.sketch import U32, U64, Sketch, SketchParams
from attribution.sketching.sketcher import sketch_batch
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

NO_BAND = 2**64 - 1


@dataclass(slots=True)
class _Stored:
    """A document with its sketch as sets, and its live occurrences by key."""

    document: Document
    raw: set[int]
    renamed: set[int]
    bands: set[int]
    minhash: U32
    words: set[str]
    occurrences: dict[int, Occurrence] = field(default_factory=dict)


def _stored(document: Document, params: SketchParams) -> _Stored:
    batch = sketch_batch([document.content], [document.language], params)
    return _Stored(
        document,
        raw=set(batch.raw.tolist()),
        renamed=set(batch.renamed.tolist()),
        bands=set(batch.bands[0].tolist()) - {NO_BAND},
        minhash=batch.minhash[0],
        words=set(batch.words.decode("utf-8", "replace").split(" ")) - {""},
    )


class MemoryIndex(IndexAdmin):
    """An index that examines every document for each query."""

    def __init__(
        self,
        params: SketchParams | None = None,
        name: str = "memory",
        *,
        limits: Limits | None = None,
    ) -> None:
        self.params = params or SketchParams()
        self._name = name
        self._limits = limits or Limits()
        self._documents: dict[str, _Stored] = {}
        self._opt_outs = OptOutSet()
        self._skips: list[Skip] = []
        self._checkpoints: dict[str, Checkpoint] = {}
        self._generation = 0
        self._date = now()
        self._writing = False

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        documents = sorted(self._documents.values(), key=lambda d: d.document.id)
        raw_df = _counts(sketch.raw, [d.raw for d in documents])
        renamed_df = _counts(sketch.renamed, [d.renamed for d in documents])
        band_df = _counts(sketch.bands, [d.bands for d in documents])
        bm25 = self._bm25(sketch.words, documents) if lexical else {}

        raws = self._proposing(sketch.raw, sketch.raw_positions, sketch.tokens, raw_df)
        renameds = self._proposing(
            sketch.renamed, sketch.renamed_positions, sketch.tokens, renamed_df
        )
        bands = sketch.bands[select(band_df, self._limits.cap, self._limits.postings)].tolist()
        candidates: list[Candidate] = []
        for d in documents:
            raw, covered = _evidence(raws, d.raw)
            renamed, more = _evidence(renameds, d.renamed)
            near = not d.bands.isdisjoint(bands)
            minhash = float(np.mean(d.minhash == sketch.minhash)) if near else 0.0
            score = bm25.get(d.document.id, 0.0)
            if covered or more or near or score:
                candidates.append(
                    Candidate(d.document.id, raw, renamed, covered | more, minhash, score)
                )
        words = [sum(word in d.words for d in documents) for word in sketch.words]
        return Proposal(
            best_candidates(candidates, limit), raw_df, renamed_df, np.array(words, np.uint32)
        )

    def _proposing(
        self, fingerprints: U64, positions: U32, tokens: int, df: U32
    ) -> list[tuple[int, float, int]]:
        """The fingerprints that may propose, each with its worth and its bit of the snippet."""
        chosen = select(df, self._limits.cap, self._limits.postings)
        worth = idf(df, len(self._documents))[chosen]
        bits = position_bits(positions, tokens)[chosen]
        return list(zip(fingerprints[chosen].tolist(), worth.tolist(), bits.tolist(), strict=True))

    def _bm25(self, words: Sequence[str], documents: Sequence[_Stored]) -> dict[str, float]:
        """BM25 of each document for the rarest words (Robertson, Zaragoza 2009), once each."""
        df = {word: sum(word in d.words for d in documents) for word in words}
        mean = sum(len(d.words) for d in documents) / max(len(documents), 1)
        scores: dict[str, float] = {}
        for d in documents:
            norm = BM25_K1 * (1 - BM25_B + BM25_B * len(d.words) / max(mean, 1e-9))
            score = sum(
                bm25_weight(df[word], len(documents)) / (1 + norm)
                for word in rarest(words, df, self._limits.postings)
                if word in d.words
            )
            if score:
                scores[d.document.id] = score
        return scores

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        return [self._documents[d].document if d in self._documents else None for d in documents]

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        if document not in self._documents:
            return ()
        return in_order(self._documents[document].occurrences.values())

    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        text = TextQuery(query)
        if query.repository is not None:
            owner_key(query.repository)  # refuses an empty name
        documents = self._documents.values()
        bm25 = self._bm25(_exact_terms(text.lookups[0]), list(documents))
        hits: list[WordHit] = []
        for id_, d in sorted(self._documents.items()):
            if stop is not None and stop():
                break
            occurrences = tuple(o for o in self.occurrences(id_) if passes(o, query))
            if not occurrences or not is_in_language(d.document.language, query):
                continue
            score = bm25.get(id_, 0.0)
            lines = text.lines(d.document.text)
            if lines is None and text.lookups[-1].parts:
                score = -1.0 + any(term in d.words for term in text.lookups[-1].preferred) / 2
                lines = text.lines(d.document.text, parts=True)
            if lines is not None:
                hits.append(WordHit(d.document, occurrences, lines, score))
        hits.sort(key=lambda hit: -hit.score)
        return iter([replace(hit, score=max(hit.score, 0.0)) for hit in hits[:limit]])

    def membership(self, owner: str) -> Iterator[Membership]:
        wanted = owner_key(owner)
        rows: dict[str, list[tuple[str, str]]] = {}  # document and licence of each occurrence
        for id_, d in self._documents.items():
            for o in d.occurrences.values():
                if belongs(o.repository, wanted):
                    rows.setdefault(o.repository, []).append((id_, o.license.expression))
        members = []
        for repository, pairs in sorted(rows.items()):
            ids, expressions = zip(*pairs, strict=True)
            licenses = by_count(Counter(expressions))
            members.append(Membership(repository, len(set(ids)), len(ids), licenses))
        return iter(members)

    def similar_names(self, name: str) -> list[str]:
        occurrences = (o for d in self._documents.values() for o in d.occurrences.values())
        return nearest_names(name, sorted({o.repository for o in occurrences}))

    def preview_removal(self, opt_outs: Sequence[OptOut], *, limit: int = 100) -> RemovalPreview:
        covers = OptOutSet(opt_outs).covers
        taken = {
            id_: [covers(o.repository) for o in d.occurrences.values()]
            for id_, d in sorted(self._documents.items())
        }
        staying = [id_ for id_, covered in taken.items() if any(covered) and not all(covered)]
        return RemovalPreview(
            sum(map(sum, taken.values())),
            sum(map(any, taken.values())),
            len(staying),
            tuple(staying[:limit]),
        )

    def writer(self) -> IndexWriter:
        self._refuse_second_writer()
        self._writing = True
        return _MemoryWriter(self)

    def remove(self, opt_outs: Sequence[OptOut]) -> RemovalReport:
        self._refuse_second_writer()
        self._opt_outs = self._opt_outs.with_more(opt_outs)
        removed = documents = content_bytes = 0
        for id_, d in list(self._documents.items()):
            live = {
                k: o for k, o in d.occurrences.items() if not self._opt_outs.covers(o.repository)
            }
            removed += len(d.occurrences) - len(live)
            d.occurrences = live
            if not live:
                documents += 1
                content_bytes += len(d.document.content)
                del self._documents[id_]
        self._advance()
        return RemovalReport(removed, documents, content_bytes)

    def lift_opt_out(self, opt_outs: Sequence[OptOut]) -> None:
        left = self._opt_outs.without(opt_outs)
        if left.opt_outs != self._opt_outs.opt_outs:
            self._checkpoints = {name: c.rewound() for name, c in self._checkpoints.items()}
        self._opt_outs = left
        self._advance()

    def compact(self) -> None:
        """Does nothing: removed documents are gone at once."""

    def summary(self) -> IndexSummary:
        return IndexSummary(
            name=self._name,
            date=self._date,
            documents=len(self._documents),
            occurrences=sum(len(d.occurrences) for d in self._documents.values()),
            languages=len({d.document.language for d in self._documents.values()}),
            opt_outs=len(self._opt_outs.opt_outs),
            version=f"memory-{self._generation}",
        )

    def describe(self) -> IndexDescription:
        documents = self._documents.values()
        occurrences = [o for d in documents for o in d.occurrences.values()]
        content_bytes = sum(len(d.document.content) for d in documents)
        return IndexDescription(
            summary=self.summary(),
            content_bytes=content_bytes,
            languages=dict(Counter(d.document.language for d in documents)),
            licenses=dict(Counter(o.license.expression for o in occurrences)),
            repositories=len({o.repository for o in occurrences}),
            opt_outs=self._opt_outs.opt_outs,
            skipped=dict(Counter(skip.reason for skip in self._skips)),
            sizes={"contents": content_bytes},
            sources=source_names(self._checkpoints),
            params=self.params.as_dict(),
        )

    def skips(self) -> Iterator[Skip]:
        return iter(tuple(self._skips))

    def verify(self) -> Iterator[str]:
        for id_, d in self._documents.items():
            assert blob_id(d.document.content).hex() == id_
        yield "memory"

    def refresh(self) -> bool:
        return False

    def close(self) -> None:
        """Does nothing: there is nothing to release."""

    def _refuse_second_writer(self) -> None:
        if self._writing:
            raise IndexLockedError("this index in memory has a writer already; close it first")

    def _advance(self) -> None:
        self._generation += 1
        self._date = now()


class _MemoryWriter(IndexWriter):
    """Collects files; `commit` puts them into the index."""

    def __init__(self, index: MemoryIndex) -> None:
        self._index = index
        self._files: list[NewFile] = []
        self._skips: list[Skip] = []
        self._open = True

    def add(self, files: Sequence[NewFile]) -> None:
        allowed, skips = self._index._opt_outs.split(files)
        self._files.extend(allowed)
        self._skips.extend(skips)

    def skip(self, skips: Iterable[Skip]) -> None:
        self._skips.extend(skips)

    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        index = self._index
        for file in self._files:
            id_ = blob_id(file.content).hex()
            if id_ not in index._documents:
                document = Document(id_, file.language, file.content)
                index._documents[id_] = _stored(document, index.params)
            index._documents[id_].occurrences.setdefault(key_of(file.occurrence), file.occurrence)
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


def _exact_terms(lookup: Lookup) -> list[str]:
    """The terms that give a document its score."""
    return [group[0].text for group in lookup.required if not (group[0].before or group[0].after)]


def _evidence(proposing: list[tuple[int, float, int]], of: set[int]) -> tuple[float, int]:
    """Worth and coverage of the fingerprints that a document has."""
    shared = [(worth, bit) for fingerprint, worth, bit in proposing if fingerprint in of]
    return sum((worth for worth, _ in shared), 0.0), reduce(or_, (bit for _, bit in shared), 0)


def _counts(wanted: U64, sets: Sequence[set[int]]) -> U32:
    return np.array([sum(int(w) in s for s in sets) for w in wanted], np.uint32)
