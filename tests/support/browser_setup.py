"""A browser for the tests of the page, found or installed, and the page itself, built when needed.

Where there is no browser, the tests are skipped with a clear reason; with CI=true they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Error, Playwright

from webapp.page_build import PAGE, BuildError, build, install

ROOT = Path(__file__).parents[2]
AXE = PAGE / "node_modules" / "axe-core" / "axe.min.js"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_INSTALL_SECONDS = 300


def launch(playwright: Playwright) -> Browser:
    """Chromium, headless: the machine's own, or else one that is installed now."""
    found = machine_chromium() or _install_package()
    # A container's root has no user namespace for the sandbox, and little shared memory.
    options = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    if found is None:
        _install_bundled()
    try:
        return playwright.chromium.launch(executable_path=found, args=options)
    except Error as error:
        missing(f"{found or 'the bundled Chromium'} does not start: {str(error)[:500]}")


def machine_chromium() -> str | None:
    """The path that the environment's CHROMIUM names, or a browser on PATH."""
    named = os.environ.get("CHROMIUM")
    if named:
        if shutil.which(named) is None:
            pytest.fail(f"CHROMIUM={named} is no program; unset it, or name a Chromium")
        return named
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def build_page() -> None:
    """Build the page, unless the build is up to date."""
    try:
        build()
    except BuildError as error:
        missing(f"the page could not be built: {error}")


@cache
def axe_source() -> str:
    """axe-core, one of the page's development packages."""
    try:
        install(development=True)
    except BuildError as error:
        missing(f"axe-core could not be installed: {error}")
    return AXE.read_text(encoding="utf-8")


def missing(why: str) -> NoReturn:
    """Fail with CI=true, else skip with a reason that is hard to miss."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"{why}; with CI=true the page has to be tested", pytrace=False)
    pytest.skip(f"THE PAGE IS NOT TESTED: {why}")


def _install_package() -> str | None:
    """Debian's Chromium, where this process may install it."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        done = subprocess.run(
            command, env=quiet, capture_output=True, timeout=_INSTALL_SECONDS, check=False
        )
        if done.returncode:
            return None
    return machine_chromium()


def _install_bundled() -> None:
    """The Chromium that playwright itself downloads."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    _run(command, "there is no Chromium on PATH, and none can be installed")


def _run(command: list[str], what: str) -> None:
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        missing(f"{what}: {' '.join(command[1:])} took more than {_INSTALL_SECONDS} s")
    if done.returncode:
        missing(f"{what}: {' '.join(command[1:])}: {(done.stderr or done.stdout)[-500:].strip()}")
