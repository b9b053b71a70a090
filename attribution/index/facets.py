"""Facets of a word search: hits per language, licence and repository.

Hits are verified on their texts, so counting all of them would read them all. Only the best are
counted; the answer says how many, and whether there are more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from attribution.index.interface import WordHit
from attribution.index.occurrences import by_count

__all__ = ["Facets", "count_facets"]


@dataclass(frozen=True, slots=True)
class Facets:
    """Hits per value, most frequent first; a document counts once for each of its values."""

    languages: dict[str, int]
    licenses: dict[str, int]  # per SPDX expression
    repositories: dict[str, int]
    of: int  # hits counted
    complete: bool  # whether these were all hits


def count_facets(hits: Iterable[WordHit], most: int) -> Facets:
    """Count up to `most` hits; takes one more to learn whether there are more."""
    languages: Counter[str] = Counter()
    licenses: Counter[str] = Counter()
    repositories: Counter[str] = Counter()
    rest = iter(hits)
    of = 0
    for hit in islice(rest, most):
        of += 1
        languages[hit.document.language] += 1
        licenses.update({o.license.expression for o in hit.occurrences})
        repositories.update({o.repository for o in hit.occurrences})
    return Facets(
        by_count(languages),
        by_count(licenses),
        by_count(repositories),
        of,
        next(rest, None) is None,
    )
