"""The command `whence`, run in the process of the test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from attribution.cli import main

Run = Callable[..., tuple[int, str, str]]  # arguments to exit code, standard output and errors


def runner(capfd: pytest.CaptureFixture[str]) -> Run:
    """Calls `whence` and reads what it and its workers wrote."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in arguments])
        out, err = capfd.readouterr()
        assert isinstance(stop.value.code, int)
        return stop.value.code, out, err

    return call
