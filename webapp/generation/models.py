"""The models that a service offers: each is loaded once, in the background or when first asked."""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from inference.acceptance import recorded_name
from inference.errors import GenerationError, ModelError
from inference.training_progress import TrainingProgress
from webapp.logs import LOGGER
from webapp.problems import Problem

if TYPE_CHECKING:
    from inference.interface import Generator, ModelCard

__all__ = ["LoadState", "Models", "Offer", "Told"]

_AGAIN_SECONDS = 20.0  # after which a model that could not be loaded is tried anew, if asked for
_LOADING_SECONDS = 3.0  # until whoever asks a model that is being loaded may try again


class LoadState(enum.StrEnum):
    """How far a model is."""

    WAITING = "waiting"  # nobody has asked yet
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Offer:
    """One model: how it is opened, how far that is, and what came of it."""

    def __init__(self, spec: str, load: Callable[[], Generator]) -> None:
        """Offer a model.

        Args:
            spec: what the command line named it by.
            load: opens it; raises a GenerationError.
        """
        self.spec = spec
        self.state = LoadState.WAITING
        self.error: GenerationError | None = None  # why it failed
        self.progress: str | None = None  # what is being done while it is loaded, and how far
        self._load = load
        self._failed_at = 0.0  # monotonic
        self._generator: Generator | None = None
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """As requests name it: the card's id once it is known, until then the spec."""
        return self.spec if self._generator is None else self._generator.card.id

    @property
    def card(self) -> ModelCard | None:
        """What may be said of it; None until it is loaded."""
        return None if self._generator is None else self._generator.card

    @property
    def state_reason(self) -> str | None:
        """Why it cannot be asked, for people; None when there is nothing to say."""
        if self.error is not None:
            return str(self.error)
        return self.progress if self.state is LoadState.LOADING else None

    @property
    def recorded_name(self) -> str:
        """Its name in the record of accepted licences, as `inference.opening` asks for it."""
        return recorded_name(self.spec, self.id)

    def load(self) -> None:
        """Load it, unless somebody did or does; a failure is kept in `error`."""
        with self._lock:
            if self.state in (LoadState.LOADING, LoadState.READY):
                return
            self.state, self.error = LoadState.LOADING, None
        LOGGER.info("model loading", extra={"fields": {"model": self.spec}})
        try:
            generator = self._load()
        except GenerationError as error:
            self._failed(error)
        except Exception:
            LOGGER.exception("model failed", extra={"fields": {"model": self.spec}})
            self._failed(ModelError(f"{self.spec} could not be loaded: see the service's log"))
        else:
            self._generator = generator
            self.state = LoadState.READY
            LOGGER.info("model ready", extra={"fields": {"model": generator.card.id}})

    def _failed(self, error: GenerationError) -> None:
        self.error = error
        self.state = LoadState.FAILED
        self._failed_at = time.monotonic()
        LOGGER.warning("model failed", extra={"fields": {"model": self.spec, "why": str(error)}})

    def start(self) -> None:
        """Begin to load it, and do not wait for it."""
        threading.Thread(target=self.load, name=f"load {self.spec}", daemon=True).start()

    def generator(self) -> Generator:
        """The loaded model; begins to load it if nobody has.

        Raises:
            Problem: it is being loaded.
            GenerationError: it cannot be loaded, or its licence was not accepted.
        """
        if self._generator is not None:
            return self._generator
        if self.state is LoadState.WAITING:
            self.start()
        if (error := self.error) is not None:
            if time.monotonic() - self._failed_at > _AGAIN_SECONDS:
                self.start()  # a server that was away may have come back
            raise error.with_traceback(None)
        far = f": {self.progress}" if self.progress else ""
        raise Problem(
            "model-loading",
            f"{self.spec} is being loaded{far}; try again in a moment",
            retry_after=_LOADING_SECONDS,
        )

    def close(self) -> None:
        """Give its memory back."""
        if self._generator is not None:
            self._generator.close()


class Told(TrainingProgress):
    """Tells an offer, and the log now and then, how far the training of its model is."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._logged = -1

    def waiting(self) -> None:
        self._offer.progress = "another process trains it"

    def advanced(self, done: int, steps: int, loss: float) -> None:
        del loss
        percent = 100 * done // max(steps, 1)
        self._offer.progress = f"it is trained on this machine once: {percent} %"
        if percent // 10 > self._logged:
            self._logged = percent // 10
            fields = {"model": self._offer.spec, "percent": percent}
            LOGGER.info("model training", extra={"fields": fields})


class Models:
    """The models in the order in which they were named; the first is the default."""

    def __init__(self, offers: list[Offer]) -> None:
        self._offers = offers

    def __iter__(self) -> Iterator[Offer]:
        return iter(self._offers)

    def __len__(self) -> int:
        return len(self._offers)

    def offer(self, model: str | None) -> Offer:
        """The model of an id or a spec; the default for None.

        Raises:
            Problem: there is none of that name, or none at all.
        """
        if not self._offers:
            raise Problem(
                "no-model",
                "generation is off: this service was started without a model; start it with "
                "`whence serve --model demo`, or another model",
            )
        if not model:
            return self._offers[0]
        for one in self._offers:
            if model in (one.id, one.spec):
                return one
        names = ", ".join(one.id for one in self._offers)
        raise Problem("model-not-found", f"no model has that name; there is {names}")

    def preload(self) -> None:
        """Load all, one after the other, in the background."""

        def load_all() -> None:
            for one in self._offers:
                one.load()

        threading.Thread(target=load_all, name="load models", daemon=True).start()

    def close(self) -> None:
        """Cancel what they generate, and give their memory back."""
        for one in self._offers:
            one.close()
