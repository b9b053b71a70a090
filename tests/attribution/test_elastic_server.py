"""The server for the tests: altered files never run, and no process outlives the tests."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import elastic_archive
from tests.support.elastic_archive import UnavailableError, java_home, unpack
from tests.support.elastic_server import missing

GUARD = Path(__file__).parents[1] / "support" / "elastic_guard.py"
MANY_SECONDS = 20.0  # limit for steps that take less than one on an idle machine


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_without_a_server_tests_are_skipped_but_not_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="ELASTICSEARCH IS NOT TESTED: no JDK"):
        missing("no JDK")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no JDK; with CI=true"):
        missing("no JDK")


def test_an_archive_with_other_bytes_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = tmp_path / "cache/whence/tests" / f"elasticsearch-{elastic_archive.VERSION}.zip"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"altered in the cache")
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(UnavailableError, match="mvn"):
        unpack(tmp_path)
    # A registry with another file.
    put = f'for last; do :; done; echo no > "${{last#*=}}/{kept.name}"'
    program(tmp_path / "bin" / "mvn", put)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(UnavailableError, match="SHA-256"):
        unpack(tmp_path)
    program(tmp_path / "bin" / "mvn", "echo offline >&2; exit 1")
    with pytest.raises(UnavailableError, match="offline"):
        unpack(tmp_path)


def test_a_jdk_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for major, version in (("8", "1.8.0_412"), ("25", "25.0.3")):
        program(tmp_path / major / "bin" / "java", f"echo 'openjdk version \"{version}\"' >&2")
    monkeypatch.setattr(elastic_archive, "_JVMS", (str(tmp_path),))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "8"))
    monkeypatch.delenv("ES_JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    find = java_home.__wrapped__
    assert find() == tmp_path / "25"
    (tmp_path / "25" / "bin" / "java").unlink()
    with pytest.raises(UnavailableError, match=rf"{tmp_path / '8'} is 8"):
        find()


def test_a_guarded_process_ends_with_the_tests(tmp_path: Path) -> None:
    report = tmp_path / "report"
    # The launcher of a server, and its child as the server.
    launcher = f"sleep 600 & echo $! > {report}.new; mv {report}.new {report}; wait"
    start = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, {str(GUARD)!r}, str(os.getpid()), '-', 'sh', '-c',"
        f" {launcher!r}], start_new_session=True)\n"
        "time.sleep(600)\n"
    )
    tests = subprocess.Popen([sys.executable, "-c", start])
    wait_until(report.exists)
    server = int(report.read_text())
    assert lives(server)
    tests.send_signal(signal.SIGKILL)
    tests.wait()
    wait_until(lambda: not lives(server))


def lives(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + MANY_SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
