"""Finds the source code on a machine, and the package of each file.

All copies of a package, in any interpreter, version or vendoring folder, have one name, so that a
package that is held out of an index is held out completely.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CodeFile", "code_files", "package_of"]

# The Stack v1's names of languages, by extension.
LANGUAGES = {
    "py": "Python",
    "go": "Go",
    "c": "C",
    "h": "C",
    "cc": "C++",
    "cpp": "C++",
    "cxx": "C++",
    "hpp": "C++",
    "hh": "C++",
    "js": "JavaScript",
    "mjs": "JavaScript",
    "ts": "TypeScript",
    "rs": "Rust",
    "java": "Java",
    "pl": "Perl",
    "pm": "Perl",
    "php": "PHP",
    "rb": "Ruby",
    "sh": "Shell",
    "bash": "Shell",
    "cs": "C#",
    "kt": "Kotlin",
    "scala": "Scala",
    "swift": "Swift",
}

COMMON_ROOTS = ("/usr/include", "/usr/lib", "/usr/local", "/usr/share", "/usr/src", "/opt")
VENDORED = {"_vendor", "_vendored", "vendored", "vendor", "third_party", "extern", "externals"}
SITE = {"site-packages", "dist-packages"}
# Namespaces of many distributions: the package is one level further down.
NAMESPACES = {"google", "backports", "ruamel", "azure", "zope", "sphinxcontrib", "x"}
# The interpreter's own modules, kept elsewhere.
STDLIB_COPIES = {"_distutils", "lib2to3", "importlib_metadata", "importlib_resources", "distutils"}
# Packages with the same origin.
ALIASES = {
    "pkg-resources": "setuptools",
    "perl-base": "perl",
    "perl5": "perl",
    "gtest": "googletest",
    "gmock": "googletest",
    "llvm-c": "llvm",
    "asm": "linux",
    "asm-generic": "linux",
    "bits": "system-headers",
    "sys": "system-headers",
    "gles2": "gl",
    "gles3": "gl",
}
PLUMBING = {"x86_64-linux-gnu", "aarch64-linux-gnu", "src", "lib", "lib64", "share", "include"}
VERSION = re.compile(r"^[vV]?\d+(\.\d+)*$|-\d+(\.\d+)*$|(?<=[a-z])\d+(\.\d+)+$")
PYTHON = re.compile(r"^python\d(\.\d+)?m?$")
DOCUMENTATION = {"doc", "docs", "man", "info", "javadoc"}  # rendered pages, not sources


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A source file on this machine."""

    path: Path
    package: str  # normalised: the same for all versions and copies
    name: str  # path below the root that it was found under, "/" between parts
    language: str  # The Stack's name


def code_files() -> Iterator[CodeFile]:
    """All source files below the known roots, each real path once, in a stable order."""
    seen: set[str] = set()
    for root in roots():
        for folder, folders, names in os.walk(root):
            real = os.path.realpath(folder)
            if real in seen:
                folders.clear()
                continue
            seen.add(real)
            folders[:] = sorted(d for d in folders if not d.startswith(".") and d != "__pycache__")
            parts = Path(folder).parts
            if DOCUMENTATION & set(parts):
                continue
            for name in sorted(names):
                language = LANGUAGES.get(name.rpartition(".")[2])
                path = Path(folder, name)
                if language and not path.is_symlink():
                    relative = path.relative_to(root).as_posix()
                    yield CodeFile(path, package_of((*parts[1:], name)), relative, language)


def roots() -> list[Path]:
    """The folders that exist, most specific first: a file belongs to the first that has it."""
    own = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    go = Path(os.environ.get("GOROOT") or output_of("go", "env", "GOROOT") or "/usr/local/go")
    modules = Path(output_of("go", "env", "GOMODCACHE") or Path.home() / "go" / "pkg" / "mod")
    rust = output_of("rustc", "--print", "sysroot")
    cargo = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "registry" / "src"
    node = output_of("npm", "root", "--global")
    found = [Path(p) for p in own if p]
    found += [pyenv, go / "src", go / "misc", modules, cargo, *(Path(p) for p in (rust, node) if p)]
    found += [Path(p) for p in COMMON_ROOTS]
    project = Path(__file__).resolve().parent.parent
    inside = Path(sys.prefix).resolve()
    return [
        root.resolve()
        for root in found
        # Our own sources are left out, but the virtual environment in them is not.
        if root.is_dir()
        and (project not in root.resolve().parents or inside in root.resolve().parents)
    ]


def output_of(*command: str) -> str:
    """The output of a tool, or "" if it is not installed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def package_of(parts: tuple[str, ...]) -> str:
    """The package that a path belongs to, e.g. pip/_vendor/rich/x.py -> "rich"."""
    if STDLIB_COPIES & set(parts):
        return "python"
    place = next((i for i in reversed(range(len(parts) - 1)) if begins_packages(parts, i)), None)
    if place is None:
        return other_package(parts)
    below = parts[place + 1 :]
    if parts[place] in {"mod", "vendor"} and "." in below[0] and len(below) > 3:
        return normal("/".join(below[:3]))  # a Go module: host, owner, name
    if below[0].startswith("@") and len(below) > 2:
        return normal("/".join(below[:2]))  # a scoped package of npm
    if below[0] in NAMESPACES and len(below) > 2:
        return normal("-".join(below[:2]))
    return normal(below[0])


def begins_packages(parts: tuple[str, ...], i: int) -> bool:
    """Whether the part after `i` names a package."""
    return (
        parts[i] in VENDORED | SITE | {"node_modules"}
        or parts[i - 1 : i + 1] == ("pkg", "mod")
        or parts[i - 2 : i] == ("registry", "src")  # Cargo has a folder for the registry above
        or parts[i - 1 : i + 1] == ("include", "node")  # node ships the headers of its parts
    )


def other_package(parts: tuple[str, ...]) -> str:
    """The package of a path outside of all package folders: standard libraries and headers."""
    if any(PYTHON.match(part) for part in parts):
        return "python"
    if "go" in parts[:-1] and {"src", "test", "misc"} & set(parts[:-1]):
        return "go"  # one project, whose packages copy from each other
    if "include" in parts[:-1]:
        below = parts[parts.index("include") + 1 :]
    else:
        below = next((parts[i + 2 :] for i in range(2) if parts[i : i + 1] == ("usr",)), parts)
    names = tuple(p for p in below[:-1] if p not in PLUMBING and not VERSION.match(p))
    return normal(names[0]) if names else "system-headers"


def normal(name: str) -> str:
    """One spelling of a package's name: no version, no extension, "-" between words."""
    name = re.sub(r"\.(py|js|h|hpp|go|egg)$", "", name.partition("@v")[0])
    name = VERSION.sub("", name) or name
    name = re.sub(r"[-_.]+", "-", name).lower().strip("-")
    return ALIASES.get(name, name)
