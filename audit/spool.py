"""`Spool`: the FileReports of a run on disk, so that reports read them as often as they like."""

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
    """A run while it is written, then as an Audit. To be closed."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(FileReport).decode
        with _told():
            self._file = tempfile.TemporaryFile(prefix="whence-audit-")  # noqa: SIM115  (closed by us)

    def add(self, report: FileReport) -> None:
        """Take in the next file.

        Raises:
            StorageError: the disk of temporary files is full.
        """
        with _told():
            self._file.write(self._encode(report) + b"\n")

    def finish(self, summary: Summary) -> None:
        """All files are in."""
        with _told():
            self._file.flush()
        self.summary = summary

    def files(self) -> Iterator[FileReport]:
        position = 0
        while True:
            # Each walk has a place of its own: formats may read two at once.
            self._file.seek(position)
            lines = self._file.readlines(1 << 20)
            position = self._file.tell()
            if not lines:
                return
            yield from map(self._decode, lines)

    def close(self) -> None:
        """Give the file back; nothing is left of it."""
        with contextlib.suppress(OSError):  # a full disk has been told
            self._file.close()


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Trouble with the disk of temporary files, as an error that says what to do."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"temporary files cannot be written: {error.strerror or error}; the findings of a run "
            "are kept there. Free some room, or name another folder in TMPDIR"
        ) from error
