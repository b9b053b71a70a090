"""Fill-in-the-middle: which tokens tell a model of a gap, found from its vocabulary.

All families here write prefix, suffix, middle (Bavarian et al. 2022, "PSM"), each after a token of
its own; they differ in the tokens' spelling and in what ends the middle. The other order, suffix
first, is not used: every model here was trained on this one too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["FAMILIES", "Family", "FillTokens", "ending_tokens", "fill_tokens"]


@dataclass(frozen=True, slots=True)
class Family:
    """The spelling of one family of models."""

    name: str
    prefix: str  # stands before the text before the gap
    suffix: str  # stands before the text after the gap
    middle: str  # stands where the model goes on with the gap's text
    ends: tuple[str, ...]  # any of them ends the answer


FAMILIES = (
    Family(
        "StarCoder, StarCoder2, Granite",
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        ("<fim_pad>", "<|endoftext|>", "<file_sep>", "<filename>", "<reponame>", "<repo_name>"),
    ),
    Family(
        "SantaCoder",
        "<fim-prefix>",
        "<fim-suffix>",
        "<fim-middle>",
        ("<fim-pad>", "<|endoftext|>"),
    ),
    Family(
        "Qwen-Coder, CodeGemma",
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        ("<|fim_pad|>", "<|endoftext|>", "<|file_sep|>", "<|file_separator|>", "<|repo_name|>"),
    ),
    Family(
        "CodeLlama",
        "▁<PRE>",
        "▁<SUF>",
        "▁<MID>",
        ("▁<EOT>", "</s>"),
    ),
    Family(
        "DeepSeek-Coder",
        "<｜fim▁begin｜>",
        "<｜fim▁hole｜>",
        "<｜fim▁end｜>",
        ("<｜end▁of▁sentence｜>", "<|EOT|>"),
    ),
)


@dataclass(frozen=True, slots=True)
class FillTokens:
    """One model's tokens for a gap, by number."""

    family: str
    prefix: int
    suffix: int
    middle: int

    def arrange(self, prefix: Sequence[int], suffix: Sequence[int]) -> list[int]:
        """The prompt that asks for the text between the two; three tokens longer than both."""
        return [self.prefix, *prefix, self.suffix, *suffix, self.middle]


def fill_tokens(vocabulary: Mapping[str, int]) -> FillTokens | None:
    """The tokens of the family whose spellings are all in a vocabulary; None: it has none."""
    for family in FAMILIES:
        found = [vocabulary.get(text) for text in (family.prefix, family.suffix, family.middle)]
        prefix, suffix, middle = found
        if prefix is not None and suffix is not None and middle is not None:
            return FillTokens(family.name, prefix, suffix, middle)
    return None


def ending_tokens(vocabulary: Mapping[str, int]) -> frozenset[int]:
    """Tokens after which a file is over, for the family found: its ends, and a gap's own tokens.

    A model that writes one of them begins another file or another gap; nobody asked for that.
    """
    for family in FAMILIES:
        own = (family.prefix, family.suffix, family.middle)
        if all(text in vocabulary for text in own):
            return frozenset(
                vocabulary[text] for text in (*own, *family.ends) if text in vocabulary
            )
    return frozenset()
