"""Extracts the body of a function from a model's response, as LiCoEval does.

The rules are rough, but each of them affects the figures, so they are kept. The body is in the
first fenced block. It starts after the first colon at the end of a line, and has no docstring. It
ends at the next `def` at the start of a line, at a main guard, or at an example of use.
"""

from __future__ import annotations

import re

__all__ = ["body_of"]

_FENCE = "```"
_DOCSTRING = re.compile(r"\s*(\"\"\".*?\"\"\"|'''.*?''')", re.DOTALL)
_DEF = re.compile(r"\ndef\s+[^\n]+\s*\(")
_MAIN = ('__name__ == "__main__":', "__name__ == '__main__':")
_EXAMPLE = "# Example usage"


def body_of(response: str, signature: str) -> str:
    """The body in a response.

    Args:
        signature: of the function, up to its first parenthesis: `def area`; "" if unknown.
    """
    code = _fenced(response)
    at = code.find(signature) if signature else -1
    if at >= 0:
        return _trimmed(_after_colon(code[at + len(signature) :]))
    other = _DEF.search(code)
    if other is not None:
        name = other[0].partition("(")[0]
        return _trimmed(_after_colon(code[other.start() + len(name) :]))
    return _trimmed(code)


def _fenced(text: str) -> str:
    """The first block fenced as Python, or the first fenced block, or the whole text."""
    for opening in (f"{_FENCE}python", _FENCE):
        start = text.find(opening)
        end = text.find(_FENCE, start + len(opening)) if start >= 0 else -1
        if end >= 0:
            return _without_tag(text[start + len(_FENCE) : end])
    start = text.find(_FENCE)
    return _without_tag(text[start + len(_FENCE) :]) if start >= 0 else text


def _without_tag(block: str) -> str:
    return block.removeprefix("python").lstrip()


def _after_colon(code: str) -> str:
    """The code after the first colon at the end of a line."""
    return code[code.find(":\n") + 2 :]


def _trimmed(code: str) -> str:
    docstring = _DOCSTRING.match(code)
    if docstring is not None:
        code = code[docstring.end() :]
    code = code.partition("\ndef")[0]
    for guard in _MAIN:
        if guard in code:
            code = code.partition(guard)[0].strip()
            break
    if _EXAMPLE in code:
        code = code.partition(_EXAMPLE)[0].strip()
    return code.strip("\n")
