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

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from attribution.answering import Question, answer_of
from attribution.coverage import Readings
from attribution.deadline import Deadline, never
from attribution.errors import WhenceError
from attribution.index.interface import Index
from attribution.internal_errors import log_internal_error
from attribution.lexing.languages import languages_to_try
from attribution.matching.seed_cache import SeedCache
from attribution.partial_index import PartialIndex
from attribution.selection import candidate_limit
from attribution.settings import AttributorSettings
from attribution.sketching.sketch import Sketch
from attribution.snippet_matches import SnippetMatches
from attribution.types import Attribution, Snippet, Status
from attribution.verdict import not_judged
from attribution.window_lookup import SnippetLookup, WindowLookup
from attribution.windows import Window, windows

__all__ = ["Attributor"]

_WINDOW = 2000  # tokens of a snippet that are looked up at once
_MOST_WINDOWS = 256  # of a snippet; they are larger in one that is longer than that
_AHEAD = 16  # windows that an index hears of before they are looked up
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

    def attribute(self, snippet: Snippet, readings: Readings | None = None) -> Attribution:
        """Find the sources of a snippet.

        Never raises for odd input: what cannot be judged, also because of an internal error, is
        answered `not_checked`, with the reason.

        Args:
            readings: of the snippet, where it was lexed before.

        Raises:
            CorpusIndexError: the index is damaged or does not answer.
        """
        try:
            summary = self.index.summary()
            return self._attribute(Question(snippet, summary, self.settings, readings))
        except WhenceError:
            raise
        except Exception as error:
            return Attribution.not_checked(snippet, log_internal_error(error), self.index.summary())

    def expect(self, snippets: Iterable[tuple[Snippet, Readings]]) -> None:
        """Let the index hear of snippets that are looked up next: a service answers what it is
        asked together sooner than one after the other.

        Never raises for an index that does not answer: `attribute` does.

        Args:
            snippets: those that are not looked up yet, with the readings for `attribute`.
        """
        if self.index.at_once == 1:
            return
        wanted = []
        for snippet, readings in snippets:
            languages = languages_to_try(snippet.language)
            parts = _parts(readings.code, readings, languages[0])
            wanted += [self._sketch(readings.part(part), languages) for part in parts]
        self.index.propose_ahead([(one, candidate_limit(one.tokens)) for one in wanted])

    def _no_matches(self) -> SnippetMatches:
        """Where the matches of a snippet are collected."""
        return SnippetMatches(self.settings)

    def _attribute(self, question: Question) -> Attribution:
        if question.decoded.problem is not None:
            return question.not_checked(question.decoded.problem, 0)
        # An audit lists sources only, so there a licence text may as well have none: recognizing
        # it takes a tenth of the time, and most code has no source.
        late = self.settings.sources_only
        license_text = None if late else question.license_text()
        if license_text is not None:
            return license_text
        answer = self._judged(question)
        if late and (answer.sources or answer.status is not Status.CHECKED):
            license_text = question.license_text()
        return license_text or answer

    def _judged(self, question: Question) -> Attribution:
        """The answer by the documents that the index has."""
        index = PartialIndex(self.index)
        deadline = Deadline(self.settings.max_seconds, self._cancelled)
        lookup = SnippetLookup(
            index, question.languages, self.seeds, deadline, self.settings, self.index.params,
            question.summary.documents,
        )  # fmt: skip
        found = self._no_matches()
        problem = self._look_up(question, lookup, found)
        if problem is not None:
            return problem
        if deadline.cancelled:
            return question.not_checked("the look-up was cancelled", 0)
        return answer_of(question, found, index, self.index.params)

    def _look_up(
        self, question: Question, lookup: SnippetLookup, found: SnippetMatches
    ) -> Attribution | None:
        """Collect the matches of all windows; an answer if the snippet cannot be judged."""
        parts = _parts(question.decoded.code, question.readings, question.languages[0])
        only = len(parts) == 1
        # rare words may find a source of a whole text, but hardly one of a part
        lookup = replace(lookup, rare_words=only and not self.settings.private)
        earlier: dict[bytes, WindowLookup] = {}  # repetitive text has the same windows many times
        for window, part, sketch in self._sketched(parts, question):
            if lookup.deadline() and (found.windows or lookup.deadline.cancelled):
                found.expired_at = window.lines
                break
            if part.code not in earlier:
                problem = not_judged(sketch.tokens, lookup.params, question.summary)
                if problem is not None and (only or not lookup.documents):
                    return question.not_checked(problem, sketch.tokens)
                earlier[part.code] = lookup.look_up(part, sketch)
            found.add(window, earlier[part.code])
        return None

    def _sketched(
        self, parts: Sequence[Window], question: Question
    ) -> Iterator[tuple[Window, Readings, Sketch]]:
        """The windows of a snippet with their readings and sketches; the index hears of some at a
        time before they are looked up."""
        known: dict[bytes, Sketch] = {}
        for start in range(0, len(parts), _AHEAD):
            group = [(one, question.readings.part(one)) for one in parts[start : start + _AHEAD]]
            new = {part.code: part for _, part in group if part.code not in known}
            for code, part in new.items():
                known[code] = self._sketch(part, question.languages)
            self.index.propose_ahead(
                [(known[code], candidate_limit(known[code].tokens)) for code in new]
            )
            for window, part in group:
                yield window, part, known[part.code]

    def _sketch(self, part: Readings, languages: tuple[str, ...]) -> Sketch:
        sketch = part.sketch(languages, self.index.params)
        return replace(sketch, words=()) if self.settings.private else sketch


def _parts(code: bytes, readings: Readings, language: str | None) -> list[Window]:
    """The windows of a text, by its tokens as a language; mostly one."""
    if len(code) > _WINDOW:  # a token has a byte at least
        tokens = readings.under(language)
        if len(tokens) > _WINDOW:
            size = max(_WINDOW, len(tokens) // _MOST_WINDOWS)
            return list(windows(code, tokens.lines, size, _OVERLAP))
    return [Window(0, len(code), 0)]
