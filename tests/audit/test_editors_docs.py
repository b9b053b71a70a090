"""docs/editors.md: its examples parse, use real options, and cover all of them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import click
import pytest

from audit.commands.lsp import lsp
from audit.commands.mcp import mcp
from audit.lsp.client import _KEYS, Settings, read_settings
from audit.mcp import answers
from audit.mcp.corpus import Corpus
from audit.mcp.server import tool_server

PAGE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS: dict[str, click.Command] = {"lsp": lsp, "mcp": mcp}


def command_line(form: str, text: str) -> list[str]:
    """`whence` and its arguments, from an example."""
    if form == "json":
        words = [word for word in strings(json.loads(text)) if word not in ("stdio", "python")]
    elif form == "toml":
        server = tomllib.loads(text)["language-server"]["whence"]
        words = [server["command"], *server["args"]]
    elif form == "sh":
        words = text.split(" -- ")[1].split()
    else:
        quote = '"' if form == "elisp" else "'"
        words = re.findall(f"{quote}([^{quote}\\s]+){quote}", text)
    start = max(at for at in range(len(words)) if words[at + 1 : at + 2] in (["lsp"], ["mcp"]))
    return words[start : start + 4]


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value
    return [text for part in inside for text in strings(part)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("form", "text"), BLOCKS, ids=[form for form, _ in BLOCKS])
def test_an_example_starts_the_server(form: str, text: str) -> None:
    program, name, *arguments = command_line(form, text)
    assert program == "whence"
    with COMMANDS[name].make_context(name, arguments) as context:
        assert context.params["location"] == "/home/ada/corpus"


def test_every_option_is_documented() -> None:
    for command in COMMANDS.values():
        for parameter in command.params:
            assert parameter.opts[0] in PAGE


def test_settings_are_documented_with_their_defaults() -> None:
    for key in _KEYS:
        assert f"| `{key}` |" in PAGE
    defaults = {"delay": 300, "severity": "note"}
    assert read_settings(defaults, Settings(delay=9.0)) == Settings()
    config = tomllib.loads(next(text for form, text in BLOCKS if form == "toml"))
    example = config["language-server"]["whence"]["config"]["whence"]
    assert read_settings(example, Settings()).delay == 0.5


def test_tools_are_documented_with_their_arguments_and_limits() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE))
    tools = tool_server(Corpus("nowhere"))._tool_manager.list_tools()
    assert len(tools) == 3
    for tool in tools:
        for argument in tool.parameters["properties"]:
            assert f"`{argument}`" in rows[tool.name]
    assert f"up to {answers.MAX_CODE >> 10} KiB" in rows["attribute_code"]
    limits = f"1 to {answers.MAX_SOURCES}, by default {answers.DEFAULT_SOURCES}"
    assert limits in rows["attribute_code"]
    assert f"at most {answers.MAX_OCCURRENCES} occurrences" in rows["attribute_code"]
    limits = f"1 to {answers.MAX_HITS}, by default {answers.DEFAULT_HITS}"
    assert limits in rows["search_corpus"]
    assert f"(up to {answers._HIT_LINES})" in rows["search_corpus"]
    assert f"(up to {answers._HIT_OCCURRENCES})" in rows["search_corpus"]
    limits = f"at most {answers.MAX_LINES} lines and {answers.MAX_DOCUMENT >> 10} KiB"
    assert limits in rows["get_document"]


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / target).exists(), target
