"""GET /api/v1/search: words, phrases, filters, facets and pages."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from attribution.index import open_index
from attribution.types import LicenseEvidence, NewFile, Occurrence, OptOut
from tests.support.webapp_client import Service, make_index, make_service
from webapp.api import cursors
from webapp.api import search as searching

MANY = 230


def files() -> list[NewFile]:
    made = []
    for n in range(MANY):
        text = f"def shared_word(a):\n    return number_{n}\n" + "    filler\n" * (n % 7)
        language, ending = ("go", "go") if n % 5 == 0 else ("python", "py")
        made.append(
            NewFile(
                text.encode(),
                language,
                Occurrence(
                    f"owner{n % 3}/r",
                    f"{n}.{ending}",
                    license=LicenseEvidence("MIT" if n % 2 else "Apache-2.0 OR MIT", "none"),
                ),
            )
        )
    long = b"rare_word = 1;" + b" x" * 5000 + b"\n" + b"rare_word\n" * 50
    occurrences = [Occurrence(f"copies/{n}", "min.js") for n in range(12)]
    return made + [NewFile(long, "javascript", occurrence) for occurrence in occurrences]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder = tmp_path_factory.mktemp("service")
    make_index(folder / "index", files())
    return make_service(folder)


def get(service: Service, **query: object) -> TestResponse:
    return service.client.get("/api/v1/search?" + urlencode(query))


def found(service: Service, **query: object) -> dict[str, Any]:
    done = get(service, **query)
    assert done.status_code == 200, done.text
    return done.get_json()


def test_words_find_lines_and_occurrences(service: Service) -> None:
    answer = found(service, q="number_7 shared_word")
    (hit,) = answer["hits"]
    assert [line["number"] for line in hit["lines"]] == [1, 2]
    assert hit["lines"][1]["text"] == "    return number_7"
    place = hit["occurrences"][0]
    assert (place["repository"], place["path"]) == ("owner1/r", "7.py")
    assert place["lines"] == {"start_line": 1, "end_line": 1}
    assert answer["next_cursor"] is None
    assert answer["cut"] is None
    assert answer["index"]["documents"] == MANY + 1


def test_phrases_and_any_text_are_queries(service: Service) -> None:
    assert len(found(service, q='"return number_8"')["hits"]) == 1
    assert found(service, q='"number_8 return"')["hits"] == []
    assert found(service, q="(a): number_9")["hits"][0]["occurrences"][0]["path"] == "9.py"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"language": "Golang"}, MANY // 5),
        ({"license": "apache-2.0"}, MANY // 2),
        ({"repository": "OWNER2"}, MANY // 3),
        ({"repository": "owner0/r", "language": "go"}, len(range(0, MANY, 15))),
    ],
)
def test_filters(service: Service, filters: dict[str, str], expected: int) -> None:
    answer = found(service, q="shared_word", **filters)
    assert answer["facets"]["of"] == expected
    assert answer["facets"]["complete"] is True


def test_facets_count_the_best_hits_and_say_so(service: Service) -> None:
    facets = found(service, q="shared_word", limit=1)["facets"]
    assert (facets["of"], facets["complete"]) == (200, False)
    assert sum(value["count"] for value in facets["language"]) == 200
    few = found(service, q="number_3")["facets"]
    assert few == {
        "language": [{"value": "python", "count": 1}],
        "license": [{"value": "MIT", "count": 1}],
        "repository": [{"value": "owner0/r", "count": 1}],
        "of": 1,
        "complete": True,
    }


@pytest.mark.parametrize("limit", [100, 60, 7])
def test_pages_have_every_hit_once_and_in_order(service: Service, limit: int) -> None:
    everything = [hit.document.swhid for hit in _hits(service)]
    pages, cursor = [], {}
    while True:
        answer = found(service, q="shared_word", limit=limit, **cursor)
        pages.append([hit["document"] for hit in answer["hits"]])
        if answer["next_cursor"] is None:
            break
        cursor = {"cursor": answer["next_cursor"]}
    assert [document for page in pages for document in page] == everything
    assert len(everything) == MANY
    assert {len(page) for page in pages[:-1]} <= {limit}


def _hits(service: Service) -> list[Any]:
    from attribution.index.interface import WordQuery

    return list(service.services.index().search(WordQuery(("shared_word",)), limit=1000))


def test_the_depth_is_limited_and_reported(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "DEEPEST", 50)
    first = found(service, q="shared_word", limit=40)
    last = found(service, q="shared_word", limit=40, cursor=first["next_cursor"])
    assert len(last["hits"]) == 10
    assert last["next_cursor"] is None
    assert "can be paged through" in last["cut"]


def test_long_lines_many_lines_and_many_occurrences_are_cut_and_counted(service: Service) -> None:
    (hit,) = found(service, q="rare_word")["hits"]
    assert len(hit["lines"]) == 20
    assert hit["lines_total"] == 51
    assert len(hit["lines"][0]["text"]) == 404
    assert hit["lines"][0]["text"].endswith(" ...")
    assert len(hit["occurrences"]) == 10
    assert hit["occurrences_total"] == 12


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({}, 422, "q"),
        ({"q": ""}, 400, "nothing to search for"),
        ({"q": "x" * 1001}, 422, "at most 1000 characters"),
        ({"q": "a", "language": "klingon"}, 400, "'klingon'"),
        ({"q": "a", "license": "MIT OR ISC"}, 400, "does not name one licence"),
        ({"q": "a", "limit": 0}, 422, "limit"),
        ({"q": "a", "limit": 101}, 422, "less than or equal to 100"),
        ({"q": "a", "limit": "ten"}, 422, "valid integer"),
        ({"q": "a", "page": 2}, 422, "page"),
        ({"q": "a", "cursor": "abc"}, 400, "is invalid"),
        ({"q": "a", "cursor": "é"}, 400, "is invalid"),
        ({"q": "a", "cursor": ""}, 400, "start again"),
    ],
)
def test_a_bad_parameter_is_named(
    service: Service, query: dict[str, object], status: int, says: str
) -> None:
    done = get(service, **query)
    assert done.status_code == status
    assert says in done.get_json(force=True)["detail"]


@pytest.mark.parametrize("offset", ["-5", '"1"', "null", "1.5", "NaN", "1e999", "[1]"])
def test_a_forged_cursor_is_refused(service: Service, offset: str) -> None:
    version = service.services.index().summary().version
    text = json.dumps([version, cursors._digest(["a", None, None, None])])[:-1] + f", {offset}]"
    signer = cursors._SERIALIZER.make_signer()
    for forged in (text, "1", "[" * 500):
        payload = base64.urlsafe_b64encode(forged.encode()).rstrip(b"=")
        done = get(service, q="a", cursor=signer.sign(payload).decode())
        assert done.status_code == 400
        assert "is invalid" in done.get_json(force=True)["detail"]


def test_a_cursor_belongs_to_one_query_and_one_version_of_the_index(tmp_path: Path) -> None:
    make_index(tmp_path / "index", files()[:60])
    service = make_service(tmp_path, refresh_seconds=0.0)
    cursor = found(service, q="shared_word")["next_cursor"]
    assert found(service, q="shared_word", cursor=cursor)["hits"]
    other = get(service, q="shared_word", language="go", cursor=cursor)
    assert other.status_code == 400
    assert "another query" in other.get_json(force=True)["detail"]
    with open_index(tmp_path / "index") as index:
        index.remove([OptOut("owner", "owner1")])
    gone = get(service, q="shared_word", cursor=cursor)
    assert gone.status_code == 410
    assert "start again without a cursor" in gone.get_json(force=True)["detail"]


def test_without_an_index_a_search_says_so(tmp_path: Path) -> None:
    done = get(make_service(tmp_path, index=False), q="x")
    assert done.status_code == 503
    assert done.get_json(force=True)["type"] == "/problems/index-missing"


def test_the_time_of_a_search_is_limited_and_reported(tmp_path: Path) -> None:
    make_index(tmp_path / "index", files()[:20])
    service = make_service(tmp_path, lookup_seconds=0.0)
    answer = found(service, q="shared_word")
    assert answer["hits"] == []
    assert answer["facets"]["complete"] is False
    assert "the time limit of 0 s was reached" in answer["cut"]
