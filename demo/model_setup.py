"""`python demo/model_setup.py`: installs the model's packages and trains the model, with progress.

The service runs meanwhile, in another process, and its playground waits for `wait_until_ready`.
A file has the progress as one line: what is done at the moment, READY, or FAILED and why.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from attribution.extras import packages_of
from attribution.heartbeat import repeated
from inference.errors import ModelError
from inference.training_progress import TrainingProgress

__all__ = ["Progress", "main", "start", "wait_until_ready", "watched"]

READY, FAILED = "ready", "failed: "
_SHOW_SECONDS = 10.0  # between two lines on the terminal
_POLL_SECONDS = 0.5
_SHOWN = 15  # last lines of a failed command


class Progress(TrainingProgress):
    """Shows what is done, in a file at once, and on the terminal every ten seconds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._text = ""
        self._started = time.monotonic()

    def say(self, text: str) -> None:
        """Replace the line in the file."""
        if text != self._text:
            self._text = text
            unfinished = self._file.with_suffix(".new")
            unfinished.write_text(text, "utf-8")
            unfinished.replace(self._file)  # a reader never sees half a line

    def show(self) -> None:
        """Print the line, with the time since the start."""
        print(f"Model, after {time.monotonic() - self._started:.0f} s: {self._text}", flush=True)

    def waiting(self) -> None:
        self.say("another process trains it")

    def advanced(self, done: int, steps: int, loss: float) -> None:
        del loss
        self.say(f"it is trained on this machine once: {100 * done // max(steps, 1)} %")


def start(file: Path) -> subprocess.Popen[bytes]:
    """Start this module as a process: by its path, as workers of `whence index` leave the current
    folder out of the module path of all later processes (attribution/module_path.py).
    """
    return watched([sys.executable, "-P", __file__, str(file)], file)


def watched(command: list[str], file: Path) -> subprocess.Popen[bytes]:
    """Start a process; a thread notes in the file when it dies."""
    progress = Progress(file)
    progress.say("starting")
    process = subprocess.Popen(command)

    def watch() -> None:
        if process.wait() and not file.read_text("utf-8").startswith(FAILED):
            progress.say(f"{FAILED}it was interrupted; run `make demo` again to resume")

    threading.Thread(target=watch, daemon=True).start()
    return process


def wait_until_ready(file: Path, report: Callable[[str], None]) -> None:
    """Wait for the process of `start`, reporting its progress.

    Raises:
        ModelError: it failed.
    """
    while (text := file.read_text("utf-8")) != READY:
        if text.startswith(FAILED):
            raise ModelError(text.removeprefix(FAILED))
        report(text)
        time.sleep(_POLL_SECONDS)
    importlib.invalidate_caches()  # packages are there that were not


def main(arguments: list[str]) -> int:
    """Exit code: 0 the model is there, 1 something failed, 130 interrupted."""
    progress = Progress(Path(arguments[0]))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that pip ends too
    try:
        with repeated(progress.show, _SHOW_SECONDS):  # a long step must not look like a stop
            _install(progress)
            from inference.demo_model import demo_model

            progress.say("it is being trained")
            demo_model(progress=progress)
    except KeyboardInterrupt:
        return 130
    except ModelError as error:
        progress.say(f"{FAILED}{error}")
        progress.show()
        return 1
    progress.say(READY)
    progress.show()
    return 0


def _install(progress: Progress) -> None:
    """Install the packages of the extra `inference`, unless they are there.

    Raises:
        ModelError: pip failed.
    """
    wanted = packages_of("inference")
    if all(_is_installed(requirement) for requirement in wanted):
        return
    progress.say("its packages are being installed (torch is large)")
    command = [
        *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
        *("--progress-bar", "off", "-c", "constraints.txt"),
        *wanted,
    ]
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None
        try:
            for line in map(str.strip, pip.stdout):
                lines.append(line)
                _report(progress, line)
        except BaseException:
            pip.terminate()
            raise
    if pip.returncode:
        raise ModelError("pip could not install its packages:\n" + "\n".join(lines[-_SHOWN:]))
    importlib.invalidate_caches()


def _report(progress: Progress, line: str) -> None:
    """Say what a line of pip's output means."""
    if at := re.match(r"Downloading (?:\S*/)?(\w+)", line):
        progress.say(f"its packages are being downloaded: {at[1]}")
    elif line.startswith("Installing collected packages"):
        progress.say(f"{line.count(',') + 1} packages are being unpacked")


def _is_installed(requirement: str) -> bool:
    name = re.match(r"[\w.-]+", requirement)
    try:
        return name is not None and bool(importlib.metadata.version(name[0]))
    except importlib.metadata.PackageNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
