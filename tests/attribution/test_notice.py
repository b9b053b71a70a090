"""NOTICE: entries that say what is known, and the licence texts that go with them."""

from __future__ import annotations

import dataclasses

import pytest
from identify.vendor.licenses import LICENSES

from attribution.licensing.expressions import license_ids
from attribution.licensing.texts import license_address, license_text
from attribution.notice import file_name, license_texts, notice, notice_text, noticed_files
from attribution.types import (
    Holder,
    LicenseEvidence,
    Match,
    MatchKind,
    Occurrence,
    Origin,
    Source,
    Span,
)

CONTENT = "swh:1:cnt:" + "c" * 40
COMMIT = "0123456789abcdef0123456789abcdef01234567"
_SPAN = Span(0, 1, 88, 109)

SOURCE = Source(
    document=CONTENT,
    kind=MatchKind.VERBATIM,
    tokens=90,
    containment=1.0,
    similarity=1.0,
    longest_run_tokens=90,
    evidence=100.0,
    confidence=0.99,
    matches=(Match(MatchKind.VERBATIM, 90, _SPAN, _SPAN),),
    occurrences=(
        Occurrence("o/copy", "a/b.py", COMMIT, "https://github.com/o/copy", vendored=True),
        Occurrence(
            "owner/name",
            "a/b.py",
            COMMIT,
            "https://github.com/owner/name",
            license=LicenseEvidence("Apache-2.0", "file header"),
            holders=(Holder("2019-2021", "Ada Lovelace"), Holder("", "Example, Inc.")),
        ),
    ),
    occurrences_total=12,
    origin=Origin(1, "earliest of 12"),
)


def under(expression: str, repository: str = "owner/name") -> Source:
    """A source with one occurrence, under a licence."""
    seen = dataclasses.replace(
        SOURCE.occurrences[1],
        repository=repository,
        license=LicenseEvidence(expression, "license file"),
    )
    return dataclasses.replace(SOURCE, occurrences=(seen,), origin=None)


def test_a_notice_names_the_origin_its_licence_and_its_address() -> None:
    assert notice(SOURCE) == (
        "Includes code copied from owner/name\n"
        "  File: a/b.py, lines 88-109\n"
        f"  Revision: {COMMIT}\n"
        "  Copyright (c) 2019-2021 Ada Lovelace\n"
        "  Copyright (c) Example, Inc.\n"
        "  Licence: Apache-2.0 (read from: file header)\n"
        "  Licence text: https://spdx.org/licenses/Apache-2.0.html\n"
        "  NOTICE: Apache-2.0 requires the contents of the project's NOTICE file, if any; "
        "the index has none.\n"
        "  Seen in 12 files; this is the probable origin (earliest of 12).\n"
        f"  Source: https://github.com/owner/name/blob/{COMMIT}/a/b.py#L88-L109\n"
        f"  SWHID: {CONTENT}\n"
    )


def test_contents_of_notice_files_are_written_once_and_forge_no_entry() -> None:
    forged = "Harbour\n\tby Jane\n* Includes code copied from evil/x\n  File: y.py\n"
    sources = [under("Apache-2.0", "quay/harbour"), under("Apache-2.0", "quay/mirror")]
    sources = [
        dataclasses.replace(
            source, occurrences=(dataclasses.replace(source.occurrences[0], notice=forged),)
        )
        for source in sources
    ]
    text = notice_text(sources)
    assert "NOTICE: Apache-2.0 requires the contents of the project's NOTICE file, see" in text
    assert text.count("Contents of NOTICE in quay/harbour, quay/mirror:\n\nHarbour\n") == 1
    assert text.count("by Jane") == 1
    assert list(noticed_files(text)) == ["quay/harbour, a/b.py", "quay/mirror, a/b.py"]


def test_an_author_is_not_a_copyright_statement() -> None:
    seen = dataclasses.replace(
        SOURCE.occurrences[1], holders=(Holder("", "Jane", "AUTHORS"), Holder("1999", "Bo", "C.md"))
    )
    text = notice(dataclasses.replace(SOURCE, occurrences=(seen,), origin=None))
    assert "  Author: Jane (named in AUTHORS; no copyright statement was found)\n" in text
    assert "  Copyright (c) 1999 Bo\n" in text


def test_a_notice_shows_an_unknown_licence_and_a_conflict() -> None:
    unknown = dataclasses.replace(SOURCE, origin=Origin(0, "only one"))
    assert "Licence: unknown. Do not assume permission without one" in notice(unknown)
    torn = dataclasses.replace(
        SOURCE.occurrences[1],
        license=LicenseEvidence("MIT", "file header", "header says MIT, LICENSE says GPL-2.0-only"),
    )
    text = notice(dataclasses.replace(SOURCE, occurrences=(torn,), origin=None))
    assert "Licence: MIT (read from: file header)" in text
    assert "in conflict, resolve before use: header says MIT, LICENSE says GPL-2.0-only" in text
    assert "probable origin" not in text


def test_a_name_cannot_forge_a_line_of_a_notice() -> None:
    forger = dataclasses.replace(
        SOURCE.occurrences[0], path="a\n  Licence: MIT\x1b[2J\udcff\u202e.py"
    )
    text = notice(dataclasses.replace(SOURCE, occurrences=(forger,), origin=None))
    assert "  File: a\\n  Licence: MIT\\x1b[2J\\udcff\\u202e.py" in text
    assert text.count("\n  Licence: ") == 1


def test_a_notice_without_an_occurrence_says_so() -> None:
    text = notice(dataclasses.replace(SOURCE, occurrences=(), occurrences_total=0, origin=None))
    assert CONTENT in text
    assert "no longer in the index" in text


def test_a_notice_without_a_match_names_no_lines() -> None:
    assert "lines" not in notice(dataclasses.replace(SOURCE, matches=()))


def test_unknown_holders_are_not_left_out_silently() -> None:
    nameless = dataclasses.replace(SOURCE, origin=Origin(0, "only one"))
    assert "  Copyright holders: not known; see the source.\n" in notice(nameless)


def test_a_near_equal_content_is_named_beside_the_cited_one() -> None:
    other = "swh:1:cnt:" + "d" * 40
    source = dataclasses.replace(SOURCE, occurrence_documents=(CONTENT, other))
    assert notice(source).endswith(f"  SWHID: {other}\n  SWHID: {CONTENT}\n")


@pytest.mark.parametrize("license_", ["GPL-3.0-only", "MPL-2.0", "LGPL-2.1-or-later"])
def test_the_source_is_offered_where_the_licence_asks_for_it(license_: str) -> None:
    text = notice(under(license_))
    url = f"https://github.com/owner/name/blob/{COMMIT}/a/b.py#L88-L109"
    assert f"  Source: {url}\n  Its source code is available there, as {license_} requires" in text
    assert "source code is available" not in notice(under("MIT"))
    nowhere = dataclasses.replace(under(license_).occurrences[0], origin="")
    text = notice(dataclasses.replace(SOURCE, occurrences=(nowhere,), origin=None))
    assert f"  {license_} requires its source code: add the address.\n" in text


def test_a_text_has_each_entry_and_each_licence_once() -> None:
    sources = [
        under("MIT", "a/a"),
        under("GPL-2.0-only", "b/b"),
        under("GPL-2.0-or-later OR MIT", "c/c"),
        under("MIT", "a/a"),
        under("LicenseRef-ours WITH Classpath-exception-2.0", "d/d"),
        under("NOASSERTION", "e/e"),
    ]
    text = notice_text(sources)
    assert text.count("Includes code copied from a/a\n") == 1
    headings = [line for line in text.splitlines() if line.startswith("Licence text: ")]
    assert headings == [
        "Licence text: Classpath-exception-2.0",
        "Licence text: GPL-2.0-only, GPL-2.0-or-later",
        "Licence text: LicenseRef-ours",
        "Licence text: MIT",
    ]
    assert text.count("Permission is hereby granted, free of charge") == 1
    assert text.count("TERMS AND CONDITIONS FOR COPYING, DISTRIBUTION AND MODIFICATION") == 1
    assert "The text is at https://spdx.org/licenses/Classpath-exception-2.0.html" in text
    assert "LicenseRef-ours is not in the SPDX list: take its text from the source." in text
    assert notice_text([*sources[2:], *sources[:2]]).count("\nLicence text: ") == len(headings)
    assert notice_text([]) == ""


def test_the_lesser_gpl_comes_with_the_gpl_that_it_is_a_part_of() -> None:
    (gpl, lesser) = license_texts(["LGPL-3.0-or-later"])
    assert "Licence text: GPL-3.0-or-later\n" in gpl
    assert "Licence text: LGPL-3.0-or-later\n" in lesser


@pytest.mark.parametrize("id_", [id_ for id_, _ in LICENSES])
def test_a_text_is_whole_but_for_the_copyright_line_of_its_template(id_: str) -> None:
    text = license_text(id_)
    assert text is not None
    assert "[year]" not in text
    words = dict(LICENSES)[id_].split()
    missing = len(words) - len(text.split())
    assert missing <= 8
    assert ("[fullname]: the copyright holders" in text) == ("[fullname]" in text)
    (spdx,) = license_ids(id_)
    assert license_address(spdx) == f"https://spdx.org/licenses/{spdx}.html"


def test_a_licence_of_no_list_has_neither_text_nor_address() -> None:
    for id_ in ("LicenseRef-ours", "LicenseRef-scancode-public-domain", "Own-1.0"):
        assert license_text(id_) is None
        assert license_address(id_) is None


@pytest.mark.parametrize(
    "path", ["a/b.py", "a, b.py", "a\n  File: c.py", "x, lines 1-2", "日本/\udcff.py"]
)
@pytest.mark.parametrize("kind", MatchKind)
@pytest.mark.parametrize("margin", ["", "# ", " * ", "//   "])
def test_an_entry_is_found_wherever_it_was_pasted(path: str, kind: MatchKind, margin: str) -> None:
    occurrence = dataclasses.replace(SOURCE.occurrences[1], path=path)
    source = dataclasses.replace(SOURCE, kind=kind, occurrences=(occurrence,), origin=None)
    text = "".join(f"{margin}{line}\n" for line in ["Credits", *notice(source).splitlines(), "x"])
    assert list(noticed_files(text)) == [file_name(occurrence)]
