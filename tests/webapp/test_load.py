"""Thirty-two clients look up while four generate: nothing fails, and nothing grows.

The short form of benchmarks/load.py and benchmarks/soak.py, with a model of a few thousand weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.load import alone, under_load, wait_for_model
from benchmarks.served import Served, serving
from benchmarks.soak import drop_page_cache, soak
from tests.support.small_models import make_model, make_tokenizer
from tests.support.webapp_client import PARSER, QUEUE, TIDES, make_index

CODES = [PARSER, QUEUE, TIDES, "def own(beam):\n    return [beam for _ in range(7)]\n" * 3, "x = 1"]
_MOST_GROWTH = 100 << 20  # bytes between the first quarter and the end: a leak, not a cache


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("load")
    make_model().save_pretrained(folder / "model")
    make_tokenizer().save_pretrained(folder / "model")
    index = str(make_index(folder / "index"))
    with serving(folder, "--index", index, "--model", f"local:{folder / 'model'}") as service:
        wait_for_model(service, 120)
        alone(service, CODES, 20)
        yield service


def test_a_full_service_answers_or_sets_retry_after(served: Served) -> None:
    load = under_load(served, CODES, 10, max_tokens=16)
    assert load.lookups.bad == []
    assert load.generations.bad == []
    assert load.lookups.statuses[200] >= 32
    assert load.generations.statuses[200] >= 1
    # every fifth snippet is too short to be judged
    assert load.lookups.checked >= 0.7 * load.lookups.statuses[200]
    quarter = load.memory[len(load.memory) // 4]
    assert load.memory[-1] - quarter < _MOST_GROWTH
    assert "Traceback" not in served.log.read_text()


def test_large_look_ups_searches_and_broken_streams(served: Served) -> None:
    results = soak(served, "\n".join(CODES) * 800, 6, clients=6)
    assert results.lookups.bad + results.searches.bad + results.streams.bad == []
    assert results.lookups.statuses[200] >= 6
    assert results.searches.statuses[200] >= 1
    assert results.growth is None  # of six seconds
    assert len(results.memory) >= 2
    assert "Traceback" not in served.log.read_text()


def test_dropping_the_page_cache_leaves_the_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10_000)
    (tmp_path / "link").symlink_to("nowhere")
    drop_page_cache(tmp_path)
    assert (tmp_path / "a").read_bytes() == b"x" * 10_000
