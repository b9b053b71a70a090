"""Existing attributions: a source that is identified in the code or in a NOTICE file.

An attribution counts if a comment on the passage or just before it, or an attribution file of the
tree, has the SWHID of the document (`swh:1:cnt:` and 40 hex digits) or the permanent address of the
file, which no text contains by chance. It need not be the text of `attribution_comment`, or even a
comment: a docstring works as well. In an attribution file, an entry of `attribution.notice` also
counts by its repository and path, so it still does when the index has a newer revision. Attribution
does not help against a denied licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes

from attribution.citation import cite_occurrence, file_url
from attribution.line_ends import with_line_feeds
from attribution.notice import file_name, noticed_files
from attribution.types import Source, SourceOccurrence, lines_in_words
from attribution.untrusted_files import is_folder, read_regular_file
from audit.decisions.comments import comment_marks
from audit.types import Decision, DecisionKind, Finding, Item, Passage, Verdict

__all__ = ["LINES_BEFORE", "Citations", "attribution_comment", "read_notices"]

LINES_BEFORE = 10  # before a passage, in which an attribution counts
_LARGEST_NOTICE = 16 << 20  # bytes
_MENTION = re.compile(rb"swh:1:cnt:[0-9a-f]{40}(?![0-9a-f])|https?://[^\s\"'<>#]+")
_PLAIN = re.compile(r"[A-Za-z0-9_./~@+, -]")


def read_notices(root: Path | None, patterns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Name and text of the attribution files at the root, such as NOTICE, sorted by name."""
    if root is None or not is_folder(root):
        return ()
    notices = []
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        try:
            text = read_regular_file(path, _LARGEST_NOTICE, root).decode("utf-8", "replace")
            notices.append((path.relative_to(root).as_posix(), text))
        except OSError:  # an unreadable file attributes nothing, so findings stay open
            continue
    return tuple(notices)


class Citations:
    """The sources that the attribution files of a tree name."""

    def __init__(self, notices: Sequence[tuple[str, str]]) -> None:
        """
        Args:
            notices: name and text of each attribution file.
        """
        self._notices: dict[str, str] = {}  # a name of a source, and the file that has it
        for file, text in notices:
            mentions = (name for _, name in _mentions(text.encode("utf-8", "replace")))
            for name in (*mentions, *noticed_files(text)):
                self._notices.setdefault(name, file)

    def decide(self, item: Item, findings: Sequence[Finding]) -> Iterator[Decision | None]:
        """For each finding of an item, the decision that it is attributed, if it is."""
        mentions: list[tuple[int, str]] | None = None
        for finding in findings:
            if finding.ruling.verdict is not Verdict.ATTRIBUTE:
                yield None
                continue
            if mentions is None:
                mentions = list(_mentions(with_line_feeds(item.code), item.first_line))
            yield self._decide(finding.passage, mentions)

    def _decide(self, passage: Passage, mentions: Sequence[tuple[int, str]]) -> Decision | None:
        first, last = passage.span.start_line - LINES_BEFORE, passage.span.end_line
        near: dict[str, str] = {}
        for line, name in mentions:
            if first <= line <= last:
                near.setdefault(name, f"line {line}")
        names = [name for source in passage.sources for name in _names(source)]
        for named in (near, self._notices):
            for name in names:
                if name in named:
                    return _attributed(name, named[name])
        return None


def _attributed(name: str, where: str) -> Decision:
    return Decision(DecisionKind.ATTRIBUTED, f"its source is attributed: {name}", where)


def _names(source: Source) -> Iterator[str]:
    """What identifies a source in an attribution, most exact first."""
    yield from (source.document, *source.documents, *source.occurrence_documents)
    for occurrence in source.occurrences:
        url = file_url(occurrence)
        if url is not None:
            yield _unquoted(url.encode())
        yield file_name(occurrence)


def _mentions(text: bytes, line: int = 1) -> Iterator[tuple[int, str]]:
    """Line and text of each SWHID and address in a text that starts at `line`."""
    counted = 0
    for mention in _MENTION.finditer(text):
        line += text.count(b"\n", counted, mention.start())
        counted = mention.start()
        yield line, _unquoted(mention[0].rstrip(b".,;:)]}"))


def _unquoted(address: bytes) -> str:
    """An address without percent-encoding, of which different writers use more or less."""
    return unquote_to_bytes(address).decode("utf-8", "surrogateescape")


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
        where += f", {lines_in_words(*lines)}"
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
