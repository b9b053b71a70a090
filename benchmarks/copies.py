"""Held-out code that is an edited copy of indexed code, so that naming its source is right.

A held-out package may still share code with an indexed one: packages of a project copy from each
other, and small helpers travel. Code does not count as never indexed if an answer's best match is
at least `LEXEMES` long (GitHub Copilot's bound) and the two passages are strikingly similar
(LiCoEval's bound on the similarity, on our own lexemes), or if the document has three in ten of the
function's lines unchanged. That holds for all kinds of change. The report lists these copies and
also has the figures with them included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from attribution.matching.verify import Verified
from benchmarks.answer import Answer
from benchmarks.lexemes import lexemes
from benchmarks.queries import Query

__all__ = ["Copies", "find_copies", "similarity_of_passages"]

LEXEMES = 65
SIMILARITY = 0.6
LINES = 0.3  # share of a function's longer lines that one document has unchanged


@dataclass(frozen=True, slots=True)
class Copies:
    """Held-out code that turned out to be in the index."""

    samples: frozenset[str]  # texts of functions
    hosts: frozenset[str]  # passages of forty lines into which others were pasted
    seen: tuple[Answer, ...]  # an answer about each

    def concern(self, answer: Answer) -> bool:
        """Whether the answer's code is such a copy."""
        query = answer.query
        if query.kind == "pasted" and query.sample.host in self.hosts:
            return True
        return not query.sample.indexed and query.sample.text in self.samples


def find_copies(answers: Sequence[Answer]) -> Copies:
    """Find copies by the best match of each answer about held-out code."""
    samples: set[str] = set()
    hosts: set[str] = set()
    seen: dict[str, Answer] = {}
    for answer in answers:
        sample = answer.query.sample
        known = samples | hosts
        text = sample.host if answer.query.kind == "pasted" else sample.text
        if sample.indexed or not answer.first or text in known:
            continue
        pasted = answer.query.kind == "pasted"
        if answer.copied > SIMILARITY or (not pasted and answer.common_lines >= LINES):
            (hosts if pasted else samples).add(text)
            seen[text] = answer
    return Copies(frozenset(samples), frozenset(hosts), tuple(seen.values()))


def similarity_of_passages(query: Query, verified: Verified) -> float:
    """The similarity of the best match's two passages, 0..1; 0 if one has too few lexemes."""
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
