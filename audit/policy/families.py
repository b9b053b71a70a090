"""Licence families: what a licence requires, in nine groups that a policy can refer to.

The basis is the category of each licence in ScanCode's licence index
(`attribution.licensing.categories`), with two corrections. Some categories are split where
a policy needs finer groups: copyleft by distribution and by network use, non-commercial and
otherwise not open source. And `families.toml` moves single licences where the index is coarser
than their text, or where the usual lists of lawyers differ.

An unknown id is `unknown`, never a guess.
"""

from __future__ import annotations

import enum
import tomllib
from functools import lru_cache
from importlib import resources

from attribution.licensing.categories import license_categories
from attribution.licensing.expressions import LicenseTerm

__all__ = ["Family", "family_of"]


class Family(enum.StrEnum):
    """What a licence requires. The policy decides which families are acceptable."""

    PUBLIC_DOMAIN = "public-domain"  # nothing: no rights reserved, or a licence without conditions
    PERMISSIVE = "permissive"  # keep the notice
    WEAK_COPYLEFT = "weak-copyleft"  # share the file or library itself when it is distributed
    STRONG_COPYLEFT = "strong-copyleft"  # share the whole work when it is distributed
    NETWORK_COPYLEFT = (
        "network-copyleft"  # share the whole work even if others only use it over a network
    )
    SOURCE_AVAILABLE = "source-available"  # may be read and used, but not for all purposes
    NON_COMMERCIAL = "non-commercial"  # not for commerce
    PROPRIETARY = "proprietary"  # only under a contract
    UNKNOWN = "unknown"  # no licence, or one whose text is unknown


_CATEGORIES = {
    "Public Domain": Family.PUBLIC_DOMAIN,
    "Permissive": Family.PERMISSIVE,
    "Copyleft Limited": Family.WEAK_COPYLEFT,
    "Copyleft": Family.STRONG_COPYLEFT,
    "Source-available": Family.SOURCE_AVAILABLE,
    # open source except for a restriction of the field of use: a person has to decide
    "Free Restricted": Family.SOURCE_AVAILABLE,
    "Proprietary Free": Family.PROPRIETARY,
    "Commercial": Family.PROPRIETARY,
    # these do not say what may be done with the code
    "Unstated License": Family.UNKNOWN,
    "CLA": Family.UNKNOWN,
    "Patent License": Family.UNKNOWN,
}

_TABLES = tomllib.loads(
    resources.files(__package__).joinpath("families.toml").read_text(encoding="utf-8")
)
_BY_NAME = {
    name.lower(): Family(family)
    for family, names in _TABLES["licenses"].items()
    for name in names.split()
}
_BY_ID = {name: family for name, family in _BY_NAME.items() if not name.endswith("-")}
_BY_BEGINNING = {name: family for name, family in _BY_NAME.items() if name.endswith("-")}
_LINKING = frozenset(_TABLES["exceptions"]["linking"].split())


def family_of(term: LicenseTerm) -> Family:
    """The family of one licence, with or without an exception.

    Args:
        term: a single licence; an expression of several has no family.
    """
    family = _family(term.license.lower())
    if family is Family.STRONG_COPYLEFT and term.exception.lower() in _LINKING:
        return Family.WEAK_COPYLEFT
    return family


@lru_cache(maxsize=4096)
def _family(license_: str) -> Family:
    """The family of a licence, by its id in lower case."""
    name = license_.removesuffix("+")  # "or any later version" of a licence without such a form
    if name in _BY_ID:
        return _BY_ID[name]
    category = _categories().get(name)
    if category is None:
        return Family.UNKNOWN
    for beginning, family in _BY_BEGINNING.items():
        if name.startswith(beginning):
            return family
    return _CATEGORIES[category]


@lru_cache(maxsize=1)
def _categories() -> dict[str, str]:
    return {key.lower(): category for key, category in license_categories().items()}
