"""Computes the bars and tables of quality from the results; needs no index and no files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attribution.types import Label
from benchmarks.copies import Copies, find_copies
from benchmarks.metrics import rate, reliability, threshold_for
from benchmarks.pool import GROUPS
from benchmarks.queries import KINDS, LENGTHS, WINDOW_KINDS, QuerySet
from benchmarks.query_result import QueryResult
from benchmarks.report import Bar, Part, Table, percent

__all__ = ["figures"]

ALLOWED = 0.01  # share of never-indexed functions that may be reported
# Design section 9: recall@1, and the same at 1 % of false alarms.
BARS = {
    "verbatim": (0.99, 0.97),
    "reindented": (0.99, 0.97),
    "all renamed": (0.92, 0.82),
    "edited": (0.94, 0.88),
    "pasted": (0.75, 0.50),
}


def figures(answers: Sequence[QueryResult], asked: QuerySet) -> Part:
    """The bars and tables of quality."""
    copies = find_copies(answers)
    everything = answers
    answers = [a for a in answers if not copies.include(a)]
    functions = [a for a in answers if a.query.length == 0]
    fit = [a.confidence for a in functions if negative(a) and a.query.sample.half == "fit"]
    threshold = threshold_for(fit, ALLOWED)
    report = [a for a in functions if a.query.sample.half == "report"]
    windows = [a for a in answers if a.query.length and a.query.sample.half == "report"]
    left_out = "; ".join(f"{count} {why}" for why, count in sorted(asked.left_out.items()))
    notes: tuple[str, ...] = (
        f"{len(answers)} queries, {sum(map(negative, answers))} of them with code that was never "
        f"indexed. Figures are of the report half; the threshold of confidence fitted on the other "
        f"half is {threshold:.4f}. All figures are in per cent. Left out: {left_out}.",
    )
    strict = [a for a in everything if a.query.length == 0 and a.query.sample.half == "report"]
    notes += (
        f"{len(copies.samples)} held-out functions and {len(copies.hosts)} passages of forty lines "
        "are edited copies of indexed code (listed at the end) and are not in these figures. "
        f"With them, {percent(alarms_above(strict, threshold))} of the never-indexed code "
        f"would be above the threshold and {percent(alarms_labelled(strict))} reported by label.",
    )
    tables = (
        by_kind(report, threshold),
        by_language(report, threshold),
        by_length(windows, threshold),
        labels(report),
        calibration(report),
        alarms(report, threshold),
        copied(copies),
    )
    return Part("Quality", bars(report, threshold), tables, notes)


def negative(answer: QueryResult) -> bool:
    """Whether the query was code that was never indexed."""
    return not answer.query.sample.indexed


def recall(answers: Iterable[QueryResult]) -> float:
    """Share of indexed code whose first document is right."""
    return rate([a.right for a in answers if not negative(a)])


def recall_above(answers: Iterable[QueryResult], threshold: float) -> float:
    """The same for the first document whose confidence is above the threshold."""
    return rate([a.right_above(threshold) for a in answers if not negative(a)])


def recall_labelled(answers: Iterable[QueryResult]) -> float:
    """The same for the first reported source."""
    return rate([a.reported_right and a.reported for a in answers if not negative(a)])


def alarms_above(answers: Iterable[QueryResult], threshold: float) -> float:
    """Share of never-indexed code above the threshold."""
    return rate([a.confidence > threshold for a in answers if negative(a)])


def alarms_labelled(answers: Iterable[QueryResult]) -> float:
    """Share of never-indexed code that is reported."""
    return rate([a.reported for a in answers if negative(a)])


def bars(report: Sequence[QueryResult], threshold: float) -> tuple[Bar, ...]:
    """The two rows of design section 9, by kind, and the false alarms."""
    made = []
    for kind, (first, at_one) in BARS.items():
        own = [a for a in report if a.query.kind == kind]
        got = recall(own)
        made.append(Bar(f"recall@1, {kind}", f"{first:.0%}", percent(got), got >= first))
        got = recall_above(own, threshold)
        made.append(Bar(f"at 1 % alarms, {kind}", f"{at_one:.0%}", percent(got), got >= at_one))
    for name, got in (
        ("fitted threshold", alarms_above(report, threshold)),
        ("the product's labels", alarms_labelled(report)),
    ):
        made.append(Bar(f"never indexed, reported: {name}", "1%", percent(got), got <= ALLOWED))
    return tuple(made)


HEAD = ("queries", "recall@1", "at 1 %", "as labelled", "alarms at 1 %", "alarms as labelled")


def row(own: Sequence[QueryResult], threshold: float) -> tuple[str, ...]:
    """The figures of a group of answers, under HEAD."""
    return (
        f"{len(own) - sum(map(negative, own))} + {sum(map(negative, own))}",
        percent(recall(own)),
        percent(recall_above(own, threshold)),
        percent(recall_labelled(own)),
        percent(alarms_above(own, threshold)),
        percent(alarms_labelled(own)),
    )


def by_kind(report: Sequence[QueryResult], threshold: float) -> Table:
    """Functions of 8-40 lines, all languages."""
    rows = [(k, *row([a for a in report if a.query.kind == k], threshold)) for k in KINDS]
    note = "Queries: indexed code + code that was never indexed."
    return Table("Functions of 8-40 lines, by kind of change", ("kind", *HEAD), tuple(rows), note)


def by_language(report: Sequence[QueryResult], threshold: float) -> Table:
    """The same by language."""
    rows = []
    for group in GROUPS:
        for kind in KINDS:
            own = [a for a in report if a.query.kind == kind and a.query.sample.group == group]
            rows.append((group, kind, *row(own, threshold)))
    return Table("The same, by language", ("language", "kind", *HEAD), tuple(rows))


def by_length(windows: Sequence[QueryResult], threshold: float) -> Table:
    """Windows of a few lines."""
    rows = []
    for kind in WINDOW_KINDS:
        for length in LENGTHS:
            own = [a for a in windows if a.query.kind == kind and a.query.length == length]
            short = rate([a.label is None for a in own])
            rows.append((kind, str(length), *row(own, threshold), percent(short)))
    columns = ("kind", "lines", *HEAD, "too short to judge")
    return Table("Windows of functions, by length", columns, tuple(rows))


def labels(report: Sequence[QueryResult]) -> Table:
    """Shares of the labels."""
    names = [*Label, None]
    rows = []
    for indexed in (True, False):
        for kind in KINDS:
            own = [a for a in report if a.query.kind == kind and a.query.sample.indexed is indexed]
            counts = Counter(a.label for a in own)
            shares = (percent(counts[name] / max(1, len(own))) for name in names)
            rows.append(("indexed" if indexed else "never indexed", kind, *shares))
    columns = ("code", "kind", *(str(name or "not checked") for name in names))
    return Table("Labels", columns, tuple(rows))


def calibration(report: Sequence[QueryResult]) -> Table:
    """How often answers of each confidence are right."""
    given = [a for a in report if a.first]
    found = reliability([a.first[0].confidence for a in given], [a.right for a in given])
    rows = [
        (
            f"{b.low:.1f}-{b.high:.1f}",
            str(b.count),
            percent(b.mean_confidence),
            percent(b.share_right),
        )
        for b in found
    ]
    note = (
        "Right: the first document contains the original; never-indexed code has no right answer."
    )
    return Table("Calibration", ("confidence", "answers", "mean", "right"), tuple(rows), note)


def alarms(report: Sequence[QueryResult], threshold: float) -> Table:
    """The false alarms, most confident first."""
    false = [a for a in report if negative(a) and (a.confidence > threshold or a.reported)]
    false.sort(key=lambda a: -a.confidence)
    rows = [
        (
            a.query.kind,
            a.query.sample.language,
            a.query.sample.package,
            first_line(a),
            f"{a.confidence:.3f}",
            str(a.label),
            f"{a.first[0].containment:.2f}" if a.first else "",
            f"{a.common_lines:.2f}",
        )
        for a in false[:40]
    ]
    columns = ("kind", "language", "package", "first line", "confidence", "label", "contained")
    note = (
        f"{len(false)} in all, at most 40 shown. `lines`: the share of the original's lines that "
        "are also in the document, in any order; above a half it is an edited copy, not an alarm."
    )
    return Table("False alarms", (*columns, "lines"), tuple(rows), note)


def copied(copies: Copies) -> Table:
    """The held-out code that is a copy of indexed code."""
    rows = [
        (
            answer.query.sample.package,
            first_line(answer),
            f"{answer.copied:.2f}",
            str(answer.first[0].match_tokens),
            f"{answer.confidence:.3f}",
        )
        for answer in sorted(copies.examples, key=lambda result: result.copied)[:60]
    ]
    columns = ("package", "first line", "similarity", "tokens", "confidence")
    note = f"{len(copies.examples)} in all, at most 60 shown, least similar first."
    return Table("Held-out code that is copied", columns, tuple(rows), note)


def first_line(answer: QueryResult) -> str:
    """The first line of the original, for a table's cell."""
    lines = answer.query.original.strip().splitlines()
    return lines[0].strip()[:60].replace("|", "/")
