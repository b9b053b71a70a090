"""Parts: several processes write to one version at once, and one step makes all of it visible.

Three kinds of document in the meta index:

    parts              the parts that joined, and the generation that the next commit will have
    part-2-8-5f3a09    what one part has committed: generations and checkpoints
    skips-1048581      the files that a commit of a part left out
    lock-part-2-8-...  held by the process that writes this part; another one may take it over

Each commit of a part has a generation of its own, far above that of the version, so that readers
see nothing of it. When all parts of the same work are done, the version gets the highest of these
generations, in one step.

A killed process leaves documents of a generation that no part has committed. Another part may rely
on them, since creating a document that exists changes nothing, so they stay. Only those that are
incomplete are deleted in the end: no commit relies on one, because a commit waits until the cluster
has acknowledged the sketch, the text and the occurrences of each of its files.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from attribution.errors import IndexLockedError
from attribution.index.checkpoints import join_checkpoints
from attribution.index.elastic.bulk import Bulk
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.commit import Commit, load
from attribution.index.elastic.layout import META, write_alias
from attribution.index.elastic.lock import Lock
from attribution.index.elastic.removal import finished
from attribution.index.interface import Checkpoint
from attribution.types import Skip

__all__ = [
    "Progress",
    "Register",
    "checkpoints",
    "forget",
    "is_pending",
    "is_written",
    "join",
    "keep_skips",
    "locked",
    "next_generation",
    "read_skips",
    "settled",
]

_TRIES = 1000  # of a change that other processes may get in the way of
_ROOM = 1 << 20  # commits that the version itself may have meanwhile: those of removals
_PATIENCE = 60.0  # seconds to wait for a lock that others hold for a moment


@dataclass(frozen=True, slots=True)
class Register:
    """The parts that write to a version."""

    first: int  # the first generation of a part
    next: int  # the first one that is free
    labels: tuple[str, ...] = ()
    swap: tuple[int, int] = (-1, -1)

    @classmethod
    def load(cls, cluster: Cluster, base: str) -> Register | None:
        """The register of a version; None when no part writes to it."""
        found = _load(cluster, base, "parts")
        if found is None:
            return None
        data, swap = found
        return cls(data["first"], data["next"], tuple(data["labels"]), swap)

    def save(self, cluster: Cluster, base: str) -> Register:
        """Store it; returns it as stored. Raises IndexLockedError when it has changed."""
        data = {"first": self.first, "next": self.next, "labels": self.labels}
        return replace(self, swap=_save(cluster, base, "parts", data, self.swap))


@dataclass(frozen=True, slots=True)
class Progress:
    """What a part has committed."""

    label: str
    generations: tuple[int, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    swap: tuple[int, int] = (-1, -1)

    @classmethod
    def load(cls, cluster: Cluster, base: str, label: str) -> Progress:
        """The progress of a part; one without commits if there is none."""
        found = _load(cluster, base, _id(label))
        if found is None:
            return cls(label)
        data, swap = found
        checkpoints = tuple(Checkpoint(**c) for c in data["checkpoints"])
        return cls(label, tuple(data["generations"]), checkpoints, swap)

    def save(self, cluster: Cluster, base: str) -> Progress:
        """Store it; returns it as stored. Raises IndexLockedError when it has changed."""
        data = {
            "generations": self.generations,
            "checkpoints": [asdict(checkpoint) for checkpoint in self.checkpoints],
        }
        return replace(self, swap=_save(cluster, base, _id(self.label), data, self.swap))


def _id(label: str) -> str:
    """The id of the document of a part, by its name in checkpoints."""
    return re.sub(r"\W+", "-", label)


def _lock_id(label: str) -> str:
    return f"lock-{_id(label)}"


def join(cluster: Cluster, base: str, label: str) -> tuple[Lock, Progress]:
    """Take the lock of a part; a former holder cannot commit from then on.

    Raises:
        IndexLockedError: another process writes the part, or to the version as a whole.
    """
    with locked(cluster, base):
        commit = load(cluster, base)
        register = Register.load(cluster, base)
        if register is not None and commit.generation >= register.first:
            forget(commit, register)  # they were published by a process that ended there
            register = None
        if register is None:
            commit = finished(commit)
            first = commit.generation + _ROOM
            Register(first, first).save(cluster, base)
        lock = Lock(cluster, base, _lock_id(label))
        try:
            _update(
                cluster, base, lambda r: replace(r, labels=(*dict.fromkeys((*r.labels, label)),))
            )
            return lock, Progress.load(cluster, base, label).save(cluster, base)
        except BaseException:
            lock.release()
            raise


def is_written(cluster: Cluster, base: str, label: str) -> bool:
    """Whether a process writes a part now."""
    return Lock.is_held(cluster, base, _lock_id(label))


def next_generation(cluster: Cluster, base: str) -> int:
    """A generation that no other commit has."""
    return (
        _update(cluster, base, lambda register: replace(register, next=register.next + 1)).next - 1
    )


def checkpoints(commit: Commit) -> dict[str, Checkpoint]:
    """Those of the version, and those that its parts have committed."""
    register = Register.load(commit.cluster, commit.base)
    labels = register.labels if register else ()
    progress = (Progress.load(commit.cluster, commit.base, label) for label in labels)
    return join_checkpoints(commit.checkpoints, *(part.checkpoints for part in progress))


def is_pending(commit: Commit) -> bool:
    """Whether parts have written something that is not published yet."""
    register = Register.load(commit.cluster, commit.base)
    return register is not None and commit.generation < register.first


def settled(commit: Commit) -> Commit:
    """The commit, as `removal.finished` leaves it. The caller holds the lock.

    Raises:
        IndexLockedError: parts are pending.
    """
    if is_pending(commit):
        raise IndexLockedError(
            f"parts are being indexed into {commit.cluster.location}, and are not published yet; "
            "run the missing ones with `whence index ... --part I/N`, or publish those that are "
            "there by indexing anything with `--part 1/1`"
        )
    return finished(commit)


def forget(commit: Commit, register: Register) -> None:
    """Delete what was only needed until the parts were published; the register last."""
    names = [f"skips-{generation}" for generation in range(register.first, register.next)]
    names += [_id(label) for label in register.labels]
    with closing(Bulk(commit.cluster)) as bulk:
        for name in names:
            bulk.delete(commit.target(META), name)
        bulk.finish()
        bulk.delete(commit.target(META), "parts")
        bulk.finish()


def keep_skips(commit: Commit, generation: int, skips: Sequence[Skip]) -> None:
    """Store the files that a part left out until they are published."""
    rows = [(skip.name, skip.reason, skip.detail) for skip in skips]
    _save(commit.cluster, commit.base, f"skips-{generation}", rows, None)


def read_skips(commit: Commit, generation: int) -> Iterator[Skip]:
    found = _load(commit.cluster, commit.base, f"skips-{generation}")
    yield from (Skip(*row) for row in (found[0] if found else ()))


@contextmanager
def locked(cluster: Cluster, base: str, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of the version.

    Args:
        wait: for a while, since another part may hold it for a moment.

    Raises:
        IndexLockedError: another process holds it.
    """
    until = time.monotonic() + _PATIENCE * wait
    while True:
        try:
            lock = Lock(cluster, base)
            break
        except IndexLockedError:
            if time.monotonic() > until:
                raise
            time.sleep(random.uniform(0.1, 0.5))
    try:
        yield
    finally:
        lock.release()


def _update(cluster: Cluster, base: str, change: Callable[[Register], Register]) -> Register:
    """Change the register, which others change at the same time."""
    for _ in range(_TRIES):
        register = Register.load(cluster, base)
        if register is None:
            raise IndexLockedError(
                f"other processes have published the parts of {cluster.location} meanwhile; run "
                "the command again: it resumes at its last commit"
            )
        try:
            return change(register).save(cluster, base)
        except IndexLockedError:
            time.sleep(random.uniform(0.0, 0.2))
    raise IndexLockedError(
        f"other processes changed the register of {cluster.location} {_TRIES} times meanwhile; run "
        "the command again: it resumes at its last commit"
    )


def _load(cluster: Cluster, base: str, name: str) -> tuple[Any, tuple[int, int]] | None:
    answer = cluster.request("GET", f"/{base}-{META}/_doc/{name}", missing=True)
    if not answer.get("found"):
        return None
    swap = answer["_seq_no"], answer["_primary_term"]
    return json.loads(answer["_source"]["part"]), swap


def _save(
    cluster: Cluster, base: str, name: str, data: object, swap: tuple[int, int] | None
) -> tuple[int, int]:
    """Store a document, if it is as it was read (None: in any case)."""
    condition: Json = {}
    if swap is not None:
        number, term = swap
        condition = {"if_seq_no": number, "if_primary_term": term}
        condition = condition if number >= 0 else {"op_type": "create"}
    answer = cluster.request(
        "PUT",
        f"/{write_alias(base, META)}/_doc/{name}",
        {"part": json.dumps(data)},
        timeout=cluster.access.bulk_timeout,
        require_alias=True,
        **condition,
    )
    return answer["_seq_no"], answer["_primary_term"]
