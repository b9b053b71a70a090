"""Unified diffs as inputs of an audit: only added lines are judged."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.errors import InputError
from audit.inputs.interface import InputOptions
from audit.inputs.opening import open_input
from audit.inputs.patch_names import header_name, names_of_git_line, new_names
from audit.types import Item, LeftOut
from tests.support.audit_checkouts import Checkout


def read(
    text: str | bytes,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    **options: object,
) -> list[Item | LeftOut]:
    """The items of a diff on standard input, in a working tree."""
    raw = text if isinstance(text, bytes) else text.encode()
    with monkeypatch.context() as patched:
        patched.chdir(folder)
        patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        given = open_input([], InputOptions(**options), diff=True)  # type: ignore[arg-type]
        return list(given.items())


def judged(item: Item | LeftOut) -> bytes:
    assert isinstance(item, Item)
    return b"".join(item.code[start:end] for start, end in item.judged or ((0, len(item.code)),))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


DIFF = """\
diff --git a/x.py b/x.py
index 1..2 100644
--- a/x.py
+++ b/x.py
@@ -10,3 +10,4 @@ def f():
 before
-removed
+added 1
+added 2
 after
@@ -100,2 +101,2 @@
-old
+new
 end
"""


def test_without_the_tree_the_hunks_are_the_text(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (item,) = read(DIFF, monkeypatch, empty)
    assert isinstance(item, Item)
    assert (item.name, item.language, item.first_line) == ("x.py", "python", 10)
    lines = item.code.decode().split("\n")
    assert lines[:4] == ["before", "added 1", "added 2", "after"]
    assert lines[101 - 10 :] == ["new", "end", ""]  # line numbers of the file
    assert judged(item) == b"added 1\nadded 2\nnew\n"
    assert b"removed" not in item.code and b"old" not in item.code


def test_hunks_that_are_far_apart_are_two_items(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = DIFF.replace("+101,2", "+900000000,2")
    first, second = read(far, monkeypatch, empty)
    assert isinstance(first, Item) and isinstance(second, Item)
    assert (first.name, first.first_line) == ("x.py", 10)
    assert (second.name, second.first_line) == ("x.py#L900000000", 900000000)
    assert (judged(first), judged(second)) == (b"added 1\nadded 2\n", b"new\n")


def test_a_file_that_agrees_is_the_context(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"line {n}" for n in range(1, 103)]
    lines[9:13] = ["before", "added 1", "added 2", "after"]
    lines[100:102] = ["new", "end"]
    text = "\n".join(lines)
    (empty / "x.py").write_text(text)
    (item,) = read(DIFF, monkeypatch, empty)
    assert isinstance(item, Item)
    assert (item.code, item.first_line) == (text.encode(), 1)
    assert judged(item) == b"added 1\nadded 2\nnew\n"
    # One line differs: it is not the new file of the diff.
    (empty / "x.py").write_text(text.replace("added 2", "added 3"))
    (item,) = read(DIFF, monkeypatch, empty)
    assert isinstance(item, Item) and item.first_line == 10


def test_carriage_returns(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = "--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n"
    (item,) = read(small, monkeypatch, empty)
    assert isinstance(item, Item)
    assert (item.code, judged(item)) == (b"a\r\nc\r\n", b"c\r\n")
    # Either the diff or the file was converted, but not both.
    for ends in (b"a\nc\n", b"a\r\nc\r\n"):
        (empty / "x.py").write_bytes(ends)
        for diff in (small, small.replace("\r\n", "\n").replace("\n", "\r\n")):
            (item,) = read(diff, monkeypatch, empty)
            assert isinstance(item, Item)
            assert item.code == ends and judged(item).strip() == b"c"


def test_a_lone_carriage_return_shifts_no_line(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty / "x.py").write_bytes(b"a = 1  # one\rtwo\nb = 2\nc = 3\n")
    diff = "--- a/x.py\n+++ b/x.py\n@@ -2 +2,2 @@\n b = 2\n+c = 3\n"
    (item,) = read(diff, monkeypatch, empty)
    assert isinstance(item, Item)
    assert judged(item) == b"c = 3\n"


def test_no_newline_at_the_end(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = "\\ No newline at end of file\n"
    diff = f"--- a/x.c\n+++ b/x.c\n@@ -1,2 +1,2 @@\n a\n-b\n{note}+c\n{note}"
    (item,) = read(diff, monkeypatch, empty)
    assert isinstance(item, Item) and (item.code, judged(item)) == (b"a\nc", b"c")
    diff = f"--- a/x.c\n+++ b/x.c\n@@ -1,2 +1,3 @@\n a\n-b\n{note}+b\n+c\n"
    (item,) = read(diff, monkeypatch, empty)
    assert isinstance(item, Item) and item.code == b"a\nb\nc\n"


def test_code_that_looks_like_a_diff(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diff = (
        "--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,3 @@\n--- a/y.py\n-@@ -1 +1 @@\n"
        "++++ b/y.py\n+@@ -1 +1 @@\n+diff --git a/z b/z\n"
    )
    (item,) = read(diff, monkeypatch, empty)
    assert judged(item) == b"+++ b/y.py\n@@ -1 +1 @@\ndiff --git a/z b/z\n"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("--- a/x y.py\t\n+++ b/x y.py\t\n", "x y.py"),
        ('--- "a/\\303\\244\\t\\".py"\n+++ "b/\\303\\244\\t\\".py"\n', 'ä\t".py'),
        ("--- x.py.orig\t2026-01-01 00:00:00 +0000\n+++ x.py\t2026-01-02 00:00:00\n", "x.py"),
        ("--- old/d/x.py\t2026-01-01\n+++ new/d/x.py\t2026-01-02\n", "d/x.py"),
        ("--- src/x.py\n+++ src/x.py\n", "src/x.py"),
        ("--- i/x.py\n+++ w/x.py\n", "x.py"),
        ("--- /dev/null\n+++ b/x.py\n", "x.py"),
        ("diff --git b/x.py b/x.py\n--- b/x.py\n+++ b/x.py\n", "b/x.py"),
        ("Index: x.py\n=====\n--- x.py\t(revision 1)\n+++ x.py\t(working copy)\n", "x.py"),
        (
            "diff --git a/u v.py b/w x.py\nsimilarity index 90%\nrename from u v.py\n"
            "rename to w x.py\n--- a/u v.py\t\n+++ b/w x.py\t\n",
            "w x.py",
        ),
    ],
)  # fmt: skip
def test_names(header: str, name: str, empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (item,) = read(f"{header}@@ -1 +1 @@\n-a\n+b\n", monkeypatch, empty)
    assert (item.name, judged(item)) == (name, b"b\n")


def test_of_two_names_the_existing_file_is_used(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty / "b").mkdir()
    (empty / "b" / "x.py").write_text("b\n")
    (item,) = read("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n", monkeypatch, empty)
    assert item.name == "b/x.py"
    (empty / "x.py").write_text("b\n")
    (item,) = read("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n", monkeypatch, empty)
    assert item.name == "x.py"


def test_parts_of_names() -> None:
    assert header_name(b"a/b c\t2026\n") == b"a/b c"
    assert header_name(b'"a/\\342\\202\\254\\\\n"\n') == "a/€\\n".encode()
    assert names_of_git_line(b"a/x y b/x y\n") == (b"a/x y", b"b/x y")
    assert names_of_git_line(b'"a/\\t" b/q\n') == (b"a/\t", b"b/q")
    assert names_of_git_line(b'a/q "b/\\t"\n') == (b"a/q", b"b/\t")
    assert names_of_git_line(b"a/x y b/other z\n") == (b"", b"")
    assert new_names(b"src/x", b"src/x") == (b"src/x", b"x")


def test_files_without_added_lines_are_skipped(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    diff = (
        "diff --git a/gone.py b/gone.py\ndeleted file mode 100644\nindex 1..0\n"
        "--- a/gone.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"
        "diff --git a/m.py b/m.py\nold mode 100644\nnew mode 100755\n"
        "diff --git a/e.py b/e.py\nnew file mode 100644\nindex 0..1\n"
        "diff --git a/r.py b/s.py\nsimilarity index 100%\nrename from r.py\nrename to s.py\n"
        "diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -1,2 +1 @@\n a\n-b\n"
    )
    assert read(diff, monkeypatch, empty) == []
    assert read("", monkeypatch, empty) == []


@pytest.mark.parametrize(
    ("hunk", "detail"),
    [
        ("@@ -1,1 +0,2 @@\n-a\n+b\n+c\n", "it deletes the file and adds lines to it"),
        ("@@ -1,3 +0,0 @@\n-a\n-b\n", "the hunk lacks 1 removed line; was the diff cut off?"),
    ],
)
def test_an_impossible_deletion_is_an_error(
    hunk: str, detail: str, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (left_out,) = read(f"--- a/src/gone.py\n+++ /dev/null\n{hunk}", monkeypatch, empty)
    assert isinstance(left_out, LeftOut)
    assert (left_out.name, left_out.wanted) == ("src/gone.py", True)
    assert detail in left_out.detail


def test_files_that_a_diff_does_not_show(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diff = (
        "diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n"
        "diff --git a/h.py b/h.py\nindex 1..2 100644\nBinary files a/h.py and b/h.py differ\n"
        "diff --git a/l.bin b/l.bin\nindex 1..2 100644\nGIT binary patch\n"
        "literal 3\nKcmZQzWdHzy\n\n"
        "diff --git a/x.py b/x.py\nindex 1..2\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"
        "Binary files old/p.py and new/p.py differ\n"
    )
    png, hidden, blob, shown, plain = read(diff, monkeypatch, empty)
    assert [getattr(one, "wanted", None) for one in (png, hidden, blob, shown, plain)] == [
        False,
        True,
        False,
        None,
        True,
    ]
    assert isinstance(hidden, LeftOut) and "--text" in hidden.detail
    assert (hidden.name, plain.name) == ("h.py", "p.py")
    # A file of the working tree that is not binary is judged as a whole.
    (empty / "h.py").write_text("whole = 1\n")
    assert read(diff, monkeypatch, empty)[1] == Item("h.py", b"whole = 1\n", "python")


def test_selection_and_limits(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def diff(name: str, lines: int) -> str:
        body = "+0123456789\n" * lines
        return f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{lines} @@\n{body}"

    text = diff("a.json", 1) + diff("v/b.py", 1) + diff("c.py", 20) + diff("d.py", 1)
    text += "--- a/e.py\n+++ b/e.py\n@@ -1 +1 @@\n-a\n+" + "x" * 500 + "\n" + diff("f.py", 1)
    found = read(text, monkeypatch, empty, exclude=("v/",), max_file_size=100)
    assert [getattr(one, "reason", "item") for one in found] == [
        "data",
        "excluded",
        "too large",
        "item",
        "too large",
        "item",
    ]
    assert [getattr(one, "wanted", None) for one in found] == [
        False,
        False,
        True,
        None,
        True,
        None,
    ]
    assert isinstance(found[-1], Item) and found[-1].name == "f.py"


@pytest.mark.parametrize(
    "diff",
    [
        "--- a/x.py\n+++ b/x.py\n@@ -1 +1,9 @@\n-a\n+b\n",  # cut off
        "--- a/x.py\n+++ b/x.py\n@@ -1 +1,9 @@\n-a\n+b\ndiff --git a/y b/y\n",
        "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n+c\n",  # more lines than the header says
        "--- a/x.py\n+++ b/x.py\n@@ what @@\n-a\n+b\n",
    ],
)
def test_malformed_hunks_make_the_audit_incomplete(
    diff: str, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = read(diff, monkeypatch, empty)
    assert isinstance(found, LeftOut)
    assert (found.name, found.reason, found.wanted) == ("x.py", "malformed", True)
    assert "line " in found.detail


def test_combined_diffs_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Checkout(tmp_path)
    checkout.commit(a__py="a\n")
    checkout.git("checkout", "-qb", "other")
    checkout.commit(a__py="b\n")
    checkout.git("checkout", "-q", "main")
    checkout.commit(a__py="c\n")
    with pytest.raises(subprocess.CalledProcessError):
        checkout.git("merge", "-q", "other")
    combined = checkout.git("diff")
    assert combined.startswith("diff --cc")
    for text in (combined, combined.replace("diff --cc a.py", "diff --git a/a.py b/a.py")):
        with pytest.raises(InputError, match=r"-: line \d+: the combined diff.*git diff PARENT"):
            read(text, monkeypatch, tmp_path)


def test_other_texts_are_not_diffs(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="does not contain a unified diff"):
        read("*** a\n--- b\nwords\n", monkeypatch, empty)
    with pytest.raises(InputError, match="does not contain a unified diff"):
        read("x = 1\n", monkeypatch, empty)


def test_names_are_only_followed_below_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "x.py").write_text("secret\nb\n")
    (root / "out").symlink_to(tmp_path)
    for name in ("../x.py", f"{tmp_path}/x.py", "out/x.py", "sub/../../x.py"):
        diff = f"--- a/{name}\n+++ b/{name}\n@@ -2 +2 @@\n-a\n+b\n"
        for one in read(diff, monkeypatch, root):
            assert b"secret" not in getattr(one, "code", b"")


def test_mails_and_logs_with_patches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Checkout(tmp_path / "repo")
    first = checkout.commit(a__py="a = 1\n")
    checkout.commit(a__py="a = 1\nb = 2\n", b__py="c = 3\n")
    checkout.commit(a__py="a = 1\nb = 2\nd = 4\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for text in (
        checkout.git("log", "-p", "--reverse", f"{first}.."),
        checkout.git("format-patch", "--stdout", first),
    ):
        found = read(text, monkeypatch, elsewhere)
        assert [(one.name, judged(one)) for one in found] == [
            ("a.py", b"b = 2\n"),
            ("b.py", b"c = 3\n"),
            ("a.py@3", b"d = 4\n"),
        ]


def test_submodules_and_links_are_left_out(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diff = (
        "diff --git a/sub b/sub\nindex 1..2 160000\n--- a/sub\n+++ b/sub\n@@ -1 +1 @@\n"
        "-Subproject commit 1\n+Subproject commit 2\n"
        "diff --git a/l.py b/l.py\nnew file mode 120000\nindex 0..2\n--- /dev/null\n+++ b/l.py\n"
        "@@ -0,0 +1 @@\n+target\n\\ No newline at end of file\n"
    )
    found = read(diff, monkeypatch, empty)
    assert [getattr(one, "reason", "") for one in found] == ["submodule", "link"]


_LINE = st.sampled_from(
    (
        "a", "b", "c", "", " ", "-", "+", "--- a/x", "+++ b/x", "@@ -1 +1 @@", "\\", "d\r",
        "\x0c", "é",
    )
)  # fmt: skip
_TEXT = st.tuples(st.lists(_LINE, max_size=12), st.booleans()).map(
    lambda pair: "\n".join(pair[0]) + ("\n" if pair[1] else "")
)
_SIDES = ((False, False), (True, False), (False, True), (True, True))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=_TEXT, after=_TEXT, context=st.sampled_from((0, 1, 3)))
def test_the_added_lines_are_judged(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str, context: int
) -> None:
    """The judged lines are those that git reports as added in another of its formats."""
    folder = tmp_path_factory.mktemp("pair")
    for side, text in (("a", before), ("b", after)):
        (folder / side).mkdir()
        (folder / side / "x.py").write_bytes(text.encode())
    command = ["git", "-c", "core.autocrlf=false", "diff", "--no-index", "--no-prefix"]
    names = ["a/x.py", "b/x.py"]

    def run(*options: str) -> bytes:
        done = subprocess.run(
            [*command, *options, *names], capture_output=True, cwd=folder, check=False
        )
        assert done.returncode < 2, done.stderr
        return done.stdout

    # Each line of the new file, marked by git itself.
    marked = run("--output-indicator-new=N", "--output-indicator-old=O", "-U1000")
    body = marked.partition(b" @@")[2].split(b"\n")[1:]
    added = [line[1:] for line in body if line.startswith(b"N")]
    for place in (folder / "b", folder / "nowhere"):
        place.mkdir(exist_ok=True)
        with pytest.MonkeyPatch.context() as monkeypatch:
            found = read(run(f"-U{context}"), monkeypatch, place)
        assert len(found) == (1 if added else 0)
        if added:
            wanted = b"\n".join(added)
            assert judged(found[0]).removesuffix(b"\n") == wanted
            assert isinstance(found[0], Item)
            if place.name == "b":
                assert found[0].code == after.encode()


@pytest.mark.skipif(shutil.which("diff") is None, reason="GNU diff is not installed")
def test_diffs_of_gnu_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for side, text in (("old", "a\nb\n"), ("new", "a\nc\n")):
        (tmp_path / side / "sub").mkdir(parents=True)
        (tmp_path / side / "sub" / "x y.py").write_text(text)
    (tmp_path / "new" / "n.py").write_text("n\n")
    done = subprocess.run(
        ["diff", "-ruN", "old", "new"], capture_output=True, cwd=tmp_path, check=False
    )
    found = read(done.stdout, monkeypatch, tmp_path / "new")
    assert [(one.name, judged(one)) for one in found] == [("n.py", b"n\n"), ("sub/x y.py", b"c\n")]
