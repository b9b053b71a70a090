"""Fingerprints as words: 7 characters for 42 bits, cut at spaces by Elasticsearch."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from attribution.sketch import U32, U64

__all__ = ["decode_id", "decode_signature", "encode_id", "encode_signature", "terms", "text"]

_ALPHABET = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8
)


def _characters(fingerprints: U64, bits: int) -> NDArray[np.uint8]:
    """One row a fingerprint, most significant character first, and a space at the end."""
    width = -(-bits // 6)
    rows = np.empty((fingerprints.size, width + 1), np.uint8)
    for place in range(width):
        digits = (fingerprints >> np.uint64(6 * (width - 1 - place))) & np.uint64(63)
        rows[:, place] = _ALPHABET[digits.astype(np.intp)]
    rows[:, width] = ord(" ")
    return rows


def text(fingerprints: U64, bits: int) -> str:
    """All of a document's as one text; equal ones are written once."""
    distinct = np.unique(fingerprints)
    return _characters(distinct, bits).tobytes()[:-1].decode("ascii") if distinct.size else ""


def terms(fingerprints: U64, bits: int) -> list[str]:
    """Each as the word that the index has."""
    return _characters(fingerprints, bits).tobytes().decode("ascii").split()


def encode_signature(signature: U32) -> str:
    """A MinHash signature as a binary field takes it."""
    return base64.b64encode(signature.astype("<u4").tobytes()).decode("ascii")


def decode_signature(value: str) -> U32:
    """And back."""
    return np.frombuffer(base64.b64decode(value), "<u4").astype(np.uint32)


def encode_id(id_: bytes) -> str:
    """The id of a document as a binary field takes it."""
    return base64.b64encode(id_).decode("ascii")


def decode_id(value: str) -> str:
    """And back, as 40 hex digits."""
    return base64.b64decode(value).hex()
