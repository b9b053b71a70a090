"""Several indexes that are asked as one: merged answers, and what happens when one is lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from attribution.attributor import Attributor
from attribution.errors import (
    IndexIncompleteError,
    IndexNotFoundError,
    IndexUnavailableError,
    InputError,
    ParamsMismatchError,
)
from attribution.index import create_index, open_index
from attribution.index.hits import TimedSearch
from attribution.index.identity import blob_id
from attribution.index.interface import Index, Proposal, WordQuery
from attribution.index.several import SeveralIndexes
from attribution.reports.answer_schema import published_schema
from attribution.reports.json_report import as_json
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.types import Label, NewFile, Snippet, Status
from tests.support.command_line import runner
from tests.support.index_engines import PARAMS, code, file, fill, sketch
from tests.support.memory_index import MemoryIndex

SNIPPET = Snippet(code(1), "Python")


class Remote(MemoryIndex):
    """An index behind a network that can be cut, also in the middle of an answer."""

    remote = True

    def __init__(self, name: str, params: SketchParams = PARAMS) -> None:
        super().__init__(params, name)
        self.left: float = float("inf")  # questions until the network is cut
        self.meeting: threading.Barrier | None = None

    def _question(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise IndexUnavailableError(f"{self._name} does not answer: connection reset")

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        self._question()
        if self.meeting is not None:
            self.meeting.wait(timeout=10)
        return super().propose(sketch, limit=limit, lexical=lexical)

    def fetch(self, documents):  # type: ignore[no-untyped-def]
        self._question()
        return super().fetch(documents)

    def occurrences(self, document):  # type: ignore[no-untyped-def]
        self._question()
        return super().occurrences(document)

    def search(self, query, **options):  # type: ignore[no-untyped-def]
        self._question()
        return super().search(query, **options)


def opening(index: Index) -> Callable[[SketchParams | None], Index]:
    return lambda _: index


def several(*indexes: Index) -> SeveralIndexes:
    return SeveralIndexes({str(at): opening(index) for at, index in enumerate(indexes)})


@pytest.fixture
def public() -> Remote:
    index = Remote("public")
    fill(index, [file(code(n), "ann/tools", f"{n}.py") for n in range(1, 6)])
    return index


@pytest.fixture
def ours() -> Remote:
    index = Remote("ours")
    fill(index, [file(code(n), "corp/product", f"{n}.py") for n in (1, 7)])
    return index


def test_equal_contents_are_one_source_and_each_occurrence_names_its_index(
    public: Remote, ours: Remote
) -> None:
    answer = Attributor(several(public, ours)).attribute(SNIPPET)
    assert (answer.status, answer.label) == (Status.CHECKED, Label.VERBATIM)
    [source] = answer.sources
    assert [(o.repository, o.indexes) for o in source.occurrences] == [
        ("ann/tools", ("public",)),
        ("corp/product", ("ours",)),
    ]
    shape = as_json(answer)
    jsonschema.validate(shape, json.loads(published_schema()))
    assert [o["indexes"] for o in shape["sources"][0]["occurrences"]] == [["public"], ["ours"]]
    assert [(i["name"], i["documents"]) for i in shape["index"]["indexes"]] == [
        ("public", 5),
        ("ours", 2),
    ]
    assert all(one["date"] for one in shape["index"]["indexes"])
    assert (answer.index.name, answer.index.documents) == ("public + ours", 7)
    alone = as_json(Attributor(public).attribute(SNIPPET))
    assert "indexes" not in alone["index"]
    assert "indexes" not in alone["sources"][0]["occurrences"][0]


def test_the_same_file_in_two_indexes_is_one_occurrence_of_both(public: Remote) -> None:
    again = Remote("public")
    fill(again, [file(code(1), "ann/tools", "1.py")])
    [occurrence] = several(public, again).occurrences(blob_id(code(1)).hex())
    assert occurrence.indexes == ("public", "public (2)")


def test_what_is_common_in_one_index_is_common_in_all() -> None:
    shared, many, few = code(3), Remote("many"), Remote("few")
    fill(many, [file(shared + code(n), f"a/{n}", "x.py") for n in range(100, 1200)])
    fill(few, [file(shared, "b/b", "x.py")])
    snippet = Snippet(shared, "Python")
    assert Attributor(few).attribute(snippet).label is Label.VERBATIM
    assert Attributor(several(few, many)).attribute(snippet).label is Label.COMMON


@pytest.mark.parametrize("after", range(4))
def test_an_index_that_is_cut_off_in_the_middle_makes_the_answer_partial(
    public: Remote, ours: Remote, after: int
) -> None:
    snippet = Snippet(code(1)[: len(code(1)) // 2] + code(7), "Python")  # of both
    asked = several(public, ours)
    assert Attributor(asked).attribute(snippet).status is Status.CHECKED
    ours.left = after
    answer = Attributor(asked).attribute(snippet)
    if ours.left >= 0:
        pytest.skip("the answer needs fewer questions")
    assert answer.status is Status.PARTIAL
    assert "index ours: ours does not answer: connection reset" in str(answer.status_reason)
    assert [o.repository for s in answer.sources for o in s.occurrences][:1] == ["ann/tools"]


def test_a_cut_off_index_never_makes_an_answer_look_clean(public: Remote, ours: Remote) -> None:
    asked = several(public, ours)
    ours.left = 0
    answer = Attributor(asked).attribute(Snippet(code(7), "Python"))
    assert (answer.status, answer.label) == (Status.PARTIAL, Label.NONE)
    assert answer.reason.startswith("Not all of the index answered")
    public.left = 0
    with pytest.raises(IndexUnavailableError, match="does not answer"):
        Attributor(asked).attribute(SNIPPET)


def test_a_silent_index_is_not_asked_again_for_a_while(
    public: Remote, ours: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("attribution.index.member.time.monotonic", lambda: now)
    asked = several(public, ours)
    ours.left = 0
    for _ in range(3):
        assert asked.propose(sketch(code(7))).incomplete is not None
    assert ours.left == -1  # asked once
    ours.left, now = 99, 102.0
    proposal = asked.propose(sketch(code(7)))
    assert proposal.incomplete is None
    assert proposal.candidates[0].document == blob_id(code(7)).hex()


def test_what_the_others_returned_comes_with_the_error(public: Remote, ours: Remote) -> None:
    asked = several(public, ours)
    ours.left = 0
    texts = [blob_id(code(n)).hex() for n in (1, 7)]
    assert [d is not None for d in asked.fetch(texts[:1])] == [True]
    with pytest.raises(IndexIncompleteError) as caught:
        asked.fetch(texts)
    assert [d is not None for d in caught.value.documents] == [True, False]
    with pytest.raises(IndexIncompleteError) as caught:
        asked.occurrences(texts[0])
    assert [o.repository for o in caught.value.occurrences] == ["ann/tools"]
    search = TimedSearch(asked, WordQuery(words=("return",)), 20, 9.0)
    assert {hit.document.id for hit in search} <= {blob_id(code(n)).hex() for n in range(1, 6)}
    assert "index ours: ours does not answer" in str(search.reason)


def test_indexes_behind_a_network_are_asked_at_the_same_time(public: Remote, ours: Remote) -> None:
    asked = several(public, ours)
    public.meeting = ours.meeting = threading.Barrier(2)
    assert asked.propose(sketch(code(1))).incomplete is None


def test_an_index_that_is_down_at_the_start_is_opened_later(
    public: Remote, ours: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("attribution.index.member.time.monotonic", lambda: now)
    down = True

    def opener(_: SketchParams | None) -> Index:
        if down:
            raise IndexUnavailableError("https://a:9200 does not answer")
        return ours

    asked = SeveralIndexes({"https://a:9200/ours": opener, "public": opening(public)})
    assert asked.names == ("https://a:9200/ours", "public")
    answer = Attributor(asked).attribute(SNIPPET)
    assert answer.status is Status.PARTIAL
    assert "index https://a:9200/ours: https://a:9200 does not answer" in str(answer.status_reason)
    assert [one.name for one in answer.index.indexes] == ["public"]
    down, now = False, 102.0
    assert Attributor(asked).attribute(SNIPPET).status is Status.CHECKED
    assert asked.names == ("ours", "public")
    with pytest.raises(IndexUnavailableError, match="does not answer"):
        down = True
        SeveralIndexes({"https://a:9200/ours": opener})


def test_one_index_can_be_chosen(public: Remote, ours: Remote) -> None:
    asked = several(public, ours)
    assert asked.only("ours") is ours
    with pytest.raises(InputError, match="no index 'mine'; there are public, ours"):
        asked.only("mine")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    made = tmp_path / "public", tmp_path / "ours"
    files: list[list[NewFile]] = [
        [file(code(n), "ann/tools", f"{n}.py") for n in (1, 2)],
        [file(code(n), "corp/product", f"{n}.py") for n in (2, 3)],
    ]
    for folder, new in zip(made, files, strict=True):
        with create_index(folder, folder.name) as index:
            fill(index, new)
    return made


def test_indexes_of_other_parameters_are_refused(folders: tuple[Path, Path]) -> None:
    other = folders[0].parent / "other"
    create_index(other, "other", replace(PARAMS, raw_k=13)).close()
    with pytest.raises(ParamsMismatchError, match=r"other was built with raw_k 13 instead of 12"):
        open_index((folders[0], other))


def test_a_missing_or_repeated_index_is_an_error(folders: tuple[Path, Path]) -> None:
    with pytest.raises(IndexNotFoundError):
        open_index((folders[0], folders[0].parent / "none"))
    with pytest.raises(InputError, match="is given twice"):
        open_index((folders[0], folders[0]))


def test_commands_ask_several_indexes(
    folders: tuple[Path, Path], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run = runner(capfd)
    both = [word for folder in folders for word in ("--index", str(folder))]
    (tmp_path / "a.py").write_bytes(code(2))
    status, out, _ = run("lookup", str(tmp_path / "a.py"), *both)
    assert status == 0
    assert "index public" in out
    assert "corp/product (index ours)" in out
    assert "Checked against public of 20" in out
    assert "and ours of 20" in out
    lost = ["--index", str(folders[0]), "--index", "http://127.0.0.1:9/none"]
    status, out, _ = run("lookup", str(tmp_path / "a.py"), *lost, "--format", "json")
    assert status == 2
    assert '"status": "partial"' in out
    assert "http://127.0.0.1:9/none" in out
    (tmp_path / "a.jsonl").write_text(json.dumps({"code": code(2).decode(), "language": "python"}))
    for arguments in (["a.py"], ["a.py", "--format", "notice"], ["--jsonl", "a.jsonl"]):
        words = [str(tmp_path / word) if word.startswith("a.") else word for word in arguments]
        status, out, err = run("lookup", *words, *lost)
        assert status == 2, arguments
        assert "http://127.0.0.1:9/none" in out + err
    assert run("search", "function_3", *both)[1].count("corp/product") == 1
    status, out, _ = run("search", "function_3", *lost)
    assert status == 2
    assert "Partial: there may be more hits: index http://127.0.0.1:9/none" in out
    out = run("info", *both)[1]
    assert out.count("Index ours, at") == out.count("Index public, at") == 1
    out = run("info", "--repository", "corp", *both)[1]
    assert "corp/product  2 files, MIT, in index ours" in out
    status, _, err = run("compact", *both)
    assert status == 2
    assert "--index is given 2 times, but takes one value" in err
