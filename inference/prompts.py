"""From a Prompt to the tokens that a model sees, within its context limit.

Of a prompt that is too long, the part furthest from the new text is left out: the start of a text
to continue, both outer ends around a gap, the oldest turns of a chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inference.errors import PromptError, UnsupportedPromptError
from inference.interface import Chat, Completion, Infill, Message, Prompt
from inference.vocabulary import Vocabulary

__all__ = ["PromptTokens", "prompt_room", "prompt_tokens", "trim_beginning", "trim_both"]

_ROLES = ("system", "user", "assistant")
# The share of the context that an answer may take from a prompt that is too long. Without a limit,
# a large max_tokens, which many clients send, would leave no room for the prompt.
_ANSWER_SHARE = 4
# Code before a gap is more useful than code after it: it declares names and imports.
_PREFIX_PARTS, _PARTS = 2, 3


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """A prompt as the model sees it."""

    tokens: tuple[int, ...]  # at least one
    notes: tuple[str, ...] = ()  # what was left out


def prompt_tokens(
    prompt: Prompt, vocabulary: Vocabulary, context_tokens: int, max_tokens: int
) -> PromptTokens:
    """The tokens of a prompt, so that `max_tokens` or a fair share remains for the answer.

    Raises:
        UnsupportedPromptError: the model does not support this kind of prompt.
        PromptError: the prompt is empty, rejected by the model's template, or its last turn alone
            is too long.
    """
    room = prompt_room(context_tokens, max_tokens)
    if isinstance(prompt, Completion):
        return _completion(prompt, vocabulary, room - len(vocabulary.lead), context_tokens)
    if isinstance(prompt, Infill):
        return _infill(prompt, vocabulary, room - len(vocabulary.lead), context_tokens)
    return _chat(prompt, vocabulary, room, context_tokens)


def prompt_room(context_tokens: int, max_tokens: int) -> int:
    """How many tokens a prompt may have, so that the answer has its share."""
    return context_tokens - min(max_tokens, context_tokens // _ANSWER_SHARE)


def trim_beginning(tokens: Sequence[int], room: int) -> tuple[list[int], int]:
    """The last `room` tokens, and how many were left out."""
    left_out = max(0, len(tokens) - room)
    return list(tokens[left_out:]), left_out


def trim_both(
    prefix: Sequence[int], suffix: Sequence[int], room: int
) -> tuple[list[int], list[int], int, int]:
    """The end of a prefix and the start of a suffix that together fit into `room`.

    One side may use what the other does not need. Returns both, and how many tokens were left out
    of each.
    """
    share = room * _PREFIX_PARTS // _PARTS
    for_suffix = max(room - share, room - len(prefix))
    kept_suffix = list(suffix[: max(0, for_suffix)])
    kept_prefix, less_prefix = trim_beginning(prefix, room - len(kept_suffix))
    return kept_prefix, kept_suffix, less_prefix, len(suffix) - len(kept_suffix)


def _note(part: str, left_out: int, total: int, context: int) -> str:
    return (
        f"{part} ({left_out:,} of {total:,} tokens) were left out: the model's context holds "
        f"{context:,} tokens including the answer."
    )


def _completion(
    prompt: Completion, vocabulary: Vocabulary, room: int, context: int
) -> PromptTokens:
    whole = vocabulary.encode(prompt.text)
    kept, left_out = trim_beginning(whole, room)
    tokens = (*vocabulary.lead, *kept)
    if not tokens:
        if vocabulary.start is None:
            raise PromptError("the prompt is empty, and this model has no token to begin with")
        tokens = (vocabulary.start,)
    if not left_out:
        return PromptTokens(tokens)
    return PromptTokens(
        tokens, (_note("The first lines of the prompt", left_out, len(whole), context),)
    )


def _infill(prompt: Infill, vocabulary: Vocabulary, room: int, context: int) -> PromptTokens:
    fill = vocabulary.fill
    if fill is None:
        raise UnsupportedPromptError(
            "this model has no fill-in-the-middle tokens, so it cannot fill a gap; use a "
            "completion, or a model of the StarCoder, CodeLlama, Qwen-Coder or DeepSeek families"
        )
    prefix = vocabulary.encode(prompt.prefix)
    suffix = vocabulary.encode(prompt.suffix, inside=True)
    before, after, less_before, less_after = trim_both(prefix, suffix, room - 3)
    notes = tuple(
        _note(part, left_out, total, context)
        for part, left_out, total in (
            ("The first lines before the gap", less_before, len(prefix)),
            ("The last lines after the gap", less_after, len(suffix)),
        )
        if left_out
    )
    return PromptTokens((*vocabulary.lead, *fill.arrange(before, after)), notes)


def _chat(prompt: Chat, vocabulary: Vocabulary, room: int, context: int) -> PromptTokens:
    if not prompt.messages:
        raise PromptError("the chat has no messages, it needs at least one of the user's")
    for message in prompt.messages:
        if message.role not in _ROLES:
            raise PromptError(
                f"a message's role is {message.role!r}, it must be {', '.join(_ROLES)}"
            )
    tokens = vocabulary.encode_chat(prompt.messages)
    if len(tokens) <= room:
        return PromptTokens(tuple(tokens))
    for kept in _shorter(prompt.messages):
        shorter = vocabulary.encode_chat(kept)
        if len(shorter) <= room:
            oldest = f"The oldest {len(prompt.messages) - len(kept)} messages"
            note = _note(oldest, len(tokens) - len(shorter), len(tokens), context)
            return PromptTokens(tuple(shorter), (note,))
    raise PromptError(
        f"the last message is too long: with it the prompt has at least {len(tokens):,} tokens, "
        f"the limit is {room:,} of the model's {context:,}; shorten it, or ask for fewer tokens"
    )


def _shorter(messages: Sequence[Message]) -> list[list[Message]]:
    """The chat with fewer and fewer of its oldest turns, but always its system messages.

    The rest begins with a turn of the user, which most templates require.
    """
    leading = 0
    while leading < len(messages) and messages[leading].role == "system":
        leading += 1
    turns = messages[leading:]
    starts = [i for i, turn in enumerate(turns) if i and turn.role == "user"]
    return [[*messages[:leading], *turns[start:]] for start in starts]
