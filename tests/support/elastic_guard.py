"""Runs a command, and ends it with all its children when the parent process has ended.

`python elastic_guard.py PARENT USER COMMAND...`; USER is a name, or - for one's own. A test run
that is killed runs no clean-up of its own: so somebody else has to look.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import NoReturn

_LOOK_SECONDS = 0.5
_STOP_SECONDS = 20


def main() -> int:
    parent, user, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    # Root drops its groups too.
    drop = {} if user == "-" else {"user": user, "group": _group(user), "extra_groups": []}
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **drop)  # type: ignore[call-overload]
    while child.poll() is None:
        if asked or os.getppid() != parent:
            _end(child)
        try:
            child.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    return int(child.returncode)


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def _end(child: subprocess.Popen[bytes]) -> NoReturn:
    """Terminate, wait, and kill the rest of the group, with this process."""
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_STOP_SECONDS)
    os.killpg(0, signal.SIGKILL)
    raise AssertionError("killed")


if __name__ == "__main__":
    sys.exit(main())
