"""Work for other processes, handed out as it comes in and handed back in its order.

The number of tasks in flight is bounded, so memory is too, however many there are.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from attribution.errors import WhenceError
from attribution.module_path import protect_workers

__all__ = ["in_order"]

Kept = TypeVar("Kept")
Task = TypeVar("Task")
Result = TypeVar("Result")


def in_order(
    tasks: Iterable[tuple[Kept, Task | None]],
    work: Callable[[Task], Result],
    jobs: int,
    *,
    preload: Sequence[str] = (),
    in_flight: int = 4,
) -> Generator[tuple[Kept, Result | None]]:
    """What `work` makes of each task, with what was kept here for it.

    Args:
        tasks: what stays in this process, and what a worker gets; None: nothing is to be done.
        work: a function of a module, so that another process finds it.
        jobs: processes; none is started before the first task.
        preload: modules that every worker needs.
        in_flight: tasks per process that are under way or wait to be taken.

    Raises:
        WhenceError: a worker was killed.
        Exception: what `work` raised.
    """
    pool: ProcessPoolExecutor | None = None
    waiting: queue.Queue[tuple[Kept, Future[Result] | None] | BaseException | None]
    waiting = queue.Queue(jobs * in_flight)
    stopped = threading.Event()

    def feed() -> None:
        """Reads on a thread of its own, so that results go out while more is waited for."""
        nonlocal pool
        end: BaseException | None = None
        try:
            for kept, task in tasks:
                if stopped.is_set():
                    return
                if task is None:
                    waiting.put((kept, None))
                    continue
                if pool is None:
                    pool = _pool(jobs, preload)
                waiting.put((kept, pool.submit(work, task)))
        except BaseException as error:  # handed over to the consumer, which raises it
            end = error
        waiting.put(end)

    threading.Thread(target=feed, daemon=True).start()
    try:
        while (entry := waiting.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            kept, future = entry
            yield kept, None if future is None else future.result()
    except BrokenProcessPool as error:
        raise WhenceError(
            "a worker process was ended from outside, perhaps for want of memory; every answer "
            "so far is complete. Run the rest with fewer --jobs"
        ) from error
    finally:
        stopped.set()
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
        while not waiting.empty():  # a feeder that waits for room sees that it is over
            waiting.get_nowait()


def _pool(jobs: int, preload: Sequence[str]) -> ProcessPoolExecutor:
    protect_workers()
    # A fork server imports once, before there are threads, and forks what is ready to work.
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload(list(preload))
    return ProcessPoolExecutor(jobs, context, _begin)


def _begin() -> None:
    # Ctrl-C reaches every process of the terminal; the parent decides what comes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
