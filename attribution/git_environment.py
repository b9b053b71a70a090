"""The environment in which git runs on a repository that may be hostile.

Nothing in its configuration may run a program or reach the network: no hook, file system monitor,
signature check, pager, or transport. GIT_ALLOW_PROTOCOL outranks `protocol.<name>.allow`, so it
holds whatever the repository sets; with it, a missing object of a partial clone is an error in
every version of git (GIT_NO_LAZY_FETCH exists from 2.45 on).
"""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["git_environment"]

# Set while git runs a hook; they would direct every command to that repository.
_REPOSITORY_VARIABLES = frozenset(
    (
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
        "GIT_NAMESPACE", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX", "GIT_EXTERNAL_DIFF",
        "GIT_DIFF_OPTS", "GIT_TRACE", "GIT_PROTOCOL_FROM_USER",
    )
)  # fmt: skip
_FIXED = {
    "GIT_ALLOW_PROTOCOL": "none",  # a list of names, and no transport has this one
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "safe.bareRepository": "explicit",
    "log.showSignature": "false",
    "log.mailmap": "false",  # it may be a pipe, and names of authors are not read
}


def git_environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment; the caller's own GIT_CONFIG_* settings come before ours.

    Args:
        settings: more settings of git, which outrank the repository's.
    """
    settings = {**_SETTINGS, **(settings or {})}
    inherited = {k: v for k, v in os.environ.items() if k not in _REPOSITORY_VARIABLES}
    given = inherited.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdecimal() else 0
    ours = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), first):
        ours[f"GIT_CONFIG_KEY_{number}"] = key
        ours[f"GIT_CONFIG_VALUE_{number}"] = value
    return {**inherited, **_FIXED, **ours}
