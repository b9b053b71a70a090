"""Finds the policy: whence.toml, or `[tool.whence]` in pyproject.toml, near the audited code."""

from __future__ import annotations

import os
from pathlib import Path

from attribution.errors import PolicyError
from attribution.untrusted_files import (
    MAX_SETTINGS,
    exists,
    is_file,
    is_folder,
    read_regular_file,
)
from audit.inputs.revision import Revision
from audit.policy.parsing import PROJECT_FILE, parse_policy, preset_policy, tables_of
from audit.policy.policy import Policy
from audit.policy.presets import DEFAULT_PRESET

__all__ = ["POLICY_FILE", "has_policy", "policy_before", "read_policy"]

POLICY_FILE = "whence.toml"


def read_policy(path: Path | None, root: Path | None, preset: str | None) -> Policy:
    """The policy of an audit.

    Args:
        path: the file to read. None: look for whence.toml, then for `[tool.whence]` in
            pyproject.toml, in `root` and its parent folders, up to the root of the git checkout;
            the nearest folder with a policy is used.
        root: the audited folder or file; None: do not look for a file.
        preset: overrides the preset that the file names. None: the preset of the file, or the
            default one.

    Raises:
        PolicyError: the file does not exist or is invalid.
    """
    if preset is not None:
        preset_policy(preset)  # report an unknown preset before reading any file
    if path is not None:
        return parse_policy(_text(path, None), path, preset)
    folders = _folders_to_search(root)
    for folder in folders:
        file, project, top = folder / POLICY_FILE, folder / PROJECT_FILE, folders[-1]
        if os.path.lexists(file):
            notes = (
                (f"{project}: [tool.whence] is not used, because there is {file}",)
                if _has(project, top)
                else ()
            )
            return parse_policy(_text(file, top), file, preset, notes)
        if _has(project, top):
            return parse_policy(_text(project, top), project, preset)
    return preset_policy(preset or DEFAULT_PRESET)


def policy_before(
    revision: Revision, named: Path | None, folder: Path, preset: str | None
) -> Policy | None:
    """The policy that a commit has where `read_policy` looks for one.

    Args:
        named: the file that the user named; None: none.
        folder: the nearest folder with a policy now, or the audited one.

    Returns:
        None when the named file is not in the checkout; a preset when the commit has no policy.

    Raises:
        PolicyError: that policy is invalid.
    """
    top = revision.top
    if named is not None and top not in named.resolve().parents:
        return None
    folders = [parent for parent in (folder, *folder.parents) if top in (parent, *parent.parents)]
    files = [parent / name for parent in folders for name in (POLICY_FILE, PROJECT_FILE)]
    for file in files if named is None else [named]:
        data = revision.text(file)
        if data is None or (file.name == PROJECT_FILE and b"whence" not in data):
            continue
        text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
        if tables_of(text, file) is not None:
            return parse_policy(text, file, preset)
    return preset_policy(preset or DEFAULT_PRESET)


def has_policy(folder: Path) -> bool:
    """Whether a folder contains a policy.

    Raises:
        PolicyError: its pyproject.toml, which may contain one, cannot be read.
    """
    return os.path.lexists(folder / POLICY_FILE) or _has(folder / PROJECT_FILE, None)


def _folders_to_search(root: Path | None) -> list[Path]:
    """Folders to search for a policy: without parents if there is no checkout."""
    if root is None:
        return []
    start = root if is_folder(root) else root.parent
    folders = [start, *start.absolute().parents]
    for count, folder in enumerate(folders, 1):
        if exists(folder / ".git"):
            return folders[:count]
    return folders[:1]


def _has(project: Path, inside: Path | None) -> bool:
    """Whether pyproject.toml exists and contains a policy."""
    if not is_file(project):
        return False
    text = _text(project, inside)
    # Without the word there is no policy, and the file need not even be valid TOML.
    return "whence" in text and tables_of(text, project) is not None


def _text(path: Path, inside: Path | None) -> str:
    try:
        text = read_regular_file(path, MAX_SETTINGS, inside).decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise PolicyError(f"{path}: byte {exc.start} is not UTF-8; save it as UTF-8") from exc
    except OSError as exc:
        why = exc.strerror or exc
        raise PolicyError(f"{path}: cannot be read: {why}") from exc
    return text.replace("\r\n", "\n")
