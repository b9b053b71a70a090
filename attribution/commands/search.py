"""`whence search`: words and exact phrases in the corpus."""

from __future__ import annotations

import click

from attribution.commands.options import Command, color_option, format_option, index_option

__all__ = ["search"]


@click.command(cls=Command)
@click.argument("words", metavar="WORDS...", nargs=-1, required=True)
@index_option
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
@format_option
@color_option
def search(
    words: tuple[str, ...],
    location: str,
    language: str | None,
    license_: str | None,
    repository: str | None,
    limit: int,
    form: str,
    color: str,
) -> None:
    """Find files that contain all WORDS.

    Text in double quotes is an exact phrase. Any text is a valid query,
    including code with brackets and quotes. The shell removes one pair of
    quotes, so write two:

    \b
      whence search '"import numpy as np"' linalg
    """
    from attribution.index import open_index
    from attribution.index.word_query import word_query

    query = word_query(words, language, license_, repository)
    with open_index(location) as index:
        hits = index.search(query, limit=limit)
        if form == "json":
            from attribution.reports.hit_json import hit_json
            from attribution.reports.json_report import index_json, json_text

            answer = {"hits": [hit_json(hit) for hit in hits], "index": index_json(index.summary())}
            click.echo(json_text(answer))
            return
        from attribution.reports.hits_report import print_hit
        from attribution.reports.terminal import open_console
        from attribution.reports.text_report import print_index

        console = open_console(color)
        number = 0
        for number, hit in enumerate(hits, 1):
            if number > 1:
                console.print()
            print_hit(console, number, hit, query)
        if number == 0:
            console.print("No file contains all of that.")
        elif number == limit:
            console.print(f"\nThese are the first {limit}; use --limit to see more.")
        print_index(console, index.summary(), "Searched")
