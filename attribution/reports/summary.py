"""An answer in two sentences: how much of the snippet is explained, and by what."""

from __future__ import annotations

from collections import Counter

from attribution.licensing.expressions import NOASSERTION
from attribution.reports.numbers import count_of, percent
from attribution.types import Attribution, IndexSummary, MatchKind

__all__ = [
    "coverage_in_words",
    "licenses_in_words",
    "listed_in_words",
    "searched_in_words",
    "sources_in_words",
]

_LICENSES = 8  # named; the others are counted


def coverage_in_words(attribution: Attribution) -> str:
    """`Of 4,034 tokens: 90% verbatim, 2% common, 8% no match.`"""
    tokens = Counter[MatchKind | None]()
    for part in attribution.coverage:
        tokens[part.kind] += part.tokens
    total = attribution.tokens
    shares = [
        f"{percent(tokens[kind] / total)} {kind or 'common'}"
        for kind in (*MatchKind, None)
        if tokens[kind]
    ]
    rest = total - sum(tokens.values())
    if rest > 0:
        shares.append(f"{percent(rest / total)} no match")
    return f"Of {count_of(total, 'token')}: {', '.join(shares)}."


def sources_in_words(attribution: Attribution) -> str:
    """`7 sources; licences BSD-3-Clause (4), Python-2.0 (2), not known (1).`"""
    sources = count_of(attribution.sources_total, "source")
    return f"{sources}; {licenses_in_words(attribution)}."


def licenses_in_words(attribution: Attribution) -> str:
    """`licences BSD-3-Clause (4), MIT (3)`; without counts when there is one source."""
    names = [
        "not known" if expression == NOASSERTION else expression
        for expression, _ in attribution.licenses
    ]
    if len(names) == 1:
        return f"licence {names[0]}"
    counted = [
        f"{name} ({count:,})" for name, (_, count) in zip(names, attribution.licenses, strict=True)
    ]
    left = len(counted) - _LICENSES
    more = f" and {left} more" if left > 0 else ""
    return f"licences {', '.join(counted[:_LICENSES])}{more}"


def listed_in_words(attribution: Attribution) -> str | None:
    """`10 of 35 sources`; None when all are listed."""
    listed, total = len(attribution.sources), attribution.sources_total
    return f"{listed:,} of {count_of(total, 'source')}" if listed < total else None


def searched_in_words(index: IndexSummary) -> str:
    """`demo of 2026-11-30`; of several indexes, each with its files."""
    if not index.indexes:
        return f"{index.name} of {index.date[:10]}"
    return " and ".join(
        f"{one.name} of {one.date[:10]} ({count_of(one.documents, 'file')})"
        for one in index.indexes
    )
