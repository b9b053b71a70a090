"""Text to Sketch: all that an index needs of a text.

Lexemes (`lexer`) -> winnowed raw and renamed k-grams (`fingerprints`), a MinHash signature with
its LSH bands (`minhash`) and lexical terms (`words`). Everything on which index and query must
agree is one frozen `SketchParams`, stored in the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import kernel, types, uint8, uint32, uint64
from attribution.lexing.languages import syntax_of
from attribution.lexing.lexer import (
    CLASSES,
    IMPORTS,
    KEYWORDS,
    READONLY_BYTES,
    RULES,
    family_rows,
    lex_into,
)
from attribution.sketching.fingerprints import kgrams_raw, kgrams_renamed, winnow
from attribution.sketching.minhash import band_hashes, permutations, shingle_hashes, sign_into
from attribution.sketching.words import WORD_BYTES, words_into, words_of

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
    """Sketches of n documents, concatenated. `x_offsets` has shape (n + 1,).

    The fingerprints of a document are in text order and may repeat: whoever stores them sorts
    anyway, and sorting here would cost as much as finding them.
    """

    raw: U64  # < 2**fingerprint_bits
    raw_offsets: NDArray[np.int64]
    renamed: U64
    renamed_offsets: NDArray[np.int64]
    minhash: U32  # shape (n, permutations); all 2**32-1 for a text without a shingle
    bands: U64  # shape (n, bands), < 2**fingerprint_bits; all 2**64-1 (no band) for such a text
    words: bytes  # distinct lower-case UTF-8 words per document, one space after each
    words_offsets: NDArray[np.int64]  # into `words`, bytes
    tokens: U32  # shape (n,), raw tokens per document


@kernel(
    types.Tuple((
        uint64[::1], types.int64[::1], uint64[::1], types.int64[::1],
        uint32[:, ::1], uint64[:, ::1], uint8[::1], types.int64[::1], uint32[::1],
    ))(
        READONLY_BYTES, types.int64[::1], types.int64[::1],
        uint8[:, ::1], uint8[:, ::1], uint64[:, ::1], uint64[:, ::1], uint8[::1],
        uint32[::1], uint32[::1],
        types.int64, types.int64, types.int64, types.int64, uint64, types.int64, types.int64,
        types.boolean,
    ),
)  # fmt: skip
def _sketch_all(  # type: ignore[no-untyped-def]
    data, offsets, families, rules, classes, keywords, imports, folded, a, b,
    raw_k, raw_w, renamed_k, renamed_w, shift, shingle, bands, with_words,
):  # fmt: skip
    count = offsets.shape[0] - 1
    largest = 1
    for d in range(count):
        largest = max(largest, offsets[d + 1] - offsets[d])
    hashes = np.empty(largest, np.uint64)
    kinds = np.empty(largest, np.uint8)
    starts = np.empty(largest, np.uint32)
    ends = np.empty(largest, np.uint32)
    lines = np.empty(largest, np.uint32)
    grams = np.empty(largest, np.uint64)
    unwanted = np.empty(0, np.uint32)
    shingles = np.empty(largest, np.uint32)
    slots = 1024
    while slots <= 2 * largest:
        slots *= 2
    known_words = np.empty(slots, np.uint64)
    known_tokens = np.empty(slots, np.uint64)
    room = offsets[count] // 12 + largest + 64
    raw = np.empty(room, np.uint64)
    renamed = np.empty(room, np.uint64)
    raw_offsets = np.zeros(count + 1, np.int64)
    renamed_offsets = np.zeros(count + 1, np.int64)
    signatures = np.empty((count, a.shape[0]), np.uint32)
    band_table = np.empty((count, bands), np.uint64)
    words = np.empty(offsets[count] + count + 1 if with_words else 1, np.uint8)
    words_offsets = np.zeros(count + 1, np.int64)
    tokens = np.empty(count, np.uint32)
    for d in range(count):
        begin, end = offsets[d], offsets[d + 1]
        family = families[d]
        n = lex_into(
            data, begin, end, rules[family], classes[family], keywords[family], imports[family],
            hashes, kinds, starts, ends, lines,
        )  # fmt: skip
        tokens[d] = n
        at = raw_offsets[d]
        if at + n > raw.shape[0]:
            grown = np.empty(2 * raw.shape[0] + n, np.uint64)
            grown[:at] = raw[:at]
            raw = grown
        m = kgrams_raw(hashes, n, raw_k, grams)
        raw_offsets[d + 1] = at + winnow(grams, m, raw_w, shift, raw[at:], unwanted)
        at = renamed_offsets[d]
        if at + n > renamed.shape[0]:
            grown = np.empty(2 * renamed.shape[0] + n, np.uint64)
            grown[:at] = renamed[:at]
            renamed = grown
        m = kgrams_renamed(hashes, kinds, n, renamed_k, grams)
        renamed_offsets[d + 1] = at + winnow(grams, m, renamed_w, shift, renamed[at:], unwanted)
        m = shingle_hashes(hashes, n, shingle, shingles)
        sign_into(shingles, m, a, b, signatures[d])
        band_hashes(signatures[d], shift, band_table[d])
        if with_words:
            words_offsets[d + 1] = words_into(
                data, begin, end, folded, hashes, kinds, starts, ends, n,
                known_words, known_tokens, words, words_offsets[d],
            )  # fmt: skip
    return (
        raw[: raw_offsets[count]], raw_offsets, renamed[: renamed_offsets[count]], renamed_offsets,
        signatures, band_table, words[: words_offsets[count]], words_offsets, tokens,
    )  # fmt: skip


def sketch_batch(
    contents: Sequence[bytes],
    languages: Sequence[str],
    params: SketchParams,
    *,
    with_words: bool = True,
) -> SketchBatch:
    """Sketch documents for an index. Releases the GIL while it works.

    Scratch memory is about 40 bytes per byte of the largest content, and the result about one
    byte per byte of all; batches of 4-16 MB are good. `with_words=False` leaves the lexical terms
    empty, for who keeps no lexical index.
    """
    offsets = np.zeros(len(contents) + 1, np.int64)
    np.cumsum([len(content) for content in contents], out=offsets[1:])
    families = np.fromiter(map(syntax_of, languages), np.int64, len(contents))
    raw, raw_offsets, renamed, renamed_offsets, minhash, bands, words, words_offsets, tokens = (
        _sketch_all(
            np.frombuffer(b"".join(contents), np.uint8), offsets, families,
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


@kernel(
    types.Tuple((uint64[::1], uint32[::1], uint64[::1], uint32[::1], uint32[::1], types.int64))(
        READONLY_BYTES, uint8[::1], uint8[::1], uint64[::1], uint64[::1], uint32[::1], uint32[::1],
        types.int64, types.int64, types.int64, types.int64, uint64, types.int64, types.int64,
    ),
)  # fmt: skip
def _sketch_one(  # type: ignore[no-untyped-def]
    data, rules, classes, keywords, imports, a, b,
    raw_k, raw_w, renamed_k, renamed_w, shift, shingle, dense_below,
):  # fmt: skip
    size = max(data.shape[0], 1)
    hashes = np.empty(size, np.uint64)
    kinds = np.empty(size, np.uint8)
    marks = np.empty(size, np.uint32)
    n = lex_into(
        data, 0, data.shape[0], rules, classes, keywords, imports,
        hashes, kinds, marks, marks, marks,
    )  # fmt: skip
    if n < dense_below:
        raw_w, renamed_w = 1, 1
    grams = np.empty(n + 1, np.uint64)
    raw = np.empty(n + 1, np.uint64)
    raw_positions = np.empty(n + 1, np.uint32)
    renamed = np.empty(n + 1, np.uint64)
    renamed_positions = np.empty(n + 1, np.uint32)
    m = kgrams_raw(hashes, n, raw_k, grams)
    raws = winnow(grams, m, raw_w, shift, raw, raw_positions)
    m = kgrams_renamed(hashes, kinds, n, renamed_k, grams)
    renameds = winnow(grams, m, renamed_w, shift, renamed, renamed_positions)
    signature = np.empty(a.shape[0], np.uint32)
    shingles = np.empty(n + 1, np.uint32)
    m = shingle_hashes(hashes, n, shingle, shingles)
    sign_into(shingles, m, a, b, signature)
    return (
        raw[:raws].copy(), raw_positions[:raws].copy(),
        renamed[:renameds].copy(), renamed_positions[:renameds].copy(), signature, n,
    )  # fmt: skip


# A snippet of fewer tokens is asked with all of its k-grams instead of the winnowed ones: that
# finds shared runs shorter than the guarantee, for four times the look-ups.
DENSE_BELOW_TOKENS = 160


def sketch_query(code: bytes, languages: Sequence[str | None], params: SketchParams) -> Sketch:
    """Sketch a snippet under the syntax of each language; the union of what they give.

    The signature is that of the first language. `tokens` is the largest count.
    """
    data = np.frombuffer(code, np.uint8)
    a, b = permutations(params.permutations, params.minhash_seed)
    shift = np.uint64(64 - params.fingerprint_bits)
    parts = [
        _sketch_one(
            data, *family_rows(family), a, b,
            params.raw_k, params.raw_w, params.renamed_k, params.renamed_w,
            shift, params.shingle, DENSE_BELOW_TOKENS,
        )
        for family in dict.fromkeys(map(syntax_of, languages))
    ]  # fmt: skip
    raw, raw_first = np.unique(np.concatenate([part[0] for part in parts]), return_index=True)
    renamed, renamed_first = np.unique(
        np.concatenate([part[2] for part in parts]), return_index=True
    )
    tokens = max(part[5] for part in parts)
    bands = np.empty(params.bands, np.uint64)
    band_hashes(parts[0][4], shift, bands)
    whole = parts[0][5] >= params.shingle
    return Sketch(
        raw=raw,
        raw_positions=np.concatenate([part[1] for part in parts])[raw_first],
        renamed=renamed,
        renamed_positions=np.concatenate([part[3] for part in parts])[renamed_first],
        minhash=parts[0][4] if whole else np.empty(0, np.uint32),
        bands=bands if whole else np.empty(0, np.uint64),
        words=words_of(code),
        tokens=tokens,
    )
