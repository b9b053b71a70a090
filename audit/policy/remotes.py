"""The repository that a folder is a checkout of, from its git configuration.

The configuration is read as text, so this works without git and for checkouts that git does not
trust. Only host and path of a URL are kept, so that a password in it is never shown.
"""

from __future__ import annotations

import re
from pathlib import Path

from attribution.git_files import MAX_CONFIG, git_folders
from attribution.repository_names import RepositoryName, name_of
from attribution.untrusted_files import exists, read_regular_file

__all__ = ["git_remote"]

_SECTION = re.compile(r'\[\s*remote\s+"((?:[^"\\]|\\.)*)"\s*\]', re.IGNORECASE)
_URL = re.compile(r"url\s*=\s*(.*)", re.IGNORECASE)


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
    for line in config.replace("\\\n", "").split("\n"):
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
        if exists(folder / ".git"):
            try:
                config = git_folders(folder)[-1] / "config"
                return read_regular_file(config, MAX_CONFIG).decode("utf-8", "replace")
            except (OSError, IndexError):
                return None
    return None
