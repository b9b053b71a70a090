"""Reading a policy: where it is found, what it says, and every error with file, line and key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.errors import PolicyError
from attribution.sketching.sketch import SketchParams
from attribution.types import Label
from audit.policy.keys import GUARANTEE
from audit.policy.locating import Path as KeyPath
from audit.policy.locating import locate
from audit.policy.parsing import parse_policy, preset_policy
from audit.policy.reading import read_policy
from audit.types import Severity


def problems(text: str, name: str = "whence.toml") -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, Path(name))
    return str(caught.value).splitlines()


# ---- lines ----

TEXT = '''# a comment with [brackets] = "and quotes
top = 1
[t."x y".z]  # behind a table
"k.1".b = [ 1,
  "s]#", # a ] in a comment
  [2,
   3],
]
inline = { q = 1, r = [1,
2] }
long = """
a"b\\""""""
'l' = \'\'\'x
[not.a.table]
y\'\'\'
date = 2020-01-01 10:00:00
[[p]]
a = 1
[[p]]
a = 2
[p.sub]
c = 3
[[p.more]]
d = 1
'''


def test_lines_of_all_kinds_of_keys() -> None:
    tomllib.loads(TEXT)
    lines = locate(TEXT)
    expected: dict[KeyPath, int] = {
        ("top",): 2,
        ("t", "x y", "z"): 3,
        ("t", "x y", "z", "k.1", "b"): 4,
        ("t", "x y", "z", "k.1", "b", 0): 4,
        ("t", "x y", "z", "k.1", "b", 1): 5,
        ("t", "x y", "z", "k.1", "b", 2, 1): 7,
        ("t", "x y", "z", "inline", "q"): 9,
        ("t", "x y", "z", "inline", "r", 1): 10,
        ("t", "x y", "z", "long"): 11,
        ("t", "x y", "z", "l"): 13,
        ("t", "x y", "z", "date"): 16,
        ("p", 0, "a"): 18,
        ("p", 1, "a"): 20,
        ("p", 1, "sub", "c"): 22,
        ("p", 1, "more", 0, "d"): 24,
    }
    assert {key: lines.get(key) for key in expected} == expected
    assert ("not",) not in lines


def paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    if not isinstance(value, dict | list):
        return {path}
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    return {path, *(one for key, part in inside for one in paths(part, (*path, key)))} - {()}


def test_every_value_of_a_real_file_has_a_line() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    lines = locate(text)
    everything = paths(tomllib.loads(text))
    assert everything == set(lines)
    rows = text.splitlines()
    assert rows[lines["project", "version"] - 1].startswith("version")
    assert rows[lines["tool", "mypy", "overrides", 1] - 1] == "[[tool.mypy.overrides]]"


WORDS = st.text(st.sampled_from("ab#'\"[]{}=,.\\\n é"), max_size=8)


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.lists(WORDS, max_size=3)), unique_by=lambda one: one[0]))
def test_lines_of_any_keys_and_texts(pairs: list[tuple[str, list[str]]]) -> None:
    text, expected, line = "", {}, 1
    for key, entries in pairs:
        quoted = quote(key)
        text += f"{quoted} = [\n" + "".join(f"{quote(one)}, # ]\n" for one in entries) + "]\n"
        expected[(key,)] = line
        expected.update({(key, i): line + 1 + i for i in range(len(entries))})
        line += len(entries) + 2
    assert tomllib.loads(text) == dict(pairs)
    assert locate(text) == expected


def quote(text: str) -> str:
    if "'" not in text and "\n" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


# ---- errors ----


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "[match]\ntoken = 40",
            'whence.toml:2: match.token: there is no such key. Did you mean "tokens"?',
        ),
        (
            "[policy]\ntokens = 40",
            'whence.toml:2: policy.tokens: there is no such key. Did you mean "match.tokens"?',
        ),
        (
            "\n[licence]\nallow = []",
            'whence.toml:2: licence: there is no such table or key. Did you mean "licenses"?',
        ),
        (
            "[tool.whence.match]\nlines = 3",
            "whence.toml:1: tool: [tool.whence.policy] is for pyproject.toml; write [policy] here, "
            "and so on",
        ),
        (
            "match = 3",
            "whence.toml:1: match: is a table: write [match], and its keys below it",
        ),
        (
            '[match]\ntokens = "40"',
            'whence.toml:2: match.tokens: "40" is a text; it has to be a whole number from 19 to '
            "1000000",
        ),
        (
            "[match]\nlines = true",
            "whence.toml:2: match.lines: true is true or false; it has to be a whole number from 1 "
            "to 1000000",
        ),
        (
            "[match]\ntokens = 18",
            "whence.toml:2: match.tokens: 18 is out of range; it has to be a whole number from 19 "
            "to 1000000: shorter runs than 19 tokens are not found for sure",
        ),
        (
            "[match]\ncontainment = 97",
            "whence.toml:2: match.containment: 97 is out of range; it has to be a number from 0 to "
            "1",
        ),
        (
            "[match]\nconfidence = nan",
            "whence.toml:2: match.confidence: nan is out of range; it has to be a number from 0 to "
            "1",
        ),
        (
            '[policy]\npreset = "strickt"',
            'whence.toml:2: policy.preset: "strickt" is not among what is allowed: "permissive", '
            '"strict" or "report-only". Did you mean "strict"?',
        ),
        (
            '[licenses]\nallow = "MIT"',
            'whence.toml:2: licenses.allow: "MIT" is a text; it has to be a list of texts',
        ),
        (
            '[licenses]\nallow = [\n"MIT",\n7]',
            "whence.toml:4: licenses.allow: 7 is no text; it has to be a list of texts",
        ),
        (
            '[licenses]\nallow = ["MIT", # ok\n  "GPL-2.0-olny"]',
            'whence.toml:3: licenses.allow: "GPL-2.0-olny" is neither a family (public-domain, '
            "permissive, weak-copyleft, strong-copyleft, network-copyleft, source-available, "
            "non-commercial, proprietary) nor an SPDX id or expression. Did you mean "
            '"GPL-2.0-only"?',
        ),
        (
            '[licenses]\ndeny = ["MIT OR"]',
            'whence.toml:2: licenses.deny: "MIT OR": not an SPDX expression. Did you mean "MIT"?',
        ),
        (
            '[licenses]\ndeny = ["MIT AND Apahce-2.0"]',
            'whence.toml:2: licenses.deny: "MIT AND Apahce-2.0": unknown licence "Apahce-2.0". '
            'Did you mean "Apache-2.0"?',
        ),
        (
            '[licenses]\ndeny = ["unknown"]',
            'whence.toml:2: licenses.deny: "unknown" is no licence; what to do without one is said '
            "by licenses.unknown",
        ),
        (
            '[licenses]\ndeny = ["MIT"]\nallow = ["GPL-2.0-only", "mit"]',
            'whence.toml:2: licenses.deny: "MIT" is also in licenses.allow "mit" (whence.toml:3); '
            "keep one of them",
        ),
        (
            '[licenses]\ndeny = ["MIT OR Apache-2.0"]\nallow = ["Apache-2.0 or (MIT)"]',
            'whence.toml:2: licenses.deny: "MIT OR Apache-2.0" is also in licenses.allow '
            '"Apache-2.0 or (MIT)" (whence.toml:3); keep one of them',
        ),
        (
            '[licenses]\ndeny = ["AGPL-*"]\nallow = ["*-only"]',
            'whence.toml:2: licenses.deny: "AGPL-*" and licenses.allow "*-only" (whence.toml:3) '
            'both fit AGPL-1.0-only, and neither is more specific; write "AGPL-1.0-only" into one '
            "list, or narrow a wildcard",
        ),
        (
            '[licenses]\ndeny = ["GLP-*"]',
            'whence.toml:2: licenses.deny: "GLP-*" fits no licence that is known. Did you mean '
            '"GPL-*"?',
        ),
        (
            '[licenses]\ndeny = ["GPL-9*"]',
            'whence.toml:2: licenses.deny: "GPL-9*" fits no licence that is known. Did you mean '
            '"GPL-*"?',
        ),
        (
            '[licenses]\ndeny = ["GPL-2*"]\nallow = ["?PL-2*"]',
            'whence.toml:2: licenses.deny: "GPL-2*" and licenses.allow "?PL-2*" (whence.toml:3) '
            'both fit GPL-2.0-only, and neither is more specific; write "GPL-2.0-only" into one '
            "list, or narrow a wildcard",
        ),
        (
            '[paths]\nexclude = ["src\\\\gen"]',
            'whence.toml:2: paths.exclude: "src\\gen" has a backslash; paths are written with "/"',
        ),
        (
            '[paths]\nexclude = ["a[b"]',
            'whence.toml:2: paths.exclude: "a[b" opens a "[" that it does not close, or closes one '
            "that is not open",
        ),
        ('[paths]\nexclude = ["!"]', 'whence.toml:2: paths.exclude: "!" names nothing'),
        (
            '[own]\nowners = ["acme corp"]',
            'whence.toml:2: own.owners: "acme corp" is no owner; write "owner" or '
            '"github.com/owner"',
        ),
        (
            '[decisions]\nbaseline = "../b.json"',
            'whence.toml:2: decisions.baseline: "../b.json" has to be a file in or below the '
            'folder of the policy, with "/"',
        ),
        (
            '[own]\nrepositories = ["a\\u001b]0;x"]',
            'whence.toml:2: own.repositories: "a\\x1b]0;x" is empty, or has characters that cannot '
            "be printed",
        ),
    ],
)
def test_an_error_names_line_key_value_and_remedy(text: str, error: str) -> None:
    assert problems(text) == [error]


@pytest.mark.parametrize("word", ["GPL", "gpl OR MIT"])
def test_a_gpl_without_a_version_is_nobodys_meaning(word: str) -> None:
    """SPDX's list has it as another name of GPL-1.0-or-later: a rule that hardly ever fits."""
    (error,) = problems(f'[licenses]\ndeny = ["{word}"]')
    assert f'Did you mean "{word[:3]}-*", all of its versions?' in error


def test_copyleft_is_said_to_be_one_of_the_families() -> None:
    (error,) = problems('[licenses]\ndeny = ["copyleft"]')
    assert error.endswith(
        'Did you mean "weak-copyleft" or "strong-copyleft" or "network-copyleft"?'
    )


def test_all_errors_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        '[policy]\nfail_on = "err"\n[match]\ntokens = 1\n[licenses]\nallow = ["nope", "MIT OR"]\n'
    )
    told = problems(text)
    assert [line.split(":")[1] for line in told] == ["2", "4", "6", "6"]


def test_errors_in_pyproject_name_the_whole_key() -> None:
    text = '[project]\nname = "x"\n[tool.whence.match]\nlines = 0\n'
    (error,) = problems(text, "pyproject.toml")
    assert error.startswith("pyproject.toml:4: tool.whence.match.lines: 0 is out of range")
    assert "write [tool.whence.match]" in problems("[tool.whence]\nmatch = 1", "pyproject.toml")[0]


def test_what_is_not_toml_names_the_line() -> None:
    (error,) = problems("[policy\n")
    assert error.startswith("whence.toml:1: not valid TOML:")
    (error,) = problems('[policy]\npreset = "strict"\n[policy]\n')
    assert error.startswith("whence.toml:3: not valid TOML:")
    assert error.endswith("write each table and key once")


def test_the_guarantee_is_the_lookups() -> None:
    assert SketchParams().raw_guarantee == GUARANTEE


# ---- what it says ----


def test_a_file_over_its_preset() -> None:
    policy = parse_policy(
        '[policy]\npreset = "strict"\nfail_on = "never"\n[severity]\nsimilar = "note"\n'
        '[licenses]\nreview = ["weak-copyleft"]\n',
        Path("sub/whence.toml"),
    )
    assert (policy.name, policy.where, policy.preset) == (
        "whence.toml",
        "sub/whence.toml",
        "strict",
    )
    assert policy.fail_on is None
    assert policy.tokens == 19
    assert policy.max_days == 365
    assert policy.require_reason
    assert policy.severities[Label.SIMILAR] is Severity.NOTE
    assert policy.severities[Label.VERBATIM] is Severity.ERROR
    assert policy.place("severity.similar") == "whence.toml:5"
    assert policy.place("severity.verbatim") == "preset strict"
    placed = {rule.pattern: (rule.key, rule.where) for rule in policy.rules}
    assert placed["weak-copyleft"] == ("licenses.review", "whence.toml:7")
    assert placed["strong-copyleft"] == ("licenses.deny", "preset strict")
    assert len(placed) == len(policy.rules) == 8  # each family once


@pytest.mark.parametrize("preset", ["permissive", "strict", "report-only"])
def test_presets(preset: str) -> None:
    policy = preset_policy(preset)
    assert policy.where == f"preset {preset}"
    assert len(policy.rules) == 8
    assert (policy.fail_on is None) == (preset == "report-only")


def test_an_unknown_preset() -> None:
    with pytest.raises(PolicyError, match=r'no preset "strct".*Did you mean "strict"'):
        read_policy(None, None, "strct")


# ---- where it is found ----


def test_whence_toml_goes_before_pyproject_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.whence.match]\nlines = 9\n")
    assert read_policy(None, tmp_path, None).lines == 9
    (tmp_path / "whence.toml").write_text("[match]\nlines = 7\n")
    policy = read_policy(None, tmp_path, None)
    assert policy.lines == 7
    assert [note.partition(": ")[2] for note in policy.notes] == [
        f"[tool.whence] is not read: {tmp_path / 'whence.toml'} is"
    ]


def test_it_is_looked_for_up_to_the_root_of_the_checkout(tmp_path: Path) -> None:
    below = tmp_path / "repo" / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "whence.toml").write_text("[match]\nlines = 9\n")
    (tmp_path / "repo" / "whence.toml").write_text("[match]\nlines = 8\n")
    assert read_policy(None, below, None).where == "preset permissive"  # no checkout: a stranger's
    (tmp_path / "repo" / ".git").mkdir()
    assert read_policy(None, below, None).lines == 8
    (tmp_path / "repo" / "whence.toml").unlink()
    assert read_policy(None, below, None).where == "preset permissive"  # not above the checkout


def test_a_pyproject_without_a_policy_is_none(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other\n")  # somebody else's broken file
    assert read_policy(None, tmp_path, None).where == "preset permissive"
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = ['whence']\n")
    assert read_policy(None, tmp_path, "strict").where == "preset strict"
    with pytest.raises(PolicyError, match=r"there is no \[tool.whence\]"):
        read_policy(tmp_path / "pyproject.toml", None, None)


def test_a_preset_that_is_asked_for_goes_before_the_files(tmp_path: Path) -> None:
    file = tmp_path / "whence.toml"
    file.write_text('[policy]\npreset = "permissive"\n[match]\nlines = 9\n')
    policy = read_policy(file, None, "strict")
    assert (policy.preset, policy.tokens, policy.lines) == ("strict", 19, 9)
    assert 'preset "strict" was asked for' in policy.notes[0]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"gone.toml: cannot be read: No such file"):
        read_policy(tmp_path / "gone.toml", None, None)
    (tmp_path / "whence.toml").write_bytes(b"[policy]\n# \xff\n")
    with pytest.raises(PolicyError, match="byte 11 is not UTF-8"):
        read_policy(None, tmp_path, None)
    (tmp_path / "whence.toml").write_bytes(b"\xef\xbb\xbf[match]\r\nlines = 5\r\n")
    policy = read_policy(None, tmp_path, None)
    assert policy.lines == 5
    assert policy.place("match.lines") == "whence.toml:2"
