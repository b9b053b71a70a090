"""`Checks`: open documents are checked on one thread, some time after their last change.

The loop never waits: it starts a check and is told. What comes of a version that is not the newest
any more is dropped, so an editor is never shown places of a text that it has no longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from audit.lsp.documents import Snapshot, Verdicts

__all__ = ["Checks"]


class Checks:
    """Belongs to the thread of the event loop."""

    def __init__(
        self, check: Callable[[Snapshot], Verdicts], told: Callable[[Verdicts], None]
    ) -> None:
        """Check nothing yet.

        Args:
            check: called on the thread for checks, one at a time; must not raise.
            told: called on the loop with what was found in the newest version of a document.
        """
        self._check = check
        self._told = told
        self._thread = ThreadPoolExecutor(1, "check")
        self._newest: dict[str, Snapshot] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._known: dict[str, Verdicts] = {}

    def ask(self, snapshot: Snapshot, delay: float) -> None:
        """Check a version of a document, unless a newer one comes within `delay` seconds."""
        self._cancel(snapshot.uri)
        self._newest[snapshot.uri] = snapshot
        self._waiting[snapshot.uri] = asyncio.ensure_future(self._run(snapshot, delay))

    def again(self) -> None:
        """Check all open documents: policy, decisions, settings or the index have changed."""
        for snapshot in list(self._newest.values()):
            self.ask(snapshot, 0)

    def hurry(self, uri: str) -> None:
        """Check a document now, if it waits, or if it could not be checked before."""
        snapshot = self._newest.get(uri)
        known = self._known.get(uri)
        if snapshot is None:
            return
        if known is None or known.snapshot is not snapshot or known.trouble is not None:
            self.ask(snapshot, 0)

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self._cancel(uri)
        self._newest.pop(uri, None)
        self._known.pop(uri, None)

    async def settled(self, uri: str, seconds: float) -> Verdicts | None:
        """What is known of the newest version; waited for if it is being checked."""
        waiting = self._waiting.get(uri)
        if waiting is not None:
            await asyncio.wait({waiting}, timeout=seconds)
        known = self._known.get(uri)
        return known if known is not None and known.snapshot is self._newest.get(uri) else None

    def close(self) -> None:
        """Check nothing more; a check that runs is not waited for."""
        for uri in list(self._waiting):
            self._cancel(uri)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _cancel(self, uri: str) -> None:
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()

    async def _run(self, snapshot: Snapshot, delay: float) -> None:
        if delay > 0:
            await asyncio.sleep(delay)
        loop = asyncio.get_running_loop()
        # Cancelled while it runs on the thread, its result is dropped here.
        found = await loop.run_in_executor(self._thread, self._check, snapshot)
        if self._newest.get(snapshot.uri) is snapshot:
            self._known[snapshot.uri] = found
            self._waiting.pop(snapshot.uri, None)
            self._told(found)
