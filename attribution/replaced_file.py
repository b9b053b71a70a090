"""Writing a file whole or not at all, and never through a link that leads elsewhere."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from attribution.untrusted_files import exists, is_file, is_link

__all__ = ["replaced_file"]


@contextlib.contextmanager
def replaced_file(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """A stream whose content replaces a file when the context ends without an error.

    A link to a file in the same place is kept and the file is replaced. A pipe or a device that the
    user named is written directly.

    Args:
        path: of the file, which need not exist.
        mode: permissions of the new file; None: those of the old one, or as usual.

    Raises:
        OSError: the file cannot be written, or a link on the way to it, which may come from an
            audited tree, leads out of the working directory or of the folder that was named.
    """
    target = _target(path)
    if _is_device(target) or (exists(target) and not is_file(target)):
        with target.open("wb") as stream:
            yield stream
        return
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(_mode(target) if mode is None else mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink()
        raise


def _target(path: Path) -> Path:
    lexical = Path(os.path.abspath(path))  # noqa: PTH100 - without following links
    if _is_device(lexical):
        return lexical
    here = Path.cwd()
    base = here if lexical.is_relative_to(here) else lexical.parent
    target = lexical.resolve()
    if target.is_relative_to(base.resolve()):
        return target
    link = next(part for part in (lexical, *lexical.parents) if is_link(part))
    raise OSError(
        errno.EPERM, f"{link} is a link that leads out of {base}; name the file itself", str(path)
    )


def _is_device(path: Path) -> bool:
    return str(path).startswith(("/dev/", "/proc/"))  # /dev/stdout may lead to a file


def _mode(target: Path) -> int:
    if exists(target):
        return target.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask  # mkstemp's are for the owner alone
