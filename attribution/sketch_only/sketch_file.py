"""Sketch files: what private mode sends instead of a text.

    {"format": "whence-sketch", "version": 1, "params": {SketchParams},
     "name", "language", "lines", "tokens",
     "raw":     {"fingerprints": ascending, "positions": token index of each k-gram,
                 "start_lines", "end_lines": 1-based, "starts", "ends": byte offsets},
     "renamed": the same,
     "minhash": [], "bands": []}

There are no words, because words are pieces of the text. Fingerprints are 42 bits of a hash over
12 or 20 tokens: they cannot be reversed, but someone who has the same code can recognise it, and a
right guess can be confirmed. The positions reveal the layout of the lines, so that an answer can
name lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias, cast

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from attribution.errors import InputError
from attribution.lexing.encodings import decode
from attribution.lexing.languages import canonical_language, languages_to_try, syntax_of
from attribution.lexing.lexer import Tokens, lex
from attribution.sketching.minhash import band_hashes
from attribution.sketching.sketch import U32, U64, Sketch, SketchParams
from attribution.sketching.sketcher import sketch_query

__all__ = ["MAX_BYTES", "GramColumns", "SketchFile", "read_sketch_file", "sketch_file"]

VERSION = 1
MAX_BYTES = 4 << 20  # of a text; its sketch is up to about three times as large
_REMEDY = "make the sketch again with `whence sketch FILE`"

Count: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_BYTES)]
Numbers: TypeAlias = Annotated[list[Annotated[int, Meta(ge=0)]], Meta(max_length=MAX_BYTES)]


class GramColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fingerprints of one kind and where their k-grams are; all lists are equally long."""

    fingerprints: Numbers  # ascending and distinct
    positions: Numbers  # index of the first token
    start_lines: Numbers  # 1-based
    end_lines: Numbers  # inclusive
    starts: Numbers  # bytes
    ends: Numbers  # bytes, exclusive


class SketchFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sketch of a text that is not sent, and where its k-grams are."""

    format: Literal["whence-sketch"]
    version: int
    params: dict[str, int]  # SketchParams
    name: Annotated[str, Meta(max_length=1000)]
    language: str | None  # canonical name
    lines: Count
    tokens: Count
    raw: GramColumns
    renamed: GramColumns
    minhash: Numbers
    bands: Numbers

    def as_json(self) -> dict[str, object]:
        """The file's content as plain values."""
        return cast("dict[str, object]", msgspec.to_builtins(self))

    def tokens_at(self) -> Tokens:
        """About where each token is: fingerprints say it for some, the others are spread evenly."""
        grams = self.raw if self.raw.positions else self.renamed
        k = self.params["raw_k" if self.raw.positions else "renamed_k"]
        order = np.argsort(grams.positions)
        first, numbers = np.array(grams.positions)[order], np.arange(self.tokens)

        def between(values: list[int], at: NDArray[np.int64]) -> NDArray[np.uint32]:
            spread = np.interp(numbers, at, np.array(values)[order]) if len(at) else numbers * 0
            return spread.astype(np.uint32)

        return Tokens(
            hashes=np.zeros(self.tokens, np.uint64),
            kinds=np.zeros(self.tokens, np.uint8),
            starts=between(grams.starts, first),
            ends=between(grams.ends, first + k - 1),
            lines=between(grams.start_lines, first),
        )

    def sketch(self) -> Sketch:
        """The sketch for an index; it has no words."""
        return Sketch(
            np.array(self.raw.fingerprints, np.uint64),
            np.array(self.raw.positions, np.uint32),
            np.array(self.renamed.fingerprints, np.uint64),
            np.array(self.renamed.positions, np.uint32),
            np.array(self.minhash, np.uint32),
            np.array(self.bands, np.uint64),
            (),
            self.tokens,
        )


def sketch_file(
    raw: bytes, language: str | None, name: str = "-", params: SketchParams | None = None
) -> SketchFile:
    """Sketch a text.

    Args:
        raw: the text, in any encoding that a snippet may have.
        language: canonical name; None tries the languages that an unknown snippet is lexed as.
        name: what the answer will call it; it is sent.
        params: those of the index that will be searched; None: the defaults.

    Raises:
        InputError: it is empty, binary or too large.
    """
    decoded = decode(raw, MAX_BYTES)
    if decoded.problem is not None:
        raise InputError(decoded.problem)
    params = params or SketchParams()
    languages = list({syntax_of(one): one for one in languages_to_try(language)}.values())
    whole = sketch_query(decoded.code, languages, params)
    parts = [
        (sketch_query(decoded.code, [one], params), lex(decoded.code, one)) for one in languages
    ]
    raw_parts = [(part.raw, part.raw_positions, tokens) for part, tokens in parts]
    renamed_parts = [(part.renamed, part.renamed_positions, tokens) for part, tokens in parts]
    return SketchFile(
        "whence-sketch",
        VERSION,
        params.as_dict(),
        name,
        language,
        decoded.lines,
        whole.tokens,
        _columns(whole.raw, whole.raw_positions, raw_parts, params.raw_k),
        _columns(whole.renamed, whole.renamed_positions, renamed_parts, params.renamed_k),
        whole.minhash.tolist(),
        whole.bands.tolist(),
    )


def _columns(
    fingerprints: U64, positions: U32, parts: Sequence[tuple[U64, U32, Tokens]], k: int
) -> GramColumns:
    """The columns of one kind: of equal fingerprints the first, as in `sketch_query`.

    Args:
        fingerprints: of all languages, ascending.
        positions: of these.
        parts: fingerprints, positions and tokens of each language.
        k: tokens per k-gram.
    """
    found, first = np.unique(np.concatenate([part[0] for part in parts]), return_index=True)
    assert np.array_equal(found, fingerprints)
    spans: list[NDArray[np.int64]] = []
    for _, starts, tokens in parts:
        ends = starts + np.uint32(k - 1)
        spans.append(
            np.stack(
                (tokens.lines[starts], tokens.lines[ends], tokens.starts[starts], tokens.ends[ends])
            ).astype(np.int64)
        )
    columns = np.concatenate(spans, axis=1)[:, first].tolist()
    return GramColumns(fingerprints.tolist(), positions.tolist(), *columns)


def read_sketch_file(shape: object) -> SketchFile:
    """Read what `as_json` wrote, trusting nothing.

    Args:
        shape: the file's parsed JSON.

    Raises:
        InputError: says which field is invalid, and what it may contain.
    """
    try:
        file = msgspec.convert(shape, SketchFile)
    except msgspec.ValidationError as error:
        raise InputError(f"the sketch is invalid: {error}; {_REMEDY}") from error
    if file.version != VERSION:
        raise InputError(
            f"the sketch has version {file.version}, this Whence reads {VERSION}; use the same "
            "version of Whence on both sides"
        )
    params = _params(file.params)
    language = None if file.language is None else canonical_language(file.language)
    if file.language is not None and language is None:
        raise InputError(f"language is {file.language[:60]!r}, which is unknown; give it as null")
    _check_columns(file.raw, "raw", file, params, params.raw_k)
    _check_columns(file.renamed, "renamed", file, params, params.renamed_k)
    if file.tokens >= params.raw_guarantee and not file.raw.fingerprints:
        # it would be answered like a text that was looked up and not found
        raise InputError(f"raw.fingerprints is empty for a text of {file.tokens} tokens; {_REMEDY}")
    _check_below(file.minhash, "minhash", 1 << 32)
    if len(file.minhash) not in (0, params.permutations):
        raise InputError(
            f"minhash has {len(file.minhash)} values, not {params.permutations}; {_REMEDY}"
        )
    bands = np.empty(params.bands if file.minhash else 0, np.uint64)
    if file.minhash:
        minhash = np.array(file.minhash, np.uint32)
        band_hashes(minhash, np.uint64(64 - params.fingerprint_bits), bands)
    if file.bands != bands.tolist():
        raise InputError(f"bands do not follow from minhash; {_REMEDY}")
    return msgspec.structs.replace(file, language=language)


def _params(given: dict[str, int]) -> SketchParams:
    usual = SketchParams().as_dict()
    if missing := [key for key in usual if key not in given]:
        raise InputError(f"params lacks {', '.join(missing)}; {_REMEDY}")
    if unknown := [key[:40] for key in given if key not in usual]:
        raise InputError(f"params has unknown fields: {', '.join(unknown[:5])}; {_REMEDY}")
    # No parameter may make a sketch cost more than a text could.
    most = {"fingerprint_bits": 63, "permutations": 1024}
    for key, value in given.items():
        least, limit = int(key != "minhash_seed"), most.get(key, 1 << 16)
        if not least <= value <= limit:
            raise InputError(
                f"params.{key} is {value}, not a number of {least} to {limit}; {_REMEDY}"
            )
    if given["permutations"] % given["bands"]:
        raise InputError(
            f"params has {given['bands']} bands, which do not divide {given['permutations']} "
            f"permutations; {_REMEDY}"
        )
    return SketchParams(**given)


def _check_columns(
    columns: GramColumns, name: str, file: SketchFile, params: SketchParams, k: int
) -> None:
    limits = {
        "fingerprints": 1 << params.fingerprint_bits,
        "positions": max(file.tokens - k + 1, 0),
        "start_lines": file.lines + 1,
        "end_lines": file.lines + 1,
        "starts": 4 * MAX_BYTES + 1,
        "ends": 4 * MAX_BYTES + 1,
    }
    for column, limit in limits.items():
        values = getattr(columns, column)
        _check_below(values, f"{name}.{column}", limit)
        if len(values) != len(columns.fingerprints):
            raise InputError(
                f"{name}.{column} has {len(values)} values for {len(columns.fingerprints)} "
                f"fingerprints; {_REMEDY}"
            )
    if any(one >= other for one, other in pairwise(columns.fingerprints)):
        raise InputError(f"{name}.fingerprints are not ascending and distinct; {_REMEDY}")
    lines = zip(columns.start_lines, columns.end_lines, strict=True)
    spans = zip(columns.starts, columns.ends, strict=True)
    if any(not 1 <= first <= last for first, last in lines) or any(a >= b for a, b in spans):
        raise InputError(f"{name} has a k-gram that ends before it starts; {_REMEDY}")


def _check_below(values: list[int], name: str, limit: int) -> None:
    if values and (most := max(values)) >= limit:
        raise InputError(f"{name} contains {most}, not a number below {limit}; {_REMEDY}")
