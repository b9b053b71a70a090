"""Held-out code that is an edited copy of indexed code; reporting its source is no false alarm.

A held-out package may share code with an indexed one: packages of a project copy from each other,
and small helpers are copied everywhere. Code does not count as never indexed, under any kind of
change, if the best match is at least `LEXEMES` long (GitHub Copilot's limit) and the two passages
are strikingly similar (LiCoEval's limit, on our own lexemes), or if three in ten of the function's
lines are in the document unchanged. A table lists this code, and the figures that include it are
printed too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from attribution.matching.verify import Verified
from benchmarks.lexemes import lexemes
from benchmarks.queries import Query
from benchmarks.query_result import QueryResult

__all__ = ["Copies", "find_copies", "similarity_of_passages"]

LEXEMES = 65
SIMILARITY = 0.6
LINES = 0.3  # share of a function's lines of 12 characters or more that are in one document


@dataclass(frozen=True, slots=True)
class Copies:
    """Held-out code that turned out to be in the index."""

    samples: frozenset[str]  # texts of functions
    hosts: frozenset[str]  # texts of forty lines that others were pasted into
    examples: tuple[QueryResult, ...]  # one for each

    def include(self, answer: QueryResult) -> bool:
        """Whether the code of an answer is such a copy."""
        query = answer.query
        if query.kind == "pasted" and query.sample.host in self.hosts:
            return True
        return not query.sample.indexed and query.sample.text in self.samples


def find_copies(answers: Sequence[QueryResult]) -> Copies:
    """Examine the best match of each answer about held-out code."""
    samples: set[str] = set()
    hosts: set[str] = set()
    examples: dict[str, QueryResult] = {}
    for answer in answers:
        sample = answer.query.sample
        known = samples | hosts
        text = sample.host if answer.query.kind == "pasted" else sample.text
        if sample.indexed or not answer.first or text in known:
            continue
        pasted = answer.query.kind == "pasted"
        if answer.copied > SIMILARITY or (not pasted and answer.common_lines >= LINES):
            (hosts if pasted else samples).add(text)
            examples[text] = answer
    return Copies(frozenset(samples), frozenset(hosts), tuple(examples.values()))


def similarity_of_passages(query: Query, verified: Verified) -> float:
    """Similarity of the best match's passages, 0..1; 0 when one has fewer than LEXEMES."""
    if not verified.matches:
        return 0.0
    match = verified.matches[0]
    language = query.sample.language
    ours = passage(query.code.encode()[match.snippet.start : match.snippet.end], language)
    content = verified.document.content[match.source.start : match.source.end]
    theirs = passage(content, language)
    if min(len(ours), len(theirs)) < LEXEMES:
        return 0.0
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio()


def passage(content: bytes, language: str) -> list[str]:
    """The lexemes of a passage, without comments."""
    pieces = lexemes(content.decode(errors="replace"), language)
    return [piece.text for piece in pieces if piece.kind not in {"space", "comment"}]
