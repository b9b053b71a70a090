"""Own code: repositories and owners whose code nobody has to be asked for.

A source is own only when its probable origin is, or when all its known places are. A copy that
lies in a repository of ours does not become ours by that: a file under the GPL that we vendored
stays what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from attribution.types import Occurrence, Source
from audit.policy.origins import probable
from audit.policy.policy import Policy
from audit.policy.remotes import Name, git_remote, name_of

__all__ = ["Own", "Owned"]


@dataclass(frozen=True, slots=True)
class Owned:
    """Whether a source is own, and why."""

    own: bool
    why: str  # a part of a sentence; "" when none of its places is in a repository of ours


class Own:
    """What is own under a policy. Names are compared without regard to case."""

    def __init__(self, repositories: dict[Name, str], owners: dict[Name, str]) -> None:
        """Take the names, each with the rule that says so."""
        self._repositories = repositories
        self._owners = owners
        self._known: dict[tuple[str, str], str] = {}

    @classmethod
    def of(cls, policy: Policy, root: Path | None) -> Own:
        """What a policy calls own.

        Args:
            policy: the policy.
            root: the folder that is audited, for its git remote; None: there is none.
        """
        repositories: dict[Name, str] = {}
        owners: dict[Name, str] = {}
        remote = git_remote(root) if policy.git_remote and root is not None else None
        if remote is not None:
            place = policy.place("own.git_remote")
            repositories[remote] = f"own.git_remote ({place}; it is {remote})"
        for entry in policy.own_repositories:
            name = name_of(entry)
            if name is not None:
                place = policy.place("own.repositories")
                repositories[name] = f'own.repositories "{entry}" ({place})'
        for entry in policy.own_owners:
            name = name_of(entry, shortest=2)
            if name is not None:
                owners[name] = f'own.owners "{entry}" ({policy.place("own.owners")})'
        return cls(repositories, owners)

    def __bool__(self) -> bool:
        return bool(self._repositories or self._owners)

    def rule_for(self, occurrence: Occurrence) -> str:
        """The rule by which a place is in a repository of ours; "" when none says so."""
        key = (occurrence.origin, occurrence.repository)
        rule = self._known.get(key)
        if rule is None:
            rule = self._known[key] = self._find(*key)
        return rule

    def of_source(self, source: Source) -> Owned:
        """Whether a source is own."""
        if not self:
            return Owned(False, "")
        rules = [self.rule_for(occurrence) for occurrence in source.occurrences]
        ours = [bool(rule) for rule in rules]
        if not any(ours):
            return Owned(False, "")
        places = probable(source)
        genuine = [
            mine and not occurrence.vendored
            for mine, occurrence in zip(ours, source.occurrences, strict=True)
        ]
        listed = len(source.occurrences) == source.occurrences_total
        rule = next(filter(None, rules))
        if all(genuine[at] for at in places) and (listed or len(places) < len(ours)):
            return Owned(True, f"its probable origin is own by {rules[places[0]]}")
        if listed and all(genuine):
            return Owned(True, f"all its places are own by {rule}")
        at = ours.index(True)
        place = source.occurrences[at]
        how = "a vendored copy is" if place.vendored else "it is"
        return Owned(
            False,
            f"{how} in {place.repository}, own by {rule}, but it is not known to be from there: "
            "a copy in a repository of ours keeps its licence",
        )

    def _find(self, origin: str, repository: str) -> str:
        address = name_of(origin) if origin else None
        shown = name_of(repository)
        paths = {name.path for name in (address, shown) if name is not None}
        host = "" if address is None else address.host

        def same_host(known: Name) -> bool:  # without an address the name has to do
            return not known.host or not host or known.host == host

        for known, rule in self._repositories.items():
            if same_host(known) and known.path in paths:
                return rule
        for known, rule in self._owners.items():
            if same_host(known) and any(path.startswith(f"{known.path}/") for path in paths):
                return rule
        return ""
