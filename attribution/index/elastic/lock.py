"""At most one writer an index: a document that exists while one works.

It is created by the one who comes first, renewed while it works, and may be taken over when it was
not renewed for a while, or at once when the process on this machine is gone. A writer that lost
its lock cannot commit: the state is swapped by compare-and-swap.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from typing import Any

from attribution.errors import IndexLockedError, IndexNotFoundError, WhenceError
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.layout import META, write_alias

__all__ = ["Lock"]

_RENEW_SECONDS = 15.0
_LOST_SECONDS = 90.0  # without a renewal: six were missed; clocks may differ by some seconds

_HELD: set[str] = set()  # tokens of the locks of this process


class Lock:
    """The right to write to one version of an index. Taken when made; `release` gives it back."""

    def __init__(self, cluster: Cluster, base: str) -> None:
        """Take it.

        Raises:
            IndexLockedError: another process has it.
        """
        self._cluster = cluster
        self._path = f"/{base}-{META}/_doc/lock"
        self._target = f"/{write_alias(base, META)}/_doc/lock"
        self._token = uuid.uuid4().hex
        self._swap = self._take()
        _HELD.add(self._token)
        self._done = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._renew, name="whence-lock", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raises IndexLockedError when another process took it over."""
        if self._lost:
            raise IndexLockedError(
                f"the lock of {self._cluster.location} was lost, since it could not be renewed "
                f"for {_LOST_SECONDS:g} s; run the command again: it goes on at its last commit"
            )

    def release(self) -> None:
        """Give it back."""
        self._done.set()
        self._thread.join()
        _HELD.discard(self._token)
        if self._lost:
            return
        number, term = self._swap
        with suppress(WhenceError):  # it runs out by itself
            self._cluster.ask(
                "DELETE", self._target, missing=True, if_seq_no=number, if_primary_term=term
            )

    def _take(self) -> tuple[int, int]:
        found = self._cluster.ask("GET", self._path, missing=True)
        if not found.get("found"):
            return self._store(op_type="create")
        holder = json.loads(found["_source"]["lock"])
        if not _gone(holder):
            raise IndexLockedError(
                f"process {holder['pid']} on {holder['host']} is writing to "
                f"{self._cluster.location}; wait until it is done (if it was killed there, for "
                f"{_LOST_SECONDS:g} s)"
            )
        return self._store(if_seq_no=found["_seq_no"], if_primary_term=found["_primary_term"])

    def _store(self, **condition: Any) -> tuple[int, int]:
        lock = {
            "token": self._token,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "at": time.time(),
        }
        answer = self._cluster.ask(
            "PUT", self._target, {"lock": json.dumps(lock)}, require_alias=True, **condition
        )
        return answer["_seq_no"], answer["_primary_term"]

    def _renew(self) -> None:
        while not self._done.wait(_RENEW_SECONDS):
            number, term = self._swap
            try:
                self._swap = self._store(if_seq_no=number, if_primary_term=term)
            except IndexNotFoundError:  # the version was dropped
                self._lost = True
                return
            except IndexLockedError:
                if not self._mine():
                    self._lost = True
                    return
            except WhenceError:
                continue  # a node is away: the next renewal may reach it

    def _mine(self) -> bool:
        """Whether what is stored is ours: a renewal whose answer was lost."""
        try:
            found = self._cluster.ask("GET", self._path, missing=True)
        except WhenceError:
            return True  # not known: the next renewal asks again
        if not found.get("found") or json.loads(found["_source"]["lock"])["token"] != self._token:
            return False
        self._swap = found["_seq_no"], found["_primary_term"]
        return True


def _gone(holder: dict[str, Any]) -> bool:
    """True when the holder of a lock cannot be at work any more."""
    if abs(time.time() - float(holder["at"])) > _LOST_SECONDS:
        return True
    if holder["host"] != socket.gethostname():
        return False
    if holder["pid"] == os.getpid():
        return holder["token"] not in _HELD  # given back while no node could be told
    try:
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
