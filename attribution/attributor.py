"""`Attributor.attribute(snippet) -> Attribution`: the one function underneath every use.

snippet -> sketch -> candidates (the index proposes) -> aligned texts (common code verifies)
-> sources, ranked and clustered -> label. Nothing here knows which engine is behind the index.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from attribution.index.interface import Candidate, Index, Proposal
from attribution.lexing.encodings import Decoded, decode
from attribution.lexing.languages import languages_to_try, syntax_of
from attribution.lexing.lexer import lex
from attribution.matching.common_spans import common_spans
from attribution.matching.evidence import WeighedSnippet, weigh_snippet
from attribution.matching.rarity import WordRarities
from attribution.matching.seed_cache import SeedCache
from attribution.matching.verify import Verified, verify
from attribution.partial_index import UNKNOWN, Asking
from attribution.ranking import cluster, source_of
from attribution.sketching.sketch import Sketch, sketch_query
from attribution.types import Attribution, Label, Snippet, Source, Status
from attribution.verdict import COMMON_SHARE, REPORT_AT, common_count, label_of, reason_of

__all__ = ["Attributor", "AttributorSettings"]


@dataclass(frozen=True, slots=True)
class AttributorSettings:
    """Bounds of an answer."""

    max_sources: int = 10  # sources in an answer
    max_occurrences: int = 20  # occurrences listed per source; all are counted
    max_verified: int = 128  # documents aligned per snippet
    max_seconds: float = 20.0  # after which no further document is aligned
    max_bytes: int = 64 << 20  # longest snippet
    seed_bytes: int = 16 << 20  # kept of the documents that were aligned last
    min_confidence: float = REPORT_AT  # sources below are left out; a lower one shows weak leads


_LOOK = 4  # candidates aligned before it is asked whether more are worth it
_ALWAYS = 2  # candidates that are looked at in any case
# Candidates that share less of the snippet's fingerprints, by number and by share, were one in a
# hundred of the right answers and a third of those proposed for code that was never indexed.
_CHANCE, _CHANCE_SHARE = 3.0, 0.012
_CANDIDATES, _MOST_CANDIDATES = 64, 512  # asked of the index
_TOKENS_PER_CANDIDATE = 16  # of a long snippet
_LONG = 400  # tokens
_STRONG = 0.5  # share of the best candidate's score that makes one worth a look
_FRESH_BITS, _FRESH_SCORE = 3, 1.0  # 64ths of the snippet that none before shares; their score
_CLEAR, _SURE = 4.0, 12.0  # scores from which one new 64th is enough, and from which none is needed
_MATTERS = 0.3  # share of the best evidence below which the following candidates are chance
_WHOLE = 0.95  # containment from which the snippet is explained whole
_EQUAL = 0.8  # then: share of the best candidate's score from which one may be a copy too
_LEXICAL_LOOK = 2  # candidates by rare words, when fingerprints find nothing


class _Views:
    """The snippet's tokens under each syntax that a document asks for."""

    def __init__(self, code: bytes, sketch: Sketch, proposal: Proposal, index: Index) -> None:
        self._code = code
        self._params = index.params
        self._raw = (sketch.raw, proposal.raw_df)
        self._renamed = (sketch.renamed, proposal.renamed_df)
        documents = index.summary().documents
        self._words = WordRarities.of(sketch.words, proposal.word_df, documents)
        self._known: dict[int, WeighedSnippet] = {}

    def under(self, language: str | None) -> WeighedSnippet:
        family = syntax_of(language)
        if family not in self._known:
            tokens = lex(self._code, language)
            self._known[family] = weigh_snippet(
                self._code, tokens, self._params, self._raw, self._renamed, self._words
            )
        return self._known[family]


def _choose(
    candidates: Sequence[Candidate], top: float, prints: int
) -> tuple[list[Candidate], list[Candidate]]:
    """The candidates worth aligning: those that explain another part, and other strong ones.

    Args:
        candidates: best first.
        top: the best one's score.
        prints: fingerprints of the snippet.
    """
    fresh: list[Candidate] = []
    strong: list[Candidate] = []
    covered = 0
    for one in candidates:
        score = one.raw + one.renamed
        if score < _CHANCE and score < _CHANCE_SHARE * prints:
            continue
        new = (one.coverage & ~covered).bit_count()
        needed = _FRESH_BITS if score < _CLEAR else 1
        if len(fresh) < _ALWAYS or (new >= needed and score >= _FRESH_SCORE):
            fresh.append(one)
            covered |= one.coverage
        elif score >= min(_STRONG * top, _SURE):
            strong.append(one)
    return fresh, strong


class Attributor:
    """Attributes snippets to the sources that an index holds. Safe to share between threads."""

    def __init__(
        self,
        index: Index,
        settings: AttributorSettings | None = None,
        seeds: SeedCache | None = None,
    ) -> None:
        """
        Args:
            seeds: those of another one, to share them; else `seed_bytes` of its own.
        """
        self.index = index
        self.settings = settings or AttributorSettings()
        self.seeds = seeds or SeedCache(self.settings.seed_bytes)

    def attribute(self, snippet: Snippet) -> Attribution:
        """Find the sources of a snippet.

        Never raises for odd input: what cannot be judged is answered `not_checked`, with the
        reason.

        Raises:
            CorpusIndexError: the index is damaged or does not answer.
        """
        began = time.perf_counter()
        decoded = decode(snippet.code, self.settings.max_bytes)
        if decoded.problem is not None:
            return self._unchecked(snippet, decoded, decoded.problem, 0, began)
        languages = languages_to_try(snippet.language)
        sketch = sketch_query(decoded.code, languages, self.index.params)
        minimum = self.index.params.raw_guarantee
        if sketch.tokens < minimum:
            what = (
                "no code (only comments or white space)"
                if sketch.tokens == 0
                else (f"too short to judge: {sketch.tokens} tokens, the minimum is {minimum}")
            )
            return self._unchecked(snippet, decoded, what, sketch.tokens, began)
        asked = min(max(_CANDIDATES, sketch.tokens // _TOKENS_PER_CANDIDATE), _MOST_CANDIDATES)
        proposal = self.index.propose(sketch, limit=asked)
        views = _Views(decoded.code, sketch, proposal, self.index)
        limit = began + self.settings.max_seconds
        asking = Asking(self.index, proposal.incomplete)
        verified, bound = self._verify(proposal.candidates, sketch, views, asking, limit)
        if asked == _MOST_CANDIDATES == len(proposal.candidates):
            bound = bound or f"only the best {asked} documents were looked at: ask for less at once"
        looked = len(verified)
        if not proposal.candidates:
            # what shares its rare words is a last guess: asked of every doubtful snippet it found
            # 0.3 % more, for half of the time of a look-up
            lexical = self.index.propose(_words_only(sketch), limit=_LEXICAL_LOOK, lexical=True)
            asking.lacks(lexical.incomplete)
            words = [one for one in lexical.candidates if one.lexical > 0]
            verified = sorted(self._align(words, views, asking, limit), key=_rank)
            looked = len(words)
        if time.perf_counter() > limit:
            # whatever was under way then may have been left out
            bound = f"the time limit of {self.settings.max_seconds:g} s was reached"
        sources = self._sources(verified, decoded, asking)
        reason = asking.told() or bound
        least = self.settings.min_confidence
        hidden = sum(REPORT_AT <= one.confidence < least for one in verified)
        if hidden:
            reason = reason or (
                f"of the documents that match, {hidden} stayed below the confidence of {least:g} "
                "that was asked for"
            )
        first = views.under(languages[0])
        answer = self._judge(
            snippet, decoded, sources, sketch, proposal, first, reason, looked, began
        )
        if hidden and answer.label is Label.NONE:  # what was not to be told is not absent
            told = f"Nothing matches with the confidence of {least:g} that was asked for."
            answer = replace(answer, reason=told)
        elif asking.lacking is not None and answer.label is Label.NONE:
            answer = replace(answer, reason=UNKNOWN)
        return answer

    def _verify(
        self,
        candidates: Sequence[Candidate],
        sketch: Sketch,
        views: _Views,
        asking: Asking,
        limit: float,
    ) -> tuple[list[Verified], str | None]:
        """The candidates worth it, aligned, best first; and the bound on their number, if hit."""
        verified: list[Verified] = []
        if not candidates:
            return verified, None
        top = candidates[0].raw + candidates[0].renamed
        fresh, strong = _choose(candidates, top, len(sketch.raw) + len(sketch.renamed))
        bound = None
        if len(fresh) > self.settings.max_verified:
            bound = f"{len(fresh)} documents share parts, {self.settings.max_verified} were aligned"
        waiting = (fresh + strong)[: self.settings.max_verified]
        # in a long snippet each part may have a source of its own, so none may end the search
        parts = len(fresh) if sketch.tokens >= _LONG else 0
        # one document that shares far more than any other is mostly the answer, and the only one
        alone = all(one.raw + one.renamed < _EQUAL * top for one in waiting[1:2])
        look = 1 if alone else _LOOK
        while waiting and time.perf_counter() <= limit:
            batch, waiting, look = waiting[:look], waiting[look:], _LOOK
            found = self._align(batch, views, asking, limit)
            verified = sorted([*verified, *found], key=_rank)
            # go on while a look still brings documents that matter beside the best
            best = verified[0] if verified else None
            parts -= len(batch)
            if parts > 0:
                continue
            if best is None or best.confidence < self.settings.min_confidence:
                waiting = waiting[: max(_LOOK - len(verified), 0)]
            elif not any(_matters(one, best, sketch.tokens) for one in found):
                break
            elif best.containment >= _WHOLE:
                # the whole snippet is explained: only as good copies can add to that
                waiting = [one for one in waiting if one.raw + one.renamed >= _EQUAL * top]
        return verified, bound

    def _align(
        self, candidates: Sequence[Candidate], views: _Views, asking: Asking, limit: float
    ) -> list[Verified]:
        found = []
        for document in asking.fetch([one.document for one in candidates]):
            if document is None or time.perf_counter() > limit:
                continue
            one = verify(views.under(document.language), document, self.seeds)
            if one is not None:
                found.append(one)
        return found

    def _sources(
        self, verified: Sequence[Verified], decoded: Decoded, asking: Asking
    ) -> tuple[Source, ...]:
        reported = [one for one in verified if one.confidence >= self.settings.min_confidence]
        groups = cluster(reported)[: self.settings.max_sources]
        sources = (
            source_of(
                group, asking.occurrences, self.settings.max_occurrences, decoded.span_of_input
            )
            for group in groups
        )
        return tuple(source for source in sources if source is not None)

    def _judge(
        self,
        snippet: Snippet,
        decoded: Decoded,
        sources: tuple[Source, ...],
        sketch: Sketch,
        proposal: Proposal,
        seen: WeighedSnippet,
        reason: str | None,
        looked: int,
        began: float,
    ) -> Attribution:
        label = Label.NONE
        count: int | None = None
        if sources:
            label = label_of(sources[0].kind, sources[0].confidence)
        else:
            share, count = common_count(sketch, proposal, self.index.params.raw_k)
            if share >= COMMON_SHARE:
                label = Label.COMMON
            else:
                count = None
        return Attribution(
            status=Status.PARTIAL if reason else Status.CHECKED,
            status_reason=reason,
            label=label,
            reason=reason_of(label, sources, count),
            confidence=sources[0].confidence if sources else 0.0,
            snippet=snippet,
            lines=decoded.lines,
            tokens=len(seen.tokens),
            sources=sources,
            index=self.index.summary(),
            elapsed_ms=(time.perf_counter() - began) * 1e3,
            common_count=count,
            common=tuple(map(decoded.span_of_input, common_spans(seen))),
            candidates_proposed=len(proposal.candidates),
            candidates_verified=looked,
            warnings=decoded.warnings,
        )

    def _unchecked(
        self, snippet: Snippet, decoded: Decoded, reason: str, tokens: int, began: float
    ) -> Attribution:
        return Attribution(
            status=Status.NOT_CHECKED,
            status_reason=reason,
            label=None,
            reason=f"Not checked: {reason}.",
            confidence=0.0,
            snippet=snippet,
            lines=decoded.lines,
            tokens=tokens,
            sources=(),
            index=self.index.summary(),
            elapsed_ms=(time.perf_counter() - began) * 1e3,
            warnings=decoded.warnings,
        )


def _matters(one: Verified, best: Verified, tokens: int) -> bool:
    """Whether a document is worth telling beside the best one."""
    if tokens >= _LONG:
        return one.confidence >= REPORT_AT
    return one.evidence.total >= _MATTERS * best.evidence.total


def _words_only(sketch: Sketch) -> Sketch:
    """The sketch without the fingerprints that have been asked for already."""
    none, first = np.empty(0, np.uint64), np.empty(0, np.uint32)
    return replace(
        sketch, raw=none, raw_positions=first, renamed=none, renamed_positions=first, bands=none
    )


def _rank(one: Verified) -> tuple[float, float, str]:
    return -one.score, -one.containment, one.document.id
