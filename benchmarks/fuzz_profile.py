"""The long profile of `benchmarks.fuzz`: `python -m benchmarks.hostile --fuzz MINUTES`."""

from __future__ import annotations

import faulthandler
import multiprocessing
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import click

from benchmarks import fuzz_lookups, fuzz_readers
from benchmarks.fuzz import Figures, Target, fuzz, read_valid

__all__ = ["all_targets", "print_profile"]

_ADDRESS_SPACE = 4 << 30  # bytes on top of what the process has when the target is loaded
_HANG = 120  # seconds for one input, after which the process is ended


def all_targets() -> dict[str, Target]:
    """The targets by name."""
    return fuzz_lookups.targets() | fuzz_readers.targets()


def print_profile(minutes: float, only: str = "") -> bool:
    """Fuzz the targets whose names contain `only`, half of the time those of look-ups.

    Returns:
        Whether none failed.
    """
    lookups = [name for name in fuzz_lookups.targets() if only in name]
    readers = [name for name in fuzz_readers.targets() if only in name]
    total = Figures()
    click.echo("| target | inputs | refused | MB | slowest | s/MB | grew by |")
    click.echo("|---|" + "---:|" * 6)
    for names in filter(None, (lookups, readers)):
        seconds = minutes * 60 / len(names) / (2 if lookups and readers else 1)
        for name in names:
            figures = _apart(name, seconds)
            click.echo(_row(name, figures))
            for failure in figures.failures:
                click.echo(failure, err=True)
            total.add(figures)
    click.echo(_row("all", total))
    return not total.failures


def _row(name: str, figures: Figures) -> str:
    failed = " **failed**" if figures.failures else ""
    return (
        f"| {name}{failed} | {figures.inputs:,} | {figures.refused:,} | {figures.size / 1e6:.0f} "
        f"| {figures.slowest:.2f} s | {figures.rate:.1f} | {figures.growth >> 20} MB |"
    )


def _apart(name: str, seconds: float) -> Figures:
    """Run a target in a process of its own, whose address space is limited."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(_limited, name, seconds).result()
        except BrokenProcessPool:
            return Figures(failures=[f"{name}: the process ended: it crashed or hung (see above)"])


def _limited(name: str, seconds: float) -> Figures:
    target = all_targets()[name]
    read_valid(target)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    space = pages * resource.getpagesize() + _ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    watched = Target(target.valid, lambda text: _watched(target.read, text))
    return fuzz(watched, 200, seconds, random=True)


def _watched(read: Callable[[bytes], object], text: bytes) -> None:
    faulthandler.dump_traceback_later(_HANG, exit=True)
    try:
        read(text)
    finally:
        faulthandler.cancel_dump_traceback_later()
