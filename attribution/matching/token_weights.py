"""The weight of each token of a snippet as evidence, before any index is asked.

Names and strings weigh more than punctuation, a second use weighs less than the first, imports and
prose weigh little, and legal text weighs nothing: a licence header is in a million files. Where
only the shape agrees, a shape that repeats (a table, a row of getters) counts only once.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import boolean, float32, kernel, uint8, uint32, uint64, void
from attribution.lexing.hashing import count_use, hash_bytes, table_size
from attribution.lexing.lexer import IMPORT, KIND, NAME, NUMBER, STRING, WORD, Tokens

__all__ = ["RENAMED_WEIGHTS", "WEIGHTS", "shape_novelty", "token_weights"]

# Weight per kind of token: PUNCTUATION, WORD, NAME, NUMBER, STRING.
WEIGHTS = np.array([0.2, 0.4, 1.0, 0.2, 0.8], np.float32)
# The same for a token that is equal only after renaming: its own text is no evidence.
RENAMED_WEIGHTS = np.array([0.2, 0.4, 0.3, 0.05, 0.1], np.float32)
_IMPORT_FACTOR = 0.1
_PROSE_FACTOR = 0.3
_PROSE_RUN = 4  # words in a row without punctuation, on one line
SHAPE = 6  # tokens
_NUMBERS_SHARE = 0.34  # of a line's tokens; a line with more numbers is a row of a table
_LEGAL_WORDS = (
    b"license", b"licence", b"copyright", b"warrant", b"merchantab", b"redistribut",
    b"rights reserved", b"hereby granted", b"spdx",
)  # fmt: skip
_LEGAL = re.compile(b"|".join(_LEGAL_WORDS))
_ADDRESS = re.compile(rb"https?://[^\s\"'<>]+")
_WORD = re.compile(rb"[^\W_]+")
_CODE = re.compile(rb"[=\"'{}]|\w\(")
_LABEL_WORDS, _LABEL_BYTES, _END_BYTES = 4, 100, 8  # of what is beside an address on its line
_CONTINUES = np.array([hash_bytes(bytes([mark])) for mark in b",.*;:/-_"], np.uint64)
_OPENS = np.array([hash_bytes(mark) for mark in (b"(", b"{")], np.uint64)
_CLOSES = np.array([hash_bytes(mark) for mark in (b")", b"}")], np.uint64)


@kernel(
    void(
        uint64[::1], uint8[::1], uint32[::1], boolean[::1], float32[::1],
        boolean[::1],
    ),
)  # fmt: skip
def _weights(hashes, kinds, lines, legal, out, body):  # type: ignore[no-untyped-def]
    """Weigh the tokens of a snippet.

    Args:
        hashes: (n,) uint64, the hash of each token.
        kinds: (n,) uint8, the kind of each token.
        lines: (n,) uint32, the line of each token, 1-based.
        legal: (last line + 1,) bool, whether each line contains a legal word.
        out: (n,) float32, written: the weight of each token.
        body: (n,) bool, written: whether the line of each token is code.
    """
    n = hashes.shape[0]
    slots = table_size(n, 64)
    known = np.zeros(slots, np.uint64)
    uses = np.zeros(slots, np.int32)
    importing = False  # inside the brackets of an import over several lines
    i = 0
    legal_before = False
    while i < n:
        stop = i
        run = 0
        longest_run = 0
        opened = 0
        only_names = True
        numbers = 0
        while stop < n and lines[stop] == lines[i]:
            kind = kinds[stop] & KIND
            numbers += kind == NUMBER
            if kind in (NAME, WORD):
                run += 1
                longest_run = max(longest_run, run)
            else:
                run = 0
                if kind != STRING:
                    known_mark = False
                    for mark in _OPENS:
                        if hashes[stop] == mark:
                            opened += 1
                            known_mark = True
                    for mark in _CLOSES:
                        if hashes[stop] == mark:
                            opened -= 1
                            known_mark = True
                    for mark in _CONTINUES:
                        known_mark = known_mark or hashes[stop] == mark
                    only_names = only_names and known_mark
            stop += 1
        imports = kinds[i] & IMPORT != 0
        if imports:
            importing = opened > 0
        elif importing:
            imports = only_names
            importing = only_names and opened >= 0
        prose = longest_run >= _PROSE_RUN
        # prose around a legal word is legal text: below it by this pass, above it by the next
        is_legal = prose and (legal[lines[i]] or legal_before)
        legal_before = is_legal
        for t in range(i, stop):
            kind = kinds[t] & KIND
            used = count_use(known, uses, hashes[t])
            weight = WEIGHTS[kind] / np.float32(0.5 + 0.5 * used)
            if imports:
                weight *= np.float32(_IMPORT_FACTOR)
            if prose:
                weight *= np.float32(_PROSE_FACTOR)
            body[t] = not imports and not prose and numbers <= _NUMBERS_SHARE * (stop - i)
            out[t] = -1.0 if is_legal else weight
            if prose and not is_legal:
                out[t] = -weight - 2.0  # prose, not yet known to be legal
        i = stop
    after = False
    for t in range(n - 1, -1, -1):
        if out[t] == -1.0:
            after = True
            out[t] = 0.0
        elif out[t] <= -2.0:
            out[t] = 0.0 if after else -(out[t] + 2.0)
        else:
            after = False


@kernel(void(uint64[::1], uint8[::1], float32[::1]))
def _novelty(hashes, kinds, out):  # type: ignore[no-untyped-def]
    """How new the shape of the code is at each token.

    Args:
        hashes: (n,) uint64, the hash of each token.
        kinds: (n,) uint8, the kind of each token.
        out: (n,) float32, written: 1 / the number of times that the next SHAPE tokens, with all
            names alike, have occurred so far.
    """
    n = hashes.shape[0]
    slots = table_size(n, 64)
    known = np.zeros(slots, np.uint64)
    uses = np.zeros(slots, np.int32)
    for t in range(n):
        shape = uint64(1)
        for at in range(t, min(t + SHAPE, n)):
            kind = kinds[at] & KIND
            part = uint64(kind) if kind in (NAME, NUMBER, STRING) else hashes[at]
            shape = (shape ^ part) * uint64(0x9E3779B97F4A7C15)
            shape ^= shape >> uint64(29)
        out[t] = np.float32(1.0) / np.float32(count_use(known, uses, shape))


def shape_novelty(tokens: Tokens) -> NDArray[np.float32]:
    """How new the shape of the code is at each token, 0..1: low in tables, getters and switches."""
    novelty = np.empty(len(tokens), np.float32)
    _novelty(tokens.hashes, tokens.kinds, novelty)
    return novelty


def token_weights(code: bytes, tokens: Tokens) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The weight of each token of a text, and whether its line is code. Both have shape (n,).

    A line is not code if it only imports, is prose or is a row of a table of numbers.
    """
    n = len(tokens)
    last_line = int(tokens.lines[-1]) if n else 0
    legal = np.zeros(last_line + 2, np.bool_)
    small = code.lower()
    if any(word in small for word in _LEGAL_WORDS):  # twenty times faster than the pattern
        line, at = 1, 0
        for match in _LEGAL.finditer(small):
            line += small.count(b"\n", at, match.start())
            at = match.start()
            legal[min(line, last_line + 1)] = True
    weights = np.empty(n, np.float32)
    body = np.empty(n, np.bool_)
    _weights(tokens.hashes, tokens.kinds, tokens.lines, legal, weights, body)
    if b"://" in code:
        addresses = np.isin(tokens.lines, _lines_of_addresses(code)) & body
        weights[addresses] *= np.float32(_PROSE_FACTOR)
        body[addresses] = False
    return weights, body


def _lines_of_addresses(code: bytes) -> NDArray[np.uint32]:
    """The numbers, 1-based, of lines that are an address, with a few words before it at most.

    They count as prose: who refers to the same page writes the same.
    """
    lines: list[int] = []
    line, at = 1, 0
    for match in _ADDRESS.finditer(code):
        line += code.count(b"\n", at, match.start())
        at = match.start()
        before = code[max(0, at - _LABEL_BYTES) : at].rpartition(b"\n")
        behind = code[match.end() : match.end() + _END_BYTES].partition(b"\n")
        whole = (before[1] or at <= _LABEL_BYTES) and (
            behind[1] or match.end() + _END_BYTES >= len(code)
        )
        if (
            whole
            and len(_WORD.findall(before[2])) <= _LABEL_WORDS
            and not _CODE.search(before[2])
            and not _WORD.search(behind[0])
        ):
            lines.append(line)
    return np.array(lines, np.uint32)
