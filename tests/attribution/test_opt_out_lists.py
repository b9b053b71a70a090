"""Lists of opt-outs in the forms in which people keep and publish them."""

from __future__ import annotations

from pathlib import Path

import pytest

from attribution.errors import InputError
from attribution.opt_out_lists import opt_out_of, parse_opt_outs, read_opt_outs
from attribution.types import OptOut

EXPECTED = [
    OptOut("owner", "ann"),
    OptOut("repository", "bob/tools"),
    OptOut("repository", "bob/.github"),
]
# the shape of optouts.jsonl in bigcode-project/opt-out-v2
BIGCODE = """\
{"issue": 1, "author": "Ann", "optout_repos": [], "optout_owners": ["Ann"]}
{"issue": 2, "author": "bob", "optout_repos": ["bob/tools", "bob/.github"], "optout_owners": []}

{"issue": 9, "author": "ann", "optout_repos": [], "optout_owners": ["ann"]}
"""
FORMS = {
    "list.txt": "# asked in May\nann\nbob/tools  # one of his\nbob/.github\n",
    "optouts.jsonl": BIGCODE,
    "crlf.jsonl": BIGCODE.replace("\n", "\r\n"),
    "names.json": '["ann", "bob/tools", "https://github.com/bob/.github"]',
    "object.json": '{"optout_owners": ["ann"], "optout_repos": ["bob/tools", "bob/.github"]}',
    "objects.json": '[{"username": "ann"}, {"repo": "bob/tools"}, {"repo": "bob/.github"}]',
    "one.csv": "repository,date\r\nann/x,1\r\n",
    "both.csv": "issue,Username,repo\n1,ann,\n2,,bob/tools\n3,,bob/.github\n4,ann\n",
}


@pytest.mark.parametrize("name", [name for name in FORMS if name != "one.csv"])
def test_every_form_gives_the_same_opt_outs(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(FORMS[name], encoding="utf-8-sig", newline="")
    assert read_opt_outs(str(file)) == EXPECTED


def test_a_column_of_repositories() -> None:
    assert parse_opt_outs(FORMS["one.csv"].encode(), "one.csv") == [OptOut("repository", "ann/x")]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.json", '{"users": ["x"]}', "line 1 of a.json has neither optout_owners"),
        ("a.json", "[1]", "line 1 of a.json has neither"),
        ("a.jsonl", BIGCODE + '{"optout_owners": [7]}\n', "line 5 of a.jsonl: optout_owners has 7"),
        ("a.jsonl", BIGCODE + "{broken\n", "line 5 of a.jsonl is not JSON"),
        ("a.json", '[\n  "ann",\n  bob\n]\n', "line 3 of a.json is not JSON: Expecting value"),
        ("a.json", "[" + "9" * 5000 + "]", "line 1 of a.json is not JSON: Exceeds the limit"),
        ("a.jsonl", '{"optout_owners": ["a/b"]}', "line 1 of a.jsonl: 'a/b' is not the name of an"),
        ("a.jsonl", '{"optout_owners": [""]}', "is not owner/name or owner: ''"),
        ("a.jsonl", '{"optout_repos": ["all of it"]}', "'all of it'"),
        ("a.jsonl", "[" * 100_000, "nested too deeply"),
        ("a.csv", "a,b\n1,2\n", "line 1 of a.csv names no column of owners"),
        ("a.csv", "user\nx y\n", "line 2 of a.csv"),
        ("a.txt", "ann\nplease remove me\n", "line 2 of a.txt"),
    ],
)
def test_what_is_no_list_is_refused_whole(name: str, text: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        parse_opt_outs(text.encode(), name)
    assert says in str(error.value)


def test_a_name_of_the_other_kind_is_refused() -> None:
    assert opt_out_of(None, "https://github.com/Ann") == OptOut("owner", "ann")
    assert opt_out_of("repository", "requests") == OptOut("repository", "requests")
    with pytest.raises(InputError, match="is not the name of a repository"):
        opt_out_of("repository", "https://github.com/ann")
