"""Licence files and manifests: their names, their contents, and which applies to a file."""

from __future__ import annotations

import pytest
from identify.vendor.licenses import LICENSES

from attribution.licenses import FILE_HEADER, LICENSE_FILE, PACKAGE_METADATA, normalize_license
from attribution.types import UNKNOWN_LICENSE, LicenseEvidence
from indexer.license_files import NearestLicense, identify_license, is_license_file
from indexer.manifests import core_metadata_license, manifest_license
from indexer.repository_licenses import RepositoryLicenses, states_license

TEXTS = {name: text.encode() for name, text in LICENSES}
OSI = "License :: OSI Approved"
MIT, ISC, BSD3 = TEXTS["MIT"], TEXTS["ISC"], TEXTS["BSD-3-Clause"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("LICENSE", True),
        ("a/LICENCE.md", True),
        ("License.rst", True),
        ("COPYING", True),
        ("COPYING.LESSER", True),
        ("UNLICENSE", True),
        ("LICENSE-MIT", True),
        ("LICENSE_APACHE", True),
        ("LICENSE-2.0.txt", True),
        ("MIT-LICENSE.txt", True),
        ("apache-2.0.LICENSE", True),
        ("LICENSES/GPL-2.0-or-later.txt", True),
        ("LICENSE.third-party", False),
        ("LICENSES.txt", False),
        ("license.py", False),
        ("license_check.go", False),
        ("license.json", False),
        ("check_license", False),
        ("src/copying.c", False),
        ("README.md", False),
        ("NOTICE", False),
    ],
)
def test_names_of_licence_files(path: str, expected: bool) -> None:
    assert is_license_file(path) is expected


@pytest.mark.parametrize("name", TEXTS)
def test_every_known_text_is_named(name: str) -> None:
    assert identify_license(TEXTS[name]) == normalize_license(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT + b"\n\n---- bundled: ----\n" + BSD3, "MIT"),  # the project's own comes first
        (b"Project X\n" + b"=" * 2000 + b"\n\n" + BSD3 + b"\n\nBundles:\n" + MIT, "BSD-3-Clause"),
        (MIT.replace(b"MIT License", b"My licence, which is the MIT one, as follows") * 1, "MIT"),
        (b"SPDX-License-Identifier: GPL-2.0+\n", "GPL-2.0-or-later"),
        (b'"Commons Clause" License Condition v1.0\n' + b"Words. " * 99 + MIT, None),
        (b"All rights reserved.\n", None),
        (b"", None),
        (b"\xff\xfe\x00garbage", None),
        (b"x" * 300_000, None),
    ],
)
def test_texts_that_are_not_exact_copies(text: bytes, expected: str | None) -> None:
    assert identify_license(text) == expected


def nearest(files: dict[str, bytes]) -> NearestLicense:
    return NearestLicense(files, files.get)


def test_the_nearest_licence_applies() -> None:
    found = nearest({"LICENSE": MIT, "vendor/x/COPYING": ISC, "docs/LICENSE": b"ask me"})
    assert found.for_folder("src/deep/er") == ("", LicenseEvidence("MIT", LICENSE_FILE))
    assert found.for_folder("vendor/x/y") == ("vendor/x", LicenseEvidence("ISC", LICENSE_FILE))
    assert found.for_folder("vendor") == ("", LicenseEvidence("MIT", LICENSE_FILE))
    # an unknown text does not hide the one above it
    assert found.for_folder("docs") == ("", LicenseEvidence("MIT", LICENSE_FILE))
    assert nearest({}).for_folder("a") is None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"LICENSE-MIT": MIT, "LICENSE-APACHE": TEXTS["Apache-2.0"]}, "Apache-2.0 AND MIT"),
        ({"COPYING": TEXTS["GPL-3.0"], "COPYING.LESSER": TEXTS["LGPL-3.0"]}, "LGPL-3.0-only"),
        ({"LICENSES/GPL-2.0-or-later.txt": TEXTS["GPL-2.0"]}, "GPL-2.0-or-later"),
        ({"LICENSES/MIT.txt": MIT, "LICENSES/ISC.txt": ISC}, None),
        ({"LICENSES/MIT.txt": MIT, "LICENSES/ISC.txt": ISC, "LICENSE": ISC}, "ISC"),
    ],
)
def test_several_licence_files_in_one_folder(files: dict[str, bytes], expected: str | None) -> None:
    found = nearest(files).for_folder("src")
    assert (found[1].expression if found else None) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("package.json", '{"license": "MIT"}', "MIT"),
        ("package.json", '{"license": {"type": "ISC", "url": "x"}}', "ISC"),
        ("package.json", '{"licenses": [{"type": "MIT"}, {"type": "ISC"}]}', "MIT OR ISC"),
        ("package.json", '{"license": "UNLICENSED"}', None),
        ("package.json", "[1, 2]", None),
        ("package.json", "{broken", None),
        ("package.json", "[" * 100_000, None),
        ("Cargo.toml", '[package]\nlicense = "MIT/Apache-2.0"\n', "MIT OR Apache-2.0"),
        ("Cargo.toml", '[workspace.package]\nlicense = "MIT"\n', "MIT"),
        ("Cargo.toml", "[package]\nlicense.workspace = true\n", None),
        ("pyproject.toml", '[project]\nlicense = "ISC"\n', "ISC"),
        ("pyproject.toml", '[project]\nlicense = {text = "MIT License\\nmore"}\n', "MIT"),
        ("pyproject.toml", '[project]\nlicense = {file = "LICENSE"}\n', None),
        ("pyproject.toml", '[tool.poetry]\nlicense = "MIT"\n', "MIT"),
        (
            "pyproject.toml",
            '[project]\nclassifiers = ["License :: OSI Approved :: MIT License"]\n',
            "MIT",
        ),
        ("setup.cfg", "[metadata]\nlicense = BSD 3-Clause\n", "BSD-3-Clause"),
        ("setup.cfg", "[metadata]\nversion = %(x)s\nlicense = MIT\n", "MIT"),
        ("setup.cfg", "no section\n", None),
        ("composer.json", '{"license": ["MIT", "ISC"]}', "MIT OR ISC"),
    ],
)
def test_manifests(name: str, text: str, expected: str | None) -> None:
    assert manifest_license(name, text.encode()) == expected


def test_a_manifest_that_is_not_utf8_says_nothing() -> None:
    assert manifest_license("package.json", b'{"license": "MIT", "x": "\xff"}') is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("License-Expression: MIT OR ISC\nLicense: BSD", "MIT OR ISC"),
        ("License: MIT", "MIT"),
        ("License: BSD\nClassifier: License :: OSI Approved :: BSD License", None),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", "MIT"),
        ("License: Copyright (c) X\n        Redistribution and use ...", None),
        (f"Classifier: License :: OSI Approved\nClassifier: {OSI} :: ISC License (ISCL)", "ISC"),
        (f"Classifier: License :: DFSG approved\nClassifier: {OSI} :: MIT License", "MIT"),
        ("Classifier: Topic :: Software Development", None),
    ],
)  # fmt: skip
def test_core_metadata(headers: str, expected: str | None) -> None:
    text = f"Metadata-Version: 2.1\nName: x\n{headers}\n\nLicense: GPL (in the description)\n"
    assert core_metadata_license(text) == expected


def test_all_evidence_of_a_repository_together() -> None:
    files = {
        "LICENSE": MIT,
        "package.json": b'{"license": "Apache-2.0"}',
        "packages/a/package.json": b'{"license": "MIT"}',
        "vendor/x/LICENSE": ISC,
    }
    assert all(states_license(path) for path in files)
    reads: list[str] = []

    def read(path: str) -> bytes | None:
        reads.append(path)
        return files.get(path)

    licenses = RepositoryLicenses(files, read)
    conflict = "the license file says MIT, but the package metadata says Apache-2.0"
    assert licenses.of("a/b.js", b"") == LicenseEvidence("MIT", LICENSE_FILE, conflict)
    assert licenses.of("packages/a/b.js", b"") == LicenseEvidence("MIT", LICENSE_FILE)
    # a manifest does not apply to what the package bundles under another licence
    assert licenses.of("vendor/x/y.c", b"") == LicenseEvidence("ISC", LICENSE_FILE)
    header = b"// SPDX-License-Identifier: ISC\n"
    assert licenses.of("vendor/x/y.c", header) == LicenseEvidence("ISC", FILE_HEADER)
    assert licenses.of("a/c.js", header).conflict == (
        "the file header says ISC, but the license file says MIT "
        "and the package metadata says Apache-2.0"
    )
    assert sorted(reads) == sorted(files)  # each was read once, for all files


def test_a_header_far_down_is_ignored() -> None:
    licenses = RepositoryLicenses([], lambda _: None, "MIT")
    content = b"x\n" * 5000 + b"# SPDX-License-Identifier: ISC\n"
    assert licenses.of("a.py", content) == LicenseEvidence("MIT", PACKAGE_METADATA)
    assert RepositoryLicenses([], lambda _: None).of("a.py", content) == UNKNOWN_LICENSE
