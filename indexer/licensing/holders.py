"""Copyright statements: who holds the copyright of a file, in the file's own words.

A statement is a copyright sign or word followed by years and a name, in the forms that REUSE 3.3
lists and those that people write. Sentences about copyright ("the above copyright notice", "the
copyright holders") are not statements.
"""

from __future__ import annotations

import re
from functools import lru_cache

from attribution.types import Holder
from indexer.licensing.comments import CommentText, has_any

__all__ = ["find_holders", "read_holder"]

_MOST = 24  # statements of one file
_YEAR = r"(?:19[6-9]\d|20\d\d)"
_YEARS = rf"{_YEAR}(?:\s*(?:-|–|—|to|,|&|and|/|;)\s*(?:{_YEAR}|\d\d\b|present|now|today|\*))*"
_SIGN = r"(?:\(c\)|©|&copy;|copyright\b|\(copyright\)|copr\.)"
_SIGNS = ("copyright", "(c)", "©", "&copy;", "copr.")
_STATEMENT = re.compile(
    rf"SPDX-(?:File|Snippet)CopyrightText:\s*(?P<spdx>\S.*)"
    rf"|(?:^|[\s*@\\.;,\"'(])(?P<sign>{_SIGN}(?:[\s:,]*{_SIGN})*)[\s:,.=-]*(?P<rest>\S.*)?$",
    re.IGNORECASE,
)
# What follows the word in sentences that are no statements.
_PROSE = re.compile(
    # "(c)" also numbers the clauses of a licence
    r"(?:(?:you|your|this|that|if|when|where|any|all|each|every|no|not|must|may|shall)\b"
    r"|notices?|holders?|owners?|laws?|act|statements?|licen[cs]e|and licen[cs]e|and permission"
    r"|and other|or other|is held|in the|on the|protect|infring|status|information|interest"
    r"|disclaimer|remains|belongs|assign|conditions|terms|to this|of this|for the|file\b|header"
    r"|symbol|sign\b|years?\b|text\b|string|line\b|message|comments?|claims?|issues?|material"
    r"|treaties|and/or|restrictions?|registration|i\.e\.|[=<{$%\[\\])",
    re.IGNORECASE,
)
_LEADING = re.compile(rf"^(?:{_SIGN}|by\b|[\s:,.;=-])+", re.IGNORECASE)
_TRAILING = re.compile(
    r"[\s,;:]*(?:all rights? reserved|some rights reserved"
    r"|see (?:the )?(?:file|copying|licen|authors)|licen[cs]ed under|released under"
    r"|distributed under|this (?:file|program|software|code|library)"
    r"|permission is|redistribution|under the terms|published under|use of this).*$",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"[<\[{](?:year|name|author|owner|yyyy)|\byyyy\b|name of (?:copyright|author)|the package's",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"\b(?:inc|ltd|co|corp|jr|sr|llc|s\.a|e\.v|al)\.$", re.IGNORECASE)


def find_holders(comment: CommentText | None) -> tuple[Holder, ...]:
    """The copyright statements of a comment, distinct and in order."""
    if comment is None:
        return ()
    found: dict[tuple[str, str], Holder] = {}
    for paragraph in comment.paragraphs:
        for holder in _stated(paragraph.text):
            found.setdefault((holder.years, holder.name.lower()), holder)
    return tuple(found.values())[:_MOST]


@lru_cache(maxsize=1 << 14)  # the same notice is in many files
def _stated(paragraph: str) -> tuple[Holder, ...]:
    if not has_any(paragraph.lower(), _SIGNS):
        return ()
    found: list[Holder] = []
    lines = paragraph.split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        match = _STATEMENT.search(line)
        if match is None:
            continue
        rest = match["spdx"] or match["rest"] or ""
        if not _named(rest) and below:
            rest = f"{rest} {below}".lstrip()  # the name is on the next line
        if match["spdx"] is None and _PROSE.match(rest):
            continue
        holder = read_holder(rest)
        if holder is not None and (
            match["spdx"] or holder.years or _looks_like_a_name(holder.name)
        ):
            found.append(holder)
    return tuple(found)


@lru_cache(maxsize=1 << 14)  # a repository has few holders
def read_holder(text: str) -> Holder | None:
    """The years and the name of a statement without its sign; None without a name."""
    text = " ".join(text.split())
    if _PLACEHOLDER.search(text):
        return None
    text = _LEADING.sub("", text)
    years = ""
    if match := re.match(rf"\(?({_YEARS})\)?", text, re.IGNORECASE):
        years = re.sub(r"\s*(-|–|—|to)\s*", "-", match[1]).replace(" ,", ",")
        text = text[match.end() :]
    elif match := re.search(rf"[\s,(]+({_YEARS})\)?[\s.,]*$", text, re.IGNORECASE):
        years, text = match[1], text[: match.start()]
    text = _TRAILING.sub("", _LEADING.sub("", text))
    name = text.strip(" \t,;:*/#-|\"'")
    if not _ABBREVIATION.search(name):
        name = name.removesuffix(".")
    if not re.search(r"[^\W\d_]{2}", name) or len(name) > 200:
        return None
    return Holder(years, name)


def _named(text: str) -> bool:
    without = re.sub(_YEARS, "", _LEADING.sub("", text), flags=re.IGNORECASE)
    return bool(re.search(r"[^\W\d_]{2}", without))


def _looks_like_a_name(name: str) -> bool:
    """Whether a statement without years names someone: words that begin in upper case."""
    words = re.findall(r"[^\W\d_][\w.'-]*", name)
    if not words or len(words) > 12 or (name.isupper() and len(words) > 3):
        return False
    first = words[1] if words[0].lower() in ("the", "by") and len(words) > 1 else words[0]
    return first[0].isupper() or "@" in name
