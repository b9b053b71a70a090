"""Entries of the lists of `[licenses]`: is it a licence, and do the lists contradict each other?"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from functools import lru_cache

from attribution.licenses import (
    NOASSERTION,
    LicenseTerm,
    license_categories,
    license_term,
    normalize_license,
)
from audit.policy.families import Family
from audit.policy.rules import Rule, identity

__all__ = ["contradictions", "entry_problem", "nearest"]

_REFERENCE = re.compile(r"(?:documentref-[a-z0-9.-]+:)?licenseref-[a-z0-9.-]+", re.IGNORECASE)
_NOTHING = frozenset((Family.UNKNOWN.value, "noassertion", "none", "unlicensed"))
# SPDX's list has "GPL" as another name of GPL-1.0-or-later. Nobody who writes it means that.
_NO_VERSION = re.compile(r"(?<![\w.-])gpl(?![\w.-])", re.IGNORECASE)
_FAMILIES = tuple(family.value for family in Family if family is not Family.UNKNOWN)


def nearest(word: str, known: Sequence[str]) -> str:
    """` Did you mean "...?"`, or nothing when no known word is near."""
    spelt = {one.lower(): one for one in reversed(known)}
    near = difflib.get_close_matches(word.lower(), spelt, n=1, cutoff=0.6)
    return f' Did you mean "{spelt[near[0]]}"?' if near else ""


def entry_problem(entry: str) -> str | None:
    """What is wrong with an entry, and what was probably meant; None when nothing is."""
    if entry.lower() in _NOTHING:
        return f'"{entry}" is no licence; what to do without one is said by licenses.unknown'
    if entry in _FAMILIES:
        return None
    if "*" in entry or "?" in entry:
        return _wildcard_problem(entry)
    term = license_term(entry)
    strangers = [] if term is None else [one for one in _ids(term) if not _known(one)]
    strangers += _NO_VERSION.findall(entry)
    if term is not None and not strangers:
        return None
    if term is None or term.operator or term.exception:
        what = f'unknown licence "{strangers[0]}"' if strangers else "not an SPDX expression"
        return f'"{entry}": {what}.{_meant(strangers[0] if strangers else entry)}'
    return (
        f'"{entry}" is neither a family ({", ".join(_FAMILIES)}) nor an SPDX id or expression.'
        f"{_meant(entry)}"
    )


def _wildcard_problem(entry: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z0-9.+*?:-]+(?: WITH [A-Za-z0-9.*?-]+)?", entry):
        return (
            f'"{entry}": a wildcard is an id with "*" or "?" in it, such as "GPL-*"; '
            "expressions of several licences are written out"
        )
    plain = entry.partition(" ")[0].lower()
    if plain.startswith(("licenseref-", "documentref-")) or _fitting(plain):
        return None
    return f'"{entry}" fits no licence that is known.{_meant_wildcard(entry)}'


def _meant_wildcard(entry: str) -> str:
    """What was probably meant by a wildcard that fits nothing."""
    stem = re.split(r"[-*?]", entry, maxsplit=1)[0]
    known = _stems()
    if stem.lower() in known:  # the version is wrong
        return f' Did you mean "{known[stem.lower()][0]}-*"?'
    near = difflib.get_close_matches(stem.lower(), known, n=5, cutoff=0.6)
    if not near:
        return _meant(entry.strip("*?-"))
    likeness = {one: difflib.SequenceMatcher(None, stem.lower(), one).ratio() for one in near}
    best = max(near, key=lambda one: (likeness[one], known[one][1]))
    return f' Did you mean "{known[best][0]}{entry[len(stem) :]}"?'


def _meant(word: str) -> str:
    """What was probably meant by a word that is no licence."""
    name = normalize_license(word)
    if name not in (NOASSERTION, word):
        return f' Did you mean "{name}"?'
    families = [f'"{family}"' for family in _FAMILIES if family.endswith(f"-{word.lower()}")]
    if families:
        return f" Did you mean {' or '.join(families)}?"
    if word and _fitting(f"{word.lower()}-*"):  # "GPL": a licence without its version
        return f' Did you mean "{word}-*", all of its versions?'
    return nearest(word, (*_FAMILIES, *license_categories()))


def _ids(term: LicenseTerm) -> list[str]:
    if term.operator:
        return [one for part in term.parts for one in _ids(part)]
    return [term.license]


def _known(license_: str) -> bool:
    return license_.lower().removesuffix("+") in _lower() or bool(_REFERENCE.fullmatch(license_))


@lru_cache(maxsize=1)
def _lower() -> dict[str, str]:
    return {key.lower(): key for key in license_categories()}


@lru_cache(maxsize=1)
def _stems() -> dict[str, tuple[str, int]]:
    """What several ids begin with, as "GPL", and how many do; by its lower case."""
    stems = Counter(one.partition("-")[0] for one in license_categories() if "-" in one)
    return {stem.lower(): (stem, count) for stem, count in stems.items() if count > 1}


@lru_cache(maxsize=256)
def _fitting(wildcard: str) -> frozenset[str]:
    """The known ids that a wildcard fits, in lower case."""
    return frozenset(fnmatch.filter(_lower(), wildcard.lower()))


def contradictions(rules: Sequence[Rule]) -> list[tuple[Rule, str]]:
    """Entries that say two things of the same licence and are equally specific, with why."""
    found = []
    first: dict[tuple[str, Hashable], Rule] = {}
    for rule in rules:
        other = first.setdefault(identity(rule.pattern), rule)
        if other.verdict is not rule.verdict:
            found.append((rule, f'"{rule.pattern}" is also in {other}; keep one of them'))
    wild = [rule for rule in rules if identity(rule.pattern)[0] == "wildcard"]
    named = {one[1] for one in first if one[0] == "license"}
    for i, rule in enumerate(wild):
        for other in wild[:i]:
            if other.verdict is rule.verdict or identity(other.pattern) == identity(rule.pattern):
                continue
            both = (_fitting(rule.pattern) & _fitting(other.pattern)) - named
            if both:
                example = normalize_license(_lower()[min(both)])  # not one that is deprecated
                why = (
                    f'"{rule.pattern}" and {other} both fit {example}, and neither is more '
                    f'specific; write "{example}" into one list, or narrow a wildcard'
                )
                found.append((rule, why))
    return found
