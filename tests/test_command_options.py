"""No option of any command is dropped without a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from attribution.cli import cli
from tests.support.command_line import Run, runner


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("WHENCE_INDEX", raising=False)
    return runner(capfd)


def _commands(group: click.Group, *above: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, *above, name)
        else:
            yield (*above, name), command


_SINGLE = [
    (path, option.opts[0])
    for path, command in _commands(cli)
    for option in command.params
    if isinstance(option, click.Option) and not option.is_flag and not option.multiple
]


@pytest.mark.parametrize(("path", "name"), _SINGLE, ids=str)
def test_an_option_given_twice_is_refused(run: Run, path: tuple[str, ...], name: str) -> None:
    code, out, err = run(*path, name, "1", f"{name}=2")
    assert (code, out) == (2, "")
    assert f"Error: {name} is given 2 times, but takes one value" in err


def test_commands_that_change_an_index_take_one_and_the_others_several() -> None:
    takes = {
        " ".join(path): option.multiple
        for path, command in _commands(cli)
        for option in command.params
        if isinstance(option, click.Option) and option.opts[0] == "--index"
    }
    assert {name for name, several in takes.items() if not several} == {"remove", "compact"}
    assert len(takes) >= 11


def test_the_environment_may_name_several_indexes_one_a_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WHENCE_INDEX", f"{tmp_path}/no such\n\n{tmp_path}/other\n")
    code, _, err = run("search", "words")
    assert code == 2
    assert f"no index at {tmp_path}/no such" in err
    code, _, err = run("compact")
    assert code == 2
    assert "2 indexes are named in one value; this command takes one index" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("lookup f.py --index x --jobs 2", "--jobs needs --jsonl"),
        ("audit --index x --reason r", "--reason needs --write-baseline"),
        ("audit --index x --decide accepted", "--decide needs --write-baseline"),
        ("audit --index x --author a", "--author needs --write-baseline"),
        ("audit --index x --cache c --no-cache", "--cache has no effect with --no-cache"),
        ("audit --index x --column id=a", "--column is for tables"),
        ("audit --index x --since HEAD --column id=a", "--column is for tables"),
        ("audit t.jsonl --index x --column id=a --column id=b", "two columns are named for id"),
        ("generate p --no-attribution --index x", "--index has no effect with --no-attribution"),
        ("generate p --no-attribution --language c", "--language has no effect"),
        ("serve --index x --accept-model-license n", "--accept-model-license needs --model"),
        ("index . --to x --map content=a", "--map is for parquet and JSONL files"),
        ("index . --to x --map content=a,content=b", "--map names two columns for content"),
    ],
)
def test_an_option_without_effect_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if "t.jsonl" in arguments:
        (tmp_path / "t.jsonl").touch()
    code, _, err = run(*arguments.split())
    assert code == 2
    assert message in err


def test_an_existing_corpus_keeps_its_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/a.py").write_text("print('hello')\n")
    to = ("index", tmp_path / "code", "--to", tmp_path / "corpus")
    assert run(*to, "--name", "ours")[0] == 0
    assert run(*to, "--name", "ours")[0] == 0
    code, _, err = run(*to, "--name", "theirs")
    assert code == 2
    assert "has the name 'ours', which cannot be changed" in err


def test_the_environment_names_the_index_beside_no_attribution(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WHENCE_INDEX", str(tmp_path))
    code, _, err = run("generate", "p", "--no-attribution", "--model", "nonsense")
    assert code == 2
    assert "not a model specification" in err
