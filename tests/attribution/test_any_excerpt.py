"""Any excerpt of indexed code gets an answer: cut anywhere, in any language or none."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from attribution.attributor import Attributor
from attribution.index import create_index
from attribution.types import NewFile, Occurrence, Snippet

LOOKUPS = 2_000
LANGUAGES = ("python", "c", "java", "javascript", "php", "shell", "sql", "rust", "haskell")

_COMMENT = """\
Returns the weighted area of a polygon, which may be open or closed.
The first and the last point need not be equal; weights repeat when there are fewer of them.
Negative areas, of polygons that turn to the right, are returned as positive numbers.
See also the moments of inertia below, and the notes on precision in the manual.
"""
_MARKERS = {
    "python": "# ", "c": " * ", "java": " * ", "javascript": "// ", "php": " * ", "shell": "# ",
    "sql": "-- ", "rust": "/// ", "haskell": "-- ",
}  # fmt: skip


def comment_of(language: str, number: int) -> str:
    """A comment of one file, without what opens and closes it."""
    lines = f"{_COMMENT}Parameter quux{number}{language} limits frobnicate{number}.\n".split("\n")
    return "".join(f"{_MARKERS[language]}{line}\n" for line in lines)


def text_of(language: str, number: int) -> str:
    """A file of 25 kB, so long that only the part around the snippet's lines is aligned."""
    opening, closing = ("/**\n", " */\n") if _MARKERS[language] == " * " else ("", "")
    lines = [
        f"value_{number}_{i} = combine_{i}(left_{number}, right_{i} + {i * number}, 'text {i}')\n"
        for i in range(400)
    ]
    comment = f"{opening}{comment_of(language, number)}{closing}"
    return "".join([*lines[:200], comment, *lines[200:]])


@pytest.fixture(scope="module")
def attributor(tmp_path_factory: pytest.TempPathFactory) -> Attributor:
    index = create_index(str(tmp_path_factory.mktemp("excerpts") / "index"), "excerpts")
    with index.writer() as writer:
        writer.add(
            [
                NewFile(
                    text_of(language, n).encode(), language, Occurrence("o/r", f"{n}.{language}")
                )
                for language in LANGUAGES
                for n in range(4)
            ]
        )
        writer.commit(())
    index.refresh()
    return Attributor(index)


def test_any_excerpt_gets_an_answer(attributor: Attributor) -> None:
    rng = random.Random(11)
    labels: Counter[str] = Counter()
    for _ in range(LOOKUPS):
        indexed, number = rng.choice(LANGUAGES), rng.randrange(4)
        code = text_of(indexed, number)
        start = rng.randrange(len(code))
        excerpt = code[start : start + rng.choice((40, 200, 800, 4000))]
        if rng.random() < 0.3:
            excerpt = comment_of(indexed, number)
        answer = attributor.attribute(Snippet(excerpt.encode(), rng.choice((None, *LANGUAGES))))
        labels[answer.label or "not checked"] += 1
    assert labels["verbatim"] > LOOKUPS / 5  # the excerpts are found, not only survived


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_body_of_a_comment_without_a_language(attributor: Attributor, language: str) -> None:
    answer = attributor.attribute(Snippet(comment_of(language, 2).encode()))
    assert answer.status == "checked"
