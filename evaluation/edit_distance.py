"""One minus the normalised edit distance of the tokens of two texts.

This is Levenshtein's distance divided by the longer length, for the first 4,096 tokens of each text
without surrounding white space. LiCoEval uses the token ids of a model's tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, Protocol

from attribution.errors import InputError
from evaluation.libraries import optional

__all__ = ["LONGEST", "FileTokenizer", "Tokenizer", "WordTokenizer", "edit_similarity"]

LONGEST = 4096  # tokens of a text to compare

# How byte-level BPE splits a text before merging (Radford et al. 2019), with single digits as in
# StarCoder's tokenizer.
_SPLIT = re.compile(
    r"'(?:[sdmt]|ll|ve|re)| ?[^\W\d_]+| ?\d| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+"
)  # fmt: skip


class Tokenizer(Protocol):
    """Splits a text into tokens to compare."""

    name: str  # for reports

    def tokens(self, text: str) -> Sequence[Hashable]:
        """The tokens, in order."""
        ...


class WordTokenizer:
    """Words, digits, punctuation and white space: the input of a tokenizer's merges."""

    name = "words, no tokenizer"

    def tokens(self, text: str) -> Sequence[Hashable]:
        return _SPLIT.findall(text)


class FileTokenizer:
    """The token ids of a `tokenizer.json`."""

    def __init__(self, path: str) -> None:
        """Read the file.

        Raises:
            InputError: it cannot be read, or the package `tokenizers` is not installed.
        """
        library = optional("tokenizers", "tokenizers")
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read as a tokenizer: {error}") from error
        try:
            self._tokenizer: Any = library.Tokenizer.from_str(text)
        except Exception as error:  # its Rust part raises a bare Exception
            raise InputError(f"{path} is not a valid tokenizer.json: {error}") from error
        self.name = path

    def tokens(self, text: str) -> Sequence[Hashable]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


def edit_similarity(body: str, answer: str, tokenizer: Tokenizer) -> float:
    """One minus the normalised distance, 0..1; 0 if both texts are empty, as in LiCoEval.

    Raises:
        InputError: rapidfuzz is not installed.
    """
    true = tokenizer.tokens(body.strip())[:LONGEST]
    given = tokenizer.tokens(answer.strip())[:LONGEST]
    distance: int = optional("rapidfuzz.distance", "rapidfuzz").Levenshtein.distance(true, given)
    longer = max(len(true), len(given))
    return 1 - distance / longer if longer else 0.0
