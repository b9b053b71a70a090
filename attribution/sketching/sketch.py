"""`Sketch`: all that an index needs of a text.

Everything on which index and query must agree is in one frozen `SketchParams`, which the index
stores. Sketches are made by `attribution.sketching.sketcher`, which needs the kernels; they take
half a second to import, and commands that only read an index do without them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sketch", "SketchBatch", "SketchParams"]

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class SketchParams:
    """What index and query must agree on. Defaults are measured; see docs/index-format.md."""

    lexer_version: int = 3  # raised with each change of the tokens of any language
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
    """The sketch of a snippet. Fingerprints are < 2**params.fingerprint_bits, distinct."""

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
    """Sketches of n documents, concatenated. `x_offsets` has shape (n + 1,).

    The fingerprints of a document are in text order and may repeat: the index sorts them anyway,
    and sorting here would cost as much as finding them.
    """

    raw: U64  # < 2**fingerprint_bits
    raw_offsets: NDArray[np.int64]
    renamed: U64
    renamed_offsets: NDArray[np.int64]
    minhash: U32  # shape (n, permutations); all 2**32-1 for a text without a shingle
    bands: U64  # shape (n, bands), < 2**fingerprint_bits; all 2**64-1 (no band) for such a text
    # distinct lower-case UTF-8 words per document, and parts of compound ones; a space after each
    words: bytes
    words_offsets: NDArray[np.int64]  # into `words`, bytes
    tokens: U32  # shape (n,), raw tokens per document
