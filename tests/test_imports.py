"""Who may import whom (design, section 2), checked in the sources; and what an import loads."""

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

# A folder may import itself and those named.
FOLDERS = {
    "attribution": set(),
    "audit": {"attribution"},
    "evaluation": {"attribution", "audit"},
    "indexer": {"attribution"},
    "inference": set(),
    "webapp": {"attribution", "inference"},
}

# Inside `attribution`, imports go downwards: a folder or module may import its own row and those
# below.
ROWS = [
    {"cli", "commands", "warmup"},
    {"reports"},
    {"notice"},
    {"citation"},
    {"live", "session"},
    {"source_set"},
    {"attributor"},
    {"answering"},
    {"snippet_matches"},
    {"window_lookup"},
    {"ranking", "selection"},
    {"at_once", "partial_index"},
    {"coverage", "joining"},
    {"matching"},
    {"settings"},
    {"verdict"},
    {"index"},
    {"sketching"},
    {"lexing"},
    {
        "certificates",
        "config_folder",
        "deadline",
        "environment",
        "extras",
        "git_files",
        "heartbeat",
        "internal_errors",
        "kernels",
        "licensing",
        "module_path",
        "ordered_pool",
        "replaced_file",
        "retry_after",
        "opt_out_lists",
        "repository_names",
        "windows",
        "worker_processes",
        "zstd_frames",
    },
    {"errors", "git_environment", "types", "untrusted_files"},
    {"line_ends", "locations"},
]

# A heavy dependency is imported in one file, or in one folder where one format needs several.
HOMES = {
    "numba": 1,  # importing it has a trap: attribution/kernels.py
    "datasketch": 1,
    "elasticsearch": 1,
    "identify": 1,
    "licenseclassifier": 1,
    "license_expression": 1,
    "packageurl": 2,  # citations, and CycloneDX, whose components take its objects
    "httpx2": 5,  # generation servers, services in place of an index, files on the web, the hub
    "huggingface_hub": 2,  # datasets, and the licences of models
    "gunicorn": 1,
    "pathspec": 1,
    "pygls": 1,
    "mcp": 2,  # the tools, and the replies that its own transport does not give
    "nltk": 1,
    "rapidfuzz": 1,
    "pygments": 1,
}

# Packages that only these modules may import.
ALLOWED_IN = {
    "pyarrow": ("indexer.sources.", "audit.inputs.parquet"),
    "spdx_tools": ("audit.reports.sbom.spdx",),
    "cyclonedx": ("audit.reports.sbom.cyclonedx",),
    "torch": ("inference.local", "inference.training"),
    "transformers": ("inference.local", "inference.training"),
    "flask": ("webapp.",),
    "flask_openapi3": ("webapp.",),
    "pydantic": ("webapp.", "audit.mcp.server", "audit.mcp.stdio"),
    "mcp_types": ("audit.mcp.server", "audit.mcp.stdio"),
    "lsprotocol": ("audit.lsp.",),
    "limits": ("webapp.guards.limits",),
    "prometheus_client": ("webapp.metrics", "webapp.serving.gunicorn_conf"),
}


def modules_of(root: Path) -> dict[str, Path]:
    """The modules of all folders below a root, by full name."""
    modules = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


def imports(path: Path, *, at_once: bool = False) -> Iterator[str]:
    """Modules that a file imports, by full name; `at_once` leaves out imports inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes: Iterator[ast.AST] = iter(tree.body) if at_once else ast.walk(tree)
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
    assert rows, f"attribution.{part} is in no row: add it to ROWS"
    return rows[0]


def forbidden_imports(module: str, path: Path) -> list[str]:
    """The imports of a module that FOLDERS or ROWS forbid, as "MODULE imports NAME"."""
    folder = module.split(".", maxsplit=1)[0]
    forbidden = []
    for name in imports(path):
        other = name.split(".")[0]
        if other in FOLDERS and other != folder:
            allowed = other in FOLDERS[folder]
        else:
            inside = module.startswith("attribution.") and name.startswith("attribution.")
            allowed = not inside or row_of(name) >= row_of(module)
        if not allowed:
            forbidden.append(f"{module} imports {name}")
    return forbidden


MODULES = modules_of(ROOT)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_it_may(module: str) -> None:
    assert forbidden_imports(module, MODULES[module]) == []


@pytest.mark.parametrize(
    ("module", "statement", "forbidden"),
    [
        ("attribution.types", "from attribution.cli import main", "attribution.cli"),
        ("attribution.index.member", "import attribution.attributor", "attribution.attributor"),
        ("attribution.citation", "def f():\n    import audit.policy", "audit.policy"),
        ("inference.remote", "from attribution import types", "attribution"),
        ("attribution.attributor", "import attribution.index.member", None),
        ("webapp.app", "from inference.remote import connect", None),
    ],
)
def test_a_planted_import_is_found(
    tmp_path: Path, module: str, statement: str, forbidden: str | None
) -> None:
    path = tmp_path.joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True)
    path.write_text(statement + "\n")
    ((name, found),) = modules_of(tmp_path).items()
    reported = forbidden_imports(name, found)
    assert reported[:1] == ([f"{module} imports {forbidden}"] if forbidden else [])


def test_no_import_cycle() -> None:
    graph = {
        module: {name for name in imports(path, at_once=True) if name in MODULES} - {module}
        for module, path in MODULES.items()
    }
    graphlib.TopologicalSorter(graph).prepare()


def test_a_heavy_dependency_is_imported_in_one_file() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for module, path in MODULES.items():
        for name in imports(path):
            homes[name.split(".")[0]].add(module)
    for dependency, count in HOMES.items():
        assert len(homes[dependency]) <= count, f"{dependency} in {sorted(homes[dependency])}"
    for dependency, allowed in ALLOWED_IN.items():
        for module in homes[dependency]:
            assert module.startswith(allowed), f"{module} imports {dependency}"


@pytest.mark.parametrize(
    ("statement", "kept_out"),
    [
        ("import attribution.cli", ["numpy", "numba", "rich", "pyarrow", "packageurl"]),
        (
            "import attribution.commands.lookup, attribution.commands.search",
            ["numpy", "numba", "rich", "pyarrow", "packageurl"],
        ),
        ("import indexer.cli", ["numpy", "numba", "rich", "pyarrow"]),
        ("import indexer.sources", ["numba", "pyarrow", "rich"]),
        ("import attribution.kernels", ["scipy", "yaml"]),
        (
            "import webapp.app; webapp.app.create_app(webapp.app.ServeSettings())",
            ["torch", "transformers", "pyarrow", "openai", "datasketch", "numba", "rich"],
        ),
        (
            "import attribution.attributor, attribution.index, attribution.reports.json_report",
            ["pyarrow", "torch", "flask", "datasketch", "rich", "indexer"],
        ),
        # a client of a service, until its first request
        ("from attribution.index.service.index import ServiceIndex", ["numba"]),
        ("from attribution.session import LookupSession", ["numba"]),
        ("import attribution.commands.info, attribution.reports.index_report", ["numba"]),
        ("from attribution.index.hits import TimedSearch", ["numba"]),
    ],
)
def test_imports_stay_light(statement: str, kept_out: list[str]) -> None:
    code = f"import sys; {statement}; print(*sorted(set({kept_out!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("folder", ["indexer", "benchmarks"])
def test_no_import_cycle_including_those_for_types(folder: str) -> None:
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in (ROOT / folder).rglob("*.py")
    }
    graph = {
        module: {name for name in imports(path) if name in paths} - {module}
        for module, path in paths.items()
    }
    graphlib.TopologicalSorter(graph).prepare()
