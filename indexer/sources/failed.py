"""A source that could not be opened: it is reported like one that fails later, and others go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attribution.errors import SourceError
from indexer.sources.interface import Source, SourceItem

__all__ = ["FailedSource"]


class FailedSource(Source):
    """Whatever is asked of it raises the error that opening it raised."""

    def __init__(self, name: str, error: SourceError) -> None:
        super().__init__(name)
        self._error = error

    def fingerprint(self) -> str:
        raise self._error

    def total_bytes(self) -> int:
        return 0

    def pieces(self, size: int) -> Sequence[Source]:  # noqa: ARG002
        raise self._error

    def read(self, start: str | None = None) -> Iterator[SourceItem]:  # noqa: ARG002
        raise self._error
