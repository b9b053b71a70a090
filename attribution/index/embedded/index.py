"""The embedded engine: a folder, no server. See manifest.py for the files in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from attribution.errors import InputError, ParamsMismatchError
from attribution.index.embedded import inspection, membership, proposing, removal, searching
from attribution.index.embedded.adoption import adopt
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.commits import Committer
from attribution.index.embedded.manifest import NAME, Manifest, load, swap
from attribution.index.embedded.parts import Parts
from attribution.index.embedded.segment import id_bytes
from attribution.index.embedded.skiplog import read_skips
from attribution.index.embedded.snapshot import IndexSnapshot
from attribution.index.embedded.storage import (
    damaged,
    file_in_the_way,
    guarded,
    not_deleted,
    stored_bytes,
)
from attribution.index.embedded.writer import EmbeddedWriter
from attribution.index.identity import now
from attribution.index.interface import (
    IndexAdmin,
    IndexWriter,
    Membership,
    MergeReport,
    Proposal,
    RemovalPreview,
    RemovalReport,
    WordHit,
    WordQuery,
)
from attribution.index.scoring import Limits
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.types import (
    Document,
    IndexDescription,
    IndexSummary,
    Occurrence,
    OptOut,
    Skip,
)

__all__ = ["EmbeddedIndex"]


class EmbeddedIndex(IndexAdmin):
    """An index in a folder. Threads may share it: a look-up works on one immutable snapshot."""

    def __init__(
        self, folder: Path, *, tuning: Tuning | None = None, limits: Limits | None = None
    ) -> None:
        """Open the index in a folder.

        Raises:
            IndexNotFoundError, IndexFormatError, IndexDamagedError, IndexVersionError
            ParamsMismatchError: another version of the lexer built it.
        """
        self._folder = folder
        self._tuning = tuning or Tuning()
        self._snapshot: IndexSnapshot | None = IndexSnapshot.open(folder)
        self._summary: tuple[Manifest, IndexSummary] | None = None
        manifest = self._snapshot.manifest
        self._limits = limits or Limits(cap=manifest.cap)
        self.params = manifest.params
        ours = SketchParams().lexer_version
        if self.params.lexer_version != ours:
            raise ParamsMismatchError(
                f"the index at {folder} was built with version {self.params.lexer_version} of "
                f"the lexer, this is {ours}; rebuild it with "
                "`whence index SOURCE... --to NEW_FOLDER`"
            )

    @classmethod
    def open(cls, location: str | Path) -> EmbeddedIndex:
        """Open the index in a folder. Raises as the constructor."""
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
    ) -> EmbeddedIndex:
        """Create an empty index for the corpus `name` in a new or empty folder.

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
        return cls(folder, tuning=tuning, limits=limits)

    @classmethod
    def rebuild(cls, location: str, name: str, params: SketchParams) -> NoReturn:  # noqa: ARG003
        """Refused: a folder holds one version of an index."""
        raise InputError(
            f"{location} is a folder, which cannot be rebuilt while it is in use; index into a new "
            "folder, and switch the readers to that"
        )

    @property
    def _current(self) -> IndexSnapshot:
        if self._snapshot is None:
            raise ValueError("the index is closed")
        return self._snapshot

    @contextmanager
    def _committing(self) -> Iterator[Committer]:
        self._merge_left_parts()
        committer = Committer(self._folder)
        try:
            yield committer
        finally:
            committer.release()
            self.refresh()

    def _merge_left_parts(self) -> None:
        """Merge what killed processes left: it may be opted out, or be compacted."""
        if Parts.left_in(self._folder):
            Parts(self._folder, self._tuning).close()

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        return proposing.propose(self._current, sketch, self._limits, limit, lexical)

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        snapshot = self._current
        ids = [id_bytes(document) for document in documents]
        located = iter(snapshot.locate([id_ for id_ in ids if id_ is not None]))
        refs = [None if id_ is None else next(located) for id_ in ids]
        live = [ref if ref is not None and ref.alive else None for ref in refs]
        if len(live) > 1 or snapshot.probing.cold:
            for view in snapshot.views:
                view.segment.expect([ref.number for ref in live if ref and ref.view is view])
        return [None if ref is None else ref.view.document(ref.number) for ref in live]

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        id_ = id_bytes(document)
        return () if id_ is None else self._current.occurrences_of([id_])[0]

    def occurrences_of(self, documents: Sequence[str]) -> list[tuple[Occurrence, ...]]:
        ids = [id_bytes(document) for document in documents]
        known = iter(self._current.occurrences_of([id_ for id_ in ids if id_ is not None]))
        return [() if id_ is None else next(known) for id_ in ids]

    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        return searching.search(self._current, query, limit, stop)

    def membership(self, owner: str) -> Iterator[Membership]:
        return membership.of_owner(self._current, owner)

    def similar_names(self, name: str) -> list[str]:
        return membership.similar_names(self._current, name)

    def preview_removal(self, opt_outs: Sequence[OptOut], *, limit: int = 100) -> RemovalPreview:
        return removal.preview(self._current, opt_outs, limit)

    def writer(self) -> IndexWriter:
        self._merge_left_parts()
        return EmbeddedWriter(self._folder, self._tuning, self.refresh)

    def remove(self, opt_outs: Sequence[OptOut]) -> RemovalReport:
        with self._committing() as committer:
            return removal.remove(committer, opt_outs)

    @contextmanager
    def parts(self) -> Iterator[Parts]:
        """Parts for several processes to fill at once; other writers are kept away meanwhile.

        Raises:
            IndexLockedError: another process is writing.
        """
        try:
            with Parts(self._folder, self._tuning) as parts:
                yield parts
        finally:
            self.refresh()

    def merge_segments(self, most: int) -> None:
        """Merge small segments until at most `most` are left."""
        with self._committing() as committer:
            committer.merge_small(most)

    def adopt(self, parts: Sequence[Path]) -> MergeReport:
        """Take over all documents, opt-outs, checkpoints and skips of other indexes in folders.

        Raises:
            InputError: a folder is given twice, or is this index's.
            IndexNotFoundError, IndexDamagedError, IndexVersionError: one is not usable.
            IndexLockedError: a process is writing to one of them.
            ParamsMismatchError, IndexFormatError: one was built differently.
        """
        with self._committing() as committer:
            return adopt(committer, parts, self._tuning)

    def lift_opt_out(self, opt_outs: Sequence[OptOut]) -> None:
        with self._committing() as committer:
            removal.lift_opt_out(committer, opt_outs)

    def compact(self) -> None:
        with self._committing() as committer:
            removal.compact(committer, self._tuning)
            self.refresh()  # a network disk keeps what this process has open, too
            committer.sweep()
            if left := [*committer.left(), *Parts.left_in(self._folder)]:
                raise not_deleted(left)

    def summary(self) -> IndexSummary:
        manifest = self._current.manifest
        if self._summary is None or self._summary[0] is not manifest:  # every answer carries it
            self._summary = manifest, inspection.summarize(manifest)
        return self._summary[1]

    def describe(self) -> IndexDescription:
        return inspection.describe(self._current)

    def skips(self) -> Iterator[Skip]:
        self.refresh()
        # All files are read before the first Skip is yielded: a commit may join them at any time.
        while True:
            paths = [self._folder / name for name in self._current.manifest.skip_files]
            try:
                files = [(path, stored_bytes(path)) for path in paths]
                break
            except FileNotFoundError as exc:
                if not self.refresh():
                    raise damaged(exc.filename, "it is missing") from exc
        return (skip for path, data in files for skip in read_skips(path, data))

    def verify(self) -> Iterator[str]:
        return inspection.verify(self._folder)

    def refresh(self) -> bool:
        snapshot = self._current
        newest = load(self._folder)
        if newest == snapshot.manifest:
            return False
        # A new index in the same folder starts with the same numbers and names.
        known = {segment.name: segment.files for segment in snapshot.manifest.segments}
        same = all(known.get(s.name, s.files) == s.files for s in newest.segments)
        self._snapshot = IndexSnapshot.open(self._folder, snapshot if same else None)
        return True

    def close(self) -> None:
        self._snapshot = None
