"""What to do when a library of the extra `evaluate` is not installed."""

from __future__ import annotations

from attribution.errors import InputError

__all__ = ["missing"]


def missing(library: str) -> InputError:
    """The error to raise instead of an ImportError."""
    return InputError(
        f"`whence evaluate` needs {library}, which is not installed: pip install 'whence[evaluate]'"
    )
