"""How a hover is written: as Markdown where the client shows it, else as plain text.

All but our own words comes from strangers. In Markdown a name goes into a code span that it cannot
close, a sentence has every mark of punctuation escaped, an address is a link only if it holds
nothing but what addresses may.
"""

from __future__ import annotations

import abc
import re

from audit.reports.safe_text import one_line, shortened

__all__ = ["MARKDOWN", "PLAIN", "Markup"]

_LONGEST_NAME = 200  # characters
_LONGEST_TEXT = 600
# What begins a mark within a line, math and the links that GFM finds in plain text included. All
# of them can be escaped (CommonMark 2.4), and clients that render nothing stay readable.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>&~!|$^=@]|:(?=/)|(?<=www)\.)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'*+,;=%-]{1,2000}")
_TICKS = re.compile(r"`+")


class Markup(abc.ABC):
    """One way to write."""

    @abc.abstractmethod
    def strong(self, words: str) -> str:
        """Words of our own, to be seen first."""

    @abc.abstractmethod
    def name(self, text: str, most: int = _LONGEST_NAME) -> str:
        """A stranger's name, path or licence, shortened to `most` characters."""

    @abc.abstractmethod
    def words(self, text: str) -> str:
        """A sentence with strangers' names in it."""

    @abc.abstractmethod
    def link(self, words: str, url: str) -> str:
        """Words of our own that lead somewhere."""

    @abc.abstractmethod
    def block(self, text: str) -> str:
        """Lines that are shown as they are."""


class _Markdown(Markup):
    def strong(self, words: str) -> str:
        return f"**{words}**"

    def name(self, text: str, most: int = _LONGEST_NAME) -> str:
        shown = shortened(one_line(text), most)
        ticks = "`" * (_longest_run(shown) + 1)
        # Spaces keep a tick at either end from joining the fence; a renderer takes them off.
        pad = " " if shown[:1] in "` " or shown[-1:] in "` " else ""
        return f"{ticks}{pad}{shown}{pad}{ticks}"

    def words(self, text: str) -> str:
        return _MARKUP.sub(r"\\\1", shortened(one_line(text), _LONGEST_TEXT))

    def link(self, words: str, url: str) -> str:
        return f"[{words}](<{url}>)" if _ADDRESS.fullmatch(url) else self.name(url, 2000)

    def block(self, text: str) -> str:
        lines = [one_line(line) for line in text.splitlines()]
        fence = "`" * max(3, max(map(_longest_run, lines), default=0) + 1)
        return "\n".join([f"{fence}text", *lines, fence])


class _Plain(Markup):
    def strong(self, words: str) -> str:
        return words

    def name(self, text: str, most: int = _LONGEST_NAME) -> str:
        return shortened(one_line(text), most)

    def words(self, text: str) -> str:
        return shortened(one_line(text), _LONGEST_TEXT)

    def link(self, words: str, url: str) -> str:
        return f"{words}: {one_line(url)}"

    def block(self, text: str) -> str:
        return "\n".join(f"  {one_line(line)}" for line in text.splitlines())


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)


MARKDOWN: Markup = _Markdown()
PLAIN: Markup = _Plain()
