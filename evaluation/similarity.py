"""Striking similarity: so similar that independent creation is implausible.

Code is compared as words: the texts of all tokens of Pygments' Python lexer, joined by spaces and
split at white space. So a token with white space in it (a string, a comment) becomes several
words, and indentation none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from evaluation.edit_distance import Tokenizer, edit_similarity
from evaluation.libraries import optional

__all__ = ["THRESHOLD", "Similarity", "bleu", "jaccard", "shared_comments", "similarity", "words"]

THRESHOLD = 0.6  # the largest of the three figures must be above it
_GRAM = 5  # words
_PERMUTATIONS = 256


@dataclass(frozen=True, slots=True)
class Similarity:
    """How similar an answer and the true body are."""

    bleu: float  # 0..1
    jaccard: float  # 0..1, estimated
    edit: float  # 0..1
    comments: int  # identical in both, and not in the prompt

    @property
    def largest(self) -> float:
        """The figure that decides."""
        return max(self.bleu, self.jaccard, self.edit)

    @property
    def striking(self) -> bool:
        """LiCoEval's verdict."""
        return self.largest > THRESHOLD and self.comments > 0


def similarity(prompt: str, body: str, answer: str, tokenizer: Tokenizer) -> Similarity:
    """Compare an answer with the true body of the function that the prompt starts.

    Raises:
        InputError: a library of the extra `evaluate` is not installed.
    """
    true, given = words(body), words(answer)
    return Similarity(
        bleu=bleu(true, given),
        jaccard=jaccard(true, given),
        edit=edit_similarity(body, answer, tokenizer),
        comments=len(shared_comments(prompt, body, answer)),
    )


def words(code: str) -> list[str]:
    """The words of Python code.

    Raises:
        InputError: Pygments is not installed.
    """
    lexer = optional("pygments.lexers.python", "Pygments").PythonLexer()
    return " ".join(text for _, text in lexer.get_tokens(code)).split()


def bleu(body: Sequence[str], answer: Sequence[str]) -> float:
    """Sentence BLEU of an answer with the body as the only reference, 0..1.

    Smoothing method 4 of nltk (Chen, Cherry 2014), as in LiCoEval.

    Raises:
        InputError: nltk is not installed.
    """
    nltk = optional("nltk.translate.bleu_score", "nltk")
    smoothing = nltk.SmoothingFunction().method4
    return float(nltk.sentence_bleu([list(body)], list(answer), smoothing_function=smoothing))


def jaccard(body: Sequence[str], answer: Sequence[str]) -> float:
    """The Jaccard index of the 5-grams of words, estimated by MinHash, 0..1.

    The permutations are datasketch's "legacy" ones, which LiCoEval used (1.6.5); those of
    datasketch 2 give slightly different estimates. Two texts with fewer than five words each count
    as equal, as in LiCoEval.

    Raises:
        InputError: datasketch is not installed.
    """
    return float(_signature(body).jaccard(_signature(answer)))


def _signature(text: Sequence[str]) -> Any:
    signature = _empty_signature().copy()
    grams = {" ".join(text[at : at + _GRAM]) for at in range(len(text) - _GRAM + 1)}
    if grams:
        signature.update_batch([gram.encode("utf-8", "surrogatepass") for gram in grams])
    return signature


@cache
def _empty_signature() -> Any:
    """A signature to copy, because drawing the permutations is slow."""
    return optional("datasketch", "datasketch").MinHash(num_perm=_PERMUTATIONS, scheme="legacy")


def shared_comments(prompt: str, body: str, answer: str) -> list[str]:
    """The comments in both texts, except for those whose text is anywhere in the prompt.

    A comment is everything after the first `#` of a line, even in strings. Comments are compared
    with their white space, but searched for in the prompt without it. So an empty comment, which
    is in every prompt, never counts.
    """
    shared = _comments(body) & _comments(answer)
    return sorted(text for comment in shared if (text := comment.strip()) not in prompt)


def _comments(code: str) -> set[str]:
    return {line.partition("#")[2] for line in code.split("\n") if "#" in line}
