"""Licence files, manifests and declarations, and which of them decides for a file."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import translate
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identify.vendor.licenses import LICENSES

from attribution.lexing.languages import language_of_path
from attribution.licensing.evidence import (
    DECLARATION,
    FILE_HEADER,
    LICENSE_FILE,
    OTHER_FILES,
    PACKAGE_METADATA,
    README,
)
from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.names import normalize_license
from attribution.types import UNKNOWN_LICENSE, Holder, LicenseEvidence
from indexer.licensing import license_files
from indexer.licensing.credits import _NAME as CREDITS
from indexer.licensing.license_files import is_license_file, read_license_file
from indexer.licensing.manifests import MANIFEST_PATTERNS, core_metadata_license, read_manifest
from indexer.licensing.paths import LicensePaths, has_license_evidence
from indexer.licensing.repository import RepositoryLicenses
from tests.support.license_evidence import said

TEXTS = {name: text.encode() for name, text in LICENSES}
Change = Callable[[bytes], bytes]
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
        ("COPYING3", True),
        ("COPYING.LIB", True),
        ("LICENSE_1_0.txt", True),
        ("LICENCE", True),
        ("LICENSE.APACHE2", True),
        ("COPYRIGHT", True),
        ("docs/FTL.TXT", True),
        ("licenses/mit", True),
        ("licenses/check.py", False),
        ("README.md", False),
        ("NOTICE", False),
    ],
)
def test_names_of_licence_files(path: str, expected: bool) -> None:
    assert is_license_file(path) is expected


def expression(text: bytes) -> str | None:
    file = read_license_file(text)
    return None if file is None or not file.expressions else file.expressions[0]


@pytest.mark.parametrize("name", TEXTS)
def test_every_known_text_is_recognized(name: str) -> None:
    assert expression(TEXTS[name]) == normalize_license(name)


@pytest.mark.parametrize("name", ["MIT", "Apache-2.0", "GPL-3.0", "MPL-2.0"])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xff\xfe" + text.decode().encode("utf-16-le"),
        lambda text: ("Größe ©\n\n" + text.decode()).encode("latin-1"),
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b" ".join(text.split()),
        lambda text: b"\n".join(b"    " + line for line in text.split(b"\n")),
    ],
    ids=["utf-16", "latin-1", "crlf", "one line", "indented"],
)
def test_encoding_and_wrapping_make_no_difference(name: str, change: Change) -> None:
    assert expression(change(TEXTS[name])) == normalize_license(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT + b"\n\n---- bundled: ----\n" + BSD3, "MIT"),  # the project's own comes first
        (b"Project X\n" + b"=" * 2000 + b"\n\n" + BSD3 + b"\n\nBundles:\n" + MIT, "BSD-3-Clause"),
        (MIT.replace(b"MIT License", b"My licence, which is the MIT one, as follows"), "MIT"),
        (b"SPDX-License-Identifier: GPL-2.0+\n", "GPL-2.0-or-later"),
        (b"MIT License\n", "MIT"),
        (b"Apache License, Version 2.0\n", "Apache-2.0"),
        (
            b'"Commons Clause" License Condition v1.0\n' + b"Words. " * 99 + MIT,
            "LicenseRef-Commons-Clause",
        ),
        (MIT + b"\nThe Software shall be used for Good, not Evil.\n", "JSON"),
        (
            MIT + b"\nThis software may be used for non-commercial purposes only.\n",
            "LicenseRef-NonCommercial",
        ),
        (b"All rights reserved.\n", None),
        (b"", None),
        (b"\xff\xfe\x00garbage", None),
        (b"x" * 500_000, None),
    ],
)  # fmt: skip
def test_texts_that_are_not_exact_copies(text: bytes, expected: str | None) -> None:
    assert expression(text) == expected


@pytest.mark.parametrize("variant", ["CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-SA-3.0"])
def test_a_variant_is_never_its_base_licence(variant: str) -> None:
    title = {
        "CC-BY-NC-4.0": "Creative Commons Attribution-NonCommercial 4.0 International",
        "CC-BY-ND-4.0": "Creative Commons Attribution-NoDerivatives 4.0 International",
        "CC-BY-NC-SA-3.0": "Creative Commons Attribution-NonCommercial-ShareAlike 3.0 Unported",
    }[variant]
    for text in (title, f"{title} License\n", f"Licensed under the {title} License.\n"):
        assert expression(text.encode()) in (variant, None)
    assert expression(title.encode()) == variant


def licenses(
    files: dict[str, bytes], code: dict[str, bytes] | None = None, metadata: str | None = None
) -> RepositoryLicenses:
    every = {**files, **(code or {})}
    paths = LicensePaths.of(every)
    return RepositoryLicenses(paths.evidence, every.get, metadata, paths.sample)


@given(st.sets(st.from_regex(r"([ab-][ab/-]?/){0,3}[a-d]{1,3}\.(py|qq)", fullmatch=True)))
def test_a_sample_is_the_same_whatever_the_order_of_paths(paths: set[str]) -> None:
    def picked(folder: str, most: int) -> list[str]:
        below = [
            p for p in paths if p.endswith(".py") and p.startswith(f"{folder}/" * bool(folder))
        ]
        below.sort(key=lambda path: blake2b(path.encode(), digest_size=8).digest())
        return sorted(below[:most])

    sample = LicensePaths.of(paths).sample
    assert sample("") == picked("", 40)
    for folder in {path.rpartition("/")[0] for path in paths} - {""}:
        assert sample(folder) == picked(folder, 8)


def of(files: dict[str, bytes], path: str, content: bytes = b"x\n") -> LicenseEvidence:
    return said(licenses(files).of(path, content, language_of_path(path)).license)


EVIDENCE_NAMES = st.one_of(
    *(
        st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="ascii"))
        for pattern in (
            license_files._NAME,
            license_files._NAMES_ALONE,
            license_files._README,
            CREDITS,
            *(translate(pattern) for pattern in MANIFEST_PATTERNS),
        )
    ),
    st.sampled_from(("REUSE.toml", "a.c.license")),
)


@given(names=st.lists(EVIDENCE_NAMES, min_size=1), folder=st.sampled_from(("", "a/")))
def test_no_evidence_is_missed_in_a_listing(names: list[str], folder: str) -> None:
    paths = [folder + name for name in names if not set(name) & set("/\0")]
    paths += [".reuse/dep5", "debian/copyright", "licenses/mit", "LICENSE/Any", "b/main.c"]
    wanted = {path for path in paths if has_license_evidence(path)}
    assert set(LicensePaths.of(paths).evidence) == wanted


def test_the_nearest_licence_file_decides() -> None:
    files = {"LICENSE": MIT, "vendor/x/COPYING": ISC, "docs/LICENSE": b"ask me"}
    assert of(files, "src/deep/er/a.c") == LicenseEvidence("MIT", LICENSE_FILE)
    assert of(files, "vendor/x/y/a.c") == LicenseEvidence("ISC", LICENSE_FILE)
    assert of(files, "vendor/a.c") == LicenseEvidence("MIT", LICENSE_FILE)
    # a text that is not known does not hide the one above it
    assert of(files, "docs/a.c") == LicenseEvidence("MIT", LICENSE_FILE)
    assert of({}, "a/a.c") == UNKNOWN_LICENSE


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"LICENSE-MIT": MIT, "LICENSE-APACHE": TEXTS["Apache-2.0"]}, "Apache-2.0 AND MIT"),
        (
            {"LICENSE-MIT": MIT, "LICENSE-APACHE": TEXTS["Apache-2.0"],
             "Cargo.toml": b'[package]\nlicense = "MIT OR Apache-2.0"\n'},
            "MIT OR Apache-2.0",
        ),
        (
            {
                "LICENSE-MIT": MIT,
                "LICENSE-APACHE": TEXTS["Apache-2.0"],
                "LICENSE-Apache-2.0_WITH_LLVM-exception": TEXTS["Apache-2.0"]
                + b"\n\n--- LLVM Exceptions to the Apache 2.0 License ----\n\nAs an exception, ...",
                "Cargo.toml": b"[package]\n"
                b'license = "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"\n',
            },
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
        ),
        ({"COPYING": TEXTS["GPL-3.0"], "COPYING.LESSER": TEXTS["LGPL-3.0"]}, "LGPL-3.0-only"),
        ({"COPYING3": TEXTS["GPL-3.0"]}, "GPL-3.0-only"),
        ({"LICENSES/GPL-2.0-or-later.txt": TEXTS["GPL-2.0"]}, "GPL-2.0-only"),
        ({"LICENSES/MIT.txt": MIT, "LICENSES/ISC.txt": ISC}, NOASSERTION),
        ({"LICENSES/MIT.txt": MIT, "LICENSES/ISC.txt": ISC, "LICENSE": ISC}, "ISC"),
        ({"LICENSE.TXT": b"See docs/FTL.TXT for the licence.\n", "docs/FTL.TXT": MIT}, "MIT"),
    ],
)  # fmt: skip
def test_several_licence_files_in_one_folder(files: dict[str, bytes], expected: str) -> None:
    assert of(files, "src/a.c").expression == expected


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
        ("setup.py", "setup(name='x', license='MIT')", "MIT"),
        (
            "pom.xml",
            "<project><licenses><license><name>Apache License, Version 2.0</name>"
            "</license></licenses></project>",
            "Apache-2.0",
        ),
        ("build.gradle", "pom { licenses { license { name = 'MIT License' } } }", "MIT"),
        (
            "x.gemspec",
            "Gem::Specification.new do |s|\n  s.licenses = ['MIT', 'Ruby']\nend",
            "MIT OR Ruby",
        ),
        ("x.nuspec", '<license type="expression">MIT</license>', "MIT"),
        ("x.csproj", "<PackageLicenseExpression>MIT</PackageLicenseExpression>", "MIT"),
        ("META.json", '{"license": ["perl_5"]}', "Artistic-1.0-Perl OR GPL-1.0-or-later"),
        ("META.yml", "name: X\nlicense: perl\n", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
        ("Makefile.PL", "WriteMakefile(LICENSE => 'mit');", "MIT"),
        ("DESCRIPTION", "Package: x\nLicense: GPL (>= 2)\n", "GPL-2.0-or-later"),
        ("DESCRIPTION", "Package: x\nLicense: MIT + file LICENSE\n", "MIT"),
        ("DESCRIPTION", "Package: x\nLicense: GPL-2 | GPL-3\n", "GPL-2.0-only OR GPL-3.0-only"),
        ("x.cabal", "name: x\nlicense:             BSD3\n", "BSD-3-Clause"),
        ("mix.exs", 'package: [licenses: ["Apache-2.0"]]', "Apache-2.0"),
        ("pubspec.yaml", "name: x\nlicense: MIT\n", "MIT"),
        ("x.podspec", "s.license = { :type => 'MIT', :file => 'LICENSE' }", "MIT"),
        ("x-1.rockspec", 'description = {\n  license = "MIT"\n}', "MIT"),
        ("x.opam", 'opam-version: "2.0"\nlicense: "ISC"\n', "ISC"),
    ],
)
def test_manifests(name: str, text: str, expected: str | None) -> None:
    stated = read_manifest(name, text.encode())
    assert (None if stated is None else stated.expression) == expected


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
    reads: list[str] = []

    def read(path: str) -> bytes | None:
        reads.append(path)
        return files.get(path)

    found = RepositoryLicenses(files, read)

    def evidence(path: str, content: bytes = b"") -> LicenseEvidence:
        return said(found.of(path, content, "javascript").license)

    conflict = "the license file says MIT, but the package metadata says Apache-2.0"
    assert evidence("a/b.js") == LicenseEvidence("MIT", LICENSE_FILE, conflict)
    assert evidence("packages/a/b.js") == LicenseEvidence("MIT", LICENSE_FILE)
    # a manifest does not speak of what the package bundles under another licence
    assert evidence("vendor/x/y.js") == LicenseEvidence("ISC", LICENSE_FILE)
    header = b"// SPDX-License-Identifier: ISC\n"
    assert evidence("vendor/x/y.js", header) == LicenseEvidence("ISC", FILE_HEADER)
    assert evidence("a/c.js", header).conflict == (
        "the file header says ISC, but the license file says MIT "
        "and the package metadata says Apache-2.0"
    )
    assert sorted(reads) == sorted(files)  # each was read once, for all files


def test_a_header_far_down_is_not_a_header() -> None:
    content = b"x\n" * 9000 + b"# SPDX-License-Identifier: ISC\n"
    found = RepositoryLicenses([], lambda _: None, "MIT").of("a.py", content, "python").license
    assert found == LicenseEvidence("MIT", PACKAGE_METADATA)
    nothing = RepositoryLicenses([], lambda _: None)
    assert nothing.of("a.py", content, "python").license == UNKNOWN_LICENSE


GPL_NOTICE = b"""\
/* This program is free software: you can redistribute it and/or modify
 * it under the terms of the GNU General Public License as published by
 * the Free Software Foundation, either version 3 of the License, or
 * (at your option) any later version.
 */
int x;
"""


def test_a_notice_in_words_outweighs_the_licence_file() -> None:
    found = of({"LICENSE": MIT}, "a.c", GPL_NOTICE)
    conflict = "the file header says GPL-3.0-or-later, but the license file says MIT"
    assert found == LicenseEvidence("GPL-3.0-or-later", FILE_HEADER, conflict)


def test_reuse_declarations() -> None:
    files = {
        "LICENSE": MIT,
        "ledger.py.license": b"SPDX-License-Identifier: GPL-3.0-only\n",
        "REUSE.toml": b"""version = 1
[[annotations]]
path = "tide.py"
precedence = "override"
SPDX-License-Identifier = "EPL-2.0"
[[annotations]]
path = ["gen/**", "data/*.json"]
SPDX-License-Identifier = "ISC"
""",
    }
    conflict = "the declaration says GPL-3.0-only, but the license file says MIT"
    assert of(files, "ledger.py") == LicenseEvidence("GPL-3.0-only", DECLARATION)
    tagged = b"# SPDX-License-Identifier: MIT\n"
    assert of(files, "tide.py", tagged) == LicenseEvidence("EPL-2.0", DECLARATION)
    assert of(files, "gen/a/b.py").expression == "ISC"
    assert of(files, "data/a.json").expression == "ISC"
    assert of(files, "data/deep/a.json") == LicenseEvidence("MIT", LICENSE_FILE)
    # the file itself comes first unless the declaration overrides it
    assert of(files, "gen/b.py", tagged).expression == "MIT"
    assert conflict not in (of(files, "ledger.py").conflict or "")


def test_debian_copyright_files() -> None:
    dep5 = b"""\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2001 Ann
License: GPL-2+

Files: lib/*.c
 lib/sub/*
Copyright: 2002 Bob
           2003 Cleo
License: Expat or Artistic
"""
    for path in ("debian/copyright", ".reuse/dep5"):
        files = {path: dep5}
        assert of(files, "a.c") == LicenseEvidence("GPL-2.0-or-later", DECLARATION)
        assert of(files, "lib/x.c").expression == "MIT OR Artistic-1.0-Perl"
        assert licenses(files).of("lib/x.c", b"x;", "c").holders == (
            Holder("2002", "Bob"),
            Holder("2003", "Cleo"),
        )
        assert of(files, "lib/sub/x.py").expression == "MIT OR Artistic-1.0-Perl"


def test_a_declaration_of_stars_takes_no_time() -> None:
    stars = "*a" * 40 + "*b"
    files = {"REUSE.toml": f'version = 1\n[[annotations]]\npath = "{stars}"\n'.encode()}
    assert of(files, "a" * 200) == UNKNOWN_LICENSE  # a backtracking matcher never returns


def test_other_files_say_what_a_text_does_not() -> None:
    code = {f"src/{n}.c": GPL_NOTICE for n in range(6)}
    found = licenses({"COPYING": TEXTS["GPL-3.0"]}, code)
    stated = said(found.of("src/table.c", b"int y;\n", "c").license)
    assert stated == LicenseEvidence("GPL-3.0-or-later", LICENSE_FILE)
    # of two texts, they say which one is meant
    found = licenses({"COPYING": TEXTS["GPL-3.0"], "LICENSE.MIT": MIT}, code)
    assert found.of("src/table.c", b"int y;\n", "c").license.expression == "GPL-3.0-or-later"
    # and where nothing else speaks, they speak for the others
    found = licenses({}, code)
    stated = found.of("table.c", b"int y;\n", "c").license
    assert stated == LicenseEvidence("GPL-3.0-or-later", OTHER_FILES)


def test_a_readme_speaks_where_nothing_else_does() -> None:
    readme = b"# X\n\nDoes x.\n\n## License\n\nReleased under the MIT license.\n"
    assert of({"README.md": readme}, "a.c") == LicenseEvidence("MIT", README)
    assert of({"README.md": readme, "LICENSE": ISC}, "a.c") == LicenseEvidence("ISC", LICENSE_FILE)


@pytest.mark.parametrize(
    ("notice", "file", "expected"),
    [
        (b"# See LICENSE.bsd for the licence.\n", BSD3, "BSD-3-Clause"),
        (b"# Use of this source code is governed by a BSD-style license\n", BSD3, "BSD-3-Clause"),
        (b"# Distributed under the conditions in the file LICENSE.bsd.\n", BSD3, "BSD-3-Clause"),
    ],
)
def test_pointers_are_followed(notice: bytes, file: bytes, expected: str) -> None:
    assert of({"LICENSE.bsd": file}, "deep/er/a.py", notice).expression == expected


def test_evidence_names_its_file_and_lines() -> None:
    text = b"Copyright (c) 2019 Jane Doe\n\n" + MIT
    notice = b"#!/usr/bin/python\n# Copyright 2007 Acme, Inc.\n# SPDX-License-Identifier: ISC\n"
    found = licenses({"LICENSE": text, "package.json": b'{\n"license": "MIT"}'})
    plain = found.of("a.py", b"x = 1\n", "python")
    assert (plain.license.file, plain.license.matcher) == ("LICENSE", "license text")
    assert plain.license.lines == (1, text.rstrip().count(b"\n") + 1)
    assert plain.holders == (Holder("2019", "Jane Doe"),)  # those of the licence file
    own = found.of("b.py", notice, "python")
    assert (own.license.file, own.license.lines, own.license.matcher) == (None, (3, 3), "SPDX tag")
    assert own.holders == (Holder("2007", "Acme, Inc."),)
    against = own.license.against
    assert [(e.expression, e.file) for e in against] == [
        ("MIT", "LICENSE"),
        ("MIT", "package.json"),
    ]
    assert against[1].lines == (2, 2)


def test_the_copyright_of_a_gnu_licence_is_not_that_of_the_code() -> None:
    found = licenses({"COPYING": TEXTS["GPL-3.0"]})
    assert found.of("a.c", b"int x;\n", "c").holders == ()


PERL_TERMS = b"""This is free software; you can redistribute it and/or modify it under
the same terms as the Perl 5 programming language system itself.

"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PERL_TERMS + TEXTS["GPL-3.0"], "Artistic-1.0-Perl OR GPL-1.0-or-later"),
        (
            b"The package as a whole is distributed under GPL-3 (GNU GENERAL PUBLIC\n"
            b"LICENSE version 3).\n\nIt includes other components:\n\n" + MIT,
            "GPL-3.0-only",
        ),
        (b"Some files of the tests are in the public domain.\n\n" + MIT, "MIT"),
        (b"Licensed under the GPL, version 3 or later.\n\n" + TEXTS["GPL-3.0"], "GPL-3.0-or-later"),
        (
            BSD3 + b"\n\nAlternatively, the contents of this package may be used under the terms\n"
            b'of the GNU General Public License ("GPL") version 2 or any later version.\n',
            "BSD-3-Clause OR GPL-2.0-or-later",
        ),
    ],
)
def test_sentences_beside_the_texts_of_a_licence_file(text: bytes, expected: str) -> None:
    assert expression(text) == expected


def of_files(files: dict[str, bytes], path: str) -> LicenseEvidence:
    licenses = RepositoryLicenses(
        [p for p in files if has_license_evidence(p)], files.get, sample=lambda _: [path]
    )
    return licenses.of(path, files[path], language_of_path(path)).license


def test_one_file_of_another_project_does_not_decide_between_texts() -> None:
    files = {
        "LICENSE-MIT": MIT,
        "LICENSE-APACHE": TEXTS["Apache-2.0"],
        "Cargo.toml": b'[package]\nlicense = "MIT OR Apache-2.0"\n',
        "src/adapted.rs": b"// By someone else, used here under the MIT license.\n",
        "src/lib.rs": b"fn main() {}\n",
    }
    assert of_files(files, "src/adapted.rs").expression == "MIT"
    licenses = RepositoryLicenses(
        [p for p in files if has_license_evidence(p)], files.get, sample=lambda _: [*files]
    )
    found = licenses.of("src/lib.rs", files["src/lib.rs"], "rust").license
    assert found.expression == "MIT OR Apache-2.0"


def test_a_licence_file_in_the_format_of_dep5() -> None:
    files = {
        "COPYING": b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        b"Source: https://example.org\n\nFiles: *\nCopyright: 2012 A. Author\nLicense: GPL-2+\n\n"
        b"Files: filter/*\nCopyright: 2008 B. Author\nLicense: Expat\n\nLicense: Expat\n" + MIT,
        "backend/a.c": b"int a;\n",
        "filter/b.c": b"int b;\n",
    }
    assert of_files(files, "backend/a.c").expression == "GPL-2.0-or-later"
    evidence = of_files(files, "filter/b.c")
    assert (evidence.expression, evidence.evidence, evidence.file) == (
        "MIT",
        DECLARATION,
        "COPYING",
    )


def test_the_notice_of_a_header_holds_for_files_that_point_to_it() -> None:
    files = {
        "src/lua.h": b"/* See Copyright Notice at the end of this file */\nint lua;\n/*"
        + MIT
        + b"*/",
        "src/lmathlib.c": b"/*\n** See Copyright Notice in lua.h\n*/\nint math;\n",
    }
    assert of_files(files, "src/lmathlib.c").expression == "MIT"


def test_a_choice_of_a_bare_name_takes_its_licence_from_the_licence_file() -> None:
    notice = (
        b"// This source code is licensed under both the BSD-style license (found in the LICENSE\n"
        b"// file) and the GPLv2 (found in the COPYING file). You may select, at your option, one\n"
        b"// of the above-listed licenses.\n"
    )
    files = {"LICENSE": BSD3, "zstd.c": notice}
    assert of_files(files, "zstd.c").expression == "BSD-3-Clause OR GPL-2.0-only"


@pytest.mark.parametrize(
    ("notice", "files"),
    [
        (b"# Redistribution in any form is permitted on Sundays.\n", {"LICENSE": MIT}),
        (b"# Distributed under a BSD-style license.\n", {"LICENSE": MIT}),
        (b"# For conditions of use, see copyright notice in tide.h\n", {"LICENSE": MIT}),
        (b"# License: BSD-style\n", {"package.json": b'{"license": "MIT"}'}),
    ],
)
def test_a_notice_that_is_not_identified_is_a_conflict(
    notice: bytes, files: dict[str, bytes]
) -> None:
    found = licenses(files).of("a.py", b"import os\n" + notice, "python").license
    assert found.expression == "MIT"
    assert found.conflict is not None
    assert "the file header has a notice that is not identified" in found.conflict
    assert [(e.expression, e.evidence, e.lines) for e in found.against] == [
        (NOASSERTION, FILE_HEADER, (2, 2))
    ]


def test_pointers_to_licence_files_that_have_other_names_are_no_conflict() -> None:
    notice = b"# See the file LICENSE.txt for the licence.\n"
    assert of({"COPYING": MIT}, "a.py", notice) == LicenseEvidence("MIT", LICENSE_FILE)


@pytest.mark.parametrize(
    ("notice", "files", "expected"),
    [
        ("Released under the GPL.", {"LICENSE": MIT}, "GPL-1.0-or-later"),
        ("Released under the GNU LGPL.", {"LICENSE": MIT}, "LGPL-2.0-or-later"),
        ("Released under the GNU LGPL.", {"COPYING": TEXTS["LGPL-2.1"]}, "LGPL-2.1-only"),
        ("Under the MIT license or the GPL.", {}, "GPL-1.0-or-later OR MIT"),
    ],
)
def test_a_gnu_licence_without_a_version(
    notice: str, files: dict[str, bytes], expected: str
) -> None:
    found = of(files, "a.py", f"# {notice}\n".encode())
    assert (found.expression, found.evidence) == (expected, FILE_HEADER)


def test_notices_of_an_earlier_version_go_with_a_later_text() -> None:
    earlier = GPL_NOTICE.replace(b"version 3", b"version 2")
    code = {f"src/{n}.c": earlier for n in range(6)}
    found = licenses({"COPYING": TEXTS["GPL-3.0"]}, code)
    assert found.of("table.c", b"int y;\n", "c").license.expression == "GPL-2.0-or-later"


def test_a_licences_folder_with_one_text_decides() -> None:
    files = {"Licenses/COPYRIGHT.gnu": GPL_NOTICE, "Licenses/LICENSE.gnu": TEXTS["GPL-3.0"]}
    assert of(files, "a.c") == LicenseEvidence("GPL-3.0-or-later", LICENSE_FILE)


def test_files_around_that_say_otherwise_are_a_conflict() -> None:
    code = {f"src/{n}.c": b"int x;\n" for n in range(20)}
    code |= {f"vendor/tide/src/{n}.c": GPL_NOTICE for n in range(6)}
    found = licenses({"LICENSE": MIT}, code)
    for path in ("vendor/tide/Makefile", "vendor/tide/src/table.c"):
        license_ = found.of(path, b"int y;\n", "c").license
        assert license_.expression == "MIT"
        assert [(e.expression, e.evidence) for e in license_.against] == [
            ("GPL-3.0-or-later", OTHER_FILES)
        ]
    assert found.of("src/7.c", b"int y;\n", "c").license.conflict is None
    # what a file says itself outweighs them
    own = found.of("vendor/tide/a.c", b"/* SPDX-License-Identifier: MIT */\n", "c").license
    assert (own.expression, own.conflict) == ("MIT", None)


def test_a_readme_below_the_licence_file_is_a_conflict() -> None:
    files = {"LICENSE": MIT, "lib/tide/README": b"This library is in the public domain.\n"}
    found = licenses(files).of("lib/tide/a.c", b"int y;\n", "c").license
    assert found.expression == "MIT"
    assert [(e.evidence, e.file) for e in found.against] == [(README, "lib/tide/README")]
    assert of(files, "a.c") == LicenseEvidence("MIT", LICENSE_FILE)
