"""`Report`: one format. It reads a run from disk as often as it needs, without holding it all."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import BinaryIO

from audit.types import FileReport, FileState, Finding, Severity, Summary

__all__ = ["Audit", "Report", "is_unchecked"]


class Audit(abc.ABC):
    """A finished run, as reports read it."""

    summary: Summary

    @abc.abstractmethod
    def files(self) -> Iterator[FileReport]:
        """All files, in the order of the input; each call reads them again from disk."""

    def findings(self) -> Iterator[Finding]:
        """All findings, in the order of the input, including decided ones."""
        for file in self.files():
            yield from file.findings

    def open_findings(self, severity: Severity) -> Iterator[Finding]:
        """The open findings of a severity, in the order of the input."""
        if self.summary.open.get(severity.word):
            yield from (f for f in self.findings() if f.open and f.ruling.severity is severity)

    def unchecked_files(self) -> Iterator[FileReport]:
        """The files that were not checked or only partly, in the order of the input."""
        if not self.summary.coverage.complete:
            yield from filter(is_unchecked, self.files())


class Report(abc.ABC):
    """A format. One class and one file each; `name` is what --report takes."""

    name: str

    @abc.abstractmethod
    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the report.

        Raises:
            ReportError: the format cannot hold it.
        """


def is_unchecked(file: FileReport) -> bool:
    """Whether a file was not checked or only partly, so that it never looks clean."""
    return file.state in (FileState.PARTLY, FileState.NOT_CHECKED)
