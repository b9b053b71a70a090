"""Answers when a part of the index is lost: what came is told, what did not is never `none`."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from attribution.attributor import Attributor
from attribution.errors import IndexIncompleteError, IndexUnavailableError
from attribution.index.identity import blob_id
from attribution.index.memory import MemoryIndex
from attribution.live.growing_text import LiveAttribution
from attribution.partial_index import UNKNOWN
from attribution.sketch_only.sketch_attributor import SketchAttributor
from attribution.sketch_only.sketch_file import sketch_file
from attribution.types import Document, Label, Occurrence, Snippet, Status
from tests.support.index_engines import PARAMS, code, file, fill

LOST = "contents[1] is gone"
ASKED = Snippet(code(1), "python")
SECOND = code(1)[: len(code(1)) // 2] + code(2)  # half of it is the snippet's


def id_of(content: bytes) -> str:
    return blob_id(content).hex()


TEXTS = (id_of(code(1)), id_of(SECOND))


class Torn(MemoryIndex):
    """An index some of whose texts and places are lost, or all."""

    def __init__(self) -> None:
        super().__init__(PARAMS, "corpus")
        self.texts: set[str] = set()  # lost
        self.places: dict[str, int] = {}  # how many of a document's are left
        self.away = False

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        if self.away:
            raise IndexUnavailableError("no shard answers; try again")
        held = super().fetch(documents)
        if not self.texts.intersection(documents):
            return held
        left = [None if id_ in self.texts else d for id_, d in zip(documents, held, strict=True)]
        raise IndexIncompleteError(f"in part: {LOST}; try again", LOST, documents=left)

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        held = super().occurrences(document)
        if document not in self.places:
            return held
        left = held[: self.places[document]]
        raise IndexIncompleteError(f"in part: {LOST}; try again", LOST, occurrences=left)


@pytest.fixture
def index() -> Torn:
    """Two texts at two places each."""
    made = Torn()
    fill(
        made,
        [
            file(content, repository, "a.py")
            for content in (code(1), SECOND)
            for repository in ("ann/tools", "bob/tools")
        ],
    )
    return made


def test_a_lost_text_leaves_the_others_and_is_told(index: Torn) -> None:
    whole = Attributor(index).attribute(ASKED)
    assert (whole.status, whole.status_reason) == (Status.CHECKED, None)
    index.texts = {id_of(code(1))}
    answer = Attributor(index).attribute(ASKED)
    assert answer.status is Status.PARTIAL
    assert LOST in (answer.status_reason or "")
    assert [source.document for source in answer.sources] != [whole.sources[0].document]
    assert answer.sources, "the text that is left matches too"


def test_all_texts_of_an_answer_lost_is_not_clean(index: Torn) -> None:
    index.texts = set(TEXTS)
    answer = Attributor(index).attribute(ASKED)
    assert answer.status is Status.PARTIAL
    assert LOST in (answer.status_reason or "")
    assert answer.label is Label.NONE
    assert answer.reason == UNKNOWN


def test_places_that_are_left_are_told_with_what_is_lacking(index: Torn) -> None:
    index.places = {id_of(code(1)): 1}
    answer = Attributor(index).attribute(ASKED)
    assert answer.status is Status.PARTIAL
    assert answer.status_reason == f"the index did not answer in full: {LOST}"
    assert answer.label is Label.VERBATIM
    assert answer.sources[0].occurrences_total == 1


def test_a_source_without_a_known_place_is_not_lost_silently(index: Torn) -> None:
    index.places = dict.fromkeys(TEXTS, 0)
    answer = Attributor(index).attribute(ASKED)
    assert answer.status is Status.PARTIAL
    assert "no place is known of" in (answer.status_reason or "")
    assert not answer.sources
    assert answer.reason == UNKNOWN


def test_an_index_that_is_away_is_an_error(index: Torn) -> None:
    index.away = True
    with pytest.raises(IndexUnavailableError, match="no shard answers"):
        Attributor(index).attribute(ASKED)


def test_a_sketch_is_answered_in_part_too(index: Torn) -> None:
    index.texts = set(TEXTS)
    answer = SketchAttributor(index).attribute(sketch_file(code(1), "python", "-", PARAMS))
    assert LOST in (answer.status_reason or "")
    assert answer.reason == UNKNOWN


def test_live_answers_go_on_and_tell_it(index: Torn) -> None:
    index.places = {id_of(code(1)): 1}
    live = LiveAttribution(Attributor(index), "python", clock=iter(range(10**6)).__next__)
    states = [live.feed(line) for line in code(1).decode().splitlines(keepends=True)]
    told = [state.status_reason or "" for state in states if state is not None]
    assert told, "nothing was shown"
    assert all(LOST in reason for reason in told)
    whole = live.finish()
    assert whole.status is Status.PARTIAL
    assert LOST in (whole.status_reason or "")
