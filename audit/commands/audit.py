"""`whence audit`: which code here is copied, what does its licence ask for, and was that done?"""

from __future__ import annotations

from typing import Any

import click

from attribution.commands.options import color_option, index_option
from audit.reports.formats import FORMATS
from audit.types import Severity

__all__ = ["audit"]

_WORDS = [severity.word for severity in sorted(Severity, reverse=True) if severity]


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@index_option
@click.option("--diff", is_flag=True, help="PATHs are unified diffs: only added lines are judged.")
@click.option("--since", metavar="REV", help="Judge only what this git checkout added since REV.")
@click.option("--files-from", metavar="FILE", help="Names of the files, one a line; - is stdin.")
@click.option(
    "--form",
    type=click.Choice(["tree", "diff", "jsonl", "parquet", "code"]),
    help="What PATHs are, where names do not tell: a table of generations, or plain code.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Of a table: the column of id, prompt, completion or language; repeatable.",
)
@click.option("--policy", metavar="FILE", help="Read this policy.  [default: whence.toml]")
@click.option(
    "--preset",
    metavar="NAME",
    help="What holds where the policy is silent: permissive, strict or report-only.",
)
@click.option(
    "--report",
    "reports",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help="Write a report; may be given several times. Formats: "
    + ", ".join(FORMATS)
    + ".  [default: text]",
)
@click.option(
    "--fail-on",
    type=click.Choice([*_WORDS, "never"]),
    help="The least severity that counts.  [default: of the policy]",
)
@click.option(
    "--max-findings",
    type=click.IntRange(min=0),
    metavar="N",
    help="So many that count are let through.  [default: of the policy]",
)
@click.option("--explain", metavar="ID", help="Tell which rule decided on a finding, and why.")
@click.option(
    "--write-baseline", is_flag=True, help="Adopt all open findings: they are decided from now on."
)
@click.option("--reason", default="", help="With --write-baseline: why.  [default: adopted]")
@click.option(
    "--decide",
    type=click.Choice(["accepted", "dismissed", "attributed"]),
    default="accepted",
    show_default=True,
    help="With --write-baseline: how.",
)
@click.option("--author", help="With --write-baseline: who.  [default: git's user.name]")
@click.option(
    "--language", "languages", multiple=True, help="Check this language only; repeatable."
)
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave these out; repeatable.")
@click.option(
    "--max-file-size", type=click.IntRange(min=1), metavar="BYTES", help="[default: 4 MiB]"
)
@click.option("--no-gitignore", is_flag=True, help="Also check what git ignores.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="[default: one a core]")
@click.option("--cache", metavar="DIR", help="Where checks are kept.  [env: WHENCE_CACHE]")
@click.option("--no-cache", is_flag=True, help="Check everything anew, and keep nothing.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, and no report but those asked for.")
@color_option
def audit(**options: Any) -> int:
    """Audit code: what is copied, and is its licence kept?

    PATH is a folder, a file, a table of generations (.jsonl, .parquet), a diff
    (--diff), or - for standard input; the present folder when none is given.

    \b
    Start with:
      whence audit --index LOCATION               this folder
      whence audit --since main --index LOCATION  what a branch added
      whence audit --report html=audit.html --report sarif=audit.sarif ...

    \b
    Exit code:
      0  clean: all was checked, nothing is open at or over --fail-on
      1  there are such findings, more than --max-findings
      2  not all that was asked could be checked, or the command cannot run
    """
    from audit.commands.auditing import Asked, run

    return run(Asked(**options))
