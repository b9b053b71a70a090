"""The service in a process of its own, as users have it; and what a page says while it is used."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import ConsoleMessage, Page

from tests.support.browser_setup import ROOT

_START_SECONDS = 60
_ADDRESS = re.compile(r"at (http://\S+?)/?(?=[\s]|$)")

# What a strict policy forbade, as an error of the console.
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI}`));
"""


@contextmanager
def running(*arguments: str) -> Iterator[str]:
    """`python -m ARGUMENTS` until the block ends; gives the address that it prints."""
    home = tempfile.TemporaryDirectory(prefix="whence-browser-")
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        # what it records of its user stays out of the home of who runs the tests
        env={**os.environ, "PYTHONUNBUFFERED": "1", "XDG_CONFIG_HOME": home.name},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    found = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if _ADDRESS.search(line):
                found.set()
        found.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        found.wait(_START_SECONDS)
        address = next((m[1] for line in said if (m := _ADDRESS.search(line))), None)
        assert address is not None, f"the service did not start: {''.join(said)[-2000:]}"
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()
        home.cleanup()


class Complaints:
    """What went wrong in a page: errors of the console, of scripts, and of its policy."""

    def __init__(self, page: Page) -> None:
        self.seen: list[str] = []
        self.expected: list[str] = []  # patterns of what a test provokes
        page.add_init_script(_TELL_VIOLATIONS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"script: {error}"))
        page.on("dialog", lambda dialog: (self.seen.append("alert"), dialog.dismiss()))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.seen.append(f"{message.type}: {message.text}")

    def left(self) -> list[str]:
        """What the test does not expect."""
        return [one for one in self.seen if not any(re.search(p, one) for p in self.expected)]
