"""Attribution beside a stream: text never waits for it, and no failure looks clean."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from attribution.attributor import Attributor
from attribution.errors import IndexNotFoundError
from attribution.index import Index
from attribution.reports.answer_schema import published_schema
from attribution.types import Attribution, Snippet
from inference.errors import GenerationError, GenerationTimeoutError, RemoteError
from inference.interface import Completion as Prompt
from inference.interface import FinishReason, Parameters, Piece
from tests.support.openai_service import Recital, Reciter, pieces_of, until
from tests.support.webapp_client import PARSER, QUEUE, make_index
from webapp.client import ClientConnection
from webapp.gates import BusyError, Gate
from webapp.generation.generation_stream import (
    Event,
    GenerationStats,
    GenerationStream,
    KeepAlive,
    Notes,
    StreamEnd,
    Timeouts,
)
from webapp.generation.openai_responses import CompletionResponse
from webapp.generation.sse import stream
from webapp.generation.updates import AttributionUpdate
from webapp.generation.watcher import AttributionOptions, Watcher
from webapp.logs import JsonFormatter


class Halting(Attributor):
    """Waits before each answer, or fails."""

    def __init__(self, index: Index, wait: threading.Event | None, error: Exception | None) -> None:
        super().__init__(index)
        self._wait, self._error = wait, error

    def attribute(self, snippet: Snippet) -> Attribution:
        if self._wait is not None:
            self._wait.wait(20)
        if self._error is not None:
            raise self._error
        return super().attribute(snippet)


class Shut(Gate):
    """A gate that is full for a number of tries."""

    def __init__(self, tries: int) -> None:
        super().__init__("look-ups", 1, 1, 1.0)
        self.left = tries

    def acquire(self) -> None:
        self.left -= 1
        if self.left >= 0:
            raise BusyError("4 look-ups are under way", 1.0)
        super().acquire()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    from attribution.index import open_index

    with open_index(make_index(tmp_path_factory.mktemp("corpus") / "index")) as found:
        yield found


@pytest.fixture
def attributor(index: Index) -> Attributor:
    return Attributor(index)


def watch(
    open_attributor: Callable[[], Attributor],
    texts: list[str],
    *,
    live: bool = False,
    gate: Any = None,
    pause: float = 0.0,
    wait: float = 10.0,
) -> tuple[list[AttributionUpdate], Watcher]:
    """All updates for texts that are written side by side, and the watcher."""
    received: queue.Queue[AttributionUpdate] = queue.Queue()
    options = AttributionOptions(open_attributor, gate or nullcontext(), live=live)
    watcher = Watcher(options, received.put, choices=len(texts))
    for choice, text in enumerate(texts):
        for piece in pieces_of(text):
            watcher.feed(choice, piece)
            time.sleep(pause)
    watcher.end()
    states, finals = [], 0
    while finals < len(texts):
        try:
            states.append(received.get(timeout=wait))
        except queue.Empty:
            states += watcher.overdue(wait)
            break
        finals += states[-1].final
    return states, watcher


def test_only_a_final_update_by_default(attributor: Attributor) -> None:
    states, watcher = watch(lambda: attributor, [PARSER])
    assert [state.final for state in states] == [True]
    assert states[0].attribution["label"] == "verbatim"
    assert states[0].through == len(PARSER.encode())
    assert watcher.seconds > 0


def test_live_updates_grow_and_the_final_one_keeps_them(attributor: Attributor) -> None:
    states, _ = watch(lambda: attributor, [PARSER], live=True, pause=0.015)
    assert len(states) > 2
    assert [state.final for state in states] == [False] * (len(states) - 1) + [True]
    assert {state.attribution["status"] for state in states[:-1]} == {"partial"}
    ends = [state.attribution["sources"][0]["matches"][0]["snippet"]["end"] for state in states]
    assert ends == sorted(ends)
    throughs = [state.through for state in states]
    assert throughs == sorted(throughs)


def test_every_update_has_the_published_shape(attributor: Attributor) -> None:
    def missing() -> Attributor:
        raise IndexNotFoundError("there is no index")

    known, _ = watch(lambda: attributor, ["# \u26f5\n" + PARSER, "x"], live=True, pause=0.002)
    unknown, _ = watch(missing, [PARSER])
    schema = json.loads(published_schema())
    for state in known + unknown:
        jsonschema.validate(state.attribution, schema)
    through = {state.choice: state.through for state in known if state.final}
    assert through == {0: len(PARSER.encode()) + 6, 1: 1}


def test_each_choice_has_its_own_attribution(attributor: Attributor) -> None:
    states, _ = watch(lambda: attributor, [PARSER, QUEUE, "x = 1\n"], live=True)
    labels = {state.choice: state.attribution["label"] for state in states if state.final}
    assert labels == {0: "verbatim", 1: "verbatim", 2: None}


def test_without_an_index_the_final_update_says_so() -> None:
    def missing() -> Attributor:
        raise IndexNotFoundError("there is no index: make one")

    (state,), _ = watch(missing, [PARSER], live=True)
    assert state.final
    assert state.attribution["status"] == "not_checked"
    assert state.attribution["status_reason"] == "there is no index: make one"
    assert state.attribution["label"] is None


@pytest.mark.parametrize("live", [True, False])
def test_a_bug_in_the_attribution_is_not_an_all_clear(
    index: Index, live: bool, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Halting(index, None, ZeroDivisionError("of the secret code"))
    (state,), _ = watch(lambda: broken, [PARSER], live=live)
    assert state.attribution["status"] == "not_checked"
    assert "the check failed" in (state.attribution["status_reason"] or "")
    assert "secret" not in str(state.attribution)
    logged = [JsonFormatter().format(record) for record in caplog.records]
    assert logged
    for line in logged:
        assert '"attribution failed", "request_id": "-", "error": "ZeroDivisionError"' in line
        assert "secret" not in line


def test_a_slow_check_times_out(index: Index) -> None:
    forever = threading.Event()
    slow = Halting(index, forever, None)
    began = time.monotonic()
    (state,), _ = watch(lambda: slow, [PARSER], wait=0.2)
    assert time.monotonic() - began < 5
    assert state.attribution["status"] == "not_checked"
    assert "did not end within 0.2 s" in (state.attribution["status_reason"] or "")
    forever.set()


def test_a_reported_attribution_stays_if_the_end_is_not_checked(index: Index) -> None:
    received: queue.Queue[AttributionUpdate] = queue.Queue()
    release = threading.Event()
    release.set()
    slow = Halting(index, release, None)
    watcher = Watcher(AttributionOptions(lambda: slow, nullcontext(), live=True), received.put)
    watcher.feed(0, PARSER)
    shown = received.get(timeout=10)
    assert not shown.final
    release.clear()
    watcher.feed(0, "\n", ended=True)
    time.sleep(0.1)
    (final,) = watcher.overdue(0.1)
    assert final.final
    assert final.attribution["status"] == "partial"
    assert final.attribution["sources"] == shown.attribution["sources"]
    release.set()
    time.sleep(0.1)
    assert received.empty()  # the late answer is not reported after the final one


@pytest.mark.parametrize("live", [True, False])
def test_a_look_up_is_repeated_if_the_queue_is_full(attributor: Attributor, live: bool) -> None:
    gate = Shut(3)
    states, _ = watch(lambda: attributor, [PARSER], live=live, gate=gate)
    assert gate.left < 0
    assert states[-1].attribution["status"] == "checked"
    assert states[-1].attribution["label"] == "verbatim"


@pytest.mark.parametrize("live", [True, False])
def test_a_queue_that_stays_full_is_reported(attributor: Attributor, live: bool) -> None:
    (state,), _ = watch(lambda: attributor, [PARSER], live=live, gate=Shut(10**6), wait=0.3)
    assert state.attribution["status"] == "not_checked"
    assert "4 look-ups are under way" in (state.attribution["status_reason"] or "")


def test_nothing_is_reported_after_stop(attributor: Attributor) -> None:
    received: queue.Queue[AttributionUpdate] = queue.Queue()
    ended = threading.Event()
    options = AttributionOptions(
        lambda: attributor, nullcontext(), live=True, on_seconds=lambda _: ended.set()
    )
    watcher = Watcher(options, received.put)
    watcher.stop()
    watcher.feed(0, PARSER, ended=True)
    assert ended.wait(5)
    assert received.empty()


def write(
    reciter: Reciter,
    options: AttributionOptions | None,
    *,
    timeouts: Timeouts | None = None,
    gate: Gate | None = None,
    on_stats: Callable[[GenerationStats], None] = lambda _: None,
) -> GenerationStream:
    return GenerationStream(
        reciter,
        Prompt("x"),
        Parameters(max_tokens=1000),
        attribution=options,
        client=ClientConnection({}),
        slot=gate or Gate("generations", 2, 2, 1.0),
        timeouts=timeouts,
        on_stats=on_stats,
    )


def timed(events: GenerationStream) -> list[tuple[float, Event]]:
    began = time.monotonic()
    return [(time.monotonic() - began, event) for event in events]


def test_text_does_not_wait_for_a_slow_attribution(index: Index) -> None:
    release = threading.Event()
    slow = Halting(index, release, None)
    options = AttributionOptions(lambda: slow, nullcontext(), live=True)
    events = timed(write(Reciter(PARSER), options, timeouts=Timeouts(final=0.5)))
    text = [(at, event) for at, event in events if isinstance(event, Piece)]
    assert "".join(piece.text for _, piece in text) == PARSER
    assert text[-1][0] < 0.4
    final = events[-2][1]
    assert isinstance(final, AttributionUpdate)
    assert final.attribution["status"] == "not_checked"
    assert isinstance(events[-1][1], StreamEnd)
    release.set()


def test_keep_alives_during_silence_and_each_note_once() -> None:
    reciter = Reciter("abcdefghijkl", pause=0.3, notes=("one", "two"))
    events = [event for _, event in timed(write(reciter, None, timeouts=Timeouts(keep_alive=0.1)))]
    assert any(isinstance(event, KeepAlive) for event in events)
    assert [event for event in events if isinstance(event, Notes)] == [Notes(("one", "two"))]
    assert events[-1] == StreamEnd(7, 2, None)


def test_a_stalled_model_is_cancelled(attributor: Attributor) -> None:
    reciter = Reciter(PARSER, pause=30)
    options = AttributionOptions(lambda: attributor, nullcontext(), live=True)
    events = [
        e for _, e in timed(write(reciter, options, timeouts=Timeouts(keep_alive=0.1, stalled=0.2)))
    ]
    assert reciter.under_way[0].cancelled.is_set()
    final, ended = events[-2:]
    assert isinstance(final, AttributionUpdate)
    assert final.final
    assert final.attribution["status"] == "not_checked"
    assert isinstance(ended, StreamEnd)
    assert isinstance(ended.error, GenerationTimeoutError)


def test_the_slot_is_free_as_soon_as_the_text_has_ended(index: Index) -> None:
    release = threading.Event()
    gate = Gate("generations", 1, 0, 0.1)
    options = AttributionOptions(lambda: Halting(index, release, None), nullcontext(), live=False)
    stats: list[GenerationStats] = []
    first = write(Reciter("x = 1\n"), options, gate=gate, on_stats=stats.append)
    assert until(lambda: gate.active == 0)
    assert until(lambda: bool(stats))
    assert (stats[0].tokens, stats[0].prompt_tokens, stats[0].finish) == (1, 7, "stop")
    first.close()
    release.set()


def test_a_refused_generation_leaves_its_slot() -> None:
    gate = Gate("generations", 1, 0, 0.1)
    with pytest.raises(RemoteError):
        write(Reciter("x", refuse=RemoteError("no")), None, gate=gate)
    assert gate.active == 0
    with gate, pytest.raises(BusyError):
        write(Reciter("x"), None, gate=gate)


class Interrupted(Reciter):
    """A model whose service closes after the first token."""

    def generate(self, prompt: Any, parameters: Parameters) -> Recital:
        made = super().generate(prompt, parameters)
        made.recite([Piece("x", 1), Piece("", 0, 0, FinishReason.CANCELLED)])
        return made


@pytest.mark.parametrize(
    "reciter",
    [
        Reciter("x = 1\n" * 9, fail_after=1, error=RemoteError("gone", 500)),
        Interrupted("x = 1\n"),
    ],
)
def test_a_text_that_was_cut_off_ends_with_an_error(reciter: Reciter) -> None:
    stats: list[GenerationStats] = []
    events = [event for _, event in timed(write(reciter, None, on_stats=stats.append))]
    ended = events[-1]
    assert isinstance(ended, StreamEnd)
    assert isinstance(ended.error, GenerationError)
    assert ended.completion_tokens == 1
    assert stats[0].finish == "error"


def test_a_watcher_leaves_no_thread_behind(attributor: Attributor) -> None:
    before = threading.active_count()
    for _ in range(5):
        timed(
            write(Reciter(PARSER), AttributionOptions(lambda: attributor, nullcontext(), live=True))
        )
    assert until(lambda: threading.active_count() <= before)


def test_a_stream_sends_keep_alives_while_nothing_comes() -> None:
    events = write(Reciter("abcdef", pause=0.3), None, timeouts=Timeouts(keep_alive=0.1))
    answer = stream(events, CompletionResponse("m", with_usage=True), 1, ("Mind the gap.",))
    lines = b"".join(answer.iter_encoded())
    first, alive, *rest = lines.split(b"\n\n")
    assert json.loads(first.removeprefix(b"data: "))["notes"] == ["Mind the gap."]
    assert alive == b": keep-alive"
    assert b'"text":"abcdef"' in b"".join(rest)
    assert lines.endswith(b"data: [DONE]\n\n")


def test_a_slow_start_sends_a_keep_alive_at_once() -> None:
    events = write(Reciter("abcdef", pause=0.4), None, timeouts=Timeouts(keep_alive=0.2))
    events.begin()
    events = timed(events)
    assert isinstance(events[0][1], KeepAlive)
    assert events[0][0] < 0.15


def test_a_body_that_was_never_read_stops_its_generation() -> None:
    reciter = Reciter("abcdef", pause=30)
    gate = Gate("generations", 1, 0, 0.1)
    stream(write(reciter, None, gate=gate), CompletionResponse("m"), 1, ()).close()
    assert reciter.under_way[0].cancelled.is_set()
    assert until(lambda: gate.active == 0)
