"""Kernels compile where nothing can be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
