"""`whence audit`: find copied code, and check whether its licence is complied with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attribution.commands.options import (
    Command,
    color_option,
    indexes_option,
    private_option,
    refuse_options,
)
from audit.reports.formats import FORMATS
from audit.types import Severity

__all__ = ["audit"]

_WORDS = [severity.word for severity in sorted(Severity, reverse=True) if severity]


@click.command(cls=Command)
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@indexes_option()
@click.option("--diff", is_flag=True, help="PATHs are unified diffs; judge only added lines.")
@click.option(
    "--since", metavar="REV", help="Judge only lines added to this git checkout since REV."
)
@click.option(
    "--files-from", metavar="FILE", help="Read names of files from FILE, one per line; - is stdin."
)
@click.option(
    "--form",
    type=click.Choice(["tree", "diff", "jsonl", "parquet", "code"]),
    help="What PATHs are, if their names do not show it. jsonl and parquet are tables of "
    "generations.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Column of a table for id, prompt, completion or language; repeatable.",
)
@click.option("--policy", metavar="FILE", help="Use this policy file.  [default: whence.toml]")
@click.option(
    "--preset",
    metavar="NAME",
    help="Preset for keys that the policy does not set: permissive, strict or report-only.",
)
@click.option(
    "--report",
    "reports",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help="Write a report; repeatable. Formats: " + ", ".join(FORMATS) + ".  [default: text]",
)
@click.option(
    "--fail-on",
    type=click.Choice([*_WORDS, "never"]),
    help="Lowest severity that counts for exit code 1.  [default: from the policy]",
)
@click.option(
    "--max-findings",
    type=click.IntRange(min=0),
    metavar="N",
    help="Allow up to N findings that count.  [default: from the policy]",
)
@click.option("--explain", metavar="ID", help="Explain which rule decided on a finding, and why.")
@click.option(
    "--write-baseline", is_flag=True, help="Accept all open findings: add them to the baseline."
)
@click.option(
    "--reason",
    default="",
    help="With --write-baseline: the reason, for new decisions and for those without one.  "
    "[default: accepted with the baseline]",
)
@click.option(
    "--decide",
    type=click.Choice(["accepted", "dismissed", "attributed"]),
    default="accepted",
    show_default=True,
    help="With --write-baseline: the decision.",
)
@click.option("--author", help="With --write-baseline: the author.  [default: git's user.name]")
@click.option(
    "--language", "languages", multiple=True, help="Check only this language; repeatable."
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="PATTERN",
    help="Leave out files that match PATTERN; repeatable.",
)
@click.option(
    "--max-file-size",
    type=click.IntRange(min=1),
    metavar="BYTES",
    help="Do not check larger files.  [default: 4 MiB]",
)
@click.option("--no-gitignore", is_flag=True, help="Also check files that git ignores.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of processes.  [default: one per core]",
)
@click.option("--cache", metavar="DIR", help="Folder of cached results.  [env: WHENCE_CACHE]")
@click.option("--no-cache", is_flag=True, help="Neither use nor store cached results.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, and no report except for --report.")
@private_option
@color_option
def audit(**options: Any) -> int:
    """Find copied code, and check that its licence is complied with.

    PATH is a folder, a file, a table of generations (.jsonl, .parquet), a diff
    (--diff), or - for standard input. Without PATH, audit the current folder.

    \b
    Start with:
      whence audit --index LOCATION               the current folder
      whence audit --since main --index LOCATION  lines added on a branch
      whence audit --report html=audit.html --report sarif=audit.sarif ...

    \b
    Exit code:
      0  clean: everything was checked, no open findings at --fail-on or above
      1  more than --max-findings such findings
      2  not everything could be checked, or the command failed
    """
    from attribution.worker_processes import available_cores, prepare_workers
    from audit.checking.cache_file import cache_file, cache_folder

    if not options["write_baseline"]:
        refuse_options("needs --write-baseline", "--reason", "--decide", "--author")
    if options["no_cache"]:
        refuse_options("has no effect with --no-cache", "--cache")
    cache = None if options["no_cache"] else Path(options["cache"] or cache_folder())
    known = cache is not None and cache_file(cache, options["location"]).exists()
    if (options["jobs"] or available_cores()) > 1 and not known:
        prepare_workers(["audit.checking.checker"])
    from audit.commands.auditing import Arguments, run  # imports numba, which takes half a second

    return run(Arguments(**options))
