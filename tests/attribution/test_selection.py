"""Which candidates are aligned first, which a service has to know too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from attribution.index.interface import Candidate
from attribution.matching.verify import Verified
from attribution.selection import Aligner, aligned_first, select
from attribution.settings import AttributorSettings
from attribution.sketching.sketch import Sketch

NONE = np.empty(0, np.uint64)


class Recorder:
    """An aligner that finds nothing, and keeps what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[Candidate]] = []

    def align(self, candidates: Sequence[Candidate]) -> list[Verified]:
        self.batches.append(list(candidates))
        return []

    def deadline(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("scores", "count"),
    [
        ([], 0),
        ([1.0, 0.5], 0),  # chance agreements
        ([20.0], 1),
        ([20.0, 5.0, 4.0], 1),  # far ahead of any other
        ([20.0, 19.0, 18.0], 3),
        ([20.0, 19.0, 18.0, 17.5, 17.0, 16.5], 4),
    ],
)
def test_what_is_aligned_first(scores: list[float], count: int) -> None:
    fingerprints = np.arange(1000, dtype=np.uint64)
    sketch = Sketch(
        tokens=300, raw=fingerprints, raw_positions=np.zeros(1000, np.uint32), renamed=NONE,
        renamed_positions=np.empty(0, np.uint32), minhash=np.empty(0, np.uint32), bands=NONE,
        words=(),
    )  # fmt: skip
    candidates = [
        Candidate(f"{number:040x}", score, 0.0, 1 << number, 0.0, 0.0)
        for number, score in enumerate(scores)
    ]
    first = aligned_first(candidates, sketch)
    assert first == candidates[:count]
    recorder = Recorder()
    select(candidates, sketch, cast(Aligner, recorder), AttributorSettings())
    assert recorder.batches[:1] == ([first] if first else [])
