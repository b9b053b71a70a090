"""`kernel`: numba's compiler with the settings that all our loops share.

Kernels release the GIL, have explicit signatures (nothing is compiled per type) and keep their
machine code on disk. It is loaded when a kernel is first called: that takes two milliseconds, and a
command needs few kernels. numba notices when the file of a kernel changes, but not when a kernel
that it calls from another file does, and would then run old code. So the folder of the machine
code is named by a digest of all files with kernels: any change compiles all of them (half a
minute).

The docstring of a kernel gives each argument's shape, dtype and meaning. A number without a dtype
is an int64. "Written" arrays are the caller's room for results, "scratch" ones are left undefined.
They are faster than results: to return an array takes 3 us.

Everything that we use of numba is imported here, because importing it is risky: it reads
`.numba_config.yaml` from the current folder, which may be a stranger's checkout, and an entry there
can name a module to import. Without PyYAML it cannot read the file.
"""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

__all__ = [
    "boolean",
    "cache_folder",
    "external",
    "float32",
    "float64",
    "int32",
    "int64",
    "kernel",
    "load_all",
    "prune",
    "readonly",
    "trailing_zeros",
    "types",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "void",
]


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    """Makes imports of a package fail."""
    known = sys.modules.get(package)
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if known is None:
            del sys.modules[package]
        else:
            sys.modules[package] = known


@contextmanager
def _kept_forever() -> Iterator[None]:
    """No garbage is collected meanwhile, and what is made is never searched for it: a collector
    that looks at numba's objects again and again takes a seventh of the time of a start."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


warnings.filterwarnings("ignore", message="A Numba config file is found")
# SciPy is for linear algebra and cffi for functions of C, which no kernel has; they take a sixth of
# a second.
with _kept_forever(), _hidden("yaml"), _hidden("scipy"), _hidden("cffi"):
    import numba
    import numba.core.typing.cffi_utils  # else imported later, with cffi
    import numba.np.arraymath  # and this with SciPy
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import CPUDispatcher
    from numba.cpython.unsafe.numbers import trailing_zeros

# The types of signatures. An array that a kernel may write is `uint64[::1]`, in two dimensions
# `uint64[:, ::1]`.
types = numba.types
boolean, void = numba.boolean, numba.void
uint8, uint16, uint32, uint64 = numba.uint8, numba.uint16, numba.uint32, numba.uint64
int32, int64, float32, float64 = numba.int32, numba.int64, numba.float32, numba.float64


def readonly(dtype: Any, dimensions: int = 1) -> Any:
    """The type of a contiguous array that may be read-only, such as bytes or a mapped file."""
    return types.Array(dtype, dimensions, "C", readonly=True)


def external(name: str, signature: Any) -> Any:
    """A function of the C library, for kernels to call."""
    return types.ExternalFunction(name, signature)


_Function: TypeAlias = Callable[..., Any]
_PACKAGE = Path(__file__).parent


def _digest() -> str:
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for path in sorted(_PACKAGE.rglob("*.py")):
        source = path.read_bytes()
        if b"@kernel(" in source:
            digest.update(source)
    return digest.hexdigest()


def _folder() -> Path | None:
    """Beside the modules if that is writable, else in the user's cache.

    None if NUMBA_CACHE_DIR names another folder, or if neither is writable.
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "whence"
    for base in (_PACKAGE / "__pycache__", user):
        folder = base / f"kernels-{_digest()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


cache_folder = _folder()
# Without a writable folder each process compiles all kernels: half a minute, but it works.
_CACHED = cache_folder is not None or bool(os.environ.get("NUMBA_CACHE_DIR"))


@cache
def _announce() -> None:
    """Say once why it takes long: the only text that a library module prints."""
    if sys.stderr.isatty():
        sys.stderr.write("Compiling Whence's kernels (up to half a minute, only once) ...\n")


if cache_folder is not None and not any(cache_folder.iterdir()):
    _announce()


def _kept() -> frozenset[str]:
    """The kernels whose machine code is on disk: "words._scan-184"."""
    folder = cache_folder or Path(os.environ.get("NUMBA_CACHE_DIR") or os.devnull)
    return frozenset(path.name.rpartition(".py")[0] for path in folder.rglob("*.nbi"))


_KEPT = _kept()
_KERNELS: list[Any] = []


class _Unloaded(CPUDispatcher):  # type: ignore[misc]
    """A kernel whose machine code was not needed yet. Loading makes it an ordinary one."""

    def __call__(self, *arguments: Any) -> Any:
        self.load()
        return self(*arguments)

    def get_call_template(self, *arguments: Any) -> Any:
        """Called by numba when it compiles a kernel that calls this one."""
        self.load()
        return self.get_call_template(*arguments)

    def load(self) -> None:
        with global_compiler_lock:
            if isinstance(self, _Unloaded):  # no other thread was faster
                for signature in self.signature:
                    self.compile(signature)
                self.disable_compile()
                self.__class__ = CPUDispatcher


def kernel(
    *signature: Any, borrows: bool = False, **options: Any
) -> Callable[[_Function], _Function]:
    """Decorate a loop over arrays; the arguments are those of `numba.njit`.

    Args:
        borrows: references to arrays are not counted, which takes longer than a short kernel. Only
            for kernels that make and return no array; numba refuses to compile others.
    """

    def decorate(function: _Function) -> _Function:
        before = numba.config.CACHE_DIR
        if cache_folder is not None:
            numba.config.CACHE_DIR = str(cache_folder)
        compiled: Any
        try:
            compiled = numba.njit(nogil=True, cache=_CACHED, _nrt=not borrows, **options)(function)
        finally:
            numba.config.CACHE_DIR = before
        compiled.signature = signature
        compiled.__class__ = _Unloaded
        _KERNELS.append(compiled)
        module, line = function.__module__.rpartition(".")[2], function.__code__.co_firstlineno
        if f"{module}.{function.__qualname__}-{line}" not in _KEPT:
            compiled.load()
            if _CACHED and compiled.stats.cache_misses:
                _announce()  # another command compiled only its own
        return compiled  # type: ignore[no-any-return]

    return decorate


def load_all() -> None:
    """Load all kernels of the modules that are imported, for a server's first request."""
    for loaded in _KERNELS:
        if isinstance(loaded, _Unloaded):
            loaded.load()


def prune() -> None:
    """Remove the machine code of earlier versions."""
    if cache_folder is not None:
        for other in cache_folder.parent.glob("kernels-*"):
            if other != cache_folder:
                shutil.rmtree(other, ignore_errors=True)
