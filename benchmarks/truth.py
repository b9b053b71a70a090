"""Finds the documents that contain a piece of code, by an exact scan that ignores white space.

The middle `GRAM` bytes of each pattern are searched with a rolling hash over all positions (Karp
and Rabin 1987), computed by doubling on whole arrays; each hit is then compared completely. It
does not use tokens, so the truth of the benchmark does not depend on the product.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.corpus import Corpus

__all__ = ["GRAM", "holders", "squeezed"]

GRAM = 24  # bytes; shorter patterns prove nothing and have no truth
BASE = np.uint64(0x9E3779B97F4A7C15 | 1)
TABLE_BITS = 22


def squeezed(text: str | bytes) -> bytes:
    """The text without white space."""
    content = text.encode() if isinstance(text, str) else text
    return content.translate(None, b" \t\r\n\f\v")


def holders(corpus: Corpus, patterns: Sequence[str]) -> list[set[str] | None]:
    """For each pattern the documents (git blob sha1) with it; None if it is too short. Cached."""
    key = hashlib.sha1("\0".join(patterns).encode()).hexdigest()[:16]
    stored = corpus.folder / f"truth-{key}.json"
    if not stored.exists():
        found = scan(corpus.parts, [squeezed(pattern) for pattern in patterns])
        stored.write_text(json.dumps([None if f is None else sorted(f) for f in found]))
    read = json.loads(stored.read_text())
    return [None if documents is None else set(documents) for documents in read]


def scan(parts: Sequence[Path], patterns: Sequence[bytes]) -> list[set[str] | None]:
    """The same without the cache, for squeezed patterns."""
    found: list[set[str] | None] = [set() if len(p) >= GRAM else None for p in patterns]
    by_hash: dict[int, list[int]] = defaultdict(list)
    for number, pattern in enumerate(patterns):
        if len(pattern) >= GRAM:
            middle = middle_of(pattern)
            gram = np.frombuffer(pattern[middle : middle + GRAM], np.uint8)
            by_hash[int(gram_hashes(gram)[0])].append(number)
    wanted = np.array(sorted(by_hash), np.uint64)
    table = np.zeros(1 << TABLE_BITS, np.bool_)
    table[(wanted >> np.uint64(64 - TABLE_BITS)).astype(np.int64)] = True
    for part in parts:
        columns = pq.read_table(part, columns=["hexsha", "content"])
        contents = [squeezed(text) for text in columns["content"].to_pylist()]
        names = columns["hexsha"].to_pylist()
        text = b"\0".join(contents) + b"\0"
        starts = np.cumsum([0] + [len(content) + 1 for content in contents])
        hashes = gram_hashes(np.frombuffer(text, np.uint8))
        likely = np.flatnonzero(table[(hashes >> np.uint64(64 - TABLE_BITS)).astype(np.int64)])
        likely = likely[np.isin(hashes[likely], wanted)]
        owners = np.searchsorted(starts, likely, side="right") - 1
        for place, owner in zip(likely.tolist(), owners.tolist(), strict=True):
            for number in by_hash[int(hashes[place])]:
                begin = place - middle_of(patterns[number])
                holding = found[number]
                if holding is not None and begin >= 0 and text.startswith(patterns[number], begin):
                    holding.add(names[owner])
    return found


def middle_of(pattern: bytes) -> int:
    """The position of the pattern's middle gram."""
    return (len(pattern) - GRAM) // 2


def gram_hashes(text: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hashes of all grams of `GRAM` = 16 + 8 bytes; shape (len(text) - GRAM + 1,)."""
    hashes = text.astype(np.uint64) + np.uint64(1)
    factor = BASE
    eight = hashes
    with np.errstate(over="ignore"):
        for step in (1, 2, 4, 8):
            hashes = hashes[:-step] * factor + hashes[step:]
            factor = factor * factor
            if step == 4:
                eight = hashes
        # 16 bytes, then 8 more.
        eighth = BASE
        for _ in range(3):
            eighth = eighth * eighth
        count = len(text) - GRAM + 1
        mixed = hashes[:count] * eighth + eight[16 : 16 + count]
        return mixed * np.uint64(0xD6E8FEB86659FD93)
