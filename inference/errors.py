"""The one error tree of generation. A GenerationError may be shown to the user as it is.

GenerationError
├── PromptError               the request cannot be served as it stands: the caller's to mend
│   └── UnsupportedPromptError    this model knows no such kind of prompt
├── ModelError                the model cannot be had: not found, damaged, a package missing
│   └── LicenseNotAcceptedError   its licence and use restrictions were not accepted yet
├── OverloadedError           too much is being asked at once; carries when to try again
├── OutOfMemoryError          the prompt or the batch does not fit the device
├── GenerationTimeoutError    nothing came within the limit
└── RemoteError               the server that generates failed; carries its status
"""

from __future__ import annotations

__all__ = [
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


class GenerationError(Exception):
    """Base of all that may be shown to a user; anything else is a bug."""


class PromptError(GenerationError):
    """The prompt or a parameter cannot be used; names the value, the limit and the remedy."""


class UnsupportedPromptError(PromptError):
    """The model knows no such kind of prompt (infill without fill-in-the-middle tokens, ...)."""


class ModelError(GenerationError):
    """The model cannot be loaded; names what is missing and the remedy."""


class LicenseNotAcceptedError(ModelError):
    """The model's licence has use restrictions that nobody accepted here."""


class OverloadedError(GenerationError):
    """The queue of requests is full."""

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds


class OutOfMemoryError(GenerationError):
    """The request does not fit into the device's memory; the generator lives on."""


class GenerationTimeoutError(GenerationError):
    """No text came within the time limit."""


class RemoteError(GenerationError):
    """The generation server failed or refused."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status  # its HTTP status; None: it could not be reached
