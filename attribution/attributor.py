"""`Attributor.attribute(snippet) -> Attribution`: the one function underneath every use.

    snippet
    -> sketch       fingerprints and rare words of its tokens       attribution.sketching
    -> candidates   documents that share some, proposed by index    attribution.index
    -> matches      the best candidates' texts, aligned             attribution.selection, matching
    -> sources      near-equal documents together, best first       attribution.ranking
    -> verdict      label, confidence and a sentence that says why  attribution.verdict

Engines only propose; everything after that is common code, so they cannot differ in what they
call a match.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attribution.errors import WhenceError
from attribution.index.interface import Index
from attribution.internal_errors import log_internal_error
from attribution.lexing.encodings import Decoded, decode
from attribution.lexing.languages import languages_to_try
from attribution.licensing.recognition import license_of_text
from attribution.matching.common_spans import common_spans
from attribution.matching.seed_cache import SeedCache
from attribution.matching.verify import Verified
from attribution.partial_index import UNKNOWN, PartialIndex
from attribution.ranking import leads_of, sources_of
from attribution.selection import Aligner, Selection, SnippetBySyntax, candidate_limit, select
from attribution.settings import AttributorSettings
from attribution.sketching.sketch import Sketch, sketch_query
from attribution.types import Attribution, Label, Snippet, Source, Status
from attribution.verdict import REPORT_AT, common_count, label_of, not_judged, reason_of

__all__ = ["Attributor"]

_LEXICAL_CANDIDATES = 2  # by rare words, when fingerprints find nothing


class Attributor:
    """Attributes snippets to the sources in an index. Safe to share between threads."""

    def __init__(
        self,
        index: Index,
        settings: AttributorSettings | None = None,
        seeds: SeedCache | None = None,
    ) -> None:
        """
        Args:
            seeds: another attributor's, to share them; None makes a cache of `seed_bytes`.
        """
        self.index = index
        self.settings = settings or AttributorSettings()
        self.seeds = seeds or SeedCache(self.settings.seed_bytes)

    def attribute(self, snippet: Snippet) -> Attribution:
        """Find the sources of a snippet.

        Never raises for odd input: what cannot be judged, also because of an internal error, is
        answered `not_checked`, with the reason.

        Raises:
            CorpusIndexError: the index is damaged or does not answer.
        """
        try:
            return self._attribute(snippet)
        except WhenceError:
            raise
        except Exception as error:
            return Attribution.not_checked(snippet, log_internal_error(error), self.index.summary())

    def _attribute(self, snippet: Snippet) -> Attribution:
        started = time.perf_counter()
        summary, params = self.index.summary(), self.index.params

        def not_checked(why: str, tokens: int) -> Attribution:
            return Attribution.not_checked(
                snippet, why, summary, lines=decoded.lines, tokens=tokens,
                elapsed_ms=_milliseconds_since(started), warnings=decoded.warnings,
            )  # fmt: skip

        decoded = decode(snippet.code, self.settings.max_bytes)
        if decoded.problem is not None:
            return not_checked(decoded.problem, 0)
        if (license_ := license_of_text(decoded.code)) is not None:
            return Attribution.license_text(
                snippet, license_, summary, lines=decoded.lines,
                elapsed_ms=_milliseconds_since(started), warnings=decoded.warnings,
            )  # fmt: skip
        languages = languages_to_try(snippet.language)
        sketch = sketch_query(decoded.code, languages, params)
        if (problem := not_judged(sketch.tokens, params, summary)) is not None:
            return not_checked(problem, sketch.tokens)

        index = PartialIndex(self.index)
        proposal = index.propose(sketch, limit=candidate_limit(sketch.tokens))
        by_syntax = SnippetBySyntax(decoded.code, sketch, proposal, params, summary.documents)
        aligner = Aligner(index, by_syntax, self.seeds, started + self.settings.max_seconds)
        selection = select(proposal.candidates, sketch, aligner, self.settings)
        verified = len(selection.verified)
        if not proposal.candidates:
            verified = self._try_rare_words(sketch, index, aligner, selection)
        limit = self._limit_reached(selection, aligner)

        sources = self._sources(selection.verified, decoded, index)
        count = None if sources else common_count(sketch, proposal, params.raw_k)
        label = Label.NONE if count is None else Label.COMMON
        if sources:
            label = label_of(sources[0].kind, sources[0].confidence)
        reason = reason_of(label, sources, count)
        partial = index.reason() or limit
        least = self.settings.min_confidence
        if hidden := sum(REPORT_AT <= match.confidence < least for match in selection.verified):
            partial = partial or f"confidence below {least:g} in {hidden} of the matching documents"
        if label is Label.NONE:  # a match that is not shown must not look like none
            if hidden:
                reason = f"Nothing matches with the requested confidence of {least:g}."
            elif index.failure is not None:
                reason = UNKNOWN

        weighed = by_syntax.under(languages[0])
        common = tuple(map(decoded.span_of_input, common_spans(weighed)))
        explained = [match.snippet for source in sources for match in source.matches]
        leads = leads_of(
            selection.verified, index.occurrences, decoded.span_of_input, [*explained, *common],
            params.raw_guarantee,
        )  # fmt: skip
        return Attribution(
            status=Status.PARTIAL if partial else Status.CHECKED,
            status_reason=partial,
            label=label,
            reason=reason,
            confidence=sources[0].confidence if sources else 0.0,
            snippet=snippet,
            lines=decoded.lines,
            tokens=len(weighed.tokens),
            sources=sources,
            index=summary,
            elapsed_ms=_milliseconds_since(started),
            common_count=count,
            common=common,
            leads=leads,
            candidates_proposed=len(proposal.candidates),
            candidates_verified=verified,
            warnings=decoded.warnings,
        )

    def _try_rare_words(
        self, sketch: Sketch, index: PartialIndex, aligner: Aligner, selection: Selection
    ) -> int:
        """Align documents that share the snippet's rare words; returns how many there were.

        Only for a snippet that shares no fingerprint. Doing it for every doubtful one found 0.3 %
        more and doubled the time of a look-up.
        """
        proposal = index.propose(_words_only(sketch), limit=_LEXICAL_CANDIDATES, lexical=True)
        candidates = [candidate for candidate in proposal.candidates if candidate.lexical > 0]
        selection.add(aligner.align(candidates))
        return len(candidates)

    def _sources(
        self, verified: Sequence[Verified], decoded: Decoded, index: PartialIndex
    ) -> tuple[Source, ...]:
        return sources_of(verified, index.occurrences, decoded.span_of_input, self.settings)

    def _limit_reached(self, selection: Selection, aligner: Aligner) -> str | None:
        """The limit that was reached, if any."""
        if aligner.expired:
            return f"the time limit of {self.settings.max_seconds:g} s was reached"
        return selection.limit


def _words_only(sketch: Sketch) -> Sketch:
    hashes, positions = np.empty(0, np.uint64), np.empty(0, np.uint32)
    return replace(
        sketch,
        raw=hashes,
        raw_positions=positions,
        renamed=hashes,
        renamed_positions=positions,
        bands=hashes,
    )


def _milliseconds_since(started: float) -> float:
    return (time.perf_counter() - started) * 1e3
