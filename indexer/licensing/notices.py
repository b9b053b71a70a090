"""Licence notices in text: SPDX tags, known licence texts, and the usual sentences.

Three matchers, the surest first:

* SPDX tags (`SPDX-License-Identifier:`; SPDX 2.3 annex E, REUSE 3.3);
* `licenseclassifier`, a port of Google's licensecheck: whole licence texts and standard notices,
  word by word, with gaps where the wording may vary;
* phrases: see `indexer.licensing.phrases`.

The same notice is at the top of many files, so what was found is kept per distinct text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from attribution.licensing.evidence import UNIDENTIFIED
from attribution.licensing.expressions import NOASSERTION, license_ids
from attribution.licensing.names import normalize_license
from attribution.licensing.recognition import find_licenses
from indexer.licensing.comments import CommentText, Paragraph, has_any, later_comments
from indexer.licensing.phrases import find_permission, find_phrases

__all__ = [
    "Notice",
    "Statement",
    "find_statement",
    "find_texts",
    "is_choice",
    "rider_of",
    "statement_of",
    "with_apache_exception",
]

_LEGAL_WORDS = (
    "licens", "licenc", "copying", "warrant", "redistribut", "public domain", "public-domain",
    "permission", "spdx", "copyleft", "free software", "unlimited", "unrestricted",
    "see copyright notice",
)  # fmt: skip
_GPL = re.compile(r"\b[al]?gpl")
_GAP = 3  # blank lines at most between a notice and its conditions
# Words of conditions, which may fill paragraphs of their own below the one that has a legal word.
_CONDITIONS = (
    "misrepresent", "notice", "liab", "conditions", "merchantab", "damages", "copyright holder",
    "disclaim", "restrictions", "altered", "acknowledg", "exception", "additional permission",
)  # fmt: skip
_AS_IS = re.compile(r"as[- ]is\b")
_TAG = re.compile(r"SPDX-License-Identifier:[ \t]*(\S.*)")
_SNIPPET = re.compile(r"SPDX-SnippetBegin.*?(?:SPDX-SnippetEnd|\Z)", re.DOTALL)
_IGNORED = re.compile(r"REUSE-IgnoreStart.*?(?:REUSE-IgnoreEnd|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Notice:
    """One licence in a text."""

    expression: str  # SPDX
    start: int  # offset in the text
    end: int


class Statement(NamedTuple):
    """What a text says about a licence."""

    expression: str  # SPDX; NOASSERTION for a family, a file, or an unknown licence
    matcher: str  # "SPDX tag", "notice", "phrase", "link", "pointer", UNIDENTIFIED
    lines: tuple[int, int]  # 1-based, inclusive
    # Of a name that may mean several licences ("BSD", "GPL"); beside a known expression, that
    # name is the other side of a choice.
    family: str = ""
    file: str = ""  # the file that it points to; "." for "the same licence as the package"


def statement_of(
    content: bytes, language: str | None, comment: CommentText | None
) -> Statement | None:
    """What a file says of its licence in its leading comments, else in later ones."""
    found = find_statement(comment)
    if found is None or found.matcher == UNIDENTIFIED:
        later = find_statement(later_comments(content, language))
        if later is not None and later.expression != NOASSERTION:
            return later
    return found


def find_statement(comment: CommentText | None) -> Statement | None:
    """What a comment says about the licence of its file; None when it does not speak of one."""
    part = None if comment is None else _legal_part(comment.paragraphs)
    if comment is None or part is None:
        return None
    first, end = part
    found = _statement("\n".join(comment.lines[first:end]))
    if found is None:
        return None
    start, stop = (comment.numbers[min(first + n, len(comment.numbers) - 1)] for n in found.lines)
    return found._replace(lines=(start, stop))


def _legal_part(paragraphs: Iterable[Paragraph]) -> tuple[int, int] | None:
    """[first, end) of the lines: whole paragraphs, from the first legal word to the last.

    Paragraphs of conditions below the last one belong to it.
    """
    first, end = -1, 0
    for start, stop, text in paragraphs:
        if _is_legal(text):
            first, end = (start if first < 0 else first), stop
        elif first >= 0 and start - end <= _GAP and _is_condition(text):
            end = stop
    return (first, end) if first >= 0 else None


@lru_cache(maxsize=1 << 14)
def _is_legal(paragraph: str) -> bool:
    lower = paragraph.lower()
    return has_any(lower, _LEGAL_WORDS) or ("gpl" in lower and _GPL.search(lower) is not None)


@lru_cache(maxsize=1 << 14)
def _is_condition(paragraph: str) -> bool:
    lower = paragraph.lower()
    return has_any(lower, _CONDITIONS) or _AS_IS.search(lower) is not None


@lru_cache(maxsize=1 << 15)
def _statement(text: str) -> Statement | None:
    """The statement of a text; `lines` count from 0 here."""
    if "REUSE-Ignore" in text or "SPDX-Snippet" in text:
        # blanked, not removed: the lines that follow keep their numbers
        for pattern in (_IGNORED, _SNIPPET):
            text = pattern.sub(lambda m: "\n" * m[0].count("\n"), text)
    if tags := _tags(text):
        return _stated(text, tags, "SPDX tag")
    texts = find_texts(text)
    phrases = []
    if not texts or _is_legal(_around(text, texts)):
        phrases = [
            p for p in find_phrases(text) if not any(n.start <= p.start < n.end for n in texts)
        ]
    notices = {n.expression for n in texts}
    named = [
        Notice(p.expression, p.start, p.end)
        for p in phrases
        # "licensed under the LGPL v3" above a notice that also allows later versions
        if p.expression not in (NOASSERTION, *(n.replace("-or-later", "-only") for n in notices))
    ]
    if texts or named:
        stated = _stated(text, [*texts, *named], "notice" if texts else "phrase")
        families = [Notice(p.family, p.start, p.end) for p in phrases if p.family]
        if len(named) == 1 and not texts and families and is_choice(text, [*named, *families]):
            return stated._replace(family=families[0].expression)
        return stated
    if links := _links(text):
        return _stated(text, links, "link")
    if phrases:
        first = phrases[0]
        lines = _lines(text, first.start, first.end)
        matcher = "pointer" if first.file else "phrase"
        return Statement(NOASSERTION, matcher, lines, first.family, first.file)
    if permission := find_permission(text):
        return Statement(NOASSERTION, UNIDENTIFIED, _lines(text, *permission))
    return None


def _stated(text: str, notices: list[Notice], matcher: str) -> Statement:
    known = [n for n in notices if n.expression != NOASSERTION]
    expressions = list(dict.fromkeys(n.expression for n in known))
    if matcher != "SPDX tag":
        expressions = [
            rider_of(text, notices) or e if i == 0 else e for i, e in enumerate(expressions)
        ]
        expressions = _without_parts(expressions)
    operator = " OR " if matcher != "SPDX tag" and is_choice(text, known) else " AND "
    # The licence of a build file is none of the choices that its package offers.
    build = [e for e in expressions if e.startswith("FSF")]
    rest = [e for e in expressions if e not in build]
    sides = [*build, operator.join(f"({e})" for e in rest)] if rest else build
    expression = normalize_license(" AND ".join(f"({side})" for side in sides))
    expression = _with_exception(text, expression)
    start, end = min(n.start for n in notices), max(n.end for n in notices)
    return Statement(expression, matcher, _lines(text, start, end))


def _lines(text: str, start: int, end: int) -> tuple[int, int]:
    return text.count("\n", 0, start), text.count("\n", 0, max(end - 1, start))


def _without_parts(expressions: list[str]) -> list[str]:
    """Less what another one says more precisely: a tri-licence beside its parts."""
    ids = [license_ids(e) for e in expressions]
    return [
        e
        for i, e in enumerate(expressions)
        if not any(ids[i] < other for j, other in enumerate(ids) if j != i)
    ]


# ---- SPDX tags ----


def _tags(text: str) -> list[Notice]:
    return [
        Notice(normalize_license(m[1].strip(" \t*/#-;<>!%\"'")), m.start(), m.end())
        for m in _TAG.finditer(text)
    ]


# ---- licence texts and standard notices ----


def find_texts(text: str) -> list[Notice]:
    """Known licence texts and standard notices in a text, in order."""
    return [Notice(t.expression, t.start, t.end) for t in find_licenses(text) if not t.is_address]


def _links(text: str) -> list[Notice]:
    """Addresses of known licences, after a word that makes them the licence of something."""
    return [
        Notice(t.expression, t.start, t.end)
        for t in find_licenses(text)
        if t.is_address
        and re.search(r"licen[cs]|under|terms", text[max(0, t.start - 120) : t.start], re.I)
    ]


# ---- what is said around a licence ----

_CHOICE = re.compile(
    r"""\b(?:dual|tri|triple|multi)[- ]?licen[cs]
    |\b(?:under|of)[ ](?:either|any[ ]one|one|any)[ ]of\b
    |\bat[ ]your[ ](?:choice|discretion|preference)|\bat[ ]your[ ]option(?!,?\)?[ ]any[ ]later)
    |\bchoose[ ](?:between|one|which|either|whichever)|\bchoice[ ]of[ ](?!law)
    |\balternatively\b(?!,[ ]if[ ]you[ ]modify)|\balternatives?\b
    |\beither[ ](?:of[ ])?(?:the[ ])?(?:following|\S+(?:[ ]\S+){0,8}[ ]licen[cs]e,?[ ]or)\b
    |\b(?:licen[cs]e|gpl|lgpl|mit|bsd|apache|[0-9.]+),?[ ]or[ ](?:(?:under|alternatively),?[ ])?
     (?:the[ ]|an?[ ])?(?:terms[ ]of[ ])?(?:the[ ])?(?:\S+[ ]){0,6}(?:licen[cs]e|gpl|lgpl|mit|bsd)\b
    |\bor,?[ ](?:at[ ]your[ ](?:option|choice),?[ ])?(?:under[ ])?the[ ](?:terms[ ]of[ ])?
     (?:the[ ])?(?:\S+[ ]){0,6}licen[cs]e""",
    re.IGNORECASE | re.VERBOSE,
)
_LATER = re.compile(
    r"(?:,? or)?,? ?\(?at your option\)?,? (?:any (?:later|newer)|remove this)[^.;]*", re.IGNORECASE
)
_OF_A_PART = re.compile(r"\b(?:examples|documentation|recipes|logo|icons|fonts)\b", re.IGNORECASE)
_RIDERS = (
    (re.compile(r"commons clause", re.I), "LicenseRef-Commons-Clause"),
    (re.compile(r"shall be used for good, not evil", re.I), "JSON"),
    (re.compile(r"\bmilitary\b|nuclear facilit", re.I), "LicenseRef-restricted-use"),
    (
        re.compile(
            r"non-?commercial (?:use|purposes?|users?)|not for commercial use|no commercial use"
            r"|for research purposes only|academic use only",
            re.I,
        ),
        "LicenseRef-NonCommercial",
    ),
)


def _around(text: str, notices: list[Notice]) -> str:
    """What is written before, between and behind some notices, on one line."""
    parts, at = [], 0
    for notice in sorted(notices, key=lambda n: n.start):
        parts.append(text[at : notice.start])
        at = max(at, notice.end)
    parts.append(text[at:])
    return " ".join(" ".join(parts).split())


def is_choice(text: str, notices: list[Notice]) -> bool:
    """Whether a text about several licences offers a choice of them."""
    if len({n.expression for n in notices}) < 2:
        return False
    said = " ".join(text.split()) if len(text) < 4000 else _around(text, notices)
    return any(
        _CHOICE.search(sentence) and not _OF_A_PART.search(sentence)
        for sentence in _LATER.sub("", said).split(". ")
    )


def rider_of(text: str, notices: list[Notice]) -> str | None:
    """A condition, beside a licence's own words, that makes another licence of it."""
    said = _around(text, notices)
    return next((name for pattern, name in _RIDERS if pattern.search(said)), None)


# ---- exceptions to the GNU licences ----

# What gives an exception away in a notice that speaks of one; in lower case, on one line.
_EXCEPTIONS = tuple(
    (re.compile(pattern, re.VERBOSE), name)
    for pattern, name in (
        (r"autoconf[ ]macro'?s[ ]copyright[ ]owner", "Autoconf-exception-macro"),
        (r"configuration[ ]script[ ]generated[ ]by[ ]autoconf|autoconf.{0,80}configure[ ]script",
         "Autoconf-exception"),
        (r"bison[ ]parser[ ]skeleton|parser[ ]skeleton.{0,80}special[ ]exception",
         "Bison-exception-2.2"),
        (r"built[ ]using[ ]gnu[ ]libtool", "Libtool-exception"),
        (r"gcc[ ]runtime[ ]library[ ]exception", "GCC-exception-3.1"),
        (r"classpath\"?[ ]exception"
         r"|linking[ ]this[ ]library[ ]statically[ ]or[ ]dynamically[ ]with[ ]other[ ]modules",
         "Classpath-exception-2.0"),
        (r"instantiate[ ]templates[ ]or[ ]use[ ]macros[ ]or[ ]inline[ ]functions",
         "eCos-exception-2.0"),
        (r"compiled[ ]version[ ]of[ ]this[ ]file[ ]into[ ]combinations", "GCC-exception-2.0"),
        (r"(?:exception|permission|link).{0,160}openssl", "OpenVPN-openssl-exception"),
        (r"(?:qt|digia|nokia|trolltech).{0,30}lgpl[ ]exception", "Qt-LGPL-exception-1.1"),
        (r"qt.{0,20}gpl[ ]exception", "Qt-GPL-exception-1.0"),
        (r"wxwindows[ ]library[ ](?:licen[cs]e|exception)", "WxWindows-exception-3.1"),
        (r"font[ ]exception|embed[ ]this[ ]font", "Font-exception-2.0"),
        (r"linux-syscall-note", "Linux-syscall-note"),
        (r"ocaml.{0,40}linking[ ]exception"
         r"|work[ ]that[ ]uses[ ]the[ ]library\"?.{0,60}publicly[ ]distributed[ ]version",
         "OCaml-LGPL-linking-exception"),
        (r"fltk.{0,30}exception", "FLTK-exception"),
        (r"universal[ ]foss[ ]exception", "Universal-FOSS-exception-1.0"),
    )
)  # fmt: skip


_APACHE_EXCEPTIONS = (
    (re.compile(r"\bllvm[- ]exceptions?\b", re.IGNORECASE), "LLVM-exception"),
    (re.compile(r"\bruntime library exception\b", re.IGNORECASE), "Swift-exception"),
)


def with_apache_exception(text: str, expression: str) -> str:
    """The expression, where it has Apache-2.0 alone, with the exception that the text names."""
    if "Apache-2.0" not in license_ids(expression) or " WITH " in expression:
        return expression
    name = next((name for pattern, name in _APACHE_EXCEPTIONS if pattern.search(text)), None)
    return expression.replace("Apache-2.0", f"Apache-2.0 WITH {name}") if name else expression


_PERMITTED = re.compile(
    r"exception|additional\s+permission|permission\s+is\s+granted\s+to\s+link", re.IGNORECASE
)


def _with_exception(text: str, expression: str) -> str:
    """The expression with what the text permits beyond its licence."""
    if " WITH " in expression or not _PERMITTED.search(text):
        return expression
    ids = license_ids(expression)
    gnu = [i for i in ids if re.match(r"[AL]?GPL-", i)]
    if len(gnu) != 1:
        return with_apache_exception(text, expression)
    flat = " ".join(text.lower().split())
    name = next((name for pattern, name in _EXCEPTIONS if pattern.search(flat)), None)
    if name is None:
        return expression
    if name == "Autoconf-exception":
        name += "-3.0" if "-3.0" in gnu[0] else "-2.0"
    found = normalize_license(expression.replace(gnu[0], f"{gnu[0]} WITH {name}"))
    return expression if found == NOASSERTION else found
