"""Attribution beside a stream of text: one thread per generation, fed by a queue.

Text never waits for attribution. The thread collects the text that has arrived, looks it up when a
look-up is due, and reports each update; at the end it reports a final update for every choice.
Errors, full queues and timeouts end in `partial` or `not_checked`, never in a clean result.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from attribution.errors import WhenceError
from attribution.types import Attribution, Snippet, Status
from webapp.gates import BusyError
from webapp.generation.updates import UNKNOWN_INDEX, AttributionUpdate, update_of
from webapp.logs import LOGGER

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.attributor import Attributor
    from attribution.live.growing_text import LiveAttribution

__all__ = ["AttributionOptions", "Watcher"]

_RETRY = 0.1  # seconds until a look-up that found the queue full is tried again


@dataclass(frozen=True, slots=True)
class AttributionOptions:
    """How generated text is attributed."""

    open_attributor: Callable[[], Attributor]  # called in the watching thread
    gate: AbstractContextManager[object]  # entered for each look-up; may raise BusyError
    live: bool = False  # report updates while the text grows, not only final ones
    language: str | None = None  # canonical name; None: unknown
    on_answer: Callable[[Attribution], None] = lambda _: None  # gets each final attribution
    on_seconds: Callable[[float], None] = lambda _: None  # gets the CPU seconds of all look-ups


@dataclass(slots=True)
class _Text:
    """The text of one choice so far."""

    code: bytearray = field(default_factory=bytearray)  # all that arrived
    waiting: str = ""  # not yet passed to `live`
    ended: bool = False
    live: LiveAttribution | None = None
    shown: Attribution | None = None  # the last update that was reported
    trouble: str | None = None  # why the last look-up failed
    busy: bool = False  # it failed because the queue was full: it is tried again


class Watcher:
    """Attributes the texts of one generation.

    Args:
        options: how.
        on_update: called in the watching thread with each update; must not block.
        choices: number of texts.
        request_id: for the log.
    """

    def __init__(
        self,
        options: AttributionOptions,
        on_update: Callable[[AttributionUpdate], None],
        *,
        choices: int = 1,
        request_id: str = "-",
    ) -> None:
        # CPU time of look-ups so far: what they take from the generation beside them. Waiting for
        # a turn, for the disk or for other threads takes nothing from it.
        self.seconds = 0.0
        self._options = options
        self._on_update = on_update
        self._request_id = request_id
        # (choice, text, whether it has ended); None: wake up
        self._arrivals: queue.SimpleQueue[tuple[int, str, bool] | None] = queue.SimpleQueue()
        self._urgent = threading.Event()  # a text has ended, or the watcher must stop
        self._texts = {choice: _Text() for choice in range(choices)}  # without a final update
        self._lock = threading.Lock()  # guards `_texts`: each choice gets one final update
        self._stopped = False
        self._index = UNKNOWN_INDEX
        threading.Thread(target=self._run, name="attribution", daemon=True).start()

    def feed(self, choice: int, text: str, *, ended: bool = False) -> None:
        """Add text to a choice; `ended` when no more will come. Never blocks."""
        self._arrivals.put((choice, text, ended))
        if ended:
            self._urgent.set()

    def end(self) -> None:
        """No more text will come for any choice."""
        for choice in list(self._texts):
            self.feed(choice, "", ended=True)

    def stop(self) -> None:
        """Report nothing more; the thread ends after the look-up under way."""
        self._stopped = True
        self._arrivals.put(None)
        self._urgent.set()

    def overdue(self, waited: float) -> list[AttributionUpdate]:
        """Stop, and return final updates for all choices that have none after `waited` seconds.

        An attribution that was reported is kept as `partial`; other choices are `not_checked`.
        """
        limit = f"the check of the whole text did not end within {waited:g} s"
        updates = []
        for choice in list(self._texts):
            text = self._pop(choice)
            if text is not None:
                why = f"{limit}: {text.trouble}" if text.trouble else limit
                updates.append(self._incomplete(choice, text, why))
        self.stop()
        return updates

    def _run(self) -> None:
        try:
            while self._texts and not self._stopped:
                self._receive()
                for choice, text in list(self._texts.items()):
                    if self._stopped:
                        return
                    if text.ended:
                        self._conclude(choice, text)
                    elif self._options.live and (text.busy or text.trouble is None):
                        self._update(choice, text)
        except Exception:  # a bug in the attribution must not affect the text
            self._log(LOGGER.exception)
            for choice in list(self._texts):
                left = self._pop(choice)
                if left is not None:
                    left.shown = None  # it may be what cannot be reported
                    self._on_update(self._incomplete(choice, left, self._bug()))
        finally:
            self._options.on_seconds(self.seconds)

    def _timeout(self) -> float | None:
        """Seconds to wait for text; None: until some arrives."""
        waits = []
        for text in self._texts.values():
            due = text.live.due_in() if text.live is not None else None
            if text.busy:
                waits.append(_RETRY)
            elif due is not None and text.trouble is None:
                waits.append(due)
        return min(waits, default=None)

    def _receive(self) -> None:
        """Wait until there is something to do, and collect all text that has arrived.

        New text does not wake the thread unless it can make a look-up due earlier: at hundreds of
        tokens a second, waking would cost more than the look-ups.
        """
        timeout = self._timeout()
        arrival: tuple[int, str, bool] | None = None
        try:
            if self._options.live and (timeout is None or len(self._texts) > 1):
                arrival = self._arrivals.get(timeout=timeout)
            else:
                self._urgent.wait(timeout)
            self._urgent.clear()
            while True:
                if arrival is not None and (text := self._texts.get(arrival[0])) is not None:
                    text.code += arrival[1].encode("utf-8", "replace")
                    text.waiting += arrival[1]
                    text.ended = text.ended or arrival[2]
                arrival = self._arrivals.get_nowait()
        except queue.Empty:
            return

    def _update(self, choice: int, text: _Text) -> None:
        def lookup() -> AttributionUpdate | None:
            attribution = self._feed_live(text)[1]
            if attribution is None:
                return None
            text.shown = attribution
            return update_of(choice, attribution, False, len(text.code))

        update = self._guarded(text, lookup) if text.code else None
        if update is not None and not self._stopped:
            self._on_update(update)

    def _conclude(self, choice: int, text: _Text) -> None:
        def lookup() -> AttributionUpdate:
            if self._options.live:
                answer = self._feed_live(text)[0].finish()
            else:
                snippet = Snippet(bytes(text.code), self._options.language)
                answer = self._attributor().attribute(snippet)
            self._options.on_answer(answer)
            return update_of(choice, answer, True, len(text.code))

        update = self._guarded(text, lookup)
        if text.busy:
            return  # tried again, until the caller's time limit
        if update is None:
            update = self._incomplete(choice, text, text.trouble or "there was no result")
        if self._pop(choice) is not None:
            self._on_update(update)

    def _feed_live(self, text: _Text) -> tuple[LiveAttribution, Attribution | None]:
        """The live attribution, fed with all text that arrived, and its new result, if any."""
        if text.live is None:
            from attribution.live.growing_text import LiveAttribution

            text.live = LiveAttribution(self._attributor(), self._options.language)
        new, text.waiting = text.waiting, ""
        return text.live, text.live.feed(new)

    def _guarded(
        self, text: _Text, lookup: Callable[[], AttributionUpdate | None]
    ) -> AttributionUpdate | None:
        """The result of a look-up; None when there is none or it failed (see `text.trouble`)."""
        text.trouble, text.busy = None, False
        try:
            with self._options.gate:
                start = time.thread_time()
                try:
                    return lookup()
                finally:
                    self.seconds += time.thread_time() - start
        except BusyError as error:
            text.trouble, text.busy = str(error), True
        except WhenceError as error:
            text.trouble = str(error)
            self._log(LOGGER.warning, type(error).__name__)
        except Exception:  # a bug in the attribution must not affect the text
            text.trouble = self._bug()
            self._log(LOGGER.exception)
        return None

    def _bug(self) -> str:
        return f"the check failed; see request {self._request_id} in the server's log"

    def _log(self, log: Callable[..., None], error: str | None = None) -> None:
        fields = {"request_id": self._request_id}
        if error is not None:
            fields["error"] = error
        log("attribution failed", extra={"fields": fields})

    def _attributor(self) -> Attributor:
        attributor = self._options.open_attributor()
        self._index = attributor.index.summary()
        return attributor

    def _pop(self, choice: int) -> _Text | None:
        """Remove a choice; None when its final update was reported already."""
        with self._lock:
            return self._texts.pop(choice, None)

    def _incomplete(self, choice: int, text: _Text, why: str) -> AttributionUpdate:
        """The final update of a choice whose whole text was not checked."""
        if text.shown is not None:
            partial = replace(text.shown, status=Status.PARTIAL, status_reason=why)
            return update_of(choice, partial, True, len(text.shown.snippet.code))
        snippet = Snippet(bytes(text.code), self._options.language)
        unchecked = Attribution.not_checked(snippet, why, self._index)
        return update_of(choice, unchecked, True, 0)
