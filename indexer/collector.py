"""Python's collector of reference cycles, kept away from files: they make none.

There are up to a million objects of files under way, and it would walk them again and again: a
twentieth of all the time of indexing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_off"]


@contextmanager
def collector_off() -> Iterator[None]:
    """Without the collector; who works for long calls `gc.collect` now and then."""
    active = gc.isenabled()
    gc.disable()
    gc.freeze()  # what was imported lives on: no call need look at it
    try:
        yield
    finally:
        gc.unfreeze()
        if active:
            gc.enable()
