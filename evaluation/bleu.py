"""Sentence BLEU of the answer's words against those of the true body, by nltk.

Up to 4-grams of equal weight, smoothing method 4 (Chen, Cherry, "A Systematic Comparison of
Smoothing Techniques for Sentence-Level BLEU", 2014).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from evaluation.missing import missing

__all__ = ["bleu"]

_Bleu = Callable[[Sequence[str], Sequence[str]], float]


@lru_cache(maxsize=1)
def _nltk() -> _Bleu:
    try:
        from nltk.translate.bleu_score import (
            SmoothingFunction,
            sentence_bleu,
        )
    except ImportError as error:
        raise missing("nltk") from error
    smoothing = SmoothingFunction().method4
    return lambda body, answer: float(
        sentence_bleu([list(body)], list(answer), smoothing_function=smoothing)
    )


def bleu(body: Sequence[str], answer: Sequence[str]) -> float:
    """BLEU of an answer, 0..1; the body is its one reference.

    Raises:
        InputError: nltk is not installed.
    """
    return _nltk()(body, answer)
