"""docs/policy.md: every key with its defaults, and examples that are policies."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from audit.policy.families import Family
from audit.policy.keys import KEYS
from audit.policy.parsing import parse_policy
from audit.policy.presets import DEFAULT_PRESET, PRESETS

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("`"): cells
    for line in PAGE.splitlines()
    if line.startswith("| `")
    for cells in [[cell.strip() for cell in line.strip("|").split(" | ")]]
}
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("name", KEYS)
def test_every_key_is_documented_with_its_defaults(name: str) -> None:
    key, _, *defaults, meaning = (cell.strip() for cell in ROWS[name])
    assert key == f"`{name}`"
    assert meaning.rstrip("| ")
    values = [json.loads(default.strip("`")) for default in defaults]
    if name == "policy.preset":
        assert values == list(PRESETS)
        assert values[0] == DEFAULT_PRESET
    else:
        assert values == [preset[name] for preset in PRESETS.values()]


def test_every_documented_key_exists() -> None:
    assert {name for name in ROWS if "." in name} == set(KEYS)


def test_every_family_is_documented() -> None:
    assert {family.value for family in Family} - set(ROWS) == {"unknown"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_policy(example: str) -> None:
    policy = parse_policy(example, Path("whence.toml"))
    assert policy.name == "whence.toml"


def test_the_examples_use_every_key() -> None:
    used = {
        f"{table}.{key}"
        for example in EXAMPLES
        for table, keys in tomllib.loads(example).items()
        for key in keys
    }
    assert used == set(KEYS)


def test_presets_have_every_key() -> None:
    for preset in PRESETS.values():
        assert {*preset, "policy.preset"} == set(KEYS)
