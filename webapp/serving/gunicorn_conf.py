"""gunicorn with gthread workers, over a socket that is bound already.

A stream occupies a thread until its end. The application is made in the worker, after the fork, so
that a model and its threads are in the process that uses them.
"""

from __future__ import annotations

import logging
import os
import resource
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers import gthread
from gunicorn.workers.gthread import ThreadWorker

from webapp.logs import LOGGER, configure_logs
from webapp.serving.malloc import bound_malloc
from webapp.settings import ServeSettings

__all__ = ["Gunicorn", "QuietLogger", "StoppingWorker"]

_STOP_SECONDS = 1.5  # for requests under way when the service stops
_KILL_SECONDS = 3  # after which a worker that does not end is killed
_KEEPALIVE_SECONDS = 30  # of an idle connection: editors send a request every few seconds
_INVALID = "Invalid request"  # the beginning of gunicorn's warning about a malformed one
_SILENT_SECONDS = 0.02  # that a thread waits for a request; then the main loop waits for it
_MOST_CONNECTIONS = 16_384  # open at once, as far as the limit on open files allows
_SPARE_FILES = 512  # for the index, the log and others
_HEARTBEAT_SECONDS = 120  # compiling a kernel may block a worker's main thread


class QuietLogger(Logger):
    """gunicorn's own warnings and errors, in our log as JSON.

    Its messages may quote a request: a malformed header, a query string, or code if a body was
    longer than announced. So only the class of the error is logged.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log = LOGGER.getChild("gunicorn")
        self.error_log.setLevel(logging.WARNING)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith(_INVALID):
            kind = sys.exc_info()[0]
            msg, args = _INVALID if kind is None else f"{_INVALID}: {kind.__name__}", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *_args: Any, **kwargs: Any) -> None:
        # a client that stalled (see webapp/serving/listener.py) is not an error of the service
        if not isinstance(sys.exc_info()[1], BlockingIOError):
            super().exception(msg.replace(" %s", ""), **kwargs)  # these were method and address

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """The application logs requests, without private data."""


class StoppingWorker(ThreadWorker):
    """Cancels generations when it stops, so that open streams end properly, and ends soon."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.alive:
            # not here: this signal handler may have interrupted a thread that holds a lock
            threading.Thread(target=self._stop, name="stop", daemon=True).start()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        # let streams end properly after Ctrl+C and SIGQUIT too; gunicorn would cut them off
        self.handle_exit(sig, frame)

    def _stop(self) -> None:
        limit = time.monotonic() + _STOP_SECONDS
        if isinstance(self.wsgi, Flask):
            self.wsgi.extensions["whence"].stop()
        time.sleep(max(limit - time.monotonic(), 0.0))
        _exit()


def _exit(_arbiter: Any = None, worker: ThreadWorker | None = None) -> None:
    """End the process at once: freeing numba's and a model's objects would take a second."""
    if worker is not None and not worker.booted:
        return  # gunicorn then stops the service, instead of starting workers for ever
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class Gunicorn(BaseApplication):
    """The service under gunicorn; `run` raises SystemExit when the service was stopped.

    Args:
        settings: of the service.
        listener: bound and listening; it is taken over.
        ready: called once, when the first worker serves requests.
    """

    def __init__(
        self, settings: ServeSettings, listener: socket.socket, ready: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._ready = ready
        configure_logs()
        # gunicorn's five seconds would let as many silent clients as threads stop the service
        gthread.DEFAULT_WORKER_DATA_TIMEOUT = _SILENT_SECONDS
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        for name, value in {
            "bind": [f"fd://{self._listener.detach()}"],
            "workers": settings.workers,
            "threads": settings.threads,
            "worker_class": StoppingWorker,
            "worker_connections": _most_connections(),
            "worker_tmp_dir": _memory_folder(),
            "keepalive": _KEEPALIVE_SECONDS,
            "timeout": _HEARTBEAT_SECONDS,
            "graceful_timeout": _KILL_SECONDS,
            "logger_class": QuietLogger,
            "control_socket_disable": True,
            "forwarded_allow_ips": "",  # --proxies decides what is trusted
            "limit_request_line": 8190,  # searches may be long
            "post_worker_init": self._worker_ready,
            "worker_exit": _exit,
            "child_exit": _clear_gauges,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        from webapp.app import create_app

        bound_malloc()
        app = create_app(self._settings)
        if self._settings.preload:
            app.extensions["whence"].warm_up()
        return app

    def _worker_ready(self, worker: ThreadWorker) -> None:
        if worker.age == 1:
            self._ready()


def _clear_gauges(_arbiter: Any, worker: ThreadWorker) -> None:
    """Keep the counters of a worker that ended, but not the queues in its gauges."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _most_connections() -> int:
    """Raise the limit on open files as far as allowed; how many connections it leaves room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(soft - _SPARE_FILES, 128)


def _memory_folder() -> str:
    """A folder for heartbeats, which are file times and would be late on a busy disk."""
    shared = "/dev/shm"
    return shared if os.access(shared, os.W_OK) else tempfile.gettempdir()
