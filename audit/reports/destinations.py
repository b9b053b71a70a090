"""Where reports go: files and standard output.

A report is written to a temporary file beside its destination and moved there when it is complete.
A report that cannot be written does not affect the others.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from attribution.errors import ReportError
from attribution.replaced_file import replaced_file
from audit.reports.formats import FORMATS, open_report
from audit.reports.interface import Audit, Report

__all__ = ["Destination", "read_destinations", "write_reports"]


@dataclass(frozen=True, slots=True)
class Destination:
    """A report and where it goes."""

    report: Report
    path: Path | None  # None: standard output


def read_destinations(
    options: Sequence[str], *, quiet: bool, color: str = "auto"
) -> tuple[Destination, ...]:
    """Read `--report FORMAT[=FILE]` options; text goes to standard output unless another does.

    Args:
        options: their values.
        quiet: no text report unless one is given.
        color: of standard output: "auto", "always" or "never".

    Raises:
        ReportError: an unknown format, a missing folder or library, two reports for one file.
    """
    destinations = [_read(option, color) for option in options]
    shown = [d.report.name for d in destinations if d.path is None]
    files: dict[Path, str] = {}
    for destination in destinations:
        name, path = destination.report.name, destination.path
        if path is not None and files.setdefault(path.resolve(), name) != name:
            raise ReportError(
                f"{files[path.resolve()]} and {name} cannot both be written to {path}; "
                "give each its own file"
            )
    if len(shown) > 1:
        raise ReportError(
            f"{' and '.join(shown)} cannot both go to standard output; give them =FILE"
        )
    if not shown and not quiet:
        destinations.append(_read("text", color))
    return tuple(destinations)


def _read(option: str, color: str) -> Destination:
    name, equals, file = option.partition("=")
    if name not in FORMATS:
        raise ReportError(
            f"--report {option}: no format is called {name!r}; there are {', '.join(FORMATS)}"
        )
    if not equals or file == "-":
        return Destination(open_report(name, **({"color": color} if name == "text" else {})), None)
    path = Path(file)
    if not file or path.is_dir():
        raise ReportError(f"--report {option}: give the name of a file, as in {name}=audit.{name}")
    if not path.parent.is_dir():
        raise ReportError(f"--report {option}: the folder {path.parent} does not exist; create it")
    return Destination(open_report(name), path)


def write_reports(destinations: Sequence[Destination], audit: Audit) -> int:
    """Write each report; returns how many failed, after an error on standard error for each."""
    failed = 0
    for destination in destinations:
        report, path = destination.report, destination.path
        try:
            if path is not None:
                with replaced_file(path) as stream:
                    report.write(audit, stream)
            elif sys.stdout is None:
                raise ReportError("standard output is closed; give it =FILE")
            else:
                report.write(audit, sys.stdout.buffer)
                sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except (ReportError, OSError) as error:
            where = "" if path is None else f" to {path}"
            why = getattr(error, "strerror", None) or error
            click.echo(f"whence: the report {report.name} was not written{where}: {why}", err=True)
            failed += 1
    return failed
