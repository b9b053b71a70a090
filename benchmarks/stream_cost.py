"""How much live attribution slows a real model down: the same generations with and without."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from benchmarks.streamed import Server

__all__ = ["Cost", "model_cost"]

LOADING_SECONDS = 600.0  # enough for the demo model, which is trained on its first use
ROUNDS = 5
TOKENS = 256


@dataclass(frozen=True, slots=True)
class Cost:
    """Rates with and without attribution."""

    model: str
    tokens: int
    off: float  # tokens a second
    live: float  # tokens a second
    looked: float  # processor time of attribution, as a share of the generations' time


def model_cost(server: Server, model: str) -> Cost:
    """Generate with the model, alternately without and with live attribution."""
    card = wait_for(server, model)
    prompts: Sequence[str] = card["whence"]["examples"] or ["def main():\n"]
    off: list[float] = []
    live: list[float] = []
    tokens = 0
    began_looks, generating = server.looked(), 0.0
    generate(server, card["id"], prompts[0], "off")  # the first one warms up
    for at in range(ROUNDS):
        for prompt in prompts[:2]:
            order = [("off", off), ("live", live)]
            for attribution, rates in order if at % 2 else reversed(order):
                count, seconds = generate(server, card["id"], prompt, attribution)
                rates.append(count / seconds)
                tokens += count
                generating += seconds if attribution == "live" else 0.0
    looked = (server.looked() - began_looks) / generating
    return Cost(card["id"], tokens, statistics.median(off), statistics.median(live), looked)


def wait_for(server: Server, model: str) -> dict[str, Any]:
    """Wait until the model is ready; returns its entry in the list."""
    limit = time.monotonic() + LOADING_SECONDS
    while time.monotonic() < limit:
        for card in httpx2.get(f"{server.address}/v1/models").json()["data"]:
            if card["id"] != "replay" and card["whence"]["state"] == "ready":
                return dict(card)
            if card["whence"]["state"] in ("failed", "needs_acceptance"):
                raise SystemExit(f"{card['id']}: {card['whence']['state_reason']}")
        time.sleep(0.5)
    raise SystemExit(f"{model} was not loaded within {LOADING_SECONDS:g} s")


def generate(server: Server, model: str, prompt: str, attribution: str) -> tuple[int, float]:
    """Number of tokens of one generation, and seconds between its first and last text."""
    body = {
        "model": model,
        "prompt": prompt,
        "temperature": 0,
        "max_tokens": TOKENS,
        "stream": True,
        "stream_options": {"include_usage": True},
        "attribution": attribution,
    }
    times: list[float] = []
    tokens = 0
    with httpx2.stream("POST", f"{server.address}/v1/completions", json=body, timeout=300) as got:
        for line in got.iter_lines():
            if '"finish_reason":' in line:
                times.append(time.monotonic())
            if '"completion_tokens":' in line:
                tokens = int(line.split('"completion_tokens":')[1].split(",")[0].rstrip("}"))
    return tokens, times[-1] - times[0]
