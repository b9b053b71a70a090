"""Checkouts whose configuration names programs for git to run: none of them runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from attribution import git_environment
from attribution.errors import WhenceError
from audit.inputs.interface import InputOptions
from audit.inputs.opening import open_input
from indexer.sources import open_sources
from tests.support.audit_checkouts import Checkout


def audit_since(folder: str) -> None:
    list(open_input([folder], InputOptions(), since="HEAD~1").items())


def audit_tree(folder: str) -> None:
    list(open_input([folder], InputOptions()).items())


def index(folder: str) -> None:
    for source in open_sources(folder):
        list(source.read())


@pytest.mark.parametrize("old_git", [False, True])
@pytest.mark.parametrize("use", [audit_since, audit_tree, index])
def test_no_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: Callable[[str], None], old_git: bool
) -> None:
    if old_git:  # one that does not know this variable
        monkeypatch.delitem(git_environment._FIXED, "GIT_NO_LAZY_FETCH")
    marker = tmp_path / "ran"
    command = f"touch {marker}"
    checkout = Checkout(tmp_path / "repository")
    checkout.commit(a__py="x = 1\n")
    checkout.commit(a__py="x = 2\n")
    blobs = [checkout.git("rev-parse", f"{commit}:a.py").strip() for commit in ("HEAD", "HEAD~1")]
    checkout.write(".git/info/attributes", "* filter=x diff=x\n")
    for key, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",  # git fetches objects that are missing
        "remote.origin.url": f"ext::sh -c {command.replace(' ', '% ')}",
        "remote.origin.promisor": "true",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "core.fsmonitor": command,
        "core.pager": command,
        "core.sshCommand": command,
        "diff.external": command,
        "diff.x.command": command,
        "diff.x.textconv": command,
        "filter.x.clean": command,
        "filter.x.smudge": command,
        "gpg.program": command,
        "log.showSignature": "true",
    }.items():
        checkout.git("config", key, value)
    for blob in blobs:
        (checkout.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    (checkout.folder / "a.py").touch()  # git has to compare the file again
    with contextlib.suppress(WhenceError):
        use(str(checkout.folder))
    assert not marker.exists()
    with contextlib.suppress(Exception):  # the trap works: an ordinary git runs it
        checkout.git("cat-file", "-p", blobs[1])
    assert marker.exists()
