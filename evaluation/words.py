"""Code as the words that LiCoEval compares.

The texts of all tokens of Pygments' Python lexer, joined by spaces and split at white space. So a
token with white space in it (a string, a comment) is several words, and indentation is none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from evaluation.missing import missing

__all__ = ["words"]


@lru_cache(maxsize=1)
def _lex() -> Callable[[str], list[str]]:
    try:
        from pygments.lexers.python import PythonLexer
    except ImportError as error:
        raise missing("Pygments") from error
    lexer = PythonLexer()
    return lambda code: [text for _, text in lexer.get_tokens(code)]


def words(code: str) -> list[str]:
    """The words of a piece of Python.

    Raises:
        InputError: Pygments is not installed.
    """
    return " ".join(_lex()(code)).split()
