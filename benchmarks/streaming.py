"""Attribution while a text streams over HTTP: how late a source is reported, and at what cost.

    python -m benchmarks.streaming --size-mb 300

A server (gunicorn, as in production) replays known texts at a fixed rate: functions copied from
the index, and copies between functions of packages that were never indexed. The deciding token
is the first after which attribution of the whole text so far reports the source; the delay runs
from the moment when the model emits that token to the event on the client.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import click

from attribution.attributor import Attributor
from attribution.index import open_index
from benchmarks.built import built_index
from benchmarks.corpus import build_corpus
from benchmarks.machine import description
from benchmarks.metrics import quantile
from benchmarks.prefixes import Prefixes, attribute_prefixes
from benchmarks.queries import build_queries
from benchmarks.replay import tokens_of
from benchmarks.report import Bar, Part, Table
from benchmarks.stream_cost import Cost, model_cost
from benchmarks.stream_texts import KINDS, Text, texts_of
from benchmarks.streamed import Run, run, served

__all__ = ["measure"]

BAR_SECONDS, BAR_SHARE = 0.150, 0.02


@dataclass(frozen=True, slots=True)
class ReportedCopy:
    """When one copied function was reported."""

    delay: float  # seconds after its deciding token; negative: before it
    peer: float  # the same for the peer
    early: bool  # before the text's end


def reported_copies(
    texts: Sequence[Text], live: Run, peers: Sequence[Prefixes], rate: float
) -> list[ReportedCopy]:
    """One for each copied function that both the stream and the peer reported."""
    copies = []
    for text, received, times, peer in zip(texts, live.received, live.times, peers, strict=True):
        for holders in text.copies:
            tokens = [peer.first[document] for document in holders if document in peer.first]
            reported = [received.reported[d] for d in holders if d in received.reported]
            if tokens and reported:
                token = min(tokens)
                early = any(received.early.get(document, False) for document in holders)
                delay = min(reported) - times[token]
                copies.append(ReportedCopy(delay, peer.delay(token, 1 / rate), early))
    return copies


def measure(
    size_mb: int, count: int, rate: float, at_once: int = 1, model: str | None = None
) -> Part:
    """All figures; with a model, also how much attribution slows it down."""
    corpus = build_corpus(size_mb)
    location = built_index(corpus)
    queries = [
        q for q in build_queries(corpus, 300).queries if not q.length and q.kind == "verbatim"
    ]
    texts = texts_of(queries, count)
    say("the peer: whole text at each token")
    with open_index(location) as index:
        attributor = Attributor(index)
        peers = [attribute_prefixes(attributor, tokens_of(t.code), t.language) for t in texts]
    plan = {"index": str(location), "texts": [text.code for text in texts], "rate": rate}
    plan["model"] = model
    with served(plan) as server:
        say("streaming without attribution")
        off = run(server, texts, "off", 1, at_once)
        say("streaming with live attribution")
        live = run(server, texts, "live", 2, at_once)
        if model is not None:
            say(f"generating with {model}")
        cost = None if model is None else model_cost(server, model)
    part = figures(size_mb, texts, off, live, peers, rate, at_once)
    return part if cost is None else replace(part, tables=(*part.tables, speed(cost)))


def speed(cost: Cost) -> Table:
    """A model's speed with and without attribution."""
    rows = (
        ("tokens a second, attribution off, median", f"{cost.off:.1f}"),
        ("tokens a second, live attribution, median", f"{cost.live:.1f}"),
        ("speed with attribution, share of the speed without", pc(cost.live / cost.off)),
        ("processor time of attribution, share of generation", pc(cost.looked)),
    )
    note = (
        f"{cost.tokens} tokens, alternately without and with attribution, on the same processors."
    )
    return Table(f"The model {cost.model}", ("what", "measured"), rows, note)


def figures(
    size_mb: int,
    texts: Sequence[Text],
    off: Run,
    live: Run,
    peers: Sequence[Prefixes],
    rate: float,
    at_once: int,
) -> Part:
    """The figures as tables."""
    copies = reported_copies(texts, live, peers, rate)
    delays = [copy.delay for copy in copies]
    peer_delays = [copy.peer for copy in copies]
    share = live.looked / live.generation
    cpu = (live.cpu - off.cpu) / live.generation
    peer_share = sum(peer.processor for peer in peers) / live.generation
    flickers = sum(received.flickers for received in live.received)
    missed = sum(
        not peer.first.keys().isdisjoint(holders) and received.reported.keys().isdisjoint(holders)
        for text, received, peer in zip(texts, live.received, peers, strict=True)
        for holders in text.copies
    )
    late = sum(not copy.early for copy in copies)
    bars = (
        Bar(
            "source reported after the deciding token, while streaming",
            "<= 150 ms",
            f"p50 {ms(p50(delays))}, max {ms(max(delays))}",
            max(delays) <= BAR_SECONDS,
        ),
        Bar("cost of live attribution", "<= 2 % of generation", pc(share), share <= BAR_SHARE),
        Bar("marks that shrink or vanish", "0", str(flickers), flickers == 0),
    )
    finals = [received.final_seconds for received in live.received]
    states = statistics.mean(received.states for received in live.received)
    rows = [
        (f"source reported after the deciding token, {name}", ms(of(delays)), ms(of(peer_delays)))
        for name, of in (("p50", p50), ("p90", p90), ("max", max))
    ]
    rows += [
        ("sources reported within 150 ms", in_time(delays), in_time(peer_delays)),
        ("sources reported only at the end", str(late), "0"),
        ("copies that only the peer reported", str(missed), "-"),
        ("processor time of attribution, share of generation", pc(share), pc(peer_share)),
        ("additional processor time of the server, share of generation", pc(cpu), "-"),
        ("marks that shrink or vanish", str(flickers), str(sum(peer.flickers for peer in peers))),
        ("states sent, per text", f"{states:.1f}", "-"),
        ("final state after the last token, p50", ms(p50(finals)), "-"),
        ("delay of the text, p50 / p99, live", text_delay(live), "-"),
        ("delay of the text, p50 / p99, attribution off", text_delay(off), "-"),
    ]
    kinds = ", ".join(
        f"{sum(text.kind == kind for text in texts)} {words}" for kind, words in KINDS.items()
    )
    note = (
        f"{len(texts)} texts ({kinds}), {sum(len(times) for times in live.times)} tokens at "
        f"{rate:g} a second, {at_once} at once, over HTTP from gunicorn; {size_mb} MB indexed. "
        "The peer attributes the whole text in process after each token, one text at a time."
    )
    table = Table("Attribution while streaming", ("what", "live", "peer"), tuple(rows), note)
    return Part("Streaming", bars, (table,))


def p50(values: Sequence[float]) -> float:
    """The median."""
    return quantile(values, 0.5)


def p90(values: Sequence[float]) -> float:
    """The 90th percentile."""
    return quantile(values, 0.9)


def in_time(delays: Sequence[float]) -> str:
    """How many delays meet the bar."""
    return f"{sum(delay <= BAR_SECONDS for delay in delays)} of {len(delays)}"


def text_delay(run: Run) -> str:
    """How long after its emission text arrives."""
    return f"{ms(p50(run.late))} / {ms(quantile(run.late, 0.99))}"


def ms(seconds: float) -> str:
    """0.0123 -> "12.3 ms"."""
    return f"{seconds * 1e3:.1f} ms"


def pc(share: float) -> str:
    """0.0123 -> "1.23 %"."""
    return f"{100 * share:.2f} %"


def say(step: str) -> None:
    """Print the step that begins."""
    click.echo(f"streaming: {step}", err=True)


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--texts", default=9, show_default=True, help="Texts of each kind; there are three.")
@click.option("--rate", default=40.0, show_default=True, help="Tokens a second.")
@click.option("--at-once", default=1, show_default=True, help="Concurrent streams.")
@click.option(
    "--model", help="Also measure a model's speed with and without attribution, e.g. demo."
)
def main(size_mb: int, texts: int, rate: float, at_once: int, model: str | None) -> None:
    """Measure, and print the figures next to the bars."""
    click.echo(f"{description()}\n")
    click.echo(measure(size_mb, texts, rate, at_once, model).markdown())


if __name__ == "__main__":
    main()
