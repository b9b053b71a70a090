"""`whence audit` as a user runs it: exit codes, reports, decisions, and what cannot be checked."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from attribution.cli import _run, main
from attribution.index import create_index
from attribution.index.embedded.index import EmbeddedIndex
from attribution.sketching.sketch import SketchParams
from attribution.types import LicenseEvidence, NewFile, Occurrence
from tests.support.audit_index import indexed_function, make_index, original_function

MIT, GPL, UNKNOWN = 4, 5, 6  # files of the index by licence


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_index(tmp_path_factory.mktemp("command") / "index"))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of original code as the working directory, with its own cache."""
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(3):
        (folder / f"own{number}.py").write_text(original_function(number))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("WHENCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("WHENCE_INDEX", raising=False)
    return folder


class Answer:
    """The result of a run of the command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def audit(location: str, capfd: pytest.CaptureFixture[str]) -> object:
    def run(*arguments: str, index: str | None = None, jobs: int = 1) -> Answer:
        capfd.readouterr()
        code = _run(["audit", "--index", index or location, "--jobs", str(jobs), *arguments])
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    return run


def plant(tree: Path, number: int, name: str = "copy.py") -> Path:
    path = tree / name
    path.write_text(original_function(9) + indexed_function(number))
    return path


@pytest.mark.usefixtures("tree")
def test_original_code_is_clean(audit) -> None:
    answer = audit()
    assert answer.code == 0
    assert "3 files checked" in answer.out
    assert "exit 0" in answer.out


@pytest.mark.usefixtures("tree")
def test_processes_are_prepared_unless_there_are_results(
    audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = []
    monkeypatch.setattr("attribution.worker_processes.prepare_workers", prepared.append)
    for expected, arguments in enumerate((("--no-cache",), (), (), ("--cache", "other")), 1):
        assert audit(*arguments, jobs=2).code == 0
        assert len(prepared) == expected - (expected > 2)


@pytest.mark.parametrize(
    ("number", "verdict", "code"),
    [(MIT, "attribute", 1), (GPL, "denied", 1), (UNKNOWN, "review", 1)],
)
def test_a_copy_fails_by_its_licence(
    tree: Path, audit, number: int, verdict: str, code: int
) -> None:
    plant(tree, number)
    answer = audit()
    assert answer.code == code
    first = original_function(9).count("\n") + 1
    assert f"copy.py:{first}-{first + indexed_function(number).count(chr(10)) - 1}" in answer.out
    assert verdict in answer.out
    assert f"owner{number}/repo{number}" in answer.out


def test_fail_on_and_max_findings(tree: Path, audit) -> None:
    plant(tree, MIT)
    assert audit("--fail-on", "error").code == 0
    assert audit("--fail-on", "warning").code == 1
    assert audit("--fail-on", "never").code == 0
    assert audit("--max-findings", "1").code == 0
    plant(tree, GPL, "second.py")
    assert audit("--max-findings", "1").code == 1
    assert audit("--preset", "report-only").code == 0


def test_several_reports_from_one_scan(tree: Path, audit, tmp_path: Path) -> None:
    plant(tree, GPL)
    names = ("json", "jsonl", "sarif", "csv", "junit", "markdown", "gitlab", "html", "notice")
    options = [f"--report={name}={tmp_path / name}" for name in names]
    answer = audit(*options)
    assert answer.code == 1
    for name in names:
        assert (tmp_path / name).stat().st_size > 0
        assert (tmp_path / name).stat().st_mode & 0o044
    [result] = json.loads((tmp_path / "sarif").read_text())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "copy.py"
    assert "copy.py" in answer.out  # the text report, as no other report went to standard output


def test_a_report_on_standard_output_is_the_only_output(tree: Path, audit) -> None:
    plant(tree, GPL)
    answer = audit("--report", "json")
    assert json.loads(answer.out)["summary"]["open"] == {"error": 1}


def test_an_invalid_report_file_is_an_error_before_the_audit(tree: Path, audit) -> None:
    for option in ("sarfi=x", "json=", "json=no/such/folder/x", f"json={tree}"):
        answer = audit("--report", option)
        assert answer.code == 2
        assert option.partition("=")[0] in answer.err
    assert audit("--report", "json", "--report", "csv").code == 2


@pytest.mark.usefixtures("tree")
def test_a_missing_index_is_reported_and_nothing_is_checked(audit, tmp_path: Path) -> None:
    report = tmp_path / "audit.sarif"
    answer = audit("--report", f"sarif={report}", "--report", "text", index=str(tmp_path / "no"))
    assert answer.code == 2
    assert "no index" in answer.out
    assert "exit 0" not in answer.out
    [invocation] = json.loads(report.read_text())["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False


def test_a_file_that_cannot_be_read_makes_it_incomplete(tree: Path, audit) -> None:
    (tree / "noise.py").write_bytes(b"\0\1\2\3" * 100)
    (tree / "huge.py").write_text("x = 1\n" * 1_000_000)
    answer = audit()
    assert answer.code == 2
    assert "huge.py" in answer.out
    assert audit("--exclude", "huge.py").code in (0, 2)
    assert "huge.py" not in audit("--exclude", "huge.py", "--report", "csv").out


def test_a_folder_without_code_is_an_error(tree: Path, audit) -> None:
    empty = tree / "empty"
    empty.mkdir()
    answer = audit("empty")
    assert answer.code == 2
    assert "nothing was checked" in answer.out
    assert audit("missing").code == 2


def test_a_baseline_closes_existing_findings_only(tree: Path, audit) -> None:
    path = plant(tree, GPL)
    answer = audit("--write-baseline", "--reason", "we may use it", "--author", "Ann")
    assert answer.code == 0
    entries = json.loads((tree / "whence-baseline.json").read_text())
    assert "we may use it" in json.dumps(entries)
    assert audit().code == 0
    path.write_text("import os\n\n\n" + original_function(2) + path.read_text())
    moved = audit()
    assert moved.code == 0
    assert "1 accepted" in moved.out
    plant(tree, GPL + 4, "new.py")
    assert audit().code == 1


def test_a_policy_that_asks_for_a_reason_gets_one(tree: Path, audit) -> None:
    plant(tree, GPL)
    (tree / "whence.toml").write_text("[decisions]\nrequire_reason = true\n")
    answer = audit("--write-baseline")
    assert answer.code == 2
    assert "decisions.require_reason (whence.toml:2) asks for a reason" in answer.err
    assert not (tree / "whence-baseline.json").exists()
    (tree / "whence.toml").write_text("")
    assert "(1 new)" in audit("--write-baseline").out
    answer = audit("--write-baseline", "--reason", "ours")
    assert "has 1 decision (0 new, 1 older got the reason)" in answer.out
    assert '"reason": "ours"' in (tree / "whence-baseline.json").read_text()


def test_stale_entries_are_reported(tree: Path, audit) -> None:
    path = plant(tree, GPL)
    audit("--write-baseline", "--reason", "r", "--author", "a")
    path.unlink()
    answer = audit()
    assert answer.code == 0
    assert "the passage no longer exists" in answer.out
    assert "no such passage" not in audit("own1.py").out


def test_a_comment_decides_with_a_reason(tree: Path, audit) -> None:
    path = plant(tree, GPL)
    path.write_text(original_function(9) + "# whence: ignore made by us\n" + indexed_function(GPL))
    answer = audit()
    assert answer.code == 0
    assert "1 accepted" in answer.out


def test_the_notice_report_attributes(tree: Path, audit) -> None:
    plant(tree, MIT)
    assert audit().code == 1
    assert audit("--report", f"notice={tree / 'NOTICE'}", "-q").code == 1
    answer = audit()
    assert answer.code == 0
    assert "attributed" in answer.out


def test_the_notice_of_a_lookup_attributes(
    tree: Path, audit, location: str, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = plant(tree, MIT)
    assert audit().code == 1
    capfd.readouterr()
    assert _run(["lookup", str(copy), "--index", location, "--format", "notice"]) == 0
    text = capfd.readouterr().out
    (tree / "NOTICE").write_text(text)
    answer = audit("--report", "json")
    assert answer.code == 0
    report = json.loads(answer.out)
    (finding,) = [one for file in report["files"] for one in file.get("findings", [])]
    assert finding["decision"]["kind"] == "attributed"
    assert "Permission is hereby granted" in text
    entry = "".join(f"# {line}\n" for line in text.split("\n\n")[0].splitlines())
    (tree / "NOTICE").unlink()
    copy.write_text(original_function(9) + entry + indexed_function(MIT))
    assert audit().code == 0


def test_explain_names_the_rule(tree: Path, audit) -> None:
    (tree / "whence.toml").write_text('[licenses]\nallow = ["MIT"]\ndeny = ["GPL-3.0-only"]\n')
    plant(tree, GPL)
    id_ = json.loads(audit("--report", "json").out)["files"]
    [finding] = [one for file in id_ for one in file.get("findings", [])]
    answer = audit("--explain", finding["id"][:8])
    assert answer.code == 0
    assert "GPL-3.0-only" in answer.out
    assert "whence.toml:3" in answer.out
    assert audit("--explain", "00000000").code == 2
    assert audit("--explain", "0").code == 2


def test_an_error_in_a_policy_names_line_and_key(tree: Path, audit) -> None:
    (tree / "whence.toml").write_text('[licenses]\nalow = ["MIT"]\n')
    answer = audit()
    assert answer.code == 2
    assert "whence.toml" in answer.err
    assert "2" in answer.err
    assert "alow" in answer.err


def test_own_code_is_exempt(tree: Path, audit) -> None:
    plant(tree, GPL)
    (tree / "whence.toml").write_text(f'[own]\nowners = ["owner{GPL}"]\n')
    assert audit().code == 0


def test_an_index_of_own_code_is_exempt(tree: Path, audit, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    gpl = LicenseEvidence("GPL-3.0-only", "license file")
    with create_index(ours, "ours") as index, index.writer() as writer:
        file = Occurrence("corp/product", "part.py", license=gpl)
        writer.add([NewFile(original_function(30).encode(), "python", file)])
        writer.commit()
    (tree / "reused.py").write_text(original_function(30))
    both = ("--index", str(ours))
    assert audit(*both).code == 1
    (tree / "whence.toml").write_text('[own]\nindexes = ["ours"]\n')
    answer = audit(*both)
    assert answer.code == 0
    assert "and ours of 20" in answer.out
    plant(tree, GPL)  # of the other index
    assert audit(*both).code == 1
    (tree / "whence.toml").write_text('[own]\nindexes = ["our"]\n')
    answer = audit(*both)
    assert answer.code == 1
    assert 'own.indexes "our" (whence.toml:2) has no effect' in answer.out


def test_an_audit_is_incomplete_when_one_of_two_indexes_does_not_answer(tree: Path, audit) -> None:
    plant(tree, GPL)
    answer = audit("--index", "http://127.0.0.1:9/none", "--report", "json")
    assert answer.code == 2
    report = json.loads(answer.out)
    assert report["summary"]["coverage"]["partly"] == 4
    assert all("index http://127.0.0.1:9/none: " in file["reason"] for file in report["files"])
    assert any(file["findings"] for file in report["files"])


def test_a_diff_judges_only_added_lines(tree: Path, audit) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=tree, check=True, capture_output=True, text=True
        )
        return done.stdout

    plant(tree, GPL, "old.py")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    assert audit("--since", "HEAD").code == 0
    own = tree / "own1.py"
    own.write_text(own.read_text() + "\n\n" + indexed_function(MIT))
    answer = audit("--since", "HEAD")
    assert answer.code == 1
    assert "own1.py" in answer.out
    assert "old.py" not in answer.out
    (tree / "change.diff").write_text(git("diff"))
    assert "own1.py" in audit("--diff", "change.diff").out
    assert audit("--since", "nowhere").code == 2


def test_generations_are_judged_without_their_prompts(tree: Path, audit) -> None:
    copy = indexed_function(GPL)
    half = copy.index("\n", 100) + 1
    rows = [
        {"id": "prompt-holds-it", "prompt": copy, "completion": "\n" + original_function(4)},
        {"id": "copied", "prompt": copy[:half], "completion": copy[half:]},
        {"id": "own", "prompt": "", "completion": original_function(5)},
    ]
    table = tree / "answers.jsonl"
    table.write_text("".join(json.dumps({**row, "language": "python"}) + "\n" for row in rows))
    answer = audit("answers.jsonl", "--report", "json")
    files = {file["name"]: file for file in json.loads(answer.out)["files"]}
    assert answer.code == 1
    assert [name for name, file in files.items() if file["findings"]] == ["copied"]


def test_the_second_run_uses_the_cache(tree: Path, audit) -> None:
    plant(tree, GPL)
    first = json.loads(audit("--report", "json").out)
    second = json.loads(audit("--report", "json").out)
    assert first["summary"]["coverage"]["from_cache"] == 0
    assert second["summary"]["coverage"]["from_cache"] == 4
    assert second["files"] == first["files"]
    third = json.loads(audit("--report", "json", "--no-cache").out)
    assert third["summary"]["coverage"]["from_cache"] == 0


def test_a_policy_elsewhere_does_not_move_decisions(tree: Path, audit, tmp_path: Path) -> None:
    plant(tree, GPL)
    policy = tmp_path / "company.toml"
    policy.write_text('[licenses]\nreview = ["GPL-3.0-only"]\n')
    assert audit("--policy", str(policy), "--write-baseline", "--reason", "r").code == 0
    assert (tree / "whence-baseline.json").exists()
    assert audit("--policy", str(policy)).code == 0


@pytest.mark.parametrize("own", [".git", "whence.toml"])
def test_a_folder_below_has_its_own_policy_and_decisions(
    tree: Path, audit, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    plant(tree, GPL)
    plant(tree, MIT, "mit.py")
    (tree / "whence.toml").write_text('[licenses]\nallow = ["MIT"]\n')
    if own == ".git":
        (tree / ".git").mkdir()
    monkeypatch.chdir(tree.parent)
    for paths in (["tree"], ["tree/copy.py", "tree/mit.py"]):
        report = json.loads(audit(*paths, "--report", "json").out)
        assert report["summary"]["open"] == {"error": 1}
    assert audit("tree", "--write-baseline", "--reason", "r").code == 0
    assert (tree / "whence-baseline.json").exists()
    assert audit("tree").code == 0


def test_decisions_are_at_the_top_of_a_checkout(
    tree: Path, audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / ".git").mkdir()
    (tree / "lib").mkdir()
    plant(tree, GPL, "lib/copy.py")
    assert audit("--write-baseline", "--reason", "r").code == 0
    monkeypatch.chdir(tree / "lib")
    assert audit().code == 0
    assert audit("--write-baseline").code == 0
    assert sorted(path.name for path in tree.glob("**/*.json")) == ["whence-baseline.json"]


def test_explain_and_write_baseline_exclude_each_other(tree: Path, audit) -> None:
    answer = audit("--explain", "abcd", "--write-baseline")
    assert answer.code == 2
    assert "--explain and --write-baseline cannot be used together" in answer.err
    assert not (tree / "whence-baseline.json").exists()


def test_a_change_without_code_is_clean(tree: Path, audit) -> None:
    (tree / "empty.diff").write_text("")
    assert audit("--diff", "empty.diff").code == 0


def test_allowed_findings_are_counted_separately(tree: Path, audit) -> None:
    plant(tree, MIT)
    (tree / "whence.toml").write_text('[licenses]\nallow = ["MIT"]\n')
    answer = audit("--report", "json")
    summary = json.loads(answer.out)["summary"]
    assert answer.code == 0
    assert summary["open"] == {}


@pytest.mark.usefixtures("tree")
def test_an_empty_index_is_not_a_clean_result(audit, tmp_path: Path) -> None:
    EmbeddedIndex.create(tmp_path / "empty", "empty", SketchParams()).close()
    answer = audit(index=str(tmp_path / "empty"))
    assert answer.code == 2
    assert "is empty" in answer.out


def test_a_nul_byte_does_not_evade_the_check(tree: Path, audit) -> None:
    (tree / "copy.py").write_text(f"# \0\n{indexed_function(GPL)}")
    for arguments in ((), ("copy.py",)):
        answer = audit(*arguments)
        assert answer.code == 2
        assert "NUL at byte 2" in answer.out


def test_a_diff_uses_the_policy_of_the_tree(tree: Path, audit, tmp_path: Path) -> None:
    (tree / "whence.toml").write_text('[policy]\npreset = "strict"\n')
    code = indexed_function(MIT)
    header = f"--- /dev/null\n+++ b/a.py\n@@ -0,0 +1,{code.count(chr(10))} @@\n"
    (tmp_path / "change.diff").write_text(header + re.sub("^(?=.)", "+", code, flags=re.M))
    for arguments in (("--diff",), ("--form", "diff"), ()):
        answer = audit(*arguments, str(tmp_path / "change.diff"))
        assert "whence.toml" in answer.out, arguments


@pytest.mark.usefixtures("tree")
def test_a_report_never_replaces_a_device_or_a_link(audit, tmp_path: Path) -> None:
    real, link, pipe = (tmp_path / name for name in ("real.json", "link.json", "pipe"))
    link.symlink_to(real)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    answer = audit(
        "--report", f"json={link}", "--report", f"gitlab={pipe}", "--report", "csv=/dev/null"
    )
    assert answer.code == 0
    assert link.is_symlink()
    assert json.loads(real.read_text())
    assert pipe.is_fifo()
    assert json.loads(os.read(reader, 1 << 16)) == []
    os.close(reader)
    assert Path("/dev/null").is_char_device()


def test_a_failed_report_is_also_an_error_with_explain(tree: Path, audit) -> None:
    plant(tree, GPL)
    answer = audit("--write-baseline", "--report", "json=/proc/whence.json")
    assert answer.code == 2
    assert "was not written" in answer.err


@pytest.mark.usefixtures("tree")
def test_two_reports_in_one_file_are_an_error(audit) -> None:
    answer = audit("--report", "json=a", "--report", "csv=./a")
    assert answer.code == 2
    assert "json and csv cannot both be written to a" in answer.err


@pytest.mark.usefixtures("tree")
def test_a_full_disk_for_temporary_files_is_reported(
    audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("audit.spool.tempfile.TemporaryFile", full)
    answer = audit()
    assert answer.code == 2
    assert "TMPDIR" in answer.err


def test_a_partial_audit_does_not_overwrite_a_notice(tree: Path, audit) -> None:
    plant(tree, MIT)
    notice = tree / "NOTICE"
    assert audit("--report", f"notice={notice}").code == 1
    before = notice.read_text()
    answer = audit("own1.py", "--report", f"notice={notice}")
    assert answer.code == 2
    assert "NOTICE" in answer.err
    assert notice.read_text() == before


def test_a_report_names_what_was_audited(tree: Path, audit) -> None:
    assert f"Audit of {tree.name}:" in audit().out


def test_a_bug_has_another_exit_code_than_findings(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("audit.commands.auditing.run", broken)
    with pytest.raises(SystemExit) as ended:
        main(["audit", str(tree), "--index", "x"])
    assert ended.value.code == 2
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_patterns_of_a_policy_do_not_depend_on_the_folder(
    audit: object, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise `src/lib` would count as clean when run from `src`, where "/lib/" is excluded."""
    (tree / "whence.toml").write_text('[paths]\nexclude = ["/lib/"]\n')
    for folder in ("lib", "src/lib"):
        (tree / folder).mkdir(parents=True)
        plant(tree / folder, 3)

    def found(*arguments: str) -> tuple[int, bool, bool]:
        answer = audit(*arguments)  # type: ignore[operator]
        excluded = "excluded 1" in answer.out
        return answer.code, "copy.py:" in answer.out, excluded

    assert found() == (1, True, True)
    assert found("lib") == (2, False, True)  # nothing is left to check
    monkeypatch.chdir(tree / "src")
    assert found() == (1, True, False)
    assert found("--policy", "../whence.toml") == (1, True, False)
    monkeypatch.chdir(tree.parent)
    assert found("tree") == (1, True, True)
    (tree / "ci").mkdir()
    (tree / "whence.toml").rename(tree / "ci" / "whence.toml")
    monkeypatch.chdir(tree)  # a policy elsewhere is relative to the audited folder
    assert found("--policy", "ci/whence.toml") == (1, True, True)
