"""Names of files in a diff: with or without quotes, a timestamp, or a prefix."""

from __future__ import annotations

import re

__all__ = ["header_name", "names_of_git_line", "new_names", "old_name"]

# Prefixes of the old and the new name; the letters are those of git's `diff.mnemonicPrefix`.
_PAIRS = frozenset(
    (
        (b"a", b"b"), (b"i", b"w"), (b"c", b"i"), (b"c", b"w"), (b"o", b"w"), (b"1", b"2"),
        (b"old", b"new"), (b"orig", b"new"),
    )
)  # fmt: skip
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {
    b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r",
}  # fmt: skip
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
NOWHERE = b"/dev/null"


def header_name(text: bytes) -> bytes:
    """The name after "--- " or "+++ ". It ends at a tab; a tab in a name is quoted."""
    quoted = _QUOTED.match(text)
    if quoted is not None:
        return _unquoted(quoted[1])
    return text.split(b"\t", 1)[0].rstrip(b"\r\n")


def names_of_git_line(text: bytes) -> tuple[bytes, bytes]:
    """Both names after "diff --git ", with their prefixes; empty if they are ambiguous."""
    text = text.rstrip(b"\r\n")
    quoted = _QUOTED.match(text)
    if quoted is not None:
        return _unquoted(quoted[1]), header_name(text[quoted.end() + 1 :])
    if text.endswith(b'"'):
        old, _, new = text.partition(b' "')
        return old, header_name(b'"' + new)
    # Names may contain spaces. Unless the file was renamed, and then other lines name it, both
    # names are equal except for their prefixes.
    middle = len(text) // 2
    old, new = text[:middle], text[middle + 1 :]
    if text[middle : middle + 1] == b" " and (
        old == new or old.partition(b"/")[2] == new.partition(b"/")[2]
    ):
        return old, new
    old, _, new = text.partition(b" ")
    return (old, new) if b" " not in new else (b"", b"")


def new_names(new: bytes, old: bytes) -> tuple[bytes, ...]:
    """Possible names of the new file, the most likely first.

    Args:
        new: its name in the diff.
        old: the name of the old file, or /dev/null; empty if unknown.
    """
    first, slash, rest = new.partition(b"/")
    if not slash or not rest:
        return (new,)
    before = old.partition(b"/")[0]
    paired = (before, first) in _PAIRS
    alone = old in (b"", NOWHERE) and first in {pair[1] for pair in _PAIRS}
    return (rest, new) if paired or alone else (new, rest)


def old_name(old: bytes) -> bytes:
    """The most likely name of the old file."""
    first, _, rest = old.partition(b"/")
    return rest if rest and first in {pair[0] for pair in _PAIRS} else old


def _unquoted(text: bytes) -> bytes:
    def decoded(escape: re.Match[bytes]) -> bytes:
        code = escape[1]
        if code.isdigit():
            return bytes((int(code, 8) & 255,))
        return _LETTERS.get(code, code)

    return _ESCAPE.sub(decoded, text)
