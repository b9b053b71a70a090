"""The context limit: what of a prompt is left out when it is too long, and how that is said.

The far end goes: the beginning of a text to go on with, both outer ends around a gap, the oldest
turns of a chat. What lies next to the place where the model writes tells it most.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["prompt_room", "said_left_out", "trim_beginning", "trim_both"]

# The share of the context that an answer may claim from a prompt that is too long. Without a bound
# a large max_tokens, which clients send carelessly, would throw the whole prompt away.
_ANSWER_SHARE = 4
# Code before the gap tells more than code after it: names and imports are declared above.
_PREFIX_PARTS, _PARTS = 2, 3


def prompt_room(context_tokens: int, max_tokens: int) -> int:
    """Tokens that a prompt may have, so that the answer has its share."""
    return context_tokens - min(max_tokens, context_tokens // _ANSWER_SHARE)


def trim_beginning(tokens: Sequence[int], room: int) -> tuple[list[int], int]:
    """The last `room` tokens, and how many were left out."""
    left_out = max(0, len(tokens) - room)
    return list(tokens[left_out:]), left_out


def trim_both(
    prefix: Sequence[int], suffix: Sequence[int], room: int
) -> tuple[list[int], list[int], int, int]:
    """The end of a prefix and the beginning of a suffix that fit together into `room`.

    What one side does not need goes to the other. Returns both, and what was left out of each.
    """
    share = room * _PREFIX_PARTS // _PARTS
    for_suffix = max(room - share, room - len(prefix))
    kept_suffix = list(suffix[: max(0, for_suffix)])
    kept_prefix, less_prefix = trim_beginning(prefix, room - len(kept_suffix))
    return kept_prefix, kept_suffix, less_prefix, len(suffix) - len(kept_suffix)


def said_left_out(what: str, left_out: int, total: int, context_tokens: int) -> str:
    """The note for the user."""
    return (
        f"{what} ({left_out:,} of {total:,} tokens) were left out: "
        f"the model's context holds {context_tokens:,} tokens with the answer."
    )
