"""The errors of generation. The message of a GenerationError may be shown to users.

GenerationError
├── PromptError               the prompt or a parameter is invalid
│   └── UnsupportedPromptError    the model does not support this kind of prompt
├── ModelError                the model is unavailable: not found, damaged, a package missing
│   └── LicenseNotAcceptedError   its licence has to be accepted first
├── OverloadedError           too many requests at once; carries when to try again
├── OutOfMemoryError          the request needs more memory than the device has
├── GenerationTimeoutError    no text came in time
└── RemoteError               the generation server failed; carries its status
"""

from __future__ import annotations

import sys

__all__ = [
    "INSTALL",
    "GenerationError",
    "GenerationTimeoutError",
    "LicenseNotAcceptedError",
    "ModelError",
    "OutOfMemoryError",
    "OverloadedError",
    "PromptError",
    "RemoteError",
    "UnsupportedPromptError",
]

# installs the extra `inference`, wherever Whence was installed from
INSTALL = (
    f"{sys.executable} -m pip install accelerate filelock safetensors tokenizers torch transformers"
)


class GenerationError(Exception):
    """Base of the errors that may be shown to users; other exceptions are bugs."""


class PromptError(GenerationError):
    """The prompt or a parameter is invalid; names the value, the limit and the remedy."""


class UnsupportedPromptError(PromptError):
    """The model does not support this kind of prompt (infill, chat)."""


class ModelError(GenerationError):
    """The model cannot be loaded; names the reason and the remedy."""


class LicenseNotAcceptedError(ModelError):
    """The model's licence has use restrictions that were not accepted yet."""


class OverloadedError(GenerationError):
    """Too many requests wait already."""

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds


class OutOfMemoryError(GenerationError):
    """The request needs more memory than the device has; the generator still works."""


class GenerationTimeoutError(GenerationError):
    """No text came in time."""


class RemoteError(GenerationError):
    """The generation server failed."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status  # its HTTP status; None: it could not be reached
