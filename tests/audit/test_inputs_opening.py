"""Opening the input that a user asked for."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from attribution.errors import InputError
from audit.inputs import columns, opening
from audit.inputs.interface import InputOptions
from audit.inputs.opening import FORMS, open_input
from audit.types import Item, LeftOut
from tests.support.audit_checkouts import Checkout

OPTIONS = InputOptions()
_COLUMN_FIELDS = ("id", "prompt", "completion", "language")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("a = 1\n")
    (folder / "x.py").write_text("x = 1\n")
    (folder / "g.jsonl").write_text(json.dumps({"id": "x.py", "text": "t"}) + "\n")
    (folder / "c.diff").write_text("--- a/x.py\n+++ b/x.py\n@@ -0,0 +1 @@\n+x = 1\n")
    monkeypatch.chdir(folder)
    return folder


def names(given: Any) -> list[str]:
    return [one.name for one in given.items()]


def stdin(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_inputs_of_all_forms_are_chained_in_order_with_unique_names(place: Path) -> None:
    given = open_input(["c.diff", "x.py", "g.jsonl", "src"], OPTIONS)
    assert names(given) == ["x.py", "x.py@2", "x.py@3", "src/a.py"]
    assert given.root == str(place)
    assert given.title == "c.diff x.py g.jsonl src"
    assert names(given) == names(given)


def test_names_are_relative_to_the_working_directory_or_common_folder(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for paths, expected in (
        (["src"], ["src/a.py"]),
        (["src/a.py", "."], ["src/a.py", "c.diff", "g.jsonl", "x.py"]),
        ([str(place / "src")], ["src/a.py"]),
        (["src/../src"], ["src/a.py"]),
        (["src", "src/", "./src"], ["src/a.py"]),
    ):
        given = open_input(paths, OPTIONS)
        assert (names(given), given.root) == (expected, str(place)), paths
    monkeypatch.chdir(tmp_path / "here" / "src")
    given = open_input(["../x.py", "."], OPTIONS)
    assert (names(given), given.root) == (["x.py", "src/a.py"], str(place))
    given = open_input(["../x.py"], OPTIONS)
    assert (names(given), given.root) == (["x.py"], str(place))


def test_the_form_overrides_the_name(place: Path) -> None:
    given = open_input(["g.jsonl", "c.diff"], OPTIONS, form="tree")
    assert names(given) == ["g.jsonl", "c.diff"]
    assert all(isinstance(one, Item) and one.judged is None for one in given.items())
    (place / "changes.txt").write_bytes((place / "c.diff").read_bytes())
    (item,) = open_input(["changes.txt"], OPTIONS, form="diff").items()
    assert item == Item("x.py", b"x = 1\n", "python", ((0, 6),))


def test_code_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin("x = 1\n", monkeypatch)
    given = open_input(["-"], InputOptions(languages=frozenset(("python",))), form="code")
    assert given.count() == 1 and given.root is None
    assert list(given.items()) == [Item("-", b"x = 1\n", "python")]
    stdin("x = 1\n", monkeypatch)
    (large,) = open_input(["-"], InputOptions(max_file_size=3), form="code").items()
    assert isinstance(large, LeftOut) and large.wanted
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="standard input is closed"):
        list(open_input(["-"], OPTIONS, form="code").items())


def test_a_diff_finds_the_top_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = Checkout(tmp_path)
    checkout.commit(a__py="a = 1\n")
    checkout.write("a.py", "a = 1\nb = 2\n")
    checkout.write("sub/x", "")
    monkeypatch.chdir(tmp_path / "sub")
    stdin(checkout.git("diff"), monkeypatch)
    given = open_input([], OPTIONS, diff=True)
    assert given.root == str(tmp_path)
    assert list(given.items()) == [Item("a.py", b"a = 1\nb = 2\n", "python", ((6, 12),))]


def test_a_pipe_is_read_as_a_stream(place: Path) -> None:
    """`whence audit --diff <(git diff)`."""
    reading, writing = os.pipe()
    with open(writing, "wb") as pipe:  # noqa: PTH123 - of a descriptor
        pipe.write((place / "c.diff").read_bytes())
    assert names(open_input([f"/dev/fd/{reading}"], OPTIONS, diff=True)) == ["x.py"]
    os.close(reading)


def test_a_list_on_standard_input_with_further_paths(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin("src/a.py\n", monkeypatch)
    given = open_input(["g.jsonl"], OPTIONS, files_from="-")
    assert (names(given), given.root) == (["src/a.py", "g.jsonl"], str(place))
    assert given.title == "files from standard input g.jsonl"
    stdin("", monkeypatch)
    nothing = open_input([], OPTIONS, files_from="-")
    assert names(nothing) == [] and nothing.empty_is_fine
    assert not given.empty_is_fine


@pytest.mark.parametrize(
    ("paths", "options", "message"),
    [
        ([], {}, "nothing to audit"),
        (["nowhere"], {}, "nowhere: no such file"),
        (["-"], {}, r"its form is unknown; use --form code, diff or jsonl"),
        (["-"], {"form": "tree"}, "cannot be read as tree"),
        (["-"], {"form": "parquet"}, "cannot be read as parquet"),
        (["-", "-"], {"form": "jsonl"}, "named twice"),
        (["-"], {"files_from": "-"}, "named twice"),
        (["x.py"], {"form": "xml"}, "unknown form 'xml'; the forms are tree, diff"),
        (["x.py"], {"form": "code"}, "for standard input"),
        (["src"], {"diff": True}, "src is a folder"),
        (["x.py"], {"diff": True, "form": "jsonl"}, "cannot be used together"),
        (["x.py"], {"diff": True, "since": "HEAD"}, "cannot be used together"),
        ([], {"files_from": "x", "since": "HEAD"}, "cannot be used together"),
        ([], {"files_from": "nowhere"}, "nowhere cannot be read: No such file"),
        (["src/a.py/b"], {}, "no such file"),
    ],
)
def test_invalid_arguments(
    place: Path, paths: list[str], options: dict[str, Any], message: str
) -> None:
    assert place.is_dir()
    with pytest.raises(InputError, match=message):
        open_input(paths, OPTIONS, **options)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_opened(form: str, place: Path) -> None:
    assert place.is_dir()
    path = {"tree": "src", "diff": "c.diff", "jsonl": "g.jsonl", "parquet": "x.py", "code": "-"}
    assert open_input([path[form]], OPTIONS, form=form).title == path[form]


def test_without_a_table_pyarrow_is_not_imported(place: Path) -> None:
    code = (
        "import sys\nfrom audit.inputs.opening import open_input\n"
        "from audit.inputs.interface import InputOptions\n"
        "assert len(list(open_input(['.', 'g.jsonl', 'c.diff'], InputOptions()).items())) == 6\n"
        "print(*{'pyarrow', 'numpy', 'numba', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=place
    )
    assert done.stdout.strip() == ""


def test_the_page_documents_all_forms_extensions_columns_and_reasons() -> None:
    page = (Path(__file__).parents[2] / "docs" / "audit-inputs.md").read_text()
    common = [name for names in columns._COMMON.values() for name in names]
    reasons: set[str] = set()
    for path in (Path(opening.__file__).parent).glob("*.py"):
        reasons |= set(re.findall(r'LeftOut\(\s*\w+, "([a-z ]+)"', path.read_text()))
    assert len(reasons) > 8
    for word in (*FORMS, *opening._ENDS, *common, *_COLUMN_FIELDS, *reasons, "too large"):
        assert f"`{word}`" in page, word
