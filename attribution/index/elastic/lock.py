"""At most one writer per index, or per part of it: a lock document in the meta index.

The first writer creates it and renews it while it works. Another writer may take it over when it
was not renewed for a while, or at once when its process on this machine has ended. A writer that
lost its lock cannot commit: the state is replaced by compare-and-swap.
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
_LOST_SECONDS = 90.0  # without a renewal: six missed ones; clocks may differ by some seconds

_HELD: set[str] = set()  # tokens of the locks of this process


class Lock:
    """The right to write to one version of an index; held until `release`."""

    def __init__(self, cluster: Cluster, base: str, name: str = "lock") -> None:
        """Take the lock.

        Args:
            name: of its document, for the lock of a part.

        Raises:
            IndexLockedError: another process holds it.
        """
        self._cluster = cluster
        self._path = f"/{base}-{META}/_doc/{name}"
        self._target = f"/{write_alias(base, META)}/_doc/{name}"
        self._token = uuid.uuid4().hex
        self._swap = self._take()
        _HELD.add(self._token)
        self._done = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._renew, name="whence-lock", daemon=True)
        self._thread.start()

    @staticmethod
    def is_held(cluster: Cluster, base: str, name: str) -> bool:
        """Whether a process that has not ended holds a lock."""
        found = cluster.request("GET", f"/{base}-{META}/_doc/{name}", missing=True)
        return bool(found.get("found")) and not _gone(json.loads(found["_source"]["lock"]))

    def check(self) -> None:
        """Raise IndexLockedError when another process has taken it over."""
        if self._lost:
            raise IndexLockedError(
                f"the lock of {self._cluster.location} was lost, since it could not be renewed "
                f"for {_LOST_SECONDS:g} s; run the command again: it resumes at its last commit"
            )

    def release(self) -> None:
        """Release the lock."""
        self._done.set()
        self._thread.join()
        _HELD.discard(self._token)
        if self._lost:
            return
        number, term = self._swap
        with suppress(WhenceError):  # it expires anyway
            self._cluster.request(
                "DELETE", self._target, missing=True, if_seq_no=number, if_primary_term=term
            )

    def _take(self) -> tuple[int, int]:
        found = self._cluster.request("GET", self._path, missing=True)
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
        answer = self._cluster.request(
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
        """Whether the stored lock is ours, after a renewal whose answer was lost."""
        try:
            found = self._cluster.request("GET", self._path, missing=True)
        except WhenceError:
            return True  # unknown: the next renewal tries again
        if not found.get("found") or json.loads(found["_source"]["lock"])["token"] != self._token:
            return False
        self._swap = found["_seq_no"], found["_primary_term"]
        return True


def _gone(holder: dict[str, Any]) -> bool:
    """True when the holder of a lock has ended."""
    if abs(time.time() - float(holder["at"])) > _LOST_SECONDS:
        return True
    if holder["host"] != socket.gethostname():
        return False
    if holder["pid"] == os.getpid():
        return holder["token"] not in _HELD  # released while no node was reachable
    try:
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
