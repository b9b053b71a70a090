"""Finding a policy: whence.toml, or `[tool.whence]` of pyproject.toml, near what is audited."""

from __future__ import annotations

from pathlib import Path

from attribution.errors import PolicyError
from audit.policy.parsing import PROJECT_FILE, parse_policy, preset_policy, tables_of
from audit.policy.policy import Policy
from audit.policy.presets import DEFAULT_PRESET

__all__ = ["POLICY_FILE", "has_policy", "read_policy"]

POLICY_FILE = "whence.toml"


def read_policy(path: Path | None, root: Path | None, preset: str | None) -> Policy:
    """The policy of an audit.

    Args:
        path: the file to read; None looks for whence.toml, else for `[tool.whence]` in
            pyproject.toml, in `root` and in the folders above it, up to the root of its git
            checkout. The nearest folder that has one decides.
        root: what is audited; None looks for no file.
        preset: what holds where the file says nothing, whatever preset it names; without a file,
            the policy itself. None: the file's, else the default one.

    Raises:
        PolicyError: the file is not there, or says what cannot be meant.
    """
    if preset is not None:
        preset_policy(preset)  # a preset that there is not is said before any file is read
    if path is not None:
        return parse_policy(_text(path), path, preset)
    for folder in _folders(root):
        file, project = folder / POLICY_FILE, folder / PROJECT_FILE
        if file.exists():
            notes = (f"{project}: [tool.whence] is not read: {file} is",) if _has(project) else ()
            return parse_policy(_text(file), file, preset, notes)
        if _has(project):
            return parse_policy(_text(project), project, preset)
    return preset_policy(preset or DEFAULT_PRESET)


def has_policy(folder: Path) -> bool:
    """Whether a policy lies in a folder.

    Raises:
        PolicyError: its pyproject.toml, which may have one, cannot be read.
    """
    return (folder / POLICY_FILE).exists() or _has(folder / PROJECT_FILE)


def _folders(root: Path | None) -> list[Path]:
    """Where a policy is looked for. Above what is in no checkout lie the files of others."""
    if root is None:
        return []
    start = root if root.is_dir() else root.parent
    folders = [start, *start.absolute().parents]
    for count, folder in enumerate(folders, 1):
        if (folder / ".git").exists():
            return folders[:count]
    return folders[:1]


def _has(project: Path) -> bool:
    """Whether a pyproject.toml, if there is one, has a policy."""
    if not project.is_file():
        return False
    text = _text(project)
    # One that never says the word cannot have one: then it need not even be TOML.
    return "whence" in text and tables_of(text, project) is not None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as exc:
        raise PolicyError(f"{path}: byte {exc.start} is not UTF-8; save it as UTF-8") from exc
    except OSError as exc:
        why = exc.strerror or exc
        raise PolicyError(f"{path}: cannot be read: {why}; name a policy file that can") from exc
