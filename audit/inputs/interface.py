"""`Input`: where Items come from."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from dataclasses import dataclass

from audit.types import Item, LeftOut

__all__ = ["Input", "InputOptions"]

MAX_FILE_SIZE = 4 << 20  # bytes; hardly any code that a person wrote is larger


@dataclass(frozen=True, slots=True)
class InputOptions:
    """What is taken from an input."""

    max_file_size: int = MAX_FILE_SIZE  # bytes
    languages: frozenset[str] = frozenset()  # canonical names; empty: all
    exclude: tuple[str, ...] = ()  # gitignore-style patterns, relative to the root
    policy_exclude: tuple[str, ...] = ()  # the policy's, over which those before have their say
    policy_folder: str | None = None  # to which these are relative; None: to the root
    gitignore: bool = True  # honour .gitignore files


class Input(abc.ABC):
    """Something to audit. `root` is the folder that names are relative to; None for streams."""

    root: str | None = None  # a folder of this machine
    title: str = ""  # as the user asked for it
    empty_is_fine: bool = False  # that nothing is to be checked is no mistake: a change may be so

    @abc.abstractmethod
    def items(self) -> Iterator[Item | LeftOut]:
        """All that is to be checked, and what is met beside it, in a stable order.

        A file that cannot be read is a LeftOut with `wanted=True`, not an error.

        Raises:
            InputError: the input as a whole cannot be read.
        """

    def count(self) -> int | None:
        """How many items there will be, where that is cheap to know; for the progress bar."""
        return None
