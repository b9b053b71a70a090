"""Texts to tokens and back, with a Hugging Face tokenizer.

A user's text must stay text: if the spelling of a special token in it ("<fim_middle>",
"<|im_end|>") became that token, a prompt or a file in an editor could end its turn and begin
another. Tokenizers have a switch against this, but it misses tokens that are declared "not
special", such as Qwen-Coder's and DeepSeek's tokens for a gap. So each such spelling is cut in two,
and the parts are encoded separately.

Safe to share between threads: after construction the tokenizer is only read.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from inference.errors import PromptError, UnsupportedPromptError
from inference.fim import FillTokens, ending_tokens, fill_tokens
from inference.interface import Message

__all__ = ["Vocabulary"]

# Tokens that look special, whether or not they are declared so. Other added tokens (runs of spaces,
# single letters) are ordinary text.
_MARKER = re.compile(r"▁?[<\[]\S*[>\]]")
# Unicode noncharacters, which no text has: they mark the cuts in a chat's template.
_CUTS = [chr(code) for code in range(0xFDD0, 0xFDF0)]


class Vocabulary:
    """A tokenizer with what Whence needs to know about it."""

    fill: FillTokens | None  # tokens for a gap; None: the model has none
    end_tokens: frozenset[int]  # any of them ends an answer
    lead: tuple[int, ...]  # tokens before every prompt; empty or the beginning-of-text token
    start: int | None  # used for an empty prompt

    def __init__(self, tokenizer: Any, ends: Sequence[int] = ()) -> None:
        """Read a transformers tokenizer; `ends`: end tokens of the model's settings."""
        self._tokenizer = tokenizer
        self._backend = getattr(tokenizer, "backend_tokenizer", None)
        self._lock = threading.Lock()  # for tokenizers without a backend: Python code
        if self._backend is not None:
            self._backend.no_truncation()
            self._backend.no_padding()
        names: Mapping[str, int] = tokenizer.get_vocab()
        self.fill = fill_tokens(names)
        own = () if tokenizer.eos_token_id is None else (tokenizer.eos_token_id,)
        self.end_tokens = frozenset((*own, *ends)) | ending_tokens(names)
        added = tokenizer.added_tokens_decoder
        markers = {
            number: token.content
            for number, token in added.items()
            if len(token.content) > 1 and (token.special or _MARKER.fullmatch(token.content))
        }
        gap = (self.fill.prefix, self.fill.suffix, self.fill.middle) if self.fill else ()
        # The unknown token, for characters outside the vocabulary, is harmless if it means nothing
        # else.
        harmless = {tokenizer.unk_token_id} - self.end_tokens - {tokenizer.bos_token_id}
        self._forbidden = frozenset((*markers, *gap)) - harmless
        spelled = sorted(markers.values(), key=len, reverse=True)
        alternatives = "|".join(re.escape(text) for text in spelled)
        # The look-ahead also finds overlapping ones.
        self._spelling = re.compile(f"(?={alternatives})") if spelled else None
        first = tokenizer("a")["input_ids"][:1]
        begins = tokenizer.bos_token_id
        self.lead = (begins,) if begins is not None and first == [begins] else ()
        self.start = begins if begins is not None else tokenizer.eos_token_id
        self._glue = self._glue_tokens()

    @property
    def chats(self) -> bool:
        """Whether the model has a template for chats."""
        return bool(getattr(self._tokenizer, "chat_template", None))

    def encode(self, text: str, *, inside: bool = False) -> list[int]:
        """The tokens of a user's text, without lead.

        `inside`: other text precedes it, so a tokenizer that begins each text with a space must
        not do so here.

        Raises:
            PromptError: the tokenizer would make a special token of the text.
        """
        tokens: list[int] = []
        for part in self._parts(text):
            tokens += self._encode_inside(part) if inside or tokens else self._encode(part)
        if not self._forbidden.isdisjoint(tokens):
            found = next(token for token in tokens if token in self._forbidden)
            spelled = self._tokenizer.convert_ids_to_tokens(found)
            raise PromptError(
                f"the text contains {spelled!r}, which this model's tokenizer confuses with its "
                "special token; remove it"
            )
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens; special tokens have none."""
        if self._backend is not None:
            return str(self._backend.decode(tokens, skip_special_tokens=True))
        with self._lock:
            text = self._tokenizer.decode(
                tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        return str(text)

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of a chat by the model's template, ready for the assistant's turn.

        Raises:
            UnsupportedPromptError: the model has no template.
            PromptError: the template rejects the messages (two turns of one role, ...).
        """
        if not self.chats:
            raise UnsupportedPromptError(
                "this model has no chat template, so it cannot chat; use a completion, or an "
                "instruction-tuned model"
            )
        used = "".join(message.content for message in messages)
        cut = next((mark for mark in _CUTS if mark not in used), None)
        if cut is None:
            raise PromptError("the messages contain all of U+FDD0 to U+FDEF: remove one of them")
        turns = [{"role": m.role, "content": cut.join(self._parts(m.content))} for m in messages]
        try:
            with self._lock:
                text = self._tokenizer.apply_chat_template(
                    turns, tokenize=False, add_generation_prompt=True
                )
        except Exception as exc:  # a template is the model author's program: it may raise anything
            raise PromptError(f"the model's chat template rejects the messages: {exc}") from exc
        tokens: list[int] = []
        for part in text.split(cut):
            tokens += self._encode_inside(part) if tokens else self._encode(part)
        return tokens

    def _parts(self, text: str) -> list[str]:
        """The text, cut after the first character of each spelling of a special token."""
        if self._spelling is None:
            return [text]
        cuts = [match.start() + 1 for match in self._spelling.finditer(text)]
        return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    def _encode(self, text: str) -> list[int]:
        if self._backend is not None:
            return list(self._backend.encode(text, add_special_tokens=False).ids)
        with self._lock:
            return list(self._tokenizer.encode(text, add_special_tokens=False))

    def _glue_tokens(self) -> list[int]:
        """The tokens of "\\n", if text after a line break is encoded differently; else none.

        A SentencePiece tokenizer (CodeLlama) puts a space before each text, but not after a line
        break, and never joins a line break with what follows.
        """
        glue = self._encode("\n")
        return glue if self._encode("\na") != [*glue, *self._encode("a")] else []

    def _encode_inside(self, text: str) -> list[int]:
        if not self._glue:
            return self._encode(text)
        tokens = self._encode("\n" + text)
        if tokens[: len(self._glue)] != self._glue:
            return self._encode(text)
        return tokens[len(self._glue) :]
