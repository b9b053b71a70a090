"""gunicorn, told in Python: gthread workers over a socket that is bound already.

A stream holds a thread for as long as it runs. The application is made in the worker, after the
fork, so that a model and its threads live in the process that serves them.
"""

from __future__ import annotations

import logging
import os
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
from gunicorn.workers.gthread import ThreadWorker

from webapp.logs import LOGGER, configure_logs
from webapp.settings import ServeSettings

__all__ = ["Gunicorn", "QuietLogger", "StoppingWorker"]

_STOP_SECONDS = 1.5  # for requests under way when the service is told to stop
_KILL_SECONDS = 3  # after which a worker that does not end is killed
_KEEPALIVE_SECONDS = 30  # of an idle connection: an editor asks every few seconds
_INVALID = "Invalid request"  # how gunicorn begins a warning of one that it cannot read
_HEARTBEAT_SECONDS = 120  # compiling a kernel may keep a worker's main thread from beating


class QuietLogger(Logger):
    """gunicorn's own messages, in our log: warnings and worse, as JSON.

    What it says of a request quotes the request: a header without its colon, a query string, or
    code where a body was longer than announced. Of that only the kind of error is logged.
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
        # a client that stalled or went away (see webapp/serving/listener.py) is no error of ours
        if not isinstance(sys.exc_info()[1], BlockingIOError):
            super().exception(msg.replace(" %s", ""), **kwargs)  # these were method and address

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Requests are logged by the application, which knows what may be said of them."""


class StoppingWorker(ThreadWorker):
    """Cancels generations when it is told to stop, so that open streams end, and ends soon."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.alive:
            # not here: this is a signal handler, which may have interrupted who holds a lock
            threading.Thread(target=self._stop, name="stop", daemon=True).start()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        # Ctrl+C and SIGQUIT too let streams say how they ended; gunicorn would cut them
        self.handle_exit(sig, frame)

    def _stop(self) -> None:
        limit = time.monotonic() + _STOP_SECONDS
        if isinstance(self.wsgi, Flask):
            self.wsgi.extensions["whence"].stop()
        time.sleep(max(limit - time.monotonic(), 0.0))
        _leave()


def _leave(_arbiter: Any = None, worker: ThreadWorker | None = None) -> None:
    """End the process as it stands: what still runs was given its time, and taking numba and a
    model apart object by object would take a second more."""
    if worker is not None and not worker.booted:
        return  # by gunicorn's exit code the service ends, instead of starting it over and over
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class Gunicorn(BaseApplication):
    """The service under gunicorn; `run` returns by SystemExit when it was told to stop."""

    def __init__(
        self,
        settings: ServeSettings,
        listener: socket.socket,
        ready: Callable[[], None],
    ) -> None:
        """Take over the listener.

        Args:
            settings: of the service.
            listener: bound and listening.
            ready: called once, in the first worker, when it serves.
        """
        self._settings = settings
        self._listener = listener
        self._ready = ready
        configure_logs()
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        for name, value in {
            "bind": [f"fd://{self._listener.detach()}"],
            "workers": settings.workers,
            "threads": settings.threads,
            "worker_class": StoppingWorker,
            "worker_connections": settings.threads * 16,
            "worker_tmp_dir": _memory_folder(),
            "keepalive": _KEEPALIVE_SECONDS,
            "timeout": _HEARTBEAT_SECONDS,
            "graceful_timeout": _KILL_SECONDS,
            "logger_class": QuietLogger,
            "control_socket_disable": True,
            "forwarded_allow_ips": "",  # --proxies says what is believed
            "limit_request_line": 8190,  # a search may be long
            "post_worker_init": self._worker_ready,
            "worker_exit": _leave,
            "child_exit": _forget,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        from webapp.app import create_app

        app = create_app(self._settings)
        if self._settings.preload:
            app.extensions["whence"].warm_up()
        return app

    def _worker_ready(self, worker: ThreadWorker) -> None:
        if worker.age == 1:
            self._ready()


def _forget(_arbiter: Any, worker: ThreadWorker) -> None:
    """What a worker that ended counted stays; what it was busy with does not."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _memory_folder() -> str:
    """Heartbeats are file times: on a busy disk they would be late."""
    shared = "/dev/shm"
    return shared if os.access(shared, os.W_OK) else tempfile.gettempdir()
