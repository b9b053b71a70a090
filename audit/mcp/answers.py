"""The tools attribute_code and search_corpus, without their protocol, and the limits of all tools.

Errors are those of Whence, with the value, the limit and the remedy; the server passes their
messages to the model. A check that was not done is `not_checked` or an error, never `none`.

The limits keep an answer within the context of a model and a request within memory. They are in the
descriptions of the tools, so that a model knows them in advance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self, cast

from attribution.errors import InputError
from attribution.lexing.languages import canonical_language
from attribution.reports.hit_json import hit_json
from attribution.reports.json_report import as_json, index_json
from attribution.types import Attribution, Snippet
from audit.mcp.corpus import Corpus
from audit.mcp.texts import attribution_text, hits_text
from audit.reports.safe_text import brief, without_surrogates

__all__ = ["ToolAnswer", "attribute_code", "search_corpus"]

MAX_CODE = 256 << 10  # bytes of a snippet; some 60,000 tokens, more than a model writes at once
DEFAULT_SOURCES, MAX_SOURCES = 3, 100
DEFAULT_HITS, MAX_HITS = 10, 50
MAX_QUERY = 1000  # characters
MAX_LINES = 500  # of a document, in one answer
MAX_DOCUMENT = 32 << 10  # bytes of a document, in one answer
SEARCH_SECONDS = 10.0  # after which a search stops
MAX_OCCURRENCES = 5  # listed per source or document; all are counted

_HIT_LINES, _HIT_COLUMNS, _HIT_OCCURRENCES = 8, 200, 3


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """The answer of a tool."""

    text: str  # for a model
    structure: dict[str, Any]  # JSON, see schemas.py

    @classmethod
    def of(cls, text: str, structure: object) -> Self:
        """An answer with strings that can all be encoded as UTF-8."""
        return cls(
            cast(str, without_surrogates(text)),
            cast(dict[str, Any], without_surrogates(structure)),
        )


def attribute_code(
    corpus: Corpus, code: str, language: str | None = None, max_sources: int = DEFAULT_SOURCES
) -> ToolAnswer:
    """Find the sources of code.

    Raises:
        InputError: a value is out of bounds.
        CorpusIndexError: the index is unavailable; nothing was checked.
    """
    from attribution.attributor import Attributor
    from attribution.settings import AttributorSettings

    _check_range("max_sources", max_sources, 1, MAX_SOURCES)
    text = code.encode("utf-8", "surrogatepass")
    _check_size("the code", len(text), MAX_CODE, "bytes", "send one file or function at a time")
    canonical = None if language is None else canonical_language(language)
    settings = AttributorSettings(
        max_sources=max_sources, max_occurrences=MAX_OCCURRENCES, private=corpus.private
    )
    attributor = Attributor(corpus.index(), settings, corpus.seeds())
    answer = attributor.attribute(Snippet(text, canonical))
    if language is not None and canonical is None:
        answer = _unknown_language(answer, language)
    return ToolAnswer.of(attribution_text(answer), as_json(answer))


def _unknown_language(answer: Attribution, language: str) -> Attribution:
    warning = f"no language is called {brief(language, 60)!r}; read as code of an unknown language"
    return replace(answer, warnings=(*answer.warnings, warning))


def search_corpus(
    corpus: Corpus,
    words: str = "",
    phrase: str | None = None,
    language: str | None = None,
    license_: str | None = None,
    repository: str | None = None,
    limit: int = DEFAULT_HITS,
) -> ToolAnswer:
    """Find files that contain all words and the phrase.

    Raises:
        InputError: a value is out of bounds, a filter matches nothing, or the query is empty; or
            words must not be sent.
        CorpusIndexError: the index is unavailable; nothing was searched.
    """
    from attribution.index.hits import NARROWER, TimedSearch
    from attribution.index.word_query import word_query

    if corpus.private:
        raise InputError(
            "this server was started with --private and sends no words, so it cannot search; use "
            "attribute_code"
        )
    _check_range("limit", limit, 1, MAX_HITS)
    size = len(words) + len(phrase or "")
    _check_size("the query", size, MAX_QUERY, "characters", "search only for its rarest words")
    query = word_query((words,), language, license_, repository)
    if phrase:
        query = replace(query, phrases=(*query.phrases, phrase))
    index = corpus.index()
    # One hit more than the limit, to know whether there are more.
    search = TimedSearch(index, query, limit + 1, SEARCH_SECONDS)
    hits = [
        hit_json(
            hit,
            max_lines=_HIT_LINES,
            max_columns=_HIT_COLUMNS,
            max_occurrences=_HIT_OCCURRENCES,
        )
        for hit in search
    ]
    summary = index.summary()
    cut = search.reason and f"{search.reason}. {search.remedy}"
    if cut is None and len(hits) > limit:
        cut = f"there are more than these {limit} hits. {NARROWER}"
    hits = hits[:limit]
    structure = {
        "notes": list(query.notes),
        "hits": hits,
        "cut": cut,
        "index": index_json(summary),
    }
    return ToolAnswer.of(hits_text(hits, query.notes, cut, summary), structure)


def _check_size(what: str, size: int, limit: int, unit: str, remedy: str) -> None:
    if size > limit:
        raise InputError(f"{what} is too long: {size:,} {unit}, the limit is {limit:,}; {remedy}")


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InputError(f"{name} is {value}; give a number from {least} to {most}")
