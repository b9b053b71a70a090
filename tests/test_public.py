"""Every module with public names has an `__all__`, and has every name that it lists.

Names that it leaves out are for its own package: kernels that another module calls, JSON types.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("attribution", "indexer")
    for path in (ROOT / folder).rglob("*.py")
    if path.name != "__main__.py"
)


def names_of(tree: ast.Module) -> tuple[set[str], set[str]]:
    """All names bound at the top level of a module, and those that are functions or classes."""
    bound: set[str] = set()
    defined: set[str] = set()
    within = [inner for node in tree.body if isinstance(node, ast.With) for inner in node.body]
    for node in (*tree.body, *within):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            defined.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                bound |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
    return bound | defined, defined


@pytest.mark.parametrize("file", FILES)
def test_all_is_complete_and_right(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    bound, defined = names_of(tree)
    listed = None
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            listed = ast.literal_eval(node.value)
    public = {name for name in defined if not name.startswith("_")}
    if listed is None:
        assert not public, f"{file} defines {sorted(public)} and has no __all__"
        return
    assert len(listed) == len(set(listed))
    assert set(listed) <= bound, f"{file} lists names that it does not have"
    assert not [name for name in listed if name.startswith("_")]
