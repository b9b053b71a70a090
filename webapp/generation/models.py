"""The models of a service: each is loaded once, in the background or at its first use."""

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

__all__ = ["LoadProgress", "LoadState", "ModelSlot", "Models"]

_RETRY_SECONDS = 20.0  # after which a model that could not be loaded is tried again
_LOADING_SECONDS = 3.0  # Retry-After while a model is being loaded


class LoadState(enum.StrEnum):
    """How far the loading of a model is."""

    WAITING = "waiting"  # not requested yet
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class ModelSlot:
    """One model of the service, loaded or not.

    Args:
        spec: its name on the command line.
        load: opens it; raises a GenerationError.
    """

    def __init__(self, spec: str, load: Callable[[], Generator]) -> None:
        self.spec = spec
        self.state = LoadState.WAITING
        self.error: GenerationError | None = None  # why loading failed
        self.progress: str | None = None  # what loading does at the moment, and how far it is
        self._load = load
        self._failed_at = 0.0  # monotonic
        self._generator: Generator | None = None
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """Its name in requests: the spec until it is loaded, then the card's id."""
        return self.spec if self._generator is None else self._generator.card.id

    @property
    def card(self) -> ModelCard | None:
        """The model's card; None until it is loaded."""
        return None if self._generator is None else self._generator.card

    @property
    def state_reason(self) -> str | None:
        """Why it cannot be used, for people; None when there is nothing to say."""
        if self.error is not None:
            return str(self.error)
        return self.progress if self.state is LoadState.LOADING else None

    def report(self, progress: str) -> None:
        """Say what loading does at the moment, and how far it is."""
        self.progress = progress

    @property
    def recorded_name(self) -> str:
        """Its name in the record of accepted licences."""
        return recorded_name(self.spec, self.id)

    def load(self) -> None:
        """Load it, unless it is loaded or loading; a failure is kept in `error`."""
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
        """Begin to load it in the background."""
        threading.Thread(target=self.load, name=f"load {self.spec}", daemon=True).start()

    def generator(self) -> Generator:
        """The loaded model; begins to load it if necessary.

        Raises:
            Problem: it is being loaded.
            GenerationError: it cannot be loaded, or its licence was not accepted.
        """
        if self._generator is not None:
            return self._generator
        if self.state is LoadState.WAITING:
            self.start()
        if (error := self.error) is not None:
            if time.monotonic() - self._failed_at > _RETRY_SECONDS:
                self.start()  # a server that was away may have come back
            raise error.with_traceback(None)
        progress = f": {self.progress}" if self.progress else ""
        raise Problem(
            "model-loading",
            f"{self.spec} is being loaded{progress}; try again in a moment",
            retry_after=_LOADING_SECONDS,
        )

    def close(self) -> None:
        """Give its memory back."""
        if self._generator is not None:
            self._generator.close()


class LoadProgress(TrainingProgress):
    """Reports the training of a model to its slot, and every tenth of it to the log."""

    def __init__(self, slot: ModelSlot) -> None:
        self._slot = slot
        self._logged = -1

    def waiting(self) -> None:
        self._slot.report("another process trains it")

    def advanced(self, done: int, steps: int, loss: float) -> None:
        del loss
        percent = 100 * done // max(steps, 1)
        self._slot.report(f"it is trained on this machine once: {percent} %")
        if percent // 10 > self._logged:
            self._logged = percent // 10
            fields = {"model": self._slot.spec, "percent": percent}
            LOGGER.info("model training", extra={"fields": fields})


class Models:
    """The models in the order of the command line; the first is the default."""

    def __init__(self, slots: list[ModelSlot]) -> None:
        self._slots = slots

    def __iter__(self) -> Iterator[ModelSlot]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)

    def slot(self, model: str | None) -> ModelSlot:
        """The model of an id or a spec; the default for None.

        Raises:
            Problem: there is no such model, or none at all.
        """
        if not self._slots:
            raise Problem(
                "no-model",
                "generation is off: this service was started without a model; start it with "
                "`whence serve --model demo`, or another model",
            )
        if not model:
            return self._slots[0]
        for slot in self._slots:
            if model in (slot.id, slot.spec):
                return slot
        names = ", ".join(slot.id for slot in self._slots)
        raise Problem("model-not-found", f"there is no model of that name; available: {names}")

    def preload(self) -> None:
        """Load all of them in the background, one after the other."""

        def load_all() -> None:
            for slot in self._slots:
                slot.load()

        threading.Thread(target=load_all, name="load models", daemon=True).start()

    def close(self) -> None:
        """Cancel what they generate, and give their memory back."""
        for slot in self._slots:
            slot.close()
