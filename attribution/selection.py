"""Which of the proposed documents are worth aligning with the snippet, and when to stop.

An index proposes up to some hundred candidates; aligning a text takes longer than proposing ten.
So the candidates that explain another part of the snippet come first, then other strong ones, a
few at a time, until a batch brings nothing that matters beside the best match. The constants were
chosen on the held-out packages of `benchmarks/quality.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from attribution.coverage import Readings
from attribution.deadline import Deadline
from attribution.index.interface import Candidate, Proposal
from attribution.lexing.languages import syntax_of
from attribution.lexing.lexer import Tokens, lex
from attribution.matching.evidence import WeighedSnippet, weigh_snippet
from attribution.matching.rarity import WordRarities
from attribution.matching.redaction import is_redacted, restored
from attribution.matching.seed_cache import SeedCache
from attribution.matching.verify import Verified, verify
from attribution.partial_index import PartialIndex
from attribution.settings import AttributorSettings
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.types import Document
from attribution.verdict import REPORT_AT

__all__ = [
    "LONG",
    "Aligner",
    "Selection",
    "SnippetBySyntax",
    "aligned_first",
    "best_first",
    "candidate_limit",
    "select",
]

_CANDIDATES, _MOST_CANDIDATES = 64, 512  # asked of the index
_TOKENS_PER_CANDIDATE = 16  # of a long snippet
LONG = 400  # tokens from which a snippet may have several sources
# Candidates that share less of the snippet's fingerprints, by number and by share, were one in a
# hundred of the right answers and a third of those proposed for code that was never indexed.
_CHANCE, _CHANCE_SHARE = 3.0, 0.012
_ALWAYS = 2  # candidates that are aligned in any case
_BATCH = 4  # candidates aligned before deciding whether more are worth it
_STRONG = 0.5  # share of the best candidate's score from which another is strong
_NEW_BITS, _NEW_SCORE = 3, 1.0  # 64ths of the snippet that no earlier one shares; their score
_CLEAR, _SURE = 4.0, 12.0  # scores from which one new 64th is enough, and from which none is needed
_MATTERS = 0.3  # share of the best evidence below which the following candidates are chance
_WHOLE = 0.95  # containment from which the whole snippet is explained
_EQUAL = 0.8  # then: share of the best candidate's score from which one may be a copy too


class SnippetBySyntax:
    """The snippet's weighed tokens under each syntax that a document needs, computed once."""

    def __init__(
        self,
        readings: Readings,
        sketch: Sketch,
        proposal: Proposal,
        params: SketchParams,
        documents: int,
    ) -> None:
        """
        Args:
            readings: of the snippet.
            documents: in the index.
        """
        self._readings = readings
        self._redacted = is_redacted(readings.code)
        self._params = params
        self._raw = (sketch.raw, proposal.raw_df)
        self._renamed = (sketch.renamed, proposal.renamed_df)
        self._of_words = (sketch.words, proposal.word_df, documents)
        self._words: WordRarities | None = None  # until a document is aligned
        self._known: dict[int, WeighedSnippet] = {}

    def under(self, language: str | None) -> WeighedSnippet:
        """The snippet lexed as a language."""
        syntax = syntax_of(language)
        if syntax not in self._known:
            tokens = self._readings.under(language)
            self._known[syntax] = self._weigh(self._readings.code, tokens)
        return self._known[syntax]

    def verify(self, document: Document, seeds: SeedCache) -> Verified | None:
        """Align the snippet with a document; placeholders match what they stand for."""
        code, text = self._readings.code, document.text
        ours = restored(code, text) if self._redacted else None
        theirs = restored(text, ours.text if ours else code)
        as_they_are = verify(self.under(document.language), document, seeds)
        if ours is None and theirs is None:
            return as_they_are
        code, unsure = (ours.text, ours.originals) if ours else (code, [])
        if theirs:
            text, unsure = theirs.text, [*unsure, *theirs.other_originals]
        weighed = self._weigh(code, lex(code, document.language)).without(unsure)
        same = verify(weighed, replace(document, content=text), SeedCache(0))
        if same is None:
            return as_they_are
        return same.before_restoring(document, ours, theirs).as_sure_as(as_they_are)

    def _weigh(self, code: bytes, tokens: Tokens) -> WeighedSnippet:
        if self._words is None:
            self._words = WordRarities.of(*self._of_words)
        return weigh_snippet(code, tokens, self._params, self._raw, self._renamed, self._words)


@dataclass(frozen=True, slots=True)
class Aligner:
    """Aligns candidates with one snippet."""

    index: PartialIndex
    snippet: SnippetBySyntax
    seeds: SeedCache
    deadline: Deadline  # after which nothing more is aligned

    def align(self, candidates: Sequence[Candidate]) -> list[Verified]:
        """The candidates whose texts match, in the order given."""
        verified = []
        ids = [candidate.document for candidate in candidates]
        for document in self.seeds.documents(ids, self.index.fetch):
            if document is None or self.deadline():
                continue
            match = self.snippet.verify(document, self.seeds)
            if match is not None:
                verified.append(match)
        return verified


@dataclass(slots=True)
class Selection:
    """The documents that were aligned."""

    verified: list[Verified] = field(default_factory=list)  # best first
    limit: str | None = None  # the limit on their number, when it was reached
    more: bool = False  # whether further documents may match as well as the last ones

    def reported(self, confidence: float) -> list[Verified]:
        """Those of at least that confidence, best first."""
        return [match for match in self.verified if match.confidence >= confidence]

    def add(self, verified: Sequence[Verified]) -> None:
        """Add documents in their rank."""
        self.verified = best_first([*self.verified, *verified])


def best_first(verified: Iterable[Verified]) -> list[Verified]:
    """Documents in their rank."""
    return sorted(verified, key=lambda match: (-match.score, -match.containment, match.document.id))


def candidate_limit(tokens: int) -> int:
    """How many candidates to request for a snippet of that many tokens."""
    return min(max(_CANDIDATES, tokens // _TOKENS_PER_CANDIDATE), _MOST_CANDIDATES)


def select(
    candidates: Sequence[Candidate], sketch: Sketch, aligner: Aligner, settings: AttributorSettings
) -> Selection:
    """Align the candidates that are worth it.

    Args:
        candidates: best first, at most `candidate_limit` of them.
        sketch: of the snippet.
        aligner: of the snippet.
        settings: how many to align, and the confidence that a reported source needs.
    """
    selection = Selection()
    if not candidates:
        return selection
    new, strong = _worth_aligning(candidates, sketch)
    most = settings.max_verified
    if len(new) > most:
        selection.limit = f"{len(new)} documents share parts of it, {most} were compared"
    waiting = (new + strong)[:most]
    top = _score(candidates[0])
    # in a long snippet each part may have a source of its own, so none may end the search
    parts = len(new) if sketch.tokens >= LONG else 0
    size = _first_batch(waiting, top)
    while waiting and not aligner.deadline():
        batch, waiting, size = waiting[:size], waiting[size:], _BATCH
        matches = aligner.align(batch)
        selection.add(matches)
        parts -= len(batch)
        if parts > 0:
            continue
        best = selection.verified[0] if selection.verified else None
        if best is None or best.confidence < settings.min_confidence:
            waiting = waiting[: max(_BATCH - len(selection.verified), 0)]
        elif not any(_matters(match, best, sketch.tokens) for match in matches):
            break
        elif best.containment >= _WHOLE:
            # the whole snippet is explained: only equally good copies can add to that
            waiting = [candidate for candidate in waiting if _score(candidate) >= _EQUAL * top]
    if len(candidates) >= candidate_limit(sketch.tokens):
        reported = {match.document.id for match in selection.reported(settings.min_confidence)}
        selection.more = candidates[-1].document in reported
    return selection


def aligned_first(candidates: Sequence[Candidate], sketch: Sketch) -> list[Candidate]:
    """The candidates that `select` aligns in any case. Arguments as for `select`."""
    if not candidates:
        return []
    new, strong = _worth_aligning(candidates, sketch)
    return (new + strong)[: _first_batch(new + strong, _score(candidates[0]))]


def _first_batch(waiting: Sequence[Candidate], top: float) -> int:
    """How many of the waiting candidates to align first.

    One document that shares far more than any other is usually the answer, and the only one.
    """
    alone = all(_score(candidate) < _EQUAL * top for candidate in waiting[1:2])
    return 1 if alone else _BATCH


def _worth_aligning(
    candidates: Sequence[Candidate], sketch: Sketch
) -> tuple[list[Candidate], list[Candidate]]:
    """The candidates that explain another part of the snippet, and other strong ones."""
    fingerprints = len(sketch.raw) + len(sketch.renamed)
    new: list[Candidate] = []
    strong: list[Candidate] = []
    covered = 0
    top = _score(candidates[0])
    for candidate in candidates:
        score = _score(candidate)
        if score < _CHANCE and score < _CHANCE_SHARE * fingerprints:
            continue
        bits = (candidate.coverage & ~covered).bit_count()
        needed = _NEW_BITS if score < _CLEAR else 1
        if len(new) < _ALWAYS or (bits >= needed and score >= _NEW_SCORE):
            new.append(candidate)
            covered |= candidate.coverage
        elif score >= min(_STRONG * top, _SURE):
            strong.append(candidate)
    return new, strong


def _score(candidate: Candidate) -> float:
    return candidate.raw + candidate.renamed


def _matters(match: Verified, best: Verified, tokens: int) -> bool:
    """Whether a document is worth reporting beside the best one."""
    if tokens >= LONG:
        return match.confidence >= REPORT_AT
    return match.evidence.total >= _MATTERS * best.evidence.total
