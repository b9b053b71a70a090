"""Checkouts of git: the files of HEAD, as they are in the commit, whatever the working tree holds.

So that a citation pinned to the commit shows just what was indexed, contents come from git's
objects (`ls-tree` and one `cat-file --batch`), not from disk. The checkout is not trusted: nothing
that its configuration could name is run, and nothing is fetched.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from attribution.errors import SourceError
from attribution.types import NewFile, Skip
from indexer.filters import Reason, skip, too_large
from indexer.licensing.repository import PathSample, RepositoryLicenses, has_license_evidence
from indexer.sources.files import Place, admit, has_extension, unicode_path
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint

__all__ = ["GitSource", "web_address"]

# The date of a file is that of the commit which added its path. Reading it takes about 1 ms a
# commit, so long histories are not read: then it is the date of HEAD.
_MAX_COMMITS = 10_000
_MAX_LOG_SECONDS = 60.0
# Set while git runs a hook; they would lead every command to that repository.
_ELSEWHERE = frozenset(
    (
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
        "GIT_NAMESPACE", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX",
    )
)  # fmt: skip
_TIMEOUT = 120.0  # seconds, for the commands that answer at once on any sane repository


class _Blob(NamedTuple):
    mode: str
    id: str
    size: int  # bytes; -1: not a file, or lost
    path: str


class GitSource(Source):
    """One checkout."""

    def __init__(self, root: Path, options: SourceOptions) -> None:
        super().__init__(f"git:{root}")
        self.root = root
        self._options = options

    def fingerprint(self) -> str:
        return fingerprint(self._head(), self._options.marks)

    def total_bytes(self) -> int:
        """A guess: to ask git would cost as much as a good part of the reading.

        An entry of git's index has some 100 bytes, a file of code some 8 kB.
        """
        try:
            return (self.root / ".git/index").stat().st_size * 80
        except OSError:  # a worktree, a submodule
            return 0

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        head = self._head()
        place = self._place(head)
        blobs, total = self._blobs(head), self.total_bytes()
        with _Objects(self.root) as objects:
            ids = {b.path: b.id for b in blobs if b.mode[:2] == "10"}
            sample = PathSample()
            for path in ids:
                sample.add(path)
            licenses = RepositoryLicenses(
                filter(has_license_evidence, ids),
                lambda path: objects.get(ids[path]),
                sample=sample.paths,
            )
            added = self._dates(head)
            after = -1 if start is None else int(start)
            for number, blob in enumerate(blobs):
                if number > after:
                    dated = place._replace(date=added.get(blob.path, place.date))
                    yield SourceItem(self._load(blob, dated, objects, licenses), str(number))
                self.done_bytes = total * (number + 1) // len(blobs)

    def _load(
        self, blob: _Blob, place: Place, objects: _Objects, licenses: RepositoryLicenses
    ) -> NewFile | Skip:
        rules = self._options.filter
        if blob.mode[:2] != "10":
            what = "a symbolic link" if blob.mode[:2] == "12" else "a submodule"
            return skip(place.repository, blob.path, Reason.LINK, what)
        language = rules.language(blob.path, b"")
        if language is None and has_extension(blob.path):
            name = blob.path.rpartition("/")[2]
            return skip(place.repository, blob.path, Reason.NOT_CODE, name)
        if blob.size > rules.max_file_size:
            detail = too_large(blob.size, rules.max_file_size)
            return skip(place.repository, blob.path, Reason.TOO_LARGE, detail)
        content = objects.get(blob.id)
        if content is None:
            detail = f"git has no object {blob.id}: a partial or damaged clone"
            return skip(place.repository, blob.path, Reason.UNREADABLE, detail)
        return admit(content, blob.path, language, place, rules, licenses)

    def _head(self) -> str:
        return _git(self.root, "rev-parse", "--verify", "HEAD^{commit}").strip()

    def _place(self, head: str) -> Place:
        date = _git(self.root, "log", "-1", "--format=%cs", head).strip()
        remotes = _git(self.root, "remote").split()
        address = ""
        if remotes:
            chosen = "origin" if "origin" in remotes else remotes[0]
            address = _git(self.root, "config", "--get", f"remote.{chosen}.url", missing="").strip()
        origin = web_address(address)
        repository = urlsplit(origin).path.strip("/") if origin else ""
        return Place(repository or unicode_path(self.root.name), head, origin, date or None)

    def _blobs(self, head: str) -> list[_Blob]:
        blobs = []
        for line in _git(self.root, "ls-tree", "-r", "-l", "-z", "--full-tree", head).split("\0"):
            if line:
                known, _, path = line.partition("\t")
                mode, _, name, size = known.split()
                # "-" for a submodule, "BAD" for an object that is lost
                blobs.append(_Blob(mode, name, int(size) if size.isdigit() else -1, path))
        return blobs

    def _dates(self, head: str) -> dict[str, str]:
        """The date on which each path was added; empty when the history is too long to read."""
        count = _git(self.root, "rev-list", "--count", f"--max-count={_MAX_COMMITS + 1}", head)
        if int(count) > _MAX_COMMITS:
            return {}
        # Newest first: a path that was added twice keeps the last word, the earliest.
        options = ("--diff-filter=A", "--no-renames", "--name-only", "-z", "--format=%x01%cs")
        try:
            log = _git(self.root, "log", *options, head, timeout=_MAX_LOG_SECONDS)
        except SourceError:
            return {}
        dates: dict[str, str] = {}
        for commit in log.split("\x01")[1:]:
            date, *paths = (part.strip("\n") for part in commit.split("\0"))
            dates.update((path, date) for path in paths if path)
        return dates


class _Objects:
    """`git cat-file --batch`: objects by id, one process for all of them."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            _command(root, "cat-file", "--batch"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )

    def get(self, name: str) -> bytes | None:
        """The content of an object, or None when git cannot give it."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None and answers is not None
        try:
            asked.write(name.encode() + b"\n")
            asked.flush()
            header = answers.readline().split()
            if len(header) != 3:
                return None
            content = answers.read(int(header[2]))
            answers.read(1)
        except OSError:  # git ended: a damaged object can do that
            return None
        return content

    def __enter__(self) -> _Objects:
        return self

    def __exit__(self, *_: object) -> None:
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
    """The output of a git command; `missing` is the answer when git finds nothing (exit code 1)."""
    try:
        done = subprocess.run(
            _command(root, *arguments),
            capture_output=True,
            timeout=timeout,
            env=_environment(),
            check=False,
        )
    except FileNotFoundError as error:
        raise SourceError("git is not installed; it is needed to read checkouts") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"git {arguments[0]} took over {timeout:g} s in {root}") from error
    if done.returncode == 1 and missing is not None:
        return missing
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise SourceError(f"{root} is no readable checkout: git {arguments[0]}: {said}")
    return done.stdout.decode("utf-8", "replace")


def _command(root: Path, *arguments: str) -> list[str]:
    # What a hostile configuration could have run: signature checks, fetches by any protocol.
    safe = ("-c", "log.showSignature=false", "-c", "protocol.allow=never", "-c", "core.fsmonitor=")
    return ["git", "-C", os.fspath(root), "--no-pager", *safe, *arguments]


def _environment() -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k not in _ELSEWHERE}
    fixed = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
    return {**inherited, **fixed, "LC_ALL": "C"}
