"""Which files git ignores: git itself is asked, once for each checkout.

Outside of a checkout, or where git refuses to trust one, .gitignore files are honoured all the
same, through an empty repository of our own. Without git, or when git takes too long, nothing is
ignored: then more is checked, never less, and the report says so. (A pattern with many stars
against a long name takes git minutes, and a .gitignore that is a pipe takes it forever.)
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import NamedTuple

from attribution.errors import InputError
from audit.inputs.checkout import GitFailed, Repository, top_of
from audit.types import LeftOut

__all__ = ["SECONDS", "Ignored", "ignored_below", "nothing_ignored"]

_LIST = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
_EXPLAIN = ("--no-literal-pathspecs", "check-ignore", "-z", "--verbose", "--stdin")
SECONDS = 20.0  # for each of both commands: a million files take some seconds


class Ignored(NamedTuple):
    """What git ignores below a folder."""

    patterns: Mapping[str, str]  # absolute path, "/" at the end of a folder -> "file:line: pattern"
    problem: str | None = None  # why nothing is ignored


def nothing_ignored(name: str, problem: str) -> LeftOut:
    """What a report says about a folder where nothing could be ignored."""
    return LeftOut(name, "unread ignore rules", f"ignored files are checked too: {problem}")


def ignored_below(folder: str) -> Ignored:
    """What git ignores below a folder, without nested checkouts.

    If git ignores the folder itself, the user asked for it all the same, and only the .gitignore
    files in it count.
    """
    try:
        if top_of(folder) is not None:
            try:
                ignored = _ignored(Repository(folder))
                if "" not in ignored:  # the folder itself
                    return _absolute(folder, ignored)
            except GitFailed:  # a checkout that git does not trust
                pass
        with tempfile.TemporaryDirectory() as empty:
            Repository(empty).output("init", "--quiet", "--bare", "--template=")
            ignored = _ignored(Repository(folder, git_dir=empty))
    except (InputError, OSError) as error:  # no git, it takes too long, or no temporary folder
        return Ignored({}, str(error))
    return _absolute(folder, ignored)


def _absolute(folder: str, ignored: Mapping[str, str]) -> Ignored:
    return Ignored({f"{folder.rstrip('/')}/{name}": found for name, found in ignored.items()})


def _ignored(repository: Repository) -> dict[str, str]:
    """Name -> pattern. Git also lists folders whose files are all ignored: those have none."""
    listed = repository.output(*_LIST, seconds=SECONDS).split("\0")
    # "./" before each name, as git gives a colon at the start a meaning
    names = "".join(f"./{name.removeprefix('./')}\0" for name in listed if name)
    if not names:
        return {}
    explained = repository.output(
        *_EXPLAIN, stdin=os.fsencode(names), allowed=(0, 1), seconds=SECONDS
    )
    fields = iter(explained.split("\0"))
    return {
        name.removeprefix("./"): f"{file}:{line}: {pattern}"
        for file, line, pattern, name in zip(fields, fields, fields, fields, strict=False)
    }
