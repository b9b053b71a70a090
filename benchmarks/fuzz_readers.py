"""Targets of `benchmarks.fuzz`: every reader of files and messages that come from outside."""

from __future__ import annotations

import functools
import gzip
import io
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zstandard

from benchmarks.fuzz import Target
from benchmarks.fuzz_texts import (
    BASELINE,
    CODE,
    DATASET,
    DIFF,
    GENERATIONS,
    NOTEBOOK,
    PHRASES,
    POLICY,
    RECORDS,
    TREE,
)

__all__ = ["targets"]


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="whence-fuzz-"))


def _file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A reader of a file with this name."""

    def write_and_read(data: bytes) -> object:
        path = _folder() / name.replace("/", "-") / Path(name).name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return read(path)

    return write_and_read


def _audited(path: Path) -> object:
    from audit.inputs.interface import InputOptions
    from audit.inputs.opening import open_input

    return list(open_input([str(path)], InputOptions()).items())


def _listed(path: Path) -> object:
    from audit.inputs.interface import InputOptions
    from audit.inputs.opening import open_input

    return list(open_input([], InputOptions(), files_from=str(path)).items())


def _indexed(path: Path) -> object:
    from indexer.sources import open_sources

    return [(s.fingerprint(), list(s.read())) for s in open_sources(str(path))]


def _in_tree(name: str) -> Callable[[bytes], object]:
    """Index a repository in which one file is damaged."""

    @functools.cache
    def root() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="tree-", dir=_folder()))
        kept = {"src/a.py", "LICENSE", name}
        if name.endswith("METADATA"):  # an installed package
            kept = {"src/a.py", name}
            record = folder / name.replace("METADATA", "RECORD")
            record.parent.mkdir(parents=True)
            record.write_text("src/a.py,,\nx-1.dist-info/METADATA,,\n")
        for path in kept:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(TREE[path])
        return folder

    def read(data: bytes) -> object:
        (root() / name).write_bytes(data)
        return _indexed(root())

    return read


def _decisions(data: bytes) -> object:
    from audit.decisions.inline import inline_decisions
    from audit.types import Item

    return [inline_decisions(Item("a", data, language)) for language in ("python", "c", None)]


def _notebook(data: bytes) -> object:
    from attribution.lexing.notebooks import notebook_code
    from attribution.types import Snippet

    return notebook_code(Snippet(data, "jupyter notebook", "a.ipynb"))


def _policy(path: Path) -> object:
    from audit.policy.reading import read_policy

    (path.parent / ".git").mkdir(exist_ok=True)
    return read_policy(None, path.parent, None)


def _baseline(path: Path) -> object:
    from audit.decisions.baseline import read_baseline

    return read_baseline(path)


def _notices(path: Path) -> object:
    from audit.decisions.cited import Citations, read_notices

    return Citations(read_notices(path.parent, ["NOTICE*"]))


def _remote(path: Path) -> object:
    from audit.policy.remotes import git_remote

    (path.parent / ".git").mkdir(exist_ok=True)
    path.replace(path.parent / ".git/config")
    return git_remote(path.parent)


def _opt_outs(path: Path) -> object:
    from attribution.opt_out_lists import read_opt_outs

    return read_opt_outs(str(path))


def _records(path: Path) -> object:
    from evaluation.records import read_records

    return list(read_records(str(path)))


def _keywords(path: Path) -> object:
    from evaluation.answers import KeywordReader

    return KeywordReader(str(path)).read("It is under the MIT License, version 3.")


def _keys(path: Path) -> object:
    from webapp.guards.keys import KeyFile

    path.chmod(0o600)
    return KeyFile(path).read()


def _acceptances(path: Path) -> object:
    from inference.acceptance import Acceptances

    return Acceptances(path.parent).all()


def _chunk(data: bytes) -> object:
    from inference.openai_chunks import read_chunk

    return read_chunk(data.decode("utf-8", "replace"))


def _message(kind: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        from attribution.index.service import wire
        from attribution.sketching.sketch import SketchParams

        packed = zstandard.compress(data, 1)
        message: Any = wire.decode(packed, getattr(wire, kind), 1 << 24)
        return message.sketch.sketch(SketchParams()) if kind == "ProposeRequest" else message

    return read


def _packed_message(data: bytes) -> object:
    from attribution.index.service import wire

    return wire.decode(data, wire.FetchRequest, 1 << 20)


def _parquet(text: str) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    rows = [json.loads(line) for line in text.splitlines()]
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


@functools.cache
def _valid_messages() -> dict[str, bytes]:
    import msgspec

    from attribution.index.service import wire
    from attribution.lexing.languages import languages_to_try
    from attribution.sketching.sketch import SketchParams
    from attribution.sketching.sketcher import sketch_query

    sketch = sketch_query(CODE.encode(), languages_to_try("python"), SketchParams())
    propose = wire.ProposeRequest(wire.SketchMessage.of(sketch), 64, False)
    return {"ProposeRequest": msgspec.msgpack.encode(propose)}


def targets() -> dict[str, Target]:
    """The readers by name."""
    files: dict[str, tuple[bytes, Callable[[bytes], object]]] = {}
    for name, text, read in (
        ("whence.toml", POLICY, _policy),
        ("pyproject.toml", re.sub(r"(?m)^\[", "[tool.whence.", POLICY), _policy),
        ("whence-baseline.json", BASELINE, _baseline),
        ("NOTICE", PHRASES + "https://github.com/a/b swh:1:cnt:" + "a" * 40, _notices),
        ("config", '[remote "origin"]\n\turl = git@github.com:a/b.git ; c\n', _remote),
        ("opt-outs.txt", "owner/name # why\nowner\nhttps://github.com/a/b\n", _opt_outs),
        ("opt-outs.csv", 'owner,repos\nann,"a/b"\nbob,\n', _opt_outs),
        ("opt-outs.jsonl", '{"optout_owners": ["ann"], "optout_repos": ["a/b"]}\n', _opt_outs),
        ("files.txt", "a.py\n/etc/passwd\n", _listed),
        ("audited.diff", DIFF, _audited),
        ("audited.jsonl", GENERATIONS, _audited),
        ("audited.py", CODE, _audited),
        ("audited.ipynb", NOTEBOOK, _audited),
        ("indexed.jsonl", DATASET, _indexed),
        ("records.jsonl", RECORDS, _records),
        ("keywords.json", '{"MIT": {"name": ["mit"], "must": [], "no": ["x"], "version": ["3"]}}',
         _keywords),
        ("keys.json", '{"version": 1, "keys": [{"name": "a", "created": "2026", "salt": "00", '
         '"hash": "00"}]}', _keys),
        ("model-licenses.json", '{"acceptances": [{"license": "x", "model": "m", "time": "t", '
         '"how": "h"}]}', _acceptances),
    ):  # fmt: skip
        files[name] = (text.encode(), _file(name, read))
    for name, read in (("audited.jsonl", _audited), ("indexed.jsonl", _indexed)):
        text = GENERATIONS if read is _audited else DATASET
        files[f"{name}.gz"] = (gzip.compress(text.encode(), mtime=0), _file(f"{name}.gz", read))
        files[f"{name}.zst"] = (zstandard.compress(text.encode()), _file(f"{name}.zst", read))
    for name, read in (("audited.parquet", _audited), ("indexed.parquet", _indexed)):
        text = GENERATIONS.splitlines()[0] if read is _audited else DATASET
        files[name] = (_parquet(text), _file(name, read))
    for name, said in TREE.items():
        files[f"indexed {name}"] = (said.encode(), _in_tree(name))
    files["decisions in comments"] = ((PHRASES + CODE).encode(), _decisions)
    files["notebook"] = (NOTEBOOK.encode(), _notebook)
    files["chunk of a model server"] = (
        b'{"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}], "usage": {}}',
        _chunk,
    )
    for kind, message in _valid_messages().items():
        files[f"message {kind}"] = (message, _message(kind))
    files["packed message"] = (zstandard.compress(b'{"documents": ["x"]}'), _packed_message)
    return {name: Target((valid,), read) for name, (valid, read) in files.items()}
