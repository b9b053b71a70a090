"""`Writing`: one generation under way and its attribution beside it, as one stream of events.

    generator -> pump thread -> pieces  -\\
                     |                    > events -> whoever answers the request
                     '-> watcher thread -> states -/

The request's thread only waits for events, so it notices at once when the client goes away, and
can say that it lives when nothing comes. A generation stops within a token of being closed.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inference.errors import GenerationError, GenerationTimeoutError
from inference.interface import FinishReason, Generation, Generator, Parameters, Piece, Prompt
from webapp.generation.client import Client, ClientGoneError
from webapp.generation.states import State
from webapp.generation.watcher import Watcher
from webapp.logs import LOGGER

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.attributor import Attributor
    from attribution.types import Attribution

__all__ = ["Account", "Check", "Ended", "Event", "Notes", "Patience", "Quiet", "Writing"]

_POLL = 0.2  # seconds between two looks at the connection while nothing comes


@dataclass(frozen=True, slots=True)
class Notes:
    """What the user should know, a sentence each."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing came for a while; the generation goes on."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event."""

    prompt_tokens: int | None  # None: the engine does not know
    completion_tokens: int  # of all choices
    error: GenerationError | None  # why it ended early; None: it did not


Event = Piece | State | Notes | Quiet | Ended


@dataclass(frozen=True, slots=True)
class Check:
    """How the text is to be attributed."""

    open_attributor: Callable[[], Attributor]
    gate: AbstractContextManager[object]  # entered for each look
    live: bool  # while the text grows, not only at the end
    language: str | None = None  # canonical name
    judged: Callable[[Attribution], None] = lambda _: None  # told each final answer
    spent: Callable[[float], None] = lambda _: None  # told the processor's seconds in all


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what."""

    final: float = 10.0  # seconds for the check of the whole text, once it is written
    quiet: float = 10.0  # seconds without an event after which Quiet is one
    silent: float = 300.0  # seconds without text after which a generation is given up


@dataclass(frozen=True, slots=True)
class Account:
    """What a generation took, told once when its text has ended."""

    tokens: int  # new ones, of all choices
    prompt_tokens: int | None
    first_seconds: float | None  # until the first piece; None: none came
    seconds: float  # until the last
    finish: str  # the FinishReason of the choice that ended last, or "error"


_TEXT_ENDED = object()


class Writing:
    """A generation under way. Iterate over its events, once; close it in any case.

    Args:
        generator: is asked for the text.
        check: how it is attributed; None: not at all.
        client: asked now and then whether it still listens.
        place: the place among the generations that run at once; entered here, and left when the
            text has ended, by another thread.
        request_id: for the log.
        account: told what it took.

    Raises:
        BusyError: there is no place.
        GenerationError: the engine refused.
    """

    def __init__(
        self,
        generator: Generator,
        prompt: Prompt,
        parameters: Parameters,
        *,
        check: Check | None,
        client: Client,
        place: AbstractContextManager[object],
        patience: Patience | None = None,
        request_id: str = "-",
        account: Callable[[Account], None] = lambda _: None,
    ) -> None:
        self._patience = patience or Patience()
        self._client = client
        self._place = place
        self._request_id = request_id
        self._account = account
        self._events: queue.SimpleQueue[Piece | State | Notes | object] = queue.SimpleQueue()
        self._first: Piece | State | Notes | object | None = None
        self._noted: tuple[str, ...] = ()
        self._tokens = 0
        self._finish = FinishReason.CANCELLED.value  # unless a choice says why it ended
        self._error: GenerationError | None = None
        self._began = time.perf_counter()
        self._open = set(range(parameters.n)) if check is not None else set()  # without final state
        with ExitStack() as stack:
            stack.enter_context(place)
            self._generation: Generation = generator.generate(prompt, parameters)
            stack.callback(self._generation.cancel)
            self._watcher = None if check is None else self._watch(check, parameters.n)
            threading.Thread(target=self._pump, name="generation", daemon=True).start()
            stack.pop_all()  # the pump leaves the place

    def _watch(self, check: Check, choices: int) -> Watcher:
        return Watcher(
            check.open_attributor,
            check.gate,
            self._events.put,
            choices=choices,
            live=check.live,
            language=check.language,
            request_id=self._request_id,
            judged=check.judged,
            spent=check.spent,
        )

    def begin(self) -> None:
        """Wait for the first event, so that what fails at once can be told by a status.

        Raises:
            GenerationError: it failed before any text came.
            ClientGoneError: nobody waits any more.
        """
        first = self._take(self._patience.quiet)
        if first is _TEXT_ENDED and self._error is not None:
            self.close()
            raise self._error
        self._first = Quiet() if first is None else first

    def close(self) -> None:
        """Stop what is still under way. May be called more than once, from any thread."""
        self._generation.cancel()
        if self._watcher is not None:
            self._watcher.stop()

    def __iter__(self) -> Iterator[Event]:
        """The events, until all is told.

        Raises:
            ClientGoneError: nobody waits any more.
        """
        try:
            yield from self._text()
            yield from self._finals()
            yield Ended(self._generation.prompt_tokens, self._tokens, self._error)
        finally:
            self.close()

    def _text(self) -> Iterator[Event]:
        heard = time.monotonic()
        while True:
            event, self._first = self._first, None
            if event is None:
                event = self._take(self._patience.quiet)
            if event is _TEXT_ENDED:
                return
            if isinstance(event, Piece | State | Notes):
                heard = time.monotonic()
                yield self._passed(event)
            elif time.monotonic() - heard >= self._patience.silent:
                self._give_up()
                return
            else:
                yield Quiet()

    def _give_up(self) -> None:
        """End a generation of which nothing comes; what it wrote is still judged."""
        self._generation.cancel()
        if self._watcher is not None:
            self._watcher.end()
        self._error = GenerationTimeoutError(
            f"nothing came for {self._patience.silent:g} s; try again, or ask for less"
        )

    def _finals(self) -> Iterator[Event]:
        """States until each choice has its final one, or the time for that is up."""
        until = time.monotonic() + self._patience.final
        while self._open and (left := until - time.monotonic()) > 0:
            event = self._take(min(left, self._patience.quiet))
            if isinstance(event, State):
                yield self._passed(event)
            elif time.monotonic() < until:
                yield Quiet()
        if self._open and self._watcher is not None:
            yield from map(self._passed, self._watcher.overdue(self._patience.final))
        while self._open:  # told in the very moment in which the time was up
            event = self._take(_POLL)
            if not isinstance(event, State):
                return
            yield self._passed(event)

    def _passed(self, event: Piece | State | Notes) -> Piece | State | Notes:
        if isinstance(event, State) and event.final:
            self._open.discard(event.choice)
        return event

    def _take(self, timeout: float) -> object | None:
        """The next event; None when none came in time."""
        until = time.monotonic() + timeout
        while True:
            if self._client.gone():
                self.close()
                raise ClientGoneError
            try:
                left = until - time.monotonic()
                return self._events.get(timeout=max(min(left, _POLL), 0.0))
            except queue.Empty:
                if left <= _POLL:
                    return None

    def _pump(self) -> None:
        first: float | None = None
        try:
            for piece in self._generation:
                first = first or time.perf_counter() - self._began
                self._note()
                self._write(piece)
        except GenerationError as error:
            self._error = error
        except Exception:  # a bug: what was written stays valid, and the client is told
            LOGGER.exception(
                "generation failed", extra={"fields": {"request_id": self._request_id}}
            )
            self._error = GenerationError(
                f"the generator failed; the server's log says more under request {self._request_id}"
            )
        finally:
            self._place.__exit__(None, None, None)
            self._note()
            if self._watcher is not None:
                self._watcher.end()
            self._events.put(_TEXT_ENDED)
            seconds = time.perf_counter() - self._began
            prompt_tokens = self._generation.prompt_tokens
            finish = "error" if self._error is not None else self._finish
            self._account(Account(self._tokens, prompt_tokens, first, seconds, finish))

    def _write(self, piece: Piece) -> None:
        text = _writable(piece.text)
        self._tokens += piece.tokens
        ended = piece.finish_reason is not None
        if piece.finish_reason is not None:
            self._finish = piece.finish_reason.value
        if piece.finish_reason is FinishReason.CANCELLED:
            self._error = GenerationError("the generation was stopped: the service is closing")
        self._events.put(replace(piece, text=text))
        if self._watcher is not None:
            self._watcher.feed(piece.choice, text, ended=ended)

    def _note(self) -> None:
        notes = self._generation.notes
        new = tuple(note for note in notes if note not in self._noted)
        if new:
            self._noted += new
            self._events.put(Notes(new))


def _writable(text: str) -> str:
    """The text without halves of surrogate pairs, which no UTF-8 can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
