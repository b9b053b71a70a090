"""Names of repositories, from URLs of all forms and from the git configuration of a checkout.

The configuration is read as text, so this works without git and for checkouts that git does not
trust. Only host and path of a URL are kept, so that a password in it is never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["RepositoryName", "git_remote", "name_of"]

_MAX_CONFIG = 1 << 20  # bytes; the configuration of a checkout has a few hundred
_SECTION = re.compile(r'\[\s*remote\s+"((?:[^"\\]|\\.)*)"\s*\]', re.IGNORECASE)
_URL = re.compile(r"url\s*=\s*(.*)", re.IGNORECASE)
_SSH = re.compile(r"(?:[\w.~+-]+@)?([\w.-]+\.[\w-]+|localhost):(?!//)/*(.+)")


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """A repository or an owner, in lower case for comparison."""

    host: str  # "github.com", "pkg:pypi"; "" if unknown
    path: str  # "owner/name", or the name of a package

    def __str__(self) -> str:
        return f"{self.host}/{self.path}" if self.host else self.path


def name_of(address: str, *, shortest: int = 3) -> RepositoryName | None:
    """The repository or owner that a URL or a name refers to; None for a local folder.

    Args:
        address: "owner/name", "host/owner/name", a URL for https or ssh (also the short form
            `git@host:owner/name.git`), "pkg:pypi/name", or the name of a package.
        shortest: number of parts from which a first part with a dot is a host: three for a
            repository, two for an owner.
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
        except ValueError:  # e.g. a bracket in the host
            return None
        return _name(host, parts.path) if host else None
    if text.startswith(("/", ".", "~")) or "\\" in text or ":" in text:
        return None  # a local folder
    first, _, rest = text.strip("/").partition("/")
    if "." in first and text.strip("/").count("/") + 1 >= shortest:
        return _name(first, rest)
    return _name("", text)


def _name(host: str, path: str) -> RepositoryName | None:
    path = path.strip("/").lower().removesuffix(".git").rstrip("/")
    host = host.lower().removeprefix("www.")
    # GitHub and GitLab accept ssh on port 443 under other host names
    host = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}.get(host, host)
    if host.startswith("pkg:") or (not host and "/" not in path):
        path = re.sub(r"[-_.]+", "-", path)  # as package indexes compare names
    return RepositoryName(host, path) if path else None


def git_remote(root: Path) -> RepositoryName | None:
    """The repository that a folder is a checkout of: its remote `origin`, or its only remote.

    Other remotes may belong to somebody else, such as the `upstream` of a fork. For git, an
    address without a colon or with `file:` is a folder, so those are not names of repositories.
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
    """Remote -> its first URL."""
    remotes: dict[str, str] = {}
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
            remotes.setdefault(remote, value)
    return remotes


def _config(root: Path) -> str | None:
    """The git configuration of the checkout around a folder; None if there is no readable one."""
    start = root.absolute()
    for folder in (start, *start.parents):
        git = folder / ".git"
        try:
            if git.is_file():  # in a worktree or a submodule it points to the folder
                git = folder / git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
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
