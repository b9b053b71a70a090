"""The engines of the protocol tests, and corpora to fill them with."""

from __future__ import annotations

import random
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import find_base
from attribution.index.elastic.index import ElasticIndex
from attribution.index.elastic.versions import drop
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.interface import Checkpoint, IndexAdmin
from attribution.index.memory import MemoryIndex
from attribution.index.scoring import Limits
from attribution.sketching.sketch import Sketch, SketchParams, sketch_query
from attribution.types import LicenseEvidence, NewFile, Occurrence
from tests.support.service_engine import ServedIndex

PARAMS = SketchParams()


class Engine(ABC):
    """Creates and reopens indexes for a test."""

    name: str

    @abstractmethod
    def create(self, limits: Limits | None = None) -> IndexAdmin:
        """An empty index for the corpus "corpus"."""

    @abstractmethod
    def reopen(self, index: IndexAdmin) -> IndexAdmin:
        """The same index as another process would open it."""

    def close(self) -> None:  # noqa: B027  (most leave nothing behind)
        """Remove what a test leaves behind outside of its folder."""


class MemoryEngine(Engine):
    name = "memory"

    def create(self, limits: Limits | None = None) -> IndexAdmin:
        return MemoryIndex(PARAMS, "corpus", limits=limits)

    def reopen(self, index: IndexAdmin) -> IndexAdmin:
        return index


class EmbeddedEngine(Engine):
    name = "embedded"

    def __init__(self, folder: Path, tuning: Tuning | None = None) -> None:
        self.folder = folder
        self.tuning = tuning
        self.limits: Limits | None = None

    def create(self, limits: Limits | None = None) -> IndexAdmin:
        self.limits = limits
        return EmbeddedIndex.create(
            self.folder, "corpus", PARAMS, tuning=self.tuning, limits=limits
        )

    def open(self) -> IndexAdmin:
        """The index in the folder."""
        return EmbeddedIndex(self.folder, tuning=self.tuning, limits=self.limits)

    def reopen(self, index: IndexAdmin) -> IndexAdmin:
        index.close()
        return self.open()


class ServiceEngine(EmbeddedEngine):
    """Behind a service: what it reads goes through the routes of the app."""

    name = "service"

    def create(self, limits: Limits | None = None) -> IndexAdmin:
        super().create(limits).close()
        return self.open()

    def open(self) -> IndexAdmin:
        return ServedIndex(self.folder, self.limits)


class ElasticEngine(Engine):
    """With a real server; without one the test is skipped, or fails in CI."""

    name = "elasticsearch"

    def __init__(self) -> None:
        from tests.support.elastic_server import server

        self.location = server().location(f"protocol-{uuid.uuid4().hex}")
        self.limits: Limits | None = None

    def create(self, limits: Limits | None = None) -> IndexAdmin:
        self.limits = limits
        return ElasticIndex.create(
            self.location, "corpus", PARAMS, access=Access(shards=1), limits=limits
        )

    def reopen(self, index: IndexAdmin) -> IndexAdmin:
        index.close()
        return ElasticIndex(Cluster(parse(self.location), Access()), limits=self.limits)

    def close(self) -> None:
        """Drop the index."""
        cluster = Cluster(parse(self.location), Access())
        base = find_base(cluster)
        if base is not None:
            drop(cluster, base)
        cluster.close()


ENGINES = {
    "memory": lambda _: MemoryEngine(),
    "embedded": lambda path: EmbeddedEngine(path / "index"),
    "service": lambda path: ServiceEngine(path / "index"),
    "elasticsearch": lambda _: ElasticEngine(),
}


def code(seed: int, lines: int = 40) -> bytes:
    """A Python function whose lines are hardly ever in another one."""
    rng = random.Random(seed)
    names = [f"{rng.choice('abcdefgh')}{rng.randrange(10**6)}" for _ in range(8)]
    out = [f"def function_{seed}({names[0]}, {names[1]}):"]
    for _ in range(lines):
        a, b, c = rng.choices(names, k=3)
        out.append(
            rng.choice(
                [
                    f"    {a} = {b}.{c}({rng.randrange(1000)}, {a}[{b}])",
                    f"    if {a} > {b} and not {c}:",
                    f"        return {a} + {rng.randrange(1000)} * {b}",
                    f"    for {a} in sorted({b}, key=lambda x: x.{c}):",
                    f"    print('{rng.randrange(10**6)} is', {c}, file={a})  # {b} comes first",
                ]
            )
        )
    return "\n".join(out).encode() + b"\n"


def file(
    content: bytes,
    repository: str = "ann/tools",
    path: str = "a.py",
    *,
    language: str = "Python",
    expression: str = "MIT",
    **occurrence: object,
) -> NewFile:
    return NewFile(
        content,
        language,
        Occurrence(
            repository,
            path,
            license=LicenseEvidence(expression, "license file"),
            **occurrence,  # type: ignore[arg-type]
        ),
    )


def fill(index: IndexAdmin, files: Sequence[NewFile], *checkpoints: Checkpoint) -> None:
    with index.writer() as writer:
        writer.add(files)
        writer.commit(checkpoints)


def sketch(text: bytes) -> Sketch:
    return sketch_query(text, ["Python"], PARAMS)
