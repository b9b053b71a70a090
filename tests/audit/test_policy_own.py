"""Own code: names in all forms, git remotes, and copies in own repositories."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from attribution.repository_names import RepositoryName as Name
from attribution.types import LicenseEvidence, Occurrence, Origin, Source
from audit.policy.own import OwnCode
from audit.policy.parsing import parse_policy
from audit.policy.remotes import git_remote
from tests.support.audit_runs import INDEX, sample_source

GPL = LicenseEvidence("GPL-3.0-only", "file header")


def own(text: str, root: Path | None = None) -> OwnCode:
    return OwnCode.of(parse_policy(f"[own]\n{text}\n", Path("whence.toml")), root)


def place(repository: str, origin: str | None = None, **more: object) -> Occurrence:
    origin = f"https://github.com/{repository}" if origin is None else origin
    return replace(Occurrence(repository, "a.py", origin=origin, license=GPL), **more)  # type: ignore[arg-type]


def source(*occurrences: Occurrence, origin: int | None = 0, total: int | None = None) -> Source:
    return replace(
        sample_source("GPL-3.0-only"),
        occurrences=occurrences,
        occurrences_total=len(occurrences) if total is None else total,
        origin=None if origin is None else Origin(origin, "earliest"),
        occurrence_documents=(),
        occurrence_spans=(),
    )


@pytest.mark.parametrize(
    ("text", "occurrence", "expected"),
    [
        ('repositories = ["Acme/Tool"]', place("acme/tool"), True),
        ('repositories = ["acme/tool"]', place("ACME/Tool"), True),
        ('repositories = ["acme/tool"]', place("acme/tools"), False),
        ('repositories = ["gitlab.com/acme/tool"]', place("acme/tool"), False),
        ('repositories = ["gitlab.com/acme/tool"]', place("acme/tool", ""), True),
        ('repositories = ["acme-sdk"]', place("Acme_SDK", "pkg:pypi/acme-sdk"), True),
        ('repositories = ["pkg:npm/acme-sdk"]', place("acme-sdk", "pkg:pypi/acme-sdk"), False),
        ('owners = ["acme"]', place("Acme/anything"), True),
        ('owners = ["acme"]', place("acmecorp/anything"), False),
        ('owners = ["acme"]', place("acme", "pkg:pypi/acme"), False),
        ('owners = ["github.com/acme"]', place("acme/x", "https://gitlab.com/acme/x"), False),
        (
            'owners = ["acme/libs"]',
            place("acme/libs/core", "https://gitlab.com/acme/libs/core"),
            True,
        ),
    ],
)
def test_occurrences_in_own_repositories(text: str, occurrence: Occurrence, expected: bool) -> None:
    assert bool(own(text).rule_for(occurrence)) is expected


OURS = 'owners = ["acme"]'


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (source(place("acme/x")), True),
        (source(place("acme/x", date="2020"), place("them/x", date="2021")), True),
        # the first in the list is not the origin
        (source(place("acme/x"), place("them/x")), False),
        (source(place("acme/x", date="2020"), place("them/x", date="2020")), False),
        (source(place("them/x", date="2019"), place("acme/x", date="2020")), False),
        # vendored by us
        (source(place("acme/x", vendored=True)), False),
        (source(place("acme/x", vendored=True), place("acme/y", vendored=True)), False),
        # all occurrences, or not all of them
        (source(place("acme/x"), place("acme/y"), origin=None), True),
        (source(place("acme/x"), place("acme/y"), origin=None, total=3), False),
        (source(place("acme/x"), place("acme/y"), total=30), False),
        (source(place("acme/x", date="2020"), place("acme/y", date="2021"), total=30), True),
    ],
)
def test_a_source_is_own_by_its_origin_or_all_occurrences(found: Source, expected: bool) -> None:
    owned = own(OURS).of_source(found)
    assert owned.own is expected
    assert 'own.owners "acme" (whence.toml:2)' in owned.why
    assert ("keeps its licence" in owned.why) is not expected


def test_an_index_of_own_code() -> None:
    policy = own('indexes = ["ours"]')
    here = place("a/x", indexes=("ours",))
    there = place("b/y", indexes=("public",), date="2019")
    owned = policy.of_source(source(here))
    assert owned.own
    assert 'own code by own.indexes "ours" (whence.toml:2)' in owned.why
    # a copy of older public code keeps its licence
    assert not policy.of_source(source(there, here)).own
    assert not policy.of_source(source(there)).own
    assert policy.of_source(source(place("a/x", indexes=("public", "ours")))).own


def test_an_own_index_that_is_not_asked_is_reported() -> None:
    policy = own('indexes = ["ours", "theirs"]')
    ours = replace(INDEX, name="ours")
    [remark] = policy.unused_indexes(replace(INDEX, indexes=(INDEX, ours)))
    assert remark == (
        'own.indexes "theirs" (whence.toml:2) has no effect: it is none of the indexes that '
        "were asked; there are sample corpus, ours"
    )
    assert "only ours was asked" in "".join(policy.unused_indexes(ours))


def test_other_sources_have_no_reason() -> None:
    owned = own(OURS).of_source(source(place("them/x")))
    assert not owned.own
    assert owned.why == ""


# ---- git ----


def repository(root: Path, config: str) -> Path:
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "config").write_text(config)
    return root


def test_the_remote_of_a_checkout(tmp_path: Path) -> None:
    root = repository(
        tmp_path,
        '[core]\n\tbare = false\n\turl = no\n[remote "upstream"]\n\turl = https://github.com/them/x\n'
        '[Remote "origin"] ; ours\n\tpushurl = git@github.com:other/x\n'
        '\tURL = "git@github.com:Acme/x.git" # here\n[branch "main"]\n\tremote = origin\n',
    )
    assert git_remote(root) == Name("github.com", "acme/x")
    below = root / "a" / "b"
    below.mkdir(parents=True)
    assert git_remote(below) == Name("github.com", "acme/x")
    ours = own("", root)
    assert ours.rule_for(place("acme/x"))
    assert not ours.rule_for(place("them/x"))
    assert not own("git_remote = false", root)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            '[remote "fork"]\nurl = https://github.com/acme/x\n',
            Name("github.com", "acme/x"),
        ),
        ('[remote "a"]\nurl = https://h.org/a/x\n[remote "b"]\nurl = https://h.org/b/x\n', None),
        ('[remote "origin"]\nurl = /srv/git/x.git\n', None),
        ('[remote "origin"]\nurl = requests\n', None),  # a folder next to it, not a package
        ('[remote "origin"]\nurl = acme/x\n', None),
        ('[remote "origin"]\nurl = github.com/acme/x\n', None),
        ('[remote "origin"]\nurl = file://github.com/acme/x\n', None),
        ('[remote "origin"]\nurl = pkg:pypi/requests\n', None),
        ("[remote", None),
        ("", None),
    ],
)
def test_other_remotes(tmp_path: Path, config: str, expected: Name | None) -> None:
    assert git_remote(repository(tmp_path, config)) == expected


def test_a_folder_without_git(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    assert git_remote(tmp_path) is None


def test_real_checkouts_worktrees_and_clones(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "protocol.file.allow=always"]
        subprocess.run(["git", *who, *words], check=True, capture_output=True, cwd=tmp_path)

    git("init", "main")
    git("-C", "main", "commit", "--allow-empty", "-m", "first")
    git("-C", "main", "remote", "add", "origin", "https://token:x@github.com/acme/main.git")
    git("-C", "main", "worktree", "add", "../tree")
    git("clone", "main", "outer")
    git("-C", "outer", "submodule", "add", f"{tmp_path}/main", "inner")
    git("-C", "outer/inner", "remote", "set-url", "origin", "git@github.com:acme/inner.git")
    assert git_remote(tmp_path / "main") == Name("github.com", "acme/main")
    assert git_remote(tmp_path / "tree") == Name("github.com", "acme/main")
    assert git_remote(tmp_path / "outer" / "inner") == Name("github.com", "acme/inner")
    assert git_remote(tmp_path / "outer") is None  # cloned from a folder
    rule = own("", tmp_path / "main").rule_for(place("acme/main"))
    assert rule == "own.git_remote (preset permissive; it is github.com/acme/main)"
