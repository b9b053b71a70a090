"""`GenerationStream`: a generation and its attribution, as one stream of events.

    generator -> pump thread -> pieces   -\\
                     |                     > events -> the thread that answers the request
                     '-> watcher thread -> updates -/

The request's thread only waits for events, so it notices at once when the client goes away, and
can send keep-alives while nothing comes. A closed stream stops generating within one token.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace

from inference.errors import GenerationError, GenerationTimeoutError
from inference.interface import FinishReason, Generation, Generator, Parameters, Piece, Prompt
from webapp.client import ClientConnection, ClientGoneError
from webapp.generation.updates import AttributionUpdate
from webapp.generation.watcher import AttributionOptions, Watcher
from webapp.logs import LOGGER

__all__ = [
    "Event",
    "GenerationStats",
    "GenerationStream",
    "KeepAlive",
    "Notes",
    "StreamEnd",
    "Timeouts",
]

_POLL = 0.2  # seconds between two checks of the connection while nothing comes


@dataclass(frozen=True, slots=True)
class Notes:
    """What the user should know, a sentence each."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Nothing came for a while; the generation continues."""


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The last event."""

    prompt_tokens: int | None  # None: the engine does not know
    completion_tokens: int  # of all choices
    error: GenerationError | None  # why it ended early; None: it did not


Event = Piece | AttributionUpdate | Notes | KeepAlive | StreamEnd


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits on waiting, in seconds."""

    final: float = 10.0  # for the check of the whole text, after its end
    keep_alive: float = 10.0  # without an event, after which a KeepAlive is one
    stalled: float = 300.0  # without text, after which the generation is cancelled


@dataclass(frozen=True, slots=True)
class GenerationStats:
    """What a generation took, reported once when its text has ended."""

    tokens: int  # new ones, of all choices
    prompt_tokens: int | None
    first_seconds: float | None  # until the first piece; None: none came
    seconds: float  # until the last
    finish: str  # the FinishReason of the choice that ended last, or "error"


_TEXT_ENDED = object()


class GenerationStream:
    """A generation under way. Iterate over its events once, and always close it.

    Args:
        attribution: how the text is attributed; None: not at all.
        client: checked regularly, so that generating stops when the client is gone.
        slot: limits generations at once; entered here, and left by another thread when the text
            has ended.
        request_id: for the log.
        on_stats: called once, when the text has ended.

    Raises:
        BusyError: no slot came free.
        GenerationError: the engine refused.
    """

    def __init__(
        self,
        generator: Generator,
        prompt: Prompt,
        parameters: Parameters,
        *,
        attribution: AttributionOptions | None,
        client: ClientConnection,
        slot: AbstractContextManager[object],
        timeouts: Timeouts | None = None,
        request_id: str = "-",
        on_stats: Callable[[GenerationStats], None] = lambda _: None,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._client = client
        self._slot = slot
        self._request_id = request_id
        self._on_stats = on_stats
        self._events: queue.SimpleQueue[Piece | AttributionUpdate | Notes | object]
        self._events = queue.SimpleQueue()
        self._first: object | None = None  # the event that `begin` waited for
        self._noted: tuple[str, ...] = ()
        self._tokens = 0
        self._finish = FinishReason.CANCELLED.value  # unless a choice says why it ended
        self._error: GenerationError | None = None
        self._start = time.perf_counter()
        # choices without a final update
        self._open = set() if attribution is None else set(range(parameters.n))
        with ExitStack() as stack:
            stack.enter_context(slot)
            self._generation: Generation = generator.generate(prompt, parameters)
            stack.callback(self._generation.cancel)
            self._watcher: Watcher | None = None
            if attribution is not None:
                self._watcher = Watcher(
                    attribution, self._events.put, choices=parameters.n, request_id=request_id
                )
            threading.Thread(target=self._pump, name="generation", daemon=True).start()
            stack.pop_all()  # the pump leaves the slot

    def begin(self) -> None:
        """Wait for the first event, so that an immediate failure can set the HTTP status.

        Raises:
            GenerationError: it failed before any text came.
            ClientGoneError: the client has gone.
        """
        first = self._next_event(self._timeouts.keep_alive)
        if first is _TEXT_ENDED and self._error is not None:
            self.close()
            raise self._error
        self._first = KeepAlive() if first is None else first

    def close(self) -> None:
        """Stop what is still under way. May be called more than once, from any thread."""
        self._generation.cancel()
        if self._watcher is not None:
            self._watcher.stop()

    def __iter__(self) -> Iterator[Event]:
        """All events; the last one is a StreamEnd.

        Raises:
            ClientGoneError: the client has gone.
        """
        try:
            yield from self._text_events()
            yield from self._final_updates()
            yield StreamEnd(self._generation.prompt_tokens, self._tokens, self._error)
        finally:
            self.close()

    def _text_events(self) -> Iterator[Event]:
        latest = time.monotonic()
        while True:
            event, self._first = self._first, None
            if event is None:
                event = self._next_event(self._timeouts.keep_alive)
            if event is _TEXT_ENDED:
                return
            if isinstance(event, Piece | AttributionUpdate | Notes):
                latest = time.monotonic()
                self._note_final(event)
                yield event
            elif time.monotonic() - latest >= self._timeouts.stalled:
                self._give_up()
                return
            else:
                yield KeepAlive()

    def _give_up(self) -> None:
        """Cancel a generation that has stalled; the text so far is still attributed."""
        self._generation.cancel()
        if self._watcher is not None:
            self._watcher.end()
        self._error = GenerationTimeoutError(
            f"the model wrote nothing for {self._timeouts.stalled:g} s; try again, or ask for "
            "fewer tokens"
        )

    def _final_updates(self) -> Iterator[Event]:
        """Updates until each choice has its final one, or the time for that is up."""
        deadline = time.monotonic() + self._timeouts.final
        while self._open and (left := deadline - time.monotonic()) > 0:
            event = self._next_event(min(left, self._timeouts.keep_alive))
            if isinstance(event, AttributionUpdate):
                self._note_final(event)
                yield event
            elif time.monotonic() < deadline:
                yield KeepAlive()
        if self._open and self._watcher is not None:
            for update in self._watcher.overdue(self._timeouts.final):
                self._note_final(update)
                yield update
        while self._open:  # reported at the very moment when the time was up
            event = self._next_event(_POLL)
            if not isinstance(event, AttributionUpdate):
                return
            self._note_final(event)
            yield event

    def _note_final(self, event: Event) -> None:
        if isinstance(event, AttributionUpdate) and event.final:
            self._open.discard(event.choice)

    def _next_event(self, timeout: float) -> object | None:
        """The next event; None when none came in time."""
        deadline = time.monotonic() + timeout
        while True:
            if self._client.gone():
                self.close()
                raise ClientGoneError
            try:
                left = deadline - time.monotonic()
                return self._events.get(timeout=max(min(left, _POLL), 0.0))
            except queue.Empty:
                if left <= _POLL:
                    return None

    def _pump(self) -> None:
        first: float | None = None
        try:
            for piece in self._generation:
                first = first or time.perf_counter() - self._start
                self._send_notes()
                self._send(piece)
        except GenerationError as error:
            self._error = error
        except Exception:  # a bug: the text so far stays valid, and the client gets an error
            LOGGER.exception(
                "generation failed", extra={"fields": {"request_id": self._request_id}}
            )
            self._error = GenerationError(
                f"the generator failed; see request {self._request_id} in the server's log"
            )
        finally:
            self._slot.__exit__(None, None, None)
            self._send_notes()
            if self._watcher is not None:
                self._watcher.end()
            self._events.put(_TEXT_ENDED)
            seconds = time.perf_counter() - self._start
            prompt_tokens = self._generation.prompt_tokens
            finish = "error" if self._error is not None else self._finish
            self._on_stats(GenerationStats(self._tokens, prompt_tokens, first, seconds, finish))

    def _send(self, piece: Piece) -> None:
        # no UTF-8 can hold half of a surrogate pair
        text = piece.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self._tokens += piece.tokens
        if piece.finish_reason is not None:
            self._finish = piece.finish_reason.value
        if piece.finish_reason is FinishReason.CANCELLED:
            self._error = GenerationError("the generation was stopped: the service is closing")
        self._events.put(replace(piece, text=text))
        if self._watcher is not None:
            self._watcher.feed(piece.choice, text, ended=piece.finish_reason is not None)

    def _send_notes(self) -> None:
        new = tuple(note for note in self._generation.notes if note not in self._noted)
        if new:
            self._noted += new
            self._events.put(Notes(new))
