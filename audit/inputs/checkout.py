"""git, run on a checkout that is not trusted.

A repository's configuration can name programs for git to run: monitors, hooks, filters, external
diffs, ways to fetch. All of them are switched off, by settings that outrank it, so an audit of a
stranger's checkout runs nothing of the stranger's. The price: a partial clone is not completed.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from attribution.errors import InputError

__all__ = ["GitFailed", "Repository", "is_bare", "is_unfetched", "top_of"]

_TIMEOUT = 120.0  # seconds, for commands that answer at once on any sane repository
# Set while git runs a hook; they would lead every command to that repository.
_ELSEWHERE = frozenset(
    (
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
        "GIT_NAMESPACE", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX", "GIT_EXTERNAL_DIFF",
        "GIT_DIFF_OPTS", "GIT_TRACE",
    )
)  # fmt: skip
_FIXED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    "log.showSignature": "false",
}


class GitFailed(InputError):  # noqa: N818 - what happened, not what kind of class it is
    """git answered with an error; `said` is its first line."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class Repository:
    """Runs git in a folder of a checkout."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._environment = _environment(_SETTINGS)
        self._filters_off = False

    def ask(self, *arguments: str) -> str:
        """The output of a command that answers in a moment, as a path or a name is written.

        Raises:
            GitFailed: git says no.
            InputError: git is not installed, or takes too long.
        """
        try:
            done = subprocess.run(
                self._command(arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT,
                env=self._environment,
                check=False,
            )
        except FileNotFoundError as error:
            raise _missing() from error
        except subprocess.TimeoutExpired as error:
            raise InputError(
                f"git {arguments[0]} took over {_TIMEOUT:g} s in {self.folder}"
            ) from error
        if done.returncode != 0:
            raise _failed(arguments, self.folder, done.stderr)
        return os.fsdecode(done.stdout)

    @contextlib.contextmanager
    def stream(self, *arguments: str) -> Iterator[IO[bytes]]:
        """The output of a command, as it comes. Leaving early ends the command.

        Raises:
            GitFailed: git says no; when all was read.
        """
        self._switch_filters_off()
        with tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(
                    self._command(arguments),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=self._environment,
                )
            except FileNotFoundError as error:
                raise _missing() from error
            assert process.stdout is not None
            try:
                yield process.stdout
            except BaseException:
                process.kill()
                raise
            finally:
                process.stdout.close()
                code = process.wait()
            if code != 0:
                errors.seek(0)
                raise _failed(arguments, self.folder, errors.read())

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return ["git", "-C", self.folder, "--no-pager", *arguments]

    def _switch_filters_off(self) -> None:
        """Empty the filters by which git would read files of the working tree."""
        if self._filters_off:
            return
        try:
            names = self.ask("config", "--name-only", "-z", "--get-regexp", r"^filter\..*")
        except GitFailed:  # there are none
            names = ""
        settings = dict(_SETTINGS)
        for name in filter(None, names.split("\0")):
            settings[name] = "false" if name.lower().endswith(".required") else ""
        self._environment = _environment(settings)
        self._filters_off = True


def top_of(folder: str) -> str | None:
    """The top of the checkout that a folder lies in, by the file system alone."""
    for place in (Path(folder), *Path(folder).parents):
        if (place / ".git").exists():
            return str(place)
    return None


def is_bare(folder: str) -> bool:
    """Whether a folder is a repository itself, which packs its files away: a bare one, or .git."""
    place = Path(folder)
    return (place / "HEAD").is_file() and all((place / one).is_dir() for one in ("objects", "refs"))


def is_unfetched(folder: str) -> bool:
    """Whether an empty folder is where a submodule goes, by the .gitmodules of its checkout."""
    top = top_of(folder)
    if top is None or folder == top:
        return False
    modules = Path(top) / ".gitmodules"
    try:  # a pipe would be waited for
        text = modules.read_text("utf-8", "surrogateescape") if modules.is_file() else ""
    except OSError:
        return False
    name = re.escape(folder[len(top.rstrip("/")) + 1 :])
    line = rf'^[ \t]*path[ \t]*=[ \t]*"?{name}/?"?[ \t]*$'
    return re.search(line, text, re.MULTILINE) is not None


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment for git; the caller's own GIT_CONFIG_* settings stay before ours."""
    inherited = {k: v for k, v in os.environ.items() if k not in _ELSEWHERE}
    given = inherited.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdecimal() else 0
    ours = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), first):
        ours[f"GIT_CONFIG_KEY_{number}"] = key
        ours[f"GIT_CONFIG_VALUE_{number}"] = value
    return {**inherited, **_FIXED, **ours}


def _missing() -> InputError:
    return InputError("git is not installed; --since needs it. Or pipe a diff: --diff -")


def _failed(arguments: Sequence[str], folder: str, stderr: bytes) -> GitFailed:
    said = stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    remedy = ""
    if "dubious ownership" in said:
        remedy = f"; if you trust it: git config --global --add safe.directory {folder}"
    elif "promisor" in said or "lazy" in said or "missing blob" in said:
        remedy = (
            "; a partial clone is not completed by an audit: git diff REV | whence audit --diff -"
        )
    return GitFailed(f"git {arguments[0]} failed in {folder}: {said}{remedy}", said)
