"""Sketch files: what private mode sends instead of a text.

    {"format": "whence-sketch", "version": 1, "params": {SketchParams},
     "name", "language", "lines", "tokens",
     "raw":     {"fingerprints": ascending, "positions": token index of each k-gram,
                 "start_lines", "end_lines": 1-based, "starts", "ends": byte offsets},
     "renamed": the same,
     "minhash": [], "bands": []}

No words: they are pieces of the text. Fingerprints are 42 bits of a hash over 12 or 20 tokens:
they cannot be read back, but whoever has the same code recognises it, and who guesses right sees
that the guess was right. Places tell the layout of the lines, so that an answer can name lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attribution.errors import InputError
from attribution.lexing.encodings import decode
from attribution.lexing.languages import canonical_language, languages_to_try, syntax_of
from attribution.lexing.lexer import lex
from attribution.sketching.minhash import band_hashes
from attribution.sketching.sketch import U32, U64, Sketch, SketchParams, sketch_query

__all__ = ["MAX_BYTES", "Places", "SketchFile", "read_sketch_file", "sketch_file"]

FORMAT, VERSION = "whence-sketch", 1
MAX_BYTES = 4 << 20  # of a text; its sketch is up to about three times as large
_MAX_NAME = 1000  # characters
_PLACES = ("start_lines", "end_lines", "starts", "ends")
_KEYS = ("format", "version", "params", "name", "language", "lines", "tokens", "raw", "renamed",
         "minhash", "bands")  # fmt: skip
_REMEDY = "make the sketch again with `whence sketch FILE`"

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the k-grams of fingerprints stand; all of shape (n,), in the fingerprints' order."""

    start_lines: U32  # 1-based
    end_lines: U32  # inclusive
    starts: U32  # bytes
    ends: U32  # bytes, exclusive


@dataclass(frozen=True, slots=True)
class SketchFile:
    """A sketch, and where its k-grams stand in the text that nobody else sees."""

    sketch: Sketch  # without words
    params: SketchParams
    raw: Places
    renamed: Places
    lines: int
    language: str | None = None  # canonical name
    name: str = "-"

    def as_json(self) -> dict[str, object]:
        """The file's content as plain values."""
        sketch = self.sketch
        return {
            "format": FORMAT,
            "version": VERSION,
            "params": self.params.as_dict(),
            "name": self.name,
            "language": self.language,
            "lines": self.lines,
            "tokens": sketch.tokens,
            "raw": _columns(sketch.raw, sketch.raw_positions, self.raw),
            "renamed": _columns(sketch.renamed, sketch.renamed_positions, self.renamed),
            "minhash": sketch.minhash.tolist(),
            "bands": sketch.bands.tolist(),
        }


def sketch_file(
    raw: bytes, language: str | None, name: str = "-", params: SketchParams | None = None
) -> SketchFile:
    """Sketch a text.

    Args:
        raw: the text, in any encoding that a snippet may have.
        language: canonical name; None tries what an unknown snippet is lexed as.
        name: what the answer will call it; it is sent.
        params: those of the index that is to be asked; by default the usual ones.

    Raises:
        InputError: it is empty, binary or too large.
    """
    decoded = decode(raw, MAX_BYTES)
    if decoded.problem is not None:
        raise InputError(decoded.problem)
    params = params or SketchParams()
    languages = list({syntax_of(one): one for one in languages_to_try(language)}.values())
    parts = [sketch_query(decoded.code, [one], params) for one in languages]
    whole = sketch_query(decoded.code, languages, params)
    raw_places: list[U32] = []
    renamed_places: list[U32] = []
    for one, part in zip(languages, parts, strict=True):
        tokens = lex(decoded.code, one)
        for places, positions, k in (
            (raw_places, part.raw_positions, params.raw_k),
            (renamed_places, part.renamed_positions, params.renamed_k),
        ):
            last = positions + np.uint32(k - 1)
            places.append(
                np.stack(
                    (
                        tokens.lines[positions],
                        tokens.lines[last],
                        tokens.starts[positions],
                        tokens.ends[last],
                    )
                )
            )
    return SketchFile(
        replace(whole, words=()),
        params,
        _places(raw_places, [part.raw for part in parts], whole.raw),
        _places(renamed_places, [part.renamed for part in parts], whole.renamed),
        decoded.lines,
        language,
        name,
    )


def _places(places: list[U32], given: list[U64], wanted: U64) -> Places:
    """The places of the wanted fingerprints: of each the first, as `sketch_query` takes it."""
    found, first = np.unique(np.concatenate(given), return_index=True)
    assert np.array_equal(found, wanted)
    return Places(*np.concatenate(places, axis=1)[:, first].astype(np.uint32))


def _columns(fingerprints: U64, positions: U32, places: Places) -> dict[str, list[int]]:
    columns = {"fingerprints": fingerprints.tolist(), "positions": positions.tolist()}
    return columns | {name: getattr(places, name).tolist() for name in _PLACES}


def read_sketch_file(shape: object) -> SketchFile:
    """Read what `as_json` wrote, trusting nothing.

    Args:
        shape: the file's parsed JSON.

    Raises:
        InputError: says which field has which value, and what it may have.
    """
    file = _mapping(shape, "the sketch", _KEYS)
    if file["format"] != FORMAT:
        raise InputError(f"format is {_shown(file['format'])}, not {FORMAT!r}; {_REMEDY}")
    if file["version"] != VERSION:
        raise InputError(
            f"the sketch has version {_shown(file['version'])}, this Whence reads {VERSION}; use "
            "the same version of Whence on both sides"
        )
    params = _params(file["params"])
    language, name = file["language"], file["name"]
    if not isinstance(name, str) or len(name) > _MAX_NAME:
        raise InputError(f"name is no text of at most {_MAX_NAME} characters; leave it as '-'")
    if language is not None and (not isinstance(language, str) or not canonical_language(language)):
        raise InputError(f"language is {_shown(language)}, which is not known; give it as null")
    lines = _number(file["lines"], "lines", 0, MAX_BYTES)
    tokens = _number(file["tokens"], "tokens", 0, MAX_BYTES)
    size = 1 << params.fingerprint_bits
    raw = _fingerprints(file["raw"], "raw", size, tokens - params.raw_k + 1, lines)
    renamed = _fingerprints(file["renamed"], "renamed", size, tokens - params.renamed_k + 1, lines)
    if tokens >= params.raw_guarantee and not raw[0].size:
        # it would be answered as a text that was looked up and not found
        raise InputError(f"raw.fingerprints is empty for a text of {tokens} tokens; {_REMEDY}")
    minhash = _numbers(file["minhash"], "minhash", 1 << 32, params.permutations).astype(np.uint32)
    bands = _numbers(file["bands"], "bands", size, params.bands).astype(np.uint64)
    if minhash.size not in (0, params.permutations):
        raise InputError(f"minhash has {minhash.size} values, not {params.permutations}; {_REMEDY}")
    if not np.array_equal(bands, _bands(minhash, params)):
        raise InputError(f"bands do not follow from minhash; {_REMEDY}")
    return SketchFile(
        Sketch(raw[0], raw[1], renamed[0], renamed[1], minhash, bands, (), tokens),
        params,
        raw[2],
        renamed[2],
        lines,
        None if language is None else canonical_language(language),
        name,
    )


def _params(shape: object) -> SketchParams:
    usual = SketchParams().as_dict()
    given = _mapping(shape, "params", tuple(usual))
    # No number may cost more than a text could: each is at most what fits 64 bits of hash.
    read = {
        key: _number(given[key], f"params.{key}", 0 if key == "minhash_seed" else 1, 1 << 16)
        for key in usual
    }
    if read["fingerprint_bits"] > 63 or read["permutations"] > 1024:
        raise InputError(
            f"params has fingerprint_bits {read['fingerprint_bits']} and permutations "
            f"{read['permutations']}, of at most 63 and 1024; {_REMEDY}"
        )
    if read["permutations"] % read["bands"]:
        raise InputError(
            f"params has {read['bands']} bands, which do not divide {read['permutations']} "
            f"permutations; {_REMEDY}"
        )
    return SketchParams(**read)


def _fingerprints(
    shape: object, name: str, size: int, grams: int, lines: int
) -> tuple[U64, U32, Places]:
    """Fingerprints, positions and places of one kind, of a text of so many k-grams and lines."""
    columns = _mapping(shape, name, ("fingerprints", "positions", *_PLACES))
    values = _numbers(columns["fingerprints"], f"{name}.fingerprints", size).astype(np.uint64)
    if values.size > 1 and not (values[1:] > values[:-1]).all():
        raise InputError(f"{name}.fingerprints are not ascending and distinct; {_REMEDY}")
    limits = {"positions": max(grams, 0), "start_lines": lines + 1, "end_lines": lines + 1}
    others = {}
    for column in ("positions", *_PLACES):
        full = f"{name}.{column}"
        others[column] = _numbers(columns[column], full, limits.get(column, 4 * MAX_BYTES + 1))
        if others[column].size != values.size:
            raise InputError(
                f"{full} has {others[column].size} values for {values.size} fingerprints; {_REMEDY}"
            )
    backwards = (others["start_lines"] > others["end_lines"]).any() or (
        others["starts"] >= others["ends"]
    ).any()
    if backwards or (values.size and int(others["start_lines"].min()) < 1):
        raise InputError(f"{name} has a place that ends before it starts; {_REMEDY}")
    u32 = {column: found.astype(np.uint32) for column, found in others.items()}
    return values, u32["positions"], Places(*(u32[column] for column in _PLACES))


def _bands(minhash: U32, params: SketchParams) -> U64:
    bands = np.empty(params.bands if minhash.size else 0, np.uint64)
    if minhash.size:
        band_hashes(minhash, np.uint64(64 - params.fingerprint_bits), bands)
    return bands


def _mapping(shape: object, name: str, keys: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(shape, dict):
        raise InputError(f"{name} is {_shown(shape)}, not an object; {_REMEDY}")
    if missing := [key for key in keys if key not in shape]:
        raise InputError(f"{name} lacks {', '.join(missing)}; {_REMEDY}")
    if more := [str(key)[:40] for key in shape if key not in keys]:
        raise InputError(f"{name} has unknown fields: {', '.join(more[:5])}; {_REMEDY}")
    return shape


def _number(value: object, name: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise InputError(
            f"{name} is {_shown(value)}, not a whole number of {least} to {most}; {_REMEDY}"
        )
    return value


def _numbers(values: object, name: str, limit: int, most: int = MAX_BYTES) -> I64:
    """A list of at most `most` whole numbers below a limit of at most 2**63, shape (n,)."""
    if not isinstance(values, list) or len(values) > most:
        found = f"a list of {len(values)}" if isinstance(values, list) else _shown(values)
        raise InputError(f"{name} is {found}, not a list of at most {most} numbers; {_REMEDY}")
    for at, value in enumerate(values):
        if type(value) is not int or not 0 <= value < limit:
            raise InputError(
                f"{name}[{at}] is {_shown(value)}, not a whole number below {limit}; {_REMEDY}"
            )
    return np.array(values, np.int64)


def _shown(value: object) -> str:
    return repr(value)[:60]
