"""Answers when part of the index is lost: what is left is reported, and never looks like `none`."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from attribution.attributor import Attributor
from attribution.errors import IndexIncompleteError, IndexUnavailableError
from attribution.index.identity import blob_id
from attribution.live.growing_text import LiveAttribution
from attribution.partial_index import UNKNOWN
from attribution.types import Document, Label, Occurrence, Snippet, Status
from tests.support.index_engines import PARAMS, code, file, fill
from tests.support.memory_index import MemoryIndex

LOST = "contents[1] is gone"
SNIPPET = Snippet(code(1), "python")
SECOND = code(1)[: len(code(1)) // 2] + code(2)  # half of it is the snippet's


def id_of(content: bytes) -> str:
    return blob_id(content).hex()


TEXTS = (id_of(code(1)), id_of(SECOND))


class Torn(MemoryIndex):
    """An index that has lost some of its texts and occurrences, or all."""

    def __init__(self) -> None:
        super().__init__(PARAMS, "corpus")
        self.texts: set[str] = set()  # lost
        self.occurrences_left: dict[str, int] = {}  # by document
        self.unavailable = False

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        if self.unavailable:
            raise IndexUnavailableError("no shard answers; try again")
        held = super().fetch(documents)
        if not self.texts.intersection(documents):
            return held
        left = [None if id_ in self.texts else d for id_, d in zip(documents, held, strict=True)]
        raise IndexIncompleteError(f"in part: {LOST}; try again", LOST, documents=left)

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        held = super().occurrences(document)
        if document not in self.occurrences_left:
            return held
        left = held[: self.occurrences_left[document]]
        raise IndexIncompleteError(f"in part: {LOST}; try again", LOST, occurrences=left)


@pytest.fixture
def index() -> Torn:
    """Two texts with two occurrences each."""
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


def test_a_lost_text_leaves_the_others_and_is_reported(index: Torn) -> None:
    whole = Attributor(index).attribute(SNIPPET)
    assert (whole.status, whole.status_reason) == (Status.CHECKED, None)
    index.texts = {id_of(code(1))}
    answer = Attributor(index).attribute(SNIPPET)
    assert answer.status is Status.PARTIAL
    assert LOST in (answer.status_reason or "")
    assert [source.document for source in answer.sources] != [whole.sources[0].document]
    assert answer.sources, "the text that is left matches too"


def test_an_answer_that_lost_all_texts_is_not_clean(index: Torn) -> None:
    index.texts = set(TEXTS)
    answer = Attributor(index).attribute(SNIPPET)
    assert answer.status is Status.PARTIAL
    assert LOST in (answer.status_reason or "")
    assert answer.label is Label.NONE
    assert answer.reason == UNKNOWN


def test_remaining_occurrences_are_reported_with_the_reason(index: Torn) -> None:
    index.occurrences_left = {id_of(code(1)): 1}
    answer = Attributor(index).attribute(SNIPPET)
    assert answer.status is Status.PARTIAL
    assert answer.status_reason == f"the index did not answer in full: {LOST}"
    assert answer.label is Label.VERBATIM
    assert answer.sources[0].occurrences_total == 1


def test_a_source_without_a_readable_occurrence_is_not_lost_silently(index: Torn) -> None:
    index.occurrences_left = dict.fromkeys(TEXTS, 0)
    answer = Attributor(index).attribute(SNIPPET)
    assert answer.status is Status.PARTIAL
    assert "none of their occurrences could be read" in (answer.status_reason or "")
    assert not answer.sources
    assert answer.reason == UNKNOWN


def test_an_unavailable_index_is_an_error(index: Torn) -> None:
    index.unavailable = True
    with pytest.raises(IndexUnavailableError, match="no shard answers"):
        Attributor(index).attribute(SNIPPET)


def test_live_answers_continue_and_say_so(index: Torn) -> None:
    index.occurrences_left = {id_of(code(1)): 1}
    live = LiveAttribution(Attributor(index), "python", clock=iter(range(10**6)).__next__)
    states = [live.feed(line) for line in code(1).decode().splitlines(keepends=True)]
    reasons = [state.status_reason or "" for state in states if state is not None]
    assert reasons, "nothing was shown"
    assert all(LOST in reason for reason in reasons)
    whole = live.finish()
    assert whole.status is Status.PARTIAL
    assert LOST in (whole.status_reason or "")
