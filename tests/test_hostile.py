"""A small sample of benchmarks/hostile.py: no reader takes long, whatever the text."""

from __future__ import annotations

import pytest

from benchmarks.hostile import CASES, measure


@pytest.mark.parametrize("name", list(CASES))
def test_no_reader_takes_long(name: str) -> None:
    # quadratic time for 40 kB was seconds; a busy machine needs a tenth of one
    assert measure(name, 40_000).seconds < 3.0
