"""`Services`: all that a request may use. One per process, in `app.extensions["whence"]`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import current_app

from attribution.errors import WhenceError
from webapp.gates import Gate
from webapp.generation.models import Models, Offer, Told
from webapp.guards.keys import KeyFile
from webapp.guards.limits import RateLimits
from webapp.library import Library
from webapp.logs import LOGGER
from webapp.metrics import Metrics
from webapp.settings import ServeSettings

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.index import Index
    from attribution.matching.seed_cache import SeedCache
    from attribution.session import LookupSession
    from attribution.types import Attribution
    from inference.interface import Generator

__all__ = ["EXTENSION", "Services", "services"]

EXTENSION = "whence"

_LARGE = 4  # bodies larger than a single snippet's may be that are answered at once


class Services:
    """Made once per process, shared by its threads."""

    def __init__(self, settings: ServeSettings, generators: Iterable[Generator] = ()) -> None:
        """Make the services; opens nothing yet.

        Args:
            settings: what the service was told.
            generators: models that are loaded already, before those of the settings.
        """
        self.settings = settings
        self.metrics = Metrics()
        self.library = Library(settings.index, settings.refresh_seconds)
        self._seeds: SeedCache | None = None  # of the first attributor, for all that follow
        patience, watch = settings.patience_seconds, self.metrics.queue
        self.lookups = Gate("look-ups", settings.lookups, settings.lookups_waiting, patience, watch)
        self.generations = Gate(
            "generations", settings.generations, settings.generations_waiting, patience, watch
        )
        # Of 16 MiB of "[]," JSON makes half a GB of objects: all threads together must not
        most = max(_LARGE, settings.lookups)
        self.large = Gate("large bodies", most, settings.lookups_waiting, patience)
        self.keys = None if settings.keys is None else KeyFile(settings.keys)
        self.limits = (
            None
            if settings.rate_limit is None
            else RateLimits(settings.rate_limit, settings.workers)
        )
        self.models = Models(
            [_loaded(one) for one in generators]
            + [_offer(spec, settings) for spec in settings.models]
        )

    def index(self) -> Index:
        """The index.

        Raises:
            WhenceError: there is none, or it cannot be used (a 503 problem).
        """
        return self.library.index()

    def session(
        self, max_sources: int | None = None, min_confidence: float | None = None
    ) -> LookupSession:
        """A session over the index, with the service's limits; cheap to make.

        Raises:
            WhenceError: there is no index, or it cannot be used (a 503 problem).
        """
        from attribution.attributor import Attributor, AttributorSettings
        from attribution.session import LookupSession

        usual = AttributorSettings()
        settings = AttributorSettings(
            max_sources=usual.max_sources if max_sources is None else max_sources,
            min_confidence=usual.min_confidence if min_confidence is None else min_confidence,
            max_seconds=self.settings.lookup_seconds,
            max_bytes=self.settings.max_body,
        )
        attributor = Attributor(self.index(), settings, self._seeds)
        self._seeds = attributor.seeds
        return LookupSession(attributor.index, attributor)

    def answer(self, lookup: Callable[[], Attribution]) -> Attribution:
        """Wait for a turn, look up, and count the answer.

        Raises:
            BusyError: too many look-ups wait.
            CorpusIndexError: the index is damaged or does not answer.
        """
        started = time.perf_counter()
        with self.lookups:
            self.metrics.lookup("wait", time.perf_counter() - started)
            answer = lookup()
        self.metrics.answered(answer)
        return answer

    @property
    def generators(self) -> dict[str, Generator]:
        """The models that are loaded, by id; the default first."""
        return {one.id: one.generator() for one in self.models if one.card is not None}

    def generator(self, model: str | None = None) -> Generator:
        """The model of that id; the default for None.

        Raises:
            Problem: there is none of that name, or it is still being loaded.
            GenerationError: it cannot be loaded.
        """
        return self.models.offer(model).generator()

    def warm_up(self) -> None:
        """Open the index and load the models in the background, before anybody asks."""
        threading.Thread(target=self._open_index, name="open index", daemon=True).start()
        if len(self.models):
            self.models.preload()

    def _open_index(self) -> None:
        try:
            self.index()
            import attribution.session  # noqa: F401  (a request need not wait for it)
        except WhenceError as error:
            LOGGER.warning("no index", extra={"fields": {"error": type(error).__name__}})

    def stop(self) -> None:
        """Cancel what is generated: streams end, and the process can."""
        self.models.close()

    def close(self) -> None:
        """Cancel what is generated, and give everything back."""
        self.models.close()
        self.library.close()


def services() -> Services:
    """The current app's."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return found


def _loaded(generator: Generator) -> Offer:
    offer = Offer(generator.card.id, lambda: generator)
    offer.load()
    return offer


def _offer(spec: str, settings: ServeSettings) -> Offer:
    def load() -> Generator:
        from inference.opening import open_generator

        generator = open_generator(spec, progress=Told(offer))
        if settings.accept_model_license is not None:
            _accept(generator, offer.recorded_name, settings.accept_model_license)
        return generator

    offer = Offer(spec, load)
    return offer


def _accept(generator: Generator, model: str, name: str) -> None:
    """Record that the licence of that name was accepted by the command line's flag."""
    from inference.acceptance import Acceptances

    terms = generator.card.license
    same = name.strip().casefold() == terms.name.casefold()
    if same and terms.needs_acceptance:
        generator.accept(Acceptances().accept_named(name, model, terms, "flag"))
