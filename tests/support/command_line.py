"""The command `whence`, run in the process of the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from attribution.cli import main

Run = Callable[..., tuple[int, str, str]]  # arguments to exit code, standard output and errors


_VOLATILE = {"elapsed_ms", "seconds", "began"}  # of answers and reports


def plain(shape: Any) -> Any:
    """JSON without what differs from run to run."""
    if isinstance(shape, dict):
        return {key: plain(value) for key, value in shape.items() if key not in _VOLATILE}
    return [plain(one) for one in shape] if isinstance(shape, list) else shape


def runner(capfd: pytest.CaptureFixture[str]) -> Run:
    """Calls `whence` and reads what it and its workers wrote."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in arguments])
        out, err = capfd.readouterr()
        assert isinstance(stop.value.code, int)
        return stop.value.code, out, err

    return call
