"""`whence search`: words, phrases and regular expressions in the corpus."""

from __future__ import annotations

import re

import click

from attribution.commands.options import Command, color_option, format_option, indexes_option
from attribution.locations import Locations

__all__ = ["search"]


_EXCLUDING = re.compile(r"-[A-Za-z]+:")


class _SearchCommand(Command):
    """A command whose words may begin with a minus, as in -lang:go."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        before, after = args[:end], args[end + 1 :]
        words = [arg for arg in before if _EXCLUDING.match(arg)]
        others = [arg for arg in before if arg not in words]
        return super().parse_args(ctx, [*others, "--", *words, *after])


@click.command(cls=_SearchCommand)
@click.argument("words", metavar="WORDS...", nargs=-1, required=True)
@indexes_option()
@click.option("--language", metavar="NAME", help="Only files in this language.")
@click.option(
    "--license", "license_", metavar="SPDX", help="Only files under this licence, such as MIT."
)
@click.option(
    "--repository", metavar="OWNER[/NAME]", help="Only files of this repository or owner."
)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many files to show, best first.",
)
@click.option(
    "--lines",
    metavar="N",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many lines of each file to show, those with the rarest words.",
)
@click.option(
    "--seconds",
    metavar="N",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="Stop after N seconds; the exit code is then 2.",
)
@click.option("--private", is_flag=True, hidden=True)  # refused
@format_option
@color_option
@click.pass_context
def search(
    ctx: click.Context,
    words: tuple[str, ...],
    location: Locations,
    language: str | None,
    license_: str | None,
    repository: str | None,
    limit: int,
    lines: int,
    seconds: float,
    private: bool,
    form: str,
    color: str,
) -> None:
    """Find files that contain all WORDS.

    WORDS may be parts of identifiers: `heap replace` finds heapreplace and
    heap_replace. Text in double quotes is an exact phrase, text between
    slashes a regular expression (RE2 syntax). Filters lang:, repo:, path: and
    license: restrict the files, with a minus exclude them. The shell removes
    one pair of quotes, so write two:

    \b
      whence search '"import numpy as np"' linalg -lang:python path:tests/
      whence search '/def \\w*merge\\(/ license:MIT'
    """
    if private:
        raise click.UsageError(
            "--private cannot be used here, because a search sends its words to the index; "
            "`whence lookup --private FILE` sends fingerprints alone",
            ctx,
        )
    from attribution.index import open_index
    from attribution.index.hits import TimedSearch
    from attribution.index.word_query import word_query

    query = word_query(words, language, license_, repository)
    with open_index(location) as index:
        hits = TimedSearch(index, query, limit, seconds)
        if form == "json":
            from attribution.reports.hit_json import hit_json
            from attribution.reports.json_report import index_json, json_text

            found = [hit_json(hit) for hit in hits]
            answer = {
                "status": "partial" if hits.reason else "checked",
                "status_reason": hits.reason,
                "notes": query.notes,
                "hits": found,
                "index": index_json(index.summary()),
            }
            click.echo(json_text(answer))
        else:
            from attribution.reports.hits_report import print_hit
            from attribution.reports.terminal import open_console, printable
            from attribution.reports.text_report import print_index

            console = open_console(color)
            for note in query.notes:
                console.print(f"Note: {printable(note)}.\n")
            number = 0
            for number, hit in enumerate(hits, 1):
                if number > 1:
                    console.print()
                print_hit(console, number, hit, query, lines)
            if hits.reason:
                remedy = f"{hits.remedy}, or raise --seconds" if hits.expired else hits.remedy
                console.print(f"\nPartial: {printable(hits.reason)}. {remedy}.")
            elif number == 0:
                console.print("No file contains all of that.")
            elif number == limit:
                console.print(f"\nThese are the first {limit}; use --limit to see more.")
            print_index(console, index.summary(), "Searched")
    if hits.reason:
        ctx.exit(2)
