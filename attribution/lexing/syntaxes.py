"""Syntax families: how languages write comments, strings and names, as far as the lexer asks.

The lexer is line-local, so a family describes what can be seen within one line. What that
cannot tell apart is left to be lexed consistently rather than correctly: a heredoc's lines are
code, a regex literal is a run of operators. Two copies of a text still give the same tokens,
which is all that fingerprints need.

A family's number is its place in SYNTAXES; 0 is for languages that nothing is known of. Numbers
are not stored in an index: they may change from one version to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

from attribution.lexing.keywords import IMPORTS, KEYWORDS

__all__ = ["SYNTAXES", "SYNTAX_NUMBERS", "Syntax"]


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a family of languages writes comments, strings and names."""

    name: str
    line_comments: tuple[str, ...] = ()  # at most 3, of 1-4 bytes each
    block_comment: tuple[str, str] | None = None  # opening and closing, 1-4 bytes each
    quotes: str = "\"'"  # characters that open and close a string
    triple_quotes: bool = False  # three of the same quote open a string over many lines
    char_literal: bool = False  # ' holds one character, else it is an operator (Rust's lifetimes)
    backslash_escapes: bool = True  # else a doubled quote stands for the quote
    identifier_extra: str = ""  # ASCII characters beside [A-Za-z0-9_] that names may hold
    comment_needs_space: bool = False  # a line comment follows white space or starts the line
    comment_line_start: bool = False  # a line comment starts only as the first thing of a line
    case_insensitive: bool = False  # keywords are compared in lower case
    keywords: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()  # first words of a line that only imports, "#include" too


_NONE: frozenset[str] = frozenset()
_C_BLOCK = ("/*", "*/")
_ML_BLOCK = ("(*", "*)")
_XML_BLOCK = ("<!--", "-->")
_SLASH = ("//",)
_HASH = ("#",)
_DASH = ("--",)


def _family(
    name: str,
    line_comments: tuple[str, ...] = (),
    block_comment: tuple[str, str] | None = None,
    quotes: str = "\"'",
    *,
    words: str | None = None,
    triple_quotes: bool = False,
    char_literal: bool = False,
    backslash_escapes: bool = True,
    identifier_extra: str = "",
    comment_needs_space: bool = False,
    comment_line_start: bool = False,
    case_insensitive: bool = False,
) -> Syntax:
    """A Syntax with the keyword and import tables of `words`, or of its own name."""
    table = words or name
    return Syntax(
        name=name,
        line_comments=line_comments,
        block_comment=block_comment,
        quotes=quotes,
        triple_quotes=triple_quotes,
        char_literal=char_literal,
        backslash_escapes=backslash_escapes,
        identifier_extra=identifier_extra,
        comment_needs_space=comment_needs_space,
        comment_line_start=comment_line_start,
        case_insensitive=case_insensitive,
        keywords=KEYWORDS.get(table, _NONE),
        imports=IMPORTS.get(table, _NONE),
    )


# Comment markers with a space in them ("# ", "@ ") tell a comment from an operand (ARM's "#1").
SYNTAXES: tuple[Syntax, ...] = (
    _family("generic"),
    # The languages that most code is in.
    _family("python", _HASH, triple_quotes=True),
    _family("javascript", _SLASH, _C_BLOCK, "\"'`", identifier_extra="$"),
    _family("java", _SLASH, _C_BLOCK, triple_quotes=True, identifier_extra="$"),
    _family("c", _SLASH, _C_BLOCK, identifier_extra="@"),
    _family("c#", _SLASH, _C_BLOCK),
    _family("go", _SLASH, _C_BLOCK, "\"'`"),
    _family("rust", _SLASH, _C_BLOCK, char_literal=True),
    _family("ruby", _HASH, identifier_extra="@$", comment_needs_space=True),
    _family("php", ("//", "#"), _C_BLOCK, identifier_extra="$"),
    _family("kotlin", _SLASH, _C_BLOCK, triple_quotes=True),
    _family("swift", _SLASH, _C_BLOCK, '"', triple_quotes=True),
    _family("scala", _SLASH, _C_BLOCK, triple_quotes=True, char_literal=True),
    _family("shell", _HASH, comment_needs_space=True),
    # Further languages with keyword tables.
    _family("ada", _DASH, char_literal=True, backslash_escapes=False, case_insensitive=True),
    _family("awk", _HASH, quotes='"'),
    _family("cobol", ("*>", "*"), backslash_escapes=False, identifier_extra="-",
            comment_line_start=True, case_insensitive=True),
    _family("coffeescript", _HASH, triple_quotes=True, identifier_extra="$@",
            comment_needs_space=True),
    _family("css", (), _C_BLOCK, identifier_extra="-@"),
    _family("scss", _SLASH, _C_BLOCK, words="css", identifier_extra="-@$",
            comment_needs_space=True),
    _family("dart", _SLASH, _C_BLOCK, triple_quotes=True, identifier_extra="$"),
    _family("elixir", _HASH, triple_quotes=True, identifier_extra="@", comment_needs_space=True),
    _family("erlang", ("%",), comment_needs_space=True),
    _family("f#", _SLASH, _ML_BLOCK, triple_quotes=True, char_literal=True),
    _family("fortran", ("!",), backslash_escapes=False, case_insensitive=True),
    _family("groovy", _SLASH, _C_BLOCK, triple_quotes=True, identifier_extra="$"),
    _family("haskell", _DASH, ("{-", "-}"), char_literal=True),
    _family("hcl", ("#", "//"), _C_BLOCK, '"'),
    _family("html", (), _XML_BLOCK, '"', backslash_escapes=False, identifier_extra="-"),
    # Single-file components: markup, script and style in one.
    _family("components", _SLASH, _XML_BLOCK, "\"'`", words="javascript", identifier_extra="$",
            comment_needs_space=True),
    _family("json", (), None, '"'),
    _family("jsonc", _SLASH, _C_BLOCK, words="json"),
    # A notebook is JSON whose strings hold the code: no quotes, so that the code can be seen.
    _family("notebook", (), None, "", words="python"),
    _family("julia", _HASH, ("#=", "=#"), triple_quotes=True, char_literal=True),
    _family("latex", ("%",), None, "", identifier_extra="\\@", comment_needs_space=True),
    _family("lisp", (";",), ("#|", "|#"), '"', identifier_extra="-?!*"),
    _family("lua", _DASH, ("--[[", "]]")),
    _family("make", _HASH, comment_needs_space=True, identifier_extra="-"),
    _family("cmake", _HASH, ("#[[", "]]"), '"', case_insensitive=True),
    _family("matlab", ("%",), ("%{", "%}"), backslash_escapes=False),
    _family("octave", ("%", "#"), ("%{", "%}"), words="matlab", backslash_escapes=False),
    _family("nim", _HASH, ("#[", "]#"), triple_quotes=True, char_literal=True),
    _family("nix", _HASH, _C_BLOCK, '"', identifier_extra="-'"),
    _family("ocaml", (), _ML_BLOCK, char_literal=True),
    _family("pascal", _SLASH, ("{", "}"), "'", backslash_escapes=False, case_insensitive=True),
    _family("perl", _HASH, identifier_extra="$@", comment_needs_space=True),
    _family("powershell", _HASH, ("<#", "#>"), backslash_escapes=False, identifier_extra="$-",
            comment_needs_space=True, case_insensitive=True),
    _family("prolog", ("%",), _C_BLOCK),
    _family("proto", _SLASH, _C_BLOCK),
    _family("thrift", ("//", "#"), _C_BLOCK, words="proto"),
    _family("r", _HASH, quotes="\"'`", identifier_extra="."),
    _family("solidity", _SLASH, _C_BLOCK),
    _family("sql", _DASH, _C_BLOCK, backslash_escapes=False, case_insensitive=True),
    _family("tcl", _HASH, quotes='"', comment_needs_space=True),
    _family("verilog", _SLASH, _C_BLOCK, '"', identifier_extra="$`"),
    _family("vhdl", _DASH, _C_BLOCK, char_literal=True, backslash_escapes=False,
            case_insensitive=True),
    _family("vim", ('"',), None, "'", backslash_escapes=False, comment_line_start=True),
    _family("visual basic", ("'", "REM ", "Rem "), quotes='"', backslash_escapes=False,
            case_insensitive=True),
    _family("yaml", _HASH, comment_needs_space=True),
    _family("zig", _SLASH, char_literal=True, identifier_extra="@"),
    _family("dockerfile", _HASH, comment_needs_space=True, identifier_extra="-",
            case_insensitive=True),
    _family("batch", ("::", "rem ", "REM "), quotes='"', backslash_escapes=False,
            comment_line_start=True, case_insensitive=True),
    _family("abap", ('"',), quotes="'`", backslash_escapes=False, identifier_extra="-",
            case_insensitive=True),
    # The rest, by comments and strings only.
    _family("slash", _SLASH, _C_BLOCK),
    _family("slash primes", _SLASH, _C_BLOCK, char_literal=True),  # ' is also an operator
    _family("slash triple", _SLASH, _C_BLOCK, triple_quotes=True),
    _family("slash ml", _SLASH, _ML_BLOCK, char_literal=True),
    _family("slash hash", ("//", "#"), _C_BLOCK),
    _family("slash dash", ("//", "--"), _C_BLOCK),
    _family("block", (), _C_BLOCK),
    _family("hash", _HASH),
    _family("hash words", _HASH, comment_needs_space=True, identifier_extra="-"),
    _family("hash lines", _HASH, None, "", comment_line_start=True),
    _family("ini", ("#", ";"), quotes='"', comment_needs_space=True, identifier_extra="-"),
    _family("properties", ("#", "!"), None, "", comment_line_start=True),
    _family("semicolon", (";",)),
    _family("semicolon block", (";", "#"), _C_BLOCK, comment_needs_space=True),
    _family("assembly", (";", "//"), _C_BLOCK),
    _family("unix assembly", ("//", "# ", "@ "), _C_BLOCK),
    _family("percent", ("%",)),
    _family("percent block", ("%",), ("%{", "%}"), identifier_extra="\\"),
    _family("postscript", ("%",), None, ""),
    _family("dash", _DASH),
    _family("bang", ("!",), quotes='"', comment_needs_space=True),
    _family("ml", (), _ML_BLOCK, backslash_escapes=False),
    _family("forth", ("\\ ",), ("( ", ")"), '"', identifier_extra="-", comment_needs_space=True),
    _family("smalltalk", (), ('"', '"'), "'", backslash_escapes=False),
    _family("apl", ("NB.",), quotes="'", backslash_escapes=False),
    _family("xquery", (), ("(:", ":)")),
    _family("roff", ('.\\"', "'\\\""), None, "", comment_line_start=True),
    _family("template", (), ("{#", "#}"), '"', words="html"),
    _family("percent template", (), ("<%--", "--%>"), '"', words="html"),
    _family("text", (), None, ""),
)  # fmt: skip

SYNTAX_NUMBERS: dict[str, int] = {syntax.name: number for number, syntax in enumerate(SYNTAXES)}
