"""Rules about occurrences that all engines share: identity, order, opt-outs, filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import blake2b

from attribution.errors import InputError
from attribution.index.identity import now
from attribution.index.interface import WordQuery
from attribution.repository_names import repository_key
from attribution.types import NewFile, Occurrence, OptOut, Skip

__all__ = [
    "OptOutSet",
    "belongs",
    "by_count",
    "in_order",
    "is_in_language",
    "key_of",
    "license_ids",
    "names",
    "opt_outs_of",
    "owner_key",
    "passes",
]

_SPDX_ID = re.compile(r"[^\s()]+")


def key_of(occurrence: Occurrence) -> int:
    """64 bits that identify (repository, path, revision); kept once per document."""
    text = "\0".join((occurrence.repository, occurrence.path, occurrence.revision or ""))
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def in_order(occurrences: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """Earliest first, undated last, then by repository, path and revision."""
    return tuple(
        sorted(
            occurrences,
            key=lambda o: (o.date is None, o.date or "", o.repository, o.path, o.revision or ""),
        )
    )


class OptOutSet:
    """Repositories and owners that no answer may show, compared as `repository_key` does."""

    __slots__ = ("_owners", "_repositories", "opt_outs")

    def __init__(self, opt_outs: Iterable[OptOut] = ()) -> None:
        self.opt_outs = tuple(dict.fromkeys(self._normal(opt_out) for opt_out in opt_outs))
        self._repositories = frozenset(o.value for o in self.opt_outs if o.kind == "repository")
        self._owners = frozenset(o.value for o in self.opt_outs if o.kind == "owner")

    @staticmethod
    def _normal(opt_out: OptOut) -> OptOut:
        value = opt_out.value.strip().strip("/").casefold()
        if opt_out.kind == "repository":
            value = repository_key(value)
        if opt_out.kind not in ("repository", "owner") or not value:
            raise InputError(
                f"cannot opt out {opt_out.kind} {opt_out.value!r}; "
                "give a repository (owner/name, or a package's name) or an owner"
            )
        return OptOut(opt_out.kind, value, opt_out.since)

    def covers(self, repository: str) -> bool:
        """True when a repository or its owner is opted out."""
        if not self.opt_outs:
            return False
        value = repository_key(repository)
        if value in self._repositories:
            return True
        owner, slash, _ = value.partition("/")
        return bool(slash) and owner in self._owners

    def split(self, files: Sequence[NewFile]) -> tuple[list[NewFile], list[Skip]]:
        """The files that may be indexed, and a Skip for each of the others."""
        if not self.opt_outs:
            return list(files), []
        allowed, skips = [], []
        for file in files:
            repository = file.occurrence.repository
            if self.covers(repository):
                name = f"{repository}/{file.occurrence.path}"
                skips.append(Skip(name, "opted out", repository))
            else:
                allowed.append(file)
        return allowed, skips

    def with_more(self, opt_outs: Iterable[OptOut]) -> OptOutSet:
        """A set with more opt-outs, which are recorded now; known ones keep their time."""
        added = (replace(opt_out, since=opt_out.since or now()) for opt_out in opt_outs)
        return OptOutSet((*self.opt_outs, *added))

    def without(self, opt_outs: Iterable[OptOut]) -> OptOutSet:
        """A set without some opt-outs."""
        lifted = set(OptOutSet(opt_outs).opt_outs)
        return OptOutSet(o for o in self.opt_outs if o not in lifted)


def opt_outs_of(name: str, opt_outs: Iterable[OptOut]) -> tuple[OptOut, ...]:
    """The opt-outs that cover a name, or a repository of the owner with that name.

    Args:
        name: of a repository, a package or an owner.
        opt_outs: as an index has them.
    """
    key = owner_key(name)
    owner, package = key.partition("/")[0], repository_key(key)
    return tuple(
        o
        for o in opt_outs
        if o.value == (owner if o.kind == "owner" else package) or o.value.startswith(key + "/")
    )


def passes(occurrence: Occurrence, query: WordQuery) -> bool:
    """True when an occurrence passes the filters of a query."""
    wanted = [("path", path) for path in query.paths]
    if query.license is not None:
        wanted.append(("license", query.license))
    if query.repository is not None:
        wanted.append(("repository", query.repository))
    return all(_has(occurrence, *pair) for pair in wanted) and not any(
        _has(occurrence, *pair) for pair in query.excluded
    )


def is_in_language(language: str, query: WordQuery) -> bool:
    """True when a document in a language passes the filters of a query."""
    language = language.casefold()
    if query.language and language != query.language.casefold():
        return False
    return ("language", language) not in (
        (field, value.casefold()) for field, value in query.excluded
    )


def _has(occurrence: Occurrence, field: str, value: str) -> bool:
    if field == "license":
        return names(occurrence.license.expression, value)
    if field == "repository":
        return belongs(occurrence.repository, owner_key(value))
    path, value = occurrence.path.casefold(), value.casefold()
    if field == "path" and "*" in value:
        return fnmatchcase(path, value.replace("[", "[[]"))  # only * and ? are special
    return field == "path" and value in path


def names(expression: str, id_: str) -> bool:
    """True when an expression contains an SPDX id."""
    return id_.casefold() in license_ids(expression)


def license_ids(expression: str) -> list[str]:
    """The SPDX ids and operators of an expression, casefolded."""
    return _SPDX_ID.findall(expression.casefold())


def belongs(repository: str, owner: str) -> bool:
    """True when `owner` (an `owner_key`) is the repository itself or its owner."""
    key = repository_key(repository)
    return key == repository_key(owner) or key.startswith(owner + "/")


def owner_key(owner: str) -> str:
    """The form in which owners are compared; `repository_key` makes that of a package of it.

    Raises:
        InputError: the name is empty.
    """
    key = owner.strip().strip("/").casefold()
    if not key:
        raise InputError(f"the owner {owner!r} is empty; give an owner, a package or owner/name")
    return key


def by_count(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts in a stable order: the largest first, then by name."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
