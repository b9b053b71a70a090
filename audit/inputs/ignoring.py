"""What git ignores: .gitignore at every level, .git/info/exclude, the user's excludesfile.

The deepest file that says something of a path decides; within it the last pattern. What is
tracked is not ignored, whatever the patterns say: so says git, and so it is checked here too.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from attribution.errors import InputError
from audit.inputs.checkout import GitFailed, Repository, top_of
from audit.inputs.patterns import Patterns

__all__ = ["Level", "level_above", "level_of"]

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # git does not follow a .gitignore that is a link
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # a pipe that has no writer is not waited for
_MAX_PATTERNS = 1 << 20  # bytes of a .gitignore


class _Tracked:
    """The files of a checkout that are tracked though a pattern ignores them; asked when needed."""

    def __init__(self, top: str) -> None:
        self._top = top
        self._names: frozenset[str] | None = None

    def holds(self, path: str) -> bool:
        """Whether a file is one of them, or a folder holds one."""
        if self._names is None:
            self._names = _tracked_but_ignored(self._top)
        return path in self._names


@dataclass(frozen=True, slots=True)
class Level:
    """The patterns of one file, over those that are asked when they say nothing."""

    base: str  # the folder that its patterns are relative to, with "/" at the end
    where: str  # how the file is named to people
    patterns: Patterns
    above: Level | None
    tracked: _Tracked | None  # of the checkout

    def ignores(self, path: str, *, folder: bool) -> str | None:
        """Which pattern ignores a path, as "file:line: pattern"; None: it is not ignored."""
        level: Level | None = self
        while level is not None:
            hit = level.patterns.match(path[len(level.base) :] + ("/" if folder else ""))
            if hit is not None:
                if not hit.matched or (level.tracked is not None and level.tracked.holds(path)):
                    return None
                return f"{level.where}:{hit.line}: {hit.pattern}"
            level = level.above
        return None


def level_of(folder: str, above: Level | None) -> Level | None:
    """The level of a folder that a walk enters. A checkout of its own starts anew."""
    if os.path.lexists(f"{folder}/.git"):
        above = _checkout_level(folder)
    lines = _lines(f"{folder}/.gitignore")
    if not lines:
        return above
    patterns = Patterns(lines)
    if not patterns:
        return above
    tracked = above.tracked if above is not None else None
    return Level(f"{folder}/", ".gitignore", patterns, above, tracked)


def level_above(folder: str) -> Level | None:
    """The patterns that hold in a folder where a walk starts, without its own.

    A folder that git ignores is walked when the user named it: then those above do not count.
    """
    top = top_of(folder)
    if top is None or top == folder:
        return None
    level = level_of(top, None)
    place = top
    for part in folder[len(top) :].strip("/").split("/"):
        place = f"{place.rstrip('/')}/{part}"
        if level is not None and level.ignores(place, folder=True) is not None:
            return None
        if place != folder:
            level = level_of(place, level)
    return level


def _checkout_level(top: str) -> Level | None:
    """What holds in all of a checkout: the user's excludesfile, below .git/info/exclude."""
    tracked = _Tracked(top)
    # An empty level too: those of .gitignore files take `tracked` from it.
    level = Level(f"{top}/", "core.excludesFile", _global_patterns(), None, tracked)
    lines = _lines(str(_git_folder(Path(top)) / "info" / "exclude"))
    return Level(f"{top}/", ".git/info/exclude", Patterns(lines), level, tracked)


def _git_folder(top: Path) -> Path:
    """Where the checkout's repository keeps what its work trees share."""
    git = top / ".git"
    lines = _lines(str(git)) if git.is_file() else []
    if lines and lines[0].startswith("gitdir:"):  # a submodule, or one of several work trees
        git = top / lines[0].removeprefix("gitdir:").strip()
        common = _lines(str(git / "commondir"))
        git = git / common[0].strip() if common else git
    return git


@cache
def _global_patterns() -> Patterns:
    try:
        path = Repository("/").ask("config", "--type=path", "--get", "core.excludesFile").strip()
    except (GitFailed, InputError):  # not set, or no git
        home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        path = f"{home}/git/ignore"
    try:
        return Patterns(_lines(str(Path(path).expanduser()), follow=True))
    except RuntimeError:  # nobody's home
        return Patterns(())


def _tracked_but_ignored(top: str) -> frozenset[str]:
    """Absolute paths of the files, and of the folders that hold them."""
    try:
        listed = Repository(top).ask("ls-files", "-z", "-c", "-i", "--exclude-standard")
    except (GitFailed, InputError):  # no git, or none that trusts this checkout
        return frozenset()
    paths: set[str] = set()
    for name in filter(None, listed.split("\0")):
        parts = name.split("/")
        paths.update(f"{top}/{'/'.join(parts[:n])}" for n in range(1, len(parts) + 1))
    return frozenset(paths)


def _lines(path: str, *, follow: bool = False) -> list[str]:
    """The lines of a small file; none when there is no such file or it cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | _NO_WAIT | (0 if follow else _NO_LINK))
    except OSError:
        return []
    try:
        text = os.read(handle, _MAX_PATTERNS)
    except OSError:  # a folder of that name
        return []
    finally:
        os.close(handle)
    return os.fsdecode(text.removeprefix(b"\xef\xbb\xbf")).split("\n")
