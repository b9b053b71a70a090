"""Text to Sketch.

Lexemes (`lexer`) -> winnowed raw and renamed k-grams (`fingerprints`), a MinHash signature with
its LSH bands (`minhash`) and lexical terms (`words`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from attribution.lexing.languages import syntax_of
from attribution.lexing.lexer import Tokens, lex
from attribution.lexing.rules import CLASSES, IMPORTS, KEYWORDS, RULES
from attribution.line_ends import with_lone_returns_ended
from attribution.sketching.minhash import band_hashes, permutations
from attribution.sketching.pipeline import keep_firsts, sketch_documents, sketch_tokens
from attribution.sketching.sketch import U32, U64, Sketch, SketchBatch, SketchParams
from attribution.sketching.words import words_of

__all__ = ["DENSE_BELOW_TOKENS", "sketch_batch", "sketch_query"]


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
            np.frombuffer(b"".join((*map(with_lone_returns_ended, contents), bytes(8))), np.uint8),
            offsets, families,
            RULES, CLASSES, KEYWORDS, IMPORTS,
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

_UNSIGNED = np.empty(0, np.uint32)


def sketch_query(
    code: bytes,
    languages: Sequence[str | None],
    params: SketchParams,
    lexed: Callable[[str | None], Tokens] | None = None,
) -> Sketch:
    """Sketch a snippet under the syntax of each language, and unite the fingerprints.

    The signature is that of the first language. `tokens` is the largest count.

    Args:
        lexed: the tokens of `code` as a language, where they are known; None lexes it.
    """
    shift = np.uint64(64 - params.fingerprint_bits)
    signing = permutations(params.permutations, params.minhash_seed)
    signature = np.empty(params.permutations, np.uint32)
    by_syntax: dict[int, str | None] = {}
    for language in languages:
        by_syntax.setdefault(syntax_of(language), language)
    lexed = lexed or partial(lex, code)
    readings = [lexed(language) for language in by_syntax.values()]
    parts = [
        sketch_tokens(
            tokens.hashes, tokens.kinds, *signing,
            params.raw_k, params.raw_w, params.renamed_k, params.renamed_w,
            shift, params.shingle, DENSE_BELOW_TOKENS, _UNSIGNED if number else signature,
        )
        for number, tokens in enumerate(readings)
    ]  # fmt: skip
    counts = list(map(len, readings))
    raw, raw_positions = _distinct(
        [found[:raws] for found, _, raws in parts], [at[:raws] for _, at, raws in parts]
    )
    renamed, renamed_positions = _distinct(
        [found[raws:] for found, _, raws in parts], [at[raws:] for _, at, raws in parts]
    )
    bands = np.empty(params.bands, np.uint64)
    band_hashes(signature, shift, bands)
    has_shingles = counts[0] >= params.shingle
    return Sketch(
        raw=raw,
        raw_positions=raw_positions,
        renamed=renamed,
        renamed_positions=renamed_positions,
        minhash=signature if has_shingles else np.empty(0, np.uint32),
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
