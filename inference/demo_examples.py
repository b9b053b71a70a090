"""Training examples of the demo model: the lessons as the three kinds of prompts.

Completion: text from some line to the end of its module. Infill: prefix, suffix and middle in
StarCoder's order (PSM). Chat: a comment, and the function that it describes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import accumulate

from inference.demo_corpus import Lesson, runs_of
from inference.demo_tokenizer import SPECIAL_TOKENS

__all__ = ["Examples"]

_END, _PREFIX, _MIDDLE, _SUFFIX = (
    SPECIAL_TOKENS.index(token)
    for token in ("<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>")
)

# Shares of the examples; the rest is completion. With more infill, completions get worse.
_INFILL = 0.30
_CHAT = 0.15
_FROM_WITHIN = 0.3  # of completions, those that begin at any line
_CUT = 0.3  # of completions, those whose prompt ends within a word, as those of users do


class Examples:
    """An endless series of rows of tokens, the same for the same seed."""

    def __init__(
        self, lessons: Sequence[Lesson], encode: Callable[[str], list[int]], seed: int
    ) -> None:
        self._lessons = lessons
        self._runs = runs_of(lessons)
        # long functions are shown more often, because they take longer to learn
        self._odds = list(accumulate(len(lesson.code) for lesson in lessons))
        self._encode = encode
        self._random = random.Random(seed)

    def row(self, length: int) -> list[int]:
        """`length` token ids: consecutive examples, the last one cut off."""
        row: list[int] = []
        while len(row) < length:
            row += self._example()
        return row[:length]

    def _example(self) -> list[int]:
        at = self._random.choices(range(len(self._lessons)), cum_weights=self._odds)[0]
        kind = self._random.random()
        if kind < _INFILL:
            return self._infill(self._lessons[at].code)
        if kind < _INFILL + _CHAT:
            return self._chat(self._lessons[at])
        return self._completion(self._runs[at])

    def _completion(self, text: str) -> list[int]:
        if self._random.random() < _FROM_WITHIN:
            text = text[text.find("\n", self._random.randrange(len(text) // 2)) + 1 :]
        if self._random.random() < _CUT:
            cut = self._random.randrange(min(200, len(text)) or 1)
            return [*self._encode(text[:cut]), *self._encode(text[cut:]), _END]
        return [*self._encode(text), _END]

    def _infill(self, code: str) -> list[int]:
        """A gap, with so much code around it that all fits into a row."""
        pick = self._random.randrange
        start = pick(len(code))
        end = min(start + pick(1, 250), len(code))
        if self._random.random() < 0.7:  # users leave out lines; editors any range
            start = code.rfind("\n", 0, start) + 1
            end = code.find("\n", end) + 1 or len(code)
        prefix = code[max(start - pick(50, 900), 0) : start]
        suffix = code[end : end + pick(20, 700)]
        tokens = [_PREFIX, *self._encode(prefix), _SUFFIX, *self._encode(suffix)]
        return [*tokens, _MIDDLE, *self._encode(code[start:end]), _END]

    def _chat(self, lesson: Lesson) -> list[int]:
        words = lesson.summary.split()
        if self._random.random() < 0.3:  # users do not know the docstring's exact words
            words = [word for word in words if self._random.random() < 0.7]
        verb = self._random.choice(("", "Write ", "write ", "a function ", "How do I "))
        text = " ".join(words) if words and self._random.random() < 0.6 else verb + lesson.name
        return [*self._encode(f"# {text}\n"), *self._encode(lesson.code), _END]
