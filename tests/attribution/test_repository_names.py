"""Names of repositories, owners and packages, in every form in which people write them."""

from __future__ import annotations

import pytest

from attribution.errors import InputError
from attribution.repository_names import RepositoryName as Name
from attribution.repository_names import name_of, nearest_names, read_name, repository_key


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("Acme/Tool", Name("", "acme/tool")),
        ("github.com/acme/tool", Name("github.com", "acme/tool")),
        ("https://github.com/acme/tool.git", Name("github.com", "acme/tool")),
        (
            "https://user:s3cret@github.com:443/acme/tool/",
            Name("github.com", "acme/tool"),
        ),
        ("git@github.com:acme/tool.git", Name("github.com", "acme/tool")),
        ("ssh://git@ssh.github.com:443/acme/tool.git", Name("github.com", "acme/tool")),
        ("gitlab.com:group/sub/tool", Name("gitlab.com", "group/sub/tool")),
        ("https://www.gitlab.com/group/sub/tool", Name("gitlab.com", "group/sub/tool")),
        ("pkg:pypi/Acme_Tool@1.2", Name("pkg:pypi", "acme-tool")),
        ("pkg:github/acme/tool@v1", Name("github.com", "acme/tool")),
        ("pkg:npm/%40acme/tool", Name("pkg:npm", "@acme/tool")),
        ("pkg:golang/github.com/acme/tool/v2@v2.0.1", Name("pkg:golang", "acme/tool")),
        ("https://pkg.go.dev/github.com/acme/tool/v2@v2.0.1/part", Name("pkg:golang", "acme/tool")),
        ("pkg:golang/go.acme.example/tool@v1.2.3", Name("pkg:golang", "go.acme.example/tool")),
        ("Acme.Tool", Name("", "acme.tool")),
        (
            "https://raw.githubusercontent.com/acme/tool/main/a/b.py",
            Name("github.com", "acme/tool"),
        ),
        (
            "https://git.example.org/acme/tool/src/branch/main/a.py#L3",
            Name("git.example.org", "acme/tool"),
        ),
        ("https://git.example.org/acme/tool/blob/v1/a.py", Name("git.example.org", "acme/tool")),
        ("https://gitlab.example/a/b/c/-/blob/main/d.py", Name("gitlab.example", "a/b/c")),
        ("https://salsa.debian.org/a/src", Name("salsa.debian.org", "a/src")),
        ("pkg:deb/debian/Bash@5.2?arch=amd64", Name("pkg:deb", "bash")),
        ("https://tracker.debian.org/pkg/bash", Name("pkg:deb", "bash")),
        ("https://sources.debian.org/src/bash/5.2/shell.c/", Name("pkg:deb", "bash")),
        ("https://packages.debian.org/sid/bash", Name("pkg:deb", "bash")),
        ("https://www.npmjs.com/package/@acme/tool", Name("pkg:npm", "@acme/tool")),
        ("/srv/git/tool.git", None),
        ("../tool", None),
        ("C:\\git\\tool", None),
        ("file:///srv/git/tool", None),
        ("https://[bad/acme/tool", None),
    ],
)
def test_names_of_addresses(address: str, name: Name | None) -> None:
    assert name_of(address) == name


CPYTHON = [
    "python/cpython",
    "Python/CPython",
    " python/cpython/ ",
    "python/cpython.git",
    "github.com/python/cpython",
    "https://github.com/python/cpython",
    "http://www.github.com/python/cpython/",
    "HTTPS://GitHub.com/Python/CPython.git",
    "https://github.com/python/cpython/tree/main/Lib",
    "https://github.com/python/cpython/blob/3.11/Lib/heapq.py#L130-L150",
    "https://github.com/python/cpython?tab=readme-ov-file#readme",
    "https://token@github.com/python/cpython.git",
    "git://github.com/python/cpython.git",
    "git+https://github.com/python/cpython.git@v3.11.7#egg=cpython",
    "git@github.com:python/cpython.git",
    "ssh://git@github.com/python/cpython",
    "ssh://git@ssh.github.com:443/python/cpython.git",
    "github:python/cpython",
    "pkg:github/python/cpython@v3.11.7#Lib/heapq.py",
    "PKG:GitHub/python/cpython",
]
PACKAGE = [
    "charset_normalizer",
    "Charset.Normalizer",
    "charset-normalizer",
    "pkg:pypi/charset-normalizer",
    "pkg:pypi/charset_normalizer@3.4.0",
    "https://pypi.org/project/charset-normalizer/",
    "https://pypi.org/project/Charset_Normalizer/3.4.0/",
    "https://pypi.org/simple/charset-normalizer/",
]


@pytest.mark.parametrize("text", CPYTHON)
def test_every_form_of_a_repository(text: str) -> None:
    name = read_name(text)
    assert (name.path, name.kind) == ("python/cpython", "repository")
    assert name.host in ("", "github.com")


@pytest.mark.parametrize("text", PACKAGE)
def test_every_form_of_a_package(text: str) -> None:
    assert repository_key(read_name(text).path) == "charset-normalizer"


@pytest.mark.parametrize(
    ("text", "path", "kind"),
    [
        ("Python", "python", None),
        ("@python", "python", None),
        ("my_org", "my_org", None),
        ("https://github.com/Python/", "python", "owner"),
        ("github.com/python", "python", "owner"),
        ("@acme/tool", "@acme/tool", "repository"),
        ("https://www.npmjs.com/package/@acme/tool", "@acme/tool", "repository"),
        ("https://crates.io/crates/serde/1.0.0", "serde", "repository"),
        ("https://gitlab.com/a/b/c/-/blob/main/x.py", "a/b/c", "repository"),
        ("https://git.sr.ht/~ann/tool/tree", "~ann/tool", "repository"),
        ("https://git.example.org/a/b.git", "a/b", "repository"),
        ("My Folder", "my folder", None),
        ("./folder", "./folder", "repository"),
    ],
)
def test_owners_and_other_forges(text: str, path: str, kind: str | None) -> None:
    name = read_name(text)
    assert (name.path, name.kind) == (path, kind)


@pytest.mark.parametrize("text", ["", " / ", "."])
def test_an_empty_name_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is empty"):
        read_name(text)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("pyhton/cpython", ["python/cpython"]),
        ("someone/cpython", ["python/cpython"]),
        ("pytohn", ["python/"]),
        ("charset_normaliser", ["charset-normalizer"]),
        ("rust-lang/rust", []),
    ],
)
def test_near_names(wanted: str, expected: list[str]) -> None:
    names = ["python/cpython", "python/mypy", "charset-normalizer", "pallets/click"]
    assert nearest_names(wanted, names) == expected
