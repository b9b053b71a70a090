"""docs/editors.md: its examples parse, name real options, and leave nothing out."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import click
import pytest

from audit.commands.lsp import lsp
from audit.commands.mcp import mcp
from audit.lsp.settings import _KEYS, Settings, read_settings
from audit.mcp import answers as tool_answers
from audit.mcp import limits as tool_limits
from audit.mcp.corpus import Corpus
from audit.mcp.server import tool_server

PAGE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS: dict[str, click.Command] = {"lsp": lsp, "mcp": mcp}


def command_line(form: str, text: str) -> list[str]:
    """`whence` and its arguments, from an example."""
    if form == "json":
        found = [one for one in strings(json.loads(text)) if one not in ("stdio", "python")]
    elif form == "toml":
        server = tomllib.loads(text)["language-server"]["whence"]
        found = [server["command"], *server["args"]]
    elif form == "sh":
        found = text.split(" -- ")[1].split()
    else:
        quote = '"' if form == "elisp" else "'"
        found = re.findall(f"{quote}([^{quote}\\s]+){quote}", text)
    start = max(at for at, one in enumerate(found) if found[at + 1 : at + 2] in (["lsp"], ["mcp"]))
    return found[start : start + 4]


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value
    return [text for one in inside for text in strings(one)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("form", "text"), BLOCKS, ids=[form for form, _ in BLOCKS])
def test_an_example_starts_the_server(form: str, text: str) -> None:
    program, name, *arguments = command_line(form, text)
    assert program == "whence"
    with COMMANDS[name].make_context(name, arguments) as context:
        assert context.params["location"] == "/home/ada/corpus"


def test_every_option_is_told() -> None:
    for command in COMMANDS.values():
        for parameter in command.params:
            assert parameter.opts[0] in PAGE


def test_settings_are_told_with_their_defaults() -> None:
    for key in _KEYS:
        assert f"| `{key}` |" in PAGE
    told = {"delay": 300, "severity": "note"}
    assert read_settings(told, Settings(delay=9.0)) == Settings()
    config = tomllib.loads(next(text for form, text in BLOCKS if form == "toml"))
    given = config["language-server"]["whence"]["config"]["whence"]
    assert read_settings(given, Settings()).delay == 0.5


def test_tools_are_told_with_their_arguments_and_bounds() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE))
    tools = tool_server(Corpus("nowhere"))._tool_manager.list_tools()
    assert len(tools) == 3
    for tool in tools:
        for argument in tool.parameters["properties"]:
            assert f"`{argument}`" in rows[tool.name]
    limits = tool_limits
    assert f"up to {limits.MAX_CODE >> 10} KiB" in rows["attribute_code"]
    told = f"1 to {limits.MAX_SOURCES}, by default {limits.DEFAULT_SOURCES}"
    assert told in rows["attribute_code"]
    assert f"at most {tool_answers._OCCURRENCES} places" in rows["attribute_code"]
    told = f"1 to {limits.MAX_HITS}, by default {limits.DEFAULT_HITS}"
    assert told in rows["search_corpus"]
    assert f"(up to {tool_answers._HIT_LINES})" in rows["search_corpus"]
    assert f"(up to {tool_answers._HIT_PLACES})" in rows["search_corpus"]
    told = f"at most {limits.MAX_LINES} lines and {limits.MAX_DOCUMENT >> 10} KiB"
    assert told in rows["get_document"]


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / target).exists(), target
