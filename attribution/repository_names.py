"""Names of repositories, owners and packages, in every form in which people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nsmallest
from urllib.parse import unquote, urlsplit

from attribution.errors import InputError

__all__ = [
    "RepositoryName",
    "module_repository",
    "name_of",
    "nearest_names",
    "read_name",
    "repository_key",
]

_SSH = re.compile(r"(?:[\w.~+-]+@)?([\w.-]+\.[\w-]+|localhost):(?!//)/*(.+)")
_FORGES = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
# Only a group of GitLab may have groups: elsewhere, what follows owner/name is a page.
_TWO_PARTS = ("github.com", "bitbucket.org", "codeberg.org", "gitea.com", "git.sr.ht")
_SAME = {  # other names of hosts: of raw files, and of ssh on port 443
    "raw.githubusercontent.com": "github.com",
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
}
_REGISTRIES = {  # host -> the path of a package's page, and the type of its package URL
    "pypi.org": (re.compile(r"/(?:project|simple)/([^/]+)"), "pypi"),
    "npmjs.com": (re.compile(r"/package/((?:@[^/]+/)?[^/]+)"), "npm"),
    "crates.io": (re.compile(r"/crates/([^/]+)"), "cargo"),
    "pkg.go.dev": (re.compile(r"/([^@]+)"), "golang"),
    "rubygems.org": (re.compile(r"/gems/([^/]+)"), "gem"),
    "tracker.debian.org": (re.compile(r"/pkg/([^/]+)"), "deb"),
    "sources.debian.org": (re.compile(r"/src/([^/]+)"), "deb"),
    "packages.debian.org": (re.compile(r"/(?:[^/]+/)?([^/]+)/?$"), "deb"),
}
# A page of a file or a revision, on any forge, behind owner/name
_PAGE = re.compile(
    r"([^/]+/[^/]+)/(?:(?:src|raw|media)/(?:branch|commit|tag)|blob|blame|commit|raw|tree)/.*"
)
_CLOSE = 0.75  # of 1; one typing error in four letters, two in eight
_NEAREST = 5  # of the names that are close


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """A repository or an owner, casefolded for comparison."""

    host: str  # "github.com", "pkg:pypi"; "" if unknown
    path: str  # "owner/name", an owner, or the name of a package

    @property
    def kind(self) -> str | None:
        """ "repository" (or a package) or "owner"; None: it may be an owner or a package."""
        if "/" in self.path or self.host.startswith("pkg:"):
            return "repository"
        return "owner" if self.host else None

    def __str__(self) -> str:
        return f"{self.host}/{self.path}" if self.host else self.path


def repository_key(name: str) -> str:
    """The form in which names are compared: casefolded, and a package's as indexes compare it.

    Source: PEP 503 for the names of packages, which are those without an owner.
    """
    key = name.casefold()
    return key if "/" in key else re.sub(r"[-_.]+", "-", key)


def name_of(address: str, *, shortest: int = 3) -> RepositoryName | None:
    """The repository or owner that a URL or a name refers to; None for a local folder.

    Args:
        address: "owner/name", "host/owner/name", a URL for https, ssh or git (also with "git+"
            before it, the short form `git@host:owner/name.git`, or the address of a page of the
            repository), "pkg:pypi/name", "github:owner/name", or the name of a package.
        shortest: number of parts from which a first part with a dot is a host: three for a
            repository, two for an owner. The host of a known forge always is one.
    """
    text = address.strip()
    scheme, colon, rest = text.partition(":")
    if scheme.casefold() == "pkg" and colon:
        kind, _, rest = rest.lstrip("/").partition("/")
        path = re.sub(r"(?<=[^/])@.*", "", re.split(r"[?#]", rest)[0])
        if kind.casefold() == "deb":  # the namespace is the distribution
            path = path.rpartition("/")[2]
        return _name(_FORGES.get(kind.casefold(), f"pkg:{kind.casefold()}"), unquote(path))
    if scheme.casefold() in _FORGES and not rest.startswith("//"):
        return _name(_FORGES[scheme.casefold()], rest)
    ssh = _SSH.fullmatch(text)
    if ssh is not None and "://" not in text:
        return _name(ssh[1], ssh[2])
    if "://" in text:
        try:
            parts = urlsplit(text)
            host = parts.hostname or ""
        except ValueError:  # e.g. a bracket in the host
            return None
        # pip writes a revision behind the address: git+https://host/owner/name.git@v1
        path = parts.path.partition("@")[0] if scheme.startswith("git+") else parts.path
        return _name(host, unquote(path)) if host else None
    if text.startswith(("/", ".", "~")) or "\\" in text or ":" in text:
        return None  # a local folder
    first, _, rest = text.strip("/").partition("/")
    known = _bare(first) in _FORGES.values()
    if rest and "." in first and (known or text.strip("/").count("/") + 1 >= shortest):
        return _name(first, rest)
    return _name("", text)


def module_repository(module: str) -> str:
    """The repository of a Go module: owner/name on a forge that is known, else the module's path.

    Source: go.dev/ref/mod#module-path.
    """
    host, _, path = module.partition("/")
    return "/".join(path.split("/")[:2]) if host in _TWO_PARTS and "/" in path else module


def _bare(host: str) -> str:
    host = host.casefold().removeprefix("www.")
    return _SAME.get(host, host)


def _name(host: str, path: str) -> RepositoryName | None:
    host = _bare(host)
    if host in _REGISTRIES:
        page, kind = _REGISTRIES[host]
        package = page.match(path)
        if package is not None:
            host, path = f"pkg:{kind}", package[1]
    path = path.partition("/-/")[0].strip("/")  # GitLab's pages of a repository
    if host in _TWO_PARTS:
        path = "/".join(path.split("/")[:2])
    elif (deeper := _PAGE.fullmatch(path)) is not None:
        path = deeper[1]
    path = path.casefold().removesuffix(".git").rstrip("/")
    if host == "pkg:golang":
        path = module_repository(path)
    if host.startswith("pkg:"):
        path = repository_key(path)
    return RepositoryName(host, path) if path else None


def read_name(text: str) -> RepositoryName:
    """The repository, owner or package that a person names, in any form.

    A name that is none of `name_of`'s forms is taken as it is: the corpus may hold a plain folder.

    Raises:
        InputError: the name is empty.
    """
    text = text.strip()
    mention = text.removeprefix("@")
    name = name_of(mention if "/" not in mention else text, shortest=4)
    if name is None and text.strip("/. "):
        name = RepositoryName("", text.strip("/").casefold())
    if name is None:
        raise InputError(
            f"the name {text!r} is empty; give an owner, a package, owner/name or its address"
        )
    return name


def nearest_names(wanted: str, names: Iterable[str]) -> list[str]:
    """Repositories, and owners with "/" behind them, that a mistyped name may stand for.

    The most alike come first.

    Args:
        wanted: the name that was not found.
        names: of repositories.
    """
    key = repository_key(wanted)
    last = key.rpartition("/")[2]
    matcher = SequenceMatcher(b=key, autojunk=False)
    scores: dict[str, float] = {}
    for name in names:
        owner, slash, _ = name.partition("/")
        for candidate in (name, owner + slash) if slash else (name,):
            if candidate not in scores:
                scores[candidate] = _likeness(
                    repository_key(candidate.rstrip("/")), key, last, matcher
                )
    close = (name for name, score in scores.items() if score >= _CLOSE)
    return nsmallest(_NEAREST, close, key=lambda name: (-scores[name], name))


def _likeness(key: str, wanted: str, last: str, matcher: SequenceMatcher[str]) -> float:
    """From 0 to 1. The same name under another owner is as good as nearly the same letters."""
    if key.rpartition("/")[2] == last:
        return 0.9
    if abs(len(key) - len(wanted)) > len(wanted) // 4 + 1:
        return 0.0
    matcher.set_seq1(key)
    return matcher.ratio() if matcher.quick_ratio() >= _CLOSE else 0.0
