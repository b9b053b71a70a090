"""The scanner of `licenseclassifier`, made faster: it finds the same licences.

The library goes over a text character by character; `FastDict` finds the same words with one
pattern, ten times as fast. The library matches word by word with an automaton whose states it
makes when they are first met; `FastRE` makes the usual ones five times as fast.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any

from licenseclassifier._engine import Scanner, builtin_scanner
from licenseclassifier._engine import dictionary as library
from licenseclassifier._engine.matcher import INST_MATCH, INST_WORD, MultiRE

__all__ = ["FastDict", "FastRE", "scanner"]

_WORD = re.compile(r"([^\W_]+(?:\(s\))?|\(c\)|&copy;|©)")
_MARKUP = re.compile(r"[<{&\]]")
_SKIPPED = {
    "<": library._html_tag_size,
    "{": library._markdown_anchor_size,
    "&": library._html_entity_size,
    "]": library._markdown_link_size,
}


@lru_cache(maxsize=1)
def scanner() -> Scanner:
    """The library's scanner of licence texts; loading it takes some 50 ms."""
    found = builtin_scanner()
    slow = found.re
    found.dict = FastDict(found.dict)
    found.re = FastRE.from_compiled(slow.ops, slow.args, slow.start, slow._start_state, found.dict)
    return found


class FastRE(MultiRE):  # type: ignore[misc]
    """The library's automaton. A state is a tuple of positions in its program."""

    def _state_info(self, state: tuple[int, ...]) -> Any:
        """What the library says of a state: match, words, state after each, and after any."""
        if state is self._start_state:  # a thousand positions take long to hash
            return self._start_info
        info = self._info.get(state)
        if info is None and len(state) == 1:
            (at,) = state
            # One word with one instruction behind it, which follows whatever the word is.
            if self.ops[at] == INST_WORD and self.ops[at + 1] in (INST_WORD, INST_MATCH):
                word = self.args[at]
                info = self._info[state] = (-1, [word], {word: (at + 1,)}, None)
        return info or super()._state_info(state)

    @cached_property
    def _start_info(self) -> Any:
        return super()._state_info(self._start_state)


class FastDict(library.Dict):  # type: ignore[misc]
    """The words of a dictionary of the library, and a faster way to find them in a text."""

    def __init__(self, words: library.Dict) -> None:
        self.list, self._map = words.list, words._map
        self._copyright = words.lookup("copyright")
        same = {**library._CANON, "https": "http", "(c)": "copyright", "©": "copyright"}
        same["&copy;"] = "copyright"
        self._ids: dict[str, int] = {
            **words._map,
            **{word: words.lookup(as_) for word, as_ in same.items()},
        }

    def split(self, text: str) -> list[tuple[int, int, int]]:
        """Each word's id, BAD_WORD for those not in the dictionary, with its start and end."""
        folded = _folded(text.replace("(S)", "-S-"))  # a plural is in lower case
        if folded is None:
            words: list[tuple[int, int, int]] = super().split(text)
            return words
        parts = _WORD.split(_without_markup(text, folded))  # a word in each odd place
        ends = [*accumulate(map(len, parts))]
        written = parts[1::2]
        if "(s)" in folded:
            written = [word.replace("(s)", "s") for word in written]
        bad: int = library.BAD_WORD
        ids = [self._ids.get(word, bad) for word in written]
        words = [*zip(ids, ends[::2], ends[1::2], strict=False)]
        sign = self._copyright
        if ids.count(sign) > 1:  # "Copyright (c)" is one word
            before = [bad, *ids]
            words = [w for i, w in enumerate(words) if not w[0] == before[i] == sign]
        return words


def _folded(text: str) -> str | None:
    """The text as the library folds it; None if letters would change positions or be new ones."""
    if text.isascii():
        return text.lower()
    folded = text.translate(_FOLD)
    return folded if len(folded) == len(text) else None


class _Fold(dict[int, str]):
    """Each character's folded form; "" for those in which the pattern and the library differ."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = char if char in "()" else library.fold_rune(char) or ""
        # A pattern's words have all numeric signs, and no combining marks.
        odd = char.isnumeric() and not (char.isalpha() or char.isdigit())
        if odd or len(folded) != 1 or unicodedata.category(char) == "Mn":
            folded = ""
        self[code] = folded
        return folded


_FOLD = _Fold()


def _without_markup(text: str, folded: str) -> str:
    """The folded text, with spaces in place of the tags, entities and links that are skipped."""
    parts: list[str] = []
    end = 0
    for match in _MARKUP.finditer(text):
        start = match.start()
        size = _SKIPPED[match[0]](text, start) if start >= end else 0
        if size and text[start : start + size] != "&copy;":
            parts += (folded[end:start], " " * size)
            end = start + size
    return folded if not parts else "".join([*parts, folded[end:]])
