"""Permanent citations: where a person, a browser, an archive and a bill of materials find a source.

Three forms of one citation (an Occurrence and a range of its lines):

* a URL pinned to a commit, or to the tag of a release where only that is known, with the lines
  marked; never to a branch, which the next push moves;
* a SWHID with qualifiers (ISO/IEC 18670), which identifies the exact bytes, wherever they are;
* a package URL (purl-spec), for bills of materials.

`_cite_revision` caches everything that depends only on the repository and its revision: a batch of
look-ups cites the same repositories over and over, and packageurl takes some 30 us for each.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from packageurl import PackageURL

from attribution.types import LicenseEvidence, Occurrence, SourceOccurrence

__all__ = ["Citation", "cite", "cite_license", "cite_occurrence", "file_url"]

_PINNED = re.compile(
    r"[0-9a-f]{40}|[0-9a-f]{64}"
    r"|v?\d+(\.\d+){1,3}([._-]?(a|b|rc|alpha|beta|post)[._-]?\d*)?"  # v3.11.7, 2.0rc1
)
_SHA1 = re.compile(r"[0-9a-f]{40}")
_PLAIN = re.compile(r"[A-Za-z0-9_./~-]*")  # what quoting leaves as it is


@dataclass(frozen=True, slots=True)
class Citation:
    """One occurrence in every form that it has."""

    url: str | None  # None: no permanent address is known
    swhid: str
    purl: str | None  # None: the origin is unknown


@dataclass(frozen=True, slots=True)
class _Forge:
    """How a forge writes the address of lines of a file at a commit."""

    tree: str  # format with {origin} and {revision}; a quoted path follows
    one_line: str  # format with the line
    lines: str  # format with first and last line
    purl_type: str | None = None  # None: purl-spec has no type for it


_GITEA = _Forge("{origin}/src/commit/{revision}/", "#L{0}", "#L{0}-L{1}")
_FORGES = {
    "github.com": _Forge("{origin}/blob/{revision}/", "#L{0}", "#L{0}-L{1}", "github"),
    "gitlab.com": _Forge("{origin}/-/blob/{revision}/", "#L{0}", "#L{0}-{1}", "gitlab"),
    "bitbucket.org": _Forge(
        "{origin}/src/{revision}/", "#lines-{0}", "#lines-{0}:{1}", "bitbucket"
    ),
    "codeberg.org": _GITEA,
    "gitea.com": _GITEA,
    "git.sr.ht": _Forge("{origin}/tree/{revision}/item/", "#L{0}", "#L{0}-{1}"),
}


class _Registry(NamedTuple):
    """Addresses of a registry's packages."""

    project: str  # of all versions; under it, Software Heritage archives the package
    version: str  # where the code of one version can be read, or is linked


_REGISTRIES = {
    "pypi": _Registry(
        "https://pypi.org/project/{name}/", "https://inspector.pypi.io/project/{name}/{version}/"
    ),
    "npm": _Registry(
        "https://www.npmjs.com/package/{name}", "https://www.npmjs.com/package/{name}/v/{version}"
    ),
    "cargo": _Registry(
        "https://crates.io/crates/{name}", "https://docs.rs/crate/{name}/{version}/source/"
    ),
    "golang": _Registry("https://pkg.go.dev/{name}", "https://pkg.go.dev/{name}@{version}"),
}


@dataclass(frozen=True, slots=True)
class _Revision:
    """What all citations of one repository at one revision share."""

    url: str | None
    forge: _Forge | None  # None: `url` is the address of the whole package, without path and lines
    swhid_qualifiers: str
    purl: str | None


def cite(document: str, occurrence: Occurrence, lines: tuple[int, int] | None = None) -> Citation:
    """Cite an occurrence of a document.

    Args:
        document: the document's SWHID, `swh:1:cnt:` and 40 hex digits.
        lines: first and last line, 1-based and inclusive; None cites the whole file.
    """
    base = _cite_revision(occurrence.origin, occurrence.revision)
    path = occurrence.path.lstrip("/")
    plain = _PLAIN.fullmatch(path) is not None
    quoted = path if plain else quote(path, errors="surrogateescape")

    url = base.url
    if not {".", ".."}.isdisjoint(path.split("/")):
        url = None  # a browser would leave the folder, or the repository
    elif url is not None and base.forge is not None:
        url += quoted + _anchor(base.forge, lines)

    swhid = f"{document}{base.swhid_qualifiers};path=/{quoted}" if path else document
    if lines is not None:
        swhid += f";lines={lines[0]}" if lines[0] == lines[1] else f";lines={lines[0]}-{lines[1]}"

    purl = base.purl
    if purl is not None and path:
        purl += "#" + (path if plain and "./" not in path and "//" not in path else _subpath(path))
    return Citation(url, swhid, purl)


def cite_occurrence(seen: SourceOccurrence) -> Citation:
    """Cite an occurrence of a source, with the lines of the best match there."""
    return cite(seen.document, seen.occurrence, seen.lines)


def file_url(occurrence: Occurrence) -> str | None:
    """The permanent address of a whole file; None if only that of its package is known, or none."""
    forge = _cite_revision(occurrence.origin, occurrence.revision).forge
    return None if forge is None else cite("", occurrence).url


def cite_license(occurrence: Occurrence, evidence: LicenseEvidence) -> str | None:
    """The permanent address of the lines in which a licence was read; None when there is none."""
    if evidence.lines is None:
        return None
    file = evidence.file or occurrence.path
    return cite("", replace(occurrence, path=file), evidence.lines).url


def _anchor(forge: _Forge, lines: tuple[int, int] | None) -> str:
    if lines is None:
        return ""
    return (forge.one_line if lines[0] == lines[1] else forge.lines).format(*lines)


def _subpath(path: str) -> str:
    """A path as purl-spec writes it: no empty, `.` or `..` segments; `:` is not quoted."""
    segments = (part for part in path.split("/") if part.strip() and part not in (".", ".."))
    return "/".join(quote(part, safe=":", errors="surrogateescape") for part in segments)


@functools.lru_cache(maxsize=1 << 16)
def _cite_revision(origin: str, revision: str | None) -> _Revision:
    try:
        return _package(origin, revision) if origin[:4] == "pkg:" else _checkout(origin, revision)
    except ValueError:  # of PackageURL or urlsplit: addresses in a corpus may be malformed
        return _Revision(None, None, _qualifiers(origin, revision), None)


def _checkout(origin: str, revision: str | None) -> _Revision:
    origin = origin.rstrip("/").removesuffix(".git")
    parts = urlsplit(origin)
    name = parts.path.strip("/").rpartition("/")[2]
    if parts.scheme not in ("http", "https") or not name.strip():  # PackageURL needs a name
        return _Revision(None, None, _qualifiers(origin, revision), None)
    host = (parts.hostname or "").removeprefix("www.")
    forge = _FORGES.get(host)
    if forge is not None:
        origin = f"https://{host}{parts.path}"
    url = None
    if forge is not None and revision is not None and _PINNED.fullmatch(revision):
        url = forge.tree.format(origin=quote(origin, safe=":/~"), revision=revision)
    purl = _repository_purl(origin, revision, forge)
    return _Revision(url, forge, _qualifiers(origin, revision), purl)


def _package(origin: str, revision: str | None) -> _Revision:
    """A package of a registry. Its files have no addresses that follow from their paths."""
    package = PackageURL.from_string(origin)
    versioned = package._replace(version=revision or package.version)
    registry = _REGISTRIES.get(package.type)
    if registry is None:
        return _Revision(None, None, _qualifiers(origin, None), versioned.to_string())
    name = quote(f"{package.namespace}/{package.name}" if package.namespace else package.name, "/@")
    url = None
    if versioned.version:
        url = registry.version.format(name=name, version=quote(versioned.version))
    project = registry.project.format(name=name)
    return _Revision(url, None, _qualifiers(project, None), versioned.to_string())


def _repository_purl(origin: str, revision: str | None, forge: _Forge | None) -> str:
    path = urlsplit(origin).path.strip("/")
    namespace, _, name = path.rpartition("/")
    if forge is not None and forge.purl_type is not None:
        return PackageURL(forge.purl_type, namespace or None, name, revision).to_string()
    at = f"git+{origin}" + (f"@{revision}" if revision else "")
    return PackageURL("generic", None, name, revision, {"vcs_url": at}).to_string()


def _qualifiers(origin: str, revision: str | None) -> str:
    """`;origin=...;anchor=...`, in the standard's order. Only a commit can be an anchor."""
    text = ""
    if origin:
        text += ";origin=" + origin.replace("%", "%25").replace(";", "%3B")
    if revision is not None and _SHA1.fullmatch(revision):
        text += f";anchor=swh:1:rev:{revision}"
    return text
