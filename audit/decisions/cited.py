"""Existing attributions: a source named by its SWHID, in the code or in a NOTICE file.

An attribution counts if a comment on the passage or just before it, or an attribution file of the
tree, names the document: `swh:1:cnt:` and 40 hex digits, which no text contains by chance. It need
not be the text of `attribution_comment`, or even a comment: a docstring works as well. Attribution
does not help against a denied licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from attribution.citation import cite_occurrence
from attribution.types import SourceOccurrence
from audit.decisions.comments import comment_marks
from audit.line_ends import with_line_feeds
from audit.types import Decision, DecisionKind, Finding, Item, Passage, Verdict

__all__ = ["LINES_BEFORE", "Citations", "attribution_comment", "read_notices"]

LINES_BEFORE = 10  # before a passage, in which an attribution counts
_LARGEST_NOTICE = 16 << 20  # bytes
_SWHID = re.compile(rb"swh:1:cnt:([0-9a-f]{40})(?![0-9a-f])")
_PLAIN = re.compile(r"[A-Za-z0-9_./~@+, -]")


def read_notices(root: Path | None, patterns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Name and text of the attribution files at the root, such as NOTICE, sorted by name."""
    if root is None or not root.is_dir():
        return ()
    notices = []
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        try:
            if path.is_file() and path.stat().st_size <= _LARGEST_NOTICE:
                text = path.read_text(encoding="utf-8", errors="replace")
                notices.append((path.relative_to(root).as_posix(), text))
        except OSError:  # an unreadable file attributes nothing, so findings stay open
            continue
    return tuple(notices)


class Citations:
    """The documents that the attribution files of a tree name."""

    def __init__(self, notices: Sequence[tuple[str, str]]) -> None:
        """
        Args:
            notices: name and text of each attribution file.
        """
        self._notices: dict[bytes, str] = {}
        for name, text in notices:
            for swhid in _SWHID.finditer(text.encode("utf-8", "replace")):
                self._notices.setdefault(swhid[1], name)

    def decide(self, item: Item, findings: Sequence[Finding]) -> Iterator[Decision | None]:
        """For each finding of an item, the decision that it is attributed, if it is."""
        mentions: list[tuple[int, bytes]] | None = None
        for finding in findings:
            if finding.ruling.verdict is not Verdict.ATTRIBUTE:
                yield None
                continue
            if mentions is None:
                mentions = _mentions(item)
            yield self._decide(finding.passage, mentions)

    def _decide(self, passage: Passage, mentions: Sequence[tuple[int, bytes]]) -> Decision | None:
        wanted = {
            document.removeprefix("swh:1:cnt:").encode()
            for source in passage.sources
            for document in (source.document, *source.documents, *source.occurrence_documents)
        }
        first, last = passage.span.start_line - LINES_BEFORE, passage.span.end_line
        for line, document in mentions:
            if first <= line <= last and document in wanted:
                return _attributed(document, f"line {line}")
        for document in sorted(wanted & self._notices.keys()):
            return _attributed(document, self._notices[document])
        return None


def _attributed(document: bytes, where: str) -> Decision:
    named = f"swh:1:cnt:{document.decode()}"
    return Decision(DecisionKind.ATTRIBUTED, f"its source is attributed: {named}", where)


def _mentions(item: Item) -> list[tuple[int, bytes]]:
    """Line and document of each SWHID in a text."""
    mentions = []
    code = with_line_feeds(item.code)
    line, counted = item.first_line, 0
    for mark in _SWHID.finditer(code):
        line += code.count(b"\n", counted, mark.start())
        counted = mark.start()
        mentions.append((line, mark[1]))
    return mentions


def attribution_comment(finding: Finding, language: str | None) -> str:
    """The comment that attributes a finding: complete lines, not indented.

    It belongs on its own lines before the passage, and adds no token to the code. Names of
    repositories and files come from strangers, so all but plain characters are percent-encoded:
    they cannot end the comment, set an encoding (PEP 263) or an editor's mode, or look like a
    `whence:` decision.

    Raises:
        InputError: the language is unknown, or has no comments.
    """
    opening, closing = comment_marks(language)
    source = finding.passage.sources[finding.ruling.source]
    lines = [f"Licence: {_plain(finding.ruling.license, '()')}"]
    document = source.document
    if source.cited is not None:
        lines = [*_origin_lines(source.cited), *lines]
        document = source.cited.document
    lines.append(f"Source: {document}")
    end = f" {closing}" if closing else ""
    return "".join(f"{opening} {line}{end}\n" for line in lines)


def _origin_lines(cited: SourceOccurrence) -> Iterator[str]:
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
    """A stranger's text without any character that could have a meaning in a comment."""
    encoded = "".join(
        character
        if _PLAIN.fullmatch(character) or character in also
        else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
        for character in text
    )
    return encoded.replace("--", "-%2D")  # it may end an XML comment, and starts one in Lua
