"""What `whence audit` does, step by step: policy, input, run, then reports or another answer."""

from __future__ import annotations

import datetime
import getpass
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import click

from attribution.errors import InputError, ReportError
from attribution.lexing.languages import canonical_language
from attribution.reports.numbers import count_of
from audit.checking.cache import cache_folder
from audit.decisions.baseline import write_baseline
from audit.inputs.checkout import top_of
from audit.inputs.columns import parse_columns
from audit.inputs.interface import MAX_FILE_SIZE, Input, InputOptions
from audit.inputs.opening import form_of, open_input
from audit.judgement import decisions_in
from audit.policy.explaining import explain
from audit.policy.own import Own
from audit.policy.policy import Policy
from audit.policy.reading import has_policy, read_policy
from audit.progress import Progress, TerminalProgress
from audit.reports.destinations import Destination, read_destinations, write_reports
from audit.run import AuditSettings, audit
from audit.spool import Spool
from audit.types import DecisionKind, Finding, Severity, Summary

__all__ = ["Asked", "run"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line."""

    paths: tuple[str, ...]
    location: str
    diff: bool
    since: str | None
    files_from: str | None
    form: str | None
    columns: tuple[str, ...]
    policy: str | None
    preset: str | None
    reports: tuple[str, ...]
    fail_on: str | None
    max_findings: int | None
    explain: str | None
    write_baseline: bool
    reason: str
    decide: str
    author: str | None
    languages: tuple[str, ...]
    exclude: tuple[str, ...]
    max_file_size: int | None
    no_gitignore: bool
    jobs: int | None
    cache: str | None
    no_cache: bool
    quiet: bool
    color: str


_ADOPTED = "adopted as it stood, all together"  # the reason where none is given


def run(asked: Asked) -> int:
    """Audit, and return the exit code.

    Raises:
        WhenceError: what was asked cannot be done; the message says what and why.
    """
    # a diff is of the tree that one stands in, wherever the diff itself lies
    root = root_of([path for path in asked.paths if not _is_diff(asked, path)])
    policy = _policy(asked, root)
    if asked.explain is not None and asked.write_baseline:
        raise InputError("--explain and --write-baseline exclude each other: ask one at a time")
    targets = read_destinations(
        asked.reports, quiet=asked.quiet or _answers(asked), color=asked.color
    )
    source = _input(asked, policy)
    today = datetime.datetime.now(datetime.UTC).date()
    base = _base(asked, policy, source, root)
    baseline = base / policy.baseline
    decisions = decisions_in(base, policy, today)
    whole = _whole(asked, base)
    if not whole:
        _keep_notices(targets, base)
    progress = TerminalProgress() if sys.stderr.isatty() and not asked.quiet else Progress()
    with closing(Spool()) as spool:
        own = Own.of(policy, base)
        settings = _settings(asked)
        summary = audit(source, policy, own, decisions, settings, spool, progress, whole=whole)
        failed = write_reports(targets, spool)
        if asked.explain is not None:
            code = _explain(asked.explain, spool, policy, summary)
        elif asked.write_baseline:
            code = _adopt(asked, spool, policy, baseline, today, whole)
        else:
            code = summary.exit_code
        return 2 if failed else code


def root_of(paths: Sequence[str]) -> Path:
    """The folder whose policy, baseline and notices hold: this one, where the paths are in it.

    A folder elsewhere has its own, and so has a checkout, or a folder with a policy, below this
    one; files elsewhere have their folder's.
    """
    here = Path.cwd()
    named = [Path(path).resolve() for path in paths if path != "-"]
    if not named:
        return here
    common = Path(
        os.path.commonpath([path if path.is_dir() else path.parent for path in named]),
    )
    for folder in (common, *common.parents):
        if folder == here:
            return here
        if here in folder.parents and ((folder / ".git").exists() or has_policy(folder)):
            return folder
    return common


def _is_diff(asked: Asked, path: str) -> bool:
    return asked.diff or (path != "-" and form_of(path, asked.form) == "diff")


def _base(asked: Asked, policy: Policy, source: Input, root: Path) -> Path:
    """The folder of baseline and notices: of a policy that was found there, else of the code.

    Of a checkout that is its top, wherever in it one stands. A policy that was named may lie
    anywhere; decisions belong to the code.
    """
    if asked.policy is None and policy.folder is not None:
        return Path(policy.folder)
    place = root if asked.paths or source.root is None else Path(source.root)
    return Path(top_of(str(place)) or place)


def _whole(asked: Asked, root: Path) -> bool:
    """Whether all of the root is audited."""
    narrowed = asked.diff or asked.since or asked.files_from or asked.languages or asked.exclude
    return (
        not narrowed
        and asked.form in (None, "tree")
        and root in map(Path.resolve, map(Path, asked.paths or ["."]))
    )


def _keep_notices(targets: Sequence[Destination], base: Path) -> None:
    """An audit of a part would write a NOTICE of that part over the one of the whole."""
    for target in targets:
        if target.report.name == "notice" and target.path is not None and target.path.is_file():
            raise ReportError(
                f"{target.path} is there, and would lose the sources of all that is not audited "
                f"now; audit all of {base}, or give the report another file"
            )


def _policy(asked: Asked, root: Path) -> Policy:
    policy = read_policy(None if asked.policy is None else Path(asked.policy), root, asked.preset)
    if asked.fail_on is not None:
        never = asked.fail_on == "never"
        policy = replace(policy, fail_on=None if never else Severity[asked.fail_on.upper()])
    if asked.max_findings is not None:
        policy = replace(policy, max_findings=asked.max_findings)
    return policy


def _input(asked: Asked, policy: Policy) -> Input:
    if asked.since is not None and asked.diff:
        raise InputError("--since makes its own diff: leave --diff out")
    options = InputOptions(
        max_file_size=asked.max_file_size or MAX_FILE_SIZE,
        languages=_canonical(asked.languages),
        exclude=asked.exclude,
        policy_exclude=policy.exclude,
        policy_folder=_policy_folder(asked, policy),
        gitignore=not asked.no_gitignore,
    )
    streams = asked.diff or asked.form == "diff" or asked.since or asked.files_from
    return open_input(
        asked.paths or (() if streams else (".",)),
        options,
        diff=asked.diff,
        since=asked.since,
        files_from=asked.files_from,
        columns=parse_columns(asked.columns) if asked.columns else None,
        form=asked.form,
    )


def _policy_folder(asked: Asked, policy: Policy) -> str | None:
    """What the policy's `exclude` is relative to: its folder, but of one that lies elsewhere."""
    return policy.folder if asked.policy is None else policy.folder_above(Path.cwd())


def _canonical(languages: Sequence[str]) -> frozenset[str]:
    known = set()
    for language in languages:
        name = canonical_language(language)
        if name is None:
            raise InputError(f"no language is called {language!r}; `whence info` lists names")
        known.add(name)
    return frozenset(known)


def _settings(asked: Asked) -> AuditSettings:
    cache = None if asked.no_cache else Path(asked.cache) if asked.cache else cache_folder()
    jobs = asked.jobs or len(os.sched_getaffinity(0))
    return AuditSettings(asked.location, jobs, cache)


def _answers(asked: Asked) -> bool:
    """Whether something else than a report is asked for."""
    return asked.explain is not None or asked.write_baseline


def _explain(id_: str, spool: Spool, policy: Policy, summary: Summary) -> int:
    if len(id_) < 4:
        raise InputError(f"{id_!r} is too short for a finding's id; give 4 digits of it at least")
    found: dict[str, Finding] = {
        one.id: one for one in spool.findings() if one.id.startswith(id_.lower())
    }
    if not found:
        for problem in summary.problems:
            click.echo(f"whence: {problem}", err=True)
        raise InputError(f"no finding has the id {id_}; `whence audit` lists those that there are")
    if len(found) > 1:
        raise InputError(f"{id_} begins {len(found)} ids: {', '.join(sorted(found))}")
    click.echo(explain(next(iter(found.values())), policy))
    return 0


def _adopt(
    asked: Asked, spool: Spool, policy: Policy, baseline: Path, today: datetime.date, whole: bool
) -> int:
    summary = spool.summary
    for problem in summary.problems:
        click.echo(f"whence: {problem}", err=True)
    if summary.problems and not summary.coverage.checked:
        raise InputError("nothing was checked, so there is no state to adopt")
    count = write_baseline(
        baseline,
        spool.findings(),
        author=asked.author or _user(),
        today=today,
        reason=asked.reason.strip() or _ADOPTED,
        kind=DecisionKind(asked.decide),
        keep=not whole or bool(summary.problems),
        require_reason=policy.require_reason,
        max_days=policy.max_days,
    )
    click.echo(
        f"{baseline.name}: {count_of(count, 'decision')}. Commit it: `whence audit` keeps to it."
    )
    return 2 if summary.problems else 0


def _user() -> str:
    """Who decides, as git knows them, else as the machine does."""
    try:
        done = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=True, timeout=5
        )
        return done.stdout.strip() or getpass.getuser()
    except (OSError, subprocess.SubprocessError):
        return getpass.getuser()
