"""`Spool`: the FileReports of a run in a temporary file, which reports can read repeatedly."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator

import msgspec

from attribution.errors import StorageError
from audit.reports.interface import Audit
from audit.types import FileReport, Summary

__all__ = ["Spool"]


class Spool(Audit):
    """A run: first written, then read as an Audit. Close it after use."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(FileReport).decode
        with _storage_errors():
            self._file = tempfile.TemporaryFile(prefix="whence-audit-")  # noqa: SIM115  (closed by us)

    def add(self, report: FileReport) -> None:
        """Append the next file.

        Raises:
            StorageError: the disk for temporary files is full.
        """
        with _storage_errors():
            self._file.write(self._encode(report) + b"\n")

    def finish(self, summary: Summary) -> None:
        """Set the summary, after all files were added."""
        with _storage_errors():
            self._file.flush()
        self.summary = summary

    def files(self) -> Iterator[FileReport]:
        position = 0
        while True:
            # Each iteration keeps its own position: a format may run two at once.
            self._file.seek(position)
            lines = self._file.readlines(1 << 20)
            position = self._file.tell()
            if not lines:
                return
            yield from map(self._decode, lines)

    def close(self) -> None:
        """Delete the temporary file."""
        with contextlib.suppress(OSError):  # a full disk was already reported
            self._file.close()


@contextlib.contextmanager
def _storage_errors() -> Iterator[None]:
    """Turn an error of the disk for temporary files into one that says what to do."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write temporary files: {error.strerror or error}. The findings of a run are "
            "stored there. Free some space, or set TMPDIR to another folder"
        ) from error
