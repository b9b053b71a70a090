"""Opens the Input that the user asked for. Only here does a string choose the kind of input."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from attribution.errors import InputError
from attribution.untrusted_files import is_file, is_folder
from audit.inputs.chain import ChainInput
from audit.inputs.checkout import top_of
from audit.inputs.code import CodeInput
from audit.inputs.columns import Columns
from audit.inputs.diff import DiffInput
from audit.inputs.files import unicode_name
from audit.inputs.git import GitInput
from audit.inputs.interface import Input, InputOptions
from audit.inputs.streams import read_list
from audit.inputs.table import TableInput
from audit.inputs.tree import TreeInput

__all__ = ["FORMS", "form_of", "open_input"]

FORMS = ("tree", "diff", "jsonl", "parquet", "code")
_ENDS = {
    ".diff": "diff", ".patch": "diff", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}  # fmt: skip
_PACKED = (".gz", ".zst")
_NO_TABLE = "--column is for tables (.jsonl, .parquet), and no PATH is one"


def open_input(
    paths: Sequence[str],
    options: InputOptions,
    *,
    diff: bool = False,
    since: str | None = None,
    files_from: str | None = None,
    columns: Columns | None = None,
    form: str | None = None,
) -> Input:
    """Open what the user asked to audit.

    Args:
        paths: folders, files, diffs, tables; "-" is standard input.
        diff: the paths are unified diffs; without a path, standard input is one.
        since: audit the changes since that revision, in the checkout of the paths or of the
            working directory.
        files_from: a file that lists files; "-" is standard input.
        columns: of tables; None: find them by their common names.
        form: one of FORMS, for all paths; None: detect the form of each path.

    Returns:
        An input whose items have unique names. Names of files are relative to `root`: the
        working directory if it contains all paths, otherwise their common folder.

    Raises:
        InputError: a file does not exist, or the arguments are ambiguous or contradictory.
    """
    if form is not None and form not in FORMS:
        raise InputError(f"unknown form {form!r}; the forms are {', '.join(FORMS)}")
    if diff and form not in (None, "diff"):
        raise InputError(f"--diff and --form {form} cannot be used together")
    if sum((diff or form is not None, since is not None, files_from is not None)) > 1:
        raise InputError("--since, --files-from and --diff or --form cannot be used together")
    if columns is not None and (since is not None or files_from is not None):
        raise InputError(_NO_TABLE)
    if since is not None:
        return _since(paths, since, options)
    if files_from is not None:
        paths = ["-", *paths] if files_from == "-" else list(paths)
        _stdin_once(paths)
        return _listed(files_from, [path for path in paths if path != "-"], options)
    if diff or form == "diff":
        paths, form = paths or ["-"], "diff"
    if not paths:
        raise InputError("nothing to audit; name a folder, a file, or - with --form")
    _stdin_once(paths)
    return _open(paths, options, columns, form)


def _open(
    paths: Sequence[str], options: InputOptions, columns: Columns | None, form: str | None
) -> Input:
    kinds = [(form_of(path, form), path) for path in paths]
    if columns is not None and not any(kind in ("jsonl", "parquet") for kind, _ in kinds):
        raise InputError(_NO_TABLE)
    trees = [_absolute(path) for kind, path in kinds if kind == "tree"]
    root = _root_of(trees) if trees else None
    if root is None and any(kind == "diff" for kind, _ in kinds):
        root = top_of(str(Path.cwd())) or str(Path.cwd())
    inputs: list[Input] = []
    for kind, group in groupby(kinds, key=lambda pair: pair[0]):
        names = [path for _, path in group]
        if kind == "tree":
            assert root is not None
            tree = TreeInput(root, [_absolute(name) for name in names], options)
            # The policy may leave out all files that a hook names, but a folder without code is
            # probably the wrong folder.
            tree.empty_is_fine = not any(map(is_folder, names))
            inputs.append(tree)
        for name in names:
            if kind == "diff":
                inputs.append(DiffInput(name, root, options))
            elif kind == "code":
                inputs.append(CodeInput(options))
            elif kind != "tree":
                inputs += _tables(name, kind, options, columns or Columns())
    return ChainInput(inputs, root, " ".join(map(unicode_name, paths)))


def form_of(path: str, form: str | None) -> str:
    """The form of a path: `form` if given, otherwise by its name.

    Raises:
        InputError: the file does not exist, or its form is unclear.
    """
    if path == "-":
        if form in (None, "tree", "parquet"):
            why = f"it cannot be read as {form}" if form else "its form is unknown"
            raise InputError(f"- is standard input: {why}; use --form code, diff or jsonl")
        assert form is not None
        return form
    if not os.path.lexists(path):
        raise InputError(f"{unicode_name(path)}: no such file or folder")
    if form == "code":
        raise InputError("--form code is for standard input; name a file without it")
    if is_folder(path):
        if form == "diff":
            raise InputError(f"{unicode_name(path)} is a folder, not a diff")
        return form or "tree"
    name = Path(path).name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return form or _ENDS.get(Path(name).suffix, "tree")


def _tables(name: str, kind: str, options: InputOptions, columns: Columns) -> list[Input]:
    """A table, or the tables in a folder, sorted by name."""
    names = [name]
    if is_folder(name):
        files = sorted(path for path in Path(name).rglob("*") if is_file(path))
        names = [str(path) for path in files if form_of(str(path), None) == kind]
        if not names:
            raise InputError(f"{unicode_name(name)} contains no {kind} file")
    if kind == "jsonl":
        return [TableInput(path, options, columns) for path in names]
    from audit.inputs.parquet import ParquetInput  # importing pyarrow takes .2 s

    return [ParquetInput(path, options, columns) for path in names]


def _listed(listing: str, more: Sequence[str], options: InputOptions) -> Input:
    listed = [_absolute(path) for path in read_list(listing)]
    named = [_absolute(path) for path in more if form_of(path, "tree")]
    root = _root_of([*listed, *named]) if listed or named else str(Path.cwd())
    inputs = [TreeInput(root, listed, options, named=False)]
    if named:
        inputs.append(TreeInput(root, named, options))
    title = f"files from {'standard input' if listing == '-' else unicode_name(listing)}"
    return ChainInput(inputs, root, " ".join((title, *map(unicode_name, more))))


def _since(paths: Sequence[str], revision: str, options: InputOptions) -> Input:
    if paths:
        limits = [_absolute(path) for path in paths]
        root = _root_of(limits, deleted=True)
        # Paths in a checkout below the root, such as a submodule, refer to its own history.
        top = top_of(os.path.commonpath(limits))
        if top is not None and top != top_of(root):
            root = top
    else:
        limits = []
        root = top_of(str(Path.cwd())) or str(Path.cwd())
    changes = GitInput(root, limits, revision, options)
    return ChainInput([changes], root, " ".join((*map(unicode_name, paths), changes.title)))


def _root_of(paths: Sequence[str], *, deleted: bool = False) -> str:
    """The working directory if it contains all paths, otherwise their common folder."""
    here = str(Path.cwd())
    common = os.path.commonpath(paths)
    if common == here or common.startswith(here.rstrip("/") + "/"):
        return here
    while not is_folder(common) and (deleted or len(paths) == 1):
        common = str(Path(common).parent)
    return common


def _absolute(path: str) -> str:
    """An absolute path without ".."; links are not resolved."""
    return os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps "..", resolve follows links


def _stdin_once(paths: Sequence[str]) -> None:
    if list(paths).count("-") > 1:
        raise InputError("- is named twice, but standard input can only be read once")
