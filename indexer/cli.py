"""`whence index`: corpus in, index out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attribution.errors import InputError
from attribution.lexing.languages import canonical_language
from attribution.reports.numbers import count_of, size_in_words
from attribution.types import Skip
from indexer.collector import collector_off
from indexer.filters import EXPLANATION, MAX_FILE_SIZE, FileFilter, Reason
from indexer.sources.columns import FIELDS, parse_mapping

if TYPE_CHECKING:
    from indexer.report import IndexingReport

__all__ = ["index"]


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--to",
    "location",
    required=True,
    metavar="LOCATION",
    envvar="WHENCE_INDEX",
    help="The index to make or to add to: a folder, or https://HOST:9200/NAME of an "
    "Elasticsearch cluster.  [env: WHENCE_INDEX]",
)
@click.option("--name", help="What to call the corpus; by default as the index's folder.")
@click.option(
    "--map",
    "mapping",
    default="",
    metavar="FIELD=COLUMN,...",
    help=f"What the columns of an unknown dataset mean. Fields: {', '.join(FIELDS)}.",
)
@click.option(
    "--max-file-size",
    type=click.IntRange(min=1),
    default=MAX_FILE_SIZE,
    show_default=True,
    metavar="BYTES",
    help="Leave out larger files.",
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    help="Take this language only; may be given several times.",
)
@click.option(
    "--include-generated", is_flag=True, help="Take files that say that they are generated, too."
)
@click.option(
    "--rebuild",
    is_flag=True,
    help="In Elasticsearch: into a new version, which replaces the one that is served when all is "
    "read.",
)
@click.option("--list-skipped", is_flag=True, help="Print each file that is left out, and why.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, and no summary.")
def index(
    sources: tuple[str, ...],
    location: str,
    name: str | None,
    mapping: str,
    max_file_size: int,
    languages: tuple[str, ...],
    include_generated: bool,
    rebuild: bool,
    list_skipped: bool,
    quiet: bool,
) -> int:
    """Make an index of code, or add to one.

    A SOURCE is a parquet file (The Stack v1, v2 with contents, v3,
    StarCoderData, or any with --map), a JSONL file (plain, .gz, .zst), a folder
    of git checkouts, of installed Python packages, of datasets or of plain
    code, or the word "stdlib" for Python's standard library.

    Stopped at any moment and started again, it goes on where it was. Started
    again with more sources, it adds them.

    Exit code 2 when no source could be read (with --rebuild: when one could
    not), or the index not be written.
    """
    # OpenBLAS, of which nothing is asked here, would start a thread per core, and they spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    rules = FileFilter(max_file_size, _canonical(languages), include_generated)
    with collector_off():
        report, opened = _index(
            sources, location, name, parse_mapping(mapping), rules, rebuild, list_skipped, quiet
        )
    for source, why in report.failed:
        click.echo(f"whence: left out: {source}: {why}", err=True)
    if not quiet:
        _print_summary(report, location, list_skipped)
    if rebuild and report.failed:
        click.echo(
            f"whence: {location} still serves the version before, since not all sources could be "
            "read; mend or leave out those named and run the command again: it goes on where it "
            "was",
            err=True,
        )
        return 2
    return 2 if opened and len(report.failed) == opened else 0


def _index(
    sources: tuple[str, ...],
    location: str,
    name: str | None,
    mapping: tuple[tuple[str, str], ...],
    rules: FileFilter,
    rebuild: bool,
    list_skipped: bool,
    quiet: bool,
) -> tuple[IndexingReport, int]:
    """The report, and how many sources were opened."""
    # The index brings numba with it: half a second that --help need not wait for.
    from attribution.index import open_or_create, rebuild_index
    from indexer.pipeline import index_sources
    from indexer.progress import Progress, TerminalProgress
    from indexer.sources import SourceOptions, open_sources

    if "" in sources:
        raise InputError('a SOURCE is empty; give a file, a folder ("." is this one) or "stdlib"')
    options = SourceOptions(rules, mapping, (str(Path(location).resolve()),))
    opened = [source for spec in sources for source in open_sources(spec, options)]
    progress = TerminalProgress() if sys.stderr.isatty() and not quiet else Progress()
    on_skip = _print_skip if list_skipped else None
    name = name or Path(location).resolve().name
    if rebuild:
        with rebuild_index(location, name) as version:
            report = index_sources(version, opened, progress, on_skip=on_skip)
            if not report.failed:  # else the old one, which has those sources, stays
                version.publish()
            return report, len(opened)
    with open_or_create(location, name) as target:
        return index_sources(target, opened, progress, on_skip=on_skip), len(opened)


def _canonical(languages: tuple[str, ...]) -> frozenset[str]:
    named = {language: canonical_language(language) for language in languages}
    for language, known in named.items():
        if known is None:
            raise InputError(
                f"--language {language!r} is not known; give a name as Linguist and The Stack "
                'write it, such as python, c++, "emacs lisp"'
            )
    return frozenset(known for known in named.values() if known is not None)


def _print_skip(skip: Skip) -> None:
    """One line: reason, name and detail, with tabs between; control characters are escaped."""
    fields = (skip.reason, skip.name, skip.detail)
    click.echo(
        "\t".join(f.encode("unicode_escape").decode() if not f.isprintable() else f for f in fields)
    )


def _print_summary(report: IndexingReport, location: str, listed: bool) -> None:
    """On standard error, so that what --list-skipped prints stays clean."""

    def say(text: str) -> None:
        click.echo(text, err=True)

    rate = int(report.content_bytes / max(report.seconds, 1e-3))
    say(
        f"Indexed {count_of(report.files, 'file')}, {size_in_words(report.content_bytes)} in "
        f"{report.seconds:,.1f} s ({size_in_words(rate)}/s) into {location}"
    )
    say(f"  new: {count_of(report.documents, 'file')}, {count_of(report.occurrences, 'place')}")
    if report.unchanged:
        say(f"  {count_of(report.unchanged, 'source')} had not changed since indexed before")
    left_out = report.skipped.total()
    if left_out:
        say(f"  left out: {left_out:,}")
        for reason, count in report.skipped.most_common():
            explained = f"  {EXPLANATION[Reason(reason)]}" if reason in EXPLANATION else ""
            say(f"    {count:>9,}  {reason:<14}{explained}")
        if not listed:
            say(f"  each of them: whence info --skipped --index {location}")
