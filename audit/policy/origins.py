"""Which places of a source are its probable origin, as far as anything speaks for one.

The look-up always names one (attribution.ranking): the earliest, else the most starred, else
simply the first of a list. Where date and stars do not tell places apart, the one that it named is
as good as the others, and nothing that a policy decides may hang on which it was.
"""

from __future__ import annotations

from attribution.types import Source

__all__ = ["probable"]


def probable(source: Source) -> tuple[int, ...]:
    """Positions in `source.occurrences` of the probable origin and of all that are its equal.

    The named origin comes first. Empty when no place is listed.
    """
    occurrences = source.occurrences
    if source.origin is None:
        own = [at for at, one in enumerate(occurrences) if not one.vendored]
        return tuple(own or range(len(occurrences)))
    at = source.cited_at
    if len(occurrences) == 1:
        return (at,)
    origin = occurrences[at]
    vendored, date, stars = origin.vendored, origin.date, origin.stars or 0
    return (
        at,
        *(
            i
            for i, one in enumerate(occurrences)
            if i != at
            and one.date == date
            and one.vendored == vendored
            and (one.stars or 0) == stars
        ),
    )
