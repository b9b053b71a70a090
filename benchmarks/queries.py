"""The queries of the benchmark: functions and parts of them, changed, with the right answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks import transforms
from benchmarks.corpus import Corpus
from benchmarks.pool import Sample, build_pool
from benchmarks.truth import holders

__all__ = ["KINDS", "LENGTHS", "Query", "QuerySet", "build_queries"]

KINDS = ("verbatim", "reindented", "locals renamed", "all renamed", "edited", "pasted")
LENGTHS = (3, 5, 8, 15, 30)  # lines of a window
WINDOW_KINDS = ("verbatim", "all renamed", "edited")
PASTED_LINES = 5
LONGEST_FUNCTION = 40  # lines of a function, for the main kinds


@dataclass(frozen=True, slots=True)
class Query:
    """One query."""

    kind: str  # one of KINDS
    length: int  # lines of the window; 0 for a whole function of 8-40 lines
    code: str  # the code to look up
    original: str  # the code before the change
    sample: Sample
    holders: frozenset[str]  # indexed documents that contain the original; empty if never indexed

    @property
    def indexed(self) -> bool:
        """Whether there is a right answer."""
        return bool(self.holders)


@dataclass(frozen=True, slots=True)
class QuerySet:
    """All queries, and how many were left out."""

    queries: tuple[Query, ...]
    left_out: dict[str, int]  # number of queries, by reason


def build_queries(corpus: Corpus, count: int, *, windows: bool = True) -> QuerySet:
    """Queries from `count` functions per language, half of them in each half of the packages.

    Without `windows` only whole functions are changed, and five lines pasted.
    """
    pool = build_pool(corpus, count // 2)
    drafts = [draft for sample in pool for draft in drafts_of(sample, windows=windows)]
    # One scan finds the originals, and the hosts that five lines are pasted into.
    originals = sorted({original for _, _, _, original in drafts})
    hosts = sorted({sample.host for sample in pool if sample.host})
    holding = dict(zip([*originals, *hosts], holders(corpus, [*originals, *hosts]), strict=True))
    kept: list[Query] = []
    left_out: Counter[str] = Counter()
    for (sample, kind, length, original), code in zip(drafts, codes(drafts), strict=True):
        documents = holding[original]
        if documents is None:
            left_out["fewer than 24 characters"] += 1
        elif code is None:
            left_out["nothing to change (no locals, or only comments)"] += 1
        elif not sample.indexed and documents:
            left_out["from a held-out package, but also in the index word for word"] += 1
        elif sample.indexed and not documents:
            left_out["drawn from the index, but not found again (a bug)"] += 1
        elif kind == "pasted" and holding[sample.host]:
            left_out["pasted into forty lines that are also in the index"] += 1
        else:
            kept.append(Query(kind, length, code, original, sample, frozenset(documents)))
    return QuerySet(tuple(kept), dict(left_out))


Draft = tuple[Sample, str, int, str]  # sample, kind, length, original


def drafts_of(sample: Sample, *, windows: bool) -> Iterator[Draft]:
    """The queries to make from a sample."""
    if sample.lines <= LONGEST_FUNCTION:
        for kind in KINDS[:-1]:
            yield sample, kind, 0, sample.text
        five = transforms.excerpt(sample.text, PASTED_LINES)
        if five and sample.host:
            yield sample, "pasted", 0, five
    for length in LENGTHS if windows else ():
        window = transforms.excerpt(sample.text, length)
        if window:
            for kind in WINDOW_KINDS:
                yield sample, kind, length, window


def codes(drafts: Sequence[Draft]) -> Iterator[str | None]:
    """The changed code of each draft; None where the change does not apply."""
    for sample, kind, _, original in drafts:
        code = changed(original, kind, sample.language, sample.host)
        yield code if code and code.strip() else None


def changed(original: str, kind: str, language: str, host: str) -> str | None:
    """The original with the change of `kind`."""
    match kind:
        case "verbatim":
            return original
        case "reindented":
            return transforms.reindented(original, language)
        case "locals renamed":
            return transforms.rename_locals(original, language)
        case "all renamed":
            return transforms.rename_all(original, language)
        case "edited":
            return transforms.edited(original, language)
        case "pasted":
            return transforms.pasted(original, host)
    raise ValueError(f"{kind} is not one of {KINDS}")
