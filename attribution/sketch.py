"""Text to Sketch: all that an index needs of a text.

Lexemes (`lexer`) -> winnowed raw and renamed k-grams (`fingerprints`), a MinHash signature
with its LSH bands (`minhash`) and lexical terms (`words`). Everything on which index and query must agree
is one frozen `SketchParams`, stored in the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sketch", "SketchBatch", "SketchParams", "sketch_batch", "sketch_query"]

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class SketchParams:
    """What index and query must agree on. Defaults are measured; see docs/index-format.md."""

    lexer_version: int = 1  # raised with each change of the tokens of any language
    raw_k: int = 12  # tokens per raw k-gram
    raw_w: int = 8  # k-grams per raw winnowing window
    renamed_k: int = 20
    renamed_w: int = 10
    fingerprint_bits: int = 42  # significant bits of a fingerprint: 7 base64 characters
    shingle: int = 5  # tokens per MinHash shingle
    permutations: int = 128
    bands: int = 16  # LSH bands of permutations // bands rows
    minhash_seed: int = 1

    @property
    def raw_guarantee(self) -> int:
        """Tokens of a shared run that is always found: w + k - 1 (Schleimer et al. 2003)."""
        return self.raw_w + self.raw_k - 1

    @property
    def renamed_guarantee(self) -> int:
        """The same for renamed runs."""
        return self.renamed_w + self.renamed_k - 1

    def as_dict(self) -> dict[str, int]:
        """Plain form, for manifests."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What an index is asked with. Fingerprints are < 2**params.fingerprint_bits, distinct."""

    raw: U64  # shape (n,), ascending, distinct
    raw_positions: U32  # shape (n,), token index at which the k-gram first starts
    renamed: U64  # shape (m,), ascending, distinct
    renamed_positions: U32  # shape (m,)
    minhash: U32  # shape (permutations,), or (0,) when the text is too short
    bands: U64  # shape (bands,), or (0,)
    words: tuple[str, ...]  # distinct, lower case, in order of appearance
    tokens: int  # raw tokens of the text


@dataclass(frozen=True, slots=True)
class SketchBatch:
    """Sketches of n documents, concatenated. `x_offsets` has shape (n + 1,)."""

    raw: U64  # per document: ascending, distinct
    raw_offsets: NDArray[np.int64]
    renamed: U64  # per document: ascending, distinct
    renamed_offsets: NDArray[np.int64]
    minhash: U32  # shape (n, permutations); all 2**32-1 for a text without a shingle
    bands: U64  # shape (n, bands); all 2**64-1 (no band) for such a text
    words: bytes  # distinct lower-case UTF-8 words per document, one space after each
    words_offsets: NDArray[np.int64]  # into `words`, bytes
    tokens: U32  # shape (n,), raw tokens per document


def sketch_batch(
    contents: Sequence[bytes], languages: Sequence[str], params: SketchParams
) -> SketchBatch:
    """Sketch documents for an index. Releases the GIL while it works."""
    raise NotImplementedError


def sketch_query(code: bytes, languages: Sequence[str], params: SketchParams) -> Sketch:
    """Sketch a snippet under each of the languages' syntaxes; the union of what they give."""
    raise NotImplementedError
