"""How the work of indexing is cut: into units, and those into parts of about the same size.

A unit is a source, or a piece of a large one. Units depend on what the sources hold, never on the
number of parts, so a run may be resumed with another number. Everything is decided by names and
sizes alone, so machines that see the same ones cut alike. They may differ, because the size of a
checkout is that of git's index; then the names of parts differ too, and some are missing.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attribution.errors import InputError, SourceError
from attribution.index.checkpoints import part_name
from attribution.worker_processes import available_cores
from indexer.sources import Source
from indexer.sources.interface import fingerprint

__all__ = ["Part", "cut", "processes_for", "share", "size_of"]

# A piece of a source: a hundredth of all work, so that parts come out alike, within these limits.
# Smaller ones cost more to open than they save; larger ones keep other processes waiting.
_PIECES = 100
_SMALLEST, _LARGEST = 4 << 20, 256 << 20  # bytes on disk
# Bytes of sources for each process: 60 MB of code take one 3.5 s. With two, half of that and the
# second that each needs to start, and a second for merging: no less.
_WORTH_A_PROCESS = 32 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One of several equal shares of the work."""

    number: int  # from 1
    of: int

    @staticmethod
    def parse(text: str) -> Part:
        """The part that "I/N" names.

        Raises:
            InputError: it is not of that form, or there is no such part.
        """
        named = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
        if named is None or not 1 <= int(named[1]) <= int(named[2]):
            raise InputError(
                f"--part {text} is invalid; give I/N with I from 1 to N, such as 1/8 for the first "
                "of eight parts"
            )
        return Part(int(named[1]), int(named[2]))

    def name(self, units: Sequence[Source]) -> str:
        """The name under which the end of this part of all units is recorded in an index."""
        work = fingerprint(*sorted((unit.name, size_of(unit)) for unit in units))
        return part_name(self.number, self.of, work)


def size_of(source: Source) -> int:
    """Bytes on disk; 0 for a source that cannot be read, which is reported when it is read."""
    try:
        return source.total_bytes()
    except (SourceError, OSError):
        return 0


def processes_for(sources: Sequence[Source], jobs: int | None) -> int:
    """How many processes are worth it, at most `jobs`, or if that is None, one for each core."""
    worth = sum(map(size_of, sources)) // _WORTH_A_PROCESS
    return max(1, min(available_cores() if jobs is None else jobs, worth))


def cut(
    sources: Sequence[Source],
    stays: Callable[[Source], bool] = lambda _: False,
    *,
    all_alike: bool = False,
) -> list[Source]:
    """All units, each once: small sources as they are, and the pieces of large ones.

    Args:
        stays: whether a large source stays as it is; asked only of those.
        all_alike: other machines cut the same sources, so one that only this machine cannot reach
            is an error.

    Raises:
        InputError: all have to cut alike, and a source cannot be reached.
    """
    sources = list({source.name: source for source in sources}.values())
    size = min(_LARGEST, max(_SMALLEST, sum(map(size_of, sources)) // _PIECES))
    units: list[Source] = []
    for source in sources:
        try:
            pieces = source.pieces(size)
        except SourceError as error:
            if all_alike:
                raise InputError(
                    f"{error}. All parts have to be cut from the same sources: run the command "
                    "again, or leave this source out of all parts"
                ) from error
            pieces = [source]  # the error is reported when it is read
        units += [source] if len(pieces) > 1 and stays(source) else pieces
    return units


def share(units: Sequence[Source], part: Part) -> list[Source]:
    """The units of one part, in the order of all units.

    The largest unit goes first, each to the part that has least, so parts differ in size by less
    than the largest unit.
    """
    loads = [(0, number) for number in range(1, part.of + 1)]  # a heap
    ours = set()
    for size, name in sorted(((size_of(u), u.name) for u in units), key=lambda u: (-u[0], u[1])):
        load, number = loads[0]
        # An empty file takes time too.
        heapq.heapreplace(loads, (load + size + 1, number))
        if number == part.number:
            ours.add(name)
    return [unit for unit in units if unit.name in ours]
