"""Keep the code that is being checked from running as part of the check.

Python puts a folder first on the module path: the current one for `-c` and `-m` (multiprocessing
starts its workers with `-c`), or the script's folder. Whence runs inside checkouts of strangers,
where a file called `signal.py` would then be imported instead of the standard library's.
"""

from __future__ import annotations

import os
import sys

__all__ = ["protect_module_path", "protect_workers"]


def protect_module_path() -> None:
    """Remove the folder that Python added to the module path, here and in child processes.

    Call once, when a command starts. PYTHONPATH stays as the user set it.
    """
    if not sys.flags.safe_path:
        del sys.path[0]
    protect_workers()


def protect_workers() -> None:
    """Make every Python process that is started from now on ignore that folder."""
    os.environ["PYTHONSAFEPATH"] = "1"
