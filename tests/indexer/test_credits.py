"""NOTICE files and authors: what is read, and how far it reaches."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from attribution.index import open_or_create
from attribution.licensing.texts import license_text
from attribution.types import Holder, NewFile, Occurrence
from indexer.licensing.authors import manifest_authors, name_of_author
from indexer.licensing.credits import MAX_NOTICE
from indexer.sources.folder import FolderSource
from indexer.sources.interface import SourceOptions

CODE = "def tide(level):\n    return level * 3 + 1\n"
APACHE = "# SPDX-License-Identifier: Apache-2.0\n"


def read(root: Path, files: dict[str, str]) -> dict[str, Occurrence]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    items = (item.file for item in FolderSource(root, SourceOptions()).read())
    return {f.occurrence.path: f.occurrence for f in items if isinstance(f, NewFile)}


def test_the_nearest_notice_counts_and_only_where_the_licence_asks_for_it(tmp_path: Path) -> None:
    files = {
        "NOTICE": "Harbour\nCopyright 2020 Quay Ltd\n",
        "a.py": APACHE + CODE,
        "mit.py": "# SPDX-License-Identifier: MIT\n" + CODE,
        "lib/META-INF/NOTICE.txt": "Tide\r\nby Jane\r\n",
        "lib/deep/b.py": APACHE + CODE,
    }
    found = read(tmp_path, files)
    assert found["a.py"].notice == "Harbour\nCopyright 2020 Quay Ltd"
    assert found["lib/deep/b.py"].notice == "Tide\nby Jane"
    assert found["mit.py"].notice == ""


def test_a_long_notice_is_cut_and_says_so(tmp_path: Path) -> None:
    found = read(tmp_path, {"NOTICE": "x" * MAX_NOTICE * 2, "a.py": APACHE + CODE})
    assert found["a.py"].notice == "x" * MAX_NOTICE + "\n[cut; see the source for the rest]"


def test_authors_count_where_no_one_states_a_copyright(tmp_path: Path) -> None:
    mit = license_text("MIT") or ""
    files = {
        "LICENSE": mit,
        "AUTHORS": "The authors of Harbour:\n\n* Jane Doe <jane@example.org>\n* Bé Quay\n",
        "a.py": CODE,
        "own.py": "# Copyright (c) 2001 Own Co.\n" + CODE,
        "web/package.json": '{"license": "MIT", "author": {"name": "Ada"}}',
        "web/b.py": CODE,
        "stated/LICENSE": f"Copyright (c) 1999 Lock Ltd\n\n{mit}",
        "stated/c.py": CODE,
    }
    found = read(tmp_path, files)
    assert found["a.py"].holders == (
        Holder("", "Jane Doe", "AUTHORS"),
        Holder("", "Bé Quay", "AUTHORS"),
    )
    assert found["own.py"].holders == (Holder("2001", "Own Co."),)
    assert found["web/b.py"].holders == (Holder("", "Ada", "web/package.json"),)
    assert found["stated/c.py"].holders == (Holder("1999", "Lock Ltd"),)


def test_an_index_keeps_notices_and_authors_through_merges(tmp_path: Path) -> None:
    with open_or_create(str(tmp_path / "index"), "harbour") as index:
        for number in range(2):
            root = tmp_path / str(number)
            root.mkdir()
            files = {"NOTICE": f"Harbour {number}", "AUTHORS": "Jane Doe", "a.py": APACHE + CODE}
            read(root, files)
            with index.writer() as writer:
                items = (i.file for i in FolderSource(root, SourceOptions()).read())
                writer.add([file for file in items if isinstance(file, NewFile)])
                writer.commit(())
        index.refresh()
        content = (APACHE + CODE).encode()
        document = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        for _ in ("two segments", "one"):
            seen = index.occurrences(document)
            assert {o.notice for o in seen} == {"Harbour 0", "Harbour 1"}
            assert {o.holders for o in seen} == {(Holder("", "Jane Doe", "AUTHORS"),)}
            index.compact()
            index.refresh()


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("package.json", '{"author": "Jane <j@x.org> (https://x.org)"}', ["Jane"]),
        ("package.json", '{"contributors": [{"name": "Ada B"}, "Cy D"]}', ["Ada B", "Cy D"]),
        ("composer.json", '{"authors": [{"name": "Jane", "email": "j@x.org"}]}', ["Jane"]),
        ("Cargo.toml", '[package]\nauthors = ["Jane <j@x>", "Bo"]', ["Jane", "Bo"]),
        ("pyproject.toml", '[project]\nauthors = [{name = "Jane"}, {email = "j@x"}]', ["Jane"]),
        ("pyproject.toml", '[tool.poetry]\nauthors = ["Jane Doe <j@x.org>"]', ["Jane Doe"]),
        ("setup.py", "setup(\n    author='Jane Doe',\n)", ["Jane Doe"]),
        ("setup.cfg", "[metadata]\nauthor = Jane Doe\n", ["Jane Doe"]),
        ("PKG-INFO", "Author-email: Jane <j@x>, Bo <b@x>\n", ["Jane", "Bo"]),
        ("a.gemspec", 's.authors = ["Jane", "Bo"]', ["Jane", "Bo"]),
        ("a.nuspec", "<authors>Jane, Bo</authors>", ["Jane", "Bo"]),
        ("pom.xml", "<developers><developer><id>j</id><name>Jane</name></developer></developers>",
         ["Jane"]),
        ("META.yml", "author:\n  - Jane <j@x>\n  - Bo\nlicense: perl\n", ["Jane", "Bo"]),
        ("a.cabal", "author:         Jane Doe\n", ["Jane Doe"]),
        ("package.json", "{", []),
        ("package.json", '{"author": 3}', []),
        ("Cargo.toml", '[package]\nauthors = "x"\n[[package]]', []),
        ("pyproject.toml", 'a.' * 40 + 'b = 1\n[project]\nauthors = ["Jane"]', []),
    ],
)  # fmt: skip
def test_authors_of_manifests(path: str, text: str, expected: list[str]) -> None:
    assert manifest_authors(path, text) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Jane Doe <jane@example.org>", "Jane Doe"),
        ("  * Jane van Doe", "Jane van Doe"),
        ("3. Jane Doe (jane at example.org)", "Jane Doe"),
        ("The following people have helped", ""),
        ("see the git log", ""),
        ("=====", ""),
        ("", ""),
    ],
)
def test_lines_of_a_list(line: str, expected: str) -> None:
    assert name_of_author(line) == expected
