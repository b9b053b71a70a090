"""`Services`: everything a request may use. One per process, in `app.extensions["whence"]`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from flask import current_app

from attribution.errors import WhenceError
from webapp.client import client_gone
from webapp.gates import Gate
from webapp.generation.models import LoadProgress, Models, ModelSlot
from webapp.guards.auth import client_name, current_key, is_counted
from webapp.guards.keys import KeyFile
from webapp.guards.limits import RateLimits
from webapp.index_holder import IndexHolder
from webapp.logs import LOGGER
from webapp.metrics import Metrics
from webapp.removal.store import RequestStore
from webapp.settings import ServeSettings

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.index import Index
    from attribution.matching.seed_cache import SeedCache
    from attribution.session import LookupSession
    from attribution.types import Attribution
    from inference.interface import Generator

__all__ = ["EXTENSION", "Services", "services"]

EXTENSION = "whence"

REMOVAL_RATE = "12/hour"  # removal requests of an address
_MIN_LARGE = 4  # large bodies that are handled at once, at least


class Services:
    """Shared by the threads of a process. Making one opens nothing yet.

    Args:
        settings: of the service.
        generators: models that are loaded already; they come before those of the settings.
    """

    def __init__(self, settings: ServeSettings, generators: Iterable[Generator] = ()) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.index_holder = IndexHolder(settings.index, settings.refresh_seconds)
        # By the name of one of several indexes: they may have one content in different languages.
        self._seeds: dict[str | None, SeedCache] = {}
        patience, on_change = settings.patience_seconds, self.metrics.queue
        self.lookups = Gate(
            "look-ups", settings.lookups, settings.lookups_waiting, patience, on_change
        )
        self.searches = Gate(
            "searches", settings.lookups, settings.lookups_waiting, patience, on_change
        )
        # All look-ups run in these few threads: each keeps arrays as large as the largest text
        # that it read, and the allocator keeps freed memory for each thread.
        self._lookup_threads = ThreadPoolExecutor(settings.lookups, "lookup")
        self.generations = Gate(
            "generations", settings.generations, settings.generations_waiting, patience, on_change
        )
        # Parsing 16 MiB of "[]," makes half a GB of objects: not in all threads at once
        active = max(_MIN_LARGE, settings.lookups)
        self.large_bodies = Gate("large bodies", active, settings.lookups_waiting, patience)
        self.keys = None if settings.keys is None else KeyFile(settings.keys)
        self.removal_limits = RateLimits(
            REMOVAL_RATE, settings.workers, "requests for removal", "removal"
        )
        self.requests: RequestStore | None = None  # of authors, to remove their code
        if settings.contact is not None and settings.requests is not None:
            self.requests = RequestStore(settings.requests)
            self.requests.create()
        self.limits = RateLimits(settings.rate_limit, settings.workers)
        self.quotas = RateLimits(None, settings.workers, "look-ups", "quota")
        self.models = Models(
            [_loaded_slot(generator) for generator in generators]
            + [_slot(spec, settings) for spec in settings.models]
        )

    def index(self, name: str | None = None) -> Index:
        """The index.

        Args:
            name: of one of several indexes; None: all of them.

        Raises:
            InputError: none has that name.
            WhenceError: there is none, or it cannot be used (a 503 problem).
        """
        index = self.index_holder.index()
        return index if name is None else index.only(name)

    def session(
        self,
        max_sources: int | None = None,
        min_confidence: float | None = None,
        index: str | None = None,
    ) -> LookupSession:
        """A session over the index, with the service's limits; cheap to make.

        A look-up ends soon after the client of the current request has gone.

        Args:
            index: the name of one of several indexes; None: all of them.

        Raises:
            InputError: none has that name.
            WhenceError: there is no index, or it cannot be used (a 503 problem).
        """
        from attribution.attributor import Attributor
        from attribution.session import LookupSession
        from attribution.settings import AttributorSettings

        defaults = AttributorSettings()
        settings = AttributorSettings(
            max_sources=defaults.max_sources if max_sources is None else max_sources,
            min_confidence=defaults.min_confidence if min_confidence is None else min_confidence,
            max_seconds=self.settings.lookup_seconds,
            max_bytes=self.settings.max_body,
        )
        attributor = Attributor(self.index(index), settings, self._seeds.get(index), client_gone())
        self._seeds[index] = attributor.seeds
        return LookupSession(attributor.index, attributor)

    def count_request(self) -> None:
        """Count a request of the current client, or what is as much as one.

        Raises:
            Problem: the client sends too many.
        """
        if is_counted():
            key = current_key()
            self.limits.count(client_name(), None if key is None else key.rate_limit)

    def count_lookups(self, number: int = 1) -> None:
        """Count look-ups of the current request's key.

        Raises:
            Problem: they exceed its quota.
        """
        key = current_key()
        if key is not None:
            self.quotas.count(client_name(), key.quota, number)
            self.metrics.lookups_of(key.name, number)

    def answer(
        self, lookup: Callable[[], Attribution], client: str, count: Callable[[], None]
    ) -> Attribution:
        """Wait for a turn, look up, and count the answer.

        Args:
            client: whose turn it has to be.
            count: counts the look-up when its turn has come: a refused turn is no look-up.

        Raises:
            BusyError: too many look-ups wait.
            Problem: as `count` raises it.
            CorpusIndexError: the index is damaged or does not answer.
        """
        started = time.perf_counter()
        with self.lookups.turn(client):
            self.metrics.lookup("wait", time.perf_counter() - started)
            count()
            answer = self._lookup_threads.submit(lookup).result()
        self.metrics.answered(answer)
        return answer

    def generator(self, model: str | None = None) -> Generator:
        """The model of that id; the default for None.

        Raises:
            Problem: there is no such model, or it is still being loaded.
            GenerationError: it cannot be loaded.
        """
        return self.models.slot(model).generator()

    def warm_up(self) -> None:
        """Open the index and load the models in the background, before the first request."""
        if len(self.models):
            # Here and not in the thread, as no other import of SciPy may run beside it.
            import attribution.kernels  # noqa: F401

            self.models.preload()
        threading.Thread(target=self._open_index, name="open index", daemon=True).start()

    def _open_index(self) -> None:
        try:
            self.index()
            # No request has to wait for these.
            import attribution.attributor  # noqa: F401
            from attribution.kernels import load_all

            load_all()
        except WhenceError as error:
            LOGGER.warning("no index", extra={"fields": {"error": type(error).__name__}})

    def stop(self) -> None:
        """Cancel all generations, so that streams end and the process can stop."""
        self.models.close()

    def close(self) -> None:
        """Cancel all generations, finish the look-ups under way, and close the index."""
        self.models.close()
        self._lookup_threads.shutdown(cancel_futures=True)
        self.index_holder.close()


def services() -> Services:
    """The Services of the current app."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return found


def _loaded_slot(generator: Generator) -> ModelSlot:
    slot = ModelSlot(generator.card.id, lambda: generator)
    slot.load()
    return slot


def _slot(spec: str, settings: ServeSettings) -> ModelSlot:
    from inference.opening import public_name

    def load() -> Generator:
        from inference.acceptance import Acceptances
        from inference.opening import open_generator

        if settings.prepare is not None:
            settings.prepare(slot.report)
        generator = open_generator(spec, progress=LoadProgress(slot))
        name, terms = settings.accept_model_license, generator.card.license
        if name is not None and terms.is_called(name) and terms.needs_acceptance:
            generator.accept(Acceptances().accept(slot.recorded_name, terms, "flag"))
        return generator

    slot = ModelSlot(public_name(spec), load)
    return slot
