"""A service over several indexes: all are asked, or one by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from attribution.index import create_index, open_index
from attribution.types import NewFile, Occurrence, OptOut
from tests.support.webapp_client import FILES, PARSER, Service, make_index, make_service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder = tmp_path_factory.mktemp("service")
    public = make_index(folder / "public", FILES)
    with create_index(folder / "ours", "ours") as index, index.writer() as writer:
        writer.add([NewFile(PARSER.encode(), "python", Occurrence("corp/boats", "log.py"))])
        writer.commit()
    return make_service(folder, location=(str(public), str(folder / "ours")))


def repositories(service: Service, **body: object) -> list[str]:
    sent = {"code": PARSER, "language": "python", **body}
    for path, shape in (
        ("/api/v1/attributions", sent),
        ("/api/v1/attributions/batch", {**body, "snippets": [{"id": 1, "code": PARSER}]}),
    ):
        done = service.client.post(path, json=shape)
        assert done.status_code == 200, done.text
        answer = done.get_json().get("answers", [done.get_json()])[0]
        found = [o["repository"] for o in answer["sources"][0]["occurrences"]]
    return sorted(found)


def test_all_indexes_are_asked_or_one(service: Service) -> None:
    assert repositories(service) == ["corp/boats", "pier/fork", "quay/harbour"]
    assert repositories(service, index="ours") == ["corp/boats"]
    assert repositories(service, index="harbour") == ["pier/fork", "quay/harbour"]
    sent = {"code": PARSER, "index": "theirs"}
    done = service.client.post("/api/v1/attributions", json=sent)
    assert done.status_code == 400
    assert "there is no index 'theirs'; there are harbour, ours" in done.get_json()["detail"]


def test_a_search_in_all_indexes_or_one(service: Service) -> None:
    def found(query: str) -> set[str]:
        done = service.client.get(f"/api/v1/search?q=parse_harbour_log{query}")
        assert done.status_code == 200, done.text
        hits = done.get_json()["hits"]
        return {o["repository"] for hit in hits for o in hit["occurrences"]}

    assert found("") == {"corp/boats", "pier/fork", "quay/harbour"}
    assert found("&index=ours") == {"corp/boats"}


def test_the_contents_and_membership_of_several_indexes(service: Service) -> None:
    index = service.client.get("/api/v1/index").get_json()
    assert [one["name"] for one in index["summary"]["indexes"]] == ["harbour", "ours"]
    assert index["summary"]["documents"] == 4
    held = service.client.get("/api/v1/membership?owner=corp").get_json()["repositories"]
    assert [(one["repository"], one["index"]) for one in held] == [("corp/boats", "ours")]


def test_a_removal_from_one_of_several_indexes_names_it(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_index(tmp_path / name)
    with open_index(tmp_path / "a") as index:
        index.remove([OptOut("owner", "quay")])
    location = (str(tmp_path / "a"), str(tmp_path / "b"))
    service = make_service(tmp_path, location=location)
    answer = service.client.get("/api/v1/membership?owner=quay").get_json()
    (removed,) = answer["removed"]
    (held, other) = answer["repositories"]
    assert removed["index"] != held["index"] == other["index"]
    assert f"from index {removed['index']}, and not indexed since." in removed["says"]
    preview = answer["removal_preview"]
    assert (preview["occurrences"], preview["files"], preview["files_staying"]) == (2, 2, 1)
