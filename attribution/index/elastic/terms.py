"""Fingerprints as words: 7 characters for 42 bits; Elasticsearch splits at spaces."""

from __future__ import annotations

import base64
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attribution.sketching.sketch import U32, U64

__all__ = ["decode_id", "encode_id", "encode_signature", "similarity", "terms", "texts"]

_CHANCE = 1 / 256  # that the bytes of different hashes are equal

_ALPHABET = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8
)


def _characters(fingerprints: U64, bits: int) -> NDArray[np.uint8]:
    """One row per fingerprint, most significant character first, and a space at the end."""
    width = -(-bits // 6)
    rows = np.empty((fingerprints.size, width + 1), np.uint8)
    for place in range(width):
        digits = (fingerprints >> np.uint64(6 * (width - 1 - place))) & np.uint64(63)
        rows[:, place] = _ALPHABET[digits.astype(np.uint8)]
    rows[:, width] = ord(" ")
    return rows


def texts(fingerprints: U64, offsets: NDArray[np.int64], bits: int) -> list[bytes]:
    """The fingerprints of each document as one text; equal ones are written once.

    Args:
        fingerprints: of n documents, concatenated; below 2**bits.
        offsets: shape (n + 1,), the limits of each document's fingerprints.
    """
    count = offsets.size - 1
    owners = np.repeat(np.arange(count, dtype=np.uint64), np.diff(offsets))
    if bits + count.bit_length() <= 64:  # one sort of integers: by document, then by value
        keys = (owners << np.uint64(bits)) | fingerprints
        keys.sort()  # np.unique hashes first, which takes twenty times as long
        first = np.ones(keys.size, np.bool_)
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        keys = keys[first]
        owners, distinct = keys >> np.uint64(bits), keys & np.uint64((1 << bits) - 1)
    else:
        pairs = np.unique(np.stack([owners, fingerprints], axis=1), axis=0)
        owners, distinct = pairs[:, 0], pairs[:, 1]
    rows = _characters(distinct, bits)
    ends = np.searchsorted(owners, np.arange(count + 1, dtype=np.uint64)) * rows.shape[1]
    whole, starts = rows.tobytes(), ends.tolist()
    return [whole[start : max(end - 1, start)] for start, end in pairwise(starts)]


def terms(fingerprints: U64, bits: int) -> list[str]:
    """Each fingerprint as the word in the index."""
    return _characters(fingerprints, bits).tobytes().decode("ascii").split()


def encode_signature(signature: U32) -> str:
    """A MinHash signature for a binary field: one byte of each hash."""
    return base64.b64encode(_byte(signature).tobytes()).decode("ascii")


def similarity(value: str, signature: U32) -> float:
    """The Jaccard similarity, 0..1, estimated from a stored signature and another one.

    One byte of each hash is enough (b-bit minwise hashing; Li, Koenig 2010): hashes that differ
    agree in it once in 256 times, which the estimate takes into account.
    """
    equal = float(np.mean(np.frombuffer(base64.b64decode(value), np.uint8) == _byte(signature)))
    return max(0.0, (equal - _CHANCE) / (1 - _CHANCE))


def _byte(signature: U32) -> NDArray[np.uint8]:
    # The highest byte of a product: minima are small numbers, with leading zeros.
    mixed = signature.astype(np.uint32) * np.uint32(2654435769)
    return (mixed >> np.uint32(24)).astype(np.uint8)


def encode_id(id_: bytes) -> str:
    """The id of a document for a binary field."""
    return base64.b64encode(id_).decode("ascii")


def decode_id(value: str) -> str:
    """The id of a document as 40 hex digits."""
    return base64.b64decode(value).hex()
