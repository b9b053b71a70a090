"""Literals whose delimiter is no quote, or whose quote has rules of its own, within one line.

A regular expression `/.../` begins where an operand is expected: the token before it decides, as in
the grammar of ECMAScript, and in languages that call functions without brackets (Ruby, Perl) the
white space around the slash. Where that is not enough (behind `)` and `}`) it is a division, since
a wrong division costs one literal, and a wrong literal the code up to the next slash.

Bytes are compared as numbers: 10 is the end of a line, 34, 39 and 96 are the quotes, 35 a hash, 47
a slash, 92 a backslash.
"""

from __future__ import annotations

from attribution.kernels import boolean, int64, kernel, readonly, uint8, uint64
from attribution.lexing.hashing import contains
from attribution.lexing.rules import (
    BEFORE_OPERATOR,
    BY_SPACE,
    CPP,
    LITERAL_MARKS,
    LONGEST_LITERAL,
    NAME,
    NO_DELIMITER,
    OPENS_BRACKET,
    OPENS_OPERAND,
    OPERAND_WORDS,
    PERL,
    PERL_OPERATORS,
    PUNCTUATION,
    QUOTES,
    QUOTING,
    REGEX,
    RUST,
    TABLE,
    WORD,
)

__all__ = ["after_marked", "after_named", "after_template"]


@kernel(
    boolean(readonly(uint8), int64, int64, uint8, uint64, int64, int64, uint8[::1]), borrows=True
)
def _opens_operand(data, begin, previous, kind, word, at, end, rules):  # type: ignore[no-untyped-def]
    """Whether an operand may begin at `at`, by what precedes it on its line.

    Args:
        data: (bytes,) uint8, the text.
        begin: where the text begins.
        previous: the offset of the token before, -1 without one.
        kind: uint8, its kind.
        word: uint64, its hash.
        at, end: the offset, and where the text ends.
        rules: (RULES_WIDTH,) uint8, a row of RULES.

    Returns:
        bool.
    """
    follows = data[at + 1] if at + 1 < end else uint8(10)
    tight = follows > 32 and follows != 61  # behind an operator there is white space, or "="
    if previous < 0:
        return tight and follows != 47
    if kind in (NAME, WORD):
        if contains(OPERAND_WORDS, uint64(TABLE - 1), word):
            return True
        variable = data[previous] == 36 or data[previous] == 64
        return rules[REGEX] == BY_SPACE and data[at - 1] <= 32 and tight and not variable
    if kind != PUNCTUATION:
        return False
    mark = data[previous]
    twin = data[previous - 1] if previous > begin else uint8(10)  # the first of "=>" or "++"
    if mark == 62:  # ">" ends a tag, "=>" does not
        return twin == 61
    return OPENS_OPERAND[mark] and not (mark == 43 and twin == 43)


@kernel(int64(readonly(uint8), int64, int64), borrows=True)
def _after_letters(data, at, end):  # type: ignore[no-untyped-def]
    """Skip ASCII letters.

    Args:
        data: (bytes,) uint8, the text.
        at, end: an offset, and where the text ends.

    Returns:
        int64, the offset behind them.
    """
    while at < end and 97 <= data[at] | 32 <= 122:
        at += 1
    return at


@kernel(int64(readonly(uint8), int64, int64), borrows=True)
def _after_regex(data, at, end):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a regular expression between slashes, and of its flags.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset of the opening slash, and where the text ends.

    Returns:
        int64, the offset behind it, or -1 if nothing closes it.
    """
    i, stop = at + 1, min(end, at + LONGEST_LITERAL)
    in_class = False  # a slash within [...] does not close
    while i < stop and data[i] != 10:
        byte = data[i]
        if byte == 92:
            i += 1
        elif byte == 91:
            in_class = True
        elif byte == 93:
            in_class = False
        elif byte == 47 and not in_class:
            return _after_letters(data, i + 1, end)
        i += 1
    return -1


@kernel(uint8(uint8), borrows=True)
def _closing(delimiter):  # type: ignore[no-untyped-def]
    """The delimiter that closes what `delimiter` opens.

    Args:
        delimiter: uint8, a bracket or any other mark.

    Returns:
        uint8, the other bracket, or the same mark.
    """
    if delimiter == 40:
        return uint8(41)
    if OPENS_BRACKET[delimiter]:
        return uint8(delimiter + 2)
    return delimiter


@kernel(int64(readonly(uint8), int64, int64), borrows=True)
def _after_delimited(data, at, end):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of what a delimiter opens; brackets nest.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset of the delimiter, and where the text ends.

    Returns:
        int64, the offset behind the closing delimiter, or -1.
    """
    opening = data[at]
    closing = _closing(opening)
    depth = 1
    i, stop = at + 1, min(end, at + LONGEST_LITERAL)
    while i < stop and data[i] != 10:
        byte = data[i]
        if byte == 92:
            i += 1
        elif byte == closing:
            depth -= 1
            if depth == 0:
                return i + 1
        elif byte == opening:
            depth += 1
        i += 1
    return -1


@kernel(int64(readonly(uint8), int64, int64, int64), borrows=True)
def _after_hashed(data, at, end, hashes):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a raw string that a quote and as many hashes close.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset of the opening quote, and where the text ends.
        hashes: how many hashes precede the quote.

    Returns:
        int64, the offset behind the last hash, or -1.
    """
    i, stop = at + 1, min(end, at + LONGEST_LITERAL)
    while i < stop and data[i] != 10:
        if data[i] == data[at]:
            number = 0
            while number < hashes and i + 1 + number < end and data[i + 1 + number] == 35:
                number += 1
            if number == hashes:
                return i + 1 + hashes
        i += 1
    return -1


@kernel(int64(readonly(uint8), int64, int64), borrows=True)
def _after_raw_cpp(data, at, end):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of C++'s "mark(...)mark".

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset of the opening quote, and where the text ends.

    Returns:
        int64, the offset behind the closing quote, or -1.
    """
    bracket = at + 1
    while bracket < min(end, at + 18) and data[bracket] != 40:
        if data[bracket] <= 32 or data[bracket] == 34:
            return -1
        bracket += 1
    length = bracket - at - 1
    i, stop = bracket + 1, min(end - length - 1, at + LONGEST_LITERAL)
    while i < stop and data[i] != 10:
        if data[i] == 41 and data[i + 1 + length] == 34:
            same = True
            for number in range(1, length + 1):
                same = same and data[i + number] == data[at + number]
            if same:
                return i + length + 2
        i += 1
    return -1


@kernel(int64(readonly(uint8), int64, int64, int64), borrows=True)
def _after_perl(data, start, at, end):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a quote-like operator: m, s, y, q, qq, qw, qr, tr.

    Args:
        data: (bytes,) uint8, the text.
        start, at: the offsets of the operator and of its delimiter.
        end: where the text ends.

    Returns:
        int64, the offset behind its flags, or -1 if it is none.
    """
    two_parts = False
    known = False
    for number in range(PERL_OPERATORS.shape[0]):
        operator = PERL_OPERATORS[number]
        if operator[0] == data[start] and operator[1] == (data[start + 1] if at - start > 1 else 0):
            known, two_parts = at - start < 3, operator[2] != 0
    delimiter = data[at]
    if not known or delimiter <= 32 or NO_DELIMITER[delimiter]:
        return -1
    i = _after_delimited(data, at, end)
    if i > 0 and two_parts:
        if _closing(delimiter) != delimiter:
            while i < end and data[i] == 32:
                i += 1
            i = _after_delimited(data, i, end) if i < end else -1
        else:
            i = _after_delimited(data, i - 1, end)
    return _after_letters(data, i, end) if i > 0 else -1


@kernel(int64(readonly(uint8), int64, int64, int64, uint8[::1], boolean), borrows=True)
def after_named(data, start, at, end, rules, line_start):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a literal that begins with a name.

    These are Perl's quote-like operators and the raw strings of Rust, Dart and C++.

    Args:
        data: (bytes,) uint8, the text.
        start, at: the offset of the name, and the one behind it, where a mark is.
        end: where the text ends.
        rules: (RULES_WIDTH,) uint8, a row of RULES.
        line_start: bool, whether only white space precedes the name on its line.

    Returns:
        int64, the offset behind the literal, or -1 if it is none.
    """
    if at - start > 3:
        return -1
    if rules[QUOTING] == PERL:
        if not line_start and not BEFORE_OPERATOR[data[start - 1]]:
            return -1
        return _after_perl(data, start, at, end)
    if rules[QUOTING] == CPP:
        return _after_raw_cpp(data, at, end) if data[at - 1] == 82 and data[at] == 34 else -1
    if rules[QUOTING] == RUST and data[at - 1] == 114:
        hashes = 0
        while at + hashes < end and data[at + hashes] == 35:
            hashes += 1
        quote = at + hashes
        if quote < end and (data[quote] == 34 or (data[quote] == 39 and hashes == 0)):
            return _after_hashed(data, quote, end, hashes)
    return -1


@kernel(int64(readonly(uint8), int64, int64, uint8, uint64, int64, int64, uint8[::1]), borrows=True)
def after_marked(data, begin, previous, kind, word, at, end, rules):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a literal that begins with a mark.

    These are regular expressions, C#'s @"...", Swift's #"..."#, Ruby's %w[...] and Elixir's
    ~r/.../.

    Args:
        data: (bytes,) uint8, the text.
        begin, previous, kind, word: as for `_opens_operand`.
        at, end: the offset of the mark, and where the text ends.
        rules: (RULES_WIDTH,) uint8, a row of RULES.

    Returns:
        int64, the offset behind the literal, or -1 if it is none.
    """
    mark = data[at]
    if mark == 47 and rules[REGEX]:
        operand = _opens_operand(data, begin, previous, kind, word, at, end, rules)
        return _after_regex(data, at, end) if operand else -1
    if mark != LITERAL_MARKS[rules[QUOTING]]:  # part of a comment mark
        return -1
    i = at + 1
    if mark == 64:
        if i < end and data[i] == 36:
            i += 1
        i = _after_hashed(data, i, end, 0) if i < end and data[i] == 34 else -1
        while 0 < i < end and data[i] == 34:  # a doubled quote is an escaped one
            i = _after_hashed(data, i, end, 0)
        return i
    if mark == 35:
        while i < end and data[i] == 35:
            i += 1
        return _after_hashed(data, i, end, i - at) if i < end and data[i] == 34 else -1
    if mark == 37 and not _opens_operand(data, begin, previous, kind, word, at, end, rules):
        return -1
    i = _after_letters(data, i, end)
    letters = i - at - 1
    if i >= end or letters > 1 or data[i] <= 32 or 48 <= data[i] <= 61 or data[i] >= 127:
        return -1
    if letters == 0 and (mark == 126 or _closing(data[i]) == data[i]):
        return -1
    i = _after_delimited(data, i, end)
    return _after_letters(data, i, end) if i > 0 else -1


@kernel(int64(readonly(uint8), int64, int64), borrows=True)
def after_template(data, at, end):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a template literal with `${...}` in it.

    What is open is a stack of two bits each: 1 a template, 2 an interpolation, 3 a brace.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset of the opening backtick, and where the text ends.

    Returns:
        int64, the offset behind its closing backtick, or -1.
    """
    opened = uint64(1)
    i, stop = at + 1, min(end, at + LONGEST_LITERAL)
    while i < stop and data[i] != 10:
        byte = data[i]
        pushed = uint64(0)
        if byte == 92:
            i += 1
        elif opened & uint64(3) == uint64(1):
            if byte == 96:
                opened >>= uint64(2)
                if opened == 0:
                    return i + 1
            elif byte == 36 and i + 1 < stop and data[i + 1] == 123:
                pushed = uint64(2)
                i += 1
        elif byte == 96:
            pushed = uint64(1)
        elif byte == 123:
            pushed = uint64(3)
        elif byte == 125:
            opened >>= uint64(2)
        elif QUOTES[byte]:
            closed = i + 1
            while closed < stop and data[closed] != byte and data[closed] != 10:
                closed += 2 if data[closed] == 92 else 1
            if closed < stop and data[closed] == byte:
                i = closed
        if pushed:
            if opened >> uint64(60):
                return -1
            opened = (opened << uint64(2)) | pushed
        i += 1
    return -1
