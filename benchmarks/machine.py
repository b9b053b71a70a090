"""The machine and the versions that were measured."""

from __future__ import annotations

import datetime
import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import psutil

__all__ = ["description"]

PACKAGES = ("whence", "numpy", "numba", "pyarrow", "tantivy", "zstandard", "datasketch", "scanoss")


def description() -> str:
    """Date, machine and versions, as a Markdown list."""
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    lines = [
        f"Date: {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        f"Machine: {processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory; "
        f"load at the start: {load:.1f}",
        f"System: {system()}, Python {platform.python_version()}",
        "Versions: " + ", ".join(versions()),
    ]
    return "\n".join(f"* {line}" for line in lines)


def processor() -> str:
    """The processor's name, if the system reports it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()


def system() -> str:
    """The operating system's name and version."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def versions() -> list[str]:
    """Versions of Whence's main dependencies and of the peers."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    if shutil.which("rg"):
        said = subprocess.run(["rg", "--version"], capture_output=True, text=True, check=False)
        found.append(said.stdout.partition("\n")[0])
    return found
