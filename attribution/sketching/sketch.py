"""Text to Sketch: all that an index needs of a text.

Lexemes (`lexer`) -> winnowed raw and renamed k-grams (`fingerprints`), a MinHash signature with
its LSH bands (`minhash`) and lexical terms (`words`). Everything on which index and query must
agree is in one frozen `SketchParams`, which the index stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.languages import syntax_of
from attribution.lexing.rules import CLASSES, IMPORTS, KEYWORDS, RULES, family_rows
from attribution.line_ends import with_lone_returns_ended
from attribution.sketching.minhash import band_hashes, permutations
from attribution.sketching.pipeline import keep_firsts, sketch_documents, sketch_snippet
from attribution.sketching.words import WORD_BYTES, words_of

__all__ = ["Sketch", "SketchBatch", "SketchParams", "sketch_batch", "sketch_query"]

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


def sketch_batch(
    contents: Sequence[bytes],
    languages: Sequence[str],
    params: SketchParams,
    *,
    with_words: bool = True,
) -> SketchBatch:
    """Sketch documents for an index. Releases the GIL while it works.

    Scratch memory is about 40 bytes per byte of the largest content, and the result about one
    byte per byte of all contents; batches of 4-16 MB are good. `with_words=False` leaves the
    lexical terms empty, for an index without words.
    """
    offsets = np.zeros(len(contents) + 1, np.int64)
    np.cumsum([len(content) for content in contents], out=offsets[1:])
    families = np.fromiter(map(syntax_of, languages), np.int64, len(contents))
    raw, raw_offsets, renamed, renamed_offsets, minhash, bands, words, words_offsets, tokens = (
        sketch_documents(
            np.frombuffer(b"".join(map(with_lone_returns_ended, contents)), np.uint8),
            offsets, families,
            RULES, CLASSES, KEYWORDS, IMPORTS, WORD_BYTES,
            *permutations(params.permutations, params.minhash_seed),
            params.raw_k, params.raw_w, params.renamed_k, params.renamed_w,
            np.uint64(64 - params.fingerprint_bits), params.shingle, params.bands, with_words,
        )
    )  # fmt: skip
    return SketchBatch(
        raw, raw_offsets, renamed, renamed_offsets, minhash, bands,
        words.tobytes(), words_offsets, tokens,
    )  # fmt: skip


# For a snippet of fewer tokens, all k-grams are looked up instead of the winnowed ones. That finds
# shared runs shorter than the guarantee, for four times the look-ups.
DENSE_BELOW_TOKENS = 160

_NO_SIGNING = (np.empty(0, np.uint32), np.empty(0, np.uint32))  # factors and summands of MinHash


def sketch_query(code: bytes, languages: Sequence[str | None], params: SketchParams) -> Sketch:
    """Sketch a snippet under the syntax of each language, and unite the fingerprints.

    The signature is that of the first language. `tokens` is the largest count.
    """
    data = np.frombuffer(with_lone_returns_ended(code), np.uint8)
    shift = np.uint64(64 - params.fingerprint_bits)
    signing = permutations(params.permutations, params.minhash_seed)
    parts = [
        sketch_snippet(
            data, *family_rows(family), *(_NO_SIGNING if number else signing),
            params.raw_k, params.raw_w, params.renamed_k, params.renamed_w,
            shift, params.shingle, DENSE_BELOW_TOKENS,
        )
        for number, family in enumerate(dict.fromkeys(map(syntax_of, languages)))
    ]  # fmt: skip
    raws, raw_firsts, renameds, renamed_firsts, signatures, counts = zip(*parts, strict=True)
    raw, raw_positions = _distinct(raws, raw_firsts)
    renamed, renamed_positions = _distinct(renameds, renamed_firsts)
    bands = np.empty(params.bands, np.uint64)
    band_hashes(signatures[0], shift, bands)
    has_shingles = counts[0] >= params.shingle
    return Sketch(
        raw=raw,
        raw_positions=raw_positions,
        renamed=renamed,
        renamed_positions=renamed_positions,
        minhash=signatures[0] if has_shingles else np.empty(0, np.uint32),
        bands=bands if has_shingles else np.empty(0, np.uint64),
        words=words_of(code),
        tokens=max(counts),
    )


def _distinct(hashes: Sequence[U64], positions: Sequence[U32]) -> tuple[U64, U32]:
    """The distinct hashes in ascending order, with the position where each comes first."""
    values, first = np.concatenate(hashes), np.concatenate(positions)
    count = keep_firsts(values, first)
    order = values[:count].argsort()
    return values[order], first[order]
