"""`whence sketch`: the fingerprints of a file, to be sent in its place."""

from __future__ import annotations

import json

import click

from attribution.commands.options import Command, language_option
from attribution.errors import InputError

__all__ = ["sketch"]


@click.command(cls=Command)
@click.argument("file", metavar="FILE")
@language_option
@click.option(
    "--name",
    default="-",
    show_default=True,
    metavar="TEXT",
    help="What the answer calls it. The sketch contains this name, not the file's.",
)
def sketch(file: str, language: str | None, name: str) -> None:
    """Print the fingerprints of FILE, for look-ups in private mode.

    A service with an index answers a sketch (POST /api/v1/sketches) without
    ever seeing the text. At most 4 MiB of text.

    \b
    A sketch contains
      hashes of runs of 12 and of 20 tokens, their lines and byte offsets, a
      MinHash of the whole text, and counts of lines and tokens.
    It contains no line, word, name or comment of the text. Because words are
    left out, there is no search by rare words.

    Hashes cannot be reversed, but someone who has the same code can recognise
    it, and a right guess can be confirmed. Nothing can be aligned without the
    text, so an answer is "partial" and its matches are "similar" at most.
    """
    from attribution.commands.inputs import read_snippet
    from attribution.lexing.languages import canonical_language
    from attribution.lexing.notebooks import notebook_code
    from attribution.sketch_only.sketch_file import sketch_file

    known = None
    if language is not None and (known := canonical_language(language)) is None:
        raise InputError(f"unknown language {language!r}; give a name such as python")
    try:
        snippet = notebook_code(read_snippet(file))
        sketched = sketch_file(snippet.code, known or snippet.language, name)
    except InputError as error:
        raise InputError(f"{file} cannot be sketched: {error}") from error
    click.echo(json.dumps(sketched.as_json(), separators=(",", ":")))
