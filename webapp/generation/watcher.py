"""Attribution beside a stream of text: a thread of its own per generation, fed by a queue.

Text never waits for attribution. The thread takes in whatever has arrived, looks when a look is
due, and tells each new state; at the end it tells the final one of every choice. What it cannot
check it says: no failure, no full queue and no time limit ends in an answer that looks clean.
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
from webapp.generation.states import UNKNOWN_INDEX, State, state_of
from webapp.logs import LOGGER

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.attributor import Attributor
    from attribution.live.growing_text import LiveAttribution

__all__ = ["Watcher"]

_RETRY = 0.1  # seconds until a full queue of look-ups is asked again


@dataclass(slots=True)
class _Text:
    """One choice's text on its way."""

    code: bytearray = field(default_factory=bytearray)  # all that came
    waiting: str = ""  # what `live` was not given yet
    ended: bool = False
    live: LiveAttribution | None = None
    shown: Attribution | None = None  # the last state that was told
    trouble: str | None = None  # why the last look did not happen
    busy: bool = False  # it did not because too many look-ups wait: it may be tried again


@dataclass(frozen=True, slots=True)
class _Arrival:
    choice: int
    text: str
    ended: bool


class Watcher:
    """Watches the texts of one generation.

    Args:
        open_attributor: gives the attributor; called in the watching thread.
        gate: entered for each look; raises BusyError when too many wait.
        tell: called in the watching thread with each new state; must not block.
        choices: texts that are written side by side.
        live: tell states while the texts grow, not only the final ones.
        language: canonical name, or None when it is not known.
        request_id: for the log.
        judged: told each final answer.
        spent: told at the end how many seconds of a processor attribution took.
    """

    def __init__(
        self,
        open_attributor: Callable[[], Attributor],
        gate: AbstractContextManager[object],
        tell: Callable[[State], None],
        *,
        choices: int = 1,
        live: bool = False,
        language: str | None = None,
        request_id: str = "-",
        judged: Callable[[Attribution], None] = lambda _: None,
        spent: Callable[[float], None] = lambda _: None,
    ) -> None:
        # of a processor that looks took so far: what they take from a generation beside them.
        # Waiting for a place, for the disk or for other threads takes nothing from it.
        self.seconds = 0.0
        self._open = open_attributor
        self._gate = gate
        self._tell = tell
        self._live = live
        self._language = language
        self._request_id = request_id
        self._judged = judged
        self._spent = spent
        self._arrivals: queue.SimpleQueue[_Arrival | None] = queue.SimpleQueue()
        self._urgent = threading.Event()  # a text has ended, or all is to stop
        self._texts = {choice: _Text() for choice in range(choices)}  # without a final state yet
        self._lock = threading.Lock()  # of `_texts`: each choice gets one final state
        self._stopped = False
        self._index = UNKNOWN_INDEX
        threading.Thread(target=self._run, name="attribution", daemon=True).start()

    def feed(self, choice: int, text: str, *, ended: bool = False) -> None:
        """New text of a choice; `ended` when no more will come. Never waits."""
        self._arrivals.put(_Arrival(choice, text, ended))
        if ended:
            self._urgent.set()

    def end(self) -> None:
        """No more text will come, of any choice."""
        for choice in list(self._texts):
            self.feed(choice, "", ended=True)

    def stop(self) -> None:
        """Let go: nothing more is told once the look under way has ended."""
        self._stopped = True
        self._arrivals.put(None)
        self._urgent.set()

    def overdue(self, waited: float) -> list[State]:
        """The final states of all choices that have none after so many seconds, and stop.

        What was shown stays, as `partial`; what nothing is known of is `not_checked`.
        """
        limit = f"the check of the whole text did not end within {waited:g} s"
        states = []
        for choice in list(self._texts):
            text = self._close(choice)
            if text is not None:
                why = f"{limit}: {text.trouble}" if text.trouble else limit
                states.append(self._given_up(choice, text, why))
        self.stop()
        return states

    def _run(self) -> None:
        try:
            while self._texts and not self._stopped:
                self._take()
                for choice, text in list(self._texts.items()):
                    if self._stopped:
                        return
                    if text.ended:
                        self._conclude(choice, text)
                    elif self._live and (text.busy or text.trouble is None):
                        self._look(choice, text)
        except Exception:  # a bug of ours must not take the text with it
            self._log(LOGGER.exception)
            for choice in list(self._texts):
                left = self._close(choice)
                if left is not None:
                    left.shown = None  # it may be what cannot be told
                    self._tell(self._given_up(choice, left, self._bug()))
        finally:
            self._spent(self.seconds)

    def _patience(self) -> float | None:
        """Seconds that may be waited for text; None: until some comes."""
        waits = []
        for text in self._texts.values():
            due = text.live.due_in() if text.live is not None else None
            if text.busy:
                waits.append(_RETRY)
            elif due is not None and text.trouble is None:
                waits.append(due)
        return min(waits, default=None)

    def _take(self) -> None:
        """Wait until there is something to do, and take in all text that has come.

        Text alone is no reason to wake, if it makes no look due earlier: at hundreds of tokens a
        second that would cost more than the looks.
        """
        patience = self._patience()
        arrival: _Arrival | None = None
        try:
            if self._live and (patience is None or len(self._texts) > 1):
                arrival = self._arrivals.get(timeout=patience)
            else:
                self._urgent.wait(patience)
            self._urgent.clear()
            while True:
                text = self._texts.get(arrival.choice) if arrival is not None else None
                if arrival is not None and text is not None:
                    text.code += arrival.text.encode("utf-8", "replace")
                    text.waiting += arrival.text
                    text.ended = text.ended or arrival.ended
                arrival = self._arrivals.get_nowait()
        except queue.Empty:
            return

    def _look(self, choice: int, text: _Text) -> None:
        def look() -> State | None:
            seen = self._fed(text)[1]
            if seen is None:
                return None
            text.shown = seen
            return state_of(choice, seen, False, len(text.code))

        state = self._ask(text, look) if text.code else None
        if state is not None and not self._stopped:
            self._tell(state)

    def _conclude(self, choice: int, text: _Text) -> None:
        def judge() -> State:
            if self._live:
                whole = self._fed(text)[0].finish()
            else:
                whole = self._attributor().attribute(Snippet(bytes(text.code), self._language))
            self._judged(whole)
            return state_of(choice, whole, True, len(text.code))

        state = self._ask(text, judge)
        if text.busy:
            return  # asked again, until the time is up
        if state is None:
            state = self._given_up(choice, text, text.trouble or "it gave no answer")
        if self._close(choice) is not None:
            self._tell(state)

    def _fed(self, text: _Text) -> tuple[LiveAttribution, Attribution | None]:
        """The live attribution with all text that came, and its new state, if any."""
        if text.live is None:
            from attribution.live.growing_text import LiveAttribution

            text.live = LiveAttribution(self._attributor(), self._language)
        new, text.waiting = text.waiting, ""
        return text.live, text.live.feed(new)

    def _ask(self, text: _Text, ask: Callable[[], State | None]) -> State | None:
        """What `ask` answers; None when it has nothing new or fails, which `text` then tells."""
        text.trouble, text.busy = None, False
        try:
            with self._gate:
                began = time.thread_time()
                try:
                    return ask()
                finally:
                    self.seconds += time.thread_time() - began
        except BusyError as error:
            text.trouble, text.busy = str(error), True
        except WhenceError as error:
            text.trouble = str(error)
            self._log(LOGGER.warning, type(error).__name__)
        except Exception:  # a bug, which must not take the text with it
            text.trouble = self._bug()
            self._log(LOGGER.exception)
        return None

    def _bug(self) -> str:
        return f"the check failed; the server's log says more under request {self._request_id}"

    def _log(self, say: Callable[..., None], error: str | None = None) -> None:
        fields = {"request_id": self._request_id}
        if error is not None:
            fields["error"] = error
        say("attribution failed", extra={"fields": fields})

    def _attributor(self) -> Attributor:
        attributor = self._open()
        self._index = attributor.index.summary()
        return attributor

    def _close(self, choice: int) -> _Text | None:
        """Take a choice out; None when its final state was told already."""
        with self._lock:
            return self._texts.pop(choice, None)

    def _given_up(self, choice: int, text: _Text, why: str) -> State:
        if text.shown is not None:
            through = len(text.shown.snippet.code)
            seen = replace(text.shown, status=Status.PARTIAL, status_reason=why)
            return state_of(choice, seen, True, through)
        snippet = Snippet(bytes(text.code), self._language)
        unchecked = Attribution.not_checked(snippet, why, self._index)
        return state_of(choice, unchecked, True, 0)
