"""Threads of the service share the memory that malloc keeps."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_PROGRAM = """
import re, sys, threading
from pathlib import Path
if sys.argv[1] == "bound":
    from webapp.serving.malloc import bound_malloc
    bound_malloc()
threading.stack_size(1 << 18)
barrier = threading.Barrier(65)
def work():
    kept = bytearray(100_000)
    barrier.wait()
    barrier.wait()
for _ in range(64):
    threading.Thread(target=work).start()
barrier.wait()
print(re.search(r"VmSize:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
barrier.wait()
"""


def address_space(how: str) -> int:
    """MB that a process with 64 threads reserves."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout) // 1024


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries have no arenas")
def test_threads_share_arenas() -> None:
    # an arena reserves 64 MB; glibc allows eight for each core
    assert address_space("bound") + 5 * 64 < address_space("as usual")
