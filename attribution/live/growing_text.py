"""`LiveAttribution`: the attribution of a text while it is being written.

Only a window at the text's end is looked at, a few times a second; what it shows joins what was
seen before (`attribution.source_set`), so a match extends and never flickers, and a look costs the
same however long the text is. `finish` judges the whole text, once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from attribution.attributor import Attributor
from attribution.lexing.lexer import lex
from attribution.live.continuation import Recital
from attribution.source_set import Sightings
from attribution.types import Attribution, Label, Snippet, Source, Status
from attribution.verdict import REPORT_AT, label_of, reason_of

__all__ = ["LiveAttribution", "LiveSettings"]


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """How often, and how much of the text, a look takes in."""

    cost: float = 0.01  # looks take about this share of the time, unless the delay forces more
    min_delay: float = 0.08  # seconds between looks at least: some tokens come in that time
    recite_delay: float = 0.5  # seconds that a recital is followed without asking the index
    max_delay: float = 0.13  # seconds after which a new token is looked at, whatever it costs
    window_lines: int = 48  # lines of the window at most, before it moves on
    kept_lines: int = 24  # lines of it that stay when it moves on
    most_lines: int = 160  # a match that is still growing keeps its window until then
    window_bytes: int = 16 << 10  # the same limit for text without line ends
    crowd: int = 3  # sources shown for the same part while it is written; at the end, all
    min_confidence: float = REPORT_AT  # of what is shown


_WRITING = "the text is still being written"
_SLACK = 160  # bytes from the end within which a match counts as still growing


class LiveAttribution:
    """One growing text. Not safe to share between threads.

    Args:
        attributor: asked about each window, and about the whole at the end.
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
        self.seconds = 0.0  # spent on looks so far
        self.settings = settings or LiveSettings()
        self._attributor = attributor
        self._language = language
        self._name = name
        self._clock = clock
        self._text = bytearray()
        self._seen = Sightings()
        self._looked = 0  # bytes of the text when it was last looked at
        self._due: float | None = None  # when the next look is due; None: nothing new
        self._last = float("-inf")  # when the last look ended
        self._cost = 0.0  # seconds that a look takes, smoothed
        self._start = 0  # bytes before the window
        self._lines = 0  # lines before it
        self._tokens = 0  # tokens before it
        self._shown: object = None  # what the last state showed
        self._recital = Recital(attributor.index)
        self._whole: Attribution | None = None  # what the last look at the index gave
        self._asked = float("-inf")  # when that was
        self._judged = 0  # bytes of the text that it saw

    def feed(self, text: str) -> Attribution | None:
        """Take in new text; the new state when a look is due and shows something new.

        Raises:
            CorpusIndexError: the index does not answer. The text is kept; `finish` may be tried.
        """
        self._text += text.encode("utf-8", "replace")
        now = self._clock()
        if text and self._due is None:
            # cheap looks may come often; dear ones have to wait, but not beyond the longest delay
            pause = self._cost / self.settings.cost
            pause = min(max(pause, self.settings.min_delay), self.settings.max_delay)
            self._due = min(max(self._last + pause, now), now + self.settings.max_delay)
        if self._due is None or now < self._due:
            return None
        self._due = None
        return self._look()

    def due_in(self) -> float | None:
        """Seconds until `feed("")` would look, at least 0; None when there is nothing new."""
        return None if self._due is None else max(self._due - self._clock(), 0.0)

    def finish(self) -> Attribution:
        """The attribution of the whole text, with all that was shown while it was written.

        Raises:
            CorpusIndexError: the index does not answer.
        """
        began = self._clock()
        snippet = Snippet(bytes(self._text), self._language, self._name)
        whole = self._attributor.attribute(snippet)
        self._seen.add(whole.sources)
        found = self._seen.sources(whole.tokens)
        exact = {source.document: source.containment for source in whole.sources}
        sources = tuple(
            replace(one, containment=max(one.containment, exact.get(one.document, 0.0)))
            for one in found
        )
        self.seconds += self._clock() - began
        if not sources or whole.status is Status.NOT_CHECKED:
            return whole
        return _told(whole, sources)

    def _look(self) -> Attribution | None:
        began = self._clock()
        if began - self._asked >= self.settings.recite_delay or not self._recited():
            self._ask()
            self._asked = began
        self._looked = len(self._text)
        self._last = self._clock()
        took = self._last - began
        self.seconds += took
        self._cost = took if self._cost == 0.0 else 0.7 * self._cost + 0.3 * took
        return self._state()

    def _recited(self) -> bool:
        """Whether all that is new goes on as the sources that the text was reciting."""
        text = bytes(self._text)
        slack = len(self._text) - self._looked + _SLACK

        def grown(source: Source) -> Source | None:
            return self._recital.goes_on(source, text, slack)

        return self._whole is not None and self._seen.grow(grown, len(text), slack)

    def _ask(self) -> None:
        """Look at the window in the index."""
        self._move_on()
        window = bytes(self._text[self._start :])
        seen = self._attributor.attribute(Snippet(window, self._language, self._name))
        sure = [one for one in seen.sources if one.confidence >= self.settings.min_confidence]
        self._seen.add(sure, self._start, self._lines, self.settings.crowd)
        self._whole = seen
        self._judged = len(self._text)

    def _state(self) -> Attribution | None:
        """The state, if it shows something new."""
        seen = self._whole
        assert seen is not None
        recited = bytes(self._text[self._judged :])
        tokens = self._tokens + seen.tokens + len(lex(recited, self._language))
        sources = self._seen.sources(tokens)
        shown = [(one.document, one.matches, one.occurrences_total) for one in sources]
        if shown == (self._shown or []):
            return None
        self._shown = shown
        text = bytes(self._text)
        state = replace(
            seen,
            status=Status.PARTIAL,
            status_reason=_WRITING + (f"; {seen.status_reason}" if seen.status_reason else ""),
            snippet=Snippet(text, self._language, self._name),
            lines=text.count(b"\n") + (not text.endswith(b"\n")),
            tokens=tokens,
            elapsed_ms=self.seconds * 1e3,
            common=(),
            common_count=None,
        )
        return _told(state, sources)

    def _move_on(self) -> None:
        """Let the window begin later once it has grown too long; lines stay whole."""
        settings = self.settings
        window = self._text[self._start :]
        lines = window.count(b"\n")
        if lines <= settings.window_lines and len(window) <= settings.window_bytes:
            return
        keep = self._seen.earliest_open(self._looked, _SLACK)
        too_long = lines > settings.most_lines or len(window) > settings.window_bytes
        if keep is not None and keep < len(self._text) and not too_long:
            start = max(self._text.rfind(b"\n", 0, keep) + 1, self._start)
        else:
            start = self._kept(lines)
        passed = bytes(self._text[self._start : start])
        self._lines += passed.count(b"\n")
        self._tokens += len(lex(passed, self._language))
        self._start = start

    def _kept(self, lines: int) -> int:
        """Where the last `kept_lines` begin, or as many as fit into half of the window's bytes."""
        start = self._start
        for _ in range(max(lines - self.settings.kept_lines, 0)):
            start = self._text.index(b"\n", start) + 1
        if len(self._text) - start <= self.settings.window_bytes // 2:
            return start
        least = len(self._text) - self.settings.window_bytes // 2
        line = self._text.find(b"\n", least) + 1
        return line or least


def _told(state: Attribution, sources: tuple[Source, ...]) -> Attribution:
    """The state with these sources, and the verdict that they make."""
    label = label_of(sources[0].kind, sources[0].confidence) if sources else Label.NONE
    return replace(
        state,
        label=label,
        reason=reason_of(label, sources, None),
        confidence=sources[0].confidence if sources else 0.0,
        sources=sources,
        common_count=None if sources else state.common_count,
    )
