"""What a removal names, by the name that was looked up."""

from __future__ import annotations

import pytest

from attribution.reports.removal_json import named_removals
from attribution.repository_names import read_name
from attribution.types import OptOut


@pytest.mark.parametrize(
    ("name", "held", "removals"),
    [
        ("quay", [], ["owner quay"]),
        ("quay", ["quay/a", "Quay/b"], ["owner quay"]),
        ("quay", ["Quay", "quay/a"], ["repository quay", "owner quay"]),
        ("Char.Set", ["char-set"], ["repository char.set"]),
        ("pkg:pypi/quay", ["quay", "quay/a"], ["repository quay"]),
        ("https://github.com/quay", ["quay/a"], ["owner quay"]),
        ("quay/a", ["Quay/A", "quay/a"], ["repository quay/a"]),
        ("quay/a", [], ["repository quay/a"]),
        ("group/sub", ["group/sub/y", "group/sub/x"], ["repository group/sub/x",
                                                       "repository group/sub/y"]),
    ],
)  # fmt: skip
def test_what_a_name_stands_for(name: str, held: list[str], removals: list[str]) -> None:
    named = named_removals(read_name(name), held)
    assert named == tuple(OptOut(*removal.split()) for removal in removals)
