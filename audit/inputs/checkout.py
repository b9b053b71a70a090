"""Run git on a checkout that is not trusted.

A repository's configuration can name programs that git runs: monitors, hooks, filters, external
diffs, transports. Settings of higher precedence switch all of them off, so the audit of an unknown
checkout never runs its code. The price is that a partial clone is not completed.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
import select
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from attribution.errors import InputError
from attribution.git_environment import git_environment
from attribution.git_files import special_file
from attribution.untrusted_files import (
    MAX_SETTINGS,
    exists,
    is_file,
    is_folder,
    read_regular_file,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["GitFailed", "GitTooSlow", "Repository", "is_bare", "is_unfetched", "top_of"]

_QUICK = 20.0  # seconds, for commands that normally answer at once
_SILENT = 120.0  # seconds that a stream may wait for its next bytes: git finds renames first


class GitFailed(InputError):  # noqa: N818 - describes what happened
    """git reported an error; `said` is its first line."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class GitTooSlow(InputError):  # noqa: N818 - describes what happened
    """git did not end within its time limit."""


class _Pipe(io.RawIOBase):
    """The output of a process, which may not be silent for long."""

    def __init__(self, pipe: IO[bytes], slow: str) -> None:
        self._pipe, self._slow = pipe, slow

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not select.select([self._pipe], [], [], _SILENT)[0]:
            raise GitTooSlow(self._slow)
        return os.readv(self._pipe.fileno(), [buffer])


class Repository:
    """Runs git in a folder of a checkout."""

    def __init__(self, folder: str, git_dir: str | None = None) -> None:
        """
        Args:
            git_dir: a repository to use instead of the folder's own.
        """
        self.folder = folder
        self._options = () if git_dir is None else (f"--git-dir={git_dir}", "--work-tree=.")
        self._environment = _environment()
        self._filters_off = False
        self._own = git_dir is None

    def output(
        self,
        *arguments: str,
        stdin: bytes = b"",
        allowed: Sequence[int] = (0,),
        seconds: float = _QUICK,
    ) -> str:
        """The output of a command that answers quickly, decoded like a file name.

        Args:
            allowed: exit codes that are not errors.
            seconds: that it may take.

        Raises:
            GitFailed: git reports an error.
            GitTooSlow: it takes longer.
            InputError: git is not installed.
        """
        try:
            done = subprocess.run(
                self._command(arguments),
                input=stdin,
                capture_output=True,
                timeout=seconds,
                env=self._environment,
                check=False,
            )
        except FileNotFoundError as error:
            raise _missing() from error
        except subprocess.TimeoutExpired as error:
            raise GitTooSlow(_slow(arguments, self.folder, seconds)) from error
        if done.returncode not in allowed:
            raise _failed(arguments, self.folder, done.stderr)
        return os.fsdecode(done.stdout)

    @contextlib.contextmanager
    def stream(self, *arguments: str) -> Iterator[IO[bytes]]:
        """The output of a command as a stream. Leaving the context early kills the command.

        Raises:
            GitFailed: git reports an error; raised on leaving the context.
            GitTooSlow: nothing comes for a long time; raised by reading.
        """
        self._switch_filters_off()
        with tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(
                    self._command(arguments),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    bufsize=0,
                    env=self._environment,
                )
            except FileNotFoundError as error:
                raise _missing() from error
            assert process.stdout is not None
            try:
                slow = _slow(arguments, self.folder, _SILENT)
                yield io.BufferedReader(_Pipe(process.stdout, slow), 1 << 16)
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
        if self._special is not None:
            raise GitFailed(f"git is not run in {self.folder}: {self._special}", self._special)
        return ["git", "-C", self.folder, "--no-pager", *self._options, *arguments]

    @functools.cached_property
    def _special(self) -> str | None:
        """What git would wait for in the folder's own repository."""
        top = top_of(self.folder) if self._own else None
        return None if top is None else special_file(Path(top))

    def _switch_filters_off(self) -> None:
        """Disable the filters that git applies when it reads files of the working tree."""
        if self._filters_off:
            return
        try:
            names = self.output("config", "--name-only", "-z", "--get-regexp", r"^filter\..*")
        except GitFailed:  # no filters are set
            names = ""
        settings: dict[str, str] = {}
        for name in filter(None, names.split("\0")):
            settings[name] = "false" if name.lower().endswith(".required") else ""
        self._environment = _environment(settings)
        self._filters_off = True


def top_of(folder: str) -> str | None:
    """The top of the checkout that contains a folder; found without git."""
    for parent in (Path(folder), *Path(folder).parents):
        if exists(parent / ".git"):
            return str(parent)
    return None


def is_bare(folder: str) -> bool:
    """Whether a folder is itself a repository: a bare one, or .git."""
    path = Path(folder)
    return is_file(path / "HEAD") and is_folder(path / "objects") and is_folder(path / "refs")


def is_unfetched(folder: str) -> bool:
    """Whether an empty folder is a submodule that was not fetched, by .gitmodules."""
    top = top_of(folder)
    if top is None or folder == top:
        return False
    modules = Path(top) / ".gitmodules"
    try:
        text = read_regular_file(modules, MAX_SETTINGS).decode("utf-8", "surrogateescape")
    except OSError:
        return False
    name = re.escape(folder[len(top.rstrip("/")) + 1 :])
    line = rf'^[ \t]*path[ \t]*=[ \t]*"?{name}/?"?[ \t]*$'
    return re.search(line, text, re.MULTILINE) is not None


def _environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**git_environment(settings), "GIT_LITERAL_PATHSPECS": "1"}


def _slow(arguments: Sequence[str], folder: str, seconds: float) -> str:
    return (
        f"git {arguments[0]} gave no answer for {seconds:g} s in {folder}; a pattern with many "
        "stars in .gitignore or .gitattributes, or a pipe in place of a file of git, does that"
    )


def _missing() -> InputError:
    return InputError(
        "git is not installed, and --since and .gitignore need it; or pipe a diff: --diff -"
    )


def _failed(arguments: Sequence[str], folder: str, stderr: bytes) -> GitFailed:
    said = stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    remedy = ""
    if "dubious ownership" in said:
        remedy = f"; if you trust it, run: git config --global --add safe.directory {folder}"
    elif "promisor" in said or "lazy" in said or "missing blob" in said:
        remedy = "; an audit does not complete a partial clone; pipe a diff instead: --diff -"
    return GitFailed(f"git {arguments[0]} failed in {folder}: {said}{remedy}", said)
