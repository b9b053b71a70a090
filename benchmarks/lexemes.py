"""A lexer for the benchmark's changes of code, independent of `attribution.lexing.lexer`.

Python is read by the standard library's `tokenize`; other languages, and fragments that `tokenize`
rejects, by one regular expression per language family. Speed does not matter here.
"""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

__all__ = ["KEYWORDS", "Lexeme", "lexemes", "lexemes_lazily"]

C_WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while _Bool _Complex _Static_assert NULL
"""
CPP_WORDS = """
alignas alignof asm bool catch class concept const_cast consteval constexpr constinit decltype
delete dynamic_cast explicit export false friend mutable namespace new noexcept nullptr operator
override final private protected public reinterpret_cast requires static_assert static_cast
template this thread_local throw true try typeid typename using virtual wchar_t
"""
# Includes the predeclared constants and types: code in which they are renamed does not compile.
GO_WORDS = """
break case chan const continue default defer else fallthrough for func go goto if import interface
map package range return select struct switch type var true false nil iota any bool byte comparable
complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16
uint32 uint64 uintptr
"""
# As in Go, names of primitive types and constants are included.
JAVASCRIPT_WORDS = """
arguments async await break case catch class const constructor continue debugger default delete do
else export extends false finally for from function get if import in instanceof let new null of
return set static super switch this throw true try typeof undefined var void while with yield
"""
TYPESCRIPT_WORDS = """
abstract any as asserts bigint boolean declare enum implements infer interface is keyof module
namespace never number object private protected public readonly satisfies string symbol type unique
unknown
"""
JAVA_WORDS = """
abstract assert boolean break byte case catch char class const continue default do double else enum
extends false final finally float for if implements import instanceof int interface long native new
null package private protected public return short static super switch synchronized this throw
throws transient true try var void volatile while
"""
CSHARP_WORDS = """
abstract as async await base bool break byte case catch char checked class const continue decimal
default delegate do double else enum event explicit extern false finally fixed float for foreach
get goto if implicit in int interface internal is lock long namespace new null object operator out
override params private protected public readonly ref return sbyte sealed set short sizeof
stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe
ushort using value var virtual void volatile where while yield
"""
KOTLIN_WORDS = """
abstract annotation as break by catch class companion const constructor continue crossinline data do
else enum expect external false final finally for fun get if import in infix init inline inner
interface internal is it lateinit noinline null object open operator out override package private
protected public reified return sealed set super suspend tailrec this throw true try typealias val
value var vararg when where while
"""
SCALA_WORDS = """
Any AnyRef Boolean Byte Char Double Float Int Long Nothing Short String Unit abstract case catch
class def do else extends false final finally for forSome if implicit import lazy match new null
object override package private protected return sealed super this throw trait true try type val
var while with yield
"""
SWIFT_WORDS = """
Any Bool Double Float Int Self String Void as associatedtype async await break case catch class
continue convenience default defer deinit do else enum extension fallthrough false fileprivate final
for func guard if import in init inout internal is lazy let mutating nil open operator override
private protocol public repeat required rethrows return self static struct subscript super switch
throw throws true try typealias unowned var weak where while
"""
RUST_WORDS = """
Self as async await bool box break char const continue crate dyn else enum extern f32 f64 false fn
for i128 i16 i32 i64 i8 if impl in isize let loop match mod move mut pub ref return self static str
struct super trait true type u128 u16 u32 u64 u8 union unsafe use usize where while
"""
PHP_WORDS = """
abstract and array as bool break callable case catch class clone const continue declare default do
echo else elseif empty enum extends false final finally float fn for foreach function global if
implements include instanceof insteadof int interface isset iterable list match mixed namespace new
null or parent print private protected public readonly require require_once return self static
string switch this throw trait true try unset use var void while xor yield
"""
RUBY_WORDS = """
BEGIN END alias and begin break case class def defined do else elsif end ensure false for if in
module next nil not or redo rescue retry return self super then true undef unless until when while
yield
"""
SHELL_WORDS = """
break case cd continue declare do done echo elif else esac eval exec exit export false fi for
function if in local printf read readonly return select set shift source test then trap true
typeset unset until while
"""
KEYWORDS: dict[str, frozenset[str]] = {
    "Python": frozenset(keyword.kwlist),
    "Go": frozenset(GO_WORDS.split()),
    "C": frozenset(C_WORDS.split()),
    "C++": frozenset((C_WORDS + CPP_WORDS).split()),
    "JavaScript": frozenset(JAVASCRIPT_WORDS.split()),
    "TypeScript": frozenset((JAVASCRIPT_WORDS + TYPESCRIPT_WORDS).split()),
    "Java": frozenset(JAVA_WORDS.split()),
    "C#": frozenset(CSHARP_WORDS.split()),
    "Kotlin": frozenset(KOTLIN_WORDS.split()),
    "Scala": frozenset(SCALA_WORDS.split()),
    "Swift": frozenset(SWIFT_WORDS.split()),
    "Rust": frozenset(RUST_WORDS.split()),
    "PHP": frozenset(PHP_WORDS.split()),
    "Ruby": frozenset(RUBY_WORDS.split()),
    "Shell": frozenset(SHELL_WORDS.split()),
}

NAME_NUMBER_REST = r"(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<space>\s+)|(?P<op>.)"
SLASH_COMMENTS = r"(?P<comment>//[^\n]*|/\*.*?\*/)"
QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
FAMILIES = {
    "Python": re.compile(
        r"(?P<comment>\#[^\n]*)|(?P<string>\b[rbufRBUF]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|"
        rf"{QUOTED})|\"\"\".*?\"\"\"|'''.*?'''|{QUOTED})|{NAME_NUMBER_REST}",
        re.DOTALL,
    ),
    "Go": re.compile(
        rf"{SLASH_COMMENTS}|(?P<string>`[^`]*`|{QUOTED})|{NAME_NUMBER_REST}", re.DOTALL
    ),
    "C": re.compile(rf"{SLASH_COMMENTS}|(?P<string>{QUOTED})|{NAME_NUMBER_REST}", re.DOTALL),
    # a quotation mark begins a lifetime or a character
    "Rust": re.compile(
        rf"{SLASH_COMMENTS}|(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\\n]|\\[^\n]+?)')|{NAME_NUMBER_REST}",
        re.DOTALL,
    ),
    "PHP": re.compile(
        rf"(?P<comment>\#(?!\[)[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<string>{QUOTED})|{NAME_NUMBER_REST}",
        re.DOTALL,
    ),
    # a # within a word is no comment
    "Ruby": re.compile(
        rf"(?P<comment>(?<!\S)\#[^\n]*)|(?P<string>{QUOTED})|{NAME_NUMBER_REST}", re.DOTALL
    ),
}
FAMILIES |= dict.fromkeys(("JavaScript", "TypeScript"), FAMILIES["Go"])
FAMILIES["Shell"] = FAMILIES["Ruby"]
FAMILIES["Scala"] = FAMILIES["Rust"]  # a quotation mark begins a symbol or a character
TOKENIZE_KINDS = {
    tokenize.NAME: "name",
    tokenize.NUMBER: "number",
    tokenize.STRING: "string",
    tokenize.COMMENT: "comment",
    tokenize.OP: "op",
}


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of a text."""

    kind: str  # "name" (keywords too), "number", "string", "comment", "op" or "space"
    text: str


def lexemes(text: str, language: str) -> list[Lexeme]:
    """The text in pieces; their concatenation is the text."""
    if language == "Python":
        try:
            return by_tokenize(text)
        except (tokenize.TokenError, SyntaxError):
            pass  # a fragment
    return list(lexemes_lazily(text, language))


def lexemes_lazily(text: str, language: str) -> Iterator[Lexeme]:
    """The same by the regular expression of the family, lazily."""
    family = FAMILIES.get(language, FAMILIES["C"])
    for found in family.finditer(text):
        yield Lexeme(found.lastgroup or "op", found[0])


def by_tokenize(text: str) -> list[Lexeme]:
    """Python lexemes by the standard library.

    Raises:
        tokenize.TokenError, SyntaxError: the text is incomplete.
    """
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    starts.append(len(text))
    pieces: list[Lexeme] = []
    at = 0
    # Python 3.12 and later split an f-string into parts; join them.
    opened = getattr(tokenize, "FSTRING_START", -1)
    closed = getattr(tokenize, "FSTRING_END", -1)
    depth, opened_at = 0, 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        begin = min(starts[token.start[0] - 1] + token.start[1], len(text))
        end = min(starts[token.end[0] - 1] + token.end[1], len(text))
        kind = TOKENIZE_KINDS.get(token.type)
        if token.type == opened:
            depth += 1
            opened_at = begin if depth == 1 else opened_at
        elif token.type == closed:
            depth -= 1
            begin, kind = opened_at, "string"
        if depth or kind is None or end <= begin:
            continue
        if begin > at:
            pieces.append(Lexeme("space", text[at:begin]))
        pieces.append(Lexeme(kind, text[begin:end]))
        at = end
    if at < len(text):
        pieces.append(Lexeme("space", text[at:]))
    return pieces
