"""Attribution of a text while it is written: what it finds, when, and at what cost.

    python -m benchmarks.live --size-mb 300 --texts 60

Texts of a dozen functions in a row, half of them from the index and half never indexed, are fed
lexeme by lexeme, as a model of 60 tokens a second would write them: the clock advances by 1/60 s
per lexeme and by the processor time of attribution. The peer attributes the whole text again at
each lexeme (measured at every tenth, and counted ten times). The delay of a source is counted from
the lexeme at which the peer first reports it; it counts as shown once the middle of its part is
marked. Only texts of the report half are used.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from attribution.attributor import Attributor
from attribution.index import open_index
from attribution.live.growing_text import LiveAttribution
from attribution.types import Attribution, Snippet
from benchmarks.built import built_index
from benchmarks.corpus import build_corpus
from benchmarks.metrics import quantile
from benchmarks.queries import Query, build_queries
from benchmarks.report import Bar, Part, Table

__all__ = ["measure"]

RATE = 60.0  # lexemes per second; a 15 B model on one large GPU writes about as many tokens
FUNCTIONS = 12  # per text
EVERY = 10  # lexemes between the peer's look-ups
HALF = "report"
_LEXEME = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")

Marks = dict[str, list[tuple[int, int]]]  # spans by document


@dataclass(slots=True)
class Outcome:
    """The measurements of all texts."""

    written: float = 0.0  # seconds of writing
    spent: float = 0.0  # seconds of live attribution
    peer: float = 0.0  # seconds that the peer would take
    late: list[float] = field(
        default_factory=list
    )  # seconds behind the peer, by source of the peer
    early: int = 0  # sources that live attribution reported first
    missed: int = 0  # sources that only the peer reported
    alone: int = 0  # sources that only live attribution reported
    vanished: int = 0  # marks that disappeared or became shorter


class SimulatedClock:
    """The time of a model that writes at RATE, plus the processor time of everything else."""

    def __init__(self) -> None:
        self.written = 0.0

    def __call__(self) -> float:
        return self.written + time.thread_time()


def measure(size_mb: int, texts: int) -> Part:
    """Write all texts."""
    corpus = build_corpus(size_mb)
    with open_index(built_index(corpus)) as index:
        attributor = Attributor(index)
        outcome = Outcome()
        for text, language in mixed(build_queries(corpus, 300).queries, texts):
            write(attributor, text, language, outcome)
    share, peer = (100 * part / outcome.written for part in (outcome.spent, outcome.peer))
    delay = max(outcome.late, default=0.0) * 1e3
    bars = (
        Bar("live, share of the time of writing", "<= 2 %", f"{share:.2f} %", share <= 2),
        Bar("live, longest delay after the deciding token", "<= 150 ms", f"{delay:.0f} ms",
            delay <= 150),
        Bar("live, marks that disappeared or shrank", "0", str(outcome.vanished),
            not outcome.vanished),
    )  # fmt: skip
    rows = (
        ("share of the time, live / the whole text again at each lexeme",
         f"{share:.2f} % / {peer:.0f} %"),
        ("sources reported / reported before the peer", f"{len(outcome.late)} / {outcome.early}"),
        ("delay p50 / p99 ms", " / ".join(f"{quantile(outcome.late, q) * 1e3:.0f}"
                                           for q in (0.5, 0.99))),
        ("parts that only the peer marked", str(outcome.missed)),
        ("sources that only live attribution reported", str(outcome.alone)),
    )  # fmt: skip
    table = Table(f"{texts} texts of {FUNCTIONS} functions, written", ("what", "figure"), rows)
    return Part("Attribution while streaming", bars, (table,), ())


def mixed(queries: Sequence[Query], texts: int) -> Iterator[tuple[str, str]]:
    """Texts of functions that are alternately indexed and never indexed."""
    draw = random.Random(1)
    usable = [q for q in queries if q.kind == "verbatim" and not q.length and q.sample.half == HALF]
    for _ in range(texts):
        group = draw.choice(("Python", "Go", "C"))
        own = [q for q in usable if q.sample.group == group]
        known = draw.sample([q for q in own if q.indexed], FUNCTIONS // 2)
        new = draw.sample([q for q in own if not q.indexed], FUNCTIONS // 2)
        pairs = (code for pair in zip(new, known, strict=True) for code in pair)
        yield "\n".join(query.code for query in pairs), known[0].sample.language


def write(attributor: Attributor, text: str, language: str, outcome: Outcome) -> None:
    """Write one text, and compare what is shown with the peer's answers."""
    clock = SimulatedClock()
    live = LiveAttribution(attributor, language, clock=clock)
    lexemes = _LEXEME.findall(text)
    history: list[tuple[float, Marks]] = []  # what was marked, and when
    peer: dict[str, tuple[float, int]] = {}  # when it first reported a source, and at which byte
    shown: Marks = {}
    written = ""
    for number, lexeme in enumerate(lexemes, 1):
        clock.written += 1 / RATE
        written += lexeme
        state = live.feed(lexeme)
        if state is not None:
            shown = compared(shown, state, outcome)
            history.append((clock.written, shown))
        if number % EVERY == 0:
            started = time.thread_time()
            whole = attributor.attribute(Snippet(written.encode(), language))
            outcome.peer += EVERY * (time.thread_time() - started)
            for document, spans in marks(whole).items():
                peer.setdefault(document, (clock.written, sum(spans[0]) // 2))
    final = live.finish()
    compared(shown, final, outcome)
    outcome.written += clock.written
    outcome.spent += live.seconds
    for source in final.sources:
        if source.document in peer:
            then, part = peer[source.document]
            shown_at = first_shown(history, part)
            if shown_at is None:
                outcome.missed += 1
            else:
                outcome.early += shown_at < then
                outcome.late.append(max(shown_at - then, 0.0))
    outcome.alone += sum(1 for source in final.sources if peer.keys().isdisjoint(source.documents))


def first_shown(history: Sequence[tuple[float, Marks]], part: int) -> float | None:
    """When a byte of the text was first marked for any source; None: never."""
    for when, shown in history:
        if any(start <= part < end for spans in shown.values() for start, end in spans):
            return when
    return None


def marks(state: Attribution) -> Marks:
    """The spans of the text that a state marks, by document."""
    return {
        document: [(match.snippet.start, match.snippet.end) for match in source.matches]
        for source in state.sources
        for document in source.documents
    }


def compared(before: Marks, state: Attribution, outcome: Outcome) -> Marks:
    """The marks of a state. Counts earlier marks that have disappeared or shrunk."""
    now = marks(state)
    for document, spans in before.items():
        for start, end in spans:
            kept = any(first <= start and end <= last for first, last in now.get(document, []))
            outcome.vanished += not kept
    return now


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--texts", default=60, show_default=True, help="Texts to write.")
@click.option("--to", type=click.Path(path_type=Path), help="Also write the Markdown to this file.")
def main(size_mb: int, texts: int, to: Path | None) -> None:
    """Measure attribution while a text is written."""
    text = measure(size_mb, texts).markdown()
    click.echo(text)
    if to is not None:
        to.write_text(text)


if __name__ == "__main__":
    main()
