"""Permanent citations: where a person, a browser, an archive and a bill of materials find a source.

Four forms of one place (an Occurrence and a range of its lines):

* a URL pinned to a commit, or to the tag of a release where only that is known, with the lines
  marked; never to a branch, which the next push moves;
* a SWHID with qualifiers (ISO/IEC 18670): names the very bytes, wherever they lie;
* a package URL (purl-spec), for bills of materials;
* a NOTICE text, ready to paste.

All that depends on the repository and its revision alone is worked out once and kept
(`_place`): a batch of look-ups cites the same repositories over and over, and packageurl needs
some 30 us for each.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from packageurl import PackageURL

from attribution.types import LicenseEvidence, MatchKind, Occurrence, Source

__all__ = ["Citation", "cite", "cite_occurrence", "lines_of_occurrence", "notice"]

_PINNED = re.compile(
    r"[0-9a-f]{40}|[0-9a-f]{64}"
    r"|v?\d+(\.\d+){1,3}([._-]?(a|b|rc|alpha|beta|post)[._-]?\d*)?"  # v3.11.7, 2.0rc1
)
_SHA1 = re.compile(r"[0-9a-f]{40}")
_PLAIN = re.compile(r"[A-Za-z0-9_./~-]*")  # what quoting leaves as it is


@dataclass(frozen=True, slots=True)
class Citation:
    """One place in every form that it has."""

    url: str | None  # None: no address is known that will stay
    swhid: str
    purl: str | None  # None: the origin is not known


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


@dataclass(frozen=True, slots=True)
class _Place:
    """What all citations of one repository at one revision share."""

    url: str | None
    forge: _Forge | None  # None: `url` is the address of the whole, without path and lines
    swhid_qualifiers: str
    purl: str | None


def cite(document: str, occurrence: Occurrence, lines: tuple[int, int] | None = None) -> Citation:
    """Cite an occurrence of a document.

    Args:
        document: the document's SWHID, `swh:1:cnt:` and 40 hex digits.
        occurrence: the place.
        lines: first and last line, 1-based and inclusive; None cites the whole file.
    """
    place = _place(occurrence.origin, occurrence.revision)
    path = occurrence.path.lstrip("/")
    plain = _PLAIN.fullmatch(path) is not None
    quoted = path if plain else quote(path, errors="surrogateescape")

    url = place.url
    if url is not None and place.forge is not None:
        url += quoted + _anchor(place.forge, lines)

    swhid = f"{document}{place.swhid_qualifiers};path=/{quoted}" if path else document
    if lines is not None:
        swhid += f";lines={lines[0]}" if lines[0] == lines[1] else f";lines={lines[0]}-{lines[1]}"

    purl = place.purl
    if purl is not None and path:
        purl += "#" + (path if plain and "./" not in path and "//" not in path else _subpath(path))
    return Citation(url, swhid, purl)


def cite_occurrence(source: Source, at: int) -> Citation:
    """Cite occurrence `at` of a source, with the lines of the best match there."""
    # Near-equal contents differ in bytes and in lines: each place is cited by its own.
    document = source.occurrence_documents[at] if source.occurrence_documents else source.document
    return cite(document, source.occurrences[at], lines_of_occurrence(source, at))


def lines_of_occurrence(source: Source, at: int) -> tuple[int, int] | None:
    """First and last line of the best match in occurrence `at`; None without a match."""
    if source.occurrence_spans:
        span = source.occurrence_spans[at]
    elif source.matches:
        span = source.matches[0].source
    else:
        return None
    return span.start_line, span.end_line


def notice(source: Source) -> str:
    """A text to paste into a NOTICE file, for a source's probable origin.

    It states what is known, and plainly what is not: an unknown licence is no permission.
    """
    if not source.occurrences:
        return f"Contains code that matches {source.document}; no place of it is known any more."
    at = source.origin.occurrence if source.origin is not None else 0
    occurrence = source.occurrences[at]
    lines = lines_of_occurrence(source, at)
    citation = cite_occurrence(source, at)
    where = occurrence.path + ("" if lines is None else f", {_lines_in_words(lines)}")
    text = [f"{_VERB[source.kind]} {occurrence.repository}", f"  File: {where}"]
    if occurrence.revision:
        text.append(f"  Revision: {occurrence.revision}")
    text += [f"  Licence: {line}" for line in _license_in_words(occurrence.license)]
    text.append(f"  Source: {citation.url or occurrence.origin or citation.swhid}")
    if source.occurrences_total > 1 and source.origin is not None:
        text.append(
            f"  Seen in {source.occurrences_total} places; this one is the "
            f"probable origin ({source.origin.reason})."
        )
    return "".join(f"{_one_line(line)}\n" for line in text)


def _one_line(text: str) -> str:
    """Strangers name repositories and files: a line end must forge no line of a notice."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


_VERB = {
    MatchKind.VERBATIM: "Includes code copied from",
    MatchKind.RENAMED: "Includes code adapted (renamed) from",
    MatchKind.EDITED: "Includes code adapted (edited) from",
    MatchKind.SIMILAR: "Includes code similar to code of",
}


def _license_in_words(license_: LicenseEvidence) -> list[str]:
    if license_.expression == "NOASSERTION":
        words = ["not known. Without one, no permission may be assumed: ask the author."]
    else:
        words = [f"{license_.expression} (read from: {license_.evidence})"]
    if license_.conflict:
        words.append(f"in conflict, settle before use: {license_.conflict}")
    return words


def _lines_in_words(lines: tuple[int, int]) -> str:
    return f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}-{lines[1]}"


def _anchor(forge: _Forge, lines: tuple[int, int] | None) -> str:
    if lines is None:
        return ""
    return (forge.one_line if lines[0] == lines[1] else forge.lines).format(*lines)


def _subpath(path: str) -> str:
    """As purl-spec writes it: no empty, `.` or `..` segments, `:` stays."""
    segments = (part for part in path.split("/") if part.strip() and part not in (".", ".."))
    return "/".join(quote(part, safe=":", errors="surrogateescape") for part in segments)


@functools.lru_cache(maxsize=1 << 16)
def _place(origin: str, revision: str | None) -> _Place:
    try:
        return _package(origin, revision) if origin[:4] == "pkg:" else _checkout(origin, revision)
    except ValueError:  # of PackageURL or urlsplit: what a corpus gives need not be well-formed
        return _Place(None, None, _qualifiers(origin, revision), None)


def _checkout(origin: str, revision: str | None) -> _Place:
    origin = origin.rstrip("/").removesuffix(".git")
    parts = urlsplit(origin)
    name = parts.path.strip("/").rpartition("/")[2]
    if parts.scheme not in ("http", "https") or not name.strip():  # PackageURL needs a name
        return _Place(None, None, _qualifiers(origin, revision), None)
    host = (parts.hostname or "").removeprefix("www.")
    forge = _FORGES.get(host)
    if forge is not None:
        origin = f"https://{host}{parts.path}"
    url = None
    if forge is not None and revision is not None and _PINNED.fullmatch(revision):
        url = forge.tree.format(origin=quote(origin, safe=":/~"), revision=revision)
    purl = _repository_purl(origin, revision, forge)
    return _Place(url, forge, _qualifiers(origin, revision), purl)


def _package(origin: str, revision: str | None) -> _Place:
    """A package of an index: its version's page stays; its files have no addresses of their own."""
    package = PackageURL.from_string(origin)
    versioned = package._replace(version=revision or package.version)
    purl = versioned.to_string()
    if package.type != "pypi":
        return _Place(None, None, _qualifiers(origin, None), purl)
    project = f"https://pypi.org/project/{quote(package.name)}/"
    url = f"{project}{quote(versioned.version)}/" if versioned.version else None
    # Software Heritage archives a PyPI project under its page's address.
    return _Place(url, None, _qualifiers(project, None), purl)


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
