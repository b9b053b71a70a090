"""Processes that work for this one: how they are started, and that they end with it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing.context import BaseContext

from attribution.module_path import protect_workers

__all__ = ["available_cores", "begin_work", "prepare_workers", "worker_context"]


def available_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_context(preload: Sequence[str] = ()) -> BaseContext:
    """The way to start workers; `preload` names modules that each of them needs."""
    protect_workers()
    # A fork server imports once, before there are threads, and forks workers that are ready.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


def prepare_workers(preload: Sequence[str]) -> None:
    """Have the modules that workers need imported, while this process does something else."""
    if worker_context(preload).get_start_method() == "forkserver":
        from multiprocessing import forkserver

        forkserver.ensure_running()


def begin_work() -> None:
    """To be called first in a worker."""
    gc.freeze()  # imported modules stay: no collection need look at them
    # Ctrl-C reaches every process of the terminal; the parent handles it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A worker holds both ends of its queue, so it would wait for tasks of a parent that was killed.
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
