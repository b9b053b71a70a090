"""`Attributor.attribute(snippet) -> Attribution`: the one function underneath every use.

    snippet
    -> windows      of a long snippet, looked up one by one         attribution.windows
    -> sketch       fingerprints and rare words of its tokens       attribution.sketching
    -> candidates   documents that share some, proposed by index    attribution.index
    -> matches      the best candidates' texts, aligned             attribution.selection, matching
    -> sources      near-equal documents together, best first       attribution.ranking
    -> coverage     every token under its strongest match           attribution.coverage
    -> verdict      label, confidence and a sentence that says why  attribution.verdict

Engines only propose; everything after that is common code, so they cannot differ in what they
call a match.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from attribution.coverage import Readings, coverage_of
from attribution.deadline import Deadline, never
from attribution.errors import WhenceError
from attribution.index.interface import Index
from attribution.internal_errors import log_internal_error
from attribution.lexing.encodings import decode
from attribution.lexing.languages import languages_to_try
from attribution.lexing.lexer import lex
from attribution.licensing.recognition import license_of_text
from attribution.matching.seed_cache import SeedCache
from attribution.partial_index import UNKNOWN, PartialIndex
from attribution.ranking import leads_of, licenses_of, sources_of
from attribution.settings import PRIVATE, AttributorSettings
from attribution.sketching.sketcher import sketch_query
from attribution.snippet_matches import SnippetMatches
from attribution.types import Attribution, Label, Snippet, Status
from attribution.verdict import REPORT_AT, label_of, not_judged, reason_of
from attribution.window_lookup import SnippetLookup, WindowLookup
from attribution.windows import Window, windows

__all__ = ["Attributor"]

_WINDOW = 2000  # tokens of a snippet that are looked up at once
_MOST_WINDOWS = 256  # of a snippet; they are larger in one that is longer than that
_OVERLAP = 30  # lines that two windows share, so that a function is complete in one of them


class Attributor:
    """Attributes snippets to the sources in an index. Safe to share between threads."""

    def __init__(
        self,
        index: Index,
        settings: AttributorSettings | None = None,
        seeds: SeedCache | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """
        Args:
            seeds: another attributor's, to share them; None makes a cache of `seed_bytes`.
            cancelled: whether no one waits for the answers any more; a look-up then ends soon.
        """
        self.index = index
        self.settings = settings or AttributorSettings()
        self.seeds = seeds or SeedCache(self.settings.seed_bytes)
        self._cancelled = cancelled

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

    def _no_matches(self) -> SnippetMatches:
        """Where the matches of a snippet are collected."""
        return SnippetMatches(self.settings)

    def _attribute(self, snippet: Snippet) -> Attribution:
        started = time.perf_counter()
        summary, params = self.index.summary(), self.index.params

        def not_checked(why: str, tokens: int) -> Attribution:
            return Attribution.not_checked(
                snippet, why, summary, lines=decoded.lines, tokens=tokens,
                elapsed_ms=_milliseconds_since(started), warnings=decoded.warnings,
            )  # fmt: skip

        deadline = Deadline(self.settings.max_seconds, self._cancelled)
        decoded = decode(snippet.code, self.settings.max_bytes)
        if decoded.problem is not None:
            return not_checked(decoded.problem, 0)
        languages = languages_to_try(snippet.language)
        if (license_ := license_of_text(decoded.code)) is not None:
            return Attribution.license_text(
                snippet, license_, summary, lines=decoded.lines,
                tokens=len(lex(decoded.code, languages[0])),
                elapsed_ms=_milliseconds_since(started), warnings=decoded.warnings,
            )  # fmt: skip
        index = PartialIndex(self.index)
        lookup = SnippetLookup(
            index, languages, self.seeds, deadline, self.settings, params,
            summary.documents,
        )  # fmt: skip
        if self.settings.private:
            lookup = replace(lookup, rare_words=False)
        readings = Readings(decoded.code)
        parts = _parts(decoded.code, readings, languages[0])
        found = self._no_matches()
        if len(parts) > 1:
            # rare words may find a source of a whole text, but hardly one of a part
            lookup = replace(lookup, rare_words=False)
        earlier: dict[bytes, WindowLookup] = {}  # repetitive text has the same windows many times
        for window in parts:
            if deadline() and (found.windows or deadline.cancelled):
                found.expired_at = window.lines
                break
            part = readings
            if len(parts) > 1:
                part = Readings(decoded.code[window.start : window.end])
            if part.code in earlier:
                found.add(window, earlier[part.code])
                continue
            sketch = sketch_query(part.code, languages, params)
            if self.settings.private:
                sketch = replace(sketch, words=())
            problem = not_judged(sketch.tokens, params, summary)
            if problem is not None and (len(parts) == 1 or not summary.documents):
                return not_checked(problem, sketch.tokens)
            earlier[part.code] = lookup.look_up(part, sketch)
            found.add(window, earlier[part.code])
        if deadline.cancelled:
            return not_checked("the look-up was cancelled", 0)

        verified = found.verified
        least = self.settings.min_confidence
        reported = [match for match in verified if match.confidence >= least]
        if snippet.language is None and reported:  # read it as its best source is
            languages = (reported[0].document.language,)
        tokens = readings.under(languages[0])
        reported = [readings.counted(match, tokens) for match in reported]
        sources = sources_of(
            reported, index.occurrences_of, decoded.span_of_input, self.settings.max_occurrences
        )
        only = self.settings.sources_only
        common = () if only else found.common_spans(languages[0])
        known = {document for source in sources for document in source.documents}
        matches = [m for one in reported if one.document.swhid in known for m in one.matches]
        coverage = coverage_of(matches, common, tokens)
        count = None if sources else found.common_count()
        label = Label.NONE if count is None else Label.COMMON
        if sources:
            label = label_of(sources[0], sources[0].kind)
        reason = reason_of(label, sources, count, len(sources), coverage)
        partial = index.reason() or found.limit
        if hidden := sum(REPORT_AT <= match.confidence < least for match in verified):
            partial = partial or f"confidence below {least:g} in {hidden} of the matching documents"
        if label is Label.NONE:  # a match that is not shown must not look like none
            if hidden:
                reason = f"Nothing matches with the requested confidence of {least:g}."
            elif index.failure is not None:
                reason = UNKNOWN
        more = None if partial else found.more

        if decoded.encoding is not None:
            common = tuple(map(decoded.span_of_input, common))
            coverage = tuple(replace(c, span=decoded.span_of_input(c.span)) for c in coverage)
        explained = [match.snippet for source in sources for match in source.matches]
        leads = leads_of(
            () if only else verified, index.occurrences, decoded.code, decoded.span_of_input,
            [*explained, *common], params.raw_guarantee,
        )  # fmt: skip
        private = (PRIVATE,) if self.settings.private else ()
        return Attribution(
            status=Status.PARTIAL if partial or more else Status.CHECKED,
            status_reason=partial or more,
            label=label,
            reason=reason,
            confidence=sources[0].confidence if sources else 0.0,
            snippet=snippet,
            lines=decoded.lines,
            tokens=len(tokens),
            sources=sources[: self.settings.max_sources],
            sources_total=len(sources),
            more_sources=more is not None,
            licenses=licenses_of(sources),
            coverage=coverage,
            read_as=languages[0],
            index=summary,
            elapsed_ms=_milliseconds_since(started),
            common_count=count,
            common=common,
            leads=leads,
            candidates_proposed=sum(window.proposed for _, window in found.windows),
            candidates_verified=sum(window.verified for _, window in found.windows),
            warnings=(*decoded.warnings, *private),
        )


def _parts(code: bytes, readings: Readings, language: str) -> list[Window]:
    """The windows of a text, by its tokens as a language; mostly one."""
    if len(code) > _WINDOW:  # a token has a byte at least
        tokens = readings.under(language)
        if len(tokens) > _WINDOW:
            size = max(_WINDOW, len(tokens) // _MOST_WINDOWS)
            return list(windows(code, tokens.lines, size, _OVERLAP))
    return [Window(0, len(code), 0)]


def _milliseconds_since(started: float) -> float:
    return (time.perf_counter() - started) * 1e3
