"""Decisions that the audited change adds itself are shown as such, and can be refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attribution.cli import _run
from tests.support.audit_checkouts import Checkout
from tests.support.audit_index import indexed_function, make_index, original_function

GPL = 5  # a file of the index
REFUSE = '[decisions]\nin_change = "refuse"\n'
IGNORE = "# whence: ignore our own code\n"
ALLOW = '[licenses]\nallow = ["strong-copyleft"]\n'


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_index(tmp_path_factory.mktemp("change") / "index"))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    made = Checkout(tmp_path / "repo")
    made.commit(own__py=original_function(1))
    monkeypatch.chdir(made.folder)
    return made


class Audit:
    """Runs `whence audit` and reads its JSON report."""

    def __init__(self, location: str, report: Path) -> None:
        self._command = ["audit", "--index", location, "--jobs", "1", "--no-cache", "--quiet"]
        self._report = report

    def __call__(self, *arguments: str) -> dict[str, object]:
        code = _run([*self._command, "--report", f"json={self._report}", *arguments])
        return {"code": code, **json.loads(self._report.read_text())}


@pytest.fixture
def audit(location: str, tmp_path: Path) -> Audit:
    return Audit(location, tmp_path / "report.json")


def decision_in(report: dict[str, object]) -> dict[str, object] | None:
    (file,) = [file for file in report["files"] if file["findings"]]  # type: ignore[attr-defined]
    (finding,) = file["findings"]
    return finding["decision"]  # type: ignore[no-any-return]


def notes(report: dict[str, object]) -> str:
    return " ".join(report["summary"]["notes"])  # type: ignore[index]


def stale(report: dict[str, object]) -> list[str]:
    return [one["why"] for one in report["summary"]["stale"]]  # type: ignore[index]


@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize("policy", ["", REFUSE])
def test_a_comment(checkout: Checkout, audit: Audit, tracked: bool, policy: str) -> None:
    if policy:
        checkout.commit(whence__toml=policy)
    checkout.write("copy.py", IGNORE + indexed_function(GPL))
    if tracked:
        checkout.git("add", "copy.py")
    report = audit("--since", "HEAD")
    if policy:
        assert report["code"] == 1
        assert decision_in(report) is None
        assert stale(report) == ["the audited change itself adds it, and the policy refuses that"]
    else:
        assert report["code"] == 0
        assert decision_in(report)["in_change"] is True  # type: ignore[index]
        assert "1 finding accepted in this change" in notes(report)
    checkout.git("add", "copy.py")
    checkout.git("commit", "-qm", "merged")
    report = audit()  # not a change: the comment counts
    assert report["code"] == 0
    assert decision_in(report)["in_change"] is False  # type: ignore[index]
    assert "in this change" not in notes(report)


def test_a_comment_of_a_diff(checkout: Checkout, audit: Audit) -> None:
    checkout.write("copy.py", IGNORE + indexed_function(GPL))
    checkout.git("add", "copy.py")
    checkout.write("change.diff", checkout.git("diff", "--cached"))
    report = audit("--diff", "change.diff")
    assert (report["code"], decision_in(report)["in_change"]) == (0, True)  # type: ignore[index]


def test_an_older_comment_counts(checkout: Checkout, audit: Audit) -> None:
    checkout.commit(whence__toml=REFUSE, copy__py=IGNORE + "\n")
    checkout.write("copy.py", IGNORE + indexed_function(GPL))
    report = audit("--since", "HEAD")
    assert (report["code"], decision_in(report)["in_change"]) == (0, False)  # type: ignore[index]


@pytest.mark.parametrize("policy", ["", REFUSE])
def test_an_entry_of_the_baseline(checkout: Checkout, audit: Audit, policy: str) -> None:
    if policy:
        checkout.commit(whence__toml=policy)
    checkout.write("copy.py", indexed_function(GPL))
    adopt = ("--write-baseline", "--reason", "agreed")
    assert _run([*audit._command, *adopt]) == 0
    report = audit("--since", "HEAD")
    if policy:
        assert (report["code"], decision_in(report)) == (1, None)
        assert "the policy refuses that" in stale(report)[0]
    else:
        assert decision_in(report)["in_change"] is True  # type: ignore[index]
    checkout.git("add", "whence-baseline.json")
    checkout.git("commit", "-qm", "agreed")
    report = audit("--since", "HEAD")
    assert (report["code"], decision_in(report)["in_change"]) == (0, False)  # type: ignore[index]


def test_an_edited_policy(checkout: Checkout, audit: Audit) -> None:
    checkout.commit(whence__toml='[decisions]\nin_change = "accept"\n')
    checkout.write("copy.py", indexed_function(GPL))
    checkout.write("whence.toml", ALLOW)
    report = audit("--since", "HEAD")
    assert report["code"] == 0
    assert "whence.toml is edited in this change: look at what it allows" in notes(report)


@pytest.mark.parametrize(
    "edit",
    [
        {"whence.toml": ALLOW},
        {"whence.toml": '[paths]\nexclude = ["copy.py"]\n'},
        {"whence.toml": None},  # removed
        {"src/whence.toml": ALLOW},
    ],
    ids=["allowed", "excluded", "removed", "nearer"],
)
def test_an_edited_policy_does_not_apply_where_decisions_are_refused(
    checkout: Checkout, audit: Audit, edit: dict[str, str | None]
) -> None:
    checkout.commit(whence__toml=REFUSE)
    for name, text in edit.items():
        if text is None:
            (checkout.folder / name).unlink()
        else:
            checkout.write(name, text)
    checkout.write("src/copy.py", indexed_function(GPL))
    checkout.write("copy.py", indexed_function(GPL))
    for paths in ((), ("src",)):
        report = audit("--since", "HEAD", *paths)
        assert report["code"] == 1, paths
        if paths or "whence.toml" in edit:
            assert "is edited in this change: the one before applies" in notes(report)


def test_an_unchanged_policy_is_no_note(checkout: Checkout, audit: Audit) -> None:
    checkout.commit(whence__toml=REFUSE)
    checkout.write("new.py", original_function(2))
    assert "in this change" not in notes(audit("--since", "HEAD"))
