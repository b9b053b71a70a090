"""The key that authenticates the results in an audit's cache.

A cache may be where others can write, such as in the checkout of a CI job. An edited result could
make a copied file look clean. So each result carries a code that only the holder of the key
can compute; one with another code is ignored, and the file is checked again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from hashlib import blake2b

from attribution.config_folder import config_folder
from attribution.untrusted_files import read_regular_file

__all__ = ["CODE_BYTES", "cache_key", "code_of"]

_VARIABLE = "WHENCE_CACHE_KEY"
CODE_BYTES = 16


def cache_key() -> bytes:
    """The key (32 bytes): of $WHENCE_CACHE_KEY, else of a file that is created at the first use.

    Raises:
        OSError: the file cannot be read or created.
    """
    if given := os.environ.get(_VARIABLE):
        return blake2b(given.encode("utf-8", "surrogateescape"), digest_size=32).digest()
    path = config_folder() / "audit-cache.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(32))
    # of any content, also of a file that another process has not written yet: a wrong key only
    # means that files are checked again
    return blake2b(read_regular_file(path, 1 << 10), digest_size=32).digest()


def code_of(key: bytes, *parts: bytes) -> bytes:
    """The authentication code of a result."""
    code = blake2b(digest_size=CODE_BYTES, key=key)
    for part in parts:
        code.update(len(part).to_bytes(8, "little"))
        code.update(part)
    return code.digest()
