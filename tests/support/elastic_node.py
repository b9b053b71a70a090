"""A node of Elasticsearch as a child of the tests, on free loopback ports."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.support.elastic_archive import UnavailableError, java_home

ROOT = Path(__file__).parents[2]
# The last run's logs stay here, where `make clean` finds them.
LOGS = ROOT / ".pytest_cache" / "elasticsearch"

_GUARD = Path(__file__).parent / "elastic_guard.py"
_START_SECONDS = 300  # ten where nothing else runs
_STOP_SECONDS = 30
_LOOK_SECONDS = 0.1
_SETTINGS = {
    "network.host": "127.0.0.1",
    "http.port": 0,  # any free one; node.portsfile says which
    "transport.port": 0,
    "node.portsfile": "true",
    "cluster.routing.allocation.disk.threshold_enabled": "false",
    "xpack.security.enabled": "false",
}


class Node:
    """One node: `start`, then `port` and `transport`; `stop` is graceful, `kill` is not.

    `folder` is its own: configuration, data and logs. Settings are lines of elasticsearch.yml.
    """

    def __init__(
        self, home: Path, folder: Path, settings: Mapping[str, object], heap: str = "512m"
    ) -> None:
        self.home = home
        self.folder = folder
        self.settings = {**_SETTINGS, "node.name": folder.name, **settings}
        self.heap = heap
        self.port = 0
        self.transport = ""  # host:port for other nodes
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("config", "data", "logs", "tmp"):
            (folder / name).mkdir(parents=True)

    @property
    def environment(self) -> dict[str, str]:
        """The environment, also for other programs in the server's bin folder."""
        return {
            "PATH": os.environ["PATH"],
            "ES_JAVA_HOME": str(java_home()),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "tmp"),
            "CLI_JAVA_OPTS": "-Xms16m -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        }

    def configure(self) -> None:
        """Write its configuration, as `start` does, so that callers can add to it before."""
        config = self.folder / "config"
        settings = {
            **self.settings,
            "path.data": self.folder / "data",
            "path.logs": self.folder / "logs",
        }
        lines = [f"{name}: {value}\n" for name, value in settings.items()]
        (config / "elasticsearch.yml").write_text("".join(lines))
        for name in ("log4j2.properties", "jvm.options"):
            shutil.copy(self.home / "config" / name, config)
        # By default, the log of the garbage collector is written beside the program.
        options = (config / "jvm.options").read_text()
        kept = [line for line in options.splitlines() if "-Xlog:gc" not in line]
        (config / "jvm.options").write_text(
            "\n".join([*kept, f"-Xms{self.heap}", f"-Xmx{self.heap}", ""])
        )

    def start(self) -> None:
        """Start it and wait for its ports; raises UnavailableError with the end of its log."""
        for ports in (self.folder / "logs").glob("*.ports"):
            ports.unlink()
        self.configure()
        user = unprivileged(self.folder)
        command = [sys.executable, str(_GUARD), str(os.getpid()), user or "-"]
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, str(self.home / "bin" / "elasticsearch")],
                env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.transport = self._read_port("transport")
        self.port = int(self._read_port("http").rpartition(":")[2])

    def stop(self) -> None:
        """Shut it down, and keep its log."""
        self._end(signal.SIGTERM, group=False)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL, group=True)

    @property
    def log(self) -> str:
        """Its output."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    @property
    def _output(self) -> Path:
        return self.folder / "logs" / "output.log"

    def _read_port(self, kind: str) -> str:
        ports = self.folder / "logs" / f"{kind}.ports"
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if ports.exists() and (lines := ports.read_text().split()):
                return lines[0]
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(_LOOK_SECONDS)
        self.kill()
        raise UnavailableError(
            f"Elasticsearch did not start (log in {LOGS}): {self.log[-1500:].strip()}"
        )

    def _end(self, number: int, *, group: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            (os.killpg if group else os.kill)(process.pid, number)
            process.wait(_STOP_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        LOGS.mkdir(parents=True, exist_ok=True)
        (LOGS / f"{self.folder.name}.log").write_text(self.log)


def unprivileged(folder: Path) -> str | None:
    """The user that a server runs as, which will own the folder: Elasticsearch refuses root."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")  # words: allow
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    return user.pw_name


def wait_until_healthy(
    url: str, *, nodes: int = 1, context: ssl.SSLContext | None = None, authorization: str = ""
) -> None:
    """Wait until that many nodes answer as a cluster; raises UnavailableError."""
    path = f"/_cluster/health?wait_for_nodes=>={nodes}&wait_for_status=yellow&timeout=5s"
    headers = {"Authorization": authorization} if authorization else {}
    deadline = time.monotonic() + _START_SECONDS
    why = ""
    while time.monotonic() < deadline:
        try:
            with urlopen(Request(url + path, headers=headers), timeout=10, context=context):
                return
        except URLError as error:  # a 408 means "not yet"
            why = str(error)
        except OSError as error:
            why = str(error)
        time.sleep(_LOOK_SECONDS)
    raise UnavailableError(f"{url} is not healthy after {_START_SECONDS} s: {why}")
