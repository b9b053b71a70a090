"""Look-up times in a separate process: warm, or with the index's files out of memory.

    python -m benchmarks.lookups INDEX QUERIES.jsonl [--cold | --best] [--own]

QUERIES.jsonl is an input of `whence lookup --jsonl`. Prints the milliseconds of each look-up as
JSON; with --best the shortest of `ROUNDS` rounds, to compare two indexes without noise; with --own
less the time for which other processes had the processor, as Linux counts it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from attribution.attributor import Attributor
from attribution.index import open_index
from attribution.types import NewFile, Occurrence, Snippet
from tests.support.memory_index import MemoryIndex

ROUNDS = 5


def forget(location: Path) -> None:
    """Drop the index's files from the page cache."""
    os.sync()  # only pages that have been written can be dropped
    for path in location.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)


def load_code(snippets: list[Snippet]) -> None:
    """Load the compiled kernels by look-ups in another index than the measured one."""
    with MemoryIndex() as index:
        with index.writer() as writer:
            known = snippets[0]
            writer.add([NewFile(known.code, known.language or "", Occurrence("r", "p"))])
            writer.commit()
        Attributor(index).attribute(snippets[0])


def waited() -> float:
    """Seconds for which this thread was ready to run, and others ran."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


def main(location: Path, questions: Path, *, cold: bool, rounds: int, own: bool) -> None:
    """Time each look-up."""
    read = [json.loads(line) for line in questions.read_text().splitlines()]
    snippets = [Snippet(one["code"].encode(), one["language"]) for one in read]
    load_code(snippets)
    if cold:
        forget(location)
    times = [float("inf")] * len(snippets)
    with open_index(location) as index:
        attributor = Attributor(index)
        if not cold:
            for snippet in snippets:
                attributor.attribute(snippet)
        for number, snippet in [*enumerate(snippets)] * rounds:
            started = time.perf_counter()
            before = waited() if own else 0.0
            attributor.attribute(snippet)
            others = waited() - before if own else 0.0
            seconds = time.perf_counter() - started - others
            times[number] = min(times[number], 1e3 * seconds)
    print(json.dumps(times))


if __name__ == "__main__":
    options = sys.argv[3:]
    best = ROUNDS if "--best" in options else 1
    main(
        Path(sys.argv[1]), Path(sys.argv[2]),
        cold="--cold" in options, rounds=best, own="--own" in options,
    )  # fmt: skip
