"""`whence generate`: generate text for a prompt, and report where the text comes from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attribution.commands.inputs import standard_input
from attribution.commands.options import Command, color_option, indexes_option, refuse_options
from attribution.errors import InputError, WhenceError
from attribution.lexing.languages import language_of_path
from attribution.locations import Locations
from attribution.types import Snippet, Status
from inference.errors import GenerationError
from inference.interface import Chat, Completion, Infill, Message, Parameters, Prompt
from webapp.commands.model_terms import open_model

if TYPE_CHECKING:  # numpy and the kernels are imported when they are needed
    from attribution.session import LookupSession
    from attribution.types import Attribution
    from inference.interface import Generator
    from webapp.commands.transcript import Transcript

__all__ = ["generate"]

MARKER = "<FILL>"


@click.command(cls=Command)
@click.argument("prompt", metavar="[PROMPT]", required=False)
@click.option("--file", metavar="FILE", help="Read the prompt from a file.")
@indexes_option(required=False, help_=" Required without --no-attribution.")
@click.option(
    "--model",
    "spec",
    metavar="SPEC",
    default="demo",
    show_default=True,
    help="demo, local:FOLDER-OR-HUB-ID, or remote:http://HOST:PORT/v1#MODEL.",
)
@click.option("--infill", is_flag=True, help=f"Fill the gap that {MARKER} marks in the prompt.")
@click.option(
    "--suffix-file", metavar="FILE", help="Fill the gap between the prompt and this file's text."
)
@click.option("--chat", is_flag=True, help="The prompt is a message to a chat model.")
@click.option(
    "--max-tokens",
    type=click.IntRange(1, 1 << 20),
    default=256,
    show_default=True,
    help="Maximum of new tokens.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(0, 2),
    default=0.2,
    show_default=True,
    help="0 always takes the most likely token.",
)
@click.option("--top-p", type=click.FloatRange(0, 1, min_open=True), default=1.0, hidden=True)
@click.option("--top-k", type=click.IntRange(1), hidden=True)
@click.option(
    "--stop", metavar="TEXT", multiple=True, help="Stop before this text. Can be repeated."
)
@click.option("--seed", type=int, help="Seed of the sampling: the same seed gives the same text.")
@click.option("--language", metavar="NAME", help="Language of the code, for its attribution.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text is printed as it is generated; json is one object at the end.",
)
@click.option("--no-attribution", is_flag=True, help="Only generate; do not check the text.")
@click.option(
    "--accept-model-license",
    metavar="NAME",
    help="Accept the model's licence NAME and its use restrictions.  [env var: "
    "WHENCE_ACCEPT_MODEL_LICENSE]",
)
@color_option
def generate(
    prompt: str | None,
    file: str | None,
    location: Locations | None,
    spec: str,
    infill: bool,
    suffix_file: str | None,
    chat: bool,
    stop: tuple[str, ...],
    language: str | None,
    form: str,
    no_attribution: bool,
    accept_model_license: str | None,
    color: str,
    **sampling: Any,
) -> int:
    """Generate code, and trace it to its sources.

    PROMPT is code to continue; - reads it from standard input. The text is
    printed as it is generated, followed by its sources.

    \b
    Exit code, whether or not there are sources:
      0  the text was checked
      2  generation failed, or the text was not checked (too short, ...)
    """
    if no_attribution:
        refuse_options("has no effect with --no-attribution", "--index", "--language")
    elif location is None:
        raise click.UsageError("give --index (or set WHENCE_INDEX), or --no-attribution")
    model_prompt = _prompt(_text(prompt, file), infill, suffix_file, chat)
    from attribution.session import LookupSession

    # before the model, which may take a minute to load: a wrong location is reported at once
    session = None if location is None or no_attribution else LookupSession.open(location)
    try:
        parameters = Parameters(stop=stop, **sampling)
        with open_model(spec, accept_model_license) as generator:
            transcript = _write(generator, model_prompt, parameters, live=form == "text")
            language = language or _language_of(file, generator)
    except GenerationError as error:
        raise WhenceError(str(error)) from error
    answer = None if session is None else _attribute(session, transcript.text, language)
    if form == "json":
        _print_json(transcript, answer)
    else:
        _print_text(transcript, answer, color)
    if transcript.error is not None:
        raise WhenceError(f"the text is incomplete: {transcript.error}") from transcript.error
    unchecked = answer is not None and answer.status is Status.NOT_CHECKED
    return 2 if unchecked else 0


def _text(prompt: str | None, file: str | None) -> str:
    if (prompt is None) == (file is None):
        raise click.UsageError("give one prompt: PROMPT, - for standard input, or --file")
    try:
        if file is not None:
            return Path(file).read_text(encoding="utf-8")
        if prompt == "-":
            return standard_input().read().decode("utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"the prompt is not UTF-8: {error.reason} at byte {error.start}"
        ) from error
    assert prompt is not None
    return prompt


def _prompt(text: str, infill: bool, suffix_file: str | None, chat: bool) -> Prompt:
    if infill + chat + (suffix_file is not None) > 1:
        raise click.UsageError("--infill, --suffix-file and --chat exclude each other")
    if chat:
        return Chat((Message("user", text),))
    if suffix_file is not None:
        return Infill(text, _text(None, suffix_file))
    if not infill:
        return Completion(text)
    if text.count(MARKER) != 1:
        raise InputError(
            f"the prompt has {MARKER} {text.count(MARKER)} times: mark exactly one gap with it"
        )
    prefix, _, suffix = text.partition(MARKER)
    return Infill(prefix, suffix)


def _write(
    generator: Generator, prompt: Prompt, parameters: Parameters, *, live: bool
) -> Transcript:
    from webapp.commands.transcript import Transcript

    transcript = Transcript(generator.card.id)
    with generator.generate(prompt, parameters) as generation:
        for part in transcript.pieces(generation):
            if live:
                click.echo(_shown(part), nl=False)
                sys.stdout.flush()
    if live:
        click.echo()
    return transcript


def _shown(text: str) -> str:
    """The text without the escape sequences of a terminal, which a model may have learnt."""
    if not sys.stdout.isatty():
        return text
    from attribution.reports.terminal import printable

    return "\n".join(printable(line) for line in text.split("\n"))


def _language_of(file: str | None, generator: Generator) -> str | None:
    if file is not None:
        return language_of_path(file)
    return "python" if generator.card.engine == "demo" else None  # it generates no other


def _attribute(session: LookupSession, text: str, language: str | None) -> Attribution:
    snippet = Snippet(text.encode(), None, "generated")
    if not text.strip():
        return session.not_checked(snippet, "the model wrote nothing")
    return session.lookup(snippet, language)


def _print_text(transcript: Transcript, answer: Attribution | None, color: str) -> None:
    for note in transcript.notes:
        click.echo(f"whence: {note}", err=True)
    if answer is None:
        return
    from attribution.reports.terminal import open_console
    from attribution.reports.text_report import print_answer, print_index

    console = open_console(color)
    console.print()
    print_answer(console, answer, None)
    checked = answer.status is not Status.NOT_CHECKED
    print_index(console, answer.index, "Checked against" if checked else "Not checked against")


def _print_json(transcript: Transcript, answer: Attribution | None) -> None:
    from attribution.reports.json_report import as_json, json_text

    attribution = None if answer is None else as_json(answer)
    click.echo(json_text({**transcript.as_json(), "attribution": attribution}))
