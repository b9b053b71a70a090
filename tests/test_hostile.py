"""Small samples of benchmarks/hostile.py and its fuzz targets."""

from __future__ import annotations

import pytest

from benchmarks.fuzz import fuzz
from benchmarks.hostile import CASES, measure


@pytest.mark.parametrize("name", list(CASES))
def test_no_reader_takes_long(name: str) -> None:
    # quadratic time for 40 kB was seconds; a busy machine needs a tenth of one
    assert measure(name, 40_000).seconds < 3.0


def test_damaged_input_gets_an_answer_or_a_message() -> None:
    from benchmarks.fuzz_profile import all_targets

    for name, target in all_targets().items():
        figures = fuzz(target, 60 if "look-up" in name else 8)
        assert not figures.failures, f"{name}: {figures.failures[0]}"
