"""Reports: the published JSON shape, and the text for every state of an answer."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import re
import time

import jsonschema
import pytest
from rich.console import Console

from attribution.reports.answer_schema import published_schema
from attribution.reports.index_report import print_description
from attribution.reports.json_report import as_json, json_line, json_text
from attribution.reports.line_rows import aligned_rows
from attribution.reports.numbers import count_of, percent, size_in_words
from attribution.reports.side_by_side import print_side_by_side
from attribution.reports.summary import coverage_in_words
from attribution.reports.terminal import printable
from attribution.reports.text_report import FOOTER, print_answer, print_index
from attribution.types import (
    Attribution,
    Covered,
    IndexDescription,
    IndexSummary,
    Label,
    Lead,
    LicenseEvidence,
    Match,
    MatchKind,
    Occurrence,
    Origin,
    Snippet,
    Source,
    SourceOccurrence,
    Span,
    Status,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ONE, OTHER = "swh:1:cnt:" + "c" * 40, "swh:1:cnt:" + "d" * 40
INDEX = IndexSummary("tiny", "2026-11-21T10:00:00Z", 3, 12, 1, 1, "7")
HERE, THERE = Span(41, 812, 3, 24), Span(2810, 3581, 88, 109)

SOURCE = Source(
    document=ONE,
    kind=MatchKind.VERBATIM,
    tokens=170,
    containment=0.9999,
    similarity=0.95,
    longest_run_tokens=170,
    evidence=168.5,
    confidence=0.987,
    matches=(Match(MatchKind.VERBATIM, 170, HERE, THERE),),
    occurrences=(
        Occurrence(
            "owner/name",
            "a/b.py",
            COMMIT,
            "https://github.com/owner/name",
            "2021-03-04",
            120,
            license=LicenseEvidence("Apache-2.0", "file header"),
        ),
        Occurrence("copy", "vendor/b.py", "1.0", "pkg:pypi/copy", None, None, vendored=True),
    ),
    occurrences_total=12,
    origin=Origin(0, "earliest of 12"),
    documents=(ONE, OTHER),
    occurrence_documents=(ONE, OTHER),
    occurrence_spans=(THERE, Span(0, 771, 1, 22)),
)
FOUND = Attribution(
    status=Status.CHECKED,
    status_reason=None,
    label=Label.VERBATIM,
    reason="170 tokens of lines 3-24 are the same as lines 88-109 of owner/name/a/b.py.",
    confidence=0.987,
    snippet=Snippet(b"code", "python", "x.py"),
    lines=24,
    tokens=181,
    sources=(SOURCE,),
    index=INDEX,
    elapsed_ms=1.23456,
    candidates_proposed=9,
    candidates_verified=2,
)
NOTHING = dataclasses.replace(
    FOUND, label=Label.NONE, reason="Nothing matches beyond chance.", confidence=0.0, sources=()
)
COMMON = dataclasses.replace(
    NOTHING, label=Label.COMMON, reason="Its parts are in about 950 files.", common_count=950
)
TOO_SHORT = dataclasses.replace(
    NOTHING,
    status=Status.NOT_CHECKED,
    status_reason="too short to judge: 4 tokens, the minimum is 19",
    label=None,
    reason="Not checked: too short to judge.",
)
PARTIAL = dataclasses.replace(
    FOUND, status=Status.PARTIAL, status_reason="the time limit of 20 s was reached"
)
LEAD = Lead(
    Match(MatchKind.VERBATIM, 21, HERE, THERE),
    SourceOccurrence(SOURCE.occurrences[0], ONE, THERE),
    3,
)
WITH_LEAD = dataclasses.replace(NOTHING, leads=(LEAD,))
STATES = {
    "lead": WITH_LEAD,
    "found": FOUND,
    "nothing": NOTHING,
    "common": COMMON,
    "too short": TOO_SHORT,
    "partial": PARTIAL,
}


def closed(schema: object) -> object:
    """The schema, refusing unknown fields: every field that is written must be published."""
    schema = copy.deepcopy(schema)

    def close(part: object) -> None:
        if isinstance(part, dict):
            if "properties" in part and "required" in part:
                part["additionalProperties"] = False
            for value in part.values():
                close(value)
        elif isinstance(part, list):
            for value in part:
                close(value)

    close(schema)
    return schema


VALIDATOR = jsonschema.Draft202012Validator(
    closed(json.loads(published_schema())), format_checker=jsonschema.FormatChecker()
)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(published_schema()))


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_the_published_shape(state: str) -> None:
    shape = json.loads(json_line(as_json(STATES[state])))
    VALIDATOR.validate(shape)
    assert shape["status"] == STATES[state].status


@pytest.mark.parametrize(
    ("field", "value"),
    [("label", "none"), ("status_reason", None), ("sources", [json.loads("{}")])],
)
def test_the_schema_rejects_an_unchecked_answer_that_looks_checked(
    field: str, value: object
) -> None:
    shape = {**as_json(TOO_SHORT), field: value}
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(shape)


def test_an_answer_has_the_shape_of_the_design() -> None:
    shape = json.loads(json_line(as_json(FOUND)))
    (source,) = shape["sources"]
    first, second = source["occurrences"]
    assert shape["snippet"] == {"name": "x.py", "language": "python", "lines": 24, "tokens": 181}
    assert shape["elapsed_ms"] == 1.235
    assert source["matches"] == [
        {
            "kind": "verbatim",
            "tokens": 170,
            "snippet": {"start_line": 3, "end_line": 24, "start": 41, "end": 812},
            "source": {"start_line": 88, "end_line": 109, "start": 2810, "end": 3581},
        }
    ]
    assert first["url"] == f"https://github.com/owner/name/blob/{COMMIT}/a/b.py#L88-L109"
    assert first["license"] == {
        "expression": "Apache-2.0",
        "evidence": "file header",
        "conflict": None,
        "file": None,
        "lines": None,
        "matcher": None,
        "url": None,
        "against": [],
    }
    # a near-equal content: its own id and lines
    assert second["swhid"].startswith(OTHER)
    assert second["lines"] == {"start_line": 1, "end_line": 22}
    assert second["license"]["expression"] == "NOASSERTION"
    assert source["origin"] == {"occurrence": 0, "reason": "earliest of 12"}
    assert source["notice"].startswith("Includes code copied from owner/name\n")
    (apache,) = source["obligations"]
    assert apache["license"] == "Apache-2.0"
    assert {"kind": "include-notice", "where": "sec. 4(d)"} in apache["obligations"]
    assert (apache["exception"], apache["known"], apache["complete"]) == ("", True, True)
    assert source["owed"] == [
        "keep the copyright notice and the licence text, include its NOTICE file, state your "
        "changes (Apache-2.0)"
    ]


def text_of(answer: Attribution, width: int = 80) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False, emoji=False)
    print_answer(console, answer)
    print_index(console, answer.index)
    return out.getvalue()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("found", ["x.py: VERBATIM COPY, 98% sure\n", "owner/name", "Apache-2.0"]),
        ("nothing", ["x.py: NO SOURCE FOUND\n", "Nothing matches beyond chance."]),
        (
            "lead",
            [
                "NO SOURCE FOUND",
                "21 tokens of lines 3-24 are also in",
                "88-109 of owner/name/a/b.py",
            ],
        ),
        ("common", ["x.py: COMMON CODE\n", "Its parts are in about 950 files."]),
        ("too short", ["x.py: NOT CHECKED\n", "too short to judge: 4 tokens, the minimum is 19"]),
        ("partial", ["(partially checked)", "the time limit of 20 s was reached"]),
    ],
)
def test_every_state_has_its_own_words(state: str, words: list[str]) -> None:
    text = text_of(STATES[state])
    for word in words:
        assert word in text
    assert FOOTER in text
    assert "tiny of 2026-11-21" in text
    if state != "found":
        assert "VERBATIM COPY, 98% sure\n" not in text


def test_a_source_is_printed_in_full() -> None:
    assert text_of(FOUND).split("\n\n")[1] == (
        "1. owner/name  0123456789, 2021-03-04, 120 stars\n"
        "   match    verbatim (the same tokens): 170 tokens, 99% of the snippet\n"
        "   file     a/b.py\n"
        "   lines    3-24 here = 88-109 there (170 tokens)\n"
        "   licence  Apache-2.0 (read from: file header)\n"
        "   owed     keep the copyright notice and the licence text, include its NOTICE\n"
        "            file, state your changes (Apache-2.0)\n"
        "   origin   probably here: earliest of 12\n"
        "   also in  copy (1.0, vendored copy)  vendor/b.py:1-22\n"
        "            10 more occurrences (see --format json)\n"
        f"   cite     https://github.com/owner/name/blob/{COMMIT}/a/b.py#L88-L109\n"
        f"            {ONE};origin=https://github.com/owner/name"
        f";anchor=swh:1:rev:{COMMIT};path=/a/b.py;lines=88-109\n"
        f"            pkg:github/owner/name@{COMMIT}#a/b.py"
    )


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        ("NOASSERTION", []),
        (
            "LicenseRef-ours",
            ["   owed     what this licence asks for is not known (LicenseRef-ours)"],
        ),
        (
            "CC0-1.0 OR MIT",
            [
                "   owed     one of: no conditions (CC0-1.0)",
                "            or: keep the copyright notice and the licence text (MIT)",
            ],
        ),
    ],
)
def test_what_is_owed_is_under_the_licence(expression: str, rows: list[str]) -> None:
    license_ = LicenseEvidence(expression, "license file")
    seen = dataclasses.replace(SOURCE.occurrences[0], license=license_)
    source = dataclasses.replace(SOURCE, occurrences=(seen, *SOURCE.occurrences[1:]))
    lines = text_of(dataclasses.replace(FOUND, sources=(source,))).splitlines()
    below = next(at for at, line in enumerate(lines) if line.startswith("   licence ")) + 1
    assert lines[below : below + len(rows)] == rows
    assert sum(line.startswith("   owed ") for line in lines) == bool(rows)


def test_the_occurrence_shown_has_the_lines_that_are_shown() -> None:
    source = dataclasses.replace(SOURCE, origin=Origin(1, "earliest"))
    text = text_of(dataclasses.replace(FOUND, sources=(source,)))
    assert "1. owner/name  " in text
    assert "lines    3-24 here = 88-109 there" in text
    assert "probably copy (1.0, vendored copy)  vendor/b.py:1-22: earliest" in text


def test_text_keeps_to_the_width_except_for_addresses() -> None:
    for width in (60, 80, 120):
        for line in text_of(PARTIAL, width).splitlines():
            assert len(line) <= width or "://" in line or "swh:1" in line or "pkg:" in line


def test_licence_conflicts_and_unknown_licences_are_shown() -> None:
    place = SOURCE.occurrences[0]
    conflict = "the header says MIT, LICENSE says GPL-2.0-only"
    torn = dataclasses.replace(place, license=LicenseEvidence("MIT", "file header", conflict))
    unknown = dataclasses.replace(place, license=LicenseEvidence("NOASSERTION", "none"))
    for evidence, words in ((torn, f"CONFLICT: {conflict}"), (unknown, "unknown: assume no")):
        source = dataclasses.replace(SOURCE, occurrences=(evidence,), occurrence_spans=())
        assert words in text_of(dataclasses.replace(FOUND, sources=(source,)))


def test_no_control_character_of_a_stranger_reaches_the_terminal() -> None:
    place = dataclasses.replace(
        SOURCE.occurrences[0], path="a\x1b[2Jb\u202e.py", repository="o\x07"
    )
    source = dataclasses.replace(SOURCE, occurrences=(place,), occurrence_spans=())
    text = text_of(dataclasses.replace(FOUND, sources=(source,)))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "a␛[2Jb<U+202E>.py" in text


def test_indented_json_contains_nothing_that_a_terminal_obeys() -> None:
    strange = {"path": "\x1b[2J\x9b2J\u202e\u2066\udcff\u2028", "name": "naïve 日本"}
    text = json_text(strange)
    assert json.loads(text) == strange
    assert text.replace("\n", "").isprintable()
    assert "naïve 日本" in text


def test_info_lists_a_few_of_many_sources() -> None:
    out = io.StringIO()
    names = ("stdlib:/usr/lib", *(f"package:/{'deep/' * 20}{n}.dist-info" for n in range(40)))
    description = IndexDescription(
        INDEX, 0, {}, {}, 0, (), {}, {"contents": 0}, names, {"raw_k": 12}, 0
    )
    console = Console(file=out, width=80, highlight=False, markup=False, emoji=False)
    print_description(console, "there", description)
    rows = out.getvalue().splitlines()
    at = rows.index("  indexed     41 sources (40 package, 1 stdlib), such as")
    assert rows[at + 1 : at + 4] == [f"{' ' * 14}{name}" for name in names[:3]]
    assert rows[at + 4] == f"{' ' * 14}and 38 more (--format json lists all)"
    assert names[3] not in out.getvalue()


def test_printable() -> None:
    assert printable("a\tb\r\x00\x7f\x9b") == "a   b␍␀␡<U+009B>"
    assert printable("naïve 日本") == "naïve 日本"


@pytest.mark.parametrize(
    ("share", "text"), [(1.0, "100%"), (0.9999, "99%"), (0.29, "29%"), (0.0, "0%")]
)
def test_percent_rounds_down(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1234, "1.23 kB"), (45_600_000, "45.6 MB"), (999_999, "1 MB")],
)
def test_sizes(size: int, text: str) -> None:
    assert size_in_words(size) == text


def test_counts_have_their_plural() -> None:
    assert [count_of(n, "file") for n in (0, 1, 1234)] == ["0 files", "1 file", "1,234 files"]


LEFT = b"# mine\ndef f(a):\n    b = a + 1\n    return b\n"
RIGHT = b"x\r\n\r\ndef f(a):\r\n\tb = a + 1\r\n\tlog(b)\r\n\treturn  b\r\n"


def match(kind: MatchKind, ours: tuple[int, int], theirs: tuple[int, int]) -> Match:
    return Match(kind, 15, Span(0, 0, *ours), Span(0, 0, *theirs))


def test_lines_are_aligned_whatever_their_indentation() -> None:
    rows = list(aligned_rows(LEFT, RIGHT, match(MatchKind.EDITED, (2, 4), (3, 6))))
    assert [row.sign for row in rows] == ["=", "=", ">", "="]
    assert rows[1].left == (3, "    b = a + 1")
    assert rows[1].right == (4, "\tb = a + 1")
    assert rows[2].left is None
    assert rows[3].right == (6, "\treturn  b")


def test_renamed_lines_are_aligned_by_their_shape() -> None:
    theirs = b"def g(other):\n    log = other + 1\n    again()\n    return log\n"
    rows = list(aligned_rows(LEFT, theirs, match(MatchKind.RENAMED, (2, 4), (1, 4))))
    assert [row.sign for row in rows] == ["=", "=", ">", "="]


def test_long_lines_and_neighbours_decide() -> None:
    ours = b"open()\n{\n  a_long_line_of_its_own()\n}\nclose()\n"
    theirs = b"open()\n{\n}\nother()\n{\n  a_long_line_of_its_own()\n}\nclose()\n"
    rows = list(aligned_rows(ours, theirs, match(MatchKind.EDITED, (1, 5), (1, 8))))
    assert [row.sign for row in rows] == ["=", ">", ">", ">", "=", "=", "=", "="]


def test_pairing_lines_is_fast_for_any_input() -> None:
    ours = b"x\n" * 1000
    theirs = b"".join(b"x\n" if n % 2 else b"u%d\n" % n for n in range(1000))
    began = time.process_time()
    rows = list(aligned_rows(ours, theirs, match(MatchKind.EDITED, (1, 1000), (1, 1000))))
    # difflib took 35 s; this takes 0.02
    assert time.process_time() - began < 5
    assert sum(row.sign == "=" for row in rows) == 500
    assert len([row for row in rows if row.left]) == 1000
    assert len([row for row in rows if row.right]) == 1000


def test_sides_in_any_encoding_show_their_lines() -> None:
    both = match(MatchKind.VERBATIM, (2, 3), (2, 3))
    text = "# mine\nname = 'é'\nx = 2\n"
    rows = list(aligned_rows(text.encode("utf-16"), text.encode("latin-1"), both))
    assert [row.sign for row in rows] == ["=", "="]
    assert rows[0].left == rows[0].right == (2, "name = 'é'")


def test_sides_are_printed_within_the_width() -> None:
    out = io.StringIO()
    console = Console(file=out, width=60)
    wide = LEFT + b"x = '" + b"long " * 4000 + b"\x1b[2J'\n"
    print_side_by_side(
        console, ("x.py", "a/b.py"), (wide, wide), match(MatchKind.VERBATIM, (2, 5), (2, 5))
    )
    lines = out.getvalue().splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert re.match(r" +x\.py +a/b\.py", lines[1])
    assert re.match(r"2 def f\(a\): +=  ?2 def f\(a\):", lines[2])
    assert "\x1b" not in out.getvalue()


def test_a_long_match_says_how_much_it_leaves_out() -> None:
    out = io.StringIO()
    code = b"".join(b"line%d\n" % i for i in range(500))
    both = match(MatchKind.VERBATIM, (1, 500), (1, 500))
    print_side_by_side(Console(file=out, width=60), ("x", "y"), (code, code), both)
    assert "line199" in out.getvalue()
    assert "line200" not in out.getvalue()
    assert "and 300 more lines of this match" in out.getvalue()


@pytest.mark.parametrize(
    ("tokens", "coverage", "words"),
    [
        (
            200,
            {MatchKind.VERBATIM: 86, MatchKind.EDITED: 1},
            "43% verbatim, <1% edited, 56% no match",
        ),
        (200, {MatchKind.RENAMED: 199, None: 1}, "99% renamed, <1% common"),
        (200, {MatchKind.VERBATIM: 200}, "100% verbatim"),
    ],
)
def test_the_shares_of_all_tokens_are_said(
    tokens: int, coverage: dict[MatchKind | None, int], words: str
) -> None:
    parts = tuple(Covered(kind, count, Span(0, 1, 1, 1)) for kind, count in coverage.items())
    assert coverage_in_words(dataclasses.replace(FOUND, tokens=tokens, coverage=parts)) == (
        f"Of {tokens} tokens: {words}."
    )


def test_all_sources_and_licences_are_counted_and_a_cut_list_says_so() -> None:
    cut = dataclasses.replace(
        FOUND, sources_total=35, licenses=(("MIT", 30), ("NOASSERTION", 4), ("MPL-2.0", 1))
    )
    text = text_of(cut)
    assert "35 sources; licences MIT (30), not known (4), MPL-2.0 (1).\n" in text
    assert "1 of 35 sources are listed; --max-sources all lists all.\n" in text
    whole = dataclasses.replace(FOUND, sources_total=1, licenses=(("MIT", 1),))
    assert "licences" not in text_of(whole)
    assert "are listed" not in text_of(whole)
