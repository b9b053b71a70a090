"""Names of licences found in the wild, as SPDX expressions.

A name that can mean several licences ("BSD", "GPL" without a version) is NOASSERTION, not a guess.
Deprecated ids are mapped as SPDX maps them: `GPL-2.0` is `GPL-2.0-only`, `GPL-2.0+` is
`GPL-2.0-or-later`. A list of licences means that all of them apply (AND): who keeps all of them
breaks none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from attribution.licensing.categories import index_entries
from attribution.licensing.expressions import NOASSERTION, known_symbol, render

__all__ = ["license_names", "normalize_license"]

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
    return render(" AND ".join(f"({p})" for p in dict.fromkeys(parts))) or NOASSERTION


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
    return render(" ".join(o for o in operands if o)) or NOASSERTION


def _known_expression(text: str) -> str | None:
    """A valid SPDX expression of known ids, in SPDX's spelling; None for anything else."""
    if not re.search(r"\s(?:and|or|with)\s|^\(", text, re.IGNORECASE):
        return None
    names = [n for n in re.split(r"[\s()]+", text) if n and n.upper() not in ("AND", "OR", "WITH")]
    if not all(n.startswith("LicenseRef-") or known_symbol(n) is not None for n in names):
        return None
    return render(
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
        known = known_symbol(text)
        if known is None and text.endswith("+"):  # an id of a licence without an -or-later form
            known = known_symbol(text[:-1])
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
    return key if known_symbol(key) is not None else ""


def _is_exception(text: str) -> bool:
    known = known_symbol(text)
    return known is not None and bool(known.is_exception)


@lru_cache(maxsize=1)
def _renamed() -> Mapping[str, str]:
    """Ids that SPDX has replaced by one other, in lower case, with the one that holds today."""
    renamed: dict[str, str] = {}
    for entry in index_entries():
        now = known_symbol(entry["spdx_license_key"] or "")
        if now is not None and not now.is_exception and not entry["is_exception"]:
            # one word alone may mean several: "GPL" is of no version
            for old in (key for key in entry["other_spdx_license_keys"] if "-" in key):
                renamed.setdefault(old.lower(), str(now.key))
    return renamed
