"""Attribution of a growing text: matches stay, looks are few, the end covers the whole text."""

from __future__ import annotations

import random
import re
import sysconfig
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from attribution.attributor import Attributor
from attribution.errors import IndexUnavailableError
from attribution.live.growing_text import LiveAttribution, LiveSettings
from attribution.matching.common_spans import COMMON_DOCUMENTS
from attribution.types import Attribution, Label, NewFile, Occurrence, Snippet, Status
from tests.support.memory_index import MemoryIndex

STDLIB = Path(sysconfig.get_path("stdlib"))
NAMES = ("textwrap", "heapq", "bisect", "shlex", "fnmatch", "calendar", "difflib", "cmd", "sched")
COMMON = (
    "def main():\n"
    "    parser = argparse.ArgumentParser(description=__doc__)\n"
    '    parser.add_argument("--verbose", action="store_true", help="say more")\n'
    "    options = parser.parse_args()\n"
    "    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.INFO)\n"
)
# written for this test; in no index
ORIGINAL = """
def drift_of_buoys(readings, tide_table):
    worst_by_buoy = {}
    for buoy, moored_at, seen_at in readings:
        expected = tide_table.push(moored_at, hours=buoy.hours_out)
        gap_metres = seen_at.distance_to(expected) - buoy.chain_slack
        if gap_metres > worst_by_buoy.get(buoy.name, 0.25):
            worst_by_buoy[buoy.name] = gap_metres
    return {name: round(gap, 2) for name, gap in worst_by_buoy.items()}
"""


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class CountingAttributor(Attributor):
    """Records the sizes of the snippets that it looks up."""

    sizes: list[int]

    def attribute(self, snippet: Snippet) -> Attribution:
        self.sizes.append(len(snippet.code))
        return super().attribute(snippet)


@pytest.fixture(scope="module")
def index() -> Iterator[MemoryIndex]:
    with MemoryIndex() as index:
        with index.writer() as writer:
            writer.add(
                [
                    NewFile(
                        (STDLIB / f"{name}.py").read_bytes(),
                        "python",
                        Occurrence("cpython", f"Lib/{name}.py", "3"),
                    )
                    for name in NAMES
                ]
                + [
                    NewFile(
                        f"{COMMON}    place_{i}({i})\n".encode(),
                        "python",
                        Occurrence(f"owner{i}/tool", "main.py", "1"),
                    )
                    for i in range(COMMON_DOCUMENTS + 4)
                ]
            )
            writer.commit()
        yield index


@pytest.fixture
def attributor(index: MemoryIndex) -> CountingAttributor:
    counting = CountingAttributor(index)
    counting.sizes = []
    return counting


def lines_of(name: str, first: int, last: int) -> str:
    lines = (STDLIB / f"{name}.py").read_text().splitlines(keepends=True)
    return "".join(lines[first - 1 : last])


def function(name: str, header: str) -> str:
    text = (STDLIB / f"{name}.py").read_text()
    found = re.search(rf"^def {header}\(.*?(?=^\S)", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


def states(
    live: LiveAttribution, clock: Clock, text: str, rate: float = 60.0
) -> Iterator[tuple[int, Attribution]]:
    """Each state with the characters written before it."""
    written = 0
    for piece in re.findall(r"\s*\w+|\s*\W", text):
        written += len(piece)
        clock.now += 1 / rate
        state = live.feed(piece)
        if state is not None:
            yield written, state


def spans(state: Attribution) -> dict[str, list[tuple[int, int]]]:
    return {
        source.document: [(match.snippet.start, match.snippet.end) for match in source.matches]
        for source in state.sources
    }


def mixture(seed: int) -> str:
    draw = random.Random(seed)
    parts = []
    for _ in range(4):
        name = draw.choice(NAMES)
        text = (STDLIB / f"{name}.py").read_text().splitlines(keepends=True)
        first = draw.randrange(len(text) - 45)
        parts += [ORIGINAL.replace("buoy", f"b{draw.randrange(99)}"),
                  "".join(text[first : first + draw.randrange(12, 45)])]  # fmt: skip
    return "".join(parts)


@pytest.mark.parametrize("seed", range(3))
def test_shown_matches_never_shrink_or_disappear(attributor: CountingAttributor, seed: int) -> None:
    clock = Clock()
    live = LiveAttribution(attributor, "python", clock=clock)
    shown: dict[str, list[tuple[int, int]]] = {}
    seen = [state for _, state in states(live, clock, mixture(seed))]
    assert seen, "nothing was shown of copied code"
    for state in [*seen, live.finish()]:
        now = spans(state)
        for document, marks in shown.items():
            for start, end in marks:
                assert any(a <= start and end <= b for a, b in now[document])
        shown = now


@pytest.mark.parametrize("seed", range(3))
def test_the_end_reports_everything_in_the_whole_text(
    attributor: CountingAttributor, seed: int
) -> None:
    clock, text = Clock(), mixture(seed)
    live = LiveAttribution(attributor, "python", clock=clock)
    for _ in states(live, clock, text):
        pass
    final = live.finish()
    whole = attributor.attribute(Snippet(text.encode(), "python"))
    assert final.status is whole.status
    for source in whole.sources:
        [same] = [one for one in final.sources if set(one.documents) & set(source.documents)]
        assert same.containment >= source.containment - 1e-9
        marks = spans(final)[same.document]
        for match in source.matches if same.document == source.document else ():
            assert any(a <= match.snippet.start and match.snippet.end <= b for a, b in marks)


def test_spans_and_lines_are_those_of_the_whole_text(attributor: CountingAttributor) -> None:
    clock = Clock()
    # far more lines than a window has come before the copy
    before = "".join(ORIGINAL.replace("buoy", f"buoy_{i}") for i in range(12))
    copied = function("textwrap", "dedent")
    text = before + copied
    live = LiveAttribution(attributor, "python", clock=clock)
    [*_, (_, last)] = states(live, clock, text)
    match = last.sources[0].matches[0]
    data = text.encode()
    part = data[match.snippet.start : match.snippet.end].decode()
    assert part in copied
    assert match.snippet.start_line == data[: match.snippet.start].count(b"\n") + 1
    assert match.snippet.end_line == data[: match.snippet.end].count(b"\n") + 1
    there = (STDLIB / "textwrap.py").read_bytes()[match.source.start : match.source.end].decode()
    assert there.split() == part.split()
    assert last.lines >= before.count("\n")


def test_a_copy_is_shown_soon_after_the_token_that_decides_it(
    attributor: CountingAttributor,
) -> None:
    clock = Clock()
    text = ORIGINAL + function("textwrap", "dedent")
    live = LiveAttribution(attributor, "python", clock=clock)
    shown_at = next(written for written, _ in states(live, clock, text))
    ends = [found.end() for found in re.finditer(r"\s*\w+|\s*\W", text)]
    decided = [
        bool(attributor.attribute(Snippet(text[:end].encode(), "python")).sources)
        for end in ends
        if end <= shown_at
    ]
    assert decided[-1]
    undecided = len(decided) - decided[::-1].index(False) if False in decided else 0
    # at 60 tokens a second nine of them come within 150 ms
    assert len(decided) - undecided <= 9


def test_looks_are_bounded_however_long_the_text(attributor: CountingAttributor) -> None:
    clock = Clock()
    settings = LiveSettings()
    live = LiveAttribution(attributor, "python", clock=clock, settings=settings)
    text = "".join(ORIGINAL.replace("buoy", f"buoy_{i}") for i in range(40))
    began = clock.now
    for _ in states(live, clock, text):
        pass
    looks = attributor.sizes
    assert len(looks) <= (clock.now - began) / settings.min_delay + 1
    longest = max(len(line) for line in text.splitlines()) * (
        settings.window_lines + 10
    )  # no match grows
    assert max(looks) <= longest < len(text) / 2


def test_text_without_line_ends_does_not_grow_the_window(attributor: CountingAttributor) -> None:
    clock = Clock()
    settings = LiveSettings(window_bytes=2048)
    live = LiveAttribution(attributor, "javascript", clock=clock, settings=settings)
    for _ in states(live, clock, "let rows = [" + "[1,2,'harbour'], " * 800):
        pass
    assert max(attributor.sizes) <= settings.window_bytes + 64


def test_slow_looks_become_rarer_but_not_too_late(index: MemoryIndex) -> None:
    clock = Clock()

    looks: list[float] = []

    class Slow(Attributor):
        def attribute(self, snippet: Snippet) -> Attribution:
            looks.append(clock.now)
            clock.now += 0.03
            return super().attribute(snippet)

    live = LiveAttribution(Slow(index), "python", clock=clock)
    for _ in states(live, clock, ORIGINAL * 3):
        pass
    gaps = [after - before for before, after in pairwise(looks)]
    assert min(gaps) >= LiveSettings().max_delay
    assert max(gaps) <= 0.03 + LiveSettings().max_delay + 2 / 60


def test_a_pause_of_the_writer_does_not_delay_a_look(attributor: CountingAttributor) -> None:
    clock = Clock()
    live = LiveAttribution(attributor, "python", clock=clock)
    assert live.due_in() is None
    live.feed("x = 1\n")
    clock.now += 0.01
    live.feed(function("textwrap", "dedent"))
    due = live.due_in()
    assert due is not None
    assert 0 < due <= LiveSettings().max_delay
    assert live.feed("") is None
    clock.now += due
    state = live.feed("")
    assert state is not None
    assert state.sources
    assert live.due_in() is None


def test_a_growing_text_is_partial_and_says_so(attributor: CountingAttributor) -> None:
    clock = Clock()
    live = LiveAttribution(attributor, "python", "answer", clock=clock)
    [*_, (_, last)] = states(live, clock, function("textwrap", "dedent"))
    assert last.status is Status.PARTIAL
    assert last.status_reason == "the text is still being written"
    assert last.label is Label.VERBATIM
    assert last.snippet.name == "answer"
    final = live.finish()
    assert final.status is Status.CHECKED
    assert final.label is Label.VERBATIM


def test_original_code_is_not_shown(attributor: CountingAttributor) -> None:
    clock = Clock()
    live = LiveAttribution(attributor, "python", clock=clock)
    assert list(states(live, clock, ORIGINAL)) == []
    assert live.finish().label is Label.NONE


def test_too_short_is_not_clean(attributor: CountingAttributor) -> None:
    live = LiveAttribution(attributor, "python")
    live.feed("x = 1\n")
    final = live.finish()
    assert final.status is Status.NOT_CHECKED
    assert final.label is None


def test_a_failing_index_raises_and_the_text_is_kept(index: MemoryIndex) -> None:
    class Failing(Attributor):
        works = False

        def attribute(self, snippet: Snippet) -> Attribution:
            if not self.works:
                raise IndexUnavailableError("the index does not answer")
            return super().attribute(snippet)

    clock = Clock()
    failing = Failing(index)
    live = LiveAttribution(failing, "python", clock=clock)
    with pytest.raises(IndexUnavailableError):
        live.feed(function("textwrap", "dedent"))
    failing.works = True
    assert live.finish().label is Label.VERBATIM


def test_common_parts_are_reported_as_spans(attributor: CountingAttributor) -> None:
    text = ORIGINAL + COMMON + "    go(options)\n"
    answer = attributor.attribute(Snippet(text.encode(), "python"))
    [span] = answer.common
    part = text.encode()[span.start : span.end].decode()
    assert part in COMMON
    assert len(part) > 0.8 * len(COMMON)
    assert span.start_line == text[: span.start].count("\n") + 1
    assert span.end_line == text[: span.end].count("\n") + 1
    assert attributor.attribute(Snippet(ORIGINAL.encode(), "python")).common == ()


def test_leads_are_in_lines_of_the_whole_text(attributor: CountingAttributor) -> None:
    before = ORIGINAL * 8  # longer than the window
    doc = STDLIB.joinpath("bisect.py").read_text().partition('"""Insert item x in list a')
    copied = doc[1] + "".join(doc[2].splitlines(keepends=True)[:3])
    clock = Clock()
    live = LiveAttribution(attributor, "python", clock=clock)
    text = f"{before}{copied}\n{function('heapq', 'merge')}"
    assert not any(state.leads for _, state in states(live, clock, text))
    (lead,) = live.finish().leads
    assert lead.run.snippet.start_line == before.count("\n") + 1


def test_a_recited_text_is_followed_without_the_index(attributor: CountingAttributor) -> None:
    clock = Clock()
    live = LiveAttribution(attributor, "python", clock=clock)
    text = function("textwrap", "dedent")
    seen = [state for _, state in states(live, clock, text)]
    grown = [state.sources[0].matches[0].snippet.end for state in seen]
    assert grown == sorted(grown)
    first = next(i for i, state in enumerate(seen) if state.sources)
    assert len(seen) - first > 1.5 * len([one for one in attributor.sizes if one > grown[first]])
    last, whole = seen[-1].sources[0], attributor.attribute(Snippet(text.encode(), "python"))
    [match], [exact] = last.matches, whole.sources[0].matches
    assert abs(match.tokens - exact.tokens) <= 8  # those that came after the last look
    assert match.source.start == exact.source.start
    there = (STDLIB / "textwrap.py").read_bytes()[match.source.start : match.source.end]
    here = text.encode()[match.snippet.start : match.snippet.end]
    assert there.split() == here.split()
    assert last.occurrence_spans[0].end_line == match.source.end_line


def test_a_text_that_departs_from_its_source_is_looked_up(attributor: CountingAttributor) -> None:
    clock = Clock()
    copied = function("textwrap", "dedent")[:700]
    live = LiveAttribution(attributor, "python", clock=clock)
    [*_, (_, last)] = states(live, clock, copied + ORIGINAL * 2)
    end = last.sources[0].matches[0].snippet.end
    assert end <= len(copied.encode())
    assert live.finish().sources[0].matches[0].snippet.end <= len(copied.encode())
