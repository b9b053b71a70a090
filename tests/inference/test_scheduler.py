"""The scheduler over an engine that computes nothing: turns, waiting, cancelling, errors."""

from __future__ import annotations

import gc
import itertools
import threading
from collections.abc import Iterator, Sequence

import pytest

from inference.engine import Engine, Request, TokenSequence
from inference.errors import GenerationError, OutOfMemoryError, OverloadedError
from inference.interface import FinishReason, Generation, Parameters, Piece
from inference.scheduler import Scheduler

END = 0
WAIT = 10.0  # seconds after which a test fails, rather than hang


class Script(TokenSequence):
    """Writes 'a', 'b', ... without end, after `parts` turns for the prompt."""

    def __init__(self, engine: ScriptEngine, request: Request) -> None:
        self.engine = engine
        self.request = request
        self.parts = request.prompt[0]
        self.written = 0
        self.alive = set(range(request.parameters.n))
        self.released = 0

    def advance(self, *, alone: bool) -> list[tuple[int, int]] | None:
        self.engine.gate.acquire(timeout=WAIT)
        self.engine.turns.append((self.request.prompt[-1], alone))
        if self.engine.failing is not None and self.request.prompt[-1] == self.engine.fails:
            raise self.engine.failing
        if self.parts:
            self.parts -= 1
            return None
        self.written += 1
        return [(choice, ord("a") + self.written - 1) for choice in sorted(self.alive)]

    def drop(self, choice: int) -> None:
        self.alive.discard(choice)

    def release(self) -> None:
        self.released += 1


class ScriptEngine(Engine):
    """Makes Scripts, and records their turns."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(10_000)  # a turn takes one
        self.turns: list[tuple[int, bool]] = []
        self.scripts: list[Script] = []
        self.failing: Exception | None = None
        self.fails = -1
        self.closed = 0

    def begin(self, request: Request) -> TokenSequence:
        self.scripts.append(Script(self, request))
        return self.scripts[-1]

    def close(self) -> None:
        self.closed += 1


def decode(tokens: Sequence[int]) -> str:
    return "".join(chr(token) for token in tokens if token >= ord("a"))


def request(name: int, tokens: int = 3, *, parts: int = 0, n: int = 1, ends: int = END) -> Request:
    return Request(
        (parts, name), Parameters(max_tokens=tokens, n=n), tokens, frozenset((END, ends))
    )


def text(generation: Iterator[Piece]) -> str:
    return "".join(piece.text for piece in generation)


@pytest.fixture
def engine() -> ScriptEngine:
    return ScriptEngine()


@pytest.fixture
def scheduler(engine: ScriptEngine) -> Iterator[Scheduler]:
    scheduler = Scheduler(engine, max_active=2, max_waiting=1)
    yield scheduler
    engine.gate.release(10_000)
    scheduler.close()


def held(engine: ScriptEngine) -> None:
    """Compute no turn until permits are given."""
    engine.gate = threading.Semaphore(0)


def test_a_text_comes_in_pieces_with_their_tokens(
    engine: ScriptEngine, scheduler: Scheduler
) -> None:
    generation = scheduler.submit(request(1), decode, ("a note",))
    assert generation.prompt_tokens == 2
    assert generation.notes == ("a note",)
    assert list(generation) == [
        Piece("a", 1), Piece("b", 1), Piece("c", 1, 0, FinishReason.LENGTH),
    ]  # fmt: skip
    assert list(generation) == []
    assert engine.scripts[0].released == 1


def test_an_end_token_ends_it_and_is_counted(scheduler: Scheduler) -> None:
    pieces = list(scheduler.submit(request(1, 9, ends=ord("c")), decode))
    assert pieces[-1] == Piece("", 1, 0, FinishReason.STOP)
    assert sum(piece.tokens for piece in pieces) == 3
    assert text(iter(pieces)) == "ab"


def test_a_stop_text_across_tokens_ends_it(scheduler: Scheduler) -> None:
    asked = Request((0, 1), Parameters(max_tokens=20, stop=("cde",)), 20, frozenset())
    pieces = list(scheduler.submit(asked, decode))
    assert pieces == [Piece("a", 1), Piece("b", 1), Piece("", 3, 0, FinishReason.STOP)]


def test_text_held_back_for_a_stop_text_comes_at_the_end(scheduler: Scheduler) -> None:
    asked = Request((0, 1), Parameters(max_tokens=4, stop=("cdef",)), 4, frozenset())
    assert text(scheduler.submit(asked, decode)) == "abcd"


def test_requests_take_turns(engine: ScriptEngine, scheduler: Scheduler) -> None:
    held(engine)
    first = scheduler.submit(request(1, 6, parts=2), decode)
    second = scheduler.submit(request(2, 6), decode)
    engine.gate.release(100)
    assert text(first) == text(second) == "abcdef"
    order = [name for name, _ in engine.turns]
    both = order[1:13]  # the first may have had a turn before the second came
    assert all(a != b for a, b in itertools.pairwise(both)), order
    # Each turn knows whether other requests wait.
    assert engine.turns[-1][1] is True
    assert any(alone is False for _, alone in engine.turns)


def test_ended_choices_compute_no_more_tokens(engine: ScriptEngine, scheduler: Scheduler) -> None:
    pieces = list(scheduler.submit(request(1, 2, n=3), decode))
    assert [(p.choice, p.text) for p in pieces] == [
        (0, "a"), (1, "a"), (2, "a"), (0, "b"), (1, "b"), (2, "b"),
    ]  # fmt: skip
    assert engine.scripts[0].alive == set()


def test_a_request_too_many_is_refused_with_a_retry_time(
    engine: ScriptEngine, scheduler: Scheduler
) -> None:
    held(engine)
    kept = [scheduler.submit(request(i), decode) for i in range(3)]
    with pytest.raises(OverloadedError, match="limits are 2 and 1") as caught:
        scheduler.submit(request(9), decode)
    assert 1.0 <= caught.value.retry_after <= 60.0
    engine.gate.release(100)
    assert [text(generation) for generation in kept] == ["abc"] * 3
    assert text(scheduler.submit(request(9), decode)) == "abc"


def test_cancelling_takes_one_turn_at_most(engine: ScriptEngine, scheduler: Scheduler) -> None:
    held(engine)
    generation = scheduler.submit(request(1, 1000), decode)
    engine.gate.release(2)
    assert next(generation).text == "a"
    generation.cancel()
    generation.cancel()
    engine.gate.release(1)
    pieces = list(generation)
    assert pieces[-1].finish_reason is FinishReason.CANCELLED
    assert len(engine.turns) <= 3
    assert engine.scripts[0].released == 1


def test_a_request_that_waits_can_be_cancelled(engine: ScriptEngine, scheduler: Scheduler) -> None:
    held(engine)
    kept = [scheduler.submit(request(i), decode) for i in range(3)]
    kept[2].cancel()
    engine.gate.release(1)
    assert list(kept[2]) == [Piece("", 0, 0, FinishReason.CANCELLED)]
    assert len(engine.scripts) <= 2


def test_an_abandoned_generation_is_cancelled(engine: ScriptEngine, scheduler: Scheduler) -> None:
    held(engine)
    generation: Generation | None = scheduler.submit(request(1, 1000), decode)
    other = scheduler.submit(request(2, 3), decode)
    del generation
    gc.collect()
    engine.gate.release(100)
    assert text(other) == "abc"
    assert sum(name == 1 for name, _ in engine.turns) <= 1


def test_leaving_the_block_cancels(engine: ScriptEngine, scheduler: Scheduler) -> None:
    held(engine)
    with scheduler.submit(request(1, 1000), decode) as generation:
        pass
    engine.gate.release(1)
    assert list(generation)[-1].finish_reason is FinishReason.CANCELLED


@pytest.mark.parametrize("failing", [OutOfMemoryError("full"), ZeroDivisionError("a bug")])
def test_an_error_goes_to_its_reader_and_the_thread_continues(
    engine: ScriptEngine, scheduler: Scheduler, failing: Exception
) -> None:
    engine.failing, engine.fails = failing, 1
    broken = scheduler.submit(request(1), decode)
    whole = scheduler.submit(request(2), decode)
    with pytest.raises(type(failing)):
        list(broken)
    assert list(broken) == []
    assert text(whole) == "abc"
    assert engine.scripts[0].released == 1


def test_closing_cancels_active_and_waiting_requests(engine: ScriptEngine) -> None:
    scheduler = Scheduler(engine, max_active=1, max_waiting=4)
    held(engine)
    kept = [scheduler.submit(request(i, 1000), decode) for i in range(3)]
    closing = threading.Thread(target=scheduler.close)
    closing.start()
    engine.gate.release(100)  # fewer than the first alone would take
    closing.join(WAIT)
    assert not closing.is_alive()
    for generation in kept:
        assert list(generation)[-1].finish_reason is FinishReason.CANCELLED
    assert engine.closed == 1
    with pytest.raises(GenerationError, match="closed"):
        scheduler.submit(request(9), decode)


def test_closing_needs_no_thread_and_may_be_repeated(engine: ScriptEngine) -> None:
    scheduler = Scheduler(engine)
    scheduler.close()
    scheduler.close()
    assert not any(thread.name == "generation" for thread in threading.enumerate())
