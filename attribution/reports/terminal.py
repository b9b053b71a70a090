"""A terminal's console, and text that is safe to print on it.

Code, paths and repository names come from strangers: an escape sequence in them must not move
the cursor, set the window's title or reorder a line. Such characters are replaced by visible ones.
"""

from __future__ import annotations

import io
import sys
import unicodedata

from rich.console import Console
from rich.text import Text

__all__ = ["open_console", "print_wrapped", "printable"]

_TAB = 4  # columns


def open_console(color: str = "auto") -> Console:
    """The console on standard output.

    Args:
        color: "always", "never", or "auto": on a terminal, and when NO_COLOR is not set.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A locale without the characters of a path must not end the report.
        sys.stdout.reconfigure(errors="backslashreplace")
    return _Console(
        highlight=False,
        markup=False,
        emoji=False,
        force_terminal={"always": True, "never": False}.get(color),
        no_color=True if color == "never" else None,
    )


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Raise, for the command line to handle; rich would exit with a code of its own."""
        raise BrokenPipeError


def print_wrapped(
    console: Console, text: Text, head: str | Text = "", *, wrap: bool = True
) -> None:
    """Print text behind a head; further lines are indented by the width of the head.

    Args:
        wrap: False leaves long lines to the terminal, so that addresses can be copied.
    """
    head = Text(head) if isinstance(head, str) else head
    indent = head.cell_len
    lines = text.wrap(console, max(console.width - indent, 20)) if wrap else [text]
    for line in lines:
        line.rstrip()
        console.print(Text.assemble(head, line), soft_wrap=True)
        head = Text(" " * indent)


def printable(text: str) -> str:
    """The text with tabs expanded and every control character replaced by a visible one."""
    return text.expandtabs(_TAB).translate(_VISIBLE)


class _Visible(dict[int, str | int]):
    """A translation table that is filled as characters come up."""

    def __missing__(self, code: int) -> str | int:
        shown: str | int = code
        if code < 0x20 and code != 0x0A:
            shown = 0x2400 + code  # Unicode's pictures of control codes
        elif code == 0x7F:
            shown = 0x2421
        elif unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            shown = f"<U+{code:04X}>"
        self[code] = shown
        return shown


_VISIBLE = _Visible()
