"""Code in the answer of a chat model: the parts between Markdown fences (CommonMark 4.5).

Skipping text is the dangerous error. So fences only count if nothing outside of them looks like
code: a docstring may contain fences, and then the whole text is judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from attribution.lexing.languages import canonical_language

__all__ = ["Fenced", "fenced"]

# Any indentation, because models put fences into lists.
_FENCE = re.compile(rb"^[ \t]*(`{3,}|~{3,})([^`\n]*)$", re.MULTILINE)
_CODE = re.compile(
    rb"""(?mx)
    \"\"\" | ''' | /\* | \*/            # may open or close a string that contains the fences
    | [;{}\\] [ \t\r]* $
    | ^ (?: [ ]{4} | \t ) [ \t]* [^\s\d*+>-]    # indented, but not a list item
    | ^ [ \t]* (?:
        [({\[}\])@;] | // | \#! | \#include | <[?!\w/] | --[ ]
        | (?: def | class | if | elif | else | for | while | try | except | with ) \b
            .* : [ \t\r]* $
        | (?: import | from | using | package | namespace | module ) [ ] [\w.:*"'<{/, ]+ [ \t\r]* $
        | (?: func | fn | function | fun | sub | var | let | const | public | private | protected
            | static | void | int | return | struct | enum | type | impl | pub ) [ ] [\w*&:<({\[]
            [^.!?\n]* $
        | [\w.\[\]'"$]+ [ \t]* (?: [-+*/|&:]?= | <- ) [ \t]* \S
      )
    | \( \) [ \t\r]* $
    """
)


@dataclass(frozen=True, slots=True)
class Fenced:
    """The fenced parts of an answer."""

    ranges: tuple[tuple[int, int], ...]  # half-open, bytes; ascending
    language: str | None  # canonical name, given for the most bytes


def fenced(text: bytes, start: int) -> Fenced | None:
    """The code between fences; None if there is none, or if the whole text is code.

    Args:
        text: prompt and answer. A fence may start in the prompt, and without an end it extends
            to the end of the text.
        start: offset of the answer in `text`.
    """
    if text.find(b"```", start) < 0 and text.find(b"~~~", start) < 0:
        return None
    ranges: list[tuple[int, int]] = []
    languages: dict[str, int] = {}
    outside: list[bytes] = []
    for begin, end, after, info in _blocks(text):
        if after <= start:
            continue
        begin = max(begin, start)  # noqa: PLW2901
        if begin < end:
            ranges.append((begin, end))
            language = canonical_language(info) if info else None
            if language is not None:
                languages[language] = languages.get(language, 0) + end - begin
    if not ranges:
        return None
    position = start
    for begin, end in ranges:
        outside.append(text[position:begin])
        position = end
    outside.append(text[position:])
    prose = _FENCE.sub(b"", b"\n".join(outside))
    if _CODE.search(prose):
        return None
    return Fenced(tuple(ranges), max(languages, key=languages.__getitem__, default=None))


def _blocks(text: bytes) -> list[tuple[int, int, int, str]]:
    """Start, end, end of the closing fence and language name of each fenced part."""
    blocks = []
    mark, info, begin = b"", "", 0
    for fence in _FENCE.finditer(text):
        words = fence[2].split()
        if not mark:
            mark, begin = fence[1], min(fence.end() + 1, len(text))
            # "```python", "```{.python .numberLines}", "```python title=x"
            info = words[0].strip(b"{}.").decode("utf-8", "replace") if words else ""
        elif fence[1].startswith(mark) and not words:
            blocks.append((begin, fence.start(), fence.end(), info))
            mark = b""
    if mark:
        blocks.append((begin, len(text), len(text) + 1, info))
    return blocks
