"""The hits of a search: with a time limit, and counted by facet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from attribution.deadline import Deadline, never
from attribution.errors import IndexIncompleteError
from attribution.index.interface import Index, WordHit, WordQuery
from attribution.index.occurrences import by_count

__all__ = ["NARROWER", "Facets", "TimedSearch", "count_facets"]

NARROWER = "Add words, or choose a language, licence or repository"


class TimedSearch:
    """The hits of a search with a time limit; afterwards, whether there may be more."""

    def __init__(
        self,
        index: Index,
        query: WordQuery,
        limit: int,
        seconds: float,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """Search.

        Args:
            cancelled: whether no one waits for the hits any more.

        Raises:
            InputError: the query has nothing to search for or to look up.
            CorpusIndexError: the index is damaged or does not answer.
        """
        self._deadline = Deadline(seconds, cancelled)
        self._lacking: str | None = None
        try:
            self._hits = index.search(query, limit=limit, stop=self._deadline)
        except IndexIncompleteError as error:
            self._lacking = f"there may be more hits: {error.lacking}"
            self._hits = iter(error.hits)

    def __iter__(self) -> Iterator[WordHit]:
        return self._hits

    @property
    def reason(self) -> str | None:
        """Why the hits are partial; None when they are not."""
        expired = self._deadline.reason
        return self._lacking or (expired and f"{expired}: there may be more hits")

    @property
    def expired(self) -> bool:
        """Whether that is the time limit."""
        return self._lacking is None and self._deadline.reached

    @property
    def remedy(self) -> str:
        """What to do then."""
        return NARROWER if self._lacking is None else "Try again, or leave that index out"


@dataclass(frozen=True, slots=True)
class Facets:
    """Hits per value, most frequent first; a document counts once for each of its values."""

    languages: dict[str, int]
    licenses: dict[str, int]  # per SPDX expression
    repositories: dict[str, int]
    of: int  # hits counted
    complete: bool  # whether these were all hits


def count_facets(hits: Iterable[WordHit], most: int) -> Facets:
    """Count up to `most` hits, best first; takes one more to learn whether there are more.

    Hits are verified on their texts, so counting all of them would read all those texts.
    """
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
