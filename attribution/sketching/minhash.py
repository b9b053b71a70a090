"""MinHash signatures of whole texts, and their LSH bands.

Broder, "On the resemblance and containment of documents", 1997. The permutations are those of
datasketch 2 (scheme "affine32", seed 1), so a signature made here equals, bit for bit, that of
`datasketch.MinHash(num_perm, seed, hashfunc=int)` for the same shingle hashes. Shingles are runs of
5 raw tokens (10 characters of code and more).

A signature of a file finds copies and near-copies of that file. It does not find a function inside
a file (9 % when measured), so it is never the only evidence.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import int64, kernel, uint32, uint64, void
from attribution.sketching.fingerprints import mix

__all__ = ["EMPTY", "NO_BAND", "band_hashes", "permutations", "sign", "sign_into"]

EMPTY = np.uint32(0xFFFFFFFF)  # every value of the signature of a text without a shingle
NO_BAND = np.uint64(0xFFFFFFFFFFFFFFFF)  # its bands


@lru_cache(maxsize=8)
def permutations(count: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The factors a (odd) and summands b of h -> a*h + b mod 2**32, as datasketch 2 draws them."""
    generator = np.random.RandomState(seed)
    a = generator.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = generator.randint(0, 1 << 32, count, dtype=np.uint32)
    return a, b


@kernel(uint32(uint32), inline="always")
def _mix32(h):  # type: ignore[no-untyped-def]
    """The finaliser of MurmurHash3 (32 bits).

    Args:
        h: uint32.

    Returns:
        uint32.
    """
    h ^= h >> uint32(16)
    h = uint32(h * uint32(0x85EBCA6B))
    h ^= h >> uint32(13)
    h = uint32(h * uint32(0xC2B2AE35))
    return h ^ (h >> uint32(16))


@kernel(void(uint32[::1], int64, uint32[::1], uint32[::1], uint32[::1]), borrows=True)
def _permute(shingles, n, a, b, signature):  # type: ignore[no-untyped-def]
    """Fold shingle hashes into a signature; the compiler vectorises the inner loop.

    Args:
        shingles: (>= n,) uint32, the mixed hashes.
        n: how many shingles there are.
        a: (permutations,) uint32, the factors.
        b: (permutations,) uint32, the summands.
        signature: (permutations,) uint32, changed: the smallest hash so far of each permutation.
    """
    count = signature.shape[0]
    fours = n - n % 4
    for i in range(0, fours, 4):  # four at a time: a, b and signature are loaded once for them
        h0, h1, h2, h3 = shingles[i], shingles[i + 1], shingles[i + 2], shingles[i + 3]
        for p in range(count):
            factor, summand = a[p], b[p]
            one = min(uint32(factor * h0 + summand), uint32(factor * h1 + summand))
            two = min(uint32(factor * h2 + summand), uint32(factor * h3 + summand))
            signature[p] = min(signature[p], one, two)
    for i in range(fours, n):
        h = shingles[i]
        for p in range(count):
            value = uint32(a[p] * h + b[p])
            signature[p] = min(signature[p], value)


@kernel(int64(uint64[::1], int64, int64, uint32[::1]), borrows=True)
def shingle_hashes(hashes, n, size, out):  # type: ignore[no-untyped-def]
    """Hash every run of `size` tokens to 32 bits. `sign_into` mixes the hashes.

    Args:
        hashes: (>= n,) uint64, the hash of each token.
        n: how many tokens there are.
        size: tokens per shingle.
        out: (>= n,) uint32, written: the hash of each shingle.

    Returns:
        int64, the number of shingles.
    """
    count = n - size + 1
    for i in range(max(count, 0)):
        h = uint64(0)
        for j in range(size):
            h = h * uint64(0x9E3779B97F4A7C15) + hashes[i + j]
        out[i] = uint32(mix(h) >> uint64(32))
    return max(count, 0)


@kernel(void(uint32[::1], int64, uint32[::1], uint32[::1], uint32[::1]), borrows=True)
def sign_into(shingles, n, a, b, signature):  # type: ignore[no-untyped-def]
    """Compute the signature of a set of shingle hashes.

    Args:
        shingles: (>= n,) uint32, the hashes; mixed in place.
        n: how many shingles there are.
        a: (permutations,) uint32, the factors.
        b: (permutations,) uint32, the summands.
        signature: (permutations,) uint32, written: all EMPTY if n is 0.
    """
    signature[:] = EMPTY
    for i in range(n):
        shingles[i] = _mix32(shingles[i])
    _permute(shingles, n, a, b, signature)


@kernel(void(uint32[::1], uint64, uint64[::1]), borrows=True)
def band_hashes(signature, shift, bands):  # type: ignore[no-untyped-def]
    """Hash each band of a signature.

    Args:
        signature: (permutations,) uint32.
        shift: uint64, how many low bits of a hash to drop.
        bands: (bands,) uint64, written: the hash of each band >> shift, NO_BAND if the signature is
            empty.
    """
    rows = signature.shape[0] // bands.shape[0]
    empty = True
    for p in range(signature.shape[0]):
        if signature[p] != EMPTY:
            empty = False
            break
    for band in range(bands.shape[0]):
        h = uint64(band + 1)
        for row in range(rows):
            h = mix(h ^ uint64(signature[band * rows + row])) + uint64(band)
        bands[band] = NO_BAND if empty else mix(h) >> shift


def sign(shingles: NDArray[np.uint32], count: int = 128, seed: int = 1) -> NDArray[np.uint32]:
    """The signature, shape (count,), of a set of 32-bit shingle hashes."""
    signature = np.empty(count, np.uint32)
    sign_into(shingles.astype(np.uint32), len(shingles), *permutations(count, seed), signature)
    return signature
