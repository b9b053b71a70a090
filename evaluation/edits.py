"""One minus the normalised edit distance of both texts' token ids.

Levenshtein's distance over the longer length, of the first 4,096 ids of each text without the
white space around it. Whose ids, is told by `Pieces`: LiCoEval takes those of a model's tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from attribution.errors import InputError
from evaluation.missing import missing

__all__ = ["LONGEST", "Pieces", "Tokenizer", "Words", "edit_similarity"]

LONGEST = 4096  # ids of a text that are compared

# How byte-level BPE splits a text before it merges (Radford et al. 2019), digits one by one as
# StarCoder's tokenizer has them.
_SPLIT = re.compile(
    r"'(?:[sdmt]|ll|ve|re)| ?[^\W\d_]+| ?\d| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+"
)  # fmt: skip


class Pieces(Protocol):
    """Cuts a text into what is compared."""

    name: str  # for reports

    def cut(self, text: str) -> Sequence[Hashable]:
        """The pieces, in order."""
        ...


class Words:
    """Words, digits, runs of marks and of white space: what a tokenizer starts from."""

    name = "words, no tokenizer"

    def cut(self, text: str) -> Sequence[Hashable]:
        return _SPLIT.findall(text)


class Tokenizer:
    """The ids of a `tokenizer.json`."""

    def __init__(self, path: str) -> None:
        """Read it.

        Raises:
            InputError: it cannot be read, or the package `tokenizers` is not installed.
        """
        try:
            from tokenizers import Tokenizer as Fast
        except ImportError as error:
            raise missing("tokenizers, for --tokenizer,") from error
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read as a tokenizer: {error}") from error
        try:
            self._tokenizer: Any = Fast.from_str(text)
        except Exception as error:  # what its Rust part raises is a bare Exception
            raise InputError(f"{path} is no tokenizer.json: {error}") from error
        self.name = path

    def cut(self, text: str) -> Sequence[Hashable]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


def edit_similarity(body: str, answer: str, pieces: Pieces) -> float:
    """One minus the normalised distance, 0..1; 0 when both are empty, as in LiCoEval.

    Raises:
        InputError: rapidfuzz is not installed.
    """
    one = pieces.cut(body.strip())[:LONGEST]
    other = pieces.cut(answer.strip())[:LONGEST]
    longer = max(len(one), len(other))
    return 1 - _distance()(one, other) / longer if longer else 0.0


@lru_cache(maxsize=1)
def _distance() -> Callable[[Sequence[Hashable], Sequence[Hashable]], int]:
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError as error:
        raise missing("rapidfuzz") from error
    return Levenshtein.distance
