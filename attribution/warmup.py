"""Compile every kernel and store the machine code, so that no user's first look-up waits for it.

The set-up runs `python -m attribution.warmup`. numba keeps the code beside the modules, or in
NUMBA_CACHE_DIR. All kernels have explicit signatures, so importing their modules is enough.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time

import attribution
from attribution.heartbeat import repeated

__all__ = ["warm_up"]

_SHOW_SECONDS = 5.0  # between two lines of progress


def warm_up() -> list[str]:
    """Import every module of the package that has kernels, with progress; returns their names."""
    names = [
        module.name
        for module in pkgutil.walk_packages(attribution.__path__, "attribution.")
        if not module.name.endswith((".cli", ".warmup", ".__main__"))
        and ".commands" not in module.name
        and ".index.elastic" not in module.name  # no kernels there, and it needs an extra
    ]
    started = time.perf_counter()

    def show() -> None:
        sys.stderr.write(f"compiling, {time.perf_counter() - started:.0f} s so far\n")

    with repeated(show, _SHOW_SECONDS):  # one module can compile for ten seconds
        for name in names:
            importlib.import_module(name)
    return names


if __name__ == "__main__":
    started = time.perf_counter()
    try:
        count = len(warm_up())
    except KeyboardInterrupt:
        sys.exit(130)
    from attribution.kernels import prune  # here: importing numba can take long, and is shown

    prune()
    sys.stderr.write(f"kernels of {count} modules ready in {time.perf_counter() - started:.1f} s\n")
