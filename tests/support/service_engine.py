"""An index behind the app of a service, in this process: the engine "service" of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx2

from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.interface import (
    Index,
    IndexAdmin,
    IndexWriter,
    Membership,
    Proposal,
    RemovalPreview,
    RemovalReport,
    WordHit,
    WordQuery,
)
from attribution.index.scoring import Limits
from attribution.index.service.address import ServiceAccess
from attribution.index.service.connection import Connection
from attribution.index.service.index import ServiceIndex
from attribution.sketching.sketch import Sketch
from attribution.types import (
    Document,
    IndexDescription,
    IndexSummary,
    Occurrence,
    OptOut,
    Skip,
)
from webapp.app import create_app
from webapp.services import EXTENSION
from webapp.settings import ServeSettings

__all__ = ["ServedIndex", "connection_to"]


def connection_to(index: Index, **settings: object) -> Connection:
    """A connection to a service over an open index, without a network."""
    app = create_app(ServeSettings(index="unused", refresh_seconds=0, **settings))  # type: ignore[arg-type]
    app.extensions[EXTENSION].index_holder._index = index
    transport = httpx2.WSGITransport(app)
    return Connection("http://127.0.0.1", ServiceAccess(patience=0), transport)


class ServedIndex(IndexAdmin):
    """Reads through a service, and writes to the index behind it."""

    def __init__(self, folder: Path, limits: Limits | None) -> None:
        self.behind = EmbeddedIndex(folder, limits=limits)
        self.service = ServiceIndex(connection_to(self.behind))
        self.params = self.service.params

    def _current(self) -> ServiceIndex:
        self.service.refresh()
        return self.service

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        return self._current().propose(sketch, limit=limit, lexical=lexical)

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        return self._current().fetch(documents)

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        return self._current().occurrences(document)

    def occurrences_of(self, documents: Sequence[str]) -> list[tuple[Occurrence, ...]]:
        return self._current().occurrences_of(documents)

    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        return self.service.search(query, limit=limit, stop=stop)

    def membership(self, owner: str) -> Iterator[Membership]:
        return self.service.membership(owner)

    def similar_names(self, name: str) -> list[str]:
        return self.service.similar_names(name)

    def preview_removal(self, opt_outs: Sequence[OptOut], *, limit: int = 100) -> RemovalPreview:
        return self.service.preview_removal(opt_outs, limit=limit)

    def summary(self) -> IndexSummary:
        return self._current().summary()

    def describe(self) -> IndexDescription:
        return self.service.describe()

    def refresh(self) -> bool:
        self.behind.refresh()
        return self.service.refresh()

    def writer(self) -> IndexWriter:
        return self.behind.writer()

    def remove(self, opt_outs: Sequence[OptOut]) -> RemovalReport:
        return self.behind.remove(opt_outs)

    def lift_opt_out(self, opt_outs: Sequence[OptOut]) -> None:
        self.behind.lift_opt_out(opt_outs)

    def compact(self) -> None:
        self.behind.compact()

    def skips(self) -> Iterator[Skip]:
        return self.behind.skips()

    def verify(self) -> Iterator[str]:
        return self.behind.verify()

    def close(self) -> None:
        self.service.close()
        self.behind.close()
