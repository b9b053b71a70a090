"""Citations: permanent addresses, and SWHIDs as the standard writes them."""

from __future__ import annotations

import dataclasses

import pytest
from packageurl import PackageURL

from attribution.citation import cite, cite_occurrence, file_url
from attribution.types import LicenseEvidence, Match, MatchKind, Occurrence, Origin, Source, Span

CONTENT = "swh:1:cnt:" + "c" * 40
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def occurrence(origin: str, path: str = "a/b.py", revision: str | None = COMMIT) -> Occurrence:
    return Occurrence("owner/name", path, revision, origin)


@pytest.mark.parametrize(
    ("origin", "url", "purl"),
    [
        (
            "https://github.com/Owner/Name",
            f"https://github.com/Owner/Name/blob/{COMMIT}/a/b.py#L88-L109",
            f"pkg:github/owner/name@{COMMIT}#a/b.py",
        ),
        (
            "https://gitlab.com/group/sub/name.git",
            f"https://gitlab.com/group/sub/name/-/blob/{COMMIT}/a/b.py#L88-109",
            f"pkg:gitlab/group/sub/name@{COMMIT}#a/b.py",
        ),
        (
            "https://bitbucket.org/owner/name/",
            f"https://bitbucket.org/owner/name/src/{COMMIT}/a/b.py#lines-88:109",
            f"pkg:bitbucket/owner/name@{COMMIT}#a/b.py",
        ),
        (
            "https://codeberg.org/owner/name",
            f"https://codeberg.org/owner/name/src/commit/{COMMIT}/a/b.py#L88-L109",
            f"pkg:generic/name@{COMMIT}?vcs_url=git%2Bhttps://codeberg.org/owner/name"
            f"%40{COMMIT}#a/b.py",
        ),
        (
            "https://git.sr.ht/~owner/name",
            f"https://git.sr.ht/~owner/name/tree/{COMMIT}/item/a/b.py#L88-109",
            f"pkg:generic/name@{COMMIT}?vcs_url=git%2Bhttps://git.sr.ht/~owner/name"
            f"%40{COMMIT}#a/b.py",
        ),
    ],
)
def test_forges_are_cited_at_the_commit_with_lines(origin: str, url: str, purl: str) -> None:
    citation = cite(CONTENT, occurrence(origin), (88, 109))
    assert citation.url == url
    assert citation.purl == purl


def test_one_line_is_not_written_as_a_range() -> None:
    citation = cite(CONTENT, occurrence("https://github.com/o/n"), (9, 9))
    assert citation.url is not None
    assert citation.url.endswith("a/b.py#L9")
    assert citation.swhid.endswith(";lines=9")


def test_a_file_has_an_address_where_its_forge_is_known() -> None:
    assert file_url(occurrence("https://github.com/o/n")) == (
        f"https://github.com/o/n/blob/{COMMIT}/a/b.py"
    )
    assert file_url(Occurrence("x", "a/b.py", "1.2", "pkg:pypi/x")) is None  # only the package's
    assert file_url(occurrence("https://github.com/o/n", revision="main")) is None


def test_a_whole_file_has_no_lines() -> None:
    citation = cite(CONTENT, occurrence("https://github.com/o/n"))
    assert citation.url == f"https://github.com/o/n/blob/{COMMIT}/a/b.py"
    assert citation.swhid.endswith(";path=/a/b.py")


@pytest.mark.parametrize("revision", [None, "main", "v1", "release-1.0", "0123456"])
def test_a_revision_that_can_move_gives_no_permanent_url(revision: str | None) -> None:
    citation = cite(CONTENT, occurrence("https://github.com/o/n", revision=revision), (1, 2))
    assert citation.url is None
    assert citation.swhid == f"{CONTENT};origin=https://github.com/o/n;path=/a/b.py;lines=1-2"
    assert citation.purl == "pkg:github/o/n" + (f"@{revision}" if revision else "") + "#a/b.py"


def test_a_release_is_cited_by_its_tag() -> None:
    citation = cite(CONTENT, occurrence("https://github.com/o/n", revision="v3.11.7"), (1, 2))
    assert citation.url == "https://github.com/o/n/blob/v3.11.7/a/b.py#L1-L2"
    assert "anchor" not in citation.swhid


def test_a_commit_is_the_anchor_of_the_swhid() -> None:
    citation = cite(CONTENT, occurrence("https://example.org/git/n;m"), (3, 4))
    assert citation.swhid == (
        f"{CONTENT};origin=https://example.org/git/n%3Bm;anchor=swh:1:rev:{COMMIT}"
        ";path=/a/b.py;lines=3-4"
    )
    assert citation.url is None  # how that host writes its addresses is unknown


def test_a_package_is_cited_by_its_version() -> None:
    place = Occurrence("Some_Package", "some/mod.py", "1.2.post1", "pkg:pypi/some-package")
    citation = cite(CONTENT, place, (5, 9))
    assert citation.url == "https://inspector.pypi.io/project/some-package/1.2.post1/"
    assert citation.purl == "pkg:pypi/some-package@1.2.post1#some/mod.py"
    assert citation.swhid == (
        f"{CONTENT};origin=https://pypi.org/project/some-package/;path=/some/mod.py;lines=5-9"
    )


def test_other_packages_have_a_purl_and_no_invented_address() -> None:
    place = Occurrence("cpython", "Lib/os.py", "3.11.7", "pkg:generic/cpython")
    citation = cite(CONTENT, place, (5, 9))
    assert citation.url is None
    assert citation.purl == "pkg:generic/cpython@3.11.7#Lib/os.py"


@pytest.mark.parametrize(
    "origin",
    [
        "", "pkg:", "pkg:nothing", "http://[half", "file:///x", "https://",
        "https://github.com/o/ ", "https://example.org/\x1f",
    ],
)  # fmt: skip
def test_an_unknown_origin_leaves_the_swhid(origin: str) -> None:
    citation = cite(CONTENT, occurrence(origin, revision=None), (1, 2))
    assert citation.url is None
    assert citation.purl is None
    assert citation.swhid.startswith(CONTENT)
    assert citation.swhid.endswith(";path=/a/b.py;lines=1-2")


@pytest.mark.parametrize(
    "path", ["a b/ü#c.py", "we;ird/%41?x.py", "a/b:c.py", "x//y.py", "日本/語.py", "+/@.js"]
)
def test_unusual_paths_are_quoted(path: str) -> None:
    citation = cite(CONTENT, occurrence("https://github.com/o/n", path), (1, 2))
    assert citation.url is not None
    before, _, anchor = citation.url.partition("#")
    assert anchor == "L1-L2"
    assert before.isascii()
    assert not set(" ?;") & set(before)
    assert citation.swhid.count(";") == 4
    assert citation.purl == PackageURL("github", "o", "n", COMMIT, None, path).to_string()


def test_a_path_that_is_not_unicode_is_quoted_as_its_bytes() -> None:
    path = b"a/\xff.py".decode(errors="surrogateescape")
    citation = cite(CONTENT, occurrence("https://github.com/o/n", path), (1, 2))
    assert citation.url == f"https://github.com/o/n/blob/{COMMIT}/a/%FF.py#L1-L2"
    assert citation.purl == f"pkg:github/o/n@{COMMIT}#a/%FF.py"


def match(first: int, last: int, tokens: int) -> Match:
    span = Span(0, 1, first, last)
    return Match(MatchKind.VERBATIM, tokens, span, span)


SOURCE = Source(
    document=CONTENT,
    kind=MatchKind.VERBATIM,
    tokens=90,
    containment=1.0,
    similarity=1.0,
    longest_run_tokens=90,
    evidence=100.0,
    confidence=0.99,
    matches=(match(88, 109, 90),),
    occurrences=(
        dataclasses.replace(
            occurrence("https://github.com/o/copy"), repository="o/copy", vendored=True
        ),
        dataclasses.replace(
            occurrence("https://github.com/owner/name"),
            license=LicenseEvidence("Apache-2.0", "file header"),
        ),
    ),
    occurrences_total=12,
    origin=Origin(1, "earliest of 12"),
)


def test_near_equal_contents_are_cited_by_their_own_bytes_and_lines() -> None:
    other = "swh:1:cnt:" + "d" * 40
    source = dataclasses.replace(
        SOURCE,
        occurrence_documents=(other, CONTENT),
        occurrence_spans=(Span(7, 9, 3, 24), Span(0, 1, 88, 109)),
    )
    citation = cite_occurrence(source.occurrence(0))
    assert citation.swhid.startswith(other)
    assert citation.swhid.endswith(";lines=3-24")
    assert citation.url is not None
    assert citation.url.endswith("#L3-L24")
    assert cite_occurrence(source.occurrence(1)).swhid.endswith(";lines=88-109")


def test_a_source_without_a_match_is_cited_as_a_whole() -> None:
    source = dataclasses.replace(SOURCE, matches=())
    assert source.occurrence(0).lines is None
    assert "lines" not in cite_occurrence(source.occurrence(0)).swhid


@pytest.mark.parametrize("path", ["../../other/repo/blob/main/a.py", "a/../../b.py", "./a.py"])
def test_a_path_that_leaves_its_folder_gives_no_address(path: str) -> None:
    cited = cite(CONTENT, occurrence("https://github.com/a/b", path))
    assert cited.url is None
    assert ".." not in (cited.purl or "")


@pytest.mark.parametrize(
    ("origin", "version", "url", "project"),
    [
        (
            "pkg:npm/%40acme/tool",
            "1.2.0",
            "https://www.npmjs.com/package/@acme/tool/v/1.2.0",
            "https://www.npmjs.com/package/@acme/tool",
        ),
        (
            "pkg:cargo/acme_tool",
            "0.3.1",
            "https://docs.rs/crate/acme_tool/0.3.1/source/",
            "https://crates.io/crates/acme_tool",
        ),
        (
            "pkg:golang/github.com/acme/tool/v2",
            "v2.0.1",
            "https://pkg.go.dev/github.com/acme/tool/v2@v2.0.1",
            "https://pkg.go.dev/github.com/acme/tool/v2",
        ),
        ("pkg:gem/rails", "8.0", None, "pkg:gem/rails"),
    ],
)
def test_packages_of_registries(origin: str, version: str, url: str | None, project: str) -> None:
    citation = cite(CONTENT, Occurrence("x", "lib/a.js", version, origin), (5, 9))
    assert citation.url == url
    assert citation.purl == f"{origin}@{version}#lib/a.js"
    assert citation.swhid == f"{CONTENT};origin={project};path=/lib/a.js;lines=5-9"
