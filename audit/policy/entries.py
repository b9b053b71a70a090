"""Checks the entries of the lists in `[licenses]`: are they licences, and do lists contradict?"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from functools import lru_cache

from attribution.licensing.categories import license_categories
from attribution.licensing.expressions import NOASSERTION, LicenseTerm, license_term
from attribution.licensing.names import normalize_license
from audit.policy.families import Family
from audit.policy.rules import Rule, identity

__all__ = ["contradictions", "entry_problem", "nearest"]

_REFERENCE = re.compile(r"(?:documentref-[a-z0-9.-]+:)?licenseref-[a-z0-9.-]+", re.IGNORECASE)
_NOTHING = frozenset((Family.UNKNOWN.value, "noassertion", "none", "unlicensed"))
# In SPDX's list "GPL" is a name of GPL-1.0-or-later, which is hardly ever what the author meant.
_NO_VERSION = re.compile(r"(?<![\w.-])gpl(?![\w.-])", re.IGNORECASE)
_FAMILIES = tuple(family.value for family in Family if family is not Family.UNKNOWN)


def nearest(word: str, known: Sequence[str]) -> str:
    """` Did you mean "..."?`, or "" if no known word is similar."""
    spelt = {name.lower(): name for name in reversed(known)}
    near = difflib.get_close_matches(word.lower(), spelt, n=1, cutoff=0.6)
    return f' Did you mean "{spelt[near[0]]}"?' if near else ""


def entry_problem(entry: str) -> str | None:
    """What is wrong with an entry, with a suggestion; None if nothing is."""
    if entry.lower() in _NOTHING:
        return f'"{entry}" is not a licence; set licenses.unknown for code without one'
    if entry in _FAMILIES:
        return None
    if "*" in entry or "?" in entry:
        return _wildcard_problem(entry)
    term = license_term(entry)
    unknown = [] if term is None else [id_ for id_ in _ids(term) if not _known(id_)]
    unknown += _NO_VERSION.findall(entry)
    if term is not None and not unknown:
        return None
    if term is None or term.operator or term.exception:
        problem = f'unknown licence "{unknown[0]}"' if unknown else "not an SPDX expression"
        return f'"{entry}": {problem}.{_suggestion(unknown[0] if unknown else entry)}'
    return (
        f'"{entry}" is neither a family ({", ".join(_FAMILIES)}) nor an SPDX id or expression.'
        f"{_suggestion(entry)}"
    )


def _wildcard_problem(entry: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z0-9.+*?:-]+(?: WITH [A-Za-z0-9.*?-]+)?", entry):
        return (
            f'"{entry}": a wildcard is an id with "*" or "?", such as "GPL-*"; write out '
            "expressions of several licences"
        )
    plain = entry.partition(" ")[0].lower()
    if plain.startswith(("licenseref-", "documentref-")) or _matching(plain):
        return None
    return f'"{entry}" matches no known licence.{_wildcard_suggestion(entry)}'


def _wildcard_suggestion(entry: str) -> str:
    """A suggestion for a wildcard that matches nothing."""
    stem = re.split(r"[-*?]", entry, maxsplit=1)[0]
    known = _stems()
    if stem.lower() in known:  # the version is wrong
        return f' Did you mean "{known[stem.lower()][0]}-*"?'
    near = difflib.get_close_matches(stem.lower(), known, n=5, cutoff=0.6)
    if not near:
        return _suggestion(entry.strip("*?-"))
    likeness = {name: difflib.SequenceMatcher(None, stem.lower(), name).ratio() for name in near}
    best = max(near, key=lambda name: (likeness[name], known[name][1]))
    return f' Did you mean "{known[best][0]}{entry[len(stem) :]}"?'


def _suggestion(word: str) -> str:
    """A suggestion for a word that is not a licence."""
    name = normalize_license(word)
    if name not in (NOASSERTION, word):
        return f' Did you mean "{name}"?'
    families = [f'"{family}"' for family in _FAMILIES if family.endswith(f"-{word.lower()}")]
    if families:
        return f" Did you mean {' or '.join(families)}?"
    if word and _matching(f"{word.lower()}-*"):  # "GPL": a licence without its version
        return f' Did you mean "{word}-*", all of its versions?'
    return nearest(word, (*_FAMILIES, *license_categories()))


def _ids(term: LicenseTerm) -> list[str]:
    if term.operator:
        return [id_ for part in term.parts for id_ in _ids(part)]
    return [term.license]


def _known(license_: str) -> bool:
    return license_.lower().removesuffix("+") in _lower() or bool(_REFERENCE.fullmatch(license_))


@lru_cache(maxsize=1)
def _lower() -> dict[str, str]:
    return {key.lower(): key for key in license_categories()}


@lru_cache(maxsize=1)
def _stems() -> dict[str, tuple[str, int]]:
    """Common beginnings of ids such as "GPL", with the number of ids; by lower case."""
    stems = Counter(id_.partition("-")[0] for id_ in license_categories() if "-" in id_)
    return {stem.lower(): (stem, count) for stem, count in stems.items() if count > 1}


@lru_cache(maxsize=256)
def _matching(wildcard: str) -> frozenset[str]:
    """The known ids that match a wildcard, in lower case."""
    return frozenset(fnmatch.filter(_lower(), wildcard.lower()))


def contradictions(rules: Sequence[Rule]) -> list[tuple[Rule, str]]:
    """Rules that contradict another equally specific rule for the same licence, and why."""
    conflicts = []
    first: dict[tuple[str, Hashable], Rule] = {}
    for rule in rules:
        other = first.setdefault(identity(rule.pattern), rule)
        if other.verdict is not rule.verdict:
            conflicts.append((rule, f'"{rule.pattern}" is also in {other}; remove one of them'))
    wild = [rule for rule in rules if identity(rule.pattern)[0] == "wildcard"]
    named = {spelling for kind, spelling in first if kind == "license"}
    for i, rule in enumerate(wild):
        for other in wild[:i]:
            if other.verdict is rule.verdict or identity(other.pattern) == identity(rule.pattern):
                continue
            both = (_matching(rule.pattern) & _matching(other.pattern)) - named
            if both:
                example = normalize_license(_lower()[min(both)])  # not a deprecated one
                why = (
                    f'"{rule.pattern}" and {other} both match {example}, and neither is more '
                    f'specific; add "{example}" to one list, or narrow a wildcard'
                )
                conflicts.append((rule, why))
    return conflicts
