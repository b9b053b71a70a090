"""Kernels compile without a writable folder, and their docstrings are complete."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import pytest
from numba.core.registry import CPUDispatcher

import attribution
from attribution.kernels import load_all

PROGRAM = """
import os, shutil, sys
from pathlib import Path
import attribution
package = Path(sys.argv[1]) / "attribution"
package.mkdir()
module = package / "kernels.py"
shutil.copy(Path(attribution.__file__).parent / "kernels.py", module)
loops = package / "loops.py"
loops.write_text(
    "from kernels import kernel, cache_folder\\n@kernel('i8(i8)')\\ndef twice(x): return 2 * x\\n"
)
os.environ.pop("NUMBA_CACHE_DIR", None)
os.environ["HOME"] = os.environ["XDG_CACHE_HOME"] = "/dev/null"
(package / "__pycache__").write_text("in the way")
sys.path.insert(0, str(package))
import loops
print(loops.twice(21), loops.cache_folder)
"""


def test_where_nothing_can_be_written_kernels_are_not_kept(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (done.stdout, done.stderr) == ("42 None\n", "")


SAID = """
import importlib, shutil, sys
from pathlib import Path
import attribution
package = Path(sys.argv[1])
shutil.copy(Path(attribution.__file__).parent / "kernels.py", package)
for name in "some", "others":
    code = f"from kernels import kernel\\n@kernel('i8(i8)')\\ndef {name}(x): return x"
    (package / f"{name}.py").write_text(code)
sys.stderr.isatty = lambda: True
sys.path.insert(0, str(package))
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


def test_each_command_that_compiles_says_so(tmp_path: Path) -> None:
    def said(*modules: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", SAID, str(tmp_path), *modules],
            capture_output=True,
            text=True,
            check=False,
            env={name: text for name, text in os.environ.items() if name != "NUMBA_CACHE_DIR"},
            cwd=Path(__file__).parents[2],
        )
        return done.stderr

    message = "Compiling Whence's kernels (up to half a minute, only once) ...\n"
    assert [said("some"), said("some")] == [message, ""]
    assert [said("some", "others"), said("some", "others")] == [message, ""]


LATE = """
from concurrent.futures import ThreadPoolExecutor
from attribution.kernels import load_all
from attribution.sketching.words import is_new, words_of, words_into

def loaded():
    return bool(words_into.nopython_signatures), bool(is_new.nopython_signatures)

print(loaded())
with ThreadPoolExecutor(8) as pool:
    print(set(pool.map(words_of, [b"a b"] * 8)))
print(loaded())
load_all()
print(loaded())
"""


def test_a_kernel_is_loaded_when_it_is_called() -> None:
    for _ in range(2):  # the first run may have to compile
        done = subprocess.run(
            [sys.executable, "-c", LATE], capture_output=True, text=True, check=False,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "(False, False)", "{('a', 'b')}", "(True, False)", "(True, True)",
    ]  # fmt: skip


PACKAGE = Path(attribution.__file__).parent


def kernels() -> list[CPUDispatcher]:
    """Every kernel of the package."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if "\n@kernel(" in path.read_text("utf-8"):
            name = ".".join(("attribution", *path.relative_to(PACKAGE).with_suffix("").parts))
            values = vars(importlib.import_module(name)).values()
            found += [v for v in values if isinstance(v, CPUDispatcher) and v.__module__ == name]
    load_all()
    return found


KERNELS = kernels()


def described(function: Callable[..., Any]) -> set[str]:
    """The names of the "Args:" section of a docstring."""
    section = re.search(r"\n    Args:\n((?:        .*\n|\n)+)", function.__doc__ or "")
    entries = re.findall(r"^ {8}(\w[\w, ]*):", section[1], re.M) if section else []
    return {name for entry in entries for name in entry.split(", ")}


def test_the_kernels_are_found() -> None:
    modules = {kernel.py_func.__module__.rpartition(".")[2] for kernel in KERNELS}
    assert {"lexer", "words", "pipeline", "alignment", "evidence", "probe", "scoring"} <= modules


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.py_func.__qualname__)
def test_docstrings_describe_every_argument_and_the_result(kernel: CPUDispatcher) -> None:
    function = kernel.py_func
    assert described(function) == set(inspect.signature(function).parameters)
    (signature,) = kernel.nopython_signatures
    assert ("\n    Returns:\n" in function.__doc__) == (signature.return_type != numba.void)
