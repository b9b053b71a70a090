"""Reading a policy: finding it, its values, and every error with file, line and key."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.errors import PolicyError
from attribution.sketching.sketch import SketchParams
from attribution.types import Label
from audit.policy.keys import GUARANTEE
from audit.policy.locating import KeyLines
from audit.policy.parsing import parse_policy, preset_policy
from audit.policy.reading import read_policy
from audit.types import Severity


def problems(text: str, name: str = "whence.toml") -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, Path(name))
    return str(caught.value).splitlines()


# ---- lines ----

TEXT = """# a comment with [brackets] = "and quotes
top = 1
[match]  # behind a table
tokens = 40
"lines" = 3

[ tool . whence . licenses ]
allow = [ "MIT",  # not "BSD-*"
  # a comment, with a ]
  'BSD-*', "MIT-0",
  7,
]
deny = [
  "GPL-*",
]
[[parts]]
a = 1
[[parts]]
b = 2
"""


@pytest.mark.parametrize(
    ("key", "entry", "line"),
    [
        ("top", None, 2),
        ("match", None, 3),
        ("match.tokens", None, 4),
        ("match.lines", None, 5),
        ("tool.whence.licenses", None, 7),
        ("tool.whence", None, 7),
        ("tool.whence.licenses.allow", None, 8),
        ("tool.whence.licenses.allow", "MIT", 8),
        ("tool.whence.licenses.allow", "MIT-0", 10),
        ("tool.whence.licenses.allow", "BSD-*", 8),  # in a comment: near enough
        ("tool.whence.licenses.allow", 7, 11),
        ("tool.whence.licenses.deny", None, 13),
        ("tool.whence.licenses.deny", "GPL-*", 14),
        ("tool.whence.licenses.deny", "not there", 13),
        ("tool.whence.licenses.unknown", None, 7),
        ("nowhere.at.all", None, 1),
        ("parts.a", None, 17),
        ("parts.b", None, 19),
    ],
)
def test_lines_of_keys_and_entries(key: str, entry: object, line: int) -> None:
    assert KeyLines(TEXT).line(key, entry) == line


def test_lines_of_dotted_keys_and_inline_tables() -> None:
    dotted = KeyLines('a = 1\npolicy.preset = "strict"\n"match".tokens = 1\n')
    assert [dotted.line(key) for key in ("policy", "policy.preset", "match.tokens")] == [2, 2, 3]
    assert KeyLines("a = 1\nmatch = { tokens = 1,\n lines = 2 }").line("match.lines") == 2


def test_every_key_of_a_real_file_has_its_line() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    lines, rows = KeyLines(text), text.splitlines()
    keys = [
        f"{table}.{key}"
        for table, values in tomllib.loads(text).items()
        for key, value in values.items()
        if not isinstance(value, dict | list)
    ]
    assert len(keys) > 5
    for key in keys:
        assert rows[lines.line(key) - 1].startswith(key.partition(".")[2])
    assert rows[lines.line("tool.mypy.overrides") - 1] == "[[tool.mypy.overrides]]"


KEY_NAMES = st.text(st.sampled_from("abc_-"), min_size=1, max_size=8)
WORDS = st.text(st.sampled_from("ab#[]{},.é GPL-*"), max_size=8)


@settings(deadline=None)
@given(st.dictionaries(KEY_NAMES, st.lists(WORDS, unique=True, max_size=3)))
def test_lines_of_any_keys_and_texts(lists: dict[str, list[str]]) -> None:
    text, expected, line = "", {}, 1
    for key, entries in lists.items():
        text += f"{key} = [\n" + "".join(f'"{entry}",\n' for entry in entries) + "]\n"
        expected[key, None] = line
        expected.update({(key, entry): line + 1 + i for i, entry in enumerate(entries)})
        line += len(entries) + 2
    assert tomllib.loads(text) == lists
    lines = KeyLines(text)
    assert {pair: lines.line(*pair) for pair in expected} == expected


# ---- errors ----


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "[match]\ntoken = 40",
            'whence.toml:2: match.token: unknown key. Did you mean "tokens"?',
        ),
        (
            "[policy]\ntokens = 40",
            'whence.toml:2: policy.tokens: unknown key. Did you mean "match.tokens"?',
        ),
        (
            "\n[licence]\nallow = []",
            'whence.toml:2: licence: unknown table or key. Did you mean "licenses"?',
        ),
        (
            "[tool.whence.match]\nlines = 3",
            "whence.toml:1: tool: [tool.whence.policy] is for pyproject.toml; here, write [policy] "
            "etc.",
        ),
        (
            "match = 3",
            "whence.toml:1: match: must be a table: write [match] and its keys below it",
        ),
        (
            '[match]\ntokens = "40"',
            'whence.toml:2: match.tokens: "40" is a string; expected an integer from 19 to 1000000',
        ),
        (
            "[match]\nlines = true",
            "whence.toml:2: match.lines: true is a boolean; expected an integer from 1 to 1000000",
        ),
        (
            "[match]\ntokens = 18",
            "whence.toml:2: match.tokens: 18 is out of range; expected an integer from 19 "
            "to 1000000: shorter runs than 19 tokens are not found reliably",
        ),
        (
            "[match]\ncontainment = 97",
            "whence.toml:2: match.containment: 97 is out of range; expected a number from 0 to 1",
        ),
        (
            "[match]\nconfidence = nan",
            "whence.toml:2: match.confidence: nan is out of range; expected a number from 0 to 1",
        ),
        (
            '[policy]\npreset = "strickt"',
            'whence.toml:2: policy.preset: "strickt" is not one of "permissive", '
            '"strict" or "report-only". Did you mean "strict"?',
        ),
        (
            '[licenses]\nallow = "MIT"',
            'whence.toml:2: licenses.allow: "MIT" is a string; expected a list of strings',
        ),
        (
            '[licenses]\nallow = [\n"MIT",\n7]',
            "whence.toml:4: licenses.allow: 7 is an integer; expected strings",
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
            'whence.toml:2: licenses.deny: "unknown" is not a licence; set licenses.unknown for '
            "code without one",
        ),
        (
            '[licenses]\ndeny = ["MIT"]\nallow = ["GPL-2.0-only", "mit"]',
            'whence.toml:2: licenses.deny: "MIT" is also in licenses.allow "mit" (whence.toml:3); '
            "remove one of them",
        ),
        (
            '[licenses]\ndeny = ["MIT OR Apache-2.0"]\nallow = ["Apache-2.0 or (MIT)"]',
            'whence.toml:2: licenses.deny: "MIT OR Apache-2.0" is also in licenses.allow '
            '"Apache-2.0 or (MIT)" (whence.toml:3); remove one of them',
        ),
        (
            '[licenses]\ndeny = ["AGPL-*"]\nallow = ["*-only"]',
            'whence.toml:2: licenses.deny: "AGPL-*" and licenses.allow "*-only" (whence.toml:3) '
            'both match AGPL-1.0-only, and neither is more specific; add "AGPL-1.0-only" to one '
            "list, or narrow a wildcard",
        ),
        (
            '[licenses]\ndeny = ["GLP-*"]',
            'whence.toml:2: licenses.deny: "GLP-*" matches no known licence. Did you mean "GPL-*"?',
        ),
        (
            '[licenses]\ndeny = ["GPL-9*"]',
            'whence.toml:2: licenses.deny: "GPL-9*" matches no known licence. Did you mean '
            '"GPL-*"?',
        ),
        (
            '[licenses]\ndeny = ["GPL-2*"]\nallow = ["?PL-2*"]',
            'whence.toml:2: licenses.deny: "GPL-2*" and licenses.allow "?PL-2*" (whence.toml:3) '
            'both match GPL-2.0-only, and neither is more specific; add "GPL-2.0-only" to one '
            "list, or narrow a wildcard",
        ),
        (
            '[paths]\nexclude = ["src\\\\gen"]',
            'whence.toml:2: paths.exclude: "src\\gen" contains a backslash; write paths with "/"',
        ),
        (
            '[paths]\nexclude = ["a[b"]',
            'whence.toml:2: paths.exclude: "a[b" has unbalanced brackets',
        ),
        ('[paths]\nexclude = ["!"]', 'whence.toml:2: paths.exclude: "!" is an empty pattern'),
        (
            '[own]\nowners = ["acme corp"]',
            'whence.toml:2: own.owners: "acme corp" is not an owner; write "owner" or '
            '"github.com/owner"',
        ),
        (
            '[decisions]\nbaseline = "../b.json"',
            'whence.toml:2: decisions.baseline: "../b.json" must be a file in or below the '
            'folder of the policy, with "/"',
        ),
        (
            '[own]\nrepositories = ["a\\u001b]0;x"]',
            'whence.toml:2: own.repositories: "a\\x1b]0;x" is empty or contains unprintable '
            "characters",
        ),
    ],
)
def test_an_error_names_line_key_value_and_remedy(text: str, error: str) -> None:
    assert problems(text) == [error]


@pytest.mark.parametrize("word", ["GPL", "gpl OR MIT"])
def test_a_gpl_without_a_version_is_an_error(word: str) -> None:
    """In SPDX's list it is a name of GPL-1.0-or-later: a rule that hardly ever matches."""
    (error,) = problems(f'[licenses]\ndeny = ["{word}"]')
    assert f'Did you mean "{word[:3]}-*", all of its versions?' in error


def test_copyleft_suggests_the_copyleft_families() -> None:
    (error,) = problems('[licenses]\ndeny = ["copyleft"]')
    assert error.endswith(
        'Did you mean "weak-copyleft" or "strong-copyleft" or "network-copyleft"?'
    )


def test_all_errors_are_reported_at_once_in_file_order() -> None:
    text = (
        '[policy]\nfail_on = "err"\n[match]\ntokens = 1\n[licenses]\nallow = ["nope", "MIT OR"]\n'
    )
    reported = problems(text)
    assert [line.split(":")[1] for line in reported] == ["2", "4", "6", "6"]


def test_errors_in_pyproject_name_the_whole_key() -> None:
    text = '[project]\nname = "x"\n[tool.whence.match]\nlines = 0\n'
    (error,) = problems(text, "pyproject.toml")
    assert error.startswith("pyproject.toml:4: tool.whence.match.lines: 0 is out of range")
    assert "write [tool.whence.match]" in problems("[tool.whence]\nmatch = 1", "pyproject.toml")[0]


def test_invalid_toml_names_the_line() -> None:
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
    assert policy.where_set("severity.similar") == "whence.toml:5"
    assert policy.where_set("severity.verbatim") == "preset strict"
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
    with pytest.raises(PolicyError, match=r'unknown preset "strct".*Did you mean "strict"'):
        read_policy(None, None, "strct")


# ---- where it is found ----


def test_whence_toml_takes_precedence_with_a_note(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.whence.match]\nlines = 9\n")
    assert read_policy(None, tmp_path, None).lines == 9
    (tmp_path / "whence.toml").write_text("[match]\nlines = 7\n")
    policy = read_policy(None, tmp_path, None)
    assert policy.lines == 7
    assert [note.partition(": ")[2] for note in policy.notes] == [
        f"[tool.whence] is not used, because there is {tmp_path / 'whence.toml'}"
    ]


def test_parent_folders_are_searched_up_to_the_root_of_the_checkout(tmp_path: Path) -> None:
    below = tmp_path / "repo" / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "whence.toml").write_text("[match]\nlines = 9\n")
    (tmp_path / "repo" / "whence.toml").write_text("[match]\nlines = 8\n")
    assert (
        read_policy(None, below, None).where == "preset permissive"
    )  # no checkout: it may belong to others
    (tmp_path / "repo" / ".git").mkdir()
    assert read_policy(None, below, None).lines == 8
    (tmp_path / "repo" / "whence.toml").unlink()
    assert read_policy(None, below, None).where == "preset permissive"  # not above the checkout


def test_a_pyproject_without_a_policy_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other\n")  # a broken file of another tool
    assert read_policy(None, tmp_path, None).where == "preset permissive"
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = ['whence']\n")
    assert read_policy(None, tmp_path, "strict").where == "preset strict"
    with pytest.raises(PolicyError, match=r"there is no \[tool.whence\]"):
        read_policy(tmp_path / "pyproject.toml", None, None)


def test_the_requested_preset_overrides_that_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "whence.toml"
    file.write_text('[policy]\npreset = "permissive"\n[match]\nlines = 9\n')
    policy = read_policy(file, None, "strict")
    assert (policy.preset, policy.tokens, policy.lines) == ("strict", 19, 9)
    assert 'preset "strict" was requested' in policy.notes[0]


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"gone.toml: cannot be read: No such file"):
        read_policy(tmp_path / "gone.toml", None, None)
    (tmp_path / "whence.toml").write_bytes(b"[policy]\n# \xff\n")
    with pytest.raises(PolicyError, match="byte 11 is not UTF-8"):
        read_policy(None, tmp_path, None)
    (tmp_path / "whence.toml").write_bytes(b"\xef\xbb\xbf[match]\r\nlines = 5\r\n")
    policy = read_policy(None, tmp_path, None)
    assert policy.lines == 5
    assert policy.where_set("match.lines") == "whence.toml:2"
