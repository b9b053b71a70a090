"""`audit`: an input, checked, judged and written down.

Input -> Item | LeftOut -> Crew: Checked -> Judgement: FileReport -> Spool, Tally -> Summary
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
from attribution.types import IndexSummary
from audit.checking.cache import state_of
from audit.checking.parallel import Crew
from audit.checking.settings import CheckSettings
from audit.decisions.deciding import Decisions
from audit.inputs.interface import Input
from audit.judgement import Judgement
from audit.policy.judging import Judge
from audit.policy.own import Own
from audit.policy.policy import Policy
from audit.progress import Progress
from audit.spool import Spool
from audit.tally import Tally
from audit.types import Item, LeftOut, Severity, Summary

__all__ = ["AuditSettings", "audit"]


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """How to audit, beside what and by which policy."""

    location: str  # of the index
    jobs: int = 1  # processes
    cache: Path | None = None  # folder; None: nothing is kept from run to run
    checks: CheckSettings = field(default_factory=CheckSettings)


def audit(
    source: Input,
    policy: Policy,
    own: Own,
    decisions: Decisions,
    settings: AuditSettings,
    spool: Spool,
    progress: Progress | None = None,
    *,
    whole: bool = False,
) -> Summary:
    """Audit all of an input into `spool`.

    Args:
        whole: the input is all that the decisions are about, so one for a file that is not met
            has lost it.

    An index that cannot be opened is no error here: nothing is checked then, and the summary says
    so, with all that was to be checked.

    Raises:
        InputError: the input cannot be read.
        WhenceError: a worker was killed.
    """
    progress = progress or Progress()
    began = datetime.datetime.now(datetime.UTC)
    clock = time.monotonic()
    judgement = Judgement(Judge(policy, own), decisions)
    tally = Tally()
    problems: list[str] = []
    index, trouble = _index(settings.location)
    if index is not None and not index.documents:
        problems.append(f"the index {settings.location} is empty: nothing could be found in it")
    crew = Crew(
        settings.location,
        "" if index is None else state_of(index),
        settings.checks,
        settings.jobs,
        settings.cache if index is not None else None,
    )
    if trouble is not None:
        crew.down = trouble
        problems.append(trouble)
    progress.begin(source.count())
    try:
        for entry in crew.check(_counted(source, progress)):
            if isinstance(entry, LeftOut):
                report, size, short, cached = judgement.left_out(entry), 0, False, False
            else:
                report = judgement.report(entry.item, entry.checked)
                size, short, cached = len(entry.item.code), entry.checked.too_short, entry.cached
            spool.add(report)
            tally.add(report, size, too_short=short, cached=cached)
            progress.done(report)
    finally:
        crew.close()
        progress.end()
    if crew.down is not None and trouble is None:
        problems.append(f"the index stopped answering: {crew.down}")
    problems += _problems(tally, empty_is_fine=source.empty_is_fine)
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
        open=_ordered(tally),
        decided=dict(tally.decided),
        allowed=tally.allowed,
        verdicts=dict(tally.verdicts.most_common()),
        licenses=dict(tally.licenses.most_common()),
        labels=dict(tally.labels.most_common()),
        stale=decisions.stale(complete=whole and not problems),
        problems=tuple(problems),
        notes=(*policy.notes, *crew.warnings),
    )
    spool.finish(summary)
    return summary


def _title(source: Input) -> str:
    """What was audited, as a reader of a report knows it: "." is nowhere in particular."""
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


def _index(location: str) -> tuple[IndexSummary | None, str | None]:
    """What the index says of itself, or why it cannot be opened."""
    try:
        with open_index(location) as index:
            return index.summary(), None
    except CorpusIndexError as error:
        return None, str(error)


def _counted(source: Input, progress: Progress) -> Iterator[Item | LeftOut]:
    for entry in source.items():
        progress.read(entry)
        yield entry


def _problems(tally: Tally, *, empty_is_fine: bool) -> Iterator[str]:
    coverage = tally.coverage()
    if coverage.not_checked:
        yield f"{coverage.not_checked:,} of what was asked could not be checked"
    if coverage.partly:
        yield f"{coverage.partly:,} of what was asked could be checked only in part"
    seen = coverage.checked or coverage.partly or coverage.not_checked
    if not seen and not empty_is_fine:
        yield "there was nothing to check: no code was found where it was looked for"


def _ordered(tally: Tally) -> dict[str, int]:
    """Open findings by severity, gravest first."""
    return {
        severity.word: tally.open[severity.word]
        for severity in sorted(Severity, reverse=True)
        if tally.open[severity.word]
    }
