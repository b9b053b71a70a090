"""Comments as the lexer sees them: whether a position is in one, and how to write one.

The lexer works line by line and drops comments, so text that belongs to no token is a comment. It
only knows strings that end on their line, so a line in a docstring or heredoc that looks like a
comment counts as one, here too. Inside of a block comment of several lines it sees words, unless
each line starts with a star: so a mark must be in a comment on its own line.
"""

from __future__ import annotations

import re

from attribution.errors import InputError
from attribution.lexing.languages import SYNTAXES, canonical_language, languages_to_try, syntax_of
from attribution.lexing.lexer import lex

__all__ = ["comment_marks", "is_comment"]

# How a comment may start in languages without comments for the lexer (JSON, Markdown, text).
_ANY = re.compile(rb"\s*(?:<!--|//|/\*|#|--|;|%|\.\. )")
# What to write instead of the first mark of a language family.
_PREFERRED = {
    "unix assembly": ("/*", "*/"),  # not all assemblers support "//"
    "batch": ("rem", ""),  # "::" is a label, which breaks blocks in parentheses
    "components": ("<!--", "-->"),
}
_BY_LANGUAGE = {"markdown": ("<!--", "-->")}


def is_comment(line: bytes, at: int, language: str | None) -> bool:
    """Whether byte `at` of a line is in a comment; an unknown language may have any usual one."""
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
    """What opens and closes a comment of one line; the second is "" if the line's end closes it.

    Raises:
        InputError: the language is unknown, or has no comments.
    """
    name = canonical_language(language) if language is not None else None
    if name is None:
        raise InputError(
            f"it is not known how to write comments in {language or 'an unknown language'}"
        )
    syntax = SYNTAXES[syntax_of(name)]
    marks = _BY_LANGUAGE.get(name) or _PREFERRED.get(syntax.name)
    if marks is None and syntax.line_comments:
        marks = (syntax.line_comments[0].rstrip(), "")
    marks = marks or syntax.block_comment
    if marks is None:
        raise InputError(f"{name} has no comments; name the source in a NOTICE file instead")
    return marks
