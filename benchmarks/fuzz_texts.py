"""Valid inputs that `benchmarks.fuzz_readers` damages."""

from __future__ import annotations

import json

__all__ = [
    "BASELINE",
    "CODE",
    "DATASET",
    "DIFF",
    "GENERATIONS",
    "NOTEBOOK",
    "PHRASES",
    "POLICY",
    "RECORDS",
    "TREE",
]

CODE = (
    "def area(points, weights=None):\n"
    '    """The weighted area of a polygon."""\n'
    "    total = 0.0\n"
    "    for (x, y), (a, b) in zip(points, points[1:]):\n"
    "        total += (x * b - a * y) * (weights or 1)  # whence: ignore -- a formula\n"
    "    return abs(total) / 2\n"
)
NOTEBOOK = json.dumps({
    "cells": [{"cell_type": "markdown", "source": ["# Area"]},
              {"cell_type": "code", "source": CODE.splitlines(keepends=True)}],
    "metadata": {"language_info": {"name": "python"}}, "nbformat": 4,
}, indent=1)  # fmt: skip
POLICY = """\
[policy]
preset = "strict"
fail_on = "error"
[licenses]
allow = ["MIT-0", "GPL-2.0-only WITH Classpath-exception-2.0"]
deny = ["GPL-*"]
[paths]
exclude = ["vendor/**", "*.min.js"]
[own]
repositories = ["owner/name", "acme/"]
[decisions]
max_days = 180
"""
BASELINE = json.dumps({
    "schema": 1,
    "entries": [{"key": "0123456789abcdef" * 2, "kind": "accepted", "name": "a.py", "lines": "1-9",
                 "reason": "x", "date": "2026-01-01", "expires": "2027-01-01", "tokens": 40,
                 "label": "verbatim", "license": "MIT", "prints": "AAAAAQAAAAI="}],
})  # fmt: skip
DIFF = (
    "diff --git a/src/a.py b/src/b.py\nsimilarity index 90%\nrename from src/a.py\n"
    "rename to src/b.py\nindex 1..2 100644\n--- a/src/a.py\n+++ \"b/src/\\303\\244.py\"\n"
    "@@ -1,2 +1,3 @@ def f():\n a = 1\n-b = 2\n+b = 3\n+c = 4\n\\ No newline at end of file\n"
)  # fmt: skip
GENERATIONS = "".join(
    json.dumps(row) + "\n"
    for row in (
        {"id": 1, "prompt": "def area(", "completion": CODE, "language": "python"},
        {"id": "x", "generated_text": [f"```python\n{CODE}```\n", None]},
        {"custom_id": "b", "response": {"status_code": 200, "body": {"choices": [
            {"message": {"content": [{"type": "text", "text": CODE}]}}]}}, "error": None},
    )
)  # fmt: skip
DATASET = "".join(
    json.dumps({
        "hexsha": "0" * 40, "size": 200, "ext": "py", "lang": "Python", "content": CODE + str(n),
        "max_stars_repo_path": f"src/{n}.py", "max_stars_repo_name": "owner/name",
        "max_stars_repo_head_hexsha": "a" * 40, "max_stars_repo_licenses": ["MIT"],
        "max_stars_count": 12.0,
        "max_stars_repo_stars_event_min_datetime": "2015-03-04T05:06:07.000Z",
    }) + "\n"
    for n in range(3)
)  # fmt: skip
RECORDS = json.dumps({
    "id": 1, "prompt": "def area(points):", "body": CODE, "response": CODE, "license": "MIT",
    "license_answer": "MIT",
}) + "\n"  # fmt: skip
PHRASES = (
    "# Copyright (c) 2001-2020, 2022 Ann Other <ann@example.org> and others\n"
    "# SPDX-License-Identifier: (MIT OR Apache-2.0) AND GPL-2.0-only WITH Classpath-exception-2.0\n"
    "# Licensed under the terms of the GNU General Public License, either version 2 or (at your\n"
    "# option) any later version. See the file COPYING for details.\n"
)
# Files that say something about licences, in the repository of a source.
TREE = {
    "src/a.py": PHRASES + CODE,
    "LICENSE": "MIT License\n\nCopyright (c) 2020 Ann\n\nPermission is hereby granted, free of\n",
    "README.md": "# Thing\n\n## License\n\nMIT or [Apache](LICENSE-APACHE), at your option.\n",
    "AUTHORS": "Ann Other <ann@example.org>\nBob\n",
    "NOTICE": "Thing\nCopyright 2020 Ann\n",
    "REUSE.toml": 'version = 1\n[[annotations]]\npath = ["src/**"]\nprecedence = "override"\n'
    'SPDX-FileCopyrightText = "2020 Ann"\nSPDX-License-Identifier = "MIT"\n',
    ".reuse/dep5": "Format: https://x\n\nFiles: src/* *\nCopyright: 2020 Ann\nLicense: MIT\n .\n",
    "debian/copyright": "Format: https://x\n\nFiles: *\nCopyright: 2020 Ann\nLicense: GPL-2+\n",
    "src/a.py.license": "SPDX-License-Identifier: MIT\n",
    "pyproject.toml": '[project]\nname = "x"\nlicense = "MIT"\nauthors = [{name = "Ann"}]\n',
    "package.json": '{"name": "x", "license": {"type": "MIT"}, "author": "Ann <a@b>"}',
    "composer.json": '{"license": ["MIT", "GPL-2.0-only"], "authors": [{"name": "Ann"}]}',
    "Cargo.toml": '[package]\nlicense = "MIT/Apache-2.0"\nauthors = ["Ann <a@b>"]\n',
    "pom.xml": "<project><licenses><license><name>MIT</name><url>x</url></license></licenses>"
    "<developers><developer><name>Ann</name></developer></developers></project>",
    "setup.py": "setup(name='x', license='MIT', classifiers=['License :: OSI Approved :: MIT'])",
    "setup.cfg": "[metadata]\nlicense = MIT\nauthor = Ann\n",
    "build.gradle": "licenses { license { name = 'MIT' } }",
    "meson.build": "project('x', 'c', license : ['MIT', 'BSD-3-Clause'])",
    "x.gemspec": "s.licenses = ['MIT']\ns.authors = ['Ann']\n",
    "x.podspec": "s.license = { :type => 'MIT' }\n",
    "x.cabal": "license: MIT\nauthor: Ann\n",
    "opam": 'license: "MIT"\nauthors: ["Ann"]\n',
    "DESCRIPTION": "License: MIT + file LICENSE\nAuthors@R: person('Ann')\n",
    "pubspec.yaml": "license: MIT\nauthors:\n  - Ann\n",
    "src/x.app.src": '{application, x, [{licenses, ["MIT"]}]}.',
    "x-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: x\nVersion: 1\nLicense: MIT\n"
    "Author: Ann\n\nText\n",
}
