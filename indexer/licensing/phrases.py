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
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import accumulate

from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.names import license_names, normalize_license

__all__ = [
    "PERL",
    "PUBLIC_DOMAIN",
    "Phrase",
    "family_of",
    "find_permission",
    "find_phrases",
    "name_of",
]

PUBLIC_DOMAIN = "LicenseRef-scancode-public-domain"
PERL = "Artistic-1.0-Perl OR GPL-1.0-or-later"

_MAX_TEXT = 20_000  # characters: sentences beyond are about something else
_NAME_WORDS = 10  # of the longest licence name that is looked for
_TOKEN = re.compile(r"[a-z0-9]+(?:\.[0-9]+)*\+?")

# All patterns below are for text in lower case, on one line, with single spaces.


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern that is written over several lines; a space in it is written as `[ ]`."""
    return re.compile(text, re.VERBOSE)


# What comes between a verb of licensing and the licence's name.
_UNDER = _pattern(
    r"""\b(?:under|by|according[ ]to|in[ ]accordance[ ]with|subject[ ]to|covered[ ]by|uses?|with
    |through|as|available[ ]as|on|either)\b
    (?:[ ](?:either|the|a|an|any|its|both|same|following|this|terms?|conditions?|provisions?|and|or
    |of|licen[cs]es?|agreement|stated[ ]in|set[ ]out[ ]in|specified[ ]in|in|as|open[ ]source
    |simplified|permissive|very|liberal|standard|project'?s?|version)\b)*"""
)
_VERB = _pattern(
    r"""\b(?:(?:re-?)?licen[cs]ed|(?:re)?distribut\w+|released?|available|covered|provided|governed
    |published|offered|placed|put|modif(?:y|ied)|cop(?:y|ied)|shared|protected|copyright(?:ed)?
    |contributed|used?|free|subject|licen[cs]e[ ]is|comes|under)\b"""
)
_FIELD = _pattern(
    r"""\b(?:licen[cs]e(?:d|[ ]type|[ ]terms|[ ]information|[ ]name)?|licensing|copying
    |copyright(?:[ ]and[ ]licen[cs]e)?)[ ]?[:=]+[ ]?(?:see[ ]|the[ ]|this[ ]\w+[ ]is[ ])?
    |@licen[cs]e[ ](?:https?://\S+[ ])?
    |(?:^|[.][ ])(?:the[ ])?\w+[ ]licen[cs]e[ ]is[ ](?:the[ ])?"""
)
_LICENSED_BEFORE = re.compile(r"\b([\w.-]+(?: [\w.-]+){0,3}?)[ -]licen[cs]ed\b")
_LATER = _pattern(
    r"""(?:or|and|of)[ ,]+(?:\(?(?:at[ ])?your[ ](?:option|choice)\)?[ ,]+)?(?:under[ ])?
    (?:any|a|all)?[ ]?(?:later|newer|greater|subsequent|higher|above|further)
    |any[ ]later[ ]version|or[ ]\(at[ ]your[ ]option\)|or[ ,]+at[ ]your[ ]option[ ,]+any|\+"""
)
_GNU = _pattern(
    r"""\b(?:(?P<affero>affero)|(?P<lesser>lesser|library)(?:[ ]or[ ](?:lesser|library))?)?
    [ ]?(?:gnu[ ])?general[ ](?:public[ ])?licen[cs]es?\b
    |\bgnu[ ](?P<lib>library|lesser)[ ]licen[cs]e|\bgnu[ ]public[ ]licen[cs]e
    |\b(?P<abbr>a|l)?gpl(?:(?!\w)|(?=v?\d))"""
)
# After a GNU licence's name: its version, and before it ("version 2 or later of the GNU ...").
_VERSION_AFTER = _pattern(
    r"""[^0-9]{0,90}?(?:versions?|ver\.?|v\.?|\(?[al]?gpl[-,]?[ ]?v?|)[ ("']{0,2}
    (?P<v>[123](?:\.[01])?)(?![0-9])"""
)
_VERSION_BEFORE = _pattern(
    r"""(?:version|v\.?)[ ]?(?P<v>[123](?:\.[01])?)(?:\.0)?
    (?P<later>,?[ ]?(?:or|and)[^.]{0,40}?later[^.]{0,20})?
    [ ](?:of[ ])?(?:the[ ])?(?:terms[ ]of[ ](?:the[ ])?)?(?:gnu[ ])?$"""
)
_ONLY_MENTIONED = re.compile(
    r"\b(?:compatible|compatibility|not|without|copy of|section \d+ of|relicen[cs]ed"
    r"|permission under)(?: \w+){0,4} $"
)
_PUBLIC_DOMAIN = _pattern(
    r"""(?:in|into|to|is|are|as|under|:)[ ](?:the[ ]|a[ ])?(?:\w+[ ])?public[- ]domain\b
    |^public[- ]domain\b|\bv[0-9.]+[ ]-[ ]public[- ]domain\b
    |\bpublic[- ]domain[ ](?:software|code|source|work|program|function|implementation|version)
    |(?:copyright|license)[:;][ ](?:none[;,][ ])?public[- ]domain"""
)
_NOT_PUBLIC_DOMAIN = _pattern(
    r"""(?:not|n't|nor|neither)(?:[ ]\w+){0,3}[ ](?:in|into|to|is|are|as|under)[ ](?:the[ ])?
    public[ ]domain|not[ ]public[ ]domain"""
)
_PERL = _pattern(
    r"""(?:terms|licen[cs]e|conditions)(?:[ ]\w+){0,3}[ ](?:as|of|for)[ ](?:the[ ])?
    perl(?:[ ]?5)?\b(?:[ ]itself|[ ]programming|[ ]language)?"""
)
_FILE_NAME = r"""(?P<file>(?:[\w.-]+/)*
    (?:licen[cs]e|copying|copyrights?|legal|unlicense|mit-licen[cs]e|artistic|l?gpl|ftl)
    (?:[._-][\w.-]*\w|\d)?)"""
_POINTERS = (
    re.compile(r"see (?:the )?copyright notice (?:in|at the end of) (?P<file>[\w./-]+\.\w+)"),
    _pattern(
        _FILE_NAME
        + r"""["'`>)]*,?[ ](?:file
        |for[ ](?:more[ ]|further[ ]|the[ ])?
        (?:full[ ]|licen|detail|inform|terms|copyright|condition))"""
    ),
    _pattern(
        r"""\b(?:see|read|refer[ ]to|found[ ]in|find[ ]in|in|under|view|consult|by|included[ ]in
        |contained[ ]in|of)
        (?:[ ](?:the|a|an|files?|accompanying|included|enclosed|attached|terms|top-?level
        |project'?s?|our|its|main|root|called|named)\b)*[ ]?["'`<(]{0,2}"""
        + _FILE_NAME
        + r"""(?=["'`>)]|[ ]|[.,;]|$)"""
    ),
)
# A bare word counts as the name of a file only beside one of these.
_OF_A_FILE = re.compile(r"file|root|top|director|distribut|includ|for ")
_SAME_AS_PACKAGE = re.compile(
    r"same (?:licen[cs]e|terms|conditions)(?: \w+)? as (?:the |that of the )?(?!perl)[\w.+-]+"
)

# Sentences that only one licence has, however its other sentences vary.
_SENTENCES = (
    (
        re.compile(
            r"permission is hereby granted, free of charge, to any person obtaining a copy of this"
            r" software and associated documentation files \(the .software.\), to deal in the"
            r" software without restriction"
        ),
        "MIT",
    ),
    (
        re.compile(
            r"permission is granted to anyone to use this software for any purpose, including"
            r" commercial applications, and to alter it and redistribute it freely, subject to the"
            r" following restrictions"
        ),
        "Zlib",
    ),
    (
        re.compile(
            r"permission to use, copy, modify, and distribute this software is freely granted,"
            r" provided that this notice is preserved"
        ),
        "SunPro",
    ),
)
# A whole licence, or a permission, that may be of any licence.
_PERMISSION = _pattern(
    r"""\bpermission[ ](?:is|to[ ]use)\b[^.]{0,200}?\b(?:granted|given)\b
    |\bredistribution(?:[ ]and[ ]use)?(?:[ ]in[ ]source)?\b[^.]{0,160}?\b(?:permitted|allowed)\b
    |\bmay[ ](?:be[ ])?(?:freely[ ])?(?:be[ ])?(?:used?|cop(?:y|ied)|(?:re)?distributed?)
     [^.]{0,60}?\b(?:freely|modif|distribut|any[ ]purpose|without)
    |\bfreely[ ](?:distributable|redistributable|available|usable|used|distributed|copied)
    |\blicen[cs]ed[ ]under[ ](?:the[ ])?(?!(?:terms|same|licen[cs]e|following|above)\b)
     (?:[\w.-]+[ ]){1,6}licen[cs]e\b"""
)

# Families: what a bare name can mean. The licence files of the repository decide which.
_FAMILIES = (
    ("BSD", re.compile(r"\bbsd\b|berkeley")),
    ("AGPL", re.compile(r"\bagpl|affero")),
    ("LGPL", re.compile(r"\blgpl|(?:lesser|library) (?:general|gpl|licen[cs]e)")),
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


_Found = tuple[int, int, str, str, str]  # start, end, expression, family, file


def find_phrases(text: str) -> list[Phrase]:
    """All licensing sentences of a text, in order."""
    flat, offsets = _flatten(text[:_MAX_TEXT])
    found: list[_Found] = []
    found += _public_domain(flat)
    if "the go authors" in flat or "the chromium authors" in flat:
        # their notice, "a BSD-style license that can be found in the LICENSE file", is of one text
        found += (
            (m.start(), m.end(), "BSD-3-Clause", "", "")
            for m in re.finditer("bsd-style licen[cs]e", flat)
        )
    if "perl" in flat:
        found += ((m.start(), m.end(), PERL, "", "") for m in _PERL.finditer(flat))
    found += (
        (m.start(), m.end(), expression, "", "")
        for pattern, expression in _SENTENCES
        for m in pattern.finditer(flat)
    )
    found += _gnu(flat)
    found += _named(flat)
    if re.search(r"(?:link|combin)\w+.{0,40}openssl", flat):
        found = [f for f in found if f[2] != "OpenSSL"]  # an exception for using that library
    lines = _lines(text)
    if not found and not lines:
        found += _pointers(flat)
    found.sort()
    sentences = [
        Phrase(expression, offsets(start), offsets(end), family, file)
        for start, end, expression, family, file in found
    ]
    return sorted(lines + sentences, key=lambda phrase: phrase.start)


_LINE = re.compile(
    # not \W, which crosses lines: thousands of empty ones would take seconds
    r"^[^\w\n]*(?:(?P<domain>public[- ]domain)|(?:the )?(?P<name>[\w .+-]{2,40}?)(?:[- ]style)?"
    r" licen[cs]ed?)[^\w\n]*$",
    re.IGNORECASE | re.MULTILINE,
)


def _lines(text: str) -> list[Phrase]:
    """Lines that are a licence's name and nothing else: "Public domain.", "MIT-style license."."""
    found = []
    for m in _LINE.finditer(text[:_MAX_TEXT]):
        expression = PUBLIC_DOMAIN if m["domain"] else name_of(m["name"])
        family = "" if expression != NOASSERTION else family_of(m["name"])
        if expression != NOASSERTION or family:
            found.append(Phrase(expression, m.start(), m.end(), family))
    return found


def find_permission(text: str) -> tuple[int, int] | None:
    """Offsets of words that permit something; for a text in which no licence was recognized."""
    flat, offsets = _flatten(text[:_MAX_TEXT])
    match = _PERMISSION.search(flat)
    return None if match is None else (offsets(match.start()), offsets(match.end()))


def name_of(text: str) -> str:
    """The licence that a short text names, such as a title; NOASSERTION if none."""
    expression = normalize_license(text)
    if expression != NOASSERTION:
        return expression
    return _names().get(_essential(text), NOASSERTION)


def family_of(text: str) -> str:
    """The family that a licence's name or id belongs to, "" if none of the known ones."""
    lower = text.lower()
    return next((name for name, pattern in _FAMILIES if pattern.search(lower)), "")


def _flatten(text: str) -> tuple[str, Callable[[int], int]]:
    """The text in lower case on one line, and a function from its offsets to those of the text."""
    written = text.split()
    flat = " ".join(written).lower()
    if len(flat) != sum(map(len, written)) + max(len(written) - 1, 0):
        flat = " ".join(written)  # lower case may be longer ("\u0130"): offsets would be off
    words: list[tuple[int, int]] = []  # where each word begins, on the line and in the text

    def offset(at: int) -> int:
        if not words:
            start = 0
            for m in re.finditer(r"\S+", text):
                words.append((start, m.start()))
                start += m.end() - m.start() + 1
        flat_start, start = words[max(bisect.bisect_right(words, (at, len(text))) - 1, 0)]
        return start + at - flat_start

    return flat, offset


def _public_domain(flat: str) -> list[_Found]:
    if "public" not in flat or _NOT_PUBLIC_DOMAIN.search(flat):
        return []
    return [(m.start(), m.end(), PUBLIC_DOMAIN, "", "") for m in _PUBLIC_DOMAIN.finditer(flat)]


def _gnu(flat: str) -> list[_Found]:
    """GNU licences in any wording, with the version that is named near them."""
    found: list[_Found] = []
    if "gpl" not in flat and "gnu" not in flat and "general" not in flat:
        return found
    last_end = -1
    for m in _GNU.finditer(flat):
        before = flat[max(0, m.start() - 160) : m.start()].rstrip() + " "
        stated = _VERB.search(before) or _FIELD.search(before[-40:])
        if m.start() < last_end or not stated or _ONLY_MENTIONED.search(before):
            continue
        family = "GPL"
        if m["affero"] or m["abbr"] == "a":
            family = "AGPL"
        elif m["lesser"] or m["lib"] or m["abbr"] == "l":
            family = "LGPL"
        version, later, last_end = _gnu_version(before, flat, m.end())
        other = re.match(r"[^.;]{0,40}?\bor (?:the )?(?=[a-z])", flat[last_end : last_end + 60])
        if other and not _LATER.match(flat[last_end : last_end + 40].lstrip(" ,")):
            found += _name_at(flat, last_end + other.end())
        if not version:
            found.append((m.start(), last_end, NOASSERTION, family, ""))
            continue
        number = version if "." in version else f"{version}.0"
        expression = normalize_license(f"{family}-{number}-{'or-later' if later else 'only'}")
        if expression != NOASSERTION:
            found.append((m.start(), last_end, expression, "", ""))
    return found


def _gnu_version(before: str, flat: str, end: int) -> tuple[str, bool, int]:
    """Version ("" if none is named), whether later ones are allowed, where the statement ends."""
    after = flat[end : end + 200]
    if prior := _VERSION_BEFORE.search(before):
        return prior["v"], bool(prior["later"] or _LATER.search(after[:80])), end
    if ahead := _VERSION_AFTER.match(after):
        tail = after[ahead.end() : ahead.end() + 90]
        return ahead["v"], bool(_LATER.search(tail)), end + ahead.end()
    return "", False, end


# Names that mean nothing, or several things, without more.
_NOT_NAMES = frozenset((
    "all", "apache", "artistic", "bsd", "commercial", "file", "free", "gpl", "java", "lgpl",
    "none", "open", "original", "other", "perl", "proprietary", "public-domain", "python", "ruby",
    "same", "standard", "text", "unknown", "unlicensed", "version",
))  # fmt: skip
_WITHOUT_MEANING = frozenset((
    "the", "a", "an", "of", "license", "licence", "licenses", "version", "v", "software",
))  # fmt: skip
_WRITTEN_APART = (
    ("noncommercial", "non commercial"),
    ("noderiv", "no deriv"),
    ("sharealike", "share alike"),
)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Licence names as people write them, by their essential words, with SPDX expressions.

    From LicenseLynx, which collects them from SPDX, ScanCode, OSADL and others.
    """
    data = resources.files("licenselynx") / "resources" / "merged_data.json"
    table = {_essential(name): expression for name, expression in license_names().items()}
    for name, entry in json.loads(data.read_bytes())["stableMap"].items():
        key = _essential(name)
        if len(key) > 2 and key not in _NOT_NAMES:
            expression = normalize_license(entry["id"])
            if expression != NOASSERTION:
                table.setdefault(key, expression)
    return table


def _essential(name: str) -> str:
    """The words of a name that make a difference: "the Apache License, v2.0" is "apache 2"."""
    return " ".join(filter(None, map(_essential_word, _TOKEN.findall(name.lower()))))


@lru_cache(maxsize=1 << 12)  # notices have few different words
def _essential_word(word: str) -> str:
    for joined, apart in _WRITTEN_APART:
        word = word.replace(joined, apart)
    if word in _WITHOUT_MEANING:
        return ""
    number = re.sub(r"^v(?=\d)", "", word)
    return number.removesuffix(".0") if number[0].isdigit() else number


def _named(flat: str) -> list[_Found]:
    """Licences that are the object of a verb, or the value of a field."""
    found: list[_Found] = []
    for m in _UNDER.finditer(flat):
        before = flat[max(0, m.start() - 90) : m.start()]
        if m[0].startswith(("under", "subject to", "covered by")) or _VERB.search(before):
            found += _name_at(flat, m.end())
            found += _version_first(flat, m.end())
    for m in _FIELD.finditer(flat):
        found += _name_at(flat, m.end())
    if "licensed" in flat or "licenced" in flat:
        for m in _LICENSED_BEFORE.finditer(flat):
            found += _name_at(flat, m.start(1))
    return found


_VERSION_OF = re.compile(r"[ ]?(?:version |v)?([0-9.]*[0-9]) of the ([\w -]{2,60}? licen[cs]e)\b")


def _version_first(flat: str, at: int) -> list[_Found]:
    """A licence whose version comes first: "subject to version 3.01 of the PHP license"."""
    match = _VERSION_OF.match(flat, at)
    name = f"{match[2]} {match[1]}" if match else ""
    expression = _names().get(_essential(name), NOASSERTION)
    if match is None or expression == NOASSERTION or re.match("[AL]?GPL-", expression):
        return []
    return [(at, match.end(), expression, "", "")]


# Where a licence can be read: "(LICENSE-MIT or <https://...>)", "([LICENSE-MIT](LICENSE-MIT))".
_REFERENCE = r"[ ,]*(?:<[^<>]*>|\[[^\[\]]*\]|\((?:[^()]|\([^()]*\))*\))"
_OUTSIDE_NAMES = re.compile(r"[.;] |[<\[]|\(licen[cs]e-")  # a sentence's end, or a reference
# What joins a licence's name to the next one: a word, or in a list the reference between them.
_JOINED = _pattern(
    rf"""(?:[ ,]*licen[cs]es?)?
    (?:(?:{_REFERENCE})*[ ,]*(?P<word>or|and|/)|(?:{_REFERENCE})+[ ,;]*[-*]?)[ ](?:the[ ])?"""
)
_JOINED_LENGTH = 300  # characters: two references with addresses


def _name_at(flat: str, at: int) -> list[_Found]:
    """The licence whose name begins at an offset, and those joined to it by "or" or "and"."""
    found: list[_Found] = []
    word = True  # whether a word comes before the name
    while (one := _one_name_at(flat, at)) is not None and (word or one[2] != NOASSERTION):
        found.append(one)
        more = _JOINED.match(flat, one[1], one[1] + _JOINED_LENGTH)
        if more is None or one[2] == NOASSERTION:
            break
        at, word = more.end(), more["word"] is not None
    return found


def _one_name_at(flat: str, at: int) -> _Found | None:
    chunk = flat[at : at + 120]
    tokens = list(_TOKEN.finditer(chunk))[:_NAME_WORDS]
    if not tokens or tokens[0].start() > 3:
        return None
    names = _names()
    words = (_essential_word(token[0]) for token in tokens)
    keys = accumulate(words, lambda key, word: f"{key} {word}".strip())  # of 1, 2, ... tokens
    ends: dict[str, int] = {}
    for key, token in zip(keys, tokens, strict=True):
        ends.setdefault(key, token.end())  # a word without meaning may belong to what follows
    for key, end in reversed(ends.items()):
        expression = names.get(key)
        if expression is not None and not _OUTSIDE_NAMES.search(chunk, tokens[0].start(), end):
            if re.match("[AL]?GPL-", expression):
                return None  # read by `_gnu`, which looks for "or later"
            return at, at + end, expression, "", ""
    head = chunk[: tokens[min(4, len(tokens) - 1)].end()]
    family = family_of(head)
    if not family or "GPL" in family:
        return None
    return at, at + len(head), NOASSERTION, family, ""


def _pointers(flat: str) -> list[_Found]:
    """References to a licence file, or to "the same licence as the X package" (file ".")."""
    for pattern in _POINTERS:
        for m in pattern.finditer(flat):
            bare = re.fullmatch(r"[a-z]+", m["file"]) and m["file"] not in ("copying", "unlicense")
            if not bare or _OF_A_FILE.search(flat[m.start() : m.end() + 40]):
                return [(m.start(), m.end(), NOASSERTION, "", m["file"])]
    same = _SAME_AS_PACKAGE.search(flat)
    return [(same.start(), same.end(), NOASSERTION, "", ".")] if same else []
