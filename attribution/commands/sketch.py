"""`whence sketch`: the fingerprints of a file, to be sent in its place."""

from __future__ import annotations

import json

import click

from attribution.errors import InputError

__all__ = ["sketch"]


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--language", metavar="NAME", help="Language of the code, if the name hides it.")
@click.option(
    "--name",
    default="-",
    show_default=True,
    metavar="TEXT",
    help="What the answer shall call it; it is in the sketch, the file's own name is not.",
)
def sketch(file: str, language: str | None, name: str) -> None:
    """Print the fingerprints of FILE, for look-ups in private mode.

    A service that holds an index answers a sketch (POST /api/v1/sketches)
    without ever seeing the text. At most 4 MiB of text.

    \b
    A sketch holds
      hashes of runs of 12 and of 20 tokens, the lines and bytes where these
      stand, a MinHash of the whole, and counts of lines and tokens.
    It holds no line, no word, no name and no comment of the text: words are
    text, so they are left out, and the search by rare words with them.

    Hashes cannot be read back. But who has the same code can recognise it, and
    a right guess can be confirmed. Nothing can be aligned without the text, so
    an answer is "partial", and its matches are "similar" at most.
    """
    from attribution.commands.inputs import read_snippet
    from attribution.lexing.languages import canonical_language
    from attribution.sketch_only.sketch_file import sketch_file

    known = None
    if language is not None and (known := canonical_language(language)) is None:
        raise InputError(f"no language is called {language!r}; give a name such as python")
    try:
        snippet = read_snippet(file)
        made = sketch_file(snippet.code, known or snippet.language, name)
    except InputError as error:
        raise InputError(f"{file} cannot be sketched: {error}") from error
    click.echo(json.dumps(made.as_json(), separators=(",", ":")))
