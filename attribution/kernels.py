"""`kernel`: numba's compiler with the settings that all our loops share.

Kernels release the GIL, have explicit signatures (nothing compiles lazily, per type) and keep
their machine code on disk. numba notices a change of the file that a kernel stands in, but not of
a kernel that it calls from another file, and would then go on with the old code of that one. So
the code is kept under a digest of all files that hold kernels: with any change all are compiled
anew (half a minute).

All of numba that we use is imported here, since importing it has a trap: it reads
`.numba_config.yaml` of the current folder, which may be a checkout of a stranger, and an entry
there can name a module to import. It cannot read the file without PyYAML.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

__all__ = [
    "boolean",
    "cache_folder",
    "kernel",
    "prune",
    "types",
    "uint8",
    "uint32",
    "uint64",
]

_yaml = sys.modules.get("yaml")
sys.modules["yaml"] = None  # type: ignore[assignment]  # makes `import yaml` fail
warnings.filterwarnings("ignore", message="A Numba config file is found")
try:
    import numba
finally:
    if _yaml is None:
        del sys.modules["yaml"]
    else:
        sys.modules["yaml"] = _yaml

types = numba.types
boolean, uint8, uint32, uint64 = numba.boolean, numba.uint8, numba.uint32, numba.uint64

_Loop: TypeAlias = Callable[..., Any]
_PACKAGE = Path(__file__).parent


def _digest() -> str:
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for path in sorted(_PACKAGE.rglob("*.py")):
        source = path.read_bytes()
        if b"@kernel(" in source:
            digest.update(source)
    return digest.hexdigest()


def _folder() -> Path | None:
    """Beside the modules if that can be written, else the user's cache; None: nowhere of ours."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "whence"
    for base in (_PACKAGE / "__pycache__", home):
        folder = base / f"kernels-{_digest()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


cache_folder = _folder()
# Where nothing can be written, each process compiles anew: half a minute, but it works.
_KEPT = cache_folder is not None or bool(os.environ.get("NUMBA_CACHE_DIR"))


def kernel(*signature: Any, **options: Any) -> Callable[[_Loop], _Loop]:
    """Decorate a loop over arrays; the arguments are those of `numba.njit`."""

    def decorate(function: _Loop) -> _Loop:
        before = numba.config.CACHE_DIR
        if cache_folder is not None:
            numba.config.CACHE_DIR = str(cache_folder)
        try:
            compiled: _Loop = numba.njit(*signature, nogil=True, cache=_KEPT, **options)(function)
        finally:
            numba.config.CACHE_DIR = before
        return compiled

    return decorate


def prune() -> None:
    """Remove the machine code of earlier versions."""
    if cache_folder is not None:
        for other in cache_folder.parent.glob("kernels-*"):
            if other != cache_folder:
                shutil.rmtree(other, ignore_errors=True)
