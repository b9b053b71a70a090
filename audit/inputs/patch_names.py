"""Names of files in a diff: quoted or not, with a timestamp or not, under a prefix or not."""

from __future__ import annotations

import re

__all__ = ["candidates", "header_name", "names_of_git_line", "of_old"]

# What git and others put before the names of both sides; git's `diff.mnemonicPrefix` has letters.
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
    """The name in what follows "--- " or "+++ ". A tab ends it: one inside a name is quoted."""
    quoted = _QUOTED.match(text)
    if quoted is not None:
        return _unquoted(quoted[1])
    return text.split(b"\t", 1)[0].rstrip(b"\r\n")


def names_of_git_line(text: bytes) -> tuple[bytes, bytes]:
    """Both names in what follows "diff --git ", with their prefixes; empty: cannot be told."""
    text = text.rstrip(b"\r\n")
    quoted = _QUOTED.match(text)
    if quoted is not None:
        return _unquoted(quoted[1]), header_name(text[quoted.end() + 1 :])
    if text.endswith(b'"'):
        old, _, new = text.partition(b' "')
        return old, header_name(b'"' + new)
    # Names may hold spaces. Without a rename, which says its names, both are equal but for the
    # prefixes.
    middle = len(text) // 2
    old, new = text[:middle], text[middle + 1 :]
    if text[middle : middle + 1] == b" " and (
        old == new or old.partition(b"/")[2] == new.partition(b"/")[2]
    ):
        return old, new
    old, _, new = text.partition(b" ")
    return (old, new) if b" " not in new else (b"", b"")


def candidates(new: bytes, old: bytes) -> tuple[bytes, ...]:
    """What the new file may be called, the likeliest first.

    Args:
        new: its name as the diff has it.
        old: that of the old file, or /dev/null; empty: not known.
    """
    first, slash, rest = new.partition(b"/")
    if not slash or not rest:
        return (new,)
    before = old.partition(b"/")[0]
    paired = (before, first) in _PAIRS
    alone = old in (b"", NOWHERE) and first in {pair[1] for pair in _PAIRS}
    return (rest, new) if paired or alone else (new, rest)


def of_old(old: bytes) -> bytes:
    """What the old file was likely called."""
    first, _, rest = old.partition(b"/")
    return rest if rest and first in {pair[0] for pair in _PAIRS} else old


def _unquoted(text: bytes) -> bytes:
    def plain(escape: re.Match[bytes]) -> bytes:
        code = escape[1]
        if code.isdigit():
            return bytes((int(code, 8) & 255,))
        return _LETTERS.get(code, code)

    return _ESCAPE.sub(plain, text)
