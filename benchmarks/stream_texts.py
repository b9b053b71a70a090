"""The texts of the streaming benchmark: copies, copies among other code, and other code."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.queries import Query

__all__ = ["KINDS", "Text", "texts_of"]

KINDS = {
    "copy": "of one copied function",
    "between": "of two copies between code that was never indexed",
    "own": "of code that was never indexed",
}
LINES = (15, 40)  # of a function
LANGUAGES = ("Python", "Go", "C")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that the model writes."""

    kind: str  # a key of KINDS
    code: str
    language: str
    copies: tuple[frozenset[str], ...]  # for each copied function, the SWHIDs of documents with it


def texts_of(queries: Sequence[Query], count: int) -> list[Text]:
    """`count` texts of each kind, in all languages in turn."""
    short = [q for q in queries if LINES[0] <= q.code.count("\n") <= LINES[1]]
    made: list[Text] = []
    for language in LANGUAGES:
        group = [q for q in short if q.sample.group == language]
        copied = iter([q for q in group if q.indexed])
        own = itertools.cycle([q for q in group if not q.indexed])
        for _ in range(-(-count // len(LANGUAGES))):
            made.append(text_of("copy", [next(copied)]))
            between = [next(own), next(copied), next(own), next(copied), next(own)]
            made.append(text_of("between", between))
            made.append(text_of("own", [next(own) for _ in range(3)]))
    kept: list[Text] = []
    for kind in KINDS:
        of_kind = [text for text in made if text.kind == kind]
        per_language = len(of_kind) // len(LANGUAGES)
        order = [of_kind[g * per_language + i] for i in range(per_language) for g in range(3)]
        kept += order[:count]
    return kept


def text_of(kind: str, parts: Sequence[Query]) -> Text:
    """One text of several functions."""
    copies = tuple(
        frozenset(f"swh:1:cnt:{one}" for one in part.holders) for part in parts if part.indexed
    )
    code = "\n\n".join(part.code.rstrip("\n") for part in parts) + "\n"
    return Text(kind, code, parts[0].sample.language.lower(), copies)
