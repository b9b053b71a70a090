"""Parts that several processes write at once into the folder of an index, for that index.

    .parts/3/       an index of its own: what one process has read; deleted when it is merged

They are merged when all processes have ended, or by the next writer if those were killed.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Self

from attribution.index.embedded.adoption import adopt
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.commits import Committer
from attribution.index.embedded.manifest import NAME, Manifest, swap
from attribution.index.embedded.storage import guarded
from attribution.index.identity import now

__all__ = ["Parts"]

_FOLDER = ".parts"


class Parts:
    """The parts of an index; a context manager that keeps other writers away."""

    def __init__(self, folder: Path, tuning: Tuning) -> None:
        """Take the index's lock, and merge what killed processes have left.

        Raises:
            IndexLockedError: another process is writing, perhaps a worker that is about to end.
        """
        self._folder = folder / _FOLDER
        self._tuning = tuning
        self._committer = Committer(folder)
        try:
            self.merge()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def left_in(folder: Path) -> list[Path]:
        """What killed processes have left in the folder of an index: the folder of their parts."""
        return list(folder.glob(_FOLDER))

    @property
    def manifest(self) -> Manifest:
        """The state of the index."""
        return self._committer.snapshot.manifest

    def create(self, number: int) -> Path:
        """The folder of a new part, to be opened as an index by the process that fills it.

        It has the opt-outs of the index, so that the process leaves out what they cover.
        """
        folder = self._folder / str(number)
        with guarded(folder):
            if folder.exists():  # what could not be deleted
                shutil.rmtree(folder)
            folder.mkdir(parents=True)
        ours = self.manifest
        swap(folder, Manifest(ours.name, now(), ours.params, ours.cap, opt_outs=ours.opt_outs))
        return folder

    def merge(self) -> None:
        """Take all parts over, and delete them. No process may be writing to them."""
        folders = self._usable()
        if folders:
            adopt(self._committer, folders, self._tuning)
        for folder in folders:  # a part of which some files are gone must not be merged again
            (folder / NAME).unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _usable(self) -> list[Path]:
        """The parts, without those that a killed process had hardly started, or was deleting."""
        return sorted(manifest.parent for manifest in self._folder.glob(f"*/{NAME}"))

    def close(self) -> None:
        """Release the lock."""
        self._committer.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
