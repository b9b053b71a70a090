"""Held-out code that is a copy with edits of indexed code: to name its source is no false alarm.

A package that is held out may still share code with an indexed one (a project's packages copy
from each other, small helpers wander). Where an answer's best match is at least `LEXEMES` long
(GitHub Copilot's bound) and the two passages are strikingly similar (LiCoEval's bound on the
similarity, on our own lexemes), or where three in ten of the function's lines stand in the
document as they are, the code is taken out of the never-indexed, under all kinds of change; the
table of these is printed, and so are the figures with them left in.
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
LINES = 0.3  # share of a function's telling lines that stand as they are in the one document


@dataclass(frozen=True, slots=True)
class Copies:
    """What turned out to be in the index after all."""

    samples: frozenset[str]  # texts of functions
    hosts: frozenset[str]  # forty lines that others were pasted into
    seen: tuple[Answer, ...]  # an answer about each

    def concern(self, answer: Answer) -> bool:
        """Whether the answer's code is such a copy."""
        query = answer.query
        if query.kind == "pasted" and query.sample.host in self.hosts:
            return True
        return not query.sample.indexed and query.sample.text in self.samples


def find_copies(answers: Sequence[Answer]) -> Copies:
    """Look at the best match of each answer about held-out code."""
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


def similarity_of_passages(query: Query, found: Verified) -> float:
    """Of the best match's two passages, 0..1; 0 when the shorter has too few lexemes."""
    if not found.matches:
        return 0.0
    match = found.matches[0]
    language = query.sample.language
    ours = passage(query.code.encode()[match.snippet.start : match.snippet.end], language)
    content = found.document.content[match.source.start : match.source.end]
    theirs = passage(content, language)
    if min(len(ours), len(theirs)) < LEXEMES:
        return 0.0
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio()


def passage(content: bytes, language: str) -> list[str]:
    """The lexemes of a passage, without comments."""
    pieces = lexemes(content.decode(errors="replace"), language)
    return [piece.text for piece in pieces if piece.kind not in {"space", "comment"}]
