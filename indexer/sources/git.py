"""Checkouts of git: the files of the commit at HEAD, not those of the working tree.

Contents come from git's objects (`ls-tree` and one `cat-file --batch`), so a citation pinned to
the commit shows exactly what was indexed. The checkout is not trusted: no program that its
configuration names is run, and nothing is fetched.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from copy import copy
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from attribution.errors import SourceError
from attribution.git_environment import git_environment
from attribution.git_files import special_file
from attribution.index.checkpoints import piece_name
from attribution.untrusted_files import is_file
from indexer.filters import Reason
from indexer.licensing.paths import LicensePaths
from indexer.licensing.repository import RepositoryLicenses
from indexer.sources.files import RepositoryInfo, load
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint
from indexer.sources.listing import FileEntry, unicode_path

__all__ = ["GitSource", "web_address"]

# The date of a file is that of the commit which added its path. Reading it takes about 1 ms per
# commit, so long histories are not read; their files get the date of HEAD.
_MAX_COMMITS = 10_000
_MAX_LOG_SECONDS = 60.0
_TIMEOUT = 60.0  # seconds, for commands that take a second on a large repository
_SMALLEST_PIECE = 16 << 20  # bytes, which take half a second; git is started three times for each
_REFUSALS = {  # by the first two digits of the mode
    "12": (Reason.LINK, "a symbolic link"),
    "16": (Reason.SUBMODULE, ""),
}


class GitSource(Source):
    """One checkout, or a piece of it."""

    def __init__(self, root: Path, options: SourceOptions) -> None:
        super().__init__(f"git:{root}", options)
        self.root = root
        self._piece = (0, 1)  # number from 0, and how many there are

    def fingerprint(self) -> str:
        return fingerprint(self._head(), self._options.selection)

    def total_bytes(self) -> int:
        """An estimate: the exact size would take git a good part of the time of reading.

        An entry of git's index has some 100 bytes, a file of code some 8 kB.
        """
        try:
            return (self.root / ".git/index").stat().st_size * 80 // self._piece[1]
        except OSError:  # a worktree, a submodule
            return 0

    def pieces(self, size: int) -> Sequence[Source]:
        count = self.total_bytes() // max(size, _SMALLEST_PIECE)
        if count < 2:
            return (self,)
        pieces = []
        for number in range(count):
            piece = copy(self)
            piece.name = piece_name(self.name, number + 1, count)
            piece._piece = (number, count)
            pieces.append(piece)
        return pieces

    def submodules(self) -> list[str]:
        """The paths of the submodules in the commit, checked out or not."""
        if not is_file(self.root / ".gitmodules"):  # listing a large commit takes a while
            return []
        try:
            listed = _git(self.root, "ls-tree", "-r", "-z", "--full-tree", "HEAD")
        except SourceError:  # reported when the checkout is read
            return []
        entries = (line.partition("\t") for line in listed.split("\0"))
        return [path for columns, _, path in entries if columns.startswith("160000 ")]

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        commit = _commit(self.root, self._head())
        number, count = self._piece
        first, end = (len(commit.files) * n // count for n in (number, number + 1))
        share = self.total_bytes() // max(end - first, 1)
        with _Objects(self.root) as commit.objects:
            for file, position in self._numbered(commit.files[first:end], start, lambda _: share):
                loaded = load(
                    file, commit.dated(file), self._options.filter, commit.licenses, commit.read
                )
                yield SourceItem(loaded, position)

    def _head(self) -> str:
        if (special := special_file(self.root)) is not None:
            raise SourceError(f"git is not run in {self.root}: {special}")
        return _git(self.root, "rev-parse", "--verify", "HEAD^{commit}").strip()


class _Commit:
    """The files of a commit, and what is known of them."""

    def __init__(self, root: Path, head: str) -> None:
        self.files = _files(root, head)
        self.objects: _Objects  # while a piece is read
        self._repository = _repository(root, head)
        self._added = _dates(root, head)
        self._keys = {file.path: file.key for file in self.files if not file.refusal}
        paths = LicensePaths.of(self._keys)
        self.licenses = RepositoryLicenses(paths.evidence, self._named, sample=paths.sample)

    def dated(self, file: FileEntry) -> RepositoryInfo:
        """The repository, with the date on which the file was added."""
        return self._repository._replace(date=self._added.get(file.path, self._repository.date))

    def read(self, file: FileEntry, _limit: int) -> bytes:
        """The content of a file; its size is known from the commit."""
        content = self.objects.get(file.key)
        if content is None:
            detail = f"git has no object {file.key}: a partial or damaged clone"
            raise OSError(errno.EIO, detail)
        return content

    def _named(self, path: str) -> bytes | None:
        """The content at a path; a notice may name a file that is not there."""
        return self.objects.get(self._keys[path]) if path in self._keys else None


@lru_cache(maxsize=1)
def _commit(root: Path, head: str) -> _Commit:
    """Kept for the other pieces of the checkout."""
    return _Commit(root, head)


def _repository(root: Path, head: str) -> RepositoryInfo:
    date = _git(root, "log", "-1", "--format=%cs", head).strip()
    remotes = _git(root, "remote").split()
    address = ""
    if remotes:
        chosen = "origin" if "origin" in remotes else remotes[0]
        address = _git(root, "config", "--get", f"remote.{chosen}.url", missing="").strip()
    origin = web_address(address)
    name = urlsplit(origin).path.strip("/") if origin else ""
    return RepositoryInfo(name or unicode_path(root.name), head, origin, date or None)


def _files(root: Path, head: str) -> list[FileEntry]:
    """The files of a commit; the key of each is the id of its object."""
    files = []
    for line in _git(root, "ls-tree", "-r", "-l", "-z", "--full-tree", head).split("\0"):
        if line:
            columns, _, path = line.partition("\t")
            mode, _, name, size = columns.split()
            other = (Reason.LINK, "")
            refusal = None if mode[:2] == "10" else _REFUSALS.get(mode[:2], other)
            # "-" for a submodule, "BAD" for an object that is missing
            entry = FileEntry(path, name, int(size) if size.isdigit() else 0, refusal=refusal)
            files.append(entry)
    return files


def _dates(root: Path, head: str) -> dict[str, str]:
    """The date on which each path was added; empty when the history is too long to read."""
    count = _git(root, "rev-list", "--count", f"--max-count={_MAX_COMMITS + 1}", head)
    if int(count) > _MAX_COMMITS:
        return {}
    # Newest first, so the earliest date wins for a path that was added twice.
    options = ("--diff-filter=A", "--no-renames", "--name-only", "-z", "--format=%x01%cs")
    try:
        log = _git(root, "log", *options, head, timeout=_MAX_LOG_SECONDS)
    except SourceError:
        return {}
    dates: dict[str, str] = {}
    for commit in log.split("\x01")[1:]:
        date, *paths = (part.strip("\n") for part in commit.split("\0"))
        dates.update((path, date) for path in paths if path)
    return dates


class _Objects:
    """`git cat-file --batch`: objects by id, one process for all of them.

    Git exits at an object that is damaged, in the middle of its content, and may be killed. It is
    then started again, so that this costs no other object.
    """

    def __init__(self, root: Path) -> None:
        self._command = _command(root, "cat-file", "--batch")
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=git_environment(),
        )

    def get(self, name: str) -> bytes | None:
        """The content of an object, or None when git does not have it, or exits at it twice."""
        for _ in range(2):
            with contextlib.suppress(OSError):
                return self._answer(name)
            self._end()
            self._start()
        return None

    def _answer(self, name: str) -> bytes | None:
        """As `get`; raises OSError when git exits."""
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None and answers is not None
        requests.write(name.encode() + b"\n")
        requests.flush()
        header = answers.readline()
        if header.endswith(b"\n"):
            columns = header.split()
            if len(columns) != 3:
                return None
            content = answers.read(int(columns[2]))
            if answers.read(1):
                return content
        raise OSError(errno.EPIPE, "git exited")

    def __enter__(self) -> _Objects:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


def web_address(remote: str) -> str:
    """The https address of a remote, without credentials and ".git"; "" when it has none."""
    remote = remote.strip()
    scp = re.fullmatch(r"(?:[^@/]+@)?([\w.-]+\.[\w-]+):(?!//)/*(.+)", remote)
    if scp:
        remote = f"https://{scp[1]}/{scp[2]}"
    try:
        parts = urlsplit(remote)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port and parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""
    path = parts.path.strip("/").removesuffix(".git")
    if parts.scheme not in ("http", "https", "ssh", "git", "git+ssh") or not host or not path:
        return ""
    return f"https://{host}{port}/{path}"


def _git(root: Path, *arguments: str, missing: str | None = None, timeout: float = _TIMEOUT) -> str:
    """The output of a git command; `missing` is returned when git finds nothing (exit code 1)."""
    try:
        done = subprocess.run(
            _command(root, *arguments),
            capture_output=True,
            timeout=timeout,
            env=git_environment(),
            check=False,
        )
    except FileNotFoundError as error:
        raise SourceError("git is not installed; it is needed to read checkouts") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"git {arguments[0]} took over {timeout:g} s in {root}") from error
    if done.returncode == 1 and missing is not None:
        return missing
    if done.returncode != 0:
        message = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise SourceError(f"{root} is not a readable checkout: git {arguments[0]}: {message}")
    return done.stdout.decode("utf-8", "replace")


def _command(root: Path, *arguments: str) -> list[str]:
    return ["git", "-C", os.fspath(root), "--no-pager", *arguments]
