"""The engines of the protocol tests, and corpora to fill them with."""

from __future__ import annotations

import random
import shutil
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import find_base
from attribution.index.elastic.index import ElasticIndex
from attribution.index.elastic.versions import drop
from attribution.index.embedded.adoption import adopt
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.commits import Committer
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.interface import Checkpoint, IndexAdmin, IndexWriter, RemovalReport
from attribution.index.scoring import Limits
from attribution.index.several import SeveralIndexes
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.sketching.sketcher import sketch_query
from attribution.types import LicenseEvidence, NewFile, Occurrence, OptOut, Skip
from tests.support.memory_index import MemoryIndex
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


class SplitIndex(SeveralIndexes, IndexAdmin):
    """Reads two indexes as one. Each repository is written to one of them."""

    def __init__(self, parts: tuple[IndexAdmin, IndexAdmin]) -> None:
        self.parts = parts
        super().__init__({"1": lambda _: parts[0], "2": lambda _: parts[1]})

    def writer(self) -> IndexWriter:
        return _SplitWriter([part.writer() for part in self.parts])

    def remove(self, opt_outs: Sequence[OptOut]) -> RemovalReport:
        done = [part.remove(opt_outs) for part in self.parts]
        return RemovalReport(*map(sum, zip(*map(astuple, done), strict=True)))

    def lift_opt_out(self, opt_outs: Sequence[OptOut]) -> None:
        for part in self.parts:
            part.lift_opt_out(opt_outs)

    def compact(self) -> None:
        for part in self.parts:
            part.compact()

    def skips(self) -> Iterator[Skip]:
        return (skip for part in self.parts for skip in part.skips())

    def verify(self) -> Iterator[str]:
        return (name for part in self.parts for name in part.verify())


class _SplitWriter(IndexWriter):
    def __init__(self, parts: Sequence[IndexWriter]) -> None:
        self._parts = parts

    def add(self, files: Sequence[NewFile]) -> None:
        for at, part in enumerate(self._parts):
            part.add([f for f in files if len(f.occurrence.repository) % 2 == at])

    def skip(self, skips: Iterable[Skip]) -> None:
        self._parts[0].skip(skips)

    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        for part in self._parts:
            part.commit(checkpoints)

    def checkpoints(self) -> dict[str, Checkpoint]:
        return self._parts[0].checkpoints()

    @property
    def pending_bytes(self) -> int:
        return sum(part.pending_bytes for part in self._parts)

    def close(self) -> None:
        for part in self._parts:
            part.close()


class MergedEngine(EmbeddedEngine):
    """Each commit writes two indexes, with every second file in each, and merges them into one."""

    name = "merged"

    def create(self, limits: Limits | None = None) -> IndexAdmin:
        super().create(limits).close()
        return self.open()

    def open(self) -> IndexAdmin:
        return _MergedIndex(self.folder, tuning=self.tuning, limits=self.limits)


class _MergedIndex(EmbeddedIndex):
    def writer(self) -> IndexWriter:
        return _MergingWriter(self, Committer(self._folder))

    def new_part(self) -> EmbeddedIndex:
        folder = self._folder.parent / f"part-{uuid.uuid4().hex}"
        part = EmbeddedIndex.create(
            folder, "part", self.params, tuning=self._tuning, limits=self._limits
        )
        part.remove(self._current.manifest.opt_outs)
        return part


class _MergingWriter(IndexWriter):
    def __init__(self, index: _MergedIndex, committer: Committer) -> None:
        self._index, self._committer = index, committer
        self._begin()

    def _begin(self) -> None:
        self._parts = [self._index.new_part(), self._index.new_part()]
        self._writers = [part.writer() for part in self._parts]

    def add(self, files: Sequence[NewFile]) -> None:
        for at, writer in enumerate(self._writers):
            writer.add(files[at::2])

    def skip(self, skips: Iterable[Skip]) -> None:
        self._writers[0].skip(skips)

    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        for writer in self._writers:
            writer.commit(checkpoints)
        self._end()
        adopt(self._committer, [part._folder for part in self._parts], self._index._tuning)
        self._index.refresh()
        for part in self._parts:
            shutil.rmtree(part._folder)
        self._begin()

    def checkpoints(self) -> dict[str, Checkpoint]:
        return {c.source: c for c in self._committer.snapshot.manifest.checkpoints}

    @property
    def pending_bytes(self) -> int:
        return sum(writer.pending_bytes for writer in self._writers)

    def _end(self) -> None:
        for writer in self._writers:
            writer.close()

    def close(self) -> None:
        self._end()
        self._committer.release()


class SeveralEngine(Engine):
    """Two indexes that are asked as one: one in memory, one in a folder."""

    name = "several"

    def __init__(self, folder: Path, tuning: Tuning | None = None) -> None:
        self.memory, self.embedded = MemoryEngine(), EmbeddedEngine(folder, tuning)

    def create(self, limits: Limits | None = None) -> SplitIndex:
        return SplitIndex((self.memory.create(limits), self.embedded.create(limits)))

    def reopen(self, index: IndexAdmin) -> SplitIndex:
        assert isinstance(index, SplitIndex)
        return SplitIndex((index.parts[0], self.embedded.reopen(index.parts[1])))


ENGINES = {
    "memory": lambda _: MemoryEngine(),
    "embedded": lambda path: EmbeddedEngine(path / "index"),
    "service": lambda path: ServiceEngine(path / "index"),
    "merged": lambda path: MergedEngine(path / "index"),
    "several": lambda path: SeveralEngine(path / "index"),
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
