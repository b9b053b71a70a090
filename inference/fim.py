"""Fill-in-the-middle: a model's tokens for a gap, found in its vocabulary.

All families here use the order prefix, suffix, middle (Bavarian et al. 2022, "PSM"), with a token
before each part. They differ in the tokens' spelling and in what ends the middle. The other order,
suffix first, is not needed: all these models were trained on this one too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["FAMILIES", "Family", "FillTokens", "ending_tokens", "fill_tokens"]


@dataclass(frozen=True, slots=True)
class Family:
    """The spelling of one family of models."""

    name: str
    prefix: str  # precedes the text before the gap
    suffix: str  # precedes the text after the gap
    middle: str  # precedes the text of the gap
    ends: tuple[str, ...]  # any of them ends the answer

    def tokens(self, vocabulary: Mapping[str, int]) -> tuple[int, int, int] | None:
        """The numbers of prefix, suffix and middle; None: the vocabulary lacks one of them."""
        prefix, suffix, middle = map(vocabulary.get, (self.prefix, self.suffix, self.middle))
        if prefix is None or suffix is None or middle is None:
            return None
        return prefix, suffix, middle


FAMILIES = (
    Family(
        "StarCoder, StarCoder2, Granite", "<fim_prefix>", "<fim_suffix>", "<fim_middle>",
        ("<fim_pad>", "<|endoftext|>", "<file_sep>", "<filename>", "<reponame>", "<repo_name>"),
    ),
    Family(
        "SantaCoder", "<fim-prefix>", "<fim-suffix>", "<fim-middle>",
        ("<fim-pad>", "<|endoftext|>"),
    ),
    Family(
        "Qwen-Coder, CodeGemma", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>",
        ("<|fim_pad|>", "<|endoftext|>", "<|file_sep|>", "<|file_separator|>", "<|repo_name|>"),
    ),
    Family("CodeLlama", "▁<PRE>", "▁<SUF>", "▁<MID>", ("▁<EOT>", "</s>")),
    Family(
        "DeepSeek-Coder", "<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>",
        ("<｜end▁of▁sentence｜>", "<|EOT|>"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FillTokens:
    """One model's tokens for a gap, by number."""

    family: str
    prefix: int
    suffix: int
    middle: int

    def arrange(self, prefix: Sequence[int], suffix: Sequence[int]) -> list[int]:
        """The prompt for the text between the two; three tokens longer than both."""
        return [self.prefix, *prefix, self.suffix, *suffix, self.middle]


def fill_tokens(vocabulary: Mapping[str, int]) -> FillTokens | None:
    """The tokens of the first family that a vocabulary supports; None: of no family."""
    for family in FAMILIES:
        if tokens := family.tokens(vocabulary):
            return FillTokens(family.name, *tokens)
    return None


def ending_tokens(vocabulary: Mapping[str, int]) -> frozenset[int]:
    """Tokens that end an answer: those that end a file in the vocabulary's family, and its own.

    A model that writes one of them begins another file or another gap.
    """
    for family in FAMILIES:
        if tokens := family.tokens(vocabulary):
            return frozenset(tokens) | {vocabulary[end] for end in family.ends if end in vocabulary}
    return frozenset()
