"""Debian's statements about the files of a package, as SPDX expressions, and Debian's errors.

`debian/copyright` (DEP 5, the machine-readable copyright format 1.0) is read by python-debian. Its
short names ("Expat", "GPL-2+ with Autoconf exception") are mapped to SPDX; a paragraph with a name
of Debian's own ("custom-1") is left out of the figures.

The errors are listed in licences_debian.tsv: one row for files of a package that say themselves,
by a tag or a whole notice, that another licence holds. A row applies only to files that match its
glob and that contain the words of its last column.
"""

from __future__ import annotations

import csv
import fnmatch
import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from debian.copyright import Copyright

from attribution.licensing.expressions import (
    NOASSERTION,
    LicenseTerm,
    license_ids,
    license_term,
)
from attribution.licensing.names import normalize_license

__all__ = ["ERRORS", "DebianCopyright", "ListedError", "compare", "expression_of", "words_of"]

ERRORS = Path(__file__).resolve().parent / "licences_debian.tsv"
HEAD = 16 << 10  # bytes of a file in which the words of a row are looked for
ANY_VERSION = "LicenseRef-any-version-of-"

NAMES = {
    "artistic": "Artistic-1.0-Perl",
    "artistic-1": "Artistic-1.0-Perl",
    "boost": "BSL-1.0",
    "cc0": "CC0-1.0",
    "fsf-unlimited": "FSFULLR",
    "mit": "MIT",
    "mit/x11": "MIT",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "psf": "PSF-2.0",
    "public-domain": "LicenseRef-scancode-public-domain",
    "python": "Python-2.0",
    "zlib/libpng": "Zlib",
}
GNU = re.compile(r"(a?l?gpl)[- ]?v?(\d)?(?:\.(\d))?(?:\.0)?(\+|-or-later)?(?:-only)?")
VARIANT = re.compile(r"(bsd-[234])(?:-?clause)?[-_ ].*|(expat|isc|zlib)[-_].*")
EXCEPTIONS = {
    "autoconf": "Autoconf-exception-{}",
    "bison": "Bison-exception-2.2",
    "classpath": "Classpath-exception-2.0",
    "font": "Font-exception-2.0",
    "gcc": "GCC-exception-3.1",
    "libtool": "Libtool-exception",
    "llvm": "LLVM-exception",
    "openssl": "OpenVPN-openssl-exception",
}


def expression_of(names: str) -> str:
    """The SPDX expression of the first line of a License field; NOASSERTION if not known.

    A comma binds weaker than "and" and "or": "GPL-2+ or Artistic-2.0, and BSD-3-clause".
    """
    names = " ".join(names.split())
    if names.lower() in NAMES:
        return NAMES[names.lower()]
    for separator in (r", (and|or) ", r" (and|or) ", r" ?(/|,|\|) ?"):
        if parts := re.split(separator, names, maxsplit=1, flags=re.IGNORECASE):
            if len(parts) != 3 or (parts[1] == "/" and parts[0].lower().endswith("zlib")):
                continue
            sides = expression_of(parts[0]), expression_of(parts[2])
            if NOASSERTION in sides:
                return NOASSERTION
            operator = "AND" if parts[1].lower() in ("and", ",") else "OR"
            return normalize_license(f"({sides[0]}) {operator} ({sides[1]})")
    return name_of(names.strip(" ,()"))


def name_of(name: str) -> str:
    """The SPDX expression of one short name."""
    name = re.sub(r"~.*|-niv\b", "", name.lower())
    base, _, exception = re.sub(r"[- ]with[- ]", " with ", name).partition(" with ")
    gnu = GNU.fullmatch(base)
    if gnu and gnu[2]:
        later = "or-later" if gnu[4] else "only"
        expression = normalize_license(f"{gnu[1].upper()}-{gnu[2]}.{gnu[3] or 0}-{later}")
    elif gnu:
        expression = f"{ANY_VERSION}{gnu[1].upper()}"
    else:
        variant = VARIANT.fullmatch(base)
        expression = NAMES.get(base) or normalize_license(base)
        if expression == NOASSERTION and variant:
            clause = f"{variant[1]}-clause" if variant[1] else variant[2]
            expression = normalize_license(clause)
    for word, spdx in EXCEPTIONS.items():
        if word in exception and expression != NOASSERTION:
            version = "3.0" if "-3.0" in expression else "2.0"
            return normalize_license(f"{expression} WITH {spdx.format(version)}")
    return expression


def compare(answer: str, debian: str, *, conflict: bool) -> str:
    """How an answer relates to Debian's expression.

    Returns:
        "exact", "same" (but for -only, -or-later, exceptions, or whether it is a choice), "more"
        (it has others besides), "fewer", "conflict" (another one, with a conflict shown), "other",
        or "unknown".
    """
    if answer == NOASSERTION:
        return "unknown"
    if license_term(answer) == license_term(debian) or structure(answer) == structure(debian):
        return "exact"
    ours, theirs = texts(answer), texts(debian)
    if ours == theirs or families(ours, theirs) == families(theirs, theirs):
        return "same"
    if ours > theirs:
        return "more"
    if ours < theirs:
        return "fewer"
    return "conflict" if conflict else "other"


def structure(expression: str) -> object:
    """The licences of an expression and their operators, without an order."""
    term = license_term(expression)

    def of(part: LicenseTerm) -> object:
        sides: set[object] = set()
        for side in part.parts:
            nested = of(side)
            same = side.operator == part.operator and isinstance(nested, tuple)
            sides |= nested[1] if same and isinstance(nested, tuple) else {nested}
        if part.parts:
            return part.operator, frozenset(sides)
        return re.sub(r"(Autoconf-exception)\S+", r"\1", part.text)  # Debian does not say which

    return None if term is None else of(term)


def texts(expression: str) -> frozenset[str]:
    """The licences without -only, -or-later and exceptions."""
    plain = (i.partition(" WITH ")[0] for i in license_ids(expression))
    return frozenset(re.sub(r"-(?:only|or-later)$", "", i) for i in plain)


def families(texts_: frozenset[str], debian: frozenset[str]) -> frozenset[str]:
    """The licences, without the version of a GNU licence of which Debian names no version."""
    found = set()
    for text in texts_:
        family = ANY_VERSION + re.sub(r"-[\d.]+$", "", text)
        found.add(family if family in debian else text)
    return frozenset(found)


def words_of(text: str) -> str:
    """The words of a text in lower case with single spaces: no comment markers, no line ends."""
    return " ".join(re.findall(r"[a-z0-9.+]+", text.lower()))


@dataclass(frozen=True, slots=True)
class ListedError:
    """A row of licences_debian.tsv."""

    package: str
    glob: str  # of paths in the package; "*" matches "/" too
    debian: str  # the first line of Debian's License field
    stated: str  # SPDX: what the files say themselves
    line: int  # 1-based: where the first of the files says it
    words: str  # words of that statement, which a file must contain


@lru_cache(maxsize=1)
def listed_errors() -> dict[str, list[ListedError]]:
    """The rows by package."""
    found: dict[str, list[ListedError]] = {}
    with ERRORS.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            error = ListedError(
                row["package"], row["path"], row["debian"], row["stated"], int(row["line"]),
                words_of(row["words"]),
            )  # fmt: skip
            found.setdefault(error.package, []).append(error)
    return found


class DebianCopyright:
    """The copyright file of one unpacked source package."""

    def __init__(self, package: Path) -> None:
        logging.getLogger("debian.copyright").setLevel(logging.ERROR)
        self._package = package
        text = (package / "debian" / "copyright").read_text("utf-8", "replace")
        self._file = Copyright(text.splitlines(), strict=False)
        self._errors = listed_errors().get(package.name, [])

    def license_of(self, path: str) -> str | None:
        """The first line of the License field for a file; None when there is none."""
        paragraph = self._file.find_files_paragraph(path)
        if paragraph is None or paragraph.license is None:
            return None
        name: str = getattr(paragraph.license, "synopsis")  # noqa: B009 - its type is not known
        return " ".join(name.split()) or None

    def is_listed_error(self, path: str, debian: str) -> bool:
        """Whether a row of the list applies to a file."""
        rows = [e for e in self._errors if e.debian == debian and fnmatch.fnmatchcase(path, e.glob)]
        if not rows:
            return False
        with (self._package / path).open("rb") as file:
            words = words_of(file.read(HEAD).decode("utf-8", "replace"))
        return any(row.words in words for row in rows)
