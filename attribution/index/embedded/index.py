"""The embedded engine: a folder, no server. See manifest.py for what lies in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attribution.errors import InputError, ParamsMismatchError
from attribution.index.embedded.assembly import Sketcher
from attribution.index.embedded.commits import Committer, now
from attribution.index.embedded.compaction import compact
from attribution.index.embedded.description import describe, summarize
from attribution.index.embedded.holdings import holdings
from attribution.index.embedded.manifest import NAME, Manifest, load, swap
from attribution.index.embedded.proposing import propose
from attribution.index.embedded.removal import readmit, remove
from attribution.index.embedded.searching import search
from attribution.index.embedded.segment import id_bytes
from attribution.index.embedded.skiplog import read_skips
from attribution.index.embedded.state import State
from attribution.index.embedded.storage import damaged, file_in_the_way, guarded, stored_bytes
from attribution.index.embedded.tuning import Tuning
from attribution.index.embedded.verification import verify
from attribution.index.embedded.writer import EmbeddedWriter
from attribution.index.interface import (
    Holding,
    Index,
    IndexWriter,
    Proposal,
    RemovalReport,
    WordHit,
    WordQuery,
)
from attribution.index.scoring import Limits
from attribution.sketching.sketch import Sketch, SketchParams, sketch_batch
from attribution.types import (
    Document,
    IndexDescription,
    IndexSummary,
    Occurrence,
    OptOut,
    Skip,
)

__all__ = ["EmbeddedIndex"]


class EmbeddedIndex(Index):
    """An index in a folder. Threads may share it: a look-up works on one immutable state."""

    def __init__(
        self,
        folder: Path,
        *,
        tuning: Tuning | None = None,
        limits: Limits | None = None,
        sketcher: Sketcher = sketch_batch,
    ) -> None:
        """Open the index in a folder.

        Raises:
            IndexNotFoundError, IndexFormatError, IndexDamagedError, IndexVersionError
            ParamsMismatchError: another version of the lexer built it.
        """
        self._folder = folder
        self._tuning = tuning or Tuning()
        self._sketcher = sketcher
        self._state: State | None = State.open(folder)
        self._summary: tuple[Manifest, IndexSummary] | None = None
        manifest = self._state.manifest
        self._limits = limits or Limits(cap=manifest.cap)
        self.params = manifest.params
        ours = SketchParams().lexer_version
        if self.params.lexer_version != ours:
            raise ParamsMismatchError(
                f"the index at {folder} was built with version {self.params.lexer_version} of "
                f"the lexer, this is {ours}; build it anew with "
                "`whence index SOURCE... --to NEW_FOLDER`"
            )

    @classmethod
    def open(cls, location: str | Path) -> EmbeddedIndex:
        """Open the index in a folder."""
        return cls(Path(location))

    @classmethod
    def create(
        cls,
        location: str | Path,
        name: str,
        params: SketchParams,
        *,
        tuning: Tuning | None = None,
        limits: Limits | None = None,
        sketcher: Sketcher = sketch_batch,
    ) -> EmbeddedIndex:
        """Make an empty index for the corpus `name` in a new or empty folder.

        Raises:
            InputError: the folder holds something.
            StorageError: it cannot be written.
        """
        folder = Path(location)
        if (folder / NAME).exists():
            raise InputError(
                f"there is an index at {folder} already; open it, or give a new folder"
            )
        if in_the_way := file_in_the_way(folder):
            raise InputError(f"{in_the_way} is a file; give a new or empty folder for the index")
        if folder.exists() and any(folder.iterdir()):
            raise InputError(
                f"{folder} is not empty and not an index; give a new folder, or empty it"
            )
        with guarded(folder):
            folder.mkdir(parents=True, exist_ok=True)
        swap(folder, Manifest(name, now(), params, (limits or Limits()).cap))
        return cls(folder, tuning=tuning, limits=limits, sketcher=sketcher)

    @property
    def _now(self) -> State:
        if self._state is None:
            raise ValueError("the index is closed")
        return self._state

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        return propose(self._now, sketch, self._limits, limit, lexical)

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        state = self._now
        ids = [id_bytes(document) for document in documents]
        places = iter(state.locate([id_ for id_ in ids if id_ is not None]))
        found = [None if id_ is None else next(places) for id_ in ids]
        live = [place if place is not None and place.alive else None for place in found]
        for place in live:
            if place is not None and state.cold:
                place.view.segment.expect(place.number)
        return [p.view.segment.document(p.number) if p is not None else None for p in live]

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        id_ = id_bytes(document)
        return () if id_ is None else self._now.occurrences(id_)

    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        return search(self._now, query, limit, stop)

    def holdings(self, owner: str) -> Iterator[Holding]:
        return holdings(self._now, owner)

    def writer(self) -> IndexWriter:
        return EmbeddedWriter(self._folder, self._tuning, self._sketcher, self.refresh)

    def remove(self, opt_outs: Sequence[OptOut]) -> RemovalReport:
        committer = Committer(self._folder)
        try:
            return remove(committer, opt_outs)
        finally:
            committer.release()
            self.refresh()

    def readmit(self, opt_outs: Sequence[OptOut]) -> None:
        committer = Committer(self._folder)
        try:
            readmit(committer, opt_outs)
        finally:
            committer.release()
            self.refresh()

    def compact(self) -> None:
        committer = Committer(self._folder)
        try:
            compact(committer, self._tuning, self._sketcher)
        finally:
            committer.release()
            self.refresh()

    def summary(self) -> IndexSummary:
        manifest = self._now.manifest
        if self._summary is None or self._summary[0] is not manifest:  # every answer carries it
            self._summary = manifest, summarize(manifest)
        return self._summary[1]

    def describe(self) -> IndexDescription:
        return describe(self._folder, self._now)

    def skips(self) -> Iterator[Skip]:
        self.refresh()
        # All are read before the first is told: a commit may put them together at any time.
        while True:
            paths = [self._folder / name for name in self._now.manifest.skip_files]
            try:
                held = [(path, stored_bytes(path)) for path in paths]
                break
            except FileNotFoundError as exc:
                if not self.refresh():
                    raise damaged(exc.filename, "it is missing") from exc
        return (skip for path, data in held for skip in read_skips(path, data))

    def verify(self) -> Iterator[str]:
        return verify(self._folder)

    def refresh(self) -> bool:
        state = self._now
        newest = load(self._folder)
        if newest == state.manifest:
            return False
        # An index made anew in the same folder begins at the same numbers and names.
        known = {segment.name: segment.files for segment in state.manifest.segments}
        grown = all(known.get(one.name, one.files) == one.files for one in newest.segments)
        self._state = State.open(self._folder, state if grown else None)
        return True

    def close(self) -> None:
        self._state = None
