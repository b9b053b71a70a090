"""Licences: what a string found in the wild means as an SPDX expression, and what weighs more.

Evidence comes in four strengths: a file's own `SPDX-License-Identifier` header, the nearest
licence file, the package's metadata, a dataset's column. The strongest one that says anything is
the answer; a weaker one that says something else is shown as a conflict.

A name that can mean several licences ("BSD", "GPL" without a version) is NOASSERTION, not a guess.
Deprecated ids are mapped as SPDX maps them: `GPL-2.0` is `GPL-2.0-only`, `GPL-2.0+` is
`GPL-2.0-or-later`. A list of licences means that all of them apply (AND): who keeps all of them
breaks none. Everything here is cached: a corpus has few distinct licence strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from attribution.types import UNKNOWN_LICENSE, LicenseEvidence

__all__ = [
    "DATASET_COLUMN",
    "DECLARATION",
    "FILE_HEADER",
    "LICENSE_FILE",
    "NOASSERTION",
    "OTHER_FILES",
    "PACKAGE_METADATA",
    "README",
    "LicenseTerm",
    "combine_evidence",
    "license_categories",
    "license_ids",
    "license_names",
    "license_term",
    "license_texts",
    "normalize_license",
]

NOASSERTION = "NOASSERTION"

# The kinds of evidence, strongest first.
FILE_HEADER = "file header"
DECLARATION = "declaration"  # REUSE.toml, a .license file, debian/copyright
LICENSE_FILE = "license file"
PACKAGE_METADATA = "package metadata"
README = "readme"
OTHER_FILES = "other files"  # what nearly all files of the repository say
DATASET_COLUMN = "dataset column"
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

# Names as people write them, reduced by `_reduce`, beside SPDX's own ids; "|" between them.
_WRITTEN = {
    "MIT": "mit|expat|mit expat|mit x11|x11 mit",
    "MIT-0": "mit no attribution mit 0|mit no attribution",
    "Apache-2.0": "apache 2.0|apache 2|apache v2|apache v2.0|apache software 2.0|asl 2.0|asl2|al2|"
    "apache software|apache software v2|apache2|apache2.0",
    "BSD-3-Clause": "bsd 3 clause|3 clause bsd|three clause bsd|bsd 3|bsd3|bsd 3clause|bsd new|"
    "new bsd|modified bsd|revised bsd|bsd 3 clause new or revised",
    "BSD-2-Clause": "bsd 2 clause|2 clause bsd|two clause bsd|bsd 2|bsd2|bsd 2clause|freebsd|"
    "simplified bsd|bsd simplified|bsd 2 clause simplified",
    "BSD-4-Clause": "bsd 4 clause|4 clause bsd|original bsd",
    "0BSD": "zero clause bsd 0bsd|zero clause bsd|bsd zero clause",
    "ISC": "isc iscl|iscl",
    "MPL-2.0": "mozilla public 2.0 mpl 2.0|mozilla public 2.0|mpl 2|mplv2",
    "MPL-1.1": "mozilla public 1.1 mpl 1.1|mozilla public 1.1",
    "PSF-2.0": "python software foundation|psf|psfl|psf 2|psf python software foundation",
    "Unlicense": "unlicense unlicense|unlicense",
    "CC0-1.0": "cc0|cc0 1.0 universal|cc0 1.0 universal cc0 1.0 public domain dedication",
    "Zlib": "zlib libpng",
    "BSL-1.0": "boost software 1.0 bsl 1.0|boost software 1.0|boost 1.0",
    "EPL-2.0": "eclipse public 2.0 epl 2.0|eclipse public 2.0",
    "EPL-1.0": "eclipse public 1.0 epl 1.0|eclipse public 1.0",
    "Artistic-2.0": "artistic 2|artistic 2.0",
    "HPND": "historical permission notice and disclaimer hpnd",
    "UPL-1.0": "universal permissive upl|universal permissive 1.0",
    "OFL-1.1": "sil open font 1.1 ofl 1.1|sil open font 1.1",
    "EUPL-1.2": "european union public 1.2 eupl 1.2|european union public 1.2",
    "EUPL-1.1": "european union public 1.1 eupl 1.1|european union public 1.1",
    "NCSA": "university of illinois ncsa open source",
    # Ambiguous; and npm's "unlicensed", which grants no licence, must never become the Unlicense.
    "": "unlicensed|bsd|apache|python|public domain|freely distributable",
}
_NAMES = {name: key for key, names in _WRITTEN.items() for name in names.split("|")}
# Deprecated ids that the SPDX list spells as an exception today.
_WITH = {
    "gpl-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "gpl-2.0-with-bison-exception": "GPL-2.0-only WITH Bison-exception-2.2",
    "gpl-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "gpl-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "gpl-2.0-with-gcc-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "gpl-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
    "gpl-3.0-with-gcc-exception": "GPL-3.0-only WITH GCC-exception-3.1",
}
_NOTHING = frozenset(("", "noassertion", "none", "unknown", "other", "n/a", "null", "license"))

_OPERATORS = re.compile(r"(\(|\)|(?<![\w-])(?:AND|OR|WITH)(?![\w-]))", re.IGNORECASE)
_GNU = re.compile(
    r"(?:gnu |affero |lesser |library |general |public |or |any |later |newer |only |plus |"
    r"v?\d(?:\.\d)?\+? |(?:a|l)?gpl(?:v?\d(?:\.\d)?)?\+? )+"
)


@lru_cache(maxsize=1)
def _spdx() -> Any:
    """The SPDX list of `license-expression`; 13 ms, so only when a licence is met."""
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def normalize_license(value: str | Sequence[str] | None) -> str:
    """The SPDX expression of a licence name, expression, trove classifier, or list of them.

    "NOASSERTION" when there is no statement, or when it does not identify a licence.
    """
    if value is None:
        return NOASSERTION
    if isinstance(value, str):
        return _normalize(value)
    return _join(tuple(value))


@lru_cache(maxsize=65536)
def _join(values: tuple[str, ...]) -> str:
    parts = [_normalize(v) for v in values if v and v.strip().lower() not in _NOTHING]
    if not parts or NOASSERTION in parts:
        return NOASSERTION
    return _render(" AND ".join(f"({p})" for p in dict.fromkeys(parts))) or NOASSERTION


@lru_cache(maxsize=65536)
def _normalize(value: str) -> str:
    text = value.rpartition("::")[2].strip()
    if text.lower() in _NOTHING or len(text) > 500:  # a whole licence text is not a name
        return NOASSERTION
    known = _known_expression(text)
    if known is not None:
        return known
    whole = _name(text)
    if whole is not None:
        return whole or NOASSERTION
    # Crates write MIT/Apache-2.0 for a choice; a comma lists what all applies.
    for separator, operator in (("/", " OR "), (r"[,;&]", " AND ")):
        text = re.sub(rf"\s*{separator}\s*(?=\S)", operator, text)
    operands = [_operand(part) for part in _OPERATORS.split(text) if part.strip()]
    if None in operands:
        return NOASSERTION
    return _render(" ".join(o for o in operands if o)) or NOASSERTION


def _known_expression(text: str) -> str | None:
    """A valid SPDX expression of known ids, in SPDX's spelling; None for anything else."""
    if not re.search(r"\s(?:and|or|with)\s|^\(", text, re.IGNORECASE):
        return None
    names = [n for n in re.split(r"[\s()]+", text) if n and n.upper() not in ("AND", "OR", "WITH")]
    known = _spdx().known_symbols_lowercase
    if not all(n.lower() in known or n.startswith("LicenseRef-") for n in names):
        return None
    return _render(
        " ".join(w.upper() if w.lower() in ("and", "or", "with") else w for w in text.split())
    )


def license_names() -> Mapping[str, str]:
    """Names as people write them, in lower case, with the SPDX id of each."""
    return {name: key for name, key in _NAMES.items() if key}


def _operand(part: str) -> str | None:
    """A bracket or operator as it is, a name as its SPDX id; None when unknown or ambiguous."""
    part = part.strip()
    if part in "()" or part.upper() in ("AND", "OR", "WITH"):
        return part.upper()
    return _name(part) or (part if _is_exception(part) else None)


def _name(text: str) -> str | None:
    """The SPDX id or expression of one name; "" when known to be ambiguous, None when unknown."""
    if text.lower() in _WITH:
        return _WITH[text.lower()]
    if re.fullmatch(r"(?:DocumentRef-[A-Za-z0-9.\-]+:)?LicenseRef-[A-Za-z0-9.\-]+", text):
        return text
    reduced = _reduce(text)
    if reduced in _NAMES:
        return _NAMES[reduced]
    if re.fullmatch(r"[A-Za-z0-9.\-]+\+?", text):
        known = _spdx().known_symbols_lowercase.get(text.lower())
        if known is None and text.endswith("+"):  # an id of a licence without an -or-later form
            known = _spdx().known_symbols_lowercase.get(text[:-1].lower())
        if known is not None and not known.is_exception:
            return str(known.key)
        if text.lower() in _renamed():
            return _renamed()[text.lower()]
    if _GNU.fullmatch(reduced + " "):
        return _gnu(reduced)
    return None


def _reduce(text: str) -> str:
    """Lower case, words only, without those that make no difference."""
    words = re.sub(r"[^a-z0-9.+]+", " ", text.lower()).split()
    drop = ("the", "license", "licence", "licenses", "version", "style", "like", "a", "under")
    return " ".join(w.strip(".") for w in words if w not in drop)


def _gnu(reduced: str) -> str:
    """GPL, LGPL or AGPL in words; "" without a version that exists."""
    if not any(name in reduced for name in ("gpl", "gnu", "general public")):
        return ""  # a bare number names nothing
    family = "GPL"
    if "affero" in reduced or "agpl" in reduced:
        family = "AGPL"
    elif "lesser" in reduced or "library" in reduced or "lgpl" in reduced:
        family = "LGPL"
    number = re.search(r"(\d)(?:\.(\d))?", reduced)
    if number is None:
        return ""
    later = "+" in reduced or "later" in reduced or "newer" in reduced or "plus" in reduced
    key = f"{family}-{number[1]}.{number[2] or 0}-{'or-later' if later else 'only'}"
    return key if key.lower() in _spdx().known_symbols_lowercase else ""


def _is_exception(text: str) -> bool:
    known = _spdx().known_symbols_lowercase.get(text.lower())
    return known is not None and bool(known.is_exception)


@lru_cache(maxsize=65536)
def _parse(expression: str) -> Any:
    """The parsed expression without repetitions, or None when it is not one."""
    from license_expression import ExpressionError, ExpressionParseError

    try:
        return _spdx().dedup(_spdx().parse(expression, strict=True))
    except (ExpressionError, ExpressionParseError):
        return None
    except (AttributeError, IndexError, TypeError, RecursionError):
        # Its parser meets odd input ("()", a lone operator) with errors of its own internals.
        return None


def _render(expression: str) -> str | None:
    parsed = _parse(expression)
    return None if parsed is None else str(parsed.render())


@lru_cache(maxsize=65536)
def license_ids(expression: str) -> frozenset[str]:
    """The licences of an SPDX expression, each with its exception; empty for NOASSERTION."""
    parsed = None if expression == NOASSERTION else _parse(expression)
    if parsed is None:
        return frozenset()
    return frozenset(s.render() for s in _spdx().license_symbols(parsed, decompose=False))


@dataclass(frozen=True, slots=True)
class LicenseTerm:
    """A part of an SPDX expression: one licence, or several joined by one operator."""

    text: str  # as SPDX writes it
    operator: str = ""  # "AND" or "OR"; "" for one licence
    parts: tuple[LicenseTerm, ...] = ()  # at least two with an operator, else none
    license: str = ""  # id of one licence, without its exception
    exception: str = ""  # id behind its WITH


@lru_cache(maxsize=65536)
def license_term(expression: str) -> LicenseTerm | None:
    """An SPDX expression as a tree; None for NOASSERTION, and when it is not an expression.

    Ids need not be known; those that are come in SPDX's spelling (`gpl-2.0` as `GPL-2.0-only`).
    """
    parsed = None if expression == NOASSERTION else _parse(expression)
    return None if parsed is None else _term(parsed)


def _term(parsed: Any) -> LicenseTerm:
    text = str(parsed.render())
    if hasattr(parsed, "exception_symbol"):
        with_ = parsed.exception_symbol.key
        return LicenseTerm(text, license=str(parsed.license_symbol.key), exception=str(with_))
    if not parsed.args:
        return LicenseTerm(text, license=str(parsed.key))
    parts = tuple(_term(part) for part in parsed.args)
    return LicenseTerm(text, operator=parsed.operator.strip(), parts=parts)


@lru_cache(maxsize=1)
def _renamed() -> Mapping[str, str]:
    """Ids that SPDX has replaced by one other, in lower case, with the one that holds today."""
    known = _spdx().known_symbols_lowercase
    found: dict[str, str] = {}
    for entry in _index_entries():
        now = known.get((entry["spdx_license_key"] or "").lower())
        if now is not None and not now.is_exception and not entry["is_exception"]:
            # one word alone may mean several: "GPL" is of no version
            for old in (key for key in entry["other_spdx_license_keys"] if "-" in key):
                found.setdefault(old.lower(), str(now.key))
    return found


@lru_cache(maxsize=1)
def license_categories() -> Mapping[str, str]:
    """What ScanCode's licence index calls each of its ids, e.g. "Permissive", "Copyleft Limited".

    The ids are SPDX's (of licences and exceptions, deprecated ones and aliases too) and ScanCode's
    LicenseRefs. The index is that of `license-expression`; to read it takes about 10 ms.
    """
    found: dict[str, str] = {}
    for entry in _index_entries():
        for key in (entry["spdx_license_key"], *entry["other_spdx_license_keys"]):
            if key:
                found.setdefault(key, entry["category"])
    return found


def _index_entries() -> list[Any]:
    """ScanCode's licence index, what holds today first."""
    data = resources.files("license_expression") / "data" / "scancode-licensedb-index.json"
    entries: list[Any] = json.loads(data.read_bytes())
    entries.sort(key=lambda entry: bool(entry["is_deprecated"]))
    return entries


@lru_cache(maxsize=65536)
def combine_evidence(evidence: tuple[LicenseEvidence, ...]) -> LicenseEvidence:
    """The strongest evidence that says something, with what the weaker ones hold against it."""
    said = sorted(
        (e for e in evidence if e.expression != NOASSERTION),
        key=lambda e: _STRENGTH.get(e.evidence, len(_STRENGTH)),
    )
    if not said:
        return UNKNOWN_LICENSE
    best = said[0]
    against = [e for e in said[1:] if _disagree(best, e)]
    if best.evidence in (LICENSE_FILE, README) and not against:
        best = _finer(best, said[1:])
    if not against:
        return best
    sides: dict[str, list[str]] = {}
    for other in against:
        sides.setdefault(other.expression, []).append(f"the {other.evidence}")
    others = " and ".join(
        f"{' and '.join(who)} {'says' if len(who) == 1 else 'say'} {what}"
        for what, who in sides.items()
    )
    conflict = f"the {best.evidence} says {best.expression}, but {others}"
    return replace(best, conflict=conflict, against=tuple(against))


def _finer(best: LicenseEvidence, weaker: Iterable[LicenseEvidence]) -> LicenseEvidence:
    """Evidence that says more than a text can: "or later", or that two texts are a choice."""
    ours = license_ids(best.expression)
    for other in weaker:
        theirs = license_ids(other.expression)
        later = any(i.replace("-or-later", "-only") in ours - theirs for i in theirs - ours)
        choice = " OR " in other.expression and " AND " in best.expression
        if _texts(ours) == _texts(theirs) and (later or choice):
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


def _texts(ids: Iterable[str]) -> frozenset[str]:
    """Licences as far as their texts differ: -only and -or-later have the same."""
    return frozenset(re.sub(r"-(?:only|or-later)\b", "", i) for i in ids)


def license_texts(expression: str) -> frozenset[str]:
    """The licences of an expression as far as their texts differ, without exceptions."""
    return frozenset(i.partition(" WITH ")[0] for i in _texts(license_ids(expression)))


@lru_cache(maxsize=65536)
def _in_texts(expression: str) -> frozenset[str]:
    """The texts of an expression; Python-2.0's holds PSF-2.0's."""
    held = _texts(license_ids(expression))
    python = {"Python-2.0", "Python-2.0.1"}
    return held | python | {"PSF-2.0"} if held & python else held
