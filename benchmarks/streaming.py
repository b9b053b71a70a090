"""Attribution while a text streams over HTTP: the delay of a verdict, and the cost.

    python -m benchmarks.streaming --size-mb 300

A server (gunicorn, as in production) replays known texts at a fixed rate: functions copied from
the index, and copies between functions of packages that were never indexed. The deciding token is
the first after which attribution of the whole text reports the source. The delay runs from the
moment when the model emits that token to the event on the client.
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
class Verdict:
    """When one copied function was reported."""

    delay: float  # seconds after its deciding token; negative if before it
    peer: float  # of the peer, likewise
    early: bool  # before the text's end


def verdicts(
    texts: Sequence[Text], live: Run, peers: Sequence[Prefixes], rate: float
) -> list[Verdict]:
    """One for each copied function that attribution of the prefixes reports."""
    found = []
    for text, heard, times, peer in zip(texts, live.heard, live.times, peers, strict=True):
        for holders in text.copies:
            tokens = [peer.first[one] for one in holders if one in peer.first]
            reported = [heard.reported[one] for one in holders if one in heard.reported]
            if tokens and reported:
                token = min(tokens)
                early = any(heard.early.get(one, False) for one in holders)
                found.append(
                    Verdict(min(reported) - times[token], peer.delay(token, 1 / rate), early)
                )
    return found


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
    part = summary(size_mb, texts, off, live, peers, rate, at_once)
    return part if cost is None else replace(part, tables=(*part.tables, speed(cost)))


def speed(cost: Cost) -> Table:
    """A model's speed with and without attribution."""
    rows = (
        ("tokens per second, attribution off, median", f"{cost.off:.1f}"),
        ("tokens per second, live attribution, median", f"{cost.live:.1f}"),
        ("speed with attribution, of the speed without", pc(cost.live / cost.off)),
        ("processor time of look-ups, of generation", pc(cost.looked)),
    )
    note = f"{cost.tokens} tokens, alternately without and with, on the same processors."
    return Table(f"The model {cost.model}", ("figure", "measured"), rows, note)


def summary(
    size_mb: int,
    texts: Sequence[Text],
    off: Run,
    live: Run,
    peers: Sequence[Prefixes],
    rate: float,
    at_once: int,
) -> Part:
    """The figures as tables."""
    found = verdicts(texts, live, peers, rate)
    delays = [one.delay for one in found]
    peer_delays = [one.peer for one in found]
    share = live.looked / live.generation
    cpu = (live.cpu - off.cpu) / live.generation
    peer_share = sum(peer.processor for peer in peers) / live.generation
    flickers = sum(heard.flickers for heard in live.heard)
    missed = sum(
        any(one in peer.first for one in holders)
        and not any(one in heard.reported for one in holders)
        for text, heard, peer in zip(texts, live.heard, peers, strict=True)
        for holders in text.copies
    )
    late = sum(not one.early for one in found)
    bars = (
        Bar(
            "verdict after the deciding token, while streaming",
            "<= 150 ms",
            f"p50 {ms(p50(delays))}, max {ms(max(delays))}",
            max(delays) <= BAR_SECONDS,
        ),
        Bar("cost of live attribution", "<= 2 % of generation", pc(share), share <= BAR_SHARE),
        Bar("marks that shrink or vanish", "0", str(flickers), flickers == 0),
    )
    finals = [heard.final_seconds for heard in live.heard]
    states = statistics.mean(heard.states for heard in live.heard)
    rows = [
        (f"verdict after the deciding token, {name}", ms(of(delays)), ms(of(peer_delays)))
        for name, of in (("p50", p50), ("p90", p90), ("max", max))
    ]
    rows += [
        ("verdicts within 150 ms", in_time(delays), in_time(peer_delays)),
        ("verdicts that came only at the end", str(late), "0"),
        ("copies that only the peer reported", str(missed), "-"),
        ("processor time of look-ups, of generation", pc(share), pc(peer_share)),
        ("processor time of the server beyond a plain stream, of generation", pc(cpu), "-"),
        ("marks that shrink or vanish", str(flickers), str(sum(peer.flickers for peer in peers))),
        ("states sent, per text", f"{states:.1f}", "-"),
        ("final state after the last token, p50", ms(p50(finals)), "-"),
        ("latency of text, p50 / p99, live", text_latency(live), "-"),
        ("latency of text, p50 / p99, attribution off", text_latency(off), "-"),
    ]
    kinds = ", ".join(
        f"{sum(text.kind == kind for text in texts)} {words}" for kind, words in KINDS.items()
    )
    note = (
        f"{len(texts)} texts ({kinds}), {sum(len(times) for times in live.times)} tokens at "
        f"{rate:g} per second, {at_once} at once, over HTTP from gunicorn; {size_mb} MB indexed. "
        "The peer attributes the whole text in process after each token, one text at a time."
    )
    table = Table("Attribution while streaming", ("figure", "live", "peer"), tuple(rows), note)
    return Part("Streaming", bars, (table,))


def p50(values: Sequence[float]) -> float:
    """The median."""
    return quantile(values, 0.5)


def p90(values: Sequence[float]) -> float:
    """The value that nine in ten do not exceed."""
    return quantile(values, 0.9)


def in_time(delays: Sequence[float]) -> str:
    """How many verdicts reach the bar."""
    return f"{sum(delay <= BAR_SECONDS for delay in delays)} of {len(delays)}"


def text_latency(streamed: Run) -> str:
    """Median and 99th percentile of the time from a token to its arrival."""
    return f"{ms(p50(streamed.late))} / {ms(quantile(streamed.late, 0.99))}"


def ms(seconds: float) -> str:
    """0.0123 -> "12.3 ms"."""
    return f"{seconds * 1e3:.1f} ms"


def pc(share: float) -> str:
    """0.0123 -> "1.23 %"."""
    return f"{100 * share:.2f} %"


def say(step: str) -> None:
    """Report progress."""
    click.echo(f"streaming: {step}", err=True)


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--texts", default=9, show_default=True, help="Texts of each of three kinds.")
@click.option("--rate", default=40.0, show_default=True, help="Tokens per second.")
@click.option("--at-once", default=1, show_default=True, help="Concurrent streams.")
@click.option("--model", help="Also measure a model's speed with and without, e.g. demo.")
def main(size_mb: int, texts: int, rate: float, at_once: int, model: str | None) -> None:
    """Measure, and print the figures beside the bars."""
    click.echo(f"{description()}\n")
    click.echo(measure(size_mb, texts, rate, at_once, model).markdown())


if __name__ == "__main__":
    main()
