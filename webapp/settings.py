"""`ServeSettings`: the settings of the service, fixed at its start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from attribution.environment import is_loopback
from attribution.locations import Locations
from attribution.worker_processes import available_cores

__all__ = ["ServeSettings"]

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What the command line said; the same in every worker process."""

    index: Locations | None = None  # where the index is; None: none
    models: tuple[str, ...] = ()  # what `inference.opening.open_generator` takes; first: default
    # What models wait for before they are loaded. It is given a function that shows how far it is,
    # and raises a ModelError when it fails.
    prepare: Callable[[Callable[[str], None]], None] | None = None
    accept_model_license: str | None = None  # name of the licence that the flag accepts
    preload: bool = True  # load index and models at the start, in the background
    host: str = "127.0.0.1"  # address to listen on
    port: int = 8000  # 0: any free port
    keys: Path | None = None  # file of API keys; None: no key is needed
    allowed_hosts: tuple[str, ...] = ()  # more names that the Host header may have
    allowed_origins: tuple[str, ...] = ()  # other sites whose pages may read answers (CORS)
    proxies: int = 0  # reverse proxies in front whose X-Forwarded-* headers are trusted
    prefix: str = ""  # path under which a proxy serves the service: "/whence"
    rate_limit: str | None = None  # as the `limits` library writes it: "600/minute"
    max_body: int = _MIB  # bytes of a request's body
    max_batch: int = 16 * _MIB  # bytes of the body of a batch
    lookup_seconds: float = 10.0  # after which a look-up returns what it has, as partial
    refresh_seconds: float = 5.0  # between two checks whether the index has grown
    contact: str | None = None  # who takes requests to remove code; None: they are off
    requests: Path | None = None  # file of these requests; needed with a contact
    threads: int = 96  # requests at once
    workers: int = 1  # processes; above 1 only without a model
    lookups: int = field(
        default_factory=available_cores
    )  # look-ups at once: they are bound by the cores
    generations: int = 8  # generations at once; the engine shares its device among them
    patience_seconds: float = 10.0  # how long a request waits for its turn

    @property
    def lookups_waiting(self) -> int:
        """Limit of waiting look-ups: with those under way they take half of the threads."""
        return max(self.threads // 2 - self.lookups, 1)

    @property
    def generations_waiting(self) -> int:
        """Limit of waiting generations: with those under way they take a quarter of the threads."""
        return max(self.threads // 4 - self.generations, 1)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)
