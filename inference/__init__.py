"""From a prompt to code.

Where there is no GPU, triton looks as if it were not installed. Torch and transformers would load
its compiler, which takes about a second and prints a page of "nanobind: leaked" when Python ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

# of Nvidia, AMD, Intel, and of Windows below Linux
_GPU_DEVICES = ("nvidiactl", "kfd", "dri", "dxg")

if not any(Path("/dev", name).exists() for name in _GPU_DEVICES):
    sys.modules.setdefault("triton", None)  # type: ignore[arg-type]  # None: an import fails
