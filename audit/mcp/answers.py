"""The three tools, without their protocol: a question in, words and JSON out.

Errors are those of Whence, with the value, the limit and the remedy: the server hands their
messages to the model. A check that did not happen is `not_checked` or an error, never `none`.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import Any, Self, cast

from attribution.citation import cite
from attribution.errors import InputError
from attribution.lexing.languages import canonical_language
from attribution.reports.hit_json import hit_json
from attribution.reports.json_report import as_json, index_json, occurrence_json
from attribution.types import Attribution, Document, Snippet
from audit.mcp.corpus import Corpus
from audit.mcp.limits import (
    DEFAULT_HITS,
    DEFAULT_SOURCES,
    MAX_CODE,
    MAX_DOCUMENT,
    MAX_HITS,
    MAX_LINES,
    MAX_QUERY,
    MAX_SOURCES,
    SEARCH_SECONDS,
    at_most,
    between,
)
from audit.mcp.texts import attribution_text, document_text, hits_text
from audit.reports.one_line import brief, sendable

__all__ = ["ToolAnswer", "attribute_code", "get_document", "search_corpus"]

_OCCURRENCES = 5  # listed of a source or document; all are counted
_HIT_LINES, _HIT_COLUMNS, _HIT_PLACES = 8, 200, 3
_SHA1 = re.compile(r"[0-9a-f]{40}")
_QUALIFIED_LINES = re.compile(r"lines=([^;]*)")
_LINES = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool says."""

    text: str  # for a model
    structure: dict[str, Any]  # JSON, see tool_schemas

    @classmethod
    def of(cls, text: str, structure: object) -> Self:
        """An answer whose every string can be written as UTF-8."""
        return cls(cast(str, sendable(text)), cast(dict[str, Any], sendable(structure)))


def attribute_code(
    corpus: Corpus, code: str, language: str | None = None, max_sources: int = DEFAULT_SOURCES
) -> ToolAnswer:
    """Where code is from.

    Raises:
        InputError: a value is out of bounds.
        CorpusIndexError: the index does not serve: nothing was checked.
    """
    from attribution.attributor import Attributor
    from attribution.settings import AttributorSettings

    between("max_sources", max_sources, 1, MAX_SOURCES)
    text = code.encode("utf-8", "surrogatepass")
    at_most("the code", len(text), MAX_CODE, "bytes", "send one file or function at a time")
    known = None if language is None else canonical_language(language)
    settings = AttributorSettings(max_sources=max_sources, max_occurrences=_OCCURRENCES)
    attributor = Attributor(corpus.index(), settings, corpus.seeds())
    answer = attributor.attribute(Snippet(text, known))
    if language is not None and known is None:
        answer = _unknown_language(answer, language)
    return ToolAnswer.of(attribution_text(answer), as_json(answer))


def _unknown_language(answer: Attribution, language: str) -> Attribution:
    told = f"no language is called {brief(language, 60)!r}; read as code of no known language"
    return replace(answer, warnings=(*answer.warnings, told))


def search_corpus(
    corpus: Corpus,
    words: str = "",
    phrase: str | None = None,
    language: str | None = None,
    license_: str | None = None,
    repository: str | None = None,
    limit: int = DEFAULT_HITS,
) -> ToolAnswer:
    """Files that hold all words and the phrase.

    Raises:
        InputError: a value is out of bounds, a filter names nothing, or there is nothing to find.
        CorpusIndexError: the index does not serve: nothing was searched.
    """
    from attribution.index.word_query import word_query

    between("limit", limit, 1, MAX_HITS)
    size = len(words) + len(phrase or "")
    at_most("the query", size, MAX_QUERY, "characters", "search for its rarest words alone")
    query = word_query((words,), language, license_, repository)
    if phrase:
        query = replace(query, phrases=(*query.phrases, phrase))
    index = corpus.index()
    until = time.monotonic() + SEARCH_SECONDS
    late = False

    def stop() -> bool:
        nonlocal late
        late = late or time.monotonic() > until
        return late

    # One hit more than is told, to know whether there are more.
    found = [
        hit_json(
            hit,
            max_lines=_HIT_LINES,
            max_columns=_HIT_COLUMNS,
            max_occurrences=_HIT_PLACES,
        )
        for hit in index.search(query, limit=limit + 1, stop=stop)
    ]
    hits, summary = found[:limit], index.summary()
    cut = None
    if late:
        cut = f"the time limit of {SEARCH_SECONDS:g} s was reached: there may be more hits; {_MORE}"
    elif len(found) > limit:
        cut = f"there are more than these {limit} hits; {_MORE}"
    structure = {"hits": hits, "cut": cut, "index": index_json(summary)}
    return ToolAnswer.of(hits_text(hits, cut, summary), structure)


_MORE = "add words or a phrase, or choose a language, licence or repository"


def get_document(corpus: Corpus, document: str, lines: str | None = None) -> ToolAnswer:
    """Lines of a document; those that a qualified SWHID names, where no others are asked for.

    Raises:
        InputError: it names no document, or one that is not held, or lines that it has not.
        CorpusIndexError: the index does not serve.
    """
    blob, qualifiers = _blob_of(document)
    if lines is None:
        named = _QUALIFIED_LINES.search(qualifiers)
        lines = None if named is None else named[1]
    asked = (1, None) if lines is None else _lines_of(lines)
    index = corpus.index()
    found = index.fetch([blob])[0]
    summary = index.summary()
    if found is None:
        raise InputError(
            f"the index {summary.name!r} holds no document {blob} (any more); search_corpus and "
            "attribute_code name those that it holds"
        )
    part = _cut(found, *asked)
    places = index.occurrences(found.id)
    cited = (part.first, part.last) if lines is not None and part.last else None
    told = [
        occurrence_json(place, cite(found.swhid, place, cited), cited)
        for place in places[:_OCCURRENCES]
    ]
    structure = {
        "document": found.swhid,
        "language": found.language,
        "size": len(found.content),
        "lines": part.total,
        "start_line": part.first,
        "end_line": part.last,
        "content": part.content,
        "exact": part.exact,
        "cut": part.note,
        "occurrences": told,
        "occurrences_total": len(places),
        "index": index_json(summary),
    }
    head = f"{found.swhid} ({found.language}), lines {part.first}-{part.last} of {part.total}"
    for one in told:
        license_ = one["license"]["expression"]
        head += (
            f"\n{brief(one['repository'])}: {brief(one['path'])}, "
            f"licence {brief(license_)}, {brief(one['url'] or one['swhid'], 1000)}"
        )
    return ToolAnswer.of(document_text(found.swhid, head, part.content, part.note), structure)


def _blob_of(document: str) -> tuple[str, str]:
    """The id in a SWHID or a plain sha1, and the SWHID's qualifiers."""
    core, _, qualifiers = document.strip().partition(";")
    blob = core.removeprefix("swh:1:cnt:").lower()
    if _SHA1.fullmatch(blob) is None:
        raise InputError(
            f"{brief(document, 80)!r} names no document; give swh:1:cnt: and 40 hexadecimal "
            "digits, or these digits alone, as `document` in an answer of another tool has them"
        )
    return blob, qualifiers


def _lines_of(lines: str) -> tuple[int, int | None]:
    found = _LINES.fullmatch(lines.strip())
    if found is None:
        raise InputError(f"{brief(lines, 40)!r} are no lines; give a number or two: 12, 12-40")
    first, last = int(found[1]), int(found[2] or found[1])
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
    exact: bool  # whether all bytes were UTF-8
    note: str | None  # what was left out


def _cut(document: Document, first: int, last: int | None) -> _Part:
    """The lines asked for, as far as they fit into an answer.

    Raises:
        InputError: the document has no such lines.
    """
    parts = document.content.split(b"\n")
    total = len(parts) - (parts[-1] == b"")
    if first > max(total, 1):
        raise InputError(f"the document has {total} lines, and line {first} was asked for")
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
        # one line longer than an answer, as minified code has
        text, reached = parts[first - 1][:MAX_DOCUMENT], first
        size = len(parts[first - 1])
        note = f"line {first} has {size:,} bytes and is cut after {MAX_DOCUMENT:,}"
        text = text.decode("utf-8", "ignore").encode() if _is_utf8(parts[first - 1]) else text
    if reached < wanted:
        more = f"ask for the lines {reached + 1}-{min(wanted, reached + MAX_LINES)} next"
        limit = f"an answer has at most {MAX_LINES} lines and {MAX_DOCUMENT:,} bytes"
        told = f"cut after line {reached} of {wanted}: {limit}; {more}"
        note = told if note is None else f"{note}; {told}"
    return _Part(text.decode("utf-8", "replace"), first, reached, total, _is_utf8(text), note)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
