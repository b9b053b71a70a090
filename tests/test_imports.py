"""Who may import whom (design, section 2), read from the sources; and what an import costs."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A folder may import those named, beside itself.
FOLDERS = {
    "attribution": set(),
    "audit": {"attribution"},
    "evaluation": {"attribution", "audit"},
    "indexer": {"attribution"},
    "inference": set(),
    "webapp": {"attribution", "inference"},
}

# Inside `attribution`, downwards only: a folder or module may import those of its own row and of
# lower ones.
ROWS = [
    {"cli", "commands", "warmup"},
    {"reports"},
    {"citation"},
    {"live"},
    {"source_set"},
    {"sketch_only"},
    {"attributor"},
    {"partial_index", "ranking"},
    {"matching"},
    {"verdict"},
    {"index"},
    {"sketching"},
    {"lexing"},
    {"kernels", "licenses", "module_path", "ordered_pool", "zstd_frames"},
    {"errors", "types"},
]

# A heavy dependency is imported in one file, or in one folder where one format needs several.
HOMES = {
    "numba": 1,  # importing it has a trap: attribution/kernels.py
    "tantivy": 1,
    "datasketch": 1,
    "elasticsearch": 1,
    "identify": 1,
    "license_expression": 1,
    "packageurl": 2,  # citations, and CycloneDX, whose components take its objects
    "httpx2": 1,
    "gunicorn": 1,
    "pathspec": 1,
    "pygls": 1,
    "mcp": 1,
    "nltk": 1,
    "rapidfuzz": 1,
    "pygments": 1,
}

# Packages of a folder's own: nowhere else, and there only in these files.
BELONG = {
    "pyarrow": ("indexer.sources.", "audit.inputs.parquet"),
    "spdx_tools": ("audit.reports.sbom.spdx",),
    "cyclonedx": ("audit.reports.sbom.cyclonedx",),
    "torch": ("inference.local", "inference.training"),
    "transformers": ("inference.local", "inference.training"),
    "flask": ("webapp.",),
    "flask_openapi3": ("webapp.",),
    "pydantic": ("webapp.", "audit.mcp.server"),
    "mcp_types": ("audit.mcp.server",),
    "lsprotocol": ("audit.lsp.",),
    "limits": ("webapp.guards.limits",),
    "prometheus_client": ("webapp.metrics", "webapp.serving.gunicorn_conf"),
}


def modules() -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path, *, at_once: bool = False) -> Iterator[str]:
    """Modules that a file imports, by full name; `at_once` leaves out imports inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes: Iterator[ast.AST] = ast.walk(tree)
    if at_once:
        nodes = iter(tree.body)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def row_of(module: str) -> int:
    part = module.split(".")[1]
    rows = [i for i, row in enumerate(ROWS) if part in row]
    assert rows, f"attribution.{part} has no place in the order of the design: give it one here"
    return rows[0]


MODULES = dict(modules())


@pytest.mark.parametrize("module", MODULES)
def test_folders_import_only_what_they_may(module: str) -> None:
    folder = module.split(".", maxsplit=1)[0]
    for name in imports(MODULES[module]):
        other = name.split(".")[0]
        if other in FOLDERS and other != folder:
            assert other in FOLDERS[folder], f"{module} imports {name}"


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("attribution.")])
def test_attribution_imports_downwards(module: str) -> None:
    for name in imports(MODULES[module]):
        if name.startswith("attribution."):
            assert row_of(name) >= row_of(module), f"{module} imports {name}"


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = {
        module: {name for name in imports(path, at_once=True) if name in MODULES} - {module}
        for module, path in MODULES.items()
    }
    graphlib.TopologicalSorter(graph).prepare()


def test_a_heavy_dependency_has_one_home() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for module, path in MODULES.items():
        for name in imports(path):
            homes[name.split(".")[0]].add(module)
    for dependency, count in HOMES.items():
        assert len(homes[dependency]) <= count, f"{dependency} in {sorted(homes[dependency])}"
    for dependency, places in BELONG.items():
        for module in homes[dependency]:
            assert module.startswith(places), f"{module} imports {dependency}"


@pytest.mark.parametrize(
    ("statement", "kept_out"),
    [
        ("import attribution.cli", ["numpy", "numba", "rich", "pyarrow", "packageurl"]),
        (
            "import attribution.commands.lookup, attribution.commands.search",
            ["numpy", "numba", "rich", "pyarrow", "packageurl"],
        ),
        (
            "import webapp.app; webapp.app.create_app(webapp.app.ServeSettings())",
            ["torch", "transformers", "pyarrow", "openai", "datasketch", "numba", "rich"],
        ),
        (
            "import attribution.attributor, attribution.index, attribution.reports.json_report",
            ["pyarrow", "torch", "flask", "datasketch", "tantivy", "rich", "indexer"],
        ),
    ],
)
def test_imports_stay_light(statement: str, kept_out: list[str]) -> None:
    code = f"import sys; {statement}; print(*sorted(set({kept_out!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("folder", ["indexer", "benchmarks"])
def test_no_circle_by_types_either(folder: str) -> None:
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in (ROOT / folder).rglob("*.py")
    }
    graph = {
        module: {name for name in imports(path) if name in paths} - {module}
        for module, path in paths.items()
    }
    graphlib.TopologicalSorter(graph).prepare()
