"""`LiveAttribution`: the attribution of a text while it is being written.

Only a window at the end of the text is looked up, a few times a second. What it finds is merged
with earlier results (`attribution.source_set`), so a match grows and never flickers, and a look-up
costs the same however long the text is. `finish` looks up the whole text once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from attribution.attributor import Attributor
from attribution.coverage import coverage_of
from attribution.lexing.lexer import lex
from attribution.line_ends import count_lines
from attribution.live.continuation import Continuation
from attribution.ranking import licenses_of
from attribution.source_set import SourceSet
from attribution.types import Attribution, Label, Match, Snippet, Status
from attribution.verdict import REPORT_AT, label_of, reason_of

__all__ = ["LiveAttribution", "LiveSettings"]


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """How often a growing text is looked up, and how much of it."""

    cost: float = 0.01  # target share of time spent on look-ups, unless max_delay forces more
    min_delay: float = 0.08  # seconds between look-ups; a few tokens arrive in that time
    recite_delay: float = 0.5  # seconds that a verbatim match is extended without the index
    max_delay: float = 0.13  # seconds after which a new token is looked up, whatever it costs
    window_lines: int = 48  # longest window; then it moves on
    kept_lines: int = 24  # lines of it that stay when it moves on
    most_lines: int = 160  # longest window while a match is still growing
    window_bytes: int = 16 << 10  # longest window of a text without line ends
    crowd: int = 3  # sources shown for the same part while it is written; at the end, all
    min_confidence: float = REPORT_AT  # of a source that is shown


_WRITING = "the text is still being written"
_SLACK = 160  # bytes from the end within which a match counts as still growing


class LiveAttribution:
    """One growing text. Not safe to share between threads.

    Args:
        attributor: looks up each window, and the whole text at the end.
        language: canonical name, or None when it is not known.
        name: of the snippet in the answers.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        attributor: Attributor,
        language: str | None = None,
        name: str = "-",
        settings: LiveSettings | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.seconds = 0.0  # spent on look-ups so far
        self.settings = settings or LiveSettings()
        self._attributor = attributor
        self._language = language
        self._name = name
        self._clock = clock
        self._text = bytearray()
        self._sources = SourceSet()
        self._continuation = Continuation(attributor.index)
        # when to look
        self._due: float | None = None  # time of the next look; None: nothing new
        self._ended = float("-inf")  # time at which the last look ended
        self._cost = 0.0  # seconds that a look takes, smoothed
        self._seen = 0  # bytes of the text at the last look
        self._shown: object = []  # what the last state showed
        # the window: what is before it
        self._start = 0  # bytes
        self._lines = 0
        # the last look-up in the index
        self._answer: Attribution | None = None
        self._answered_at = float("-inf")

    def feed(self, text: str) -> Attribution | None:
        """Add new text; returns the new state when a look is due and shows something new.

        Raises:
            CorpusIndexError: the index does not answer. The text is kept; `finish` may be tried.
        """
        self._text += text.encode("utf-8", "replace")
        now = self._clock()
        if text and self._due is None:
            # fast looks may be frequent, slow ones have to wait, but not beyond the longest delay
            pause = self._cost / self.settings.cost
            pause = min(max(pause, self.settings.min_delay), self.settings.max_delay)
            self._due = min(max(self._ended + pause, now), now + self.settings.max_delay)
        if self._due is None or now < self._due:
            return None
        self._due = None
        self._look(now)
        return self._state()

    def due_in(self) -> float | None:
        """Seconds until `feed("")` would look, at least 0; None when there is nothing new."""
        return None if self._due is None else max(self._due - self._clock(), 0.0)

    def finish(self) -> Attribution:
        """The attribution of the whole text, with everything shown while it was written.

        Raises:
            CorpusIndexError: the index does not answer.
        """
        started = self._clock()
        snippet = Snippet(bytes(self._text), self._language, self._name)
        whole = self._attributor.attribute(snippet)
        self._sources.add(whole.sources)
        state = self._with_sources(whole)
        self.seconds += self._clock() - started
        return whole if not state.sources or whole.status is Status.NOT_CHECKED else state

    def _look(self, started: float) -> None:
        """Bring the sources up to date with the text."""
        stale = started - self._answered_at >= self.settings.recite_delay
        if stale or not self._continued():
            self._look_up_window()
            self._answered_at = started
        self._seen = len(self._text)
        self._ended = self._clock()
        took = self._ended - started
        self.seconds += took
        self._cost = took if self._cost == 0.0 else 0.7 * self._cost + 0.3 * took

    def _continued(self) -> bool:
        """Extend the open matches; False when the new text is not their continuation."""
        text = bytes(self._text)
        slack = len(text) - self._seen + _SLACK
        return self._answer is not None and self._sources.grow(
            lambda source: self._continuation.extended(source, text, slack), len(text), slack
        )

    def _look_up_window(self) -> None:
        self._move_window()
        window = bytes(self._text[self._start :])
        answer = self._attributor.attribute(Snippet(window, self._language, self._name))
        least = self.settings.min_confidence
        sources = [source for source in answer.sources if source.confidence >= least]
        self._sources.add(sources, self._start, self._lines, self.settings.crowd)
        self._answer = answer

    def _state(self) -> Attribution | None:
        """The state, if it shows something new."""
        answer = self._answer
        assert answer is not None
        text = bytes(self._text)
        reason = f"; {answer.status_reason}" if answer.status_reason else ""
        state = self._with_sources(
            replace(
                answer,
                status=Status.PARTIAL,
                status_reason=_WRITING + reason,
                snippet=Snippet(text, self._language, self._name),
                lines=count_lines(text),
                elapsed_ms=self.seconds * 1e3,
                sources_total=0,
                coverage=(),
                common=(),
                leads=(),  # those of the window are not in lines of the text
                common_count=None,
            )
        )
        shown = [(one.document, one.matches, one.occurrences_total) for one in state.sources]
        if shown == self._shown:
            return None
        self._shown = shown
        return state

    def _with_sources(self, state: Attribution) -> Attribution:
        """The state with all sources so far, and what follows from them."""
        tokens = lex(state.snippet.code, state.read_as)
        sources = self._sources.sources(tokens)
        matches = [match for source in sources for match in source.matches]
        # of sources that the state counts but does not list
        matches += [
            Match(part.kind, part.tokens, part.span, part.span)
            for part in state.coverage
            if part.kind is not None
        ]
        coverage = coverage_of(matches, state.common, tokens)
        total = max(state.sources_total, len(sources))
        label = label_of(sources[0], sources[0].kind) if sources else Label.NONE
        return replace(
            state,
            label=label,
            reason=reason_of(label, sources, None, total, coverage),
            confidence=sources[0].confidence if sources else 0.0,
            tokens=len(tokens),
            sources=sources,
            sources_total=total,
            licenses=state.licenses if total > len(sources) else licenses_of(sources),
            coverage=coverage,
            common_count=None if sources else state.common_count,
        )

    def _move_window(self) -> None:
        """Start the window later once it has grown too long; lines stay whole."""
        settings = self.settings
        window = self._text[self._start :]
        lines = window.count(b"\n")
        if lines <= settings.window_lines and len(window) <= settings.window_bytes:
            return
        keep = self._sources.earliest_open(self._seen, _SLACK)
        too_long = lines > settings.most_lines or len(window) > settings.window_bytes
        if keep is not None and keep < len(self._text) and not too_long:
            start = max(self._text.rfind(b"\n", 0, keep) + 1, self._start)
        else:
            start = self._start_of_kept(lines)
        passed = bytes(self._text[self._start : start])
        self._lines += passed.count(b"\n")
        self._start = start

    def _start_of_kept(self, lines: int) -> int:
        """Where the last `kept_lines` start, or as many as fit into half of the window's bytes."""
        start = self._start
        for _ in range(max(lines - self.settings.kept_lines, 0)):
            start = self._text.index(b"\n", start) + 1
        half = self.settings.window_bytes // 2
        if len(self._text) - start <= half:
            return start
        return self._text.find(b"\n", len(self._text) - half) + 1 or len(self._text) - half
