"""`Input`: a source of Items."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from dataclasses import dataclass

from audit.inputs.revision import Revision
from audit.types import Item, LeftOut

__all__ = ["Input", "InputOptions"]

MAX_FILE_SIZE = 4 << 20  # bytes; hardly any file written by a person is larger


@dataclass(frozen=True, slots=True)
class InputOptions:
    """Which parts of an input are checked."""

    max_file_size: int = MAX_FILE_SIZE  # bytes
    languages: frozenset[str] = frozenset()  # canonical names; empty: all
    exclude: tuple[str, ...] = ()  # gitignore-style patterns, relative to the root
    policy_exclude: tuple[str, ...] = ()  # of the policy; `exclude` overrides them
    policy_folder: str | None = None  # that those are relative to; None: the root
    gitignore: bool = True  # honour .gitignore files


class Input(abc.ABC):
    """Something to audit. `root` is the folder that names are relative to; None for streams."""

    root: str | None = None  # a local folder
    title: str = ""  # as the user named it
    empty_is_fine: bool = False  # whether finding no code is not an error, as for a change
    is_change: bool = False  # whether only the lines are judged that a change adds

    def before(self) -> Revision | None:
        """The commit that a change is compared with, where that is known."""
        return None

    @abc.abstractmethod
    def items(self) -> Iterator[Item | LeftOut]:
        """All items, and everything that is not checked, in a stable order.

        A file that cannot be read is a LeftOut with `wanted=True`, not an error.

        Raises:
            InputError: the input as a whole cannot be read.
        """

    def count(self) -> int | None:
        """Number of items for the progress bar, if it is cheap to find out."""
        return None
