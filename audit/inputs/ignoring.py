"""Which files git ignores: git itself is asked, once for each checkout.

Outside of a checkout, or where git refuses to trust one, .gitignore files are honoured all the
same, through an empty repository of our own. Without git nothing is ignored: then more is checked,
never less.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping

from attribution.errors import InputError
from audit.inputs.checkout import GitFailed, Repository, top_of

__all__ = ["ignored_below"]

_LIST = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
_EXPLAIN = ("--no-literal-pathspecs", "check-ignore", "-z", "--verbose", "--stdin")


def ignored_below(folder: str) -> Mapping[str, str]:
    """What git ignores below a folder, without nested checkouts.

    If git ignores the folder itself, the user asked for it all the same, and only the .gitignore
    files in it count.

    Returns:
        Absolute path, with "/" at the end for a folder -> the pattern, as "file:line: pattern".
    """
    try:
        if top_of(folder) is not None:
            try:
                ignored = _ignored(Repository(folder))
                if "" not in ignored:  # the folder itself
                    return {
                        f"{folder.rstrip('/')}/{name}": pattern for name, pattern in ignored.items()
                    }
            except GitFailed:  # a checkout that git does not trust
                pass
        with tempfile.TemporaryDirectory() as empty:
            Repository(empty).output("init", "--quiet", "--bare", "--template=")
            ignored = _ignored(Repository(folder, git_dir=empty))
    except (InputError, OSError):  # no git, it takes too long, or no temporary folder
        return {}
    return {f"{folder.rstrip('/')}/{name}": pattern for name, pattern in ignored.items()}


def _ignored(repository: Repository) -> dict[str, str]:
    """Name -> pattern. Git also lists folders whose files are all ignored: those have none."""
    listed = repository.output(*_LIST).split("\0")
    # "./" before each name, as git gives a colon at the start a meaning
    names = "".join(f"./{name.removeprefix('./')}\0" for name in listed if name)
    if not names:
        return {}
    explained = repository.output(*_EXPLAIN, stdin=os.fsencode(names), allowed=(0, 1))
    fields = iter(explained.split("\0"))
    return {
        name.removeprefix("./"): f"{file}:{line}: {pattern}"
        for file, line, pattern, name in zip(fields, fields, fields, fields, strict=False)
    }
