"""Striking similarity: so alike that an independent creation is not to be believed."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.bleu import bleu
from evaluation.edits import Pieces, edit_similarity
from evaluation.jaccard import jaccard
from evaluation.words import words

__all__ = ["THRESHOLD", "Similarity", "shared_comments", "similarity"]

THRESHOLD = 0.6  # the largest of the three figures has to be over it


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike an answer and the true body are."""

    bleu: float  # 0..1
    jaccard: float  # 0..1, estimated
    edit: float  # 0..1
    comments: int  # that are the same in both, and not in the prompt

    @property
    def largest(self) -> float:
        """The figure that decides."""
        return max(self.bleu, self.jaccard, self.edit)

    @property
    def striking(self) -> bool:
        """LiCoEval's verdict."""
        return self.largest > THRESHOLD and self.comments > 0


def similarity(prompt: str, body: str, answer: str, pieces: Pieces) -> Similarity:
    """Compare an answer with the true body of the function that the prompt begins.

    Raises:
        InputError: a library of the extra `evaluate` is not installed.
    """
    ours, theirs = words(body), words(answer)
    return Similarity(
        bleu=bleu(ours, theirs),
        jaccard=jaccard(ours, theirs),
        edit=edit_similarity(body, answer, pieces),
        comments=len(shared_comments(prompt, body, answer)),
    )


def shared_comments(prompt: str, body: str, answer: str) -> list[str]:
    """The comments that both have, without those whose text stands anywhere in the prompt.

    A comment is all behind the first `#` of a line, in strings too. They are compared as they
    stand, white space included, and looked for in the prompt without it; so an empty one, which is
    in every prompt, never counts.
    """
    shared = _comments(body) & _comments(answer)
    return sorted(text for comment in shared if (text := comment.strip()) not in prompt)


def _comments(code: str) -> set[str]:
    return {line.partition("#")[2] for line in code.split("\n") if "#" in line}
