"""Documents, the index's description, and "am I in the corpus"."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from attribution.index import create_index, open_index
from attribution.index.identity import blob_id, now
from attribution.index.interface import Checkpoint
from attribution.types import NewFile, Occurrence, OptOut
from tests.support.webapp_client import PARSER, Service, make_index, make_service
from webapp.api.index import description_of


def swhid(text: bytes) -> str:
    return f"swh:1:cnt:{blob_id(text).hex()}"


LATIN = b"# gr\xf6\xdfe\nx = 1\r\ny = 2"
EMPTY = b""
OLD_MAC = b"a = 1\rb = 2\rc = 3\r"
SEEN = 130  # occurrences of one document
FILES = [
    NewFile(PARSER.encode(), "python", Occurrence("quay/harbour", "log.py", "a" * 40,
            "https://github.com/quay/harbour", "2019-04-02")),
    NewFile(LATIN, "python", Occurrence("Quay/tides", "t.py")),
    NewFile(EMPTY, "python", Occurrence("quay/tides", "__init__.py")),
    NewFile(OLD_MAC, "python", Occurrence("mac/notes", "n.py")),
    NewFile(PARSER.encode(), "python", Occurrence("Quay", "log.py", "1.0", "pkg:pypi/quay")),
    *(NewFile(b"everywhere = 1\n", "python", Occurrence(f"many/r{n:03}", "e.py"))
      for n in range(SEEN)),
]  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder = tmp_path_factory.mktemp("service")
    make_index(folder / "index", FILES)
    return make_service(folder)


def get(service: Service, url: str, status: int = 200, **query: object) -> dict[str, Any]:
    done = service.client.get(f"{url}?{urlencode(query)}")
    assert done.status_code == status, done.text
    answer: dict[str, Any] = done.get_json(force=True)
    return answer


def document(service: Service, text: bytes, status: int = 200, **query: object) -> dict[str, Any]:
    return get(service, f"/api/v1/documents/{swhid(text)}", status, **query)


def test_a_whole_document(service: Service) -> None:
    answer = document(service, PARSER.encode())
    assert answer["content"] == PARSER
    assert (answer["start_line"], answer["end_line"]) == (1, 17)
    assert (answer["lines"], answer["size"]) == (17, len(PARSER))
    assert (answer["language"], answer["exact"]) == ("python", True)
    assert answer["occurrences_total"] == 2
    assert answer["occurrences"][0]["url"].endswith("/log.py")


def test_lines_of_an_old_mac_can_be_read_one_by_one(service: Service) -> None:
    answer = document(service, OLD_MAC, start_line=2, end_line=3)
    assert (answer["lines"], answer["content"]) == (3, "b = 2\nc = 3\n")
    url = f"/api/v1/documents/{swhid(OLD_MAC)}?start_line=2"
    done = service.client.get(url, headers={"Accept": "text/plain"})
    assert done.data == b"b = 2\rc = 3\r", "the original bytes"


def test_lines_of_a_document_are_cited(service: Service) -> None:
    answer = document(service, PARSER.encode(), start_line=5, end_line=6)
    assert answer["content"] == "".join(PARSER.splitlines(keepends=True)[4:6])
    place = answer["occurrences"][0]
    assert place["lines"] == {"start_line": 5, "end_line": 6}
    assert place["url"].endswith("/log.py#L5-L6")
    assert place["swhid"].endswith(";lines=5-6")
    to_the_end = document(service, PARSER.encode(), start_line=17)
    assert to_the_end["content"] == PARSER.splitlines(keepends=True)[16]
    cut = document(service, PARSER.encode(), start_line=17, end_line=99)
    assert (cut["end_line"], cut["content"]) == (17, to_the_end["content"])


def test_plain_text_is_exactly_what_was_indexed(service: Service) -> None:
    url = f"/api/v1/documents/{swhid(PARSER.encode())}?start_line=2&end_line=3"
    done = service.client.get(url, headers={"Accept": "text/plain"})
    assert done.content_type == "text/plain; charset=utf-8"
    assert done.data == b"".join(PARSER.encode().splitlines(keepends=True)[1:3])
    assert done.headers["X-Content-Type-Options"] == "nosniff"
    latin = service.client.get(
        f"/api/v1/documents/{swhid(LATIN)}", headers={"Accept": "text/plain"}
    )
    assert (latin.data, latin.content_type) == (LATIN, "application/octet-stream")


def test_bytes_that_are_not_utf8_are_reported(service: Service) -> None:
    answer = document(service, LATIN)
    assert answer["exact"] is False
    assert answer["content"] == LATIN.decode("utf-8", "replace")
    assert answer["lines"] == 3
    clean = document(service, LATIN, start_line=2, end_line=2)
    assert (clean["exact"], clean["content"]) == (True, "x = 1\r\n")


def test_an_empty_document_has_no_lines(service: Service) -> None:
    answer = document(service, EMPTY)
    assert (answer["content"], answer["lines"], answer["end_line"]) == ("", 0, 0)


def test_many_occurrences_are_cut_and_counted(service: Service) -> None:
    answer = document(service, b"everywhere = 1\n")
    assert (len(answer["occurrences"]), answer["occurrences_total"]) == (100, SEEN)


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"start_line": 18}, 416, "has 17 lines, and start_line is 18"),
        ({"start_line": 4, "end_line": 3}, 400, "is before start_line"),
        ({"start_line": 0}, 422, "start_line"),
        ({"end_line": "x"}, 422, "end_line"),
        ({"line": 1}, 422, "line"),
    ],
)
def test_invalid_lines_are_refused(
    service: Service, query: dict[str, object], status: int, says: str
) -> None:
    assert says in document(service, PARSER.encode(), status, **query)["detail"]


def test_other_documents_are_not_found(service: Service) -> None:
    absent = document(service, b"not in the index", 404)
    assert absent["type"] == "/problems/document-not-found"
    for name in ("x", "swh:1:dir:" + "0" * 40, "swh:1:cnt:" + "G" * 40):
        assert "is not a document" in get(service, f"/api/v1/documents/{name}", 400)["detail"]


def test_indexes_of_the_same_name_and_second_are_distinguished(service: Service) -> None:
    index = service.services.index()
    twin = copy.copy(index)
    twin.describe = lambda: dataclasses.replace(index.describe(), repositories=0)
    assert description_of(index).repositories == SEEN + 5
    assert description_of(twin).repositories == 0
    assert description_of(index) is description_of(index)


def test_the_description_of_the_index(service: Service) -> None:
    answer = get(service, "/api/v1/index")
    assert answer["summary"]["documents"] == 5
    assert answer["repositories"] == SEEN + 5
    assert answer["languages"] == {"python": 5}
    assert answer["params"]["raw_k"] == 12
    assert answer["opt_outs"] == []


def test_the_description_is_counted_once_per_version_and_names_no_folder(tmp_path: Path) -> None:
    with create_index(tmp_path / "index", "n") as index, index.writer() as writer:
        writer.add(FILES[:1])
        writer.commit(
            [Checkpoint("package:/home/ann/lib/thing-1.0.dist-info", "1"), Checkpoint("s3:x", "2")]
        )
    service = make_service(tmp_path, refresh_seconds=0.0)
    answer = get(service, "/api/v1/index")
    assert answer["sources"] == ["package:thing-1.0.dist-info", "s3:x"]
    index = service.services.index()
    assert description_of(index) is description_of(index)
    with open_index(tmp_path / "index") as other:
        other.remove([OptOut("owner", "Quay")])
    again = get(service, "/api/v1/index")
    assert again["summary"]["documents"] == 0
    (opt_out,) = again["opt_outs"]
    assert (opt_out["kind"], opt_out["value"]) == ("owner", "quay")
    assert opt_out["since"][:10] == now()[:10]


def test_membership_of_an_owner(service: Service) -> None:
    answer = get(service, "/api/v1/membership", owner="QUAY")
    assert answer["found"] is True
    assert answer["repositories"] == [
        {"repository": "Quay", "documents": 1, "occurrences": 1, "licenses": ["NOASSERTION"]},
        {"repository": "Quay/tides", "documents": 1, "occurrences": 1, "licenses": ["NOASSERTION"]},
        {
            "repository": "quay/harbour",
            "documents": 1,
            "occurrences": 1,
            "licenses": ["NOASSERTION"],
        },
        {"repository": "quay/tides", "documents": 1, "occurrences": 1, "licenses": ["NOASSERTION"]},
    ]
    assert (answer["documents"], answer["occurrences"], answer["opted_out"]) == (4, 4, False)
    assert "whence remove --repository quay" in answer["removal"]


def test_membership_of_one_repository_and_of_an_unknown_owner(service: Service) -> None:
    one = get(service, "/api/v1/membership", owner="many/r007")
    assert [held["repository"] for held in one["repositories"]] == ["many/r007"]
    assert "whence remove --repository many/r007" in one["removal"]
    none = get(service, "/api/v1/membership", owner="stranger")
    assert (none["found"], none["repositories"], none["documents"]) == (False, [], 0)
    assert "whence remove --owner stranger" in none["removal"]
    assert none["suggestions"] == []
    forged = get(service, "/api/v1/membership", owner="x; touch y")
    assert "`whence remove --owner 'x; touch y'`" in forged["removal"], "it is there to be copied"


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/Quay/harbour/tree/main",
        "git@github.com:quay/harbour.git",
        "pkg:github/quay/harbour",
    ],
)
def test_membership_reads_addresses(service: Service, address: str) -> None:
    answer = get(service, "/api/v1/membership", owner=address)
    assert (answer["name"], answer["host"], answer["found"]) == (
        "quay/harbour",
        "github.com",
        True,
    )
    assert [held["repository"] for held in answer["repositories"]] == ["quay/harbour"]


def test_membership_suggests_names(service: Service) -> None:
    answer = get(service, "/api/v1/membership", owner="quay/harbor")
    assert (answer["found"], answer["suggestions"]) == (False, ["quay/harbour"])


def test_membership_is_paged(service: Service) -> None:
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(service, "/api/v1/membership", owner="many", limit=50, **cursor)
        assert page["repositories_total"] == page["documents"] == SEEN
        names += [held["repository"] for held in page["repositories"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert names == [f"many/r{n:03}" for n in range(SEEN)]
    other = get(service, "/api/v1/membership", 400, owner="quay", **cursor)
    assert "another query" in other["detail"]


def test_an_opt_out_is_reported(tmp_path: Path) -> None:
    make_index(tmp_path / "index", FILES)
    with open_index(tmp_path / "index") as index:
        index.remove([OptOut("owner", "quay"), OptOut("repository", "many/r001")])
    service = make_service(tmp_path, refresh_seconds=0.0)
    for owner, found, out, removed in (
        ("Quay", True, True, ["quay"]),  # the package of that name is no repository of the owner
        ("quay/tides", False, True, ["quay"]),
        ("many/r001", False, True, ["many/r001"]),
        ("many", True, False, ["many/r001"]),
        ("stranger", False, False, []),
    ):
        answer = get(service, "/api/v1/membership", owner=owner)
        assert (answer["found"], answer["opted_out"]) == (found, out), owner
        assert [one["value"] for one in answer["removed"]] == removed
    day = now()[:10]
    one = get(service, "/api/v1/membership", owner="many/r001")["removed"][0]
    assert one["since"][:10] == day
    assert one["says"] == (
        f"many/r001: removed on {day}, and not indexed since. Removed files are on the disk until "
        "the next compaction."
    )
    with open_index(tmp_path / "index") as index:
        index.compact()
    one = get(service, "/api/v1/membership", owner="many/r001")["removed"][0]
    assert one["says"] == f"many/r001: removed on {day}, and not indexed since."


def test_what_a_removal_would_take_is_said(service: Service) -> None:
    answer = get(service, "/api/v1/membership", owner="quay")
    preview = answer["removal_preview"]
    # the parser is in a repository and in the package, and both would be removed
    assert (preview["occurrences"], preview["files"], preview["files_staying"]) == (4, 3, 0)
    assert "whence remove --repository quay --owner quay" in answer["removal"]
    one = get(service, "/api/v1/membership", owner="quay/harbour")["removal_preview"]
    assert (one["files"], one["files_deleted"], one["files_staying"]) == (1, 0, 1)
    (file,) = one["staying"]
    assert file["document"] == swhid(PARSER.encode())
    assert file["removed"] == [{"repository": "quay/harbour", "path": "log.py"}]
    assert file["elsewhere"] == [{"repository": "Quay", "path": "log.py"}]
    copied = get(service, "/api/v1/membership", owner="many/r007")["removal_preview"]["staying"][0]
    assert (len(copied["elsewhere"]), copied["elsewhere_total"]) == (3, SEEN - 1)
    assert get(service, "/api/v1/membership", owner="stranger")["removal_preview"] is None


@pytest.mark.parametrize("query", [{}, {"owner": " / "}, {"owner": "a", "limit": 1001}])
def test_invalid_membership_queries_are_refused(service: Service, query: dict[str, object]) -> None:
    done = service.client.get("/api/v1/membership?" + urlencode(query))
    assert done.status_code in (400, 422)
    assert done.content_type == "application/problem+json"


def test_a_group_of_too_many_repositories_is_listed_without_a_preview(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.api.membership.MAX_NAMES", 0)
    answer = get(service, "/api/v1/membership", owner="many/r007")
    assert answer["found"]
    assert answer["repositories_total"] == 1
    assert (answer["removal_preview"], answer["opt_outs"], answer["requests"]) == (None, [], None)
    assert "too many for a preview" in answer["removal"]
