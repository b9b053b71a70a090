"""Comments, as the lexer sees them: whether a place in a line is one, and how one is written.

The lexer is line-local and drops comments, so what stands in a line and in no token is a comment.
It knows strings that close on their line; a line of a docstring or of a heredoc that looks like a
comment is one to it, and so it is here. The inside of a block comment over many lines is words to
it, unless each line begins with a star: a mark has to be in a comment of its own line.
"""

from __future__ import annotations

import re

from attribution.errors import InputError
from attribution.lexing.languages import SYNTAXES, canonical_language, languages_to_try, syntax_of
from attribution.lexing.lexer import lex

__all__ = ["comment_marks", "is_comment"]

# How a comment may begin where the lexer knows of none (JSON with comments, Markdown, text).
_ANY = re.compile(rb"\s*(?:<!--|//|/\*|#|--|;|%|\.\. )")
# What is written where the first mark of a family will not do everywhere.
_PREFERRED = {
    "unix assembly": ("/*", "*/"),  # "//" is not known to all assemblers
    "batch": ("rem", ""),  # "::" is a label, which breaks a block in parentheses
    "components": ("<!--", "-->"),
}
_BY_LANGUAGE = {"markdown": ("<!--", "-->")}


def is_comment(line: bytes, at: int, language: str | None) -> bool:
    """Whether byte `at` of a line is in a comment, in the language or, if unknown, in any usual."""
    for name in languages_to_try(language):
        syntax = SYNTAXES[syntax_of(name)]
        if not syntax.line_comments and syntax.block_comment is None:
            if _ANY.match(line):
                return True
            continue
        tokens = lex(line, name)
        token = int(tokens.starts.searchsorted(at, "right")) - 1
        if token < 0 or int(tokens.ends[token]) <= at:
            return True
    return False


def comment_marks(language: str | None) -> tuple[str, str]:
    """What opens and closes a comment of one line; "" closes one that ends with its line.

    Raises:
        InputError: the language is not known, or has no comments.
    """
    name = canonical_language(language) if language is not None else None
    if name is None:
        raise InputError(f"how {language or 'an unknown language'} writes comments is not known")
    syntax = SYNTAXES[syntax_of(name)]
    marks = _BY_LANGUAGE.get(name) or _PREFERRED.get(syntax.name)
    if marks is None and syntax.line_comments:
        marks = (syntax.line_comments[0].rstrip(), "")
    marks = marks or syntax.block_comment
    if marks is None:
        raise InputError(f"{name} has no comments: name the source in a NOTICE file instead")
    return marks
