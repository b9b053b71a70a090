"""The steps of `whence audit`: policy, input, run, then reports, an explanation or a baseline."""

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
from attribution.locations import Locations
from attribution.reports.numbers import count_of
from attribution.untrusted_files import exists, is_folder
from attribution.worker_processes import available_cores
from audit.checking.cache_file import cache_folder
from audit.checking.settings import CheckSettings
from audit.decisions.added import AddedDecisions
from audit.decisions.baseline import write_baseline
from audit.inputs.checkout import top_of
from audit.inputs.columns import parse_columns
from audit.inputs.interface import MAX_FILE_SIZE, Input, InputOptions
from audit.inputs.opening import form_of, open_input
from audit.inputs.revision import Revision
from audit.judgement import decisions_in, validity_under
from audit.policy.explaining import explain
from audit.policy.own import OwnCode
from audit.policy.policy import Policy
from audit.policy.reading import has_policy, policy_before, read_policy
from audit.progress import Progress, TerminalProgress
from audit.reports.destinations import Destination, read_destinations, write_reports
from audit.run import AuditSettings, audit
from audit.spool import Spool
from audit.types import DecisionKind, Finding, Severity, Summary

__all__ = ["Arguments", "run"]


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of the command line."""

    paths: tuple[str, ...]
    location: Locations
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
    private: bool
    color: str


def run(args: Arguments) -> int:
    """Audit, and return the exit code.

    Raises:
        WhenceError: the audit is impossible; the message says why.
    """
    # a diff is about the current tree, wherever the diff itself is stored
    root = root_of([path for path in args.paths if not _is_diff(args, path)])
    policy = _policy(args, root)
    if args.explain is not None and args.write_baseline:
        raise InputError("--explain and --write-baseline cannot be used together")
    if args.write_baseline and not args.reason.strip():
        _check_reason(policy)
    targets = read_destinations(
        args.reports, quiet=args.quiet or _replaces_report(args), color=args.color
    )
    source = _input(args, policy)
    revision = source.before()
    if revision is not None:
        before = policy
        policy = _policy_of_change(args, policy, revision, root)
        if policy.exclude != before.exclude:
            source = _input(args, policy)
    today = datetime.datetime.now(datetime.UTC).date()
    base = _base(args, policy, source, root)
    baseline = base / policy.baseline
    added = AddedDecisions(source.is_change, policy.accept_in_change)
    if revision is not None:
        added = AddedDecisions.since(revision, baseline, policy.accept_in_change)
    decisions = decisions_in(base, policy, today, added)
    whole = _is_whole(args, base)
    if not whole:
        _protect_notices(targets, base)
    progress = TerminalProgress() if sys.stderr.isatty() and not args.quiet else Progress()
    with closing(Spool()) as spool:
        own = OwnCode.of(policy, base)
        settings = _settings(args)
        summary = audit(source, policy, own, decisions, settings, spool, progress, whole=whole)
        failed = write_reports(targets, spool)
        if args.explain is not None:
            code = _explain(args.explain, spool, policy, summary)
        elif args.write_baseline:
            code = _adopt(args, spool, policy, baseline, today, whole)
        else:
            code = summary.exit_code
        return 2 if failed else code


def _check_reason(policy: Policy) -> None:
    """Refuse to make decisions without a reason where the policy's file asks for one."""
    where = policy.locations.get("decisions.require_reason")
    if policy.require_reason and where is not None:
        raise InputError(
            f"decisions.require_reason ({where}) asks for a reason; give it with --reason"
        )


def root_of(paths: Sequence[str]) -> Path:
    """The folder whose policy, baseline and notices apply.

    It is the current folder if it contains all paths, unless they are in a checkout or a folder
    with a policy below it. Otherwise it is the common folder of the paths.
    """
    here = Path.cwd()
    named = [Path(path).resolve() for path in paths if path != "-"]
    if not named:
        return here
    common = Path(
        os.path.commonpath([path if is_folder(path) else path.parent for path in named]),
    )
    for folder in (common, *common.parents):
        if folder == here:
            return here
        if here in folder.parents and (exists(folder / ".git") or has_policy(folder)):
            return folder
    return common


def _is_diff(args: Arguments, path: str) -> bool:
    return args.diff or (path != "-" and form_of(path, args.form) == "diff")


def _base(args: Arguments, policy: Policy, source: Input, root: Path) -> Path:
    """The folder of baseline and notices.

    It is the folder of the policy, unless that was named with --policy and may be anywhere.
    Otherwise it is the top of the checkout, or the audited folder.
    """
    if args.policy is None and policy.folder is not None:
        return Path(policy.folder)
    audited = root if args.paths or source.root is None else Path(source.root)
    return Path(top_of(str(audited)) or audited)


def _is_whole(args: Arguments, root: Path) -> bool:
    """Whether the whole root is audited."""
    narrowed = args.diff or args.since or args.files_from or args.languages or args.exclude
    return (
        not narrowed
        and args.form in (None, "tree")
        and root in map(Path.resolve, map(Path, args.paths or ["."]))
    )


def _protect_notices(targets: Sequence[Destination], base: Path) -> None:
    """Refuse to overwrite the NOTICE of the whole code by that of a part."""
    for target in targets:
        if target.report.name == "notice" and target.path is not None and target.path.is_file():
            raise ReportError(
                f"{target.path} exists, and would lose the sources of code outside of this audit; "
                f"audit all of {base}, or write the report to another file"
            )


def _policy(args: Arguments, root: Path) -> Policy:
    return _overridden(
        args, read_policy(None if args.policy is None else Path(args.policy), root, args.preset)
    )


def _overridden(args: Arguments, policy: Policy) -> Policy:
    """A policy with what the command line sets."""
    if args.fail_on is not None:
        never = args.fail_on == "never"
        policy = replace(policy, fail_on=None if never else Severity[args.fail_on.upper()])
    if args.max_findings is not None:
        policy = replace(policy, max_findings=args.max_findings)
    return policy


def _policy_of_change(args: Arguments, policy: Policy, revision: Revision, root: Path) -> Policy:
    """The policy, where the audited change edits it.

    The edit is reported. If the policy before refuses decisions of a change, that one applies:
    otherwise a change could allow itself anything.
    """
    named = None if args.policy is None else Path(args.policy)
    folder = Path(policy.folder) if policy.folder is not None else root
    before = policy_before(revision, named, folder, args.preset)
    if before is None:
        return policy
    before = _overridden(args, before)
    if replace(before, notes=()) == replace(policy, notes=()):
        return policy
    if before.accept_in_change:
        note = f"{policy.name} is edited in this change: look at what it allows"
        return replace(policy, notes=(*policy.notes, note))
    note = f"{before.name} is edited in this change: the one before applies"
    return replace(before, notes=(*before.notes, note))


def _input(args: Arguments, policy: Policy) -> Input:
    if args.since is not None and args.diff:
        raise InputError("--since and --diff cannot be used together")
    options = InputOptions(
        max_file_size=args.max_file_size or MAX_FILE_SIZE,
        languages=_canonical(args.languages),
        exclude=args.exclude,
        policy_exclude=policy.exclude,
        policy_folder=_policy_folder(args, policy),
        gitignore=not args.no_gitignore,
    )
    streams = args.diff or args.form == "diff" or args.since or args.files_from
    return open_input(
        args.paths or (() if streams else (".",)),
        options,
        diff=args.diff,
        since=args.since,
        files_from=args.files_from,
        columns=parse_columns(args.columns) if args.columns else None,
        form=args.form,
    )


def _policy_folder(args: Arguments, policy: Policy) -> str | None:
    """The folder that the policy's `exclude` is relative to; None: the audited folder."""
    return policy.folder if args.policy is None else policy.folder_above(Path.cwd())


def _canonical(languages: Sequence[str]) -> frozenset[str]:
    known = set()
    for language in languages:
        name = canonical_language(language)
        if name is None:
            raise InputError(f"unknown language {language!r}; `whence info` lists the names")
        known.add(name)
    return frozenset(known)


def _settings(args: Arguments) -> AuditSettings:
    cache = None if args.no_cache else Path(args.cache) if args.cache else cache_folder()
    jobs = args.jobs or available_cores()
    return AuditSettings(args.location, jobs, cache, CheckSettings(private=args.private))


def _replaces_report(args: Arguments) -> bool:
    """Whether the output is something other than a report."""
    return args.explain is not None or args.write_baseline


def _explain(id_: str, spool: Spool, policy: Policy, summary: Summary) -> int:
    if len(id_) < 4:
        raise InputError(f"{id_!r} is too short: give at least 4 digits of the finding's id")
    matching: dict[str, Finding] = {
        finding.id: finding for finding in spool.findings() if finding.id.startswith(id_.lower())
    }
    if not matching:
        for problem in summary.problems:
            click.echo(f"whence: {problem}", err=True)
        raise InputError(f"no finding has the id {id_}; `whence audit` lists all findings")
    if len(matching) > 1:
        raise InputError(f"{id_} matches {len(matching)} ids: {', '.join(sorted(matching))}")
    click.echo(explain(next(iter(matching.values())), policy))
    return 0


def _adopt(
    args: Arguments, spool: Spool, policy: Policy, baseline: Path, today: datetime.date, whole: bool
) -> int:
    summary = spool.summary
    for problem in summary.problems:
        click.echo(f"whence: {problem}", err=True)
    if summary.problems and not summary.coverage.checked:
        raise InputError("nothing was checked, so there are no findings to accept")
    written = write_baseline(
        baseline,
        spool.findings(),
        author=args.author or _user(),
        reason=args.reason.strip() or None,
        kind=DecisionKind(args.decide),
        keep=not whole or bool(summary.problems),
        validity=validity_under(policy, today),
    )
    explained = f", {written.explained} older got the reason" if written.explained else ""
    click.echo(
        f"{baseline.name} has {count_of(written.entries, 'decision')} ({written.new} new{explained}"
        "). Commit it: `whence audit` will use it."
    )
    return 2 if summary.problems else 0


def _user() -> str:
    """The user's name from git, or the name of the account."""
    try:
        done = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=True, timeout=5
        )
        return done.stdout.strip() or getpass.getuser()
    except (OSError, subprocess.SubprocessError):
        return getpass.getuser()
