"""`Checks`: open documents are checked on one thread, some time after their last change.

The event loop never waits: it starts a check and is called back. The result for a version that is
no longer the newest is dropped, so an editor never gets positions of a text that it has changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from audit.lsp.documents import CheckedDocument, Snapshot

__all__ = ["Checks"]


class Checks:
    """Belongs to the thread of the event loop."""

    def __init__(
        self,
        check: Callable[[Snapshot], CheckedDocument],
        report: Callable[[CheckedDocument], None],
    ) -> None:
        """Start without documents.

        Args:
            check: called on the thread for checks, one at a time; must not raise.
            report: called on the event loop with the result for a document's newest version.
        """
        self._check = check
        self._report = report
        self._thread = ThreadPoolExecutor(1, "check")
        self._newest: dict[str, Snapshot] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._results: dict[str, CheckedDocument] = {}

    def schedule(self, snapshot: Snapshot, delay: float) -> None:
        """Check a version of a document, unless a newer one comes within `delay` seconds."""
        self._cancel(snapshot.uri)
        self._newest[snapshot.uri] = snapshot
        self._waiting[snapshot.uri] = asyncio.ensure_future(self._run(snapshot, delay))

    def recheck_all(self) -> None:
        """Check all open documents again: policy, decisions, settings or the index changed."""
        for snapshot in list(self._newest.values()):
            self.schedule(snapshot, 0)

    def check_now(self, uri: str) -> None:
        """Check a document now if it is waiting or could not be checked before."""
        snapshot = self._newest.get(uri)
        result = self._results.get(uri)
        if snapshot is None:
            return
        if result is None or result.snapshot is not snapshot or result.problem is not None:
            self.schedule(snapshot, 0)

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self._cancel(uri)
        self._newest.pop(uri, None)
        self._results.pop(uri, None)

    async def result(self, uri: str, seconds: float) -> CheckedDocument | None:
        """The result for the newest version; waits for it for up to `seconds`."""
        waiting = self._waiting.get(uri)
        if waiting is not None:
            await asyncio.wait({waiting}, timeout=seconds)
        result = self._results.get(uri)
        return result if result is not None and result.snapshot is self._newest.get(uri) else None

    def close(self) -> None:
        """Stop checking, without waiting for a running check."""
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
        # If this task is cancelled meanwhile, the result is dropped here.
        checked = await loop.run_in_executor(self._thread, self._check, snapshot)
        if self._newest.get(snapshot.uri) is snapshot:
            self._results[snapshot.uri] = checked
            self._waiting.pop(snapshot.uri, None)
            self._report(checked)
