"""Installed packages of npm, Cargo and Go: their names and versions, and what is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attribution.types import NewFile
from indexer.sources import open_sources

NPM = json.dumps({"name": "@acme/tool", "version": "1.2.0", "license": "MIT"})
CARGO = '[package]\nname = "acme_tool"\nversion = "0.3.1"\nlicense = "ISC"\n'
GO = "module github.com/Acme/tool/v2 // a comment\n\ngo 1.22\n"


def read(root: Path, files: dict[str, str]) -> set[tuple[str, str | None, str, str]]:
    """Repository, revision, origin and path of each file of code."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    seen = [
        item.file.occurrence
        for source in open_sources(str(root))
        for item in source.read()
        if isinstance(item.file, NewFile)
    ]
    return {(o.repository, o.revision, o.origin, o.path) for o in seen if "." in o.path[1:]}


def test_packages_of_npm(tmp_path: Path) -> None:
    root = tmp_path / "project"
    inner = json.dumps({"name": "inner", "version": "2.0.0-rc.1+5"})
    found = read(
        root,
        {
            "package.json": NPM,
            "main.js": "main()",
            "node_modules/@acme/tool/package.json": NPM,
            "node_modules/@acme/tool/lib/a.js": "a()",
            "node_modules/@acme/tool/node_modules/inner/package.json": inner,
            "node_modules/@acme/tool/node_modules/inner/b.js": "b()",
        },
    )
    code = {entry for entry in found if entry[3].endswith(".js")}
    assert code == {
        ("project", None, "", "main.js"),
        ("@acme/tool", "1.2.0", "pkg:npm/%40acme/tool", "lib/a.js"),
        ("inner", "2.0.0-rc.1+5", "pkg:npm/inner", "b.js"),
    }


@pytest.mark.parametrize("mark", [".cargo-ok", ".cargo-checksum.json"])
def test_packages_of_cargo(tmp_path: Path, mark: str) -> None:
    root = tmp_path / "acme_tool-0.3.1"
    files = {"Cargo.toml": CARGO, "src/lib.rs": "fn a() {}", mark: "{}"}
    code = {entry for entry in read(root, files) if entry[3].endswith(".rs")}
    assert code == {("acme_tool", "0.3.1", "pkg:cargo/acme_tool", "src/lib.rs")}


def test_modules_of_go(tmp_path: Path) -> None:
    found = read(
        tmp_path / "mod",
        {
            "github.com/!acme/tool/v2@v2.0.1/go.mod": GO,
            "github.com/!acme/tool/v2@v2.0.1/a.go": "package a",
            "go.acme.example/x@v0.1.0-rc.1/go.mod": "module go.acme.example/x\n",
            "go.acme.example/x@v0.1.0-rc.1/x.go": "package x",
        },
    )
    assert {entry for entry in found if entry[3].endswith(".go")} == {
        ("Acme/tool", "v2.0.1", "pkg:golang/github.com/Acme/tool/v2", "a.go"),
        ("go.acme.example/x", "v0.1.0-rc.1", "pkg:golang/go.acme.example/x", "x.go"),
    }


@pytest.mark.parametrize(
    "files",
    [
        {"own/Cargo.toml": CARGO, "own/a.rs": "fn a() {}"},  # a project, nothing installed
        {"own/package.json": NPM, "own/a.js": "a()"},
        {"own/go.mod": GO, "own/a.go": "package a"},
        {"node_modules/x/package.json": "{broken", "node_modules/x/a.js": "a()"},
        {"node_modules/x/package.json": "[" * 100_000, "node_modules/x/a.js": "a()"},
        {"node_modules/x/package.json": '{"name": "x"}', "node_modules/x/a.js": "a()"},
        {"node_modules/x/package.json": '{"name": 1, "version": "1"}', "node_modules/x/a.js": "a"},
        {
            "node_modules/x/package.json": '{"name": "../x", "version": "1.0"}',
            "node_modules/x/a.js": "a()",
        },
        {"x@v1.0.0/go.mod": "no module", "x@v1.0.0/a.go": "package a"},
        {"x/Cargo.toml": "package = 1", "x/.cargo-ok": "", "x/a.rs": "fn a() {}"},
    ],
)
def test_what_is_no_package_is_a_folder(tmp_path: Path, files: dict[str, str]) -> None:
    found = read(tmp_path / "top", files)
    assert {(revision, origin) for _, revision, origin, _ in found} == {(None, "")}
