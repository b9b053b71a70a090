"""Attribution that is there: a source named by its SWHID, in the code or in a NOTICE file.

A licence that asks to be attributed is met when a comment on the passage or just before it, or an
attribution file of the tree, names the document: `swh:1:cnt:` and 40 hex digits, which no text has
by chance. That need not be what `attribution_comment` writes, or a comment at all: a docstring
serves as well. A denied licence is not cured by naming the author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attribution.citation import cite_occurrence
from attribution.types import SourceOccurrence
from audit.decisions.comments import comment_marks
from audit.line_ends import with_line_feeds
from audit.types import Decision, DecisionKind, Finding, Item, Passage, Verdict

__all__ = ["LINES_BEFORE", "Citations", "attribution_comment"]

LINES_BEFORE = 10  # of a passage, in which its source may be named
_SWHID = re.compile(rb"swh:1:cnt:([0-9a-f]{40})(?![0-9a-f])")
_PLAIN = re.compile(r"[A-Za-z0-9_./~@+, -]")


class Citations:
    """What the attribution files of a tree name."""

    def __init__(self, notices: Sequence[tuple[str, str]]) -> None:
        """Read them.

        Args:
            notices: name and text of each.
        """
        self._notices: dict[bytes, str] = {}
        for name, text in notices:
            for found in _SWHID.finditer(text.encode("utf-8", "replace")):
                self._notices.setdefault(found[1], name)

    def decide(self, item: Item, findings: Sequence[Finding]) -> Iterator[Decision | None]:
        """For each finding of an item, whether its source is named where it has to be."""
        places: list[tuple[int, bytes]] | None = None
        for finding in findings:
            if finding.ruling.verdict is not Verdict.ATTRIBUTE:
                yield None
                continue
            if places is None:
                places = _places(item)
            yield self._decide(finding.passage, places)

    def _decide(self, passage: Passage, places: Sequence[tuple[int, bytes]]) -> Decision | None:
        wanted = {
            document.removeprefix("swh:1:cnt:").encode()
            for source in passage.sources
            for document in (source.document, *source.documents, *source.occurrence_documents)
        }
        first, last = passage.span.start_line - LINES_BEFORE, passage.span.end_line
        for line, document in places:
            if first <= line <= last and document in wanted:
                return _attributed(document, f"line {line}")
        for document in sorted(wanted & self._notices.keys()):
            return _attributed(document, self._notices[document])
        return None


def _attributed(document: bytes, where: str) -> Decision:
    named = f"swh:1:cnt:{document.decode()}"
    return Decision(DecisionKind.ATTRIBUTED, f"its source is named: {named}", where)


def _places(item: Item) -> list[tuple[int, bytes]]:
    """Line and document of each SWHID in a text."""
    found = []
    code = with_line_feeds(item.code)
    line, counted = item.first_line, 0
    for mark in _SWHID.finditer(code):
        line += code.count(b"\n", counted, mark.start())
        counted = mark.start()
        found.append((line, mark[1]))
    return found


def attribution_comment(finding: Finding, language: str | None) -> str:
    """The comment that attributes a finding, whole lines each ended by a line end, not indented.

    It goes on lines of its own before the passage. It adds no token to the code. Whatever a
    stranger called a repository or a file, it ends no comment, sets no encoding (PEP 263), no
    editor's mode, and is no `whence:` decision: all but plain characters are percent-encoded.

    Raises:
        InputError: the language is not known, or has no comments.
    """
    opening, closing = comment_marks(language)
    source = finding.passage.sources[finding.ruling.source]
    lines = [f"Licence: {_plain(finding.ruling.license, '()')}"]
    document = source.document
    if source.cited is not None:
        lines = [*_place(source.cited), *lines]
        document = source.cited.document
    lines.append(f"Source: {document}")
    end = f" {closing}" if closing else ""
    return "".join(f"{opening} {line}{end}\n" for line in lines)


def _place(cited: SourceOccurrence) -> Iterator[str]:
    occurrence, lines = cited.occurrence, cited.lines
    where = f"From {_plain(occurrence.repository)}, {_plain(occurrence.path)}"
    if lines is not None:
        where += f", lines {lines[0]}-{lines[1]}" if lines[1] > lines[0] else f", line {lines[0]}"
    yield where
    url = cite_occurrence(cited).url
    if url is not None:
        scheme, _, rest = url.partition("://")
        yield f"At {scheme}://{_plain(rest, '#%')}"


def _plain(text: str, also: str = "") -> str:
    """A stranger's text without a character that could mean something anywhere."""
    told = "".join(
        character
        if _PLAIN.fullmatch(character) or character in also
        else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
        for character in text
    )
    return told.replace("--", "-%2D")  # which ends a comment of XML for some, and starts Lua's
