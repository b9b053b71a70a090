"""Licence families, over the whole SPDX list."""

from __future__ import annotations

import pytest
from packaging.licenses import _spdx

from attribution.licensing.categories import license_categories
from attribution.licensing.expressions import LicenseTerm, license_term
from attribution.licensing.names import normalize_license
from audit.policy.families import _BY_BEGINNING, _BY_ID, _LINKING, Family, family_of

SPDX = sorted(entry["id"] for entry in _spdx.LICENSES.values())


def family(expression: str) -> Family:
    term = license_term(expression)
    assert term is not None, expression
    return family_of(term)


def test_every_licence_of_spdx_has_a_family() -> None:
    """Those without a family are listed here; they do not say what is permitted."""
    assert len(SPDX) > 600
    strangers = {
        one
        for one in SPDX
        if family_of(LicenseTerm(one, license=normalized(one))) is Family.UNKNOWN
    }
    assert strangers == {"any-OSI", "any-OSI-perl-modules"}


def normalized(name: str) -> str:
    """Without the exception in deprecated ids such as GPL-2.0-with-bison-exception."""
    spelt = normalize_license(name)
    return name if spelt == "NOASSERTION" else spelt.partition(" WITH ")[0]


@pytest.mark.parametrize(
    ("expected", "licenses"),
    [
        (Family.PUBLIC_DOMAIN, "CC0-1.0 Unlicense 0BSD MIT-0 WTFPL blessing"),
        (
            Family.PERMISSIVE,
            "MIT Apache-2.0 BSD-2-Clause BSD-3-Clause BSD-4-Clause ISC Zlib BSL-1.0",
        ),
        (Family.PERMISSIVE, "PSF-2.0 Python-2.0 CC-BY-4.0 MS-PL NCSA PostgreSQL AFL-3.0 HPND"),
        (Family.WEAK_COPYLEFT, "LGPL-2.1-only LGPL-3.0-or-later MPL-2.0 MPL-1.1 EPL-1.0 EPL-2.0"),
        (Family.WEAK_COPYLEFT, "CDDL-1.0 CC-BY-SA-4.0 CECILL-C OFL-1.1 MS-RL Artistic-2.0 SISSL"),
        (Family.STRONG_COPYLEFT, "GPL-1.0-only GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-2.0"),
        (Family.STRONG_COPYLEFT, "CECILL-2.1 Sleepycat CERN-OHL-S-2.0 GPL-3.0+"),
        (
            Family.NETWORK_COPYLEFT,
            "AGPL-3.0-only AGPL-1.0-or-later OSL-3.0 EUPL-1.2 CPAL-1.0 RPL-1.5",
        ),
        (Family.SOURCE_AVAILABLE, "SSPL-1.0 BUSL-1.1 Elastic-2.0 CC-BY-ND-4.0 JSON FSL-1.1-MIT"),
        (Family.NON_COMMERCIAL, "CC-BY-NC-4.0 CC-BY-NC-SA-3.0 CC-BY-NC-ND-4.0"),
        (Family.NON_COMMERCIAL, "PolyForm-Noncommercial-1.0.0 Aladdin"),
        (Family.PROPRIETARY, "LicenseRef-scancode-proprietary-license"),
        (Family.UNKNOWN, "LicenseRef-acme LicenseRef-scancode-unknown Foo-1.0"),
    ],
)
def test_known_licences_are_in_the_right_family(expected: Family, licenses: str) -> None:
    for one in licenses.split():
        assert family(one) is expected, one


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("GPL-2.0-only WITH Classpath-exception-2.0", Family.WEAK_COPYLEFT),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", Family.WEAK_COPYLEFT),
        ("GPL-3.0-or-later WITH Bison-exception-2.2", Family.WEAK_COPYLEFT),
        # these permit something other than copying
        ("GPL-2.0-only WITH Linux-syscall-note", Family.STRONG_COPYLEFT),
        ("GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception", Family.STRONG_COPYLEFT),
        ("GPL-2.0-only WITH GPL-CC-1.0", Family.STRONG_COPYLEFT),
        # the obligation for use over a network remains
        ("AGPL-3.0-only WITH GPL-3.0-linking-exception", Family.NETWORK_COPYLEFT),
        ("Apache-2.0 WITH LLVM-exception", Family.PERMISSIVE),
        ("LGPL-2.1-only WITH OCaml-LGPL-linking-exception", Family.WEAK_COPYLEFT),
        ("Apache-2.0+", Family.PERMISSIVE),
        ("gpl-2.0+", Family.STRONG_COPYLEFT),
    ],
)
def test_exceptions_and_later_versions(expression: str, expected: Family) -> None:
    assert family(expression) is expected


def test_the_lists_name_existing_licences() -> None:
    known = {key.lower() for key in license_categories()}
    assert set(_BY_ID) <= known
    assert known >= _LINKING
    for beginning in _BY_BEGINNING:
        assert any(key.startswith(beginning) for key in known), beginning


def test_an_expression_as_a_tree() -> None:
    term = license_term("mit or (Apache-2.0 and GPL-2.0 with Classpath-exception-2.0)")
    assert term is not None
    assert term.operator == "OR"
    assert [part.operator for part in term.parts] == ["", "AND"]
    gpl = term.parts[1].parts[1]
    assert (gpl.license, gpl.exception) == ("GPL-2.0-only", "Classpath-exception-2.0")
    assert gpl.text == "GPL-2.0-only WITH Classpath-exception-2.0"


@pytest.mark.parametrize("nothing", ["NOASSERTION", "", "MIT OR", "MIT / Apache", "()", "("])
def test_other_texts_have_no_tree(nothing: str) -> None:
    assert license_term(nothing) is None
