"""Checkpoints of work that was cut: pieces of a source, and parts of all the work of indexing.

    parquet:/data/a.parquet#3/17    the third of the 17 pieces of a source
    part 2/8 of 5f3a09              the second of the 8 parts of the work with that digest; done
                                    when the run that indexed it came to its end

A digest stands for the list of all units of work. The first word of a position is the fingerprint
that the source had when it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from attribution.index.interface import Checkpoint

__all__ = [
    "checkpoint_of",
    "join_checkpoints",
    "missing_parts",
    "part_name",
    "piece_name",
    "source_names",
]

_PIECE = re.compile(r"(.+)#(\d+)/(\d+)\Z", re.DOTALL)
_PART = re.compile(r"part (\d+)/(\d+) of (\w+)")


def piece_name(source: str, number: int, count: int) -> str:
    """The name of one of the pieces of a source, counted from 1."""
    return f"{source}#{number}/{count}"


def part_name(number: int, count: int, work: str) -> str:
    """The name under which the end of a part is recorded; `work` is a digest of all units."""
    return f"part {number}/{count} of {work}"


def source_names(names: Iterable[str]) -> tuple[str, ...]:
    """The sources among the names of checkpoints; of one that is read in pieces, its own name."""
    sources = (name for name in names if not _PART.fullmatch(name))
    return tuple(dict.fromkeys(_PIECE.sub(r"\1", name) for name in sources))


def join_checkpoints(*several: Iterable[Checkpoint]) -> dict[str, Checkpoint]:
    """The checkpoints of several indexes as those of one, by source.

    Of a source in several of them, the last counts, unless it is unfinished and one before it is
    done and has the same fingerprint. All pieces of a source, when they are done, become the
    source, with their positions joined by "+", also those of pieces without any file, which are
    ""; so do all parts. Pieces of a source that was read before, in as many, replace those in it.
    """
    joined: dict[str, Checkpoint] = {}
    for checkpoints in several:
        for new in checkpoints:
            old = joined.get(new.source)
            if old is None or new.done or not old.done or old.mark != new.mark:
                joined[new.source] = new
    pieces: dict[tuple[str, str, int], list[str]] = {}  # (source, fingerprint, count): names
    for name, checkpoint in joined.items():
        if checkpoint.done and (named := _PIECE.fullmatch(name)):
            key = (named[1], checkpoint.mark, int(named[3]))
            pieces.setdefault(key, []).append(name)
    for (source, mark, count), names in pieces.items():
        whole = joined.get(source)
        positions = [""] * len(names)
        if whole is not None and whole.done and whole.mark == mark:
            before = whole.position.partition(" ")[2].split("+")
            positions = before if len(before) == count else positions
        if len(positions) == count:
            for name in names:
                number = int(name.rpartition("#")[2].partition("/")[0])
                positions[number - 1] = joined.pop(name).position.partition(" ")[2]
            joined[source] = Checkpoint(source, f"{mark} {'+'.join(positions)}", done=True)
    for names, missing in _works(joined):
        if not missing:
            for name in names:
                del joined[name]
    return joined


def checkpoint_of(checkpoints: Mapping[str, Checkpoint], source: str) -> Checkpoint | None:
    """The checkpoint of a source; that of a piece may be part of the whole source's."""
    own, named = checkpoints.get(source), _PIECE.fullmatch(source)
    whole = checkpoints.get(named[1]) if named and own is None else None
    if named is None or whole is None or not whole.done:
        return own
    positions = whole.position.partition(" ")[2].split("+")
    if len(positions) != int(named[3]):
        return None
    return Checkpoint(source, f"{whole.mark} {positions[int(named[2]) - 1]}", done=True)


def missing_parts(checkpoints: Iterable[Checkpoint]) -> list[str]:
    """The parts that are not done ("3/8"), of works of which some part is there."""
    return [part for _, missing in _works({c.source: c for c in checkpoints}) for part in missing]


def _works(checkpoints: dict[str, Checkpoint]) -> list[tuple[list[str], list[str]]]:
    """For each work: the names of its parts, and which are not done."""
    works: dict[tuple[str, int], dict[int, Checkpoint]] = {}
    for name, checkpoint in checkpoints.items():
        if named := _PART.fullmatch(name):
            works.setdefault((named[3], int(named[2])), {})[int(named[1])] = checkpoint
    return [
        (
            [checkpoint.source for checkpoint in parts.values()],
            [f"{n}/{of}" for n in range(1, of + 1) if n not in parts or not parts[n].done],
        )
        for (_, of), parts in works.items()
    ]
