"""The baseline file: writing and reading it, also by people, and messages for invalid files."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.errors import PolicyError, StorageError
from audit.decisions.baseline import read_baseline, write_baseline
from audit.decisions.deciding import Decisions
from audit.decisions.entry import FIELDS, Entry
from audit.decisions.matching import Validity
from audit.types import DecisionKind, Finding, Verdict
from tests.support.decision_cases import finding_of, functions

TODAY = datetime.date(2026, 11, 21)
LATER = datetime.date(2027, 3, 1)
DOCS = Path(__file__).parents[2] / "docs" / "decisions.md"


def write(path: Path, findings: list[Finding], **changes: Any) -> int:
    settings_: dict[str, Any] = {
        "author": "ada",
        "validity": Validity(TODAY),
        "reason": "adopted",
        "kind": DecisionKind.ACCEPTED,
        "keep": False,
    }
    return write_baseline(path, findings, **(settings_ | changes)).entries


def entries(path: Path) -> list[dict[str, Any]]:
    found = json.loads(path.read_text(encoding="utf-8"))["entries"]
    assert isinstance(found, list)
    return found


def three() -> list[Finding]:
    codes = functions()[:3]
    return [finding_of(code, name=f"src/{n}.py")[1] for n, code in enumerate(codes)]


def test_a_later_reason_is_for_new_entries_and_those_without_one(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    first, second, third = three()
    write(path, [first], reason="agreed by mail")
    write(path, [first, second], reason=None)
    assert [one["reason"] for one in entries(path)] == [
        "agreed by mail",
        "accepted with the baseline",
    ]
    write(path, [first, second, third], reason="we wrote it")
    assert [one["reason"] for one in entries(path)] == [
        "agreed by mail",
        "we wrote it",
        "we wrote it",
    ]


def test_writing_a_baseline_closes_every_open_finding(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    findings = three()
    assert write(path, findings) == 3
    decisions = Decisions.read(path, (), Validity(TODAY))
    for code, finding in zip(functions(), findings, strict=False):
        item, _ = finding_of(code, name=finding.name)
        (decided,) = decisions.decide(item, (finding,))
        assert decided.decision is not None
        assert decided.decision.where == "whence-baseline.json"
        assert (decided.decision.author, decided.decision.date) == ("ada", "2026-11-21")
    assert decisions.stale(complete=True) == ()


def test_writing_it_again_changes_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    write(path, three())
    before = path.read_bytes()
    write(path, three()[::-1], author="eve", validity=Validity(LATER), reason="again")
    assert path.read_bytes() == before


def test_applicable_entries_keep_date_and_reason_and_others_go(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    first, second, third = three()
    write(path, [first, second])
    assert write(path, [second, third], validity=Validity(LATER), reason="new one") == 2
    assert [(e["name"], e["date"], e["reason"]) for e in entries(path)] == [
        ("src/1.py", "2026-11-21", "adopted"),
        ("src/2.py", "2027-03-01", "new one"),
    ]
    assert write(path, [first], validity=Validity(LATER), keep=True) == 3


def test_the_entry_of_a_moved_or_changed_passage_is_updated(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    code = functions()[0]
    write(path, [finding_of(code)[1]])
    changed = code.replace("self", "this", 1)
    _, finding = finding_of(changed, before="x = 1\n" * 7, name="lib/b.py")
    assert write(path, [finding], validity=Validity(LATER), reason="again") == 1
    (entry,) = entries(path)
    assert (entry["name"], entry["date"], entry["reason"]) == ("lib/b.py", "2026-11-21", "adopted")
    assert entry["key"] == finding.passage.key
    assert entry["lines"].startswith("8-")


def test_expired_and_outdated_entries_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    code = functions()[0]
    write(path, [finding_of(code)[1]])
    document = json.loads(path.read_text())
    document["entries"][0]["expires"] = "2026-12-31"
    path.write_text(json.dumps(document))
    write(path, [finding_of(code)[1]], validity=Validity(LATER), reason="prolonged")
    assert [(e["reason"], e["expires"]) for e in entries(path)] == [("prolonged", None)]
    write(
        path,
        [finding_of(code, license_="GPL-3.0-only")[1]],
        validity=Validity(LATER),
        reason="GPL now",
    )
    assert [(e["reason"], e["license"]) for e in entries(path)] == [("GPL now", "GPL-3.0-only")]


def test_decided_and_allowed_findings_get_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    item, finding = finding_of(functions()[0], before="# whence: ignore shown on purpose\n")
    decided = Decisions.read(None, (), Validity(TODAY)).decide(item, (finding,))
    assert decided[0].decision is not None
    assert write(path, [*decided, finding_of(functions()[1], license_="Unlicense")[1]]) == 0


def test_equal_contents_are_one_entry(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    same = [finding_of(functions()[0], name=name)[1] for name in ("src/b.py", "src/a.py")]
    assert write(path, same) == 1


def test_unknown_fields_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    findings = three()
    write(path, findings[:2])
    document = json.loads(path.read_text())
    document["team"] = {"ticket": [1, 2]}
    document["entries"][0]["ticket"] = "LEGAL-7"
    path.write_text(json.dumps(document))
    write(path, findings)
    assert json.loads(path.read_text())["team"] == {"ticket": [1, 2]}
    assert [entry.get("ticket") for entry in entries(path)] == ["LEGAL-7", None, None]


def test_the_file_is_readable_in_reviews(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    write(path, three())
    text = path.read_text()
    assert text.endswith("}\n")
    assert max(map(len, text.splitlines())) < 400
    names = [entry["name"] for entry in entries(path)]
    assert names == sorted(names)
    assert list(entries(path)[0]) == [name for name in FIELDS if name in entries(path)[0]]


def test_names_that_are_not_utf_8_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    name = b"src/\xff\xfe naive.py".decode("utf-8", "surrogateescape")
    write(path, [finding_of(functions()[0], name=name)[1]])
    assert read_baseline(path).entries[0].name == name
    assert json.loads(path.read_bytes().decode("utf-8"))


def test_a_failed_write_keeps_the_existing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "whence-baseline.json"
    write(path, three()[:1])
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(
        StorageError, match="No space left on device; the existing file is unchanged"
    ):
        write(path, three())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_links_and_modes_are_kept(tmp_path: Path) -> None:
    real = tmp_path / "shared.json"
    write(real, [])
    real.chmod(0o640)
    link = tmp_path / "whence-baseline.json"
    link.symlink_to(real)
    write(link, three())
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert len(entries(real)) == 3


KEY = "0123456789abcdef" * 2
WRONG = [
    ("[]", "is not an object"),
    ('{"entries": []}', '"schema" is None'),
    ('{"schema": true, "entries": []}', '"schema" is True'),
    ('{"schema": 2, "entries": []}', "a newer version wrote it, upgrade Whence"),
    ('{"schema": 1}', '"entries" must be a list'),
    ('{"schema": 1, "entries": [7]}', "entry 1 is 7, not an object"),
    ('{"schema": 1,\n "entries": [}', r"whence-baseline.json:2 is not valid JSON"),
    ('{"schema": 1, "entries": [\n<<<<<<< HEAD\n', r"json:2 has conflict markers of a merge"),
    ("[" * 100_000, "nested too deeply"),
]
WRONG_FIELDS = [
    ({"kind": None}, '"kind" is missing; it must be one of accepted, dismissed, attributed'),
    ({"kind": "ok"}, "\"kind\" is 'ok'"),
    ({"key": None}, '"key" is missing; it must be 32 hex digits'),
    ({"key": KEY.upper()}, '"key" is'),
    ({"reason": 7}, '"reason" is 7; it must be a string'),
    ({"date": "21.11.2026"}, "\"date\" is '21.11.2026'; it must be a date like 2026-12-31"),
    ({"expires": "2026-02-30"}, "\"expires\" is '2026-02-30'"),
    ({"expires": "20260228"}, "\"expires\" is '20260228'"),
    ({"lines": "3,4"}, "\"lines\" is '3,4'; it must be like 3-24"),
    ({"label": "close"}, "\"label\" is 'close'; it must be one of"),
    ({"verdict": "bad"}, "\"verdict\" is 'bad'; it must be one of allowed"),
    ({"tokens": "many"}, "\"tokens\" is 'many'; it must be a count"),
    ({"prints": "!"}, '"prints" cannot be used: it is not base64'),
    ({"prints": "AAAA"}, '"prints" cannot be used: it has 3 bytes'),
    ({"prints": "AAAAAgAAAAE="}, '"prints" cannot be used: its values are not in order'),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_an_invalid_file_is_explained(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "whence-baseline.json"
    path.write_text(text)
    with pytest.raises(PolicyError, match=message) as error:
        read_baseline(path)
    assert "whence-baseline.json" in str(error.value)


@pytest.mark.parametrize(("fields", "message"), WRONG_FIELDS)
def test_an_invalid_entry_is_named_with_its_field(
    tmp_path: Path, fields: dict[str, Any], message: str
) -> None:
    path = tmp_path / "whence-baseline.json"
    good = {"kind": "accepted", "key": KEY, "name": "src/a.py"}
    document = {"schema": 1, "entries": [good, good | fields]}
    path.write_text(json.dumps(document))
    with pytest.raises(PolicyError) as error:
        read_baseline(path)
    assert "whence-baseline.json: entry 2 (src/a.py): " in str(error.value)
    assert message in str(error.value)


def test_an_invalid_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    path.write_text("{")
    with pytest.raises(PolicyError):
        write(path, three())
    assert path.read_text() == "{"


def test_binary_files_and_folders_are_not_baselines(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    path.write_bytes(b'{"schema": "\xff"}')
    with pytest.raises(PolicyError, match="not UTF-8"):
        read_baseline(path)
    with pytest.raises(PolicyError, match="cannot be read"):
        read_baseline(tmp_path)
    assert read_baseline(tmp_path / "none.json").entries == ()


def test_a_short_handwritten_entry_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "whence-baseline.json"
    item, finding = finding_of(functions()[0], license_="GPL-3.0-only")
    entry = {"kind": "dismissed", "key": finding.passage.key, "reason": "we wrote it first"}
    path.write_text(json.dumps({"schema": 1, "entries": [entry]}), encoding="utf-8-sig")
    (decided,) = Decisions.read(path, (), Validity(TODAY)).decide(item, (finding,))
    assert decided.decision is not None
    assert decided.decision.kind is DecisionKind.DISMISSED


texts = st.text(st.characters(codec="utf-8"), max_size=20)
any_entry = st.builds(
    Entry,
    kind=st.sampled_from(DecisionKind),
    key=st.text("0123456789abcdef", min_size=32, max_size=32),
    reason=texts,
    author=texts,
    date=st.one_of(st.just(""), st.dates().map(str)),
    expires=st.one_of(st.none(), st.dates()),
    name=texts,
    lines=st.sampled_from(["", "3", "3-24"]),
    license=texts,
    verdict=st.one_of(st.none(), st.sampled_from(Verdict)),
    tokens=st.integers(0, 1 << 40),
    other=st.dictionaries(texts.filter(lambda key: key not in FIELDS), st.integers()),
)


@given(any_entry)
@settings(max_examples=50)
def test_entries_survive_writing_and_reading(entry: Entry) -> None:
    read = Entry.of(json.loads(json.dumps(entry.as_fields())), "here")
    for name in ("kind", "key", "reason", "author", "date", "expires", "name", "lines", "license"):
        assert getattr(read, name) == getattr(entry, name)
    assert (read.verdict, read.tokens, dict(read.other)) == (
        entry.verdict,
        entry.tokens,
        dict(entry.other),
    )


def test_every_field_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name in FIELDS:
        assert f"| `{name}` |" in text
    for kind in DecisionKind:
        assert f"`{kind.value}`" in text


def test_the_example_in_the_docs_is_a_baseline(tmp_path: Path) -> None:
    block = DOCS.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    path = tmp_path / "whence-baseline.json"
    path.write_text(block)
    (entry,) = read_baseline(path).entries
    assert replace(entry).as_fields() == json.loads(block)["entries"][0]
