"""The audit on either engine: the same findings from an index in Elasticsearch."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from attribution.cli import _run
from attribution.index import open_or_create
from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import find_base
from attribution.index.elastic.versions import drop
from tests.support.audit_index import fill, indexed_function, make_index, original_function
from tests.support.elastic_server import server


@pytest.fixture
def location() -> Iterator[str]:
    """The location of an index in a real cluster."""
    at = server().location(f"audit-{uuid.uuid4().hex[:12]}")
    with open_or_create(at, "corpus") as index:
        fill(index)
    yield at
    cluster = Cluster(parse(at), Access.from_environment())
    base = find_base(cluster)
    assert base is not None
    drop(cluster, base)


def test_both_engines_find_the_same(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(12):
        code = original_function(number) + (indexed_function(number) if number % 3 == 0 else "")
        (tree / f"part{number}.py").write_text(code)
    monkeypatch.chdir(tree)

    def findings(at: str) -> list[object]:
        report = tmp_path / "audit.json"
        options = ["--no-cache", "--quiet", "--jobs", "2", "--report", f"json={report}"]
        assert _run(["audit", "--index", at, *options]) == 1
        files = json.loads(report.read_text())["files"]
        found = [one for file in files for one in file["findings"]]
        return [(one["id"], one["verdict"], one["license"]) for one in found]

    embedded = findings(str(make_index(tmp_path / "index")))
    assert len(embedded) == 4
    assert findings(location) == embedded
