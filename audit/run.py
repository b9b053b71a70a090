"""`audit`: checks an input, judges it and stores the result.

Input -> Item | LeftOut
ParallelChecker -> Checked
Judgement -> FileReport
Spool, Tally -> Summary
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from attribution.errors import CorpusIndexError
from attribution.index import open_index
from attribution.locations import Locations, in_words
from attribution.reports.numbers import count_of
from attribution.settings import PRIVATE
from attribution.types import IndexSummary
from audit.checking.cache import state_of
from audit.checking.parallel import ParallelChecker
from audit.checking.settings import CheckSettings
from audit.decisions.deciding import Decisions
from audit.inputs.interface import Input
from audit.judgement import Judgement
from audit.policy.judging import Judge
from audit.policy.own import OwnCode
from audit.policy.policy import Policy
from audit.progress import Progress
from audit.spool import Spool
from audit.tally import Tally
from audit.types import Item, LeftOut, Severity, Summary

__all__ = ["AuditSettings", "audit"]


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Settings of an audit other than its input and policy."""

    location: Locations  # of the index
    jobs: int = 1  # processes
    cache: Path | None = None  # folder; None: no cache
    checks: CheckSettings = field(default_factory=CheckSettings)


def audit(
    source: Input,
    policy: Policy,
    own: OwnCode,
    decisions: Decisions,
    settings: AuditSettings,
    spool: Spool,
    progress: Progress | None = None,
    *,
    whole: bool = False,
) -> Summary:
    """Audit all of an input into `spool`.

    Args:
        whole: the input covers everything that the decisions are about, so a decision on a file
            that is missing from the input is stale.

    An index that cannot be opened is not an error here: every file is then reported as not
    checked, and the summary says why.

    Raises:
        InputError: the input cannot be read.
        WhenceError: a worker was killed.
    """
    progress = progress or Progress()
    began = datetime.datetime.now(datetime.UTC)
    clock = time.monotonic()
    index, index_error = _index_summary(settings.location)
    checker = ParallelChecker(
        settings.location,
        "" if index is None else state_of(index),
        settings.checks,
        settings.jobs,
        settings.cache if index is not None else None,
    )
    checker.down = index_error
    tally = _judged(source, checker, Judgement(Judge(policy, own), decisions), spool, progress)
    problems = []
    if index is not None and not index.documents:
        problems.append(
            f"the index {in_words(settings.location)} is empty, so nothing can be found"
        )
    if index_error is not None:
        problems.append(index_error)
    elif checker.down is not None:
        problems.append(f"the index stopped answering: {checker.down}")
    problems += _unchecked(tally, empty_is_fine=source.empty_is_fine)
    summary = Summary(
        tool=f"whence {metadata.version('whence')}",
        began=began.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 3),
        root=_title(source),
        index=index,
        policy=policy.name,
        fail_on=policy.fail_on,
        max_findings=policy.max_findings,
        coverage=tally.coverage(),
        open=_by_severity(tally),
        decided=dict(tally.decided),
        allowed=tally.allowed,
        verdicts=dict(tally.verdicts.most_common()),
        licenses=dict(tally.licenses.most_common()),
        labels=dict(tally.labels.most_common()),
        stale=decisions.stale(complete=whole and not problems),
        problems=tuple(problems),
        notes=(
            *policy.notes,
            *(() if index is None else own.unused_indexes(index)),
            *checker.warnings,
            *([PRIVATE] if settings.checks.private else ()),
            *_in_change(decisions),
        ),
    )
    spool.finish(summary)
    return summary


def _judged(
    source: Input,
    checker: ParallelChecker,
    judgement: Judgement,
    spool: Spool,
    progress: Progress,
) -> Tally:
    """Check and judge all of an input into `spool`; returns the counts."""
    tally = Tally()
    progress.begin(source.count())
    try:
        for entry in checker.check(_with_progress(source, progress)):
            if isinstance(entry, LeftOut):
                report, size, short, cached = judgement.left_out(entry), 0, False, False
            else:
                report = judgement.report(entry.item, entry.checked)
                size, short, cached = len(entry.item.code), entry.checked.too_short, entry.cached
            spool.add(report)
            tally.add(report, size, too_short=short, cached=cached)
            progress.done(report)
    finally:
        checker.close()
        progress.end()
    return tally


def _in_change(decisions: Decisions) -> Iterator[str]:
    if decisions.accepted_in_change:
        yield (
            f"{count_of(decisions.accepted_in_change, 'finding')} accepted in this change: the "
            "comments or baseline entries are part of it (a policy with decisions.in_change = "
            '"refuse" does not count them)'
        )


def _title(source: Input) -> str:
    """What was audited, for readers of a report; the name of the folder instead of "."."""
    name = "" if source.root is None else Path(source.root).name
    match source.title:
        case "" | ".":
            return name or "."
        case "-":
            return "standard input"
        case title if title.startswith("since "):
            return f"{name} {title}".strip()
        case title:
            return title


def _index_summary(location: Locations) -> tuple[IndexSummary | None, str | None]:
    """The summary of the index, or why it cannot be opened."""
    try:
        with open_index(location) as index:
            return index.summary(), None
    except CorpusIndexError as error:
        return None, str(error)


def _with_progress(source: Input, progress: Progress) -> Iterator[Item | LeftOut]:
    for entry in source.items():
        progress.read(entry)
        yield entry


def _unchecked(tally: Tally, *, empty_is_fine: bool) -> Iterator[str]:
    coverage = tally.coverage()
    if coverage.not_checked:
        yield f"{count_of(coverage.not_checked, 'item')} could not be checked"
    if coverage.partly:
        yield f"{count_of(coverage.partly, 'item')} could only be checked in part"
    seen = coverage.checked or coverage.partly or coverage.not_checked
    if not seen and not empty_is_fine:
        yield "nothing was checked: no code was found"


def _by_severity(tally: Tally) -> dict[str, int]:
    """Open findings by severity, most severe first."""
    return {
        severity.word: tally.open[severity.word]
        for severity in sorted(Severity, reverse=True)
        if tally.open[severity.word]
    }
