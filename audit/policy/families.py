"""Licence families: what a licence requires, in nine groups that a policy can refer to.

The basis is the category of each licence in ScanCode's licence index
(`attribution.licenses.license_categories`), with two corrections. Some categories are split where
a policy needs finer groups: copyleft by distribution and by network use, non-commercial and
otherwise not open source. And single licences are moved where the index is coarser than their
text, or where the usual lists of lawyers differ.

An unknown id is `unknown`, never a guess.
"""

from __future__ import annotations

import enum
from functools import lru_cache

from attribution.licenses import LicenseTerm, license_categories

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

# Licences that differ from their category. A word that ends in "-" means all ids that start with
# it.
_LICENSES = {
    # They require nothing at all, not even attribution.
    Family.PUBLIC_DOMAIN: "0BSD MIT-0 NTP-0 DL-DE-ZERO-2.0",
    # A notice about export law, or a warning, is not a condition of use.
    Family.PERMISSIVE: (
        "HPND-export-US HPND-export-US-acknowledgement HPND-UC-export-US"
        " BSD-3-Clause-No-Nuclear-Warranty"
    ),
    # Share-alike for the work or file itself, not for what is built around it.
    Family.WEAK_COPYLEFT: (
        "CC-SA-1.0 CC-BY-SA- LGPL- MPL- EPL- CDDL- CECILL-C SISSL SISSL-1.2 ODbL-1.0 LPPL- Vim OFL-"
        " ErlPL-1.1 Interbase-1.0 SNIA"  # the text of the MPL under other names
    ),
    # The index rates these lower, but they apply to the whole work, like the GPL.
    Family.STRONG_COPYLEFT: "CECILL-1.0 CECILL-1.1 CECILL-2.0 CECILL-2.1 CERN-OHL-1.1 CERN-OHL-1.2",
    # Letting others use it over a network, or deploying it, already requires sharing the source.
    Family.NETWORK_COPYLEFT: (
        "AGPL- OSL- NPOSL- EUPL- CPAL- CAL-1.0 CAL-1.0-Combined-Work-Exception RPL- Parity-"
        " Watcom-1.0"
    ),
    # Not as a service, not in competition, not for evil, or not on other platforms.
    Family.SOURCE_AVAILABLE: "SSPL- BUSL- Elastic- FSL- JSON MS-LPL",
    Family.NON_COMMERCIAL: (
        "CC-BY-NC- PolyForm-Noncommercial- NCGL-UK-2.0 Aladdin PPL"
        " LicenseRef-scancode-commons-clause"
    ),
}
_BY_ID = {
    name.lower(): family
    for family, names in _LICENSES.items()
    for name in names.split()
    if not name.endswith("-")
}
_BY_BEGINNING = {
    name.lower(): family
    for family, names in _LICENSES.items()
    for name in names.split()
    if name.endswith("-")
}

# Exceptions that let code under a strong copyleft become part of a work under other terms. All
# others, which permit something else (linking to OpenSSL, calls into a kernel) or are unknown,
# do not change the family. As an exception only ever permits more, this errs on the safe side.
_NAMES = """
autoconf-exception-2.0 autoconf-exception-3.0 autoconf-exception-generic
autoconf-exception-generic-3.0 autoconf-exception-macro bison-exception-1.24
bison-exception-2.2 bootloader-exception classpath-exception-2.0 ecos-exception-2.0
erlang-otp-linking-exception fawkes-runtime-exception font-exception-2.0
freertos-exception-2.0 gcc-exception-2.0 gcc-exception-2.0-note gcc-exception-3.1
gnat-exception gnu-compiler-exception gnu-javamail-exception gpl-3.0-linking-exception
gpl-3.0-linking-source-exception i2p-gpl-java-exception independent-modules-exception
libtool-exception lzma-exception mif-exception openjdk-assembly-exception-1.0
ps-or-pdf-font-exception-20170817 qt-gpl-exception-1.0 sane-exception swi-exception
texinfo-exception wxwindows-exception-3.1
"""
_LINKING = frozenset(_NAMES.split())


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
