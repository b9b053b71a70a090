"""Jaccard index of both texts' 5-grams of words, estimated by MinHash with 256 permutations.

The permutations are datasketch's "legacy" ones, the only ones that there were when LiCoEval was
published (1.6.5); those of datasketch 2 estimate as well, but not the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from evaluation.missing import missing

__all__ = ["jaccard"]

_GRAM = 5
_PERMUTATIONS = 256


@lru_cache(maxsize=1)
def _empty() -> Any:
    """A signature to copy: to draw its permutations takes longer than to use them."""
    try:
        from datasketch import MinHash
    except ImportError as error:
        raise missing("datasketch") from error
    return MinHash(num_perm=_PERMUTATIONS, scheme="legacy")


def jaccard(body: Sequence[str], answer: Sequence[str]) -> float:
    """The estimated Jaccard index, 0..1.

    Two texts that both have fewer than five words count as equal, as they do in LiCoEval.

    Raises:
        InputError: datasketch is not installed.
    """
    return float(_signature(body).jaccard(_signature(answer)))


def _signature(words: Sequence[str]) -> Any:
    signature = _empty().copy()
    grams = {" ".join(words[at : at + _GRAM]) for at in range(len(words) - _GRAM + 1)}
    if grams:
        signature.update_batch([gram.encode("utf-8", "surrogatepass") for gram in grams])
    return signature
