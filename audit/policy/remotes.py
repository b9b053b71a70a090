"""Repositories' names: from addresses of all forms, and from the git configuration of a checkout.

The configuration is read as a text, and git is never run: a checkout may be a stranger's, and its
configuration may name commands. Only host and path of an address are kept, so that no password in
one is ever shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["Name", "git_remote", "name_of"]

_MAX_CONFIG = 1 << 20  # bytes; one of a checkout has some hundred
_SECTION = re.compile(r'\[\s*remote\s+"((?:[^"\\]|\\.)*)"\s*\]', re.IGNORECASE)
_URL = re.compile(r"url\s*=\s*(.*)", re.IGNORECASE)
_SSH = re.compile(r"(?:[\w.~+-]+@)?([\w.-]+\.[\w-]+|localhost):(?!//)/*(.+)")


@dataclass(frozen=True, slots=True)
class Name:
    """A repository, or an owner, as it is compared: in lower case."""

    host: str  # "github.com", "pkg:pypi"; "" when not known
    path: str  # "owner/name"; of a package its name

    def __str__(self) -> str:
        return f"{self.host}/{self.path}" if self.host else self.path


def name_of(address: str, *, shortest: int = 3) -> Name | None:
    """What an address, or a name as people write it, names; None when it names nothing elsewhere.

    Args:
        address: "owner/name", "host/owner/name", an address for https or ssh (also the short form
            `git@host:owner/name.git`), "pkg:pypi/name", or a package's name.
        shortest: parts from which the first one, if it has a dot, is a host: of a repository
            three, of an owner two.
    """
    text = address.strip()
    if text.startswith("pkg:"):
        kind, _, rest = text[4:].partition("/")
        path = re.split(r"[@?#](?=[^/]*$)", rest)[0]
        host = {"github": "github.com", "bitbucket": "bitbucket.org"}.get(kind, f"pkg:{kind}")
        return _name(host, unquote(path))
    ssh = _SSH.fullmatch(text)
    if ssh is not None and "://" not in text:
        return _name(ssh[1], ssh[2])
    if "://" in text:
        try:
            parts = urlsplit(text)
            host = parts.hostname or ""
        except ValueError:  # e.g. a bracket where an address has its host
            return None
        return _name(host, parts.path) if host else None
    if text.startswith(("/", ".", "~")) or "\\" in text or ":" in text:
        return None  # a folder of this machine
    first, _, rest = text.strip("/").partition("/")
    if "." in first and text.strip("/").count("/") + 1 >= shortest:
        return _name(first, rest)
    return _name("", text)


def _name(host: str, path: str) -> Name | None:
    path = path.strip("/").lower().removesuffix(".git").rstrip("/")
    host = host.lower().removeprefix("www.")
    # GitHub and GitLab answer ssh on port 443 under names of their own
    host = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}.get(host, host)
    if host.startswith("pkg:") or (not host and "/" not in path):
        path = re.sub(r"[-_.]+", "-", path)  # as package indexes compare names
    return Name(host, path) if path else None


def git_remote(root: Path) -> Name | None:
    """The repository that a folder is a checkout of: its remote `origin`, else its only one.

    Others than `origin` are no guide: a fork's `upstream` is somebody else's. To git, an address
    without a colon is a folder, one of `file:` too, and one of `pkg:` no package: none is taken
    for the package or the repository of that name.
    """
    config = _config(root)
    remotes = {} if config is None else _remotes(config)
    url = remotes.get("origin")
    if url is None and len(remotes) == 1:
        url = next(iter(remotes.values()))
    if url is None or ":" not in url or url.lower().startswith(("file:", "pkg:")):
        return None
    return name_of(url)


def _remotes(config: str) -> dict[str, str]:
    """Remote -> address, the first one of each."""
    found: dict[str, str] = {}
    remote = None
    for line in config.replace("\\\n", "").splitlines():
        text = line.strip()
        if text.startswith("["):
            section = _SECTION.match(text)
            remote = None if section is None else section[1]
            text = "" if section is None else text[section.end() :].strip()
        url = _URL.match(text)
        if remote is not None and url is not None:
            value = re.split(r"\s[#;]", url[1])[0].strip().strip('"')
            found.setdefault(remote, value)
    return found


def _config(root: Path) -> str | None:
    """The git configuration that belongs to a folder; None without one that can be read."""
    start = root.absolute()
    for folder in (start, *start.parents):
        git = folder / ".git"
        try:
            if git.is_file():  # of a worktree or a submodule: it says where the folder is
                said = git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
                git = folder / said
                common = git / "commondir"
                if common.is_file():
                    git = git / common.read_text(encoding="utf-8").strip()
            elif not git.is_dir():
                continue
            with (git / "config").open("rb") as stream:
                return stream.read(_MAX_CONFIG).decode("utf-8", "replace")
        except (OSError, ValueError):
            return None
    return None
