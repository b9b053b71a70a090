"""`whence index`: makes an index of a corpus, or adds to one."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attribution.commands.options import (
    Command,
    IndexLocation,
    opt_out_option,
    refuse_options,
)
from attribution.errors import InputError
from attribution.lexing.languages import canonical_language
from attribution.reports.numbers import count_of, size_in_words
from attribution.types import OptOut, Skip
from indexer.dataset_options import FIELDS, SOFTWARE_HERITAGE, parse_mapping
from indexer.filters import MAX_FILE_SIZE, FileFilter, Reason

if TYPE_CHECKING:
    from attribution.index import IndexAdmin
    from indexer.progress import IndexingReport
    from indexer.sources import Source, SourceOptions

__all__ = ["index"]


@click.command(cls=Command)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--to",
    "location",
    required=True,
    metavar="LOCATION",
    type=IndexLocation(),
    envvar="WHENCE_INDEX",
    help="The index to create or add to: a folder, or https://HOST:9200/NAME for an "
    "Elasticsearch cluster.  [env: WHENCE_INDEX]",
)
@click.option("--name", help="Name of a new corpus; by default the name of the index's folder.")
@click.option(
    "--map",
    "mapping",
    default="",
    metavar="FIELD=COLUMN,...",
    help=f"Meaning of the columns of an unknown dataset. Fields: {', '.join(FIELDS)}.",
)
@click.option(
    "--contents",
    default=SOFTWARE_HERITAGE,
    show_default=True,
    metavar="ADDRESS",
    help="Where contents are that a dataset has only the ids of, as The Stack v2: s3://, gs://, "
    "az:// or https://.",
)
@click.option(
    "--max-file-size",
    type=click.IntRange(min=1),
    default=MAX_FILE_SIZE,
    show_default=True,
    metavar="BYTES",
    help="Skip larger files.",
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    help="Index only this language; may be given several times.",
)
@click.option("--include-generated", is_flag=True, help="Also index generated files.")
@opt_out_option("Leave out owners and repositories, as `whence remove` does. ")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes to index with, for an index in a folder. Small inputs need only one.  "
    "[default: one per core]",
)
@click.option(
    "--part",
    "part_text",
    metavar="I/N",
    help="Index only part I of N, such as 2/8. All parts can be indexed at once, on any machines; "
    "each into a folder of its own, for `whence merge`, or into one Elasticsearch index.",
)
@click.option(
    "--rebuild",
    is_flag=True,
    help="Elasticsearch only: build a new version, and replace the served one when it is complete.",
)
@click.option("--list-skipped", is_flag=True, help="Print each skipped file, and why.")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress and no summary.")
def index(
    sources: tuple[str, ...],
    location: str,
    name: str | None,
    mapping: str,
    contents: str,
    max_file_size: int,
    languages: tuple[str, ...],
    include_generated: bool,
    listed: tuple[OptOut, ...],
    jobs: int | None,
    part_text: str | None,
    rebuild: bool,
    list_skipped: bool,
    quiet: bool,
) -> int:
    """Make an index of code, or add to one.

    A SOURCE is a parquet file (The Stack v1, v2, v3, StarCoderData, or any
    other with --map), a JSONL file (plain, .gz, .zst), a folder of git
    checkouts, of installed packages, of datasets or of plain code, the word
    "stdlib" for Python's standard library, or the address of datasets,
    which are read where they are:
    hf://datasets/OWNER/NAME[@REVISION][/path or pattern], s3://, gs://, az://,
    https://. Credentials are those of Hugging Face's and the vendors' tools.

    A run that was stopped resumes when it is started again. Sources that have
    not changed are not read again; new ones are added.

    The exit code is 2 when no source could be read (with --rebuild: when any
    could not), or when the index could not be written.
    """
    # OpenBLAS, which is not used here, would start a thread per core, and they spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from attribution.worker_processes import prepare_workers
    from indexer.parts import Part, cut, processes_for, share
    from indexer.sources import SourceOptions
    from indexer.sources.contents import ContentStore

    if rebuild:
        refuse_options("is for an index in a folder, which is not rebuilt", "--jobs")
    part = Part.parse(part_text) if part_text is not None else None
    rules = FileFilter(max_file_size, _canonical(languages), include_generated)
    store = ContentStore(contents)
    click.get_current_context().call_on_close(store.close)
    own = (str(Path(location).resolve()),)
    opened = _sources(sources, SourceOptions(rules, parse_mapping(mapping), own, store))
    label = None
    if part is not None:
        units = cut(opened, all_alike=True)
        label, opened = part.name(units), share(units, part)
    if not rebuild and "://" not in location and processes_for(opened, jobs) > 1:
        prepare_workers(["indexer.workers"])
    # These import numba: half a second that --help and listing need not wait for.
    from indexer.jobs import index_on_cores
    from indexer.progress import LineProgress, Progress, TerminalProgress

    progress = Progress()
    if not quiet:
        progress = TerminalProgress() if sys.stderr.isatty() else LineProgress()
    on_skip = _print_skip if list_skipped else None
    folder = Path(location).resolve().name
    with _opened(location, name or folder, label, rebuild) as target:
        if not rebuild:
            _check_name(target, name, location)
        _opt_out(target, listed)
        report = index_on_cores(
            target, opened, jobs, store, progress, part=label, need_all=rebuild, on_skip=on_skip
        )
        waiting = None
        if not (rebuild and report.failed):  # else the served version, which has those, stays
            if rebuild and label is None:
                target.publish()
            waiting = target.publish_parts()
    if not quiet:
        _print_summary(report, location, list_skipped, waiting)
    return _exit_code(report, location, rebuild)


def _sources(names: Sequence[str], options: SourceOptions) -> list[Source]:
    from indexer.sources import DatasetSource, FailedSource, open_sources

    if "" in names:
        raise InputError('a SOURCE is empty; give a file, a folder (such as ".") or "stdlib"')
    opened = [source for name in names for source in open_sources(name, options)]
    if options.mapping and not any(isinstance(s, DatasetSource | FailedSource) for s in opened):
        raise InputError("--map is for parquet and JSONL files, and no SOURCE has one")
    return opened


def _opened(location: str, name: str, part: str | None, rebuild: bool) -> IndexAdmin:
    from attribution.index import open_or_create, open_part, rebuild_index

    if part is not None:
        return open_part(location, name, part, rebuild=rebuild)
    return rebuild_index(location, name) if rebuild else open_or_create(location, name)


def _exit_code(report: IndexingReport, location: str, rebuild: bool) -> int:
    """The exit code; sources that could not be read are named on standard error."""
    for source, why in report.failed:
        click.echo(f"whence: skipped {source}: {why}", err=True)
    if rebuild and report.failed:
        click.echo(
            f"whence: {location} still serves the previous version, because not all sources could "
            "be read. Fix those named above, or leave them out, and run the command again; it "
            "resumes",
            err=True,
        )
        return 2
    return 2 if report.failed and not (report.sources or report.unchanged) else 0


def _check_name(index: IndexAdmin, name: str | None, location: str) -> None:
    existing = index.summary().name
    if name not in (None, existing):
        raise InputError(
            f"the corpus at {location} has the name {existing!r}, which cannot be changed; "
            "leave out --name, or index into another folder"
        )


def _opt_out(index: IndexAdmin, opt_outs: tuple[OptOut, ...]) -> None:
    """Apply opt-outs before anything is read; code that is in the index already is removed."""
    if opt_outs:
        index.remove(opt_outs)
        index.refresh()


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
    escaped = (f if f.isprintable() else f.encode("unicode_escape").decode() for f in fields)
    click.echo("\t".join(escaped))


def _print_summary(
    report: IndexingReport, location: str, listed: bool, waiting: Sequence[str] | None
) -> None:
    """On standard error, so that the list of --list-skipped stays clean."""
    rate = int(report.content_bytes / max(report.seconds, 1e-3))
    lines = [
        f"Indexed {count_of(report.files, 'file')}, {size_in_words(report.content_bytes)} in "
        f"{report.seconds:,.1f} s ({size_in_words(rate)}/s) into {location}",
    ]
    if waiting is None:
        lines.append(
            f"  added: {count_of(report.documents, 'distinct file')}, "
            f"{count_of(report.occurrences, 'occurrence')}"
        )
    elif waiting:
        lines.append(f"  not visible until these parts are done: {', '.join(waiting)}")
    else:
        lines.append("  all parts are done, and visible")
    if report.unchanged:
        lines.append(f"  unchanged: {count_of(report.unchanged, 'source')}, not read again")
    if report.skipped:
        lines.append(f"  skipped: {report.skipped.total():,}")
        for reason in sorted(Reason, key=lambda reason: -report.skipped[reason]):
            if count := report.skipped[reason]:
                lines.append(f"    {count:>9,}  {reason:<14}  {reason.explanation}")
        if not listed:
            lines.append(f"  to list them: whence info --skipped --index {location}")
    click.echo("\n".join(lines), err=True)
