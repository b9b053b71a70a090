"""`whence search`: words and exact phrases in the corpus."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from attribution.commands.options import color_option, index_option

__all__ = ["search", "split_query"]

# A quotation opens after white space and closes before it, so that the quotes of code, as in
# print("hello"), are characters like others.
_PHRASE = re.compile(r'(?<!\S)"(.+?)"(?!\S)', re.DOTALL)


@click.command()
@click.argument("words", metavar="WORDS...", nargs=-1, required=True)
@index_option
@click.option("--language", metavar="NAME", help="Only files of this language.")
@click.option("--license", "license_", metavar="SPDX", help="Only under this licence: MIT, ...")
@click.option("--repository", metavar="OWNER[/NAME]", help="Only of this repository or owner.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Hits, best first.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
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
    """Find files that hold all WORDS.

    Text in double quotes is an exact phrase; any text is a valid query, code
    with brackets and quotes too. Mind that the shell takes one pair of quotes:

    \b
      whence search '"import numpy as np"' linalg
    """
    from attribution.errors import InputError
    from attribution.index import open_index
    from attribution.index.interface import WordQuery
    from attribution.languages import canonical_language

    if language is not None:
        known = canonical_language(language)
        if known is None:
            raise InputError(f"no language is called {language!r}; `whence info` lists those held")
        language = known
    if license_ is not None:
        license_ = _spdx_id(license_)
    plain, phrases = split_query(words)
    query = WordQuery(plain, phrases, language, license_, repository)
    with open_index(location) as index:
        hits = index.search(query, limit=limit)
        if form == "json":
            from attribution.reports.hits_report import hit_json
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
            console.print("No file holds all of that.")
        elif number == limit:
            console.print(f"\nThese are the first {limit}; --limit shows more.")
        print_index(console, index.summary(), "Searched")


def _spdx_id(named: str) -> str:
    """The identifier under which a licence is indexed: `GPL-3.0` is GPL-3.0-only, and so on."""
    from attribution.errors import InputError
    from attribution.licenses import license_ids, normalize_license

    if named.upper() == "NOASSERTION":
        return "NOASSERTION"
    ids = license_ids(normalize_license(named)) - {"NOASSERTION"}
    if len(ids) != 1:
        raise InputError(
            f"--license {named!r} does not name one licence; give an SPDX identifier such as MIT, "
            "or NOASSERTION for files whose licence is not known. `whence info` lists those held"
        )
    (known,) = ids
    return known


def split_query(arguments: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words and phrases of a query; quotes that open and close nothing are part of words."""
    text = " ".join(arguments)
    phrases = tuple(_PHRASE.findall(text))
    return tuple(_PHRASE.sub(" ", text).split()), phrases
