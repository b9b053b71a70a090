"""POST /overlap, as llm-vscode calls it, and the offsets in the answer."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webapp_client import PARSER, make_service
from webapp.api.overlap import merged, utf16_offsets

WINDOW = 250  # characters that the editor sends on each side of the cursor


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return make_service(tmp_path_factory.mktemp("service")).client


def in_utf16(text: str, span: list[int]) -> str:
    """The text that an editor marks, which counts in UTF-16."""
    units = text.encode("utf-16-le")
    return units[2 * span[0] : 2 * span[1]].decode("utf-16-le")


def test_a_window_of_known_code_is_marked(client: FlaskClient) -> None:
    cursor = len(PARSER) // 2
    window = PARSER[cursor - WINDOW : cursor + WINDOW]
    answer = client.post("/overlap", json={"document": window}).get_json()
    (span,) = answer["spans"]
    assert answer["status"] == "checked"
    assert answer["label"] == "verbatim"
    assert len(in_utf16(window, span)) > 0.9 * len(window)


def test_offsets_are_utf16_units(client: FlaskClient) -> None:
    before = "# 🚢 лодка ⛵\nnote = '𝕬𝖓𝖈𝖍𝖔𝖗'\n\n\n"
    code = PARSER[PARSER.index("def parse") :]
    answer = client.post("/overlap", json={"document": before + code}).get_json()
    start = in_utf16(before + code, [answer["spans"][0][0], 10**6])
    assert code.startswith(start[:200])
    assert in_utf16(before + code, answer["spans"][-1]).rstrip().endswith('harbour")')


@pytest.mark.parametrize(
    ("document", "reason"), [("x = 1\n", "too short"), ("", "empty"), ("  \n\t\n", "empty")]
)
def test_a_text_too_short_to_judge_is_reported(
    client: FlaskClient, document: str, reason: str
) -> None:
    answer = client.post("/overlap", json={"document": document}).get_json()
    assert answer["spans"] == []
    assert answer["status"] == "not_checked"
    assert reason in answer["status_reason"]


def test_original_code_has_no_spans(client: FlaskClient) -> None:
    own = "\n".join(f"value_{at} = compute_{at % 7}(input_{at * 3}, {at})" for at in range(9))
    answer = client.post("/overlap", json={"document": own}).get_json()
    assert answer["spans"] == []
    assert answer["status"] == "checked"


def test_half_a_surrogate_pair_at_the_edge(client: FlaskClient) -> None:
    body = b'{"document": "\\ude80' + PARSER[100:500].replace('"', "'").encode("unicode_escape")
    answer = client.post("/overlap", data=body + b'"}', content_type="application/json")
    assert answer.status_code == 200
    assert answer.get_json()["spans"]


def test_without_an_index_nothing_looks_clean(tmp_path: Path) -> None:
    client = make_service(tmp_path, index=False).client
    answer = client.post("/overlap", json={"document": PARSER})
    assert answer.status_code == 503
    assert "spans" not in answer.get_json()


def test_spans_are_merged() -> None:
    assert merged([(5, 9), (0, 3), (8, 12), (3, 4), (20, 21)]) == [(0, 4), (5, 12), (20, 21)]
    assert merged([]) == []


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20))))
def test_merging_keeps_what_is_covered(pairs: list[tuple[int, int]]) -> None:
    spans = [(start, start + length) for start, length in pairs]
    joined = merged(spans)
    covered = {at for start, end in spans for at in range(start, end)}
    assert {at for start, end in joined for at in range(start, end)} == covered
    assert all(before[1] < after[0] for before, after in itertools.pairwise(joined))


@given(st.text(), st.data())
def test_offsets_of_whole_characters_are_exact(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    place = len(text[:start].encode()), len(text[:end].encode())
    (span,) = utf16_offsets(text, [place])
    assert in_utf16(text, span) == text[start:end]


@given(st.text(min_size=1), st.data())
def test_offsets_inside_a_character_include_all_of_it(text: str, data: st.DataObject) -> None:
    size = len(text.encode())
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size))
    (span,) = utf16_offsets(text, [(start, end)])
    marked = in_utf16(text, span)
    assert text.encode()[start:end] in marked.encode()
