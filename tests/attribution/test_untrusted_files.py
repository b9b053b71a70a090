"""Files that a hostile tree may contain in the place of small settings files."""

from __future__ import annotations

import io
import os
import re
import time
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from attribution.errors import PolicyError
from attribution.untrusted_files import exists, is_file, is_folder, parse_toml, read_regular_file
from attribution.zstd_frames import ZstdFrames
from audit.decisions.baseline import read_baseline
from audit.inputs.interface import InputOptions
from audit.inputs.selection import Selection
from audit.policy.reading import read_policy

LIMIT = 1000


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_device_link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_folder(path: Path) -> None:
    path.mkdir()


def make_large(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(1 << 40)  # sparse


def make_link_outside(path: Path) -> None:
    outside = path.parent.parent / "outside"
    outside.write_text("[policy]\n")
    path.symlink_to(outside)


HOSTILE = [make_pipe, make_device_link, make_folder, make_large, make_link_outside]


@pytest.mark.parametrize("make", HOSTILE)
def test_what_is_no_small_regular_file_inside_is_an_error(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    tree = tmp_path / "tree"
    tree.mkdir()
    make(tree / "file")
    with pytest.raises(OSError, match=r"not a regular file|the limit|outside|directory"):
        read_regular_file(tree / "file", LIMIT, inside=tree)


def test_a_link_inside_the_tree_is_read(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"x" * LIMIT)
    (tmp_path / "link").symlink_to("real")
    assert len(read_regular_file(tmp_path / "link", LIMIT, inside=tmp_path)) == LIMIT


@pytest.mark.parametrize("make", HOSTILE)
def test_a_policy_that_is_no_file_is_an_error(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    tree = tmp_path / "tree"
    (tree / "below").mkdir(parents=True)
    make(tree / "whence.toml")
    with pytest.raises(PolicyError, match=re.escape(str(tree / "whence.toml"))):
        read_policy(None, tree, None)
    (tree / ".git").mkdir()  # also when a folder below it is audited
    with pytest.raises(PolicyError, match=re.escape(str(tree / "whence.toml"))):
        read_policy(None, tree / "below", None)


@pytest.mark.parametrize("make", [make_pipe, make_device_link, make_folder, make_large])
def test_a_baseline_that_is_no_file_is_an_error(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    make(tmp_path / "baseline.json")
    with pytest.raises(PolicyError, match="cannot be read"):
        read_baseline(tmp_path / "baseline.json")


def test_paths_that_are_too_long_do_not_exist() -> None:
    path = "/" + "a" * 300 + "/b" * 5000
    assert not (exists(path) or is_file(path) or is_folder(path))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a." * 20_000 + "b = 1", "32 dotted parts .at line 1,"),
        ("x = 1\n[" + "'a' . " * 20_000 + "b]", "32 dotted parts .at line 2,"),
        ("x = " + "[" * 100_000, "nested too deeply"),
    ],
)
def test_toml_that_would_take_gigabytes(text: str, problem: str) -> None:
    tracemalloc.start()
    with pytest.raises(ValueError, match=problem):
        parse_toml(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 << 20


def test_ordinary_dotted_keys_are_read() -> None:
    assert parse_toml('a.b."c.d" = "https://a.b.c.d/e.f"') == {
        "a": {"b": {"c.d": "https://a.b.c.d/e.f"}}
    }


@pytest.mark.timeout(20)
def test_patterns_of_an_exclude_list_are_matched_in_linear_time() -> None:
    selection = Selection(InputOptions(exclude=("*a" * 30 + "b",)))
    started = time.process_time()
    assert selection.excluded("a" * 10_000 + ".py") is None
    assert time.process_time() - started < 2


def test_a_small_compressed_file_is_expanded_piece_by_piece() -> None:
    packed = zstandard.ZstdCompressor(19).compress(bytes(1 << 30))
    assert len(packed) < 100_000
    tracemalloc.start()
    stream = io.BufferedReader(ZstdFrames(io.BytesIO(packed)), 1 << 18)
    size = 0
    while part := stream.read(1 << 20):
        size += len(part)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == 1 << 30
    assert peak < 200 << 20
