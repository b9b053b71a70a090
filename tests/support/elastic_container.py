"""Elasticsearch in Docker, for machines without a JDK."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.support.elastic_archive import UnavailableError

IMAGE = "docker.elastic.co/elasticsearch/elasticsearch"

_GUARD = Path(__file__).parent / "elastic_guard.py"
_PULL_SECONDS = 300
_LOOK_SECONDS = 0.2
_SETTINGS = (
    "discovery.type=single-node",
    "xpack.security.enabled=false",
    "cluster.routing.allocation.disk.threshold_enabled=false",
    "ES_JAVA_OPTS=-Xms512m -Xmx512m",
)


class Container:
    """One server; the guard ends `docker run`, and that ends the container."""

    def __init__(self, version: str) -> None:
        self.image = f"{IMAGE}:{version}"
        self.name = f"whence-test-{os.getpid()}"
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and learn its port; raises UnavailableError."""
        docker = shutil.which("docker")
        if docker is None:
            raise UnavailableError("docker is not on PATH")
        _ask([docker, "version"], seconds=30)
        _ask([docker, "pull", "--quiet", self.image], seconds=_PULL_SECONDS)
        settings = [part for setting in _SETTINGS for part in ("--env", setting)]
        run = [docker, "run", "--rm", "--name", self.name, "--publish", "127.0.0.1::9200"]
        self._process = subprocess.Popen(
            [sys.executable, str(_GUARD), str(os.getpid()), "-", *run, *settings, self.image],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        for _ in range(100):
            try:
                port = _ask([docker, "port", self.name, "9200/tcp"], seconds=30)
            except UnavailableError:
                time.sleep(_LOOK_SECONDS)
                continue
            self.url = f"http://{port.split()[0]}"
            return
        self.stop()
        raise UnavailableError(f"docker did not start {self.image}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


def _ask(command: list[str], seconds: float) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{' '.join(command[:2])} took more than {seconds:.0f} s") from None
    if done.returncode:
        why = (done.stderr or done.stdout)[-300:].strip()
        raise UnavailableError(f"{' '.join(command[:2])} failed: {why}")
    return done.stdout
