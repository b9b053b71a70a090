"""Inputs with random damage: each gets an answer or an error with a message, in time.

`python -m benchmarks.hostile --fuzz MINUTES` does it for long, tests/test_hostile.py briefly. Each
target of `benchmarks.fuzz_readers` and `benchmarks.fuzz_lookups` has valid inputs. Hypothesis cuts
them, repeats parts of them, and puts in bytes on which parsers fail. A target fails on any error
that a user would see as a traceback, on CPU time out of proportion, and on a process that grows out
of proportion.
"""

from __future__ import annotations

import contextlib
import resource
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from attribution.errors import WhenceError
from inference.errors import GenerationError

__all__ = ["Figures", "Target", "fuzz", "read_valid"]

_LONGEST = 200_000  # bytes of an input
_SECONDS, _SECONDS_A_MEGABYTE = 2.0, 30.0  # of CPU; a busy machine needs more than an idle one
_GROWTH = 256 << 20  # bytes that a process may grow by while it reads inputs of up to 200 kB
_TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80",
    "\u2028".encode(), "\u202e".encode(), "\u0130".encode(), b"\\ud800", b"\\u0000", b"\x1b[2J",
    b"\r", b"\n", b"\r\n", b"\x0c", b"\t", b" ", b"{", b"}", b"[", b"]", b"(", b"<", b"<!--", b"*",
    b'"', b"'", b'"""', b"`", b"```", b"/*", b"*/", b"#", b"//", b"\\", b"\\\n", b":", b"- ", b"=",
    b",", b".", b"a.", b"../", b"/dev/zero", b"~", b"%", b"$(", b"@", b"NaN", b"1e999", b"-1", b"0",
    b"9" * 30, b"9" * 5000, b"null", b"true", b"[]", b"{}", b'""', b"Copyright (c) 2020 ",
    b"SPDX-License-Identifier: ", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"PAR1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of input, and what reads it."""

    valid: Sequence[bytes]  # inputs to damage
    read: Callable[[bytes], object]  # may raise errors that are shown to users, and no others


@dataclass(slots=True)
class Figures:
    """What a target was given, and the most that it took."""

    inputs: int = 0
    size: int = 0  # bytes of all inputs
    refused: int = 0  # inputs answered with an error that users may see
    slowest: float = 0.0  # CPU seconds of one input
    rate: float = 0.0  # most CPU seconds per megabyte, of inputs of 10 kB and more
    growth: int = 0  # bytes by which the process grew
    failures: list[str] = field(default_factory=list)  # tracebacks, with the smallest input

    def add(self, other: Figures) -> None:
        """Add another target's figures."""
        self.inputs += other.inputs
        self.size += other.size
        self.refused += other.refused
        self.slowest = max(self.slowest, other.slowest)
        self.rate = max(self.rate, other.rate)
        self.growth = max(self.growth, other.growth)
        self.failures += other.failures


@st.composite
def _damaged(draw: st.DrawFn, valid: Sequence[bytes]) -> bytes:
    text = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 0, 1, 3, 20, len(text)))))
        other = draw(st.sampled_from(valid))
        cut = draw(st.integers(0, len(other)))
        piece = draw(
            st.one_of(
                st.sampled_from(_TOKENS),
                st.binary(max_size=6),
                st.sampled_from((b"", other[cut : cut + 40], other[cut : cut + 2000])),
            )
        )
        times = draw(st.sampled_from((1, 1, 1, 1, 2, 40, 3000)))
        text = (text[:start] + piece * times + text[end:])[:_LONGEST]
    return text


def fuzz(target: Target, examples: int, seconds: float = 0.0, *, random: bool = False) -> Figures:
    """Give damaged inputs to a target.

    Args:
        examples: inputs, at least.
        seconds: for which more follow; it stops at the first failure.
        random: whether the inputs are others in each run.
    """
    figures = Figures()
    read_valid(target)
    before = _peak()

    @settings(
        max_examples=examples, derandomize=not random, deadline=None, database=None,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(_damaged(target.valid))
    def check(text: bytes) -> None:
        started = time.process_time()
        try:
            target.read(text)
        except (WhenceError, GenerationError) as error:
            assert str(error).strip(), "an error without a message"
            figures.refused += 1
        taken = time.process_time() - started
        figures.inputs += 1
        figures.size += len(text)
        figures.slowest = max(figures.slowest, taken)
        if len(text) >= 10_000:
            figures.rate = max(figures.rate, taken / len(text) * 1e6)
        figures.growth = max(figures.growth, _peak() - before)
        assert taken < _SECONDS + _SECONDS_A_MEGABYTE * len(text) / 1e6, f"{taken:.1f} s of CPU"
        assert figures.growth < _GROWTH, f"the process grew by {figures.growth >> 20} MB"

    end = time.monotonic() + seconds
    while not figures.failures and (not figures.inputs or time.monotonic() < end):
        try:
            check()
        except Exception:
            figures.failures.append(traceback.format_exc())
    return figures


def read_valid(target: Target) -> None:
    """Loads code, compiles kernels, and shows that there is something to damage."""
    read = 0
    for text in target.valid:
        with contextlib.suppress(WhenceError, GenerationError):
            target.read(text)
            read += 1
    assert read, "no valid input"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
