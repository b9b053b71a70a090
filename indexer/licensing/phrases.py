"""Licensing sentences that follow no standard notice.

    "distributed under the terms of the GNU General Public License Version 2"
    "Licensed under Apache License v2.0"
    "can be redistributed under the same terms as Perl itself"
    "See the LICENSE file for the licence"

A licence has to be the object of a verb of licensing or the value of a field ("License: MIT"); a
text that only mentions one ("compatible with the GPL") states nothing. A name that may mean
several licences ("a BSD-style license") gives its family, for the repository's licence files to
decide.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from functools import lru_cache

from attribution.licenses import NOASSERTION, normalize_license

__all__ = ["PERL", "PUBLIC_DOMAIN", "Phrase", "family_of", "find_phrases", "name_of"]

PUBLIC_DOMAIN = "LicenseRef-scancode-public-domain"
PERL = "Artistic-1.0-Perl OR GPL-1.0-or-later"

_NAME_WORDS = 14  # of the longest licence name that is looked for
_TOKEN = re.compile(r"[a-z0-9]+(?:\.[0-9]+)*\+?")

# What comes between a verb of licensing and the licence's name.
_UNDER = re.compile(
    r"\b(?:under|by|according to|in accordance with|subject to|covered by|use|uses|with|through|as"
    r"|available as|on|either)\b"
    r"(?: (?:either|the|a|an|any|its|both|same|following|this|terms?|conditions?|provisions?"
    r"|and|or|of|licen[cs]es?|agreement|stated in|set out in|specified in|in|as|open source"
    r"|simplified|permissive|very|liberal|standard|project'?s?|version))*"
)
_VERB = re.compile(
    r"\b(?:re)?-?licen[cs]ed\b|\b(?:re)?distribut\w+\b|\breleased?\b|\bavailable\b|\bcovered\b"
    r"|\bprovided\b|\bgoverned\b|\bpublished\b|\boffered\b|\bplaced\b|\bput\b|\bmodif(?:y|ied)\b"
    r"|\bcop(?:y|ied)\b|\bshared\b|\bprotected\b|\bcopyright(?:ed)?\b|\bcontributed\b"
    r"|\bused?\b|\bfree(?: software)?\b|\bsubject\b|\blicen[cs]e is\b|\bcomes\b|\bunder\b"
)
_FIELD = re.compile(
    r"(?:^|[.;|*#@] ?|\b)(?:licen[cs]e(?:d| type| terms| information| name)?|licensing|copying"
    r"|copyright(?: and licen[cs]e)?)[ ]?[:=]+ ?(?:see |the |this \w+ is )?|@licen[cs]e (?:https?://\S+ )?"
)
_LATER = re.compile(
    r"(?:or|and|of)[ ,]+(?:\(?(?:at )?your (?:option|choice)\)?[ ,]+)?(?:under )?(?:any|a|all)?[ ]?"
    r"(?:later|newer|greater|subsequent|higher|above|further)|any later version|or \(at your option\)"
    r"|or[ ,]+at your option[ ,]+any|or later\b|or newer\b|and later\b|and above\b|\+"
)
_GNU = re.compile(
    r"\b(?:(?P<affero>affero)|(?P<lesser>lesser|library)(?: or (?:lesser|library))?)?[ ]?(?:gnu )?"
    r"(?:general |genral )(?:public )?(?:li[cs]en[cs]e|licence)s?\b|\bgnu (?P<lib>library|lesser) licen[cs]e"
    r"|\bgnu public licen[cs]e|\b(?P<abbr>a|l)?gpl(?!\w)|\b(?P<abbr2>a|l)?gpl(?=v?\d)"
)
_VERSION = re.compile(
    r"\b(?:version|versions|ver\.?|v\.?)? ?(?P<v>[123](?:\.[01])?)(?:\.0)?(?P<plus>\+| or (?:later|newer|above))?"
)
_PUBLIC_DOMAIN = re.compile(
    r"(?:in|into|to|is|are|as|under|:) (?:the |a )?(?:\w+ )?public[- ]domain\b|^public[- ]domain\b"
    r"|\bpublic[- ]domain (?:software|code|source|work|program|function|implementation|version)"
    r"|(?:copyright|license)[:; ]+(?:none[;, ]+)?public[- ]domain"
)
_NOT_PUBLIC_DOMAIN = re.compile(
    r"(?:not|n't|nor|neither)(?: \w+){0,3} (?:in|into|to|is|are|as|under) (?:the )?public domain|not public domain"
)
_PERL = re.compile(
    r"(?:same terms|same licen[cs]e|same conditions|terms|licen[cs]e|conditions)(?: \w+){0,3} (?:as|of|for) (?:the )?"
    r"(?:perl|perl5|perl 5)\b(?: itself| programming| language| 5)?"
)
_ARTISTIC_GPL = re.compile(
    r"(?:artistic licen[cs]e|gnu general public licen[cs]e|gpl)[^.]{0,80}? or (?:the )?(?:\"?artistic|gnu general public)"
)
_POINTER = re.compile(
    r"(?:see|read|refer to|found in|find in|in|under|view|consult|by|included in|contained in|of)"
    r"(?: (?:the|a|an|file|files|accompanying|included|enclosed|attached|terms|top-level|toplevel"
    r"|project'?s?|our|its|main|root|called|named))* ?[\"'`<(]{0,2}"
    r"(?P<file>(?:[\w.-]+/|\.\.?/)*(?:licen[cs]e|copying|copyright|copyrights|legal|unlicense|mit-licen[cs]e"
    r"|artistic|gpl|lgpl|ftl)(?:[._-][\w.-]*\w|\d)?)(?:[\"'`>)]| file| for| and| in|[.,;]|$| )"
)
_POINTER_FILE = re.compile(
    r"(?P<file>(?:[\w.-]+/|\.\.?/)*(?:licen[cs]e|copying|copyright|legal|unlicense|mit-licen[cs]e)"
    r"(?:[._-][\w.-]*\w|\d)?)[\"'`>)]*,? (?:file|for (?:more |further |the )?(?:full |licen|detail|inform|terms|copyright|condition))"
)
_SAME_AS_PACKAGE = re.compile(
    r"same (?:licen[cs]e|terms|conditions)(?: \w+)? as (?:the |that of the )?(?!perl)(?P<what>[\w.+-]+)"
)

# Families: what a bare name can mean. The licence files of the repository decide which.
_FAMILIES = (
    ("BSD", re.compile(r"\bbsd\b|berkeley")),
    ("GPL", re.compile(r"\bgpl|general public")),
    ("MIT", re.compile(r"\bmit\b|\bx11\b|\bexpat\b|x consortium")),
    ("Apache", re.compile(r"\bapache\b|\basl\b")),
    ("MPL", re.compile(r"\bmozilla\b|\bmpl\b")),
    ("Artistic", re.compile(r"\bartistic\b")),
    ("CC", re.compile(r"creative commons")),
    ("EPL", re.compile(r"eclipse public")),
    ("Python", re.compile(r"\bpython\b|\bpsf\b")),
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a sentence says."""

    expression: str  # SPDX, or NOASSERTION for a family or a pointer
    start: int  # offsets in the text
    end: int
    family: str = ""
    file: str = ""  # of a pointer


def find_phrases(text: str) -> list[Phrase]:
    """All licensing sentences of a text, in order."""
    flat, offsets = _flatten(text)
    found: list[tuple[int, int, str, str, str]] = []
    found += _public_domain(flat)
    if "the go authors" in flat or "the chromium authors" in flat:
        # their notice, "a BSD-style license that can be found in the LICENSE file", is of one text
        found += (
            (m.start(), m.end(), "BSD-3-Clause", "", "")
            for m in re.finditer("bsd-style licen[cs]e", flat)
        )
    found += ((m.start(), m.end(), PERL, "", "") for m in _PERL.finditer(flat))
    found += _gnu(flat)
    found += _named(flat)
    if not found:
        found += _pointers(flat)
    found.sort()
    return [
        Phrase(expression, offsets(start), offsets(end), family, file)
        for start, end, expression, family, file in found
    ]


def name_of(text: str) -> str:
    """The licence that a short text names, such as a title; NOASSERTION if none."""
    expression = normalize_license(text)
    if expression != NOASSERTION:
        return expression
    return _names().get(_essential(" ".join(_TOKEN.findall(text.lower()))), NOASSERTION)


def family_of(text: str) -> str:
    """The family that a licence's name or id belongs to, "" if none of the known ones."""
    lower = text.lower()
    return next((name for name, pattern in _FAMILIES if pattern.search(lower)), "")


def _flatten(text: str):  # noqa: ANN202
    """The text in lower case on one line, and where each of its offsets was."""
    words = list(re.finditer(r"\S+", text))
    starts = [m.start() for m in words]
    flat_starts = []
    at = 0
    for m in words:
        flat_starts.append(at)
        at += len(m[0]) + 1
    flat = " ".join(m[0] for m in words).lower()

    def offset(at: int) -> int:
        i = max(bisect.bisect_right(flat_starts, at) - 1, 0)
        return starts[i] + at - flat_starts[i] if starts else 0

    return flat, offset


def _public_domain(flat: str) -> list[tuple[int, int, str, str, str]]:
    if "public" not in flat or _NOT_PUBLIC_DOMAIN.search(flat):
        return []
    return [(m.start(), m.end(), PUBLIC_DOMAIN, "", "") for m in _PUBLIC_DOMAIN.finditer(flat)]


def _gnu(flat: str) -> list[tuple[int, int, str, str, str]]:
    found = []
    last_end = -1
    for m in _GNU.finditer(flat):
        if m.start() < last_end:
            continue
        before = flat[max(0, m.start() - 160) : m.start()]
        if not (_VERB.search(before) or _FIELD.search(before[-40:])):
            continue
        if re.search(
            r"(?:compatible|compatibility|not|without|copy of|received a copy of)(?: \w+){0,3} (?:the )?(?:terms of (?:the )?)?(?:gnu )?$",
            before,
        ):
            continue
        kind = "GPL"
        if m["affero"] or m["abbr"] == "a" or m["abbr2"] == "a":
            kind = "AGPL"
        elif m["lesser"] or m["lib"] or m["abbr"] == "l" or m["abbr2"] == "l":
            kind = "LGPL"
        after = flat[m.end() : m.end() + 200]
        ahead = re.match(
            r"[^0-9]{0,90}?(?:version|versions|ver\.?|v\.?|\(?(?:gpl|lgpl|agpl)?[-, ]?v?)?[ (\"']{0,2}(?P<v>[123](?:\.[01])?)(?![0-9])",
            after,
        )
        prior = re.search(
            r"(?:version|v\.?) ?(?P<v>[123](?:\.[01])?)(?:\.0)?(?P<l>,? ?(?:or|and)[^.]{0,40}?later[^.]{0,20})? (?:of )?(?:the )?(?:terms of (?:the )?)?(?:gnu )?$",
            before,
        )
        version, later = None, False
        end = m.end()
        if prior:
            version, later = prior["v"], bool(prior["l"])
            later = later or bool(_LATER.search(after[:80]))
        elif ahead:
            version = ahead["v"]
            end = m.end() + ahead.end()
            tail = after[ahead.end() : ahead.end() + 90]
            later = tail.startswith("+") or bool(_LATER.search(tail))
        elif _LATER.search(after[:60]) and "version" in after[:60]:
            version, later = None, True
        last_end = end
        other = re.match(r"[^.;]{0,40}?\bor (?:the )?(?=[a-z])", flat[end : end + 60])
        if other and not _LATER.match(flat[end : end + 40].lstrip(" ,")):
            found += _name_at(flat, end + other.end())
        if version is None:
            found.append((m.start(), end, NOASSERTION, kind, ""))
            continue
        major, _, minor = version.partition(".")
        if kind == "LGPL" and major == "2" and not minor:
            minor = "0"
        key = f"{kind}-{major}.{minor or 0}-{'or-later' if later else 'only'}"
        expression = normalize_license(key)
        if expression != NOASSERTION:
            found.append((m.start(), end, expression, "", ""))
    return found


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Licence names as people write them, by their words joined with a space."""
    from licenselynx.license_map_singleton import _LicenseMapSingleton

    table: dict[str, str] = {}
    for name, entry in _LicenseMapSingleton().merged_data.stable_map.items():
        expression = normalize_license(entry.id)
        if expression == NOASSERTION:
            continue
        key = " ".join(_TOKEN.findall(name.lower()))
        if key and len(key) > 2:
            table.setdefault(_essential(key), expression)
    for word in (
        "public domain",
        "python",
        "bsd",
        "gpl",
        "lgpl",
        "artistic",
        "apache",
        "ruby",
        "perl",
        "free",
        "standard",
        "original",
        "other",
        "open",
        "none",
        "unknown",
        "file",
        "text",
        "same",
        "version",
        "all",
        "java",
        "unlicensed",
        "proprietary",
        "commercial",
    ):
        table.pop(word, None)
    table["x11"] = "MIT"
    table["expat"] = "MIT"
    return table


def _essential(key: str) -> str:
    for joined, words in (
        ("noncommercial", "non commercial"),
        ("noderiv", "no deriv"),
        ("sharealike", "share alike"),
    ):
        key = key.replace(joined, words)
    drop = {"the", "license", "licence", "licenses", "version", "v", "software", "a", "an", "of"}
    words = [w.removeprefix("v") if re.fullmatch(r"v\d[\d.]*", w) else w for w in key.split()]
    words = [w[:-2] if re.fullmatch(r"\d+\.0", w) else w for w in words]
    return " ".join(w for w in words if w not in drop)


def _named(flat: str) -> list[tuple[int, int, str, str, str]]:
    found = []
    for m in _UNDER.finditer(flat):
        before = flat[max(0, m.start() - 90) : m.start()]
        if not _VERB.search(before) and not re.match(r"under", m[0]):
            continue
        found += _name_at(flat, m.end())
    for m in _FIELD.finditer(flat):
        found += _name_at(flat, m.end())
    for m in re.finditer(r"\b([\w.-]+(?: [\w.-]+){0,3}?)[ -]licen[cs]ed\b", flat):
        found += _name_at(flat, m.start(1))
    return found


def _name_at(flat: str, at: int) -> list[tuple[int, int, str, str, str]]:
    """The licence whose name begins at an offset; names joined by "or" and "and" too."""
    chunk = flat[at : at + 120]
    tokens = list(_TOKEN.finditer(chunk))[:_NAME_WORDS]
    if not tokens or tokens[0].start() > 3:
        return []
    names = _names()
    for n in range(min(len(tokens), 10), 0, -1):
        words = " ".join(t[0] for t in tokens[:n])
        if re.search(r"[.;] ", chunk[: tokens[n - 1].start()]):
            continue
        expression = names.get(_essential(words))
        if expression is not None:
            if expression.startswith(("GPL", "LGPL", "AGPL")):
                return []  # read by `_gnu`, which looks for "or later"
            end = tokens[n - 1].end()
            found = [(at, at + end, expression, "", "")]
            more = re.match(r"[ ,]*(?:licen[cs]es?,? )?(?:or|and|/) (?:the )?", chunk[end:])
            if more:
                found += _name_at(flat, at + end + more.end())
            return found
    head = " ".join(t[0] for t in tokens[:5])
    family = family_of(head)
    if (
        family
        and family not in ("GPL",)
        and re.search(r"licen[cs]e|style|terms|conditions|$", head)
    ):
        return [(at, at + tokens[min(4, len(tokens) - 1)].end(), NOASSERTION, family, "")]
    return []


def _pointers(flat: str) -> list[tuple[int, int, str, str, str]]:
    for pattern in (_POINTER_FILE, _POINTER):
        for m in pattern.finditer(flat):
            file = m["file"]
            if file in (
                "license",
                "licence",
                "copyright",
                "legal",
                "artistic",
                "gpl",
                "lgpl",
            ) and not re.search(
                r"file|root|top|director|distribut|includ|for ", flat[m.start() : m.end() + 40]
            ):
                continue
            return [(m.start(), m.end(), NOASSERTION, "", file)]
    m = _SAME_AS_PACKAGE.search(flat)
    return [(m.start(), m.end(), NOASSERTION, "", ".")] if m else []
