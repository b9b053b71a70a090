"""`whence lookup`: code in, attributions out."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from attribution.commands.inputs import read_snippet, standard_input
from attribution.commands.options import (
    Command,
    color_option,
    indexes_option,
    language_option,
    private_option,
    refuse_options,
)
from attribution.errors import InputError
from attribution.locations import Locations
from attribution.types import Attribution, Snippet, Source, Status
from attribution.worker_processes import available_cores

if TYPE_CHECKING:  # numpy and the kernels are imported when there is something to look up
    from attribution.index.interface import Index
    from attribution.session import LookupSession

__all__ = ["lookup"]

_SMALL_INPUT = 1 << 16  # bytes; starting workers takes longer than answering this much


class SourceLimit(click.ParamType[int]):
    """A number of sources, or all."""

    name = "number"
    ALL = -1

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; ALL for "all"."""
        if value == "all":
            return self.ALL
        if not value.isdecimal() or int(value) < 1:
            self.fail(f"{value!r} is neither a number from 1 on nor 'all'", param, ctx)
        return int(value)


@click.command(cls=Command)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@indexes_option()
@language_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "jsonl", "notice"]),
    help="text (for people), json (an object per FILE), jsonl (a line per FILE) or notice "
    "(a NOTICE file for the sources, with licence texts).  [default: text]",
)
@click.option(
    "--jsonl",
    "batch",
    is_flag=True,
    help='Each line of a FILE is a snippet: {"id", "code", "language"}.',
)
@click.option("--diff", is_flag=True, help="Show both sides of each match, line by line.")
@click.option(
    "--max-sources",
    metavar="N|all",
    type=SourceLimit(),
    help="Sources listed per snippet, best first; all are counted.  [default: 10; with --format "
    "notice: all]",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Processes for --jsonl.  [default: one per core]",
)
@private_option
@color_option
def lookup(
    files: tuple[str, ...],
    location: Locations,
    language: str | None,
    form: str | None,
    batch: bool,
    diff: bool,
    max_sources: int | None,
    jobs: int | None,
    private: bool,
    color: str,
) -> int:
    """Trace code to its sources.

    Looks up each FILE; - is standard input.

    With --jsonl, prints one answer per line, in the order of the input, as soon
    as each is known; an invalid line is answered as not_checked.

    \b
    Exit code, whether or not sources were found:
      0  everything was checked
      2  something was not checked, or only in part (too short, unreadable, a
         time limit, ...; the answer says what and why), or there is no usable
         index
    """
    # a NOTICE file without some of the sources would not do what their licences ask for
    limit = max_sources or (SourceLimit.ALL if form == "notice" else 10)
    most = None if limit == SourceLimit.ALL else limit
    if batch:
        if form not in (None, "jsonl") or diff:
            raise click.UsageError("--jsonl prints JSON lines; leave out --format and --diff")
        return _answer_batch(files, location, language, most, jobs, private=private)
    refuse_options("needs --jsonl", "--jobs")
    if diff and form not in (None, "text"):
        raise click.UsageError("--diff needs --format text")
    from attribution.session import LookupSession
    from attribution.settings import AttributorSettings

    settings = AttributorSettings(max_sources=most, private=private)
    session = LookupSession.open(location, settings)
    with session.index:
        answers = _answers(session, files, language)
        if form in ("json", "jsonl"):
            incomplete = _write_json(answers, indent=form == "json")
        elif form == "notice":
            incomplete = _write_notices(answers)
        else:
            incomplete = _print_text(answers, session.index if diff else None, color)
    return 2 if incomplete else 0


def _answers(
    session: LookupSession, files: tuple[str, ...], language: str | None
) -> Iterator[Attribution]:
    for name in files:
        try:
            snippet = read_snippet(name)
        except InputError as error:
            yield session.not_checked(Snippet(b"", None, name), str(error))
        else:
            yield session.lookup(snippet, language)


def _write_json(answers: Iterator[Attribution], *, indent: bool) -> int:
    from attribution.reports.json_report import as_json, json_line, json_text

    incomplete = 0
    for answer in answers:
        shape = as_json(answer)
        click.echo(json_text(shape) if indent else json_line(shape))
        incomplete += answer.status is not Status.CHECKED
    return incomplete


def _write_notices(answers: Iterator[Attribution]) -> int:
    """Print one NOTICE text for the sources of all answers; report incomplete ones as errors."""
    from attribution.notice import notice_text

    incomplete = 0
    sources: list[Source] = []
    for answer in answers:
        if answer.status is not Status.CHECKED:
            what = "partially checked: " if answer.status is Status.PARTIAL else ""
            click.echo(f"whence: {answer.snippet.name}: {what}{answer.status_reason}", err=True)
            incomplete += 1
        sources += answer.sources
    click.echo(notice_text(sources), nl=False)
    return incomplete


def _print_text(answers: Iterator[Attribution], sides: Index | None, color: str) -> int:
    from attribution.reports.terminal import open_console
    from attribution.reports.text_report import print_answer, print_index

    console = open_console(color)
    count = unchecked = incomplete = 0
    last = None
    for answer in answers:
        if last is not None:
            console.print()
        print_answer(console, answer, sides)
        count += 1
        unchecked += answer.status is Status.NOT_CHECKED
        incomplete += answer.status is not Status.CHECKED
        last = answer
    if last is not None:
        verb = "Checked against" if unchecked < count else "Nothing was checked against"
        print_index(console, last.index, verb)
    return incomplete


def _answer_batch(
    files: tuple[str, ...],
    location: Locations,
    language: str | None,
    max_sources: int | None,
    jobs: int | None,
    *,
    private: bool,
) -> int:
    from attribution.commands.batch import BatchSettings, answer_all, read_chunks

    with ExitStack() as stack:
        streams = [(name, stack.enter_context(_open_raw(name))) for name in files]
        if jobs is None:
            jobs = 1 if all(_is_small(stream) for _, stream in streams) else available_cores()
        settings = BatchSettings(location, max_sources, language, jobs, private)
        chunks = (chunk for name, stream in streams for chunk in read_chunks(name, stream))
        incomplete = 0
        with closing(answer_all(chunks, settings)) as answered:
            for answers in answered:
                sys.stdout.buffer.write(answers.text)
                sys.stdout.buffer.flush()
                incomplete += answers.incomplete
    return 2 if incomplete else 0


def _open_raw(name: str) -> BinaryIO | io.FileIO:
    """Unbuffered: a read returns what is available, and holds no lock while waiting for more."""
    try:
        if name == "-":
            return io.FileIO(standard_input().fileno(), closefd=False)
        return io.FileIO(Path(name), "r")
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from error


def _is_small(stream: BinaryIO | io.FileIO) -> bool:
    status = os.fstat(stream.fileno())
    return stat.S_ISREG(status.st_mode) and status.st_size <= _SMALL_INPUT
