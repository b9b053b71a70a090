"""Evidence for a licence: its kinds, and which of several counts.

The strongest evidence that says anything is the answer. A weaker one that says something else is
not dropped, but reported as a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from attribution.licensing.expressions import NOASSERTION, license_ids, license_texts, texts_of
from attribution.types import UNKNOWN_LICENSE, LicenseEvidence

__all__ = [
    "DATASET_COLUMN",
    "DECLARATION",
    "FILE_HEADER",
    "LICENSE_FILE",
    "OTHER_FILES",
    "PACKAGE_METADATA",
    "README",
    "UNIDENTIFIED",
    "combine_evidence",
]

# The kinds of evidence, strongest first.
FILE_HEADER = "file header"
DECLARATION = "declaration"  # REUSE.toml, a .license file, debian/copyright
LICENSE_FILE = "license file"
PACKAGE_METADATA = "package metadata"
README = "readme"
OTHER_FILES = "other files"  # what nearly all files of the repository say
DATASET_COLUMN = "dataset column"
UNIDENTIFIED = "unidentified"  # matcher of words that permit something under an unknown licence
_STRENGTH = {
    kind: strength
    for strength, kind in enumerate(
        (
            FILE_HEADER,
            DECLARATION,
            LICENSE_FILE,
            PACKAGE_METADATA,
            README,
            OTHER_FILES,
            DATASET_COLUMN,
        )
    )
}


@lru_cache(maxsize=65536)
def combine_evidence(evidence: tuple[LicenseEvidence, ...]) -> LicenseEvidence:
    """The strongest evidence that names a licence, with what the others hold against it.

    A notice that is not identified names none, but may say anything: it is a conflict.
    """
    said = sorted(
        (e for e in evidence if e.expression != NOASSERTION),
        key=lambda e: _STRENGTH.get(e.evidence, len(_STRENGTH)),
    )
    if not said:
        return UNKNOWN_LICENSE
    best = said[0]
    against = [e for e in said[1:] if _disagree(best, e)]
    unread = [e for e in evidence if e.expression == NOASSERTION and e.matcher == UNIDENTIFIED]
    if best.evidence in (LICENSE_FILE, README) and not against:
        best = _finer(best, said[1:])
    if not against and not unread:
        return best
    sides: dict[str, list[str]] = {}
    for other in against:
        sides.setdefault(other.expression, []).append(f"the {other.evidence}")
    others = [
        f"{' and '.join(who)} {'says' if len(who) == 1 else 'say'} {what}"
        for what, who in sides.items()
    ]
    others += [f"the {e.evidence} has a notice that is not identified" for e in unread]
    conflict = f"the {best.evidence} says {best.expression}, but {' and '.join(others)}"
    return replace(best, conflict=conflict, against=(*unread, *against))


def _finer(best: LicenseEvidence, weaker: Iterable[LicenseEvidence]) -> LicenseEvidence:
    """Evidence that says more than a text can: "or later", or that two texts are a choice."""
    ours = license_ids(best.expression)
    for other in weaker:
        theirs = license_ids(other.expression)
        later = any(i.replace("-or-later", "-only") in ours - theirs for i in theirs - ours)
        choice = " OR " in other.expression and " AND " in best.expression
        texts = license_texts(best.expression) == license_texts(other.expression)
        if texts and (later or choice):
            return other
    return best


def _disagree(strong: LicenseEvidence, weak: LicenseEvidence) -> bool:
    """Whether two statements cannot both be right of the same file."""
    if LICENSE_FILE in (strong.evidence, weak.evidence):
        ours, theirs = _in_texts(strong.expression), _in_texts(weak.expression)
    else:
        ours, theirs = license_ids(strong.expression), license_ids(weak.expression)
    if ours <= theirs:  # the weaker one lists what the whole package holds, this among it
        return False
    # One of the choices, or of the texts that one text consists of.
    return not (theirs <= ours and " AND " not in strong.expression)


@lru_cache(maxsize=65536)
def _in_texts(expression: str) -> frozenset[str]:
    """The texts of an expression; Python-2.0's holds PSF-2.0's."""
    held = texts_of(license_ids(expression))
    python = {"Python-2.0", "Python-2.0.1"}
    return held | python | {"PSF-2.0"} if held & python else held
