"""Documents of datatrove pipelines in an index, run by datatrove's own executor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.readers import JsonlReader

from attribution.attributor import Attributor
from attribution.errors import InputError, SourceError
from attribution.index import Index, open_index
from attribution.types import MatchKind, Snippet
from demo import pipeline
from indexer.datatrove import IndexWriter


def code_of(number: int) -> str:
    """A file whose function is in no other one."""
    return (
        f"def graft_{number}(scion, rootstock, wax_{number}):\n"
        f"    for bud in scion.buds(limit={number}):\n"
        f"        rootstock.cut(bud.angle, wax_{number})\n"
        f"        yield bud.join(rootstock, tape={number})\n"
        f"    rootstock.seal(wax_{number}, scion.name)\n"
    )


def stack_row(number: int) -> dict[str, Any]:
    """A row with the columns of The Stack v1."""
    row: dict[str, Any] = {
        "hexsha": f"{number:040x}", "size": 100, "ext": "py", "lang": "Python",
        "content": code_of(number), "avg_line_length": 40.0, "max_line_length": 60,
        "alphanum_fraction": 0.8,
    }  # fmt: skip
    for event in ("stars", "issues", "forks"):
        row |= {
            f"max_{event}_repo_path": f"graft/{number}.py",
            f"max_{event}_repo_name": f"orchard/{number}",
            f"max_{event}_repo_head_hexsha": f"{number:040x}",
            f"max_{event}_repo_licenses": ["MIT"],
            f"max_{event}_count": number,
            f"max_{event}_repo_{event}_event_min_datetime": "2020-03-04T00:00:00.000Z",
            f"max_{event}_repo_{event}_event_max_datetime": None,
        }
    return row


def write_rows(folder: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """A file of JSON Lines per row, so that each task gets some."""
    folder.mkdir()
    for number, row in enumerate(rows):
        (folder / f"{number}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return folder


def execute(steps: list[PipelineStep], folder: Path, *, tasks: int = 1, workers: int = 1) -> None:
    """Run a pipeline as datatrove does."""
    logs = str(folder / "logs")
    LocalPipelineExecutor(steps, tasks=tasks, workers=workers, logging_dir=logs).run()


def open_parts(folder: Path) -> Index:
    """All parts as one index."""
    return open_index(tuple(sorted(folder.glob("*-of-*"))))


def test_parts_have_what_the_stack_says(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows", map(stack_row, range(5)))
    steps = [JsonlReader(str(rows), text_key="content"), IndexWriter(str(tmp_path / "parts"))]
    execute(steps, tmp_path, tasks=2, workers=2)
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == ["1-of-2", "2-of-2"]
    with open_parts(tmp_path / "parts") as index:
        assert index.summary().documents == 5
        for number in range(5):
            source, *_ = Attributor(index).attribute(Snippet(code_of(number).encode())).sources
            assert source.kind is MatchKind.VERBATIM
            seen = source.occurrences[0]
            assert (seen.repository, seen.path) == (f"orchard/{number}", f"graft/{number}.py")
            assert (seen.license.expression, seen.stars, seen.date) == ("MIT", number, "2020-03-04")


@pytest.mark.parametrize(
    ("keys", "mapping"),
    [
        ({"path": "path", "repository": "repository"}, ""),
        ({"path": "file", "repository": "repo"}, "path=file,repository=repo"),
    ],
)
def test_other_metadata(tmp_path: Path, keys: dict[str, str], mapping: str) -> None:
    row = {"text": code_of(1), keys["path"]: "a/graft.py", keys["repository"]: "orchard/one"}
    rows = write_rows(tmp_path / "rows", [row])
    writer = IndexWriter(str(tmp_path / "parts"), "orchard", mapping)
    execute([JsonlReader(str(rows)), writer], tmp_path)
    with open_parts(tmp_path / "parts") as index:
        [member] = index.membership("orchard/one")
        assert (member.documents, index.summary().name) == (1, "orchard")


def test_metadata_that_say_nothing_are_an_error(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows", [{"text": code_of(1), "score": 3}])
    with pytest.raises(SourceError, match="it has: content, file_path, id, score"):
        execute([JsonlReader(str(rows)), IndexWriter(str(tmp_path / "parts"))], tmp_path)
    with pytest.raises(InputError, match="FIELD=COLUMN"):
        IndexWriter(str(tmp_path / "parts"), mapping="file")


def documents(count: int, fail_at: int | None = None) -> Callable[..., Iterator[Document]]:
    """A step that gives documents, and may fail."""

    def run(*_: object, **__: object) -> Iterator[Document]:
        for number in range(count):
            if number == fail_at:
                raise OSError("the disk is away")
            metadata = {"path": f"{number}.py", "repository": "orchard/all"}
            yield Document(code_of(number), str(number), metadata=metadata)

    return run


def test_a_task_that_failed_can_run_again(tmp_path: Path) -> None:
    writer = IndexWriter(str(tmp_path / "parts"))
    with pytest.raises(OSError, match="the disk is away"):
        execute([documents(600, fail_at=599), writer], tmp_path)
    for folder in (tmp_path, tmp_path / "with other logs"):
        execute([documents(600), writer], folder)
        with open_parts(tmp_path / "parts") as index:
            summary = index.summary()
            assert (summary.documents, summary.occurrences) == (600, 600)


def test_the_example_pipeline(tmp_path: Path) -> None:
    code = (
        code_of(1) + '\n\ndef owner():\n    return Mail("rosa@example.com", "93.184.216.34")\n' * 2
    )
    project = tmp_path / "code" / "orchard"
    project.mkdir(parents=True)
    (project / "graft.py").write_text(code, encoding="utf-8")
    (project / "copy.py").write_text(f"{code}# a copy\n", encoding="utf-8")
    (project / "table.py").write_text(f"KEY = '{'ab12' * 500}'\n", encoding="utf-8")
    (project / "digits.py").write_text("X = [" + "0, 1, 2, " * 90 + "]\n", encoding="utf-8")
    out = tmp_path / "out"
    pipeline.run(str(tmp_path / "code"), out, 1)

    [report] = (out / "near-duplicates").iterdir()
    [left_out] = JsonlReader(str(report.parent)).run()
    assert left_out.metadata["path"] in {"orchard/graft.py", "orchard/copy.py"}
    with open_parts(out / "parts") as index:
        assert index.summary().documents == 2
        answer = Attributor(index).attribute(Snippet(code.encode(), "python"))
        [match] = answer.sources[0].matches
        assert match.kind is MatchKind.VERBATIM
        texts = index.fetch([name.rpartition(":")[2] for name in answer.sources[0].documents])
        assert all(text and b'Mail("<EMAIL>", "<IP_ADDRESS>")' in text.content for text in texts)
