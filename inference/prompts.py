"""From a Prompt to the tokens that a model sees, within its context limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inference.context import prompt_room, said_left_out, trim_beginning, trim_both
from inference.errors import PromptError, UnsupportedPromptError
from inference.interface import Chat, Completion, Infill, Message, Prompt
from inference.vocabulary import Vocabulary

__all__ = ["PromptTokens", "prompt_tokens"]

_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """A prompt as the model sees it."""

    tokens: tuple[int, ...]  # at least one
    notes: tuple[str, ...] = ()  # what was left out


def prompt_tokens(
    prompt: Prompt, vocabulary: Vocabulary, context_tokens: int, max_tokens: int
) -> PromptTokens:
    """The tokens of a prompt, so that an answer of `max_tokens` has room or a fair share.

    Raises:
        UnsupportedPromptError: the model knows no such kind of prompt.
        PromptError: the prompt is empty, refused by the model's template, or its last turn alone
            is too long.
    """
    room = prompt_room(context_tokens, max_tokens) - len(vocabulary.lead)
    if isinstance(prompt, Completion):
        return _completion(prompt, vocabulary, room, context_tokens)
    if isinstance(prompt, Infill):
        return _infill(prompt, vocabulary, room, context_tokens)
    return _chat(prompt, vocabulary, room + len(vocabulary.lead), context_tokens)


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
    said = said_left_out("The first lines of the prompt", left_out, len(whole), context)
    return PromptTokens(tokens, (said,))


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
    notes = []
    if less_before:
        what = "The first lines before the gap"
        notes.append(said_left_out(what, less_before, len(prefix), context))
    if less_after:
        what = "The last lines after the gap"
        notes.append(said_left_out(what, less_after, len(suffix), context))
    return PromptTokens((*vocabulary.lead, *fill.arrange(before, after)), tuple(notes))


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
            turns = len(prompt.messages) - len(kept)
            what = f"The oldest {turns} messages"
            said = said_left_out(what, len(tokens) - len(shorter), len(tokens), context)
            return PromptTokens(tuple(shorter), (said,))
    raise PromptError(
        f"the last message is too long: with it the prompt has at least {len(tokens):,} tokens, "
        f"the limit is {room:,} of the model's {context:,}; shorten it, or ask for fewer tokens"
    )


def _shorter(messages: Sequence[Message]) -> list[list[Message]]:
    """The chat with ever fewer of its oldest turns; it keeps its system messages.

    What is kept begins with a turn of the user's, which most templates insist on.
    """
    leading = 0
    while leading < len(messages) and messages[leading].role == "system":
        leading += 1
    turns = messages[leading:]
    starts = [i for i, turn in enumerate(turns) if i and turn.role == "user"]
    return [[*messages[:leading], *turns[start:]] for start in starts]
