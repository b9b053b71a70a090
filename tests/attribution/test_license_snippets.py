"""Licence texts as snippets: recognized and named, not traced to some file that contains them."""

from __future__ import annotations

from pathlib import Path

import pytest
from identify.vendor.licenses import LICENSES

from attribution.attributor import Attributor
from attribution.index import create_index
from attribution.licensing.license_snippets import license_of_text
from attribution.settings import AttributorSettings
from attribution.types import NewFile, Occurrence, Snippet

TEXTS = dict(LICENSES)
GPL_NOTICE = """\
This program is free software: you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation, either version 3 of the License, or
(at your option) any later version.

This program is distributed in the hope that it will be useful,
but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
GNU General Public License for more details.
"""


@pytest.fixture(scope="module")
def attributor(tmp_path_factory: pytest.TempPathFactory) -> Attributor:
    """An index with a file that lists licence texts, as packages have them."""
    index = create_index(str(tmp_path_factory.mktemp("licences") / "index"), "licences")
    listed = "".join(f"TEXT_{n} = {text!r}\n\n{text}\n" for n, text in enumerate(TEXTS.values()))
    with index.writer() as writer:
        writer.add([NewFile(listed.encode(), "python", Occurrence("a/licences", "texts.py"))])
        writer.commit(())
    index.refresh()
    return Attributor(index)


@pytest.mark.parametrize("name", ["MIT", "Apache-2.0", "BSD-3-Clause", "ISC", "MPL-2.0"])
@pytest.mark.parametrize("prefix", ["", "# ", " * ", "// "])
@pytest.mark.parametrize("language", [None, "python", "c"])
def test_a_licence_text_is_named(
    attributor: Attributor, name: str, prefix: str, language: str | None
) -> None:
    code = "".join(f"{prefix}{line}\n" for line in TEXTS[name].split("\n"))
    answer = attributor.attribute(Snippet(code.encode(), language))
    assert (answer.status, answer.label, answer.sources) == ("checked", "common", ())
    assert name in answer.reason


@pytest.mark.parametrize("name", ["MIT", "GPL-2.0", "Unlicense"])
def test_a_licence_text_has_no_sources_where_only_they_are_asked_for(
    attributor: Attributor, name: str
) -> None:
    only = Attributor(attributor.index, AttributorSettings(sources_only=True))
    answer = only.attribute(Snippet(TEXTS[name].encode()))
    assert (answer.status, answer.sources) == ("checked", ())


def test_a_notice_is_named(attributor: Attributor) -> None:
    answer = attributor.attribute(Snippet(GPL_NOTICE.encode()))
    assert answer.label == "common"
    assert "GPL-3.0-or-later" in answer.reason


def test_code_with_licence_words_is_not_matched_with_licences(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = "def license_of(path):\n    return read(path)[permission] or f(path, warranty=1)\n"
    calls: list[str] = []
    monkeypatch.setattr(
        "attribution.licensing.license_snippets.find_licenses",
        lambda text: calls.append(text) or (),
    )
    assert license_of_text(code.encode()) is None
    assert not calls
    license_of_text(GPL_NOTICE.encode())
    assert calls


def test_code_below_a_notice_is_not_a_licence_text() -> None:
    code = "".join(f"x{n} = f(x{n - 1}, {n})  # step {n}\n" for n in range(60))
    notice = "".join(f"# {line}\n" for line in GPL_NOTICE.split("\n"))
    assert license_of_text((notice + code).encode()) is None
    assert license_of_text(b"def license(): return permission\n") is None
    assert license_of_text(Path(__file__).read_bytes()) is None
