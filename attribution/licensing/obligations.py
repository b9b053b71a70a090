"""What a licence asks of those who pass code on.

The table is our own, `obligations.toml`: some hundred licences, each obligation with where the
licence says it. It answers "what do I have to do to use this?", not every legal question: a licence
that is not in it asks for something that is not known, never for nothing.
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

from attribution.licensing.expressions import LicenseTerm, license_term

__all__ = ["LicenseObligations", "Obligation", "ObligationKind", "in_words", "obligations"]

_UNKNOWN = "what this licence asks for is not known"


class ObligationKind(enum.StrEnum):
    """What a licence can ask for, in the order in which it is listed."""

    KEEP_NOTICE = "keep-notice"  # copyright notices
    INCLUDE_TEXT = "include-text"  # of the licence
    INCLUDE_NOTICE = "include-notice"  # the contents of the project's NOTICE file
    STATE_CHANGES = "state-changes"
    OFFER_SOURCE = "offer-source"
    SAME_LICENSE = "same-license"
    NETWORK_USE = "network-use"  # the source code for users over a network too
    NO_ENDORSEMENT = "no-endorsement"


_WORDS = {
    ObligationKind.KEEP_NOTICE: "keep the copyright notice",
    ObligationKind.INCLUDE_TEXT: "include the licence text",
    ObligationKind.INCLUDE_NOTICE: "include its NOTICE file",
    ObligationKind.STATE_CHANGES: "state your changes",
    ObligationKind.OFFER_SOURCE: "offer the source code",
    ObligationKind.SAME_LICENSE: "use the same licence",
    ObligationKind.NETWORK_USE: "offer the source code to users over a network",
    ObligationKind.NO_ENDORSEMENT: "do not use the authors' names for promotion",
}


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing that a licence asks for."""

    kind: ObligationKind
    where: str  # the part of the licence that asks for it, such as "sec. 4(d)"


@dataclass(frozen=True, slots=True)
class LicenseObligations:
    """What one licence of an expression asks for."""

    license: str  # SPDX id, without its exception
    exception: str = ""  # id behind its WITH: it may waive some of the obligations
    obligations: tuple[Obligation, ...] = ()
    known: bool = False  # whether the table has the licence
    complete: bool = False  # False: it may ask for more

    @property
    def text(self) -> str:
        """The licence and its exception, as SPDX writes them."""
        return f"{self.license} WITH {self.exception}" if self.exception else self.license

    def asks_for(self, kind: ObligationKind) -> bool:
        """Whether the licence is known to ask for this."""
        return any(obligation.kind is kind for obligation in self.obligations)


@lru_cache(maxsize=65536)
def obligations(expression: str) -> tuple[LicenseObligations, ...]:
    """What each licence of an SPDX expression asks for, in its order; () for NOASSERTION.

    Of licences joined by OR, one is chosen, and only what that one asks for is owed.
    """
    term = license_term(expression)
    return () if term is None else tuple(dict.fromkeys(_licenses(term)))


@lru_cache(maxsize=65536)
def in_words(expression: str) -> tuple[str, ...]:
    """What an SPDX expression asks for, for people: a line for each choice, usually one.

    For example "keep the copyright notice and the licence text (MIT)".
    """
    term = license_term(expression)
    if term is None:
        return (_UNKNOWN,)
    if term.operator != "OR":
        return (_clause(term),)
    first, *others = (_clause(part) for part in term.parts)
    return (f"one of: {first}", *(f"or: {other}" for other in others))


def _licenses(term: LicenseTerm) -> Iterator[LicenseObligations]:
    if term.parts:
        for part in term.parts:
            yield from _licenses(part)
    else:
        owed = _table().get(term.license, LicenseObligations(term.license))
        yield replace(owed, exception=term.exception)


def _clause(term: LicenseTerm) -> str:
    if term.operator == "OR":  # inside AND
        return "either " + ", or ".join(_clause(part) for part in term.parts)
    together = [part for part in term.parts if part.operator] if term.operator else []
    singles = [part for part in term.parts or (term,) if not part.operator]
    by_words: dict[str, list[str]] = {}
    for single in singles:
        for owed in _licenses(single):
            by_words.setdefault(_words(owed), []).append(owed.text)
    clauses = [f"{words} ({', '.join(licenses)})" for words, licenses in by_words.items()]
    return "; ".join([*clauses, *(_clause(part) for part in together)])


def _words(owed: LicenseObligations) -> str:
    if not owed.known:
        return _UNKNOWN
    words = [_WORDS[obligation.kind] for obligation in owed.obligations]
    if words[:2] == [_WORDS[ObligationKind.KEEP_NOTICE], _WORDS[ObligationKind.INCLUDE_TEXT]]:
        words[:2] = ["keep the copyright notice and the licence text"]
    if not words:
        words = ["no conditions"]
    if not owed.complete:
        words.append("and perhaps more")
    if owed.exception:
        words.append("some of which the exception may waive")
    return ", ".join(words)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, LicenseObligations]:
    data = resources.files("attribution.licensing") / "obligations.toml"
    table = {}
    for row in tomllib.loads(data.read_text("utf-8"))["licenses"]:
        owed = tuple(Obligation(kind, row[kind]) for kind in ObligationKind if kind in row)
        for id_ in row["ids"]:
            table[id_] = LicenseObligations(
                id_, obligations=owed, known=True, complete=not row.get("incomplete", False)
            )
    return table
