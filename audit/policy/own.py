"""Own code: repositories, owners and indexes whose code needs no permission.

A source is own code only if its probable origin is, or if all its occurrences are. A copy in one
of our repositories does not become ours: a GPL file that we vendored keeps its licence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from attribution.repository_names import RepositoryName, name_of, repository_key
from attribution.types import IndexSummary, Occurrence, Source
from audit.policy.policy import Policy
from audit.policy.relevance import probable_origins
from audit.policy.remotes import git_remote

__all__ = ["OwnCode", "Ownership"]


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whether a source is own code, and why."""

    own: bool
    why: str  # part of a sentence; "" if none of its occurrences is in an own repository


class OwnCode:
    """The own repositories, owners and indexes under a policy.

    Case is ignored in the names of repositories and owners.
    """

    def __init__(
        self,
        repositories: dict[RepositoryName, str],
        owners: dict[RepositoryName, str],
        indexes: dict[str, str],
    ) -> None:
        """Each name maps to the rule that declares it."""
        self._repositories = repositories
        self._owners = owners
        self._indexes = indexes
        self._rules: dict[tuple[str, str], str] = {}

    @classmethod
    def of(cls, policy: Policy, root: Path | None) -> OwnCode:
        """The own code under a policy.

        Args:
            root: the audited folder, for its git remote; None: there is none.
        """
        repositories: dict[RepositoryName, str] = {}
        owners: dict[RepositoryName, str] = {}
        remote = git_remote(root) if policy.git_remote and root is not None else None
        if remote is not None:
            where = policy.where_set("own.git_remote")
            repositories[remote] = f"own.git_remote ({where}; it is {remote})"
        for entry in policy.own_repositories:
            name = name_of(entry)
            if name is not None:
                where = policy.where_set("own.repositories")
                repositories[name] = f'own.repositories "{entry}" ({where})'
        for entry in policy.own_owners:
            name = name_of(entry, shortest=2)
            if name is not None:
                owners[name] = f'own.owners "{entry}" ({policy.where_set("own.owners")})'
        where = policy.where_set("own.indexes")
        indexes = {name: f'own.indexes "{name}" ({where})' for name in policy.own_indexes}
        return cls(repositories, owners, indexes)

    def __bool__(self) -> bool:
        return bool(self._repositories or self._owners or self._indexes)

    def unused_indexes(self, index: IndexSummary) -> Iterator[str]:
        """A remark on each own index that is not among those that were asked."""
        asked = [one.name for one in index.indexes]
        among = f"there are {', '.join(asked)}" if asked else f"only {index.name} was asked"
        for name, rule in self._indexes.items():
            if name not in asked:
                yield f"{rule} has no effect: it is none of the indexes that were asked; {among}"

    def rule_for(self, occurrence: Occurrence) -> str:
        """The rule by which an occurrence is own code; "" if there is none."""
        for name in occurrence.indexes:
            if name in self._indexes:
                return self._indexes[name]
        key = (occurrence.origin, occurrence.repository)
        rule = self._rules.get(key)
        if rule is None:
            rule = self._rules[key] = self._find(*key)
        return rule

    def of_source(self, source: Source) -> Ownership:
        """Whether a source is own code."""
        if not self:
            return Ownership(False, "")
        rules = [self.rule_for(occurrence) for occurrence in source.occurrences]
        if not any(rules):
            return Ownership(False, "")
        origins = probable_origins(source)
        genuine = [
            bool(rule) and not occurrence.vendored
            for rule, occurrence in zip(rules, source.occurrences, strict=True)
        ]
        all_listed = len(source.occurrences) == source.occurrences_total
        first = next(at for at, rule in enumerate(rules) if rule)
        if all(genuine[at] for at in origins) and (all_listed or len(origins) < len(rules)):
            return Ownership(True, f"its probable origin is own code by {rules[origins[0]]}")
        if all_listed and all(genuine):
            return Ownership(True, f"all its occurrences are own code by {rules[first]}")
        occurrence = source.occurrences[first]
        how = "a vendored copy is" if occurrence.vendored else "it is"
        return Ownership(
            False,
            f"{how} in {occurrence.repository}, own code by {rules[first]}, but it is not known to "
            "originate there: a copy in an own repository keeps its licence",
        )

    def _find(self, origin: str, repository: str) -> str:
        address = name_of(origin) if origin else None
        paths = {name.path for name in (address, name_of(repository)) if name is not None}
        keys = {repository_key(path) for path in paths}
        host = "" if address is None else address.host

        def same_host(name: RepositoryName) -> bool:  # unknown hosts match every host
            return not name.host or not host or name.host == host

        for name, rule in self._repositories.items():
            if same_host(name) and repository_key(name.path) in keys:
                return rule
        for name, rule in self._owners.items():
            if same_host(name) and any(path.startswith(f"{name.path}/") for path in paths):
                return rule
        return ""
