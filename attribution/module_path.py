"""Keep the code that is being checked from running as part of the check.

Python puts a folder of its own choice first on the module path: the current one for `-c` and `-m`
(multiprocessing starts its workers with `-c`), the script's for a script. Whence is run inside
checkouts of strangers, where a file called `signal.py` would then be imported instead of the
standard library's.
"""

from __future__ import annotations

import os
import sys

__all__ = ["protect_module_path", "protect_workers"]


def protect_module_path() -> None:
    """Take the folder that Python added off the module path, here and in child processes.

    Call once, when a command starts. PYTHONPATH is left as the user set it.
    """
    if not sys.flags.safe_path:
        del sys.path[0]
    protect_workers()


def protect_workers() -> None:
    """Make every Python process that is started from now on leave that folder out."""
    os.environ["PYTHONSAFEPATH"] = "1"
