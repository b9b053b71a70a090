"""Tasks for other processes, submitted as they come in, with results in the same order.

The number of tasks in flight is bounded, and so is memory, however many tasks there are.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from attribution.errors import WhenceError
from attribution.worker_processes import begin_work, worker_context

__all__ = ["in_order"]

Kept = TypeVar("Kept")
Task = TypeVar("Task")
Result = TypeVar("Result")


def in_order(
    tasks: Iterable[tuple[Kept, Task | None]],
    function: Callable[[Task], Result],
    jobs: int,
    *,
    preload: Sequence[str] = (),
    in_flight: int = 4,
) -> Generator[tuple[Kept, Result | None]]:
    """The result of each task, with the value that was kept for it in this process.

    Args:
        tasks: a value to keep, and the argument for a worker; None: no call, the result is None.
        function: defined at the top of a module, so that another process finds it.
        jobs: processes; none is started before the first task.
        preload: modules that every worker needs.
        in_flight: tasks per process that are running or waiting.

    Raises:
        WhenceError: a worker was killed.
        Exception: what `function` raised.
    """
    pool: ProcessPoolExecutor | None = None
    waiting: queue.Queue[tuple[Kept, Future[Result] | None] | BaseException | None]
    waiting = queue.Queue(jobs * in_flight)
    stopped = threading.Event()

    def feed() -> None:
        """Read tasks on a separate thread, so that results are not delayed by a slow input."""
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
                    pool = ProcessPoolExecutor(jobs, worker_context(preload), begin_work)
                    if stopped.is_set():  # meanwhile: no one else will see the pool
                        pool.shutdown()
                        return
                waiting.put((kept, pool.submit(function, task)))
        except BaseException as error:  # passed to the consumer, which raises it
            end = error
        waiting.put(end)

    threading.Thread(target=feed, daemon=True).start()
    complete = False
    try:
        while (entry := waiting.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            kept, future = entry
            yield kept, None if future is None else future.result()
        complete = True
    except BrokenProcessPool as error:
        raise WhenceError(
            "a worker process was killed, perhaps because memory ran out. What is done so far is "
            "complete; run the rest with fewer --jobs"
        ) from error
    finally:
        stopped.set()
        if pool is not None:
            if not complete:  # no one waits for the tasks under way
                for worker in list((pool._processes or {}).values()):
                    worker.terminate()
            # an abandoned pool can fail in the interpreter's last moments
            pool.shutdown(cancel_futures=True)
        while not waiting.empty():  # unblocks a feeder that waits for room
            waiting.get_nowait()
