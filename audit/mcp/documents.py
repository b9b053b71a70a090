"""The tool get_document: lines of a document of the index, as far as they fit into an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from attribution.citation import cite
from attribution.errors import InputError
from attribution.lexing.encodings import is_utf8
from attribution.reports.json_report import index_json, occurrence_json
from attribution.types import Document
from audit.mcp.answers import MAX_DOCUMENT, MAX_LINES, MAX_OCCURRENCES, ToolAnswer
from audit.mcp.corpus import Corpus
from audit.mcp.texts import document_text, terms_in_words
from audit.reports.safe_text import brief

__all__ = ["get_document"]

_SHA1 = re.compile(r"[0-9a-f]{40}")
_QUALIFIED_LINES = re.compile(r"lines=([^;]*)")
_LINES = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


def get_document(corpus: Corpus, document: str, lines: str | None = None) -> ToolAnswer:
    """Get lines of a document, by default those that a qualified SWHID names.

    Raises:
        InputError: there is no such document, or it has no such lines.
        CorpusIndexError: the index is unavailable.
    """
    blob, qualifiers = _blob_of(document)
    if lines is None:
        qualified = _QUALIFIED_LINES.search(qualifiers)
        lines = None if qualified is None else qualified[1]
    first, last = (1, None) if lines is None else _lines_of(lines)
    index = corpus.index()
    stored = index.fetch([blob])[0]
    summary = index.summary()
    if stored is None:
        raise InputError(
            f"the index {summary.name!r} contains no document {blob}; search_corpus and "
            "attribute_code return the ids of documents that it contains"
        )
    part = _cut(stored, first, last)
    occurrences = index.occurrences(stored.id)
    cited = (part.first, part.last) if lines is not None and part.last else None
    listed = [
        occurrence_json(occurrence, cite(stored.swhid, occurrence, cited), cited)
        for occurrence in occurrences[:MAX_OCCURRENCES]
    ]
    structure = {
        "document": stored.swhid,
        "language": stored.language,
        "size": len(stored.content),
        "lines": part.total,
        "start_line": part.first,
        "end_line": part.last,
        "content": part.content,
        "exact": part.exact,
        "cut": part.note,
        "occurrences": listed,
        "occurrences_total": len(occurrences),
        "index": index_json(summary),
    }
    head = f"{stored.swhid} ({stored.language}), lines {part.first}-{part.last} of {part.total}"
    for shown in listed:
        head += (
            f"\n{brief(shown['repository'])}: {brief(shown['path'])}, "
            f"{terms_in_words(shown)}, {brief(shown['url'] or shown['swhid'], 1000)}"
        )
    return ToolAnswer.of(document_text(stored.swhid, head, part.content, part.note), structure)


def _blob_of(document: str) -> tuple[str, str]:
    """The id in a SWHID or a plain sha1, and the SWHID's qualifiers."""
    core, _, qualifiers = document.strip().partition(";")
    blob = core.removeprefix("swh:1:cnt:").lower()
    if _SHA1.fullmatch(blob) is None:
        raise InputError(
            f"{brief(document, 80)!r} is not the id of a document; give swh:1:cnt: and 40 "
            "hexadecimal digits, or only the digits, as in `document` of another tool's answer"
        )
    return blob, qualifiers


def _lines_of(lines: str) -> tuple[int, int | None]:
    match = _LINES.fullmatch(lines.strip())
    if match is None:
        raise InputError(f"{brief(lines, 40)!r} is not a range of lines; give 12 or 12-40")
    first, last = int(match[1]), int(match[2] or match[1])
    if not 1 <= first <= last:
        raise InputError(f"there are no lines {first}-{last}; count from 1, the smaller one first")
    return first, last


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines of a document."""

    content: str
    first: int  # 1-based
    last: int  # inclusive
    total: int  # of the document
    exact: bool  # whether all bytes are UTF-8
    note: str | None  # what was left out


def _cut(document: Document, first: int, last: int | None) -> _Part:
    """The requested lines, as far as they fit into an answer.

    Raises:
        InputError: the document has no such lines.
    """
    parts = document.text.split(b"\n")
    total = len(parts) - (parts[-1] == b"")
    if first > max(total, 1):
        raise InputError(f"the document has {total} lines, and line {first} was requested")
    wanted = total if last is None else min(last, total)
    text = b""
    reached = first - 1
    for line in parts[first - 1 : min(wanted, first - 1 + MAX_LINES)]:
        ended = line + (b"\n" if reached + 1 < len(parts) else b"")
        if len(text) + len(ended) > MAX_DOCUMENT:
            break
        text, reached = text + ended, reached + 1
    note = None
    if reached < first <= total:
        # a line longer than an answer, as in minified code
        text, reached = parts[first - 1][:MAX_DOCUMENT], first
        size = len(parts[first - 1])
        note = f"line {first} has {size:,} bytes and is cut after {MAX_DOCUMENT:,}"
        text = text.decode("utf-8", "ignore").encode() if is_utf8(parts[first - 1]) else text
    if reached < wanted:
        more = f"request the lines {reached + 1}-{min(wanted, reached + MAX_LINES)} next"
        limit = f"an answer has at most {MAX_LINES} lines and {MAX_DOCUMENT:,} bytes"
        cut = f"cut after line {reached} of {wanted}: {limit}; {more}"
        note = cut if note is None else f"{note}; {cut}"
    return _Part(text.decode("utf-8", "replace"), first, reached, total, is_utf8(text), note)
