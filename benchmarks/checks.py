"""Processor time of the audit's checks, in a separate process and without the cache.

    python -m benchmarks.checks INDEX FOLDER

Checks the files below FOLDER twice, and prints the seconds of the faster run and how many files
there are as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from attribution.lexing.languages import language_of_path
from audit.checking.checker import Checker
from audit.types import Item

ROUNDS = 2


def main(location: str, folder: Path) -> None:
    """Time the checks."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    items = [Item(path.name, path.read_bytes(), language_of_path(path.name)) for path in paths]
    checker = Checker.open(location)
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for item in items:
            checker.check(item)
        best = min(best, time.process_time() - started)
    print(json.dumps([best, len(items)]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
