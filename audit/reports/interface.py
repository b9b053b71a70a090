"""`Report`: one format. A run is read from disk as often as a format needs, never held whole."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import BinaryIO

from audit.types import FileReport, Finding, Summary

__all__ = ["Audit", "Report"]


class Audit(abc.ABC):
    """A finished run, as reports read it."""

    summary: Summary

    @abc.abstractmethod
    def files(self) -> Iterator[FileReport]:
        """All files, in the order of the input; each call starts anew, and reads from disk."""

    def findings(self) -> Iterator[Finding]:
        """All findings, in the order of the input; decided ones included."""
        for file in self.files():
            yield from file.findings


class Report(abc.ABC):
    """A format. One class and one file each; `name` is what --report takes."""

    name: str
    summary: str  # one line of help

    @abc.abstractmethod
    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the report.

        Raises:
            ReportError: the format cannot hold it, or its library is not installed.
        """
