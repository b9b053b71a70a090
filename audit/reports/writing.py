"""Reports on their way to files and to standard output.

A file is written beside its place and moved there whole, so that no half of a report is ever
taken for one. A report that cannot be written leaves the others alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from attribution.errors import ReportError
from audit.reports.formats import FORMATS, open_report
from audit.reports.interface import Audit, Report

__all__ = ["Target", "targets_of", "write_all"]


@dataclass(frozen=True, slots=True)
class Target:
    """A report and where it goes."""

    report: Report
    path: Path | None  # None: standard output


def targets_of(asked: Sequence[str], *, quiet: bool, color: str = "auto") -> tuple[Target, ...]:
    """What `--report FORMAT[=FILE]` means; text on standard output when nothing else goes there.

    Args:
        color: of what goes to standard output: "auto", "always" or "never".

    Raises:
        ReportError: an unknown format, a folder that is not there, two for one place.
    """
    targets = [_target(one, color) for one in asked]
    shown = [target for target in targets if target.path is None]
    files: dict[Path, str] = {}
    for target in targets:
        if target.path is not None:
            other = files.setdefault(target.path.resolve(), target.report.name)
            if other != target.report.name:
                raise ReportError(
                    f"{other} and {target.report.name} cannot both be written to {target.path}; "
                    "give each a file of its own"
                )
    if len(shown) > 1:
        names = " and ".join(target.report.name for target in shown)
        raise ReportError(f"{names} cannot both go to standard output; give them =FILE")
    if not shown and not quiet:
        targets.append(_shown("text", color))
    return tuple(targets)


def _shown(name: str, color: str) -> Target:
    """A report on standard output."""
    options = {"color": color} if name == "text" else {}
    return Target(open_report(name, **options), None)


def _target(asked: str, color: str) -> Target:
    name, equals, file = asked.partition("=")
    if name not in FORMATS:
        raise ReportError(
            f"--report {asked}: no format is called {name!r}; there are {', '.join(FORMATS)}"
        )
    if not equals or file == "-":
        return _shown(name, color)
    path = Path(file)
    if not file or path.is_dir():
        raise ReportError(f"--report {asked}: give the name of a file, as in {name}=audit.{name}")
    if not path.parent.is_dir():
        raise ReportError(f"--report {asked}: the folder {path.parent} is not there; make it first")
    return Target(open_report(name), path)


def write_all(targets: Sequence[Target], audit: Audit) -> int:
    """Write each report; how many could not be, which is said on standard error."""
    failed = 0
    for target in targets:
        try:
            if target.path is None:
                if sys.stdout is None:
                    raise ReportError("standard output is closed; give it =FILE")
                target.report.write(audit, sys.stdout.buffer)
                sys.stdout.buffer.flush()
            else:
                _write(target.report, target.path, audit)
        except BrokenPipeError:
            raise
        except (ReportError, OSError) as error:
            where = "" if target.path is None else f" to {target.path}"
            click.echo(
                f"whence: the report {target.report.name} was not written{where}: {error}", err=True
            )
            failed += 1
    return failed


def _write(report: Report, path: Path, audit: Audit) -> None:
    path = path.resolve()  # a link stays one
    if path.exists() and not path.is_file():  # a pipe, or /dev/null: never to be replaced
        with path.open("wb") as stream:
            report.write(audit, stream)
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            report.write(audit, stream)
        umask = os.umask(0)
        os.umask(umask)
        beside.chmod(0o666 & ~umask)  # mkstemp's are for the owner alone
        beside.replace(path)
    except BaseException:
        beside.unlink()
        raise
