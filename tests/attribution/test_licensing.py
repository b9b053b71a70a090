"""Licences: names to SPDX, headers, and which evidence wins."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.licensing.evidence import (
    DATASET_COLUMN,
    FILE_HEADER,
    LICENSE_FILE,
    PACKAGE_METADATA,
    combine_evidence,
)
from attribution.licensing.expressions import NOASSERTION, license_ids
from attribution.licensing.names import normalize_license
from attribution.types import UNKNOWN_LICENSE, LicenseEvidence
from tests.support.license_evidence import said


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("MIT License", "MIT"),
        ("The MIT License", "MIT"),
        ("License :: OSI Approved :: MIT License", "MIT"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Apache Software License", "Apache-2.0"),
        ("License :: OSI Approved :: Apache Software License", "Apache-2.0"),
        ("BSD 3-Clause", "BSD-3-Clause"),
        ("3-Clause BSD License", "BSD-3-Clause"),
        ("Simplified BSD", "BSD-2-Clause"),
        ("License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ("License :: OSI Approved :: ISC License (ISCL)", "ISC"),
        ("License :: OSI Approved :: Python Software Foundation License", "PSF-2.0"),
        # deprecated ids, as SPDX maps them
        ("GPL-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("AGPL-3.0", "AGPL-3.0-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        (
            "GPL-2.0-with-classpath-exception",
            "GPL-2.0-only WITH Classpath-exception-2.0",
        ),
        ("GPLv3+", "GPL-3.0-or-later"),
        ("GNU GPLv3", "GPL-3.0-only"),
        (
            "License :: OSI Approved :: GNU General Public License v2 or later (GPLv2+)",
            "GPL-2.0-or-later",
        ),
        (
            "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)",
            "LGPL-3.0-only",
        ),
        ("GNU Affero General Public License v3", "AGPL-3.0-only"),
        # expressions
        ("MIT AND MIT", "MIT"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        ("Apache-2.0 / MIT", "Apache-2.0 OR MIT"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("MIT OR Apache 2.0", "MIT OR Apache-2.0"),
        ("GPL v2 or MIT", "GPL-2.0-only OR MIT"),
        ("MIT, BSD-3-Clause", "MIT AND BSD-3-Clause"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
        ("LicenseRef-Acme-1", "LicenseRef-Acme-1"),
        ("(MIT", "MIT"),
        # lists: all of them apply
        (["MIT"], "MIT"),
        (["MIT", "Apache-2.0"], "MIT AND Apache-2.0"),
        (["MIT", "", "MIT"], "MIT"),
        (["MIT OR GPL-2.0", "ISC"], "(MIT OR GPL-2.0-only) AND ISC"),
    ],
)
def test_names_become_spdx(found: str | list[str], expected: str) -> None:
    assert normalize_license(found) == expected


@pytest.mark.parametrize(
    "found",
    [
        None, "", "  ", [], [""], "NOASSERTION", "NONE", "UNKNOWN", "Other",
        "BSD", "BSD License", "License :: OSI Approved :: BSD License", "GPL", "LGPL", "Apache",
        "GNU General Public License (GPL)", "GPL-9.0", "Public Domain",
        "UNLICENSED",  # npm: no licence is granted; not the Unlicense
        "SEE LICENSE IN LICENSE", "Foo OR MIT", ["MIT", "Foo"], "Classpath-exception-2.0",
        "()", "MIT AND", "AND", "WITH", "MIT WITH MIT", "((((", "/", ",", "\x00",
        "Copyright (c) 2001 Somebody", "MIT " * 1000,
    ],
)  # fmt: skip
def test_what_is_not_known_is_said_so(found: str | list[str] | None) -> None:
    assert normalize_license(found) == NOASSERTION


@given(st.text(max_size=60) | st.lists(st.text(max_size=20), max_size=3))
def test_any_text_has_an_answer(found: str | list[str]) -> None:
    expression = normalize_license(found)
    assert expression == NOASSERTION or license_ids(expression)
    assert normalize_license(expression) == expression


WORDS = (
    "MIT", "Apache-2.0", "GPL-2.0+", "BSD", "AND", "OR", "WITH", "(", ")", "/", ",",
    "LicenseRef-x", "Classpath-exception-2.0",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_any_expression_has_an_answer_that_stays(words: list[str]) -> None:
    expression = normalize_license(" ".join(words))
    assert normalize_license(expression) == expression


def test_the_ids_of_an_expression() -> None:
    assert license_ids("MIT OR (GPL-2.0-only WITH Classpath-exception-2.0 AND ISC)") == {
        "MIT",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "ISC",
    }
    assert license_ids(NOASSERTION) == frozenset()
    assert license_ids("(((") == frozenset()


def evidence(kind: str, expression: str) -> LicenseEvidence:
    return LicenseEvidence(expression, kind)


MIT = evidence(FILE_HEADER, "MIT")


@pytest.mark.parametrize(
    ("found", "expression", "kind", "conflict"),
    [
        ((), NOASSERTION, "none", None),
        ((evidence(DATASET_COLUMN, NOASSERTION),), NOASSERTION, "none", None),
        ((evidence(DATASET_COLUMN, "MIT"),), "MIT", DATASET_COLUMN, None),
        ((evidence(DATASET_COLUMN, "ISC"), MIT), "MIT", FILE_HEADER,
         "the file header says MIT, but the dataset column says ISC"),
        ((MIT, evidence(LICENSE_FILE, "Apache-2.0"), evidence(PACKAGE_METADATA, "Apache-2.0")),
         "MIT", FILE_HEADER,
         "the file header says MIT, but the license file and the package metadata say Apache-2.0"),
        ((MIT, evidence(LICENSE_FILE, "ISC"), evidence(DATASET_COLUMN, "0BSD")),
         "MIT", FILE_HEADER, "the file header says MIT, "
         "but the license file says ISC and the dataset column says 0BSD"),
        # agreement in other words
        ((evidence(FILE_HEADER, "MIT OR ISC"), evidence(PACKAGE_METADATA, "ISC OR MIT")),
         "MIT OR ISC", FILE_HEADER, None),
        ((MIT, evidence(DATASET_COLUMN, "Apache-2.0 AND MIT")), "MIT", FILE_HEADER, None),
        ((evidence(FILE_HEADER, "MIT OR ISC"), evidence(LICENSE_FILE, "MIT")),
         "MIT OR ISC", FILE_HEADER, None),
        # one half of a duty is not the other
        ((evidence(FILE_HEADER, "MIT AND ISC"), evidence(LICENSE_FILE, "MIT")),
         "MIT AND ISC", FILE_HEADER,
         "the file header says MIT AND ISC, but the license file says MIT"),
        # what a text cannot tell
        ((evidence(LICENSE_FILE, "GPL-2.0-only"), evidence(PACKAGE_METADATA, "GPL-2.0-or-later")),
         "GPL-2.0-or-later", PACKAGE_METADATA, None),
        ((evidence(LICENSE_FILE, "ISC AND MIT"), evidence(PACKAGE_METADATA, "MIT OR ISC")),
         "MIT OR ISC", PACKAGE_METADATA, None),
        ((evidence(FILE_HEADER, "GPL-2.0-only"), evidence(PACKAGE_METADATA, "GPL-2.0-or-later")),
         "GPL-2.0-only", FILE_HEADER,
         "the file header says GPL-2.0-only, but the package metadata says GPL-2.0-or-later"),
        ((evidence(LICENSE_FILE, "Python-2.0"), evidence(PACKAGE_METADATA, "PSF-2.0")),
         "Python-2.0", LICENSE_FILE, None),
        # equal statements: the stronger is named
        ((evidence(LICENSE_FILE, "MIT"), evidence(PACKAGE_METADATA, "MIT")),
         "MIT", LICENSE_FILE, None),
    ],
)  # fmt: skip
def test_the_strongest_wins_and_disagreement_is_shown(
    found: tuple[LicenseEvidence, ...], expression: str, kind: str, conflict: str | None
) -> None:
    for order in (found, found[::-1]):
        assert said(combine_evidence(order)) == LicenseEvidence(expression, kind, conflict)


def test_nothing_said_is_the_shared_unknown() -> None:
    assert combine_evidence(()) is UNKNOWN_LICENSE


def test_the_list_of_licences_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, attribution.licensing.names; print('license_expression' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2.0", NOASSERTION),
        ("version 3", NOASSERTION),
        ("license 2.0", NOASSERTION),
        ("General Public License 2", "GPL-2.0-only"),
        ("GFDL-1.2", "GFDL-1.2-only"),
        ("gpl-3.0", "GPL-3.0-only"),
    ],
)
def test_a_bare_number_names_nothing_and_old_ids_are_known(written: str, meant: str) -> None:
    assert normalize_license(written) == meant
