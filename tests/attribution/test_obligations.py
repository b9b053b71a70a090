"""What licences ask for: the table, and its answers about expressions."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.licensing.categories import license_categories
from attribution.licensing.expressions import license_ids
from attribution.licensing.names import normalize_license
from attribution.licensing.obligations import (
    LicenseObligations,
    ObligationKind,
    in_words,
    obligations,
)

TABLE = (resources.files("attribution.licensing") / "obligations.toml").read_text("utf-8")
ROWS: list[dict[str, Any]] = tomllib.loads(TABLE)["licenses"]
IDS = [id_ for row in ROWS for id_ in row["ids"]]
FREQUENT = {
    "MIT", "Apache-2.0", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later",
    "LGPL-2.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only",
    "LGPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later", "BSD-2-Clause", "BSD-3-Clause",
    "BSD-4-Clause", "0BSD", "MIT-0", "ISC", "MPL-1.1", "MPL-2.0", "EPL-1.0", "EPL-2.0",
    "CDDL-1.0", "CDDL-1.1", "EUPL-1.1", "EUPL-1.2", "Artistic-1.0-Perl", "Artistic-2.0", "Zlib",
    "BSL-1.0", "Unlicense", "CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0",
    "WTFPL", "PSF-2.0", "Python-2.0", "OFL-1.1", "PostgreSQL", "NCSA", "MS-PL", "MS-RL", "X11",
    "curl", "UPL-1.0", "AFL-3.0", "OSL-3.0", "GFDL-1.3-or-later",
}  # fmt: skip
# To ScanCode; but source code and fonts stay under them.
SAME_ALTHOUGH_PERMISSIVE = {"MS-PL", "OFL-1.1-RFN", "OFL-1.1-no-RFN"}


def owed(license_: str) -> LicenseObligations:
    (only,) = obligations(license_)
    return only


def kinds(license_: str) -> set[ObligationKind]:
    return {obligation.kind for obligation in owed(license_).obligations}


def test_the_keys_are_distinct_spdx_ids() -> None:
    assert len(set(IDS)) == len(IDS)
    assert [normalize_license(id_) for id_ in IDS] == IDS
    assert set(IDS) <= set(license_categories())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["ids"][0])
def test_a_row_says_where_its_licence_says_it(row: dict[str, Any]) -> None:
    assert set(row) <= {*ObligationKind, "ids", "none", "incomplete"}
    where = [text for key, text in row.items() if key not in ("ids", "incomplete")]
    assert where
    assert all(isinstance(text, str) and text for text in where)
    assert ("none" in row) != any(kind in row for kind in ObligationKind)
    assert row.get("incomplete", True) is True


def test_the_frequent_licences_are_known() -> None:
    assert not FREQUENT - set(IDS)


def test_copyleft_asks_for_the_source_under_the_same_licence() -> None:
    both = {ObligationKind.SAME_LICENSE, ObligationKind.OFFER_SOURCE}
    for id_ in IDS:
        if "GPL-" in id_ or id_.startswith(("MPL", "EPL", "CDDL", "EUPL", "OSL", "CPL")):
            assert both <= kinds(id_), id_
        if license_categories()[id_] == "Permissive" and id_ not in SAME_ALTHOUGH_PERMISSIVE:
            assert ObligationKind.SAME_LICENSE not in kinds(id_), id_
            assert ObligationKind.NETWORK_USE not in kinds(id_), id_
        assert (ObligationKind.NETWORK_USE in kinds(id_)) <= (both <= kinds(id_)), id_
    network = {id_ for id_ in IDS if ObligationKind.NETWORK_USE in kinds(id_)}
    assert {id_ for id_ in IDS if id_.startswith("AGPL")} < network
    assert not any(id_.startswith(("GPL", "LGPL", "MPL")) for id_ in network)


def test_only_and_or_later_ask_for_the_same() -> None:
    for id_ in IDS:
        if id_.endswith("-only"):
            later = id_.removesuffix("-only") + "-or-later"
            assert owed(id_).obligations == owed(later).obligations


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("MIT", ["keep the copyright notice and the licence text (MIT)"]),
        ("MIT AND ISC", ["keep the copyright notice and the licence text (MIT, ISC)"]),
        (
            "Apache-2.0 OR MIT",
            [
                "one of: keep the copyright notice and the licence text, include its NOTICE file, "
                "state your changes (Apache-2.0)",
                "or: keep the copyright notice and the licence text (MIT)",
            ],
        ),
        (
            "MIT AND (CC0-1.0 OR Zlib)",
            [
                "keep the copyright notice and the licence text (MIT); either no conditions "
                "(CC0-1.0), or keep the copyright notice, state your changes (Zlib)"
            ],
        ),
        (
            "LGPL-2.1-only WITH OCaml-LGPL-linking-exception",
            [
                "keep the copyright notice and the licence text, state your changes, offer the "
                "source code, use the same licence, some of which the exception may waive "
                "(LGPL-2.1-only WITH OCaml-LGPL-linking-exception)"
            ],
        ),
        ("Vim", ["include the licence text, and perhaps more (Vim)"]),
        ("LicenseRef-ours", ["what this licence asks for is not known (LicenseRef-ours)"]),
        ("NOASSERTION", ["what this licence asks for is not known"]),
        ("no expression (", ["what this licence asks for is not known"]),
    ],
)
def test_words_for_people(expression: str, words: list[str]) -> None:
    assert list(in_words(expression)) == words


def test_an_exception_keeps_what_its_licence_asks_for() -> None:
    with_exception = owed("GPL-2.0-or-later WITH Classpath-exception-2.0")
    assert with_exception.obligations == owed("GPL-2.0-or-later").obligations
    assert with_exception.text == "GPL-2.0-or-later WITH Classpath-exception-2.0"


def test_nothing_is_made_up_about_an_unknown_licence() -> None:
    assert obligations("NOASSERTION") == ()
    unknown = owed("LicenseRef-ours")
    assert unknown.obligations == ()
    assert not unknown.known
    assert not unknown.complete


expressions = st.recursive(
    st.sampled_from([*IDS, "LicenseRef-ours", "GPL-2.0-only WITH Bison-exception-2.2"]),
    lambda parts: st.builds(
        lambda left, operator, right: f"({left}) {operator} ({right})",
        parts,
        st.sampled_from(["AND", "OR"]),
        parts,
    ),
    max_leaves=6,
)


@given(expressions)
def test_every_licence_of_an_expression_is_answered_once(expression: str) -> None:
    answered = obligations(expression)
    assert {answer.text for answer in answered} == license_ids(expression)
    assert len({answer.text for answer in answered}) == len(answered)
    assert set(answered) == {owed(answer.text) for answer in answered}
    words = "\n".join(in_words(expression))
    assert all(answer.text in words for answer in answered)
    assert in_words(normalize_license(expression)) == in_words(expression)


@given(st.lists(st.sampled_from(IDS), min_size=2, max_size=5, unique=True))
def test_and_is_a_union_on_one_line_and_or_has_a_line_for_each(ids: list[str]) -> None:
    together, choice = " AND ".join(ids), " OR ".join(ids)
    assert obligations(together) == obligations(choice)
    assert len(in_words(together)) == 1
    assert len(in_words(choice)) == len(ids)
